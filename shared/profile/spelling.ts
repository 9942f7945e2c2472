import { instantAt, isoText } from '../inputs/instant.ts';
import { compareDecimals, numberText } from '../read/number-text.ts';
import type { Spelling } from './sketch/ordered-counts.ts';

/** Whole numbers and decimals with all of their digits. */
export const DECIMALS: Spelling = {
  textOf: (value) => numberText(Number.isInteger(value) ? BigInt(value).toString() : String(value)),
  compare: compareDecimals,
};

/** Instants of the years 0 to 9999 in ISO 8601 and UTC, down to nanoseconds. */
export const INSTANTS: Spelling = {
  textOf: (value) => isoText(instantAt(value)),
  compare: (a, b) => compareCode(nineDecimals(a), nineDecimals(b)),
};

function nineDecimals(text: string): string {
  return text.slice(0, -1).padEnd('0000-00-00T00:00:00.000000000'.length, '0');
}

function compareCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text of an inexact instant, of what `millisecondsOf` and `restOf` made of it. */
export function inexactInstant(milliseconds: number, rest: number): string {
  return isoText(instantAt(milliseconds, rest));
}
