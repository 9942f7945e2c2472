/**
 * The one rule for when two cells are the same value, for ids and for classes, whatever format each comes from:
 * truth values in any case (`true`, `True`, `TRUE`); numbers by value (`1`, `1.0`, `1.`, `+1`, `1e0`); other texts letter
 * by letter, blanks around them left out. Leading zeros make a text: `007` is not `7`.
 */
import { type Cell, toNumber } from './batch.ts';
import { numberText } from './number-text.ts';

/** Decimal notation without leading zeros. */
const DECIMAL = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)$/;
/** As programs write it, with one digit before the point; `12e4567`, such as hexadecimal ids hold, is a text. */
const SCIENTIFIC = /^[+-]?\d(?:\.\d*)?[eE][+-]?\d{1,3}$/;
const FRACTION = /^-?(?:0|[1-9]\d*)\.\d*[1-9]$/;
/** A double keeps 15 digits (DBL_DIG); a point is not a digit. */
const SHORT = 16;
const WHOLE = /^-?\d+(?:e\d+)?$/;
const TRUTH = /^(?:true|false)$/i;
/** Up to the character code of a space: blanks, tabs, ends of lines. */
const BLANK = 0x20;
const [PLUS, MINUS, POINT, ZERO, NINE, E, F, T] = [43, 45, 46, 48, 57, 101, 102, 116];
/** What `numberText` keeps as digits. */
const LONGEST = 63;

/**
 * One spelling for all texts of the same value. Whole numbers are compared exactly, however long they are; numbers with a
 * fraction by the double that they are read as.
 */
export function valueText(text: string): string {
  const bare = withoutBlanks(text);
  const first = bare.charCodeAt(0);
  if (first > NINE) return TRUTH.test(bare) ? bare.toLowerCase() : bare;
  if (isOwnSpelling(bare) || !isNumber(bare)) return bare;
  const exact = numberText(bare);
  if (WHOLE.test(exact)) return exact;
  const double = Number(bare);
  if (!Number.isFinite(double)) return bare;
  const shortest = String(double);
  return shortest === exact ? exact : numberText(shortest);
}

/** A decimal with a point and no zero at the end that the double gives back: so are the fractions that programs write. */
function isOwnSpelling(bare: string): boolean {
  return FRACTION.test(bare) && (bare.length <= SHORT || String(Number(bare)) === bare);
}

function isNumber(bare: string): boolean {
  return DECIMAL.test(bare) || SCIENTIFIC.test(bare);
}

/** The number that a text is compared by; NaN if it is compared as a text. */
export function valueNumber(text: string): number {
  const bare = withoutBlanks(text);
  return isNumber(bare) ? toNumber(bare) : Number.NaN;
}

/** As `valueText`, of a cell; null if it is empty. */
export function cellValue(cell: Cell): string | null {
  const text = cell === null ? '' : valueText(String(cell));
  return text === '' ? null : text;
}

function withoutBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= BLANK) start++;
  while (end > start && text.charCodeAt(end - 1) <= BLANK) end--;
  return end - start === text.length ? text : text.slice(start, end);
}

/**
 * Are the bytes surely what `valueText` makes of their text? So are nearly all ids and classes.
 *
 * @param bytes no blanks around what lies from `start` to `end`.
 */
export function isValueText(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  if (first > NINE) {
    const [size, letter] = [end - start, first | 0x20];
    return (size !== 4 && size !== 5) || (letter !== T && letter !== F);
  }
  for (let at = start, before = E; at < end; at++) {
    const byte = bytes[at]!;
    const isDigit = byte >= ZERO && byte <= NINE;
    const isSign = (byte === MINUS || byte === PLUS) && (before | 0x20) === E;
    // What no number holds makes a text.
    if (!isDigit && !isSign && byte !== POINT && (byte | 0x20) !== E) return true;
    before = byte;
  }
  return isPlainWhole(bytes, start, end);
}

/** Digits without a leading zero, after a minus sign or none. */
function isPlainWhole(bytes: Uint8Array, start: number, end: number): boolean {
  const from = bytes[start] === MINUS ? start + 1 : start;
  if (from === end || bytes[from]! <= ZERO || end - start > LONGEST) return false;
  for (let at = from; at < end; at++) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false;
  return true;
}
