import { isoOf } from '../profile/accumulator.ts';
import type { Counted } from '../profile/cells.ts';
import {
  type Cells,
  type ColumnProfile,
  type ColumnType,
  MAX_VALUES,
  type ValueType,
} from '../profile/profile.ts';
import type { NumberCounts } from '../profile/sketch/number-counts.ts';
import { cutCellsOf, listOf, mostFrequent, type Run, type Runs } from '../profile/sketch/runs.ts';
import { type Column, typeOf } from './column.ts';

const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;
const TOP = 10;

export interface Described {
  readonly profile: ColumnProfile;
  /** Counted in the cells of its reference. */
  readonly counted: Counted | undefined;
}

/** Describes one column; `rows` is the table's, for files may lack the column. */
export function describe(column: Column, rows: number): Described {
  let known: ReadonlyMap<string, number> | undefined;
  const categories = (): ReadonlyMap<string, number> => {
    known ??= categoriesOf(column);
    return known;
  };
  return { profile: profileOf(column, rows, categories), counted: countedOf(column, categories) };
}

type Categories = () => ReadonlyMap<string, number>;

function profileOf(column: Column, rows: number, categories: Categories): ColumnProfile {
  const { name, lengths, types } = column;
  const type = typeOf(types);
  const nulls = column.nulls + rows - column.rows;
  const common = {
    name,
    type,
    count: rows - nulls,
    nulls,
    types: Object.fromEntries(Object.entries(types).filter(([, count]) => count > 0)) as Partial<
      Record<ValueType, number>
    >,
  };
  if (type !== 'string' && type !== 'empty') return { ...common, ...orderedPart(column, type) };
  const counts = categories();
  const sorted = inOrder(counts);
  // A value that may be no more frequent than those that were forgotten is not called frequent.
  const lost = column.texts.lost + column.numbers.lost + column.instants.lost;
  const listed = sorted.reduce((sum, [, count]) => sum + count, 0);
  const complete = column.texts.complete && column.numbers.complete && column.instants.complete;
  const cells: Cells = {
    kind: 'categories',
    categories: sorted.map(([category]) => category),
    counts: sorted.map(([, count]) => count),
    other: rows - nulls - listed,
    complete,
  };
  return {
    ...common,
    distinct: complete ? sorted.length : Math.max(sorted.length, distinctOf(column)),
    distinctExact: complete,
    top: sorted
      .filter(([, count]) => count > lost)
      .slice(0, TOP)
      .map(([value, count]) => ({ value, count })),
    ...(column.strings === 0
      ? {}
      : { lengths: { min: lengths.min, max: lengths.max, mean: lengths.sum / column.strings } }),
    cells,
  };
}

function distinctOf({ texts, numbers, instants, trues, falses }: Column): number {
  return (
    texts.distinct() + numbers.distinct() + instants.distinct() + (trues > 0 ? 1 : 0) + (falses > 0 ? 1 : 0)
  );
}

/** Every value that is held as a text with its count; numbers and dates in one canonical spelling. */
function categoriesOf(column: Column): Map<string, number> {
  const counts = new Map<string, number>(column.texts.entries());
  const add = (text: string, count: number): void => {
    if (count > 0) counts.set(text, (counts.get(text) ?? 0) + count);
  };
  for (const { value, count } of listOf(column.numbers.frequent())) add(String(value), count);
  for (const { value, count } of listOf(column.instants.frequent())) add(isoOf(value), count);
  add('true', column.trues);
  add('false', column.falses);
  return counts;
}

/** Most frequent first, equals by text. */
function inOrder(counts: ReadonlyMap<string, number>): [string, number][] {
  const byCount = new Map<number, string[]>();
  for (const [text, count] of counts) {
    const texts = byCount.get(count);
    if (texts === undefined) byCount.set(count, [text]);
    else texts.push(text);
  }
  return [...byCount]
    .sort(([a], [b]) => b - a)
    .flatMap(([count, texts]) => texts.sort().map((text): [string, number] => [text, count]));
}

type Ordered = Exclude<ColumnType, 'string' | 'empty'>;

