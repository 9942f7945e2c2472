/**
 * One cell. CSV gives texts and nulls; JSON Lines and Parquet give typed cells, and nested values as their JSON text.
 * A number that a double does not hold exactly (64-bit integers, long decimals) is the text of it.
 */
export type Cell = string | number | boolean | null;

/** Some consecutive rows of one file. */
export interface Batch {
  readonly file: string;
  /** Names in order; the same array for all batches of a CSV file, growing from batch to batch in JSON Lines. */
  readonly columns: readonly string[];
  /** Each row has one cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
  /** The physical line, from 1, on which each row starts; in Parquet the number of the row in the file, from 1. */
  readonly lines: readonly number[];
  /** Does the file declare types, as Parquet does? */
  readonly typed?: boolean;
  /** Columns that the file has and that were not asked for, if they were not read. */
  readonly unread?: readonly string[];
  /** The rows as parsed, if the format tells an absent value from null and may nest (JSON Lines). */
  readonly records?: readonly Readonly<Record<string, unknown>>[];
}

/** The JSON type of a value; a number without a fraction is an `integer`. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The number a cell stands for, or NaN if it stands for none: decimal notation with an optional exponent,
 * spaces around it allowed. Null, empty text, booleans, `0x10`, `nan`, `inf` and overflowing numbers are NaN.
 */
export function toNumber(cell: Cell): number {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : Number.NaN;
  if (typeof cell !== 'string' || cell.length === 0) return Number.NaN;
  const value = Number(cell);
  // Number() also takes blanks, 0x10, 0b1, 0o7 and Infinity; all but blanks hold a letter other than e.
  if (!Number.isFinite(value)) return Number.NaN;
  return isPlain(cell) || NUMERIC.test(cell.trim()) ? value : Number.NaN;
}

/** At least one digit, and nothing but digits, signs and a point: what Number() accepted of these is decimal. */
function isPlain(text: string): boolean {
  let digits = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) digits = true;
    else if (code !== 46 && code !== 45 && code !== 43) return false;
  }
  return digits;
}
