import { type Instant, instantAt, isoText, readInstant } from '../inputs/instant.ts';
import { toNumber } from '../read/batch.ts';

/** Of 64 bits. */
const LARGEST_INTEGER = 2 ** 64;
const LARGE_INTEGER = /^\s*[+-]?\d+\s*$/;
/** Is a number written as a real one, though it may be whole: 10.0, 1e3? */
export const REAL = /[.eE]/;
/** A zero in front, or a plus sign in front of as many digits as a telephone number has. */
const CODE = /^\s*(?:[+-]?0\d|\+\d{7,}\s*$)/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;

/**
 * A text as a number if it is surely meant as one: not with leading zeros or as a telephone number (a code), nor beyond 64 bits (an identifier);
 * NaN otherwise. A double may not hold it exactly, see `isInexact`.
 */
export function readNumber(text: string): number {
  const code = text.charCodeAt(0);
  if (!((code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 32))
    return Number.NaN;
  const value = toNumber(text);
  if (Number.isNaN(value) || CODE.test(text)) return Number.NaN;
  return Math.abs(value) > LARGEST_INTEGER && LARGE_INTEGER.test(text) ? Number.NaN : value;
}

/** Is the text an integer of 64 bits beyond those that doubles hold one by one? @param value what was read of it. */
export function isInexact(value: number, text: string): boolean {
  const size = Math.abs(value);
  return size > Number.MAX_SAFE_INTEGER && size <= LARGEST_INTEGER && LARGE_INTEGER.test(text);
}

/** A text as true or false in one of the spellings that programs write; undefined otherwise. */
export function readBoolean(text: string): boolean | undefined {
  if (text.length > 5 || !BOOLEAN.test(text)) return undefined;
  return text.length === 4;
}

/** The date or instant in ISO 8601 that a text is; undefined if it is none. */
export function readTimestamp(text: string): Instant | undefined {
  if (text.length < 10 || text[4] !== '-' || text.trim() !== text) return undefined;
  return readInstant(text);
}

/** Dates as people write them, of milliseconds with a fraction: without a time if that is midnight UTC. */
export function isoOf(milliseconds: number, rest = 0): string {
  return isoText(instantAt(milliseconds, rest)).replace(/T00:00:00\.000Z$/, '');
}