function orderedPart(column: Column, type: Ordered) {
  if (type === 'boolean') return booleanPart(column);
  const isDate = type === 'date' || type === 'datetime';
  const counts: NumberCounts = isDate ? column.instants : column.numbers;
  const shown = (value: number): number | string => (isDate ? isoOf(value) : value);
  const runs = counts.runs();
  const { count, min, max, mean, squares } = counts.moments();
  const sd = Math.sqrt(squares / (count - 1));
  const cells: Cells =
    counts.complete && runs.values.length <= MAX_VALUES ? valueCells(listOf(runs)) : cutCellsOf(runs);
  return {
    distinct: counts.distinct(),
    distinctExact: counts.complete,
    top: mostFrequent(counts.frequent(), TOP, counts.lost).map(({ value, count: times }) => ({
      value: shown(value),
      count: times,
    })),
    min: shown(min),
    max: shown(max),
    ...(isDate ? {} : { mean, ...(count < 2 || !Number.isFinite(sd) ? {} : { sd }) }),
    quantiles: quantilesOf(runs, count, shown),
    cells,
  };
}

function booleanPart({ trues, falses }: Column) {
  const runs = [
    { value: 0, count: falses },
    { value: 1, count: trues },
  ].filter(({ count }) => count > 0);
  return {
    distinct: runs.length,
    distinctExact: true,
    top: runs
      .toSorted((a, b) => b.count - a.count)
      .map(({ value, count }) => ({ value: value === 1, count })),
    mean: trues / (trues + falses),
    cells: valueCells(runs),
  };
}

function valueCells(runs: readonly Run[]): Cells {
  return {
    kind: 'values',
    values: runs.map(({ value }) => value),
    counts: [0, ...runs.flatMap(({ count }) => [count, 0])],
  };
}

/** Linear interpolation of order statistics, type 7 of Hyndman & Fan (1996), of ascending runs. */
function quantilesOf({ values, counts }: Runs, count: number, shown: (value: number) => number | string) {
  const ends = new Float64Array(values.length);
  let total = 0;
  for (let i = 0; i < ends.length; i++) {
    total += counts[i]!;
    ends[i] = total;
  }
  const statistic = (rank: number): number => {
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! > rank) high = middle;
      else low = middle + 1;
    }
    return values[low] ?? Number.NaN;
  };
  return Object.fromEntries(
    PROBABILITIES.map((probability) => {
      const at = (count - 1) * probability;
      const weight = at - Math.floor(at);
      return [
        String(probability),
        shown(statistic(Math.floor(at)) * (1 - weight) + statistic(Math.ceil(at)) * weight),
      ];
    }),
  );
}

/** The column counted in the cells of its reference, exactly; where sketched, only frequent new values are named. */
function countedOf(column: Column, categories: Categories): Counted | undefined {
  const { reference } = column;
  if (reference === undefined) return undefined;
  const { cells, type } = reference;
  const values = column.rows - column.nulls;
  if (cells.kind === 'categories') {
    const counts = categories();
    const known = new Set(cells.categories);
    const listed = cells.categories.map((category) => counts.get(category) ?? 0);
    const unseen = [...counts]
      .filter(([category]) => !known.has(category))
      .map(([category, count]) => ({ category, count }))
      .sort((a, b) => b.count - a.count);
    const other = values - listed.reduce((sum, count) => sum + count, 0);
    return { cells: { ...cells, counts: listed, other }, unreadable: 0, unseen };
  }
  if (type === 'boolean') {
    const counts = booleanCounts(cells, column);
    return { cells: { ...cells, counts }, unreadable: values - column.trues - column.falses, unseen: [] };
  }
  const counts = type === 'date' || type === 'datetime' ? column.instants : column.numbers;
  return { cells: { ...cells, counts: counts.cells() }, unreadable: values - counts.total, unseen: [] };
}

/** False and true counted as 0 and 1 in a reference's cells. */
function booleanCounts(cells: Exclude<Cells, { kind: 'categories' }>, { trues, falses }: Column): number[] {
  const points = cells.kind === 'values' ? cells.values : cells.cuts;
  const counts = new Array<number>(cells.counts.length).fill(0);
  for (const [value, count] of [
    [0, falses],
    [1, trues],
  ] as const) {
    const below = points.filter((point) => point < value).length;
    const cell = cells.kind === 'cuts' ? below : 2 * below + (points.includes(value) ? 1 : 0);
    counts[cell] = (counts[cell] ?? 0) + count;
  }
  return counts;
}
