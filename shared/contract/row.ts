import { compareInstants, readInstant } from '../inputs/instant.ts';
import { toNumber } from '../read/batch.ts';
import type { Row } from './violation.ts';

/** One row of a table, whose values are made only if they are asked for. */
export interface RowCells {
  readonly file: string;
  readonly line: number;
  /** The place of a column in the file, from 1; 0 if the file lacks it. */
  fieldOf(column: string): number;
  /** The column's value as JSON; a member that is not there is null. */
  valueOf(column: string): unknown;
  /** The members of those columns, or of all, as JSON; those that are not there are left out. */
  members(columns: readonly string[] | undefined): Row;
}

/** The column's value in a row; a member that is not there is null. */
export function cellOf(row: Row, column: string): unknown {
  return Object.hasOwn(row, column) ? (row[column] ?? null) : null;
}

/** A value as one text, the same for the same value. */
export function sameText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/**
 * How two values of a column without a type are ordered: texts as numbers if both spell one, however many digits they
 * have; else as `compared` does.
 */
export function comparedUntyped(a: unknown, b: unknown): number {
  if (typeof a !== 'string' || typeof b !== 'string') return compared(a, b);
  const [first, second] = [toNumber(a), toNumber(b)];
  if (Number.isNaN(first) || Number.isNaN(second)) return compared(a, b);
  if (first !== second || !WHOLE.test(a) || !WHOLE.test(b)) return Math.sign(first - second);
  // Doubles do not tell whole numbers apart beyond 2^53.
  const [one, other] = [BigInt(a.trim().replace('+', '')), BigInt(b.trim().replace('+', ''))];
  return one < other ? -1 : one > other ? 1 : 0;
}

const WHOLE = /^\s*[+-]?\d+\s*$/;

/**
 * How two values of one kind are ordered: numbers by value, instants by time, other texts by code unit, `false` before
 * `true`. NaN if they are of different kinds.
 */
export function compared(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') {
    const [first, second] = [readInstant(a), readInstant(b)];
    if (first !== undefined && second !== undefined) return compareInstants(first, second);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof a !== typeof b || !['number', 'boolean'].includes(typeof a)) return Number.NaN;
  return Math.sign(Number(a) - Number(b));
}
