import { numberText } from '../table/number-text.ts';
import { type Batch, type Cell, toNumber } from '../table/table.ts';
import { holdsNumbers } from './convert.ts';
import type { ForeignKey, TableRules, UniqueRule } from './terms.ts';
import { rowTypes } from './vocabulary.ts';

/** Of each of the columns, does the contract say that it holds numbers? Keys compare those by value. */
export function numericKeys(
  columns: readonly string[],
  schema: Readonly<Record<string, unknown>> | undefined,
): readonly boolean[] {
  return columns.map((name) => schema !== undefined && holdsNumbers(rowTypes(name, schema)));
}

/** The keys of a contract: that of the table, of unique columns, and of columns whose values another file has. */
export function keysOf({ unique, foreignKeys }: TableRules, key: readonly string[]): readonly TableKey[] {
  return [
    ...(key.length === 0 ? [] : [{ kind: 'key', columns: key } as const]),
    ...unique.map((rule) => ({ kind: 'unique', columns: rule.columns, rule }) as const),
    ...foreignKeys.map((rule) => ({ kind: 'foreign', columns: rule.columns, rule }) as const),
  ];
}

export type TableKey = { readonly columns: readonly string[] } & (
  | { readonly kind: 'key' }
  | { readonly kind: 'unique'; readonly rule: UniqueRule }
  | { readonly kind: 'foreign'; readonly rule: ForeignKey }
);

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
