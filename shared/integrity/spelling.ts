import { toNumber } from '../read/batch.ts';
import { isInfinite, isInfiniteBytes, MAY_BE_MISSING } from '../read/missing-text.ts';

/** By the first byte: is every text that starts with it a word, if it is not a boolean? */
export const IS_PLAIN = MAY_BE_MISSING.map((may, code) => (may === 1 || isNumeric(code) ? 0 : 1));

const BOOLEANS: ReadonlySet<string> = new Set(['true', 'True', 'TRUE', 'false', 'False', 'FALSE']);
const DATE = /^\d{4}-\d{2}-\d{2}/;
/** Beyond these no number holds anything. */
const NUMERIC = /^[\d+\-.eE\s]*$/;

/** Is it a text, and no number (an infinite one, too), boolean, date or code of digits? Told from its characters. */
export function isWord(cell: string): boolean {
  if (isInfinite(cell)) return false;
  const first = cell.charCodeAt(0);
  if (!isNumeric(first)) return !BOOLEANS.has(cell);
  if (DATE.test(cell)) return false;
  let digits = false;
  for (let i = 0; i < cell.length; i++) {
    const code = cell.charCodeAt(i);
    if (code >= 48 && code <= 57) digits = true;
    else if (code !== 46 && code !== 45 && code !== 43)
      return !NUMERIC.test(cell) || Number.isNaN(toNumber(cell));
  }
  return !digits;
}

/** The same of bytes in UTF-8 that are not boolean. */
export function isWordBytes(bytes: Uint8Array, start: number, end: number): boolean {
  if (isInfiniteBytes(bytes, start, end)) return false;
  if (start === end || !isNumeric(bytes[start]!)) return true;
  return isWord(Buffer.from(bytes.subarray(start, end)).toString());
}

/** A digit, a sign, a point or a space, as numbers begin with. */
function isNumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 32;
}
