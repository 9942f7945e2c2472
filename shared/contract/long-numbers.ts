import { compareDecimals, numberText } from '../read/number-text.ts';

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
