/** What a verdict says of groups: `measures.<model>.by_group.<column>`, the models' figures beside one another. */
import type { JsonObject, Verdict } from '../verdict/verdict.ts';
import { formatNumber } from './format.ts';
import { isJsonObject, isNumber, numberOf, objects } from './json.ts';
import { type MeasureInterval, measured } from './model-data.ts';

export const MODELS = ['candidate', 'production', 'anchor'] as const;
export type ShownModel = (typeof MODELS)[number];
type ByModel<T> = Readonly<Partial<Record<ShownModel, T>>>;

/** Groups of one column. */
export interface Grouping {
  readonly column: string;
  /** Models that have figures, the candidate first. */
  readonly models: readonly ShownModel[];
  readonly groups: readonly { readonly name: string; readonly n: number | undefined }[];
  /** By rate and group, in the order of the groups. */
  readonly rates: readonly GroupRate[];
  readonly disparities: readonly Disparity[];
}

export interface GroupRate {
  readonly name: string;
  readonly figures: readonly ByModel<MeasureInterval>[];
}

/** The largest difference of a rate between two groups, and its smallest ratio. */
export interface Disparity {
  readonly name: string;
  readonly difference: ByModel<number>;
  readonly ratio: ByModel<number>;
}

/** All groupings of the models, in the order met. */
export function groupingsOf({ measures }: Verdict): readonly Grouping[] {
  const given = MODELS.flatMap((model) => {
    const own = measures[model];
    return isJsonObject(own) ? [[model, new Map(objects(own.by_group))] as const] : [];
  });
  const columns = [...new Set(given.flatMap(([, byColumn]) => [...byColumn.keys()]))];
  return columns.flatMap((column) => {
    const parts = given.flatMap(([model, byColumn]): [ShownModel, JsonObject][] => {
      const part = byColumn.get(column);
      return part === undefined ? [] : [[model, part]];
    });
    const grouping = groupingOf(column, parts);
    return grouping.groups.length === 0 ? [] : [grouping];
  });
}

function groupingOf(column: string, parts: readonly [ShownModel, JsonObject][]): Grouping {
  const groups = parts.map(([model, part]) => [model, new Map(objects(part))] as const);
  const names = distinct(groups.flatMap(([, byName]) => [...byName.keys()]));
  const rates = distinct(
    groups.flatMap(([, byName]) =>
      [...byName.values()].flatMap((group) => Object.keys(group).filter(isRate)),
    ),
  );
  return {
    column,
    models: parts.map(([model]) => model),
    groups: names.map((name) => ({
      name,
      n: groups.map(([, byName]) => numberOf(byName.get(name)?.n)).find((n) => n !== undefined),
    })),
    rates: rates.map((name) => ({
      name,
      figures: names.map((group) =>
        Object.fromEntries(
          groups.flatMap(([model, byName]) => {
            const own = byName.get(group);
            return own === undefined || !isNumber(own[name]) ? [] : [[model, measured(own, name)]];
          }),
        ),
      ),
    })),
    disparities: disparitiesOf(parts),
  };
}

function isRate(name: string): boolean {
  return name !== 'n' && !/_(lower|upper)$/.test(name);
}

function disparitiesOf(parts: readonly [ShownModel, JsonObject][]): readonly Disparity[] {
  const numbers = parts.map(([model, part]) => [model, numbersOf(part)] as const);
  const names = distinct(
    numbers.flatMap(([, own]) => [...own.keys()].map((name) => name.replace(/_(difference|ratio)$/, ''))),
  );
  const of = (key: string): ByModel<number> =>
    Object.fromEntries(
      numbers.flatMap(([model, own]) => {
        const value = own.get(key);
        return value === undefined ? [] : [[model, value]];
      }),
    );
  return names.map((name) => ({
    name,
    difference: of(`${name}_difference`),
    ratio: of(`${name}_ratio`),
  }));
}

function numbersOf(part: JsonObject): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(part).flatMap(([name, value]) =>
      isNumber(value) && /_(difference|ratio)$/.test(name) ? [[name, value] as const] : [],
    ),
  );
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** The models' differences, then their ratios, as a table's cells; empty if there is none. */
export function disparityCells(
  { difference, ratio }: Disparity,
  models: readonly ShownModel[],
): readonly string[] {
  const cell = (value: number | undefined) => (value === undefined ? '' : formatNumber(value));
  return [...models.map((model) => cell(difference[model])), ...models.map((model) => cell(ratio[model]))];
}
