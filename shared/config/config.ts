import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { Refusal, textList } from '../inputs/kinds.ts';
import type { InputLayer } from '../inputs/parse.ts';
import type { InputTable } from '../inputs/table.ts';
import { suggestion } from '../problem/nearest.ts';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { UNNAMED } from './unnamed.ts';

export { UNNAMED };

/** The input tables by action name; the loader imports no action. */
export type ActionTables = Readonly<Record<string, InputTable>>;

/** `ml-loop.yml`, checked: each model has a section per action, and inputs that hold for all actions. */
export interface Config {
  readonly file: string;
  /** Names of the models; one unnamed model if `models:` is left out. */
  readonly models: readonly string[];
  /** Names of the actions whose files may be missing, from `defaults:`. */
  readonly allowMissing: readonly string[];
  /** Names of the actions that a dispatch may start, from `defaults:`. */
  readonly dispatchStages: DispatchStages;
  /** Names of the actions that have a section for the model. */
  stages(model: string): readonly string[];
  /** The layers of values for one action of one model, the most specific first. */
  layers(model: string, action: string): readonly InputLayer[];
}

export interface DispatchStages {
  readonly names: readonly string[];
  /** Left out if the file does not say it. */
  readonly line?: number;
}

interface Section {
  readonly values: Record<string, unknown>;
  readonly lines: Record<string, number>;
}

/** What the file contains. */
interface Content {
  readonly defaults: Block;
  readonly allowMissing: readonly string[];
  readonly dispatchStages: DispatchStages;
  readonly models: Record<string, Block>;
}

/** A model's part of the file, or `defaults:`: inputs for all actions under `''`, and a section an action. */
type Block = Record<string, Section>;

/** The stages whose files may be missing. It is allowed in `defaults:` only, so that one line holds for the whole file. */
export const ALLOW_MISSING = 'allow-missing';

/** The stages that a dispatch may start. It is allowed in `defaults:` only. */
export const DISPATCH_STAGES = 'dispatch-stages';

/** What a dispatch may start if the file does not say it: what judges, and what keeps; nothing that reaches production. */
export const DEFAULT_DISPATCH_STAGES = ['validate-data', 'validate-model', 'register-model'] as const;

const OF_DEFAULTS = [ALLOW_MISSING, DISPATCH_STAGES];

/**
 * Reads and checks the configuration file.
 *
 * @param common the inputs that every action has; they may stand outside of the actions' sections.
 * @throws UserError with all problems: YAML errors, unknown keys, sections that are not maps; each with its line.
 */
export function loadConfig(text: string, file: string, tables: ActionTables, common: InputTable): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new UserError(
      document.errors.map((error) => ({
        what: error.message,
        where: `${file}:${lines.linePos(error.pos[0]).line}`,
      })),
    );
  }
  const reader = new Reader(file, document, lines, tables, common);
  const content = reader.file(document.contents);
  if (reader.problems.length > 0) throw new UserError(reader.problems);
  return configOf(file, content, tables);
}

function configOf(
  file: string,
  { defaults, allowMissing, dispatchStages, models }: Content,
  tables: ActionTables,
): Config {
  const layer = (section: Section | undefined): InputLayer[] =>
    section === undefined
      ? []
      : [
          {
            values: section.values,
            where: (name) => `${file}:${section.lines[name] ?? 1} ${name}`,
            place: (name) => ({ file, line: section.lines[name] ?? 1 }),
          },
        ];
  return {
    file,
    models: Object.keys(models),
    allowMissing,
    dispatchStages,
    stages: (model) => Object.keys({ ...defaults, ...models[model] }).filter((action) => action !== ''),
    layers: (model, action) => {
      const block = models[model] ?? {};
      return [
        ...layer(block[action]),
        ...layer(block['']),
        ...layer(defaults[action]),
        ...layer(defaults['']),
        ...borrowed(tables[action] ?? {}, block, defaults).flatMap(layer),
        ...registryOf(block, defaults).flatMap(layer),
      ];
    },
  };
}

/** What inputs are taken from other actions' sections, the model's first. */
function borrowed(table: InputTable, block: Block, defaults: Block): readonly Section[] {
  return Object.entries(table).flatMap(([name, { from }]) => {
    if (from === undefined) return [];
    return [block[from], defaults[from]].flatMap((section) =>
      section !== undefined && Object.hasOwn(section.values, name)
        ? [{ values: { [name]: section.values[name] }, lines: section.lines }]
        : [],
    );
  });
}

/** The sections of actions that keep models. */
const KEEPING = ['register-model', 'deploy-canary'];

/**
 * Where the model's versions are, for all actions: as the sections that keep them say, else `auto`. Without such a section
 * nothing is said: a model that is never registered has no champion to be compared with.
 */
