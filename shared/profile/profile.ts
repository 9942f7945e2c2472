/** What a cell is read as. A number without a fraction is an integer, however it is written. */
export const VALUE_TYPES = ['integer', 'number', 'boolean', 'date', 'datetime', 'string'] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** What a column is: its cells' one type, `string` if they are of several, `empty` if all are null. */
export const COLUMN_TYPES = [...VALUE_TYPES, 'empty'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/**
 * Counts that another sample can be counted beside.
 * - `values`: k ordered values, 2k + 1 counts: below the first, at it, between it and the second, at that, …, above
 *   the last.
 * - `cuts`: k cut points, k + 1 counts: at or below the first, …, above the last.
 * - `categories`: a count for each; `other` rows hold values that are not listed. If `complete` is true, every
 *   value of the sample is listed.
 *
 * Numbers stand for themselves, dates for their milliseconds since 1970, booleans for 0 and 1.
 */
export type ReferenceCells =
  | { readonly kind: 'values'; readonly values: readonly number[]; readonly counts: readonly number[] }
  | { readonly kind: 'cuts'; readonly cuts: readonly number[]; readonly counts: readonly number[] }
  | {
      readonly kind: 'categories';
      readonly categories: readonly string[];
      readonly counts: readonly number[];
      readonly other: number;
      readonly complete: boolean;
    };

/** One column of a table, described. Dates are ISO 8601 texts wherever a person reads them. */
export interface ColumnProfile {
  readonly name: string;
  readonly type: ColumnType;
  /** Cells that are not null. */
  readonly count: number;
  readonly nulls: number;
  readonly types: Readonly<Partial<Record<ValueType, number>>>;
  /**
   * Different values that are not null. If `distinctExact` is false it is estimated with the standard error
   * `errors.distinct`, and a lower bound if there is none.
   */
  readonly distinct: number;
  readonly distinctExact: boolean;
  /** Left out if all else is exact. */
  readonly errors?: ProfileErrors;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly mean?: number;
  /** Standard deviation of a sample (divisor n − 1); left out below two values. */
  readonly sd?: number;
  /** By probability; linear interpolation (type 7 of Hyndman & Fan 1996). */
  readonly quantiles?: Readonly<Record<string, number | string>>;
  /** The most frequent values, most frequent first. */
  readonly top: readonly { readonly value: string | number | boolean; readonly count: number }[];
  /** Of texts, in UTF-16 units. */
  readonly lengths?: { readonly min: number; readonly max: number; readonly mean: number };
  readonly cells: ReferenceCells;
  /**
   * If the cells do not list all values: 2^10 registers of 6 bits, in base64, by which the different values of two
   * profiles are counted together (Flajolet et al. 2007).
   */
  readonly hyperloglog?: string;
}

/** How far figures of a column may be off. */
export interface ProfileErrors {
  /**
   * Share of the column's values by which the counts below each cut, and the ranks of quantiles, may be off; of a
   * sketch with probability 99 %.
   */
  readonly rank?: number;
  /** Relative standard error of `distinct`. */
  readonly distinct?: number;
  /** Rows by which counts of `top` and of categories may be too small; they are never too large. */
  readonly frequency?: number;
  /** Rows, at most, of a value that is listed neither in `top` nor in `cells`. */
  readonly unlisted?: number;
}

/** The profile of a table; its file format is schemas/profile.schema.json. */
export interface Profile {
  readonly schema: 'ml-loop/profile@1';
  readonly rows: number;
  /** `hide`: holds no values but those seen at least `COMMON` times, and quantiles, which may be the value of a row. */
  readonly samples: 'hide' | 'show';
  /** The digest of the data, if it is known. */
  readonly digest?: string;
  /** Rows that repeat an earlier one in all columns, if they were compared. */
  readonly duplicateRows?: number;
  /** Rows whose key is incomplete or repeats an earlier one, if there is a key. */
  readonly keyViolations?: number;
  readonly columns: readonly ColumnProfile[];
}

/** A value seen this often is not a secret of one row. */
export const COMMON_COUNT = 20;
/** Columns with at most this many different ordered values are counted value by value. */
export const MAX_VALUES = 64;
/** Groups of equal size that other ordered columns are cut into, at most. */
export const MAX_GROUPS = 64;
/** Rows of a group, at least. */
export const GROUP_ROWS = 5;

/** Are the column's numbers whole, as is shown if all are listed? Classes are often stored as 0.0 and 1.0. */
export function hasWholeNumbers({ types, cells }: ColumnProfile): boolean {
  return types.number === undefined || (cells.kind === 'values' && cells.values.every(Number.isInteger));
}
