import type { KeyFindings } from '../../shared/contract/key.ts';
import { foreignCheck, type KeyPlaces, uniqueCheck } from '../../shared/contract/keys.ts';
import type { TableFacts } from '../../shared/contract/row-term.ts';
import { shownText, type TallyOptions } from '../../shared/contract/tally.ts';
import type { ForeignKey, UniqueRule } from '../../shared/contract/terms.ts';
import { placed } from '../../shared/contract/texts.ts';
import { First } from '../../shared/keys/first.ts';
import type { Memory } from '../../shared/keys/memory.ts';
import type { RowSet } from '../../shared/keys/row-set.ts';
import { type Batch, type Cell, toNumber } from '../../shared/read/batch.ts';
import { numberText } from '../../shared/read/number-text.ts';
import type { Check, Location } from '../../shared/verdict/verdict.ts';
import type { ForeignValues } from './foreign.ts';
import { type KeyedRow, TextKeys } from './text-keys.ts';

/** One text of several; a length before each part keeps ("a", "bc") and ("ab", "c") apart. */
function joined(parts: readonly string[]): string {
  const [only] = parts;
  return parts.length === 1 && only !== undefined
    ? only
    : parts.map((part) => `${part.length}:${part}`).join('');
}

export interface KeyColumnsOptions {
  /** See `numericKeys`. */
  readonly numeric: readonly boolean[];
  /** Are numbers rounded to doubles, as JSON's are, or compared by all of their digits? */
  readonly doubles?: boolean;
}

/**
 * Some columns' cells of a row as one text, the same for equal ones: numbers by value if the contract says that the
 * column holds such, all else as it is written. `BlockKeys` tells the same rows apart.
 */
export class KeyColumns {
  readonly #columns: readonly string[];
  readonly #numeric: readonly boolean[];
  readonly #doubles: boolean;
  #batch: Batch | undefined;
  #fields: readonly number[] = [];

  constructor(columns: readonly string[], { numeric, doubles = false }: KeyColumnsOptions) {
    this.#columns = columns;
    this.#numeric = numeric;
    this.#doubles = doubles;
  }

  /** Undefined if one of the cells is null, or the file lacks it. */
  textOf(batch: Batch, index: number): string | undefined {
    if (this.#batch !== batch) {
      this.#batch = batch;
      this.#fields = this.#columns.map((name) => batch.columns.indexOf(name));
    }
    const row = batch.rows[index] ?? [];
    const parts: string[] = [];
    for (const [part, field] of this.#fields.entries()) {
      const cell = row[field] ?? null;
      if (cell === null) return undefined;
      // A text of a JSON record is not a number.
      const spells =
        this.#numeric[part] === true && (batch.records === undefined || typeof cell === 'number');
      parts.push(spells ? this.#numberOf(cell) : String(cell));
    }
    return joined(parts);
  }

  #numberOf(cell: Cell): string {
    const exact = numberText(String(cell));
    if (!this.#doubles) return exact;
    const double = toNumber(exact);
    return Number.isNaN(double) ? exact : numberText(String(double));
  }
}

/** The keys of rows that are read one by one. */
export class RowKeys {
  readonly #columns: KeyColumns;
  readonly #keys: TextKeys;
  readonly #maxLocations: number;
  readonly #nullPlaces: { readonly row: number; readonly at: Location }[] = [];
  #nulls = 0;

  constructor(columns: KeyColumns, memory: Memory, maxLocations: number) {
    this.#columns = columns;
    this.#keys = new TextKeys(memory);
    this.#maxLocations = maxLocations;
  }

  /**
   * Does the row lack a part of the key? Whether it repeats one is told at the end.
   *
   * @param row the row's number in the table.
   */
  add(batch: Batch, index: number, row: number): boolean {
    const key = this.#columns.textOf(batch, index);
    if (key !== undefined) {
      this.#keys.add(key, batch, index, row);
      return false;
    }
    this.#nulls++;
    const place = { file: batch.file, line: batch.lines[index] ?? 0 };
    if (this.#nullPlaces.length < this.#maxLocations) this.#nullPlaces.push({ row, at: place });
    return true;
  }

  /** Adds the rows that repeat a key to those that are broken. */
  findings(broken: RowSet): KeyFindings {
    const found = new First<Location>(this.#maxLocations);
    let repeated = 0;
    for (const { row, at } of this.#nullPlaces) found.add(row, at);
    this.#keys.repeats(({ row, at }) => {
      repeated++;
      broken.add(row);
      found.add(row, at);
    });
    return { repeated, nulls: this.#nulls, locations: found.list };
  }
}

/** A rule of keys of rows that are read one by one. */
export interface KeyTerm {
  add(batch: Batch, index: number, order: number): void;
  end(broken: RowSet): void;
  checks(facts: TableFacts): readonly Check[];
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
