import { toNumber } from '../table/table.ts';

/** How people and programs write that a value is missing, in lower case and without spaces around. */
const MISSING = [
  ...['', '-', '--', '---', '?', '.', 'na', 'n/a', 'n.a.', '#n/a', '#na', '<na>', 'nan', '-nan', 'nat'],
  ...['null', '(null)', 'none', 'nil', 'undefined', 'missing', '(missing)', '\\n'],
];
const KNOWN: ReadonlySet<string> = new Set(MISSING);
/** UTF-16 units, and bytes of so many of them. */
const LONGEST = 12;
const MOST_BYTES = 3 * LONGEST;

/** By the first byte: could a text that starts with it say that there is no value? Space and what is not ASCII could. */
const FIRST = new Uint8Array(256);
for (const text of MISSING) {
  if (text === '') continue;
  FIRST[text.charCodeAt(0)] = 1;
  FIRST[text.toUpperCase().charCodeAt(0)] = 1;
}
for (let code = 9; code <= 32; code++) FIRST[code] = 1;
/** First bytes of white space beyond ASCII in UTF-8. */
for (const code of [0xc2, 0xe1, 0xe2, 0xe3, 0xef]) FIRST[code] = 1;

/** By the first byte: is every text that starts with it a word, if it is not a boolean? */
export const IS_PLAIN = FIRST.map((may, code) => (may === 1 || isNumeric(code) ? 0 : 1));

/** By length: the known spellings in ASCII. */
const BY_LENGTH: readonly (readonly Buffer[])[] = Array.from({ length: LONGEST + 1 }, (_value, length) =>
  MISSING.filter((text) => text.length === length).map((text) => Buffer.from(text)),
);

/** Does the text say that there is no value? */
export function isMissing(text: string): boolean {
  return text.length <= LONGEST && KNOWN.has(text.trim().toLowerCase());
}

/** The same of bytes in UTF-8. */
export function isMissingBytes(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0) return true;
  if (length > MOST_BYTES) return false;
  const first = bytes[start]!;
  if (FIRST[first] === 0) return false;
  if (length <= LONGEST && isKnown(bytes, start, end)) return true;
  const isSpaced = first <= 32 || first >= 0x80 || bytes[end - 1]! <= 32 || bytes[end - 1]! >= 0x80;
  return isSpaced && isMissing(Buffer.from(bytes.subarray(start, end)).toString());
}

function isKnown(bytes: Uint8Array, start: number, end: number): boolean {
  for (const spelling of BY_LENGTH[end - start]!) {
    let at = 0;
    while (at < spelling.length && lower(bytes[start + at]!) === spelling[at]) at++;
    if (at === spelling.length) return true;
  }
  return false;
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

const BOOLEANS: ReadonlySet<string> = new Set(['true', 'True', 'TRUE', 'false', 'False', 'FALSE']);
const DATE = /^\d{4}-\d{2}-\d{2}/;
/** Beyond these no number holds anything. */
const NUMERIC = /^[\d+\-.eE\s]*$/;

/** Is it a text, and no number, boolean, date or code of digits? Told from its characters, without reading it. */
export function isWord(cell: string): boolean {
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
  if (start === end || !isNumeric(bytes[start]!)) return true;
  return isWord(Buffer.from(bytes.subarray(start, end)).toString());
}

/** A digit, a sign, a point or a space, as numbers begin with. */
function isNumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 32;
}
