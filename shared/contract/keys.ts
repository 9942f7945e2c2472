import { First } from '../keys/first.ts';
import type { Memory } from '../keys/memory.ts';
import type { RowSet } from '../keys/row-set.ts';
import { grouped } from '../problem/numbers.ts';
import type { Batch } from '../table/table.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { fixOf } from './fix.ts';
import type { ForeignValues } from './foreign.ts';
import { graded } from './grade.ts';
import { lackingCheck } from './key.ts';
import { KeyColumns } from './key-columns.ts';
import type { TableFacts } from './row-term.ts';
import { shownText, type TallyOptions } from './tally.ts';
import type { ForeignKey, UniqueRule } from './terms.ts';
import { type KeyedRow, TextKeys } from './text-keys.ts';
import { placed } from './texts.ts';

/** A rule of keys of rows that are read one by one. */
export interface KeyTerm {
  add(batch: Batch, index: number, order: number): void;
  end(broken: RowSet): void;
  checks(facts: TableFacts): readonly Check[];
}

/** The rows that break a rule of keys. */
export interface KeyPlaces {
  readonly count: number;
  readonly placed: Pick<Check, 'locations' | 'places'>;
}

/** Whether rows without a null in the columns differ in them. */
export function uniqueCheck(
  rule: UniqueRule,
  { count, placed }: KeyPlaces,
  { columns, rows }: TableFacts,
): Check {
  const { columns: own, grade, path } = rule;
  const name = own.join(', ');
  const base = { id: 'table.unique', ...targetOf(own), expected: { unique: [...own] } };
  const lacking = lackingCheck(base, `the unique key ${name}`, own, columns, `remove ${path}`);
  if (lacking !== undefined) return graded(lacking, grade, undefined, rows);
  if (count === 0)
    return { ...base, status: 'pass', observed: 0, message: `no two rows have the same ${name}` };
  const verb = count === 1 ? 'row repeats' : 'rows repeat';
  const message = `${grouped(count)} ${verb} the ${name} of an earlier row`;
  const fix = `drop the repeated rows; or ${path}: ${changed({ columns: own, tolerance: count })}`;
  return graded({ ...base, status: 'fail', observed: count, message, ...placed, fix }, grade, count, rows);
}

/** Whether another file has the values. */
export function foreignCheck(
  rule: ForeignKey,
  { count, placed }: KeyPlaces,
  { columns, rows }: TableFacts,
): Check {
  const { columns: own, file, references, grade, path } = rule;
  const [name, found] = [own.join(', '), `${references.join(', ')} of ${file}`];
  const expected = { columns: [...own], file, references: [...references] };
  const base = { id: 'table.foreign-key', ...targetOf(own), expected };
  const lacking = lackingCheck(base, `the foreign key ${name}`, own, columns, `remove ${path}`);
  if (lacking !== undefined) return graded(lacking, grade, undefined, rows);
  if (count === 0)
    return { ...base, status: 'pass', observed: 0, message: `every ${name} is among ${found}` };
  const verb = count === 1 ? 'row has' : 'rows have';
  const message = `${grouped(count)} ${verb} a value of ${name} that is not among ${found}`;
  const fix = fixOf(`add the rows to ${file}`, `${path}.tolerance: ${count}`);
  return graded({ ...base, status: 'fail', observed: count, message, ...placed, fix }, grade, count, rows);
}

/** Rows without a null in the columns differ in them. */
export class UniqueKey implements KeyTerm {
  readonly #rule: UniqueRule;
  readonly #columns: KeyColumns;
  readonly #keys: TextKeys;
  readonly #places: FirstPlaces;

  /** @param numeric see `numericKeys`. */
  constructor(rule: UniqueRule, numeric: readonly boolean[], options: TallyOptions, memory: Memory) {
    this.#rule = rule;
    this.#columns = new KeyColumns(rule.columns, { numeric });
    this.#keys = new TextKeys(memory);
    this.#places = new FirstPlaces(rule.columns, options);
  }

  add(batch: Batch, index: number, order: number): void {
    const key = this.#columns.textOf(batch, index);
    if (key !== undefined) this.#keys.add(key, batch, index, order, single(this.#rule.columns));
  }

  end(broken: RowSet): void {
    this.#keys.repeats((found) => this.#places.add(found, broken));
  }

  checks(facts: TableFacts): Check[] {
    return [uniqueCheck(this.#rule, this.#places, facts)];
  }
}

/** Values that another file must have. */
export class ForeignRule implements KeyTerm {
  readonly #rule: ForeignKey;
  readonly #columns: KeyColumns;
  readonly #values: ForeignValues;
  readonly #keys: TextKeys;
  readonly #places: FirstPlaces;

  /** @param numeric see `numericKeys`. */
  constructor(rule: ForeignKey, numeric: readonly boolean[], values: ForeignValues, options: TallyOptions) {
    this.#rule = rule;
    this.#columns = new KeyColumns(rule.columns, { numeric, doubles: values.doubles });
    this.#values = values;
    this.#keys = new TextKeys(values.memory);
    this.#places = new FirstPlaces(rule.columns, options);
  }

  add(batch: Batch, index: number, order: number): void {
    const key = this.#columns.textOf(batch, index);
    // What is there need not be looked for at the end.
    if (key !== undefined && !this.#values.has(key))
      this.#keys.add(key, batch, index, order, single(this.#rule.columns));
  }

  end(broken: RowSet): void {
    this.#keys.without(this.#values.others, (found) => this.#places.add(found, broken));
  }

  checks(facts: TableFacts): Check[] {
    return [foreignCheck(this.#rule, this.#places, facts)];
  }
}

/** The first rows that break a rule of keys. */
class FirstPlaces implements KeyPlaces {
  readonly #options: TallyOptions;
  readonly #columns: readonly string[];
  readonly #found: First<Location>;

  constructor(columns: readonly string[], options: TallyOptions) {
    this.#columns = columns;
    this.#options = options;
    this.#found = new First(options.maxLocations);
  }

  add({ row, at, key }: KeyedRow, broken: RowSet): void {
    broken.add(row);
    const shown = this.#options.samples === 'show' && single(this.#columns) !== undefined;
    this.#found.add(row, shown ? { ...at, value: shownText(key) } : at);
  }

  get count(): number {
    return this.#found.count;
  }

  get placed(): Pick<Check, 'locations' | 'places'> {
    return placed(this.#found.list, this.#found.count);
  }
}

/** The column of a rule of one. */
function single(columns: readonly string[]): string | undefined {
  return columns.length === 1 ? columns[0] : undefined;
}

function targetOf(columns: readonly string[]): Pick<Check, 'target'> {
  const [only] = columns;
  return columns.length === 1 && only !== undefined ? { target: { column: only } } : {};
}

function changed({
  columns,
  tolerance,
}: {
  readonly columns: readonly string[];
  readonly tolerance: number;
}) {
  return `{ columns: ${JSON.stringify(columns)}, tolerance: ${tolerance} }`;
}
