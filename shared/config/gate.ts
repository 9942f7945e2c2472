/** The configuration that a change is judged by: what decides how strict the gate is comes from the base branch. */
import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../inputs/kinds.ts';
import { type InputLayer, isGiven, shownValue } from '../inputs/parse.ts';
import type { GateRole, Input, InputTable } from '../inputs/table.ts';
import type { ActionTables, Config } from './config.ts';
import { UNNAMED } from './unnamed.ts';

/** What a change does to its own gate, in words, and where in the change. */
export interface GateChange {
  readonly what: string;
  readonly place?: { readonly file: string; readonly line?: number };
}

/** Models and sections of the change and of the base branch together: one that the change removes is still expected. */
export interface GatedConfig extends Config {
  /** What the change says itself, which must be right although it does not count yet; empty for a section it removes. */
  own(model: string, action: string): readonly InputLayer[];
  /** What it changes of the gate, without the inputs that the step gives. */
  changes(model: string, action: string, given: InputLayer): readonly GateChange[];
  /** Has the base branch no section, so that the change's own values hold? */
  isNew(model: string, action: string): boolean;
}

/**
 * Puts the change's configuration and that of the base branch together.
 *
 * @param head the change's; null if it has no such file.
 * @param base that of the base branch; null if it has none, or none that can be read.
 */
export function gatedConfig(
  head: Config | null,
  base: Config | null,
  tables: ActionTables,
): GatedConfig | null {
  const some = head ?? base;
  if (some === null) return null;
  const models = head?.models ?? [];
  const matched = new Map(models.map((model) => [model, counterpart(model, models, base)]));
  const taken = [...matched.values()];
  const removed = (base?.models ?? []).filter((model) => !taken.includes(model));
  const inBase = (model: string) => (matched.has(model) ? matched.get(model) : model);
  const stagesOf = (config: Config | null, model: string | undefined) =>
    model === undefined || config === null || !config.models.includes(model) ? [] : config.stages(model);
  const pairOf = (model: string, action: string): Pair => {
    const old = inBase(model);
    const ownSection = stagesOf(head, models.includes(model) ? model : undefined).includes(action);
    const oldSection = stagesOf(base, old).includes(action);
    return {
      is:
        base === null || old === undefined || (ownSection && !oldSection)
          ? 'new'
          : oldSection && !ownSection
            ? 'removed'
            : 'both',
      own: head !== null && models.includes(model) ? head.layers(model, action) : [],
      old: base !== null && old !== undefined ? base.layers(old, action).map(ofBase) : [],
    };
  };
  return {
    file: some.file,
    models: [...models, ...removed],
    allowMissing: (base ?? some).allowMissing,
    dispatchStages: (base ?? some).dispatchStages,
    stages: (model) => [
      ...new Set([
        ...stagesOf(head, models.includes(model) ? model : undefined),
        ...stagesOf(base, inBase(model)),
      ]),
    ],
    layers: (model, action) => layersOf(pairOf(model, action), tables[action] ?? {}),
    own: (model, action) => {
      const { is, own } = pairOf(model, action);
      return is === 'removed' ? [] : own;
    },
    isNew: (model, action) => pairOf(model, action).is === 'new',
    changes: (model, action, given) => {
      const pair = pairOf(model, action);
      if (pair.is === 'removed') return [removedSection(model, action, some.file)];
      if (pair.is === 'new') return [];
      return [
        ...renamed(model, inBase(model), some.file),
        ...inputChanges(pair, tables[action] ?? {}, given),
        ...allowed(head, base, action),
      ];
    },
  };
}

/** The layers of a model's action, in the change and on the base branch. */
interface Pair {
  /** `new`: the base branch has no section to go by. `removed`: the change has none any more. */
  readonly is: 'new' | 'removed' | 'both';
  readonly own: readonly InputLayer[];
  readonly old: readonly InputLayer[];
}

