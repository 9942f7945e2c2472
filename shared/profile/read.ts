import { type Instant, instantAt, isoText, readInstant } from '../inputs/instant.ts';
import { toNumber } from '../table/table.ts';

const LARGE_INTEGER = /^\s*[+-]?\d+\s*$/;
const LEADING_ZERO = /^\s*[+-]?0\d/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;

/**
 * A text as a number if it is surely meant as one: not with leading zeros (a code), nor beyond the integers that
 * are exact in a double (an identifier); NaN otherwise.
 */
export function readNumber(text: string): number {
  const code = text.charCodeAt(0);
  if (!((code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 32))
    return Number.NaN;
  const value = toNumber(text);
  if (Number.isNaN(value) || LEADING_ZERO.test(text)) return Number.NaN;
  return Math.abs(value) > Number.MAX_SAFE_INTEGER && LARGE_INTEGER.test(text) ? Number.NaN : value;
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
