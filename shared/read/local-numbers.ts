import type { Block } from './block.ts';
import type { Dialect, Thousands } from './dialect.ts';

const [PLUS, MINUS, POINT] = [0x2b, 0x2d, 0x2e] as const;

/** What may stand for each: a space also as U+00A0 and U+202F, an apostrophe also as U+2019. */
const BETWEEN: Readonly<Record<Thousands, readonly string[]>> = {
  '.': ['.'],
  ',': [','],
  ' ': [' ', '\u00a0', '\u202f'],
  "'": ["'", '\u2019'],
};

/** Numbers that are not written as JSON writes them. */
export class LocalNumbers {
  readonly #decimal: number;
  readonly #thousands: readonly Buffer[];

  private constructor(decimal: string, thousands: Thousands | undefined) {
    this.#decimal = decimal.charCodeAt(0);
    this.#thousands = (thousands === undefined ? [] : BETWEEN[thousands]).map((text) => Buffer.from(text));
  }

  /** Undefined if numbers are written as usual. With decimal commas, points stand between thousands unless it is said. */
  static of({ decimal = '.', thousands }: Dialect): LocalNumbers | undefined {
    const between = thousands ?? (decimal === ',' ? '.' : undefined);
    return decimal === '.' && between === undefined ? undefined : new LocalNumbers(decimal, between);
  }

  /** Rewrites the numbers of a block in place, as JSON has them; every other field stays. */
  rewritten(block: Block): Block {
    const { width, rows, starts } = block;
    const ends = block.ends;
    for (let at = 0; at < width * rows; at++) {
      const start = starts[at]!;
      if (start >= 0) ends[at] = this.#rewrite(block.bytes, start, ends[at]!);
    }
    const { quoted: _quoted, ...rest } = block;
    return rest;
  }

  /** Where the field ends afterwards. */
  #rewrite(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (bytes[at] === PLUS || bytes[at] === MINUS) at++;
    const from = at;
    at = digitsEnd(bytes, at, end);
    if (at === from) return end;
    const separator = at - from <= 3 ? this.#separatorAt(bytes, at, end) : 0;
    // Groups are of three digits, and separated alike.
    const whole = separator === 0 ? at : groupsEnd(bytes, at, end, bytes.subarray(at, at + separator));
    let last = whole;
    if (whole < end && bytes[whole] === this.#decimal) {
      last = digitsEnd(bytes, whole + 1, end);
      if (last === whole + 1) return end;
    }
    if (exponentEnd(bytes, last, end) !== end) return end;
    let to = at;
    for (let i = at; i < end; i++) {
      const code = bytes[i]!;
      if (i < whole && !isDigit(code)) continue;
      bytes[to++] = i === whole && code === this.#decimal && last > whole ? POINT : code;
    }
    return to;
  }

  /** The length of what stands there between thousands; 0 if it is something else. */
  #separatorAt(bytes: Uint8Array, at: number, end: number): number {
    const found = this.#thousands.find((text) => at + text.length <= end && isAt(text, bytes, at));
    return found?.length ?? 0;
  }
}

function isAt(text: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return text.every((code, i) => bytes[at + i] === code);
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(bytes[at])) at++;
  return at;
}

/** Where groups of a separator and three digits end. */
function groupsEnd(bytes: Uint8Array, from: number, end: number, separator: Uint8Array): number {
  let at = from;
  while (isAt(separator, bytes, at)) {
    const next = digitsEnd(bytes, at + separator.length, end);
    if (next !== at + separator.length + 3) break;
    at = next;
  }
  return at;
}

/** Where an exponent ends, if there is one. */
function exponentEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || (bytes[at]! | 0x20) !== 0x65) return at;
  const sign = bytes[at + 1] === PLUS || bytes[at + 1] === MINUS ? 1 : 0;
  const last = digitsEnd(bytes, at + 1 + sign, end);
  return last > at + 1 + sign ? last : at;
}

/** How numbers are written. */
export interface NumberForm {
  readonly decimal: ',' | '.';
  readonly thousands?: Thousands;
}

const FORMS: readonly (NumberForm & { readonly pattern: RegExp })[] = (['.', ','] as const).flatMap(
  (decimal) =>
    ([undefined, '.', ',', ' ', "'"] as const)
      .filter((thousands) => thousands !== decimal)
      .map((thousands) => ({
        decimal,
        ...(thousands === undefined ? {} : { thousands }),
        pattern: numberPattern(decimal, thousands),
      })),
);

function numberPattern(decimal: '.' | ',', thousands: Thousands | undefined): RegExp {
  const between = thousands === undefined ? undefined : `[${BETWEEN[thousands].join('')}]`;
  const whole = between === undefined ? '\\d+' : `(?:\\d+|[1-9]\\d{0,2}(?:${between}\\d{3})+)`;
  return new RegExp(`^[+-]?${whole}(?:[${decimal}]\\d+)?(?:[eE][+-]?\\d+)?$`, 'u');
}

/**
 * The forms that all numbers of a table can have, the plainest first. Columns that are numbers in no form are texts.
 *
 * @param columns the fields of each, none of them empty.
 * @returns undefined if the columns that are numbers have no form in common.
 */
export function numberForms(columns: readonly (readonly string[])[]): readonly NumberForm[] | undefined {
  const each = columns
    .filter((fields) => fields.length > 0)
    .map((fields) => {
      const forms = FORMS.filter(({ pattern }) => fields.every((field) => pattern.test(field)));
      return forms.every(({ thousands }) => thousands !== undefined) && areCodes(fields) ? [] : forms;
    })
    .filter((forms) => forms.length > 0);
  const common = FORMS.filter((form) => each.every((forms) => forms.includes(form)));
  return common.length === 0 ? undefined : common.map(({ pattern: _pattern, ...form }) => form);
}

/**
 * Numbers with thousands differ in length or have decimals, too, and do not begin with 0; codes and telephone numbers are
 * alike, or do.
 */
function areCodes(fields: readonly string[]): boolean {
  if (fields.some((field) => /^0\d/.test(field))) return true;
  const haveDecimals = fields.every((field) =>
    /^[+-]?[1-9]\d{0,2}(\D+)\d{3}(?:\1\d{3})*[.,]\d+$/.test(field),
  );
  return !haveDecimals && new Set(fields.map(({ length }) => length)).size === 1;
}
