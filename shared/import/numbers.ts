import type { JsonObject } from '../verdict/verdict.ts';

/** What may break a rule: how much of it, and what follows. */
export interface RuleGrade {
  readonly severity?: 'warn';
  /** A count of rows (whole, from 1 on), or a share (`5%`, or a number below 1). */
  readonly tolerance?: number | string;
  /** A JSON Schema of the rows that the rule is about; a share is of these. */
  readonly when?: JsonObject;
}

export interface LimitRange {
  readonly min?: number | string;
  readonly max?: number | string;
}

/** The share as per cent, without the tail that binary fractions have. */
export function percentText(share: number): string {
  return `${Number((share * 100).toFixed(10))}%`;
}

/** The nearest number above (or, with −1, below): `> x` is `>= step(x, 1)`. */
export function step(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE;
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0] = (bits[0] ?? 0n) + BigInt((value > 0 ? 1 : -1) * direction);
  return new Float64Array(bits.buffer)[0] ?? value;
}

/** A duration in the words of dbt and of the Open Data Contract Standard, or undefined if the unit is unknown. */
export function ageOf(amount: number, unit: string): string | undefined {
  const days: Readonly<Record<string, number>> = { w: 7, q: 91.3125, mo: 30.4375, y: 365.25 };
  const names: readonly (readonly [RegExp, string])[] = [
    [/^(ms|milliseconds?)$/, 'ms'],
    [/^(s|secs?|seconds?)$/, 's'],
    [/^(min|mins|minutes?)$/, 'm'],
    [/^(h|hrs?|hours?)$/, 'h'],
    [/^(d|days?)$/, 'd'],
    [/^(w|weeks?)$/, 'w'],
    [/^(mo|mon|months?)$/, 'mo'],
    [/^(q|quarters?)$/, 'q'],
    [/^(y|yrs?|years?)$/, 'y'],
  ];
  const found = names.find(([pattern]) => pattern.test(unit.trim().toLowerCase()))?.[1];
  if (found === undefined || !(amount >= 0)) return undefined;
  const factor = days[found];
  return factor === undefined ? `${amount}${found}` : `${amount * factor}d`;
}