function registryOf(block: Block, defaults: Block): readonly Section[] {
  const keeping = KEEPING.flatMap((action) => block[action] ?? defaults[action] ?? []);
  const said = keeping.filter(({ values }) => Object.hasOwn(values, 'registry'));
  return [
    ...said.map(({ values, lines }) => ({ values: { registry: values.registry }, lines })),
    ...keeping.slice(0, 1).map(() => ({ values: { registry: 'auto' }, lines: {} })),
  ];
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #tables: ActionTables;
  readonly #common: InputTable;

  constructor(
    file: string,
    document: Document,
    lines: LineCounter,
    tables: ActionTables,
    common: InputTable,
  ) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
    this.#tables = tables;
    this.#common = common;
  }

  file(contents: Node | null): Content {
    const entries = this.#entries(contents, 'the file');
    const defaults = this.#entries(entries.get('defaults') ?? null, 'defaults');
    const models = entries.get('models');
    entries.delete('defaults');
    entries.delete('models');
    const allowMissing = this.#actions(ALLOW_MISSING, defaults.get(ALLOW_MISSING) ?? null) ?? [];
    const dispatchStages = this.#dispatchStages(defaults.get(DISPATCH_STAGES) ?? null);
    for (const key of OF_DEFAULTS) defaults.delete(key);
    const result = {
      defaults: this.#blockOf(defaults, OF_DEFAULTS),
      allowMissing,
      dispatchStages,
      models: {} as Record<string, Block>,
    };
    if (models === undefined) {
      result.models[UNNAMED] = this.#blockOf(entries, ['defaults', 'models']);
      return result;
    }
    for (const [key, node] of entries) this.#unknown(key, node, ['defaults', 'models']);
    for (const [name, node] of this.#entries(models, 'models')) {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
        this.#problem(
          node,
          `${JSON.stringify(name)} is not a name for a model`,
          'use letters, digits, `.`, `_` and `-`',
        );
      }
      result.models[name] = this.#blockOf(this.#entries(node, 'the section'), []);
      for (const block of [result.defaults, result.models[name]]) this.#otherNames(block, name);
    }
    return result;
  }

  /** Another `name` would replace the model's own in state and registry. */
  #otherNames(block: Block, model: string): void {
    for (const { values, lines } of Object.values(block)) {
      const name = values.name ?? model;
      if (String(name).trim() === model) continue;
      const where = `${this.#file}:${lines.name ?? 1} name`;
      const what = `${JSON.stringify(name)} is not the model's name, which is its key ${model}`;
      this.problems.push({ what, where, fix: 'remove `name`' });
    }
  }

  #dispatchStages(node: Node | null): DispatchStages {
    const names = this.#actions(DISPATCH_STAGES, node);
    return names === undefined ? { names: DEFAULT_DISPATCH_STAGES } : { names, line: this.#line(node) };
  }

  /** A list of names of actions; undefined if none is given. */
  #actions(key: string, node: Node | null): readonly string[] | undefined {
    const value = node === null ? null : this.#value(node);
    if (value === null) return undefined;
    try {
      const names = textList().parse(value);
      const known = Object.keys(this.#tables);
      for (const name of names)
        if (!known.includes(name))
          this.#problem(node, `there is no stage ${JSON.stringify(name)}`, suggestion(name, known));
      return names;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#problem(node, `${key} ${messageOf(error)}`, 'write it as `[validate-model]`');
      return [];
    }
  }

  #blockOf(entries: ReadonlyMap<string, Node | null>, extra: readonly string[]): Block {
    const block: Record<string, Section> = {};
    const shared: Section = { values: {}, lines: {} };
    for (const [key, node] of entries) {
      const table = Object.hasOwn(this.#tables, key) ? this.#tables[key] : undefined;
      if (table !== undefined) block[key] = this.#section(node, key, table);
      else if (Object.hasOwn(this.#common, key)) this.#put(shared, key, node);
      else this.#unknown(key, node, [...Object.keys(this.#tables), ...Object.keys(this.#common), ...extra]);
    }
    if (Object.keys(shared.values).length > 0) block[''] = shared;
    return block;
  }

  #section(node: Node | null, action: string, table: InputTable): Section {
    const section: Section = { values: {}, lines: {} };
    for (const [key, value] of this.#entries(node, action)) {
      if (Object.hasOwn(table, key)) this.#put(section, key, value);
      else this.#unknown(key, value, Object.keys(table));
    }
    return section;
  }

  #put(section: Section, key: string, node: Node | null): void {
    section.values[key] = node === null ? null : this.#value(node);
    section.lines[key] = this.#line(node);
  }

  #value(node: Node): unknown {
    try {
      return node.toJS(this.#document);
    } catch (error) {
      // An anchor that is not there, or anchors within anchors beyond the library's limit.
      if (!(error instanceof ReferenceError)) throw error;
      this.#problem(node, messageOf(error), 'write the value itself');
      return null;
    }
  }

  #entries(given: Node | null, what: string): Map<string, Node | null> {
    const entries = new Map<string, Node | null>();
    const node = isAlias(given) ? (given.resolve(this.#document) ?? given) : given;
    if (node === null || (isScalar(node) && node.value === null)) return entries;
    if (!isMap(node)) {
      this.#problem(node, `${what} must be a map`, 'write one `key: value` a line');
      return entries;
    }
    for (const pair of node.items) {
      entries.set(keyText(pair.key), isNode(pair.value) ? pair.value : null);
    }
    return entries;
  }

  #unknown(key: string, node: Node | null, known: readonly string[]): void {
    const fix = OF_DEFAULTS.includes(key) ? 'write it below `defaults:`' : suggestion(key, known);
    this.#problem(node, `there is no ${JSON.stringify(key)} here`, fix);
  }

  #problem(node: Node | null, what: string, fix: string): void {
    this.problems.push({ what, where: `${this.#file}:${this.#line(node)}`, fix });
  }

  #line(node: Node | null): number {
    return node?.range ? this.#lines.linePos(node.range[0]).line : 1;
  }
}

/** A key as it is written: `1.10` is not a number here. */
function keyText(key: unknown): string {
  if (!isScalar(key)) return String(key);
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}