/** The base branch's name of a model; the only model is the same one under any name. */
function counterpart(model: string, models: readonly string[], base: Config | null): string | undefined {
  if (base === null) return undefined;
  if (base.models.includes(model)) return model;
  const [only] = base.models;
  return base.models.length === 1 && (only === UNNAMED || models.length === 1) ? only : undefined;
}

function ofBase({ values, where, place }: InputLayer): InputLayer {
  return { values, where: (name) => `${where(name)} on the base branch`, ...(place && { place }) };
}

function layersOf({ is, own, old }: Pair, table: InputTable): readonly InputLayer[] {
  if (is !== 'both') return is === 'new' ? own : old;
  const fixed = (name: string) => isFixed(table[name], old, name);
  const only = (layers: readonly InputLayer[], keep: (name: string) => boolean) =>
    layers.map((layer) => ({
      ...layer,
      values: Object.fromEntries(Object.entries(layer.values).filter(([name]) => keep(name))),
    }));
  return [...only(old, fixed), ...only(own, (name) => !fixed(name))];
}

/** Is it the base branch's to say? A value of it that this version cannot read must not block the change that corrects it. */
function isFixed(input: Input<unknown> | undefined, old: readonly InputLayer[], name: string): boolean {
  if (input?.gate === undefined || input.gate === 'evidence') return false;
  return readIn(old, name, input).fault === undefined;
}

interface Value {
  readonly shown: string;
  readonly parsed?: unknown;
  readonly fault?: string;
  readonly place?: { readonly file: string; readonly line: number } | undefined;
}

function readIn(layers: readonly InputLayer[], name: string, input: Input<unknown>): Value {
  const layer = layers.find(({ values }) => isGiven(values[name]));
  const raw = layer === undefined ? input.default : layer.values[name];
  if (raw === undefined) return { shown: 'not given' };
  const shown = `${shownValue(raw)}${layer === undefined ? ' (the default)' : ''}`;
  const place = layer?.place?.(name);
  try {
    return { shown, parsed: input.kind.parse(raw), place };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { shown, fault: error.message, place };
  }
}

function inputChanges({ own, old }: Pair, table: InputTable, given: InputLayer): GateChange[] {
  return Object.entries(table).flatMap(([name, input]) => {
    if (input.gate === undefined || isGiven(given.values[name])) return [];
    const [before, after] = [readIn(old, name, input), readIn(own, name, input)];
    if (before.fault === undefined && isDeepStrictEqual(before.parsed, after.parsed)) return [];
    const what = `${name} ${before.shown} → ${after.shown}: ${counts(input.gate, before)}`;
    return [{ what, ...(after.place === undefined ? {} : { place: after.place }) }];
  });
}

function counts(role: GateRole, { fault }: Value): string {
  if (role === 'evidence') return 'this change’s is judged';
  if (fault !== undefined)
    return `the base branch’s is not allowed (it ${fault}), so this change’s counts already`;
  return 'counts once it is merged';
}

function removedSection(model: string, action: string, file: string): GateChange {
  const whose = model === UNNAMED ? '' : ` of ${model}`;
  return {
    what: `the section ${action}${whose} is removed: it counts until this is merged`,
    place: { file },
  };
}

function renamed(model: string, old: string | undefined, file: string): GateChange[] {
  if (old === undefined || old === model) return [];
  const named = (name: string) => (name === UNNAMED ? 'the model without a name' : `the model ${name}`);
  return [{ what: `${named(old)} is ${model === UNNAMED ? 'without a name' : model} now`, place: { file } }];
}

/** Of `allow-missing`, which stands for the whole file. */
function allowed(head: Config | null, base: Config | null, action: string): GateChange[] {
  const [own, old] = [head, base].map((config) => config?.allowMissing.includes(action) ?? false);
  if (own === old || head === null) return [];
  const how =
    own === true ? 'is added: it counts once it is merged' : 'is removed: it counts until this is merged';
  return [{ what: `allow-missing: ${action} ${how}`, place: { file: head.file } }];
}
