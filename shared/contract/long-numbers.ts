import { compareDecimals, numberText } from '../read/number-text.ts';
import { isMap } from '../schema/map.ts';

/** Limits that a contract writes with more digits than a double has, as they are written, by the double. */
export type LongNumbers = ReadonlyMap<number, string>;

/** Digits that every double keeps. */
const KEPT = 15;
const TOKENS = /"(?:[^"\\]|\\.)*"|(?<![\w.])[+-]?\d[\d.]*(?:[eE][+-]?\d+)?/g;
/** Of what is compared digit by digit. */
const LONGEST = 400;

/** Finds them in the text of a contract, JSON or YAML. Of two that have the same double, neither is taken. */
export function longNumbers(text: string): LongNumbers {
  const found = new Map<number, string>();
  const twice = new Set<number>();
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.replace(/\D/g, '').length <= KEPT || !isComparable(token)) continue;
    const value = Number(token);
    const own = numberText(token);
    if ((found.get(value) ?? own) !== own) twice.add(value);
    found.set(value, own);
  }
  for (const value of twice) found.delete(value);
  return found;
}

function isComparable(text: string): boolean {
  const [, exponent = '0'] = /e([+-]?\d+)$/i.exec(text) ?? [];
  return text.length <= LONGEST && Math.abs(Number(exponent)) <= LONGEST && Number.isFinite(Number(text));
}

/**
 * A double that lies to a limit as the number does that a text spells: a number of many digits may have the double of a
 * limit that it is not equal to. Doubles keep the order of all others (rounding is monotone).
 *
 * @param value the double of the number.
 * @param limits doubles that it is compared with.
 */
export function besideLimits(
  value: number,
  text: string,
  limits: readonly number[],
  long: LongNumbers,
): number {
  if (!limits.includes(value) || !isComparable(text.trim())) return value;
  const limit = long.get(value) ?? numberText(spelled(value));
  const order = compareDecimals(numberText(text), limit);
  return order === 0 ? value : nextDouble(value, order > 0 ? 1 : -1);
}

/**
 * A double that is one of listed values, which no double holds exactly, only if the number is that a text spells.
 *
 * @param listed such values; `others` are listed, too.
 */
export function besideListed(value: number, text: string, listed: Listed, long: LongNumbers): number {
  let beside = besideLimits(value, text, listed.long, long);
  const sign = beside > value ? 1 : -1;
  while (beside !== value && listed.all.has(beside)) beside = nextDouble(beside, sign);
  return beside;
}

export interface Listed {
  readonly all: ReadonlySet<number>;
  /** Those that stand for several numbers of whole digits, or are written with more digits than they keep. */
  readonly long: readonly number[];
}

/** Of two listed values that have the same double, both are accepted. */
export function listedNumbers(values: readonly unknown[], long: LongNumbers): Listed {
  const numbers = values.filter((value) => typeof value === 'number');
  const all = new Set(numbers);
  const isLong = (value: number): boolean => Math.abs(value) >= 2 ** 53 || long.has(value);
  const once = (value: number): boolean => numbers.filter((other) => other === value).length === 1;
  return { all, long: [...all].filter((value) => isLong(value) && once(value)) };
}

/** Is a whole number, as a text spells it, a multiple of another? Undefined if one of them is not whole, or too long. */
export function isWholeMultiple(text: string, unit: number): boolean | undefined {
  const digits = isComparable(text.trim()) ? numberText(text) : '';
  if (!/^-?\d+$/.test(digits) || !Number.isSafeInteger(unit) || unit === 0) return undefined;
  return BigInt(digits) % BigInt(unit) === 0n;
}

/** A schema whose own limits of many digits are their texts, for messages. */
export function spelledLimits(schema: unknown, long: LongNumbers): unknown {
  if (long.size === 0 || !isMap(schema)) return schema;
  const exact = (value: unknown): unknown => (typeof value === 'number' ? (long.get(value) ?? value) : value);
  return Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, exact(value)]));
}

/** All digits of a whole number; of another the fewest that mean it. */
function spelled(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

/** The next double in the direction of `sign`; the value itself if it is infinite. */
export function nextDouble(value: number, sign: 1 | -1): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return sign * Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 === sign > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
