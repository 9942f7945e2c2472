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
export const MAY_BE_MISSING = new Uint8Array(256);
for (const text of MISSING) {
  if (text === '') continue;
  MAY_BE_MISSING[text.charCodeAt(0)] = 1;
  MAY_BE_MISSING[text.toUpperCase().charCodeAt(0)] = 1;
}
for (let code = 9; code <= 32; code++) MAY_BE_MISSING[code] = 1;
/** First bytes of white space beyond ASCII in UTF-8. */
for (const code of [0xc2, 0xe1, 0xe2, 0xe3, 0xef]) MAY_BE_MISSING[code] = 1;

/** By length: the known spellings in ASCII. */
const BY_LENGTH: readonly (readonly Buffer[])[] = Array.from({ length: LONGEST + 1 }, (_value, length) =>
  MISSING.filter((text) => text.length === length).map((text) => Buffer.from(text)),
);

/** Does the text say that there is no value? */
export function isMissing(text: string): boolean {
  return text.length <= LONGEST && KNOWN.has(text.trim().toLowerCase());
}

/** Does the text say that a number is infinite? */
export function isInfinite(text: string): boolean {
  return text.length <= LONGEST && /^[+-]?inf(inity)?$/i.test(text);
}

const INFINITY = Buffer.from('infinity');

/** The same of bytes in UTF-8. */
export function isInfiniteBytes(bytes: Uint8Array, start: number, end: number): boolean {
  const from = bytes[start] === 0x2b || bytes[start] === 0x2d ? start + 1 : start;
  const length = end - from;
  if (length !== 3 && length !== INFINITY.length) return false;
  let at = 0;
  while (at < length && lower(bytes[from + at]!) === INFINITY[at]) at++;
  return at === length;
}

/** Do bytes in UTF-8 say that there is no value? */
export function isMissingBytes(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0) return true;
  if (length > MOST_BYTES) return false;
  const first = bytes[start]!;
  if (MAY_BE_MISSING[first] === 0) return false;
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
