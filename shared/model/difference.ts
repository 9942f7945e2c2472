/** Bounds of a difference between two independent samples. */
import { moments } from '../stats/means.ts';
import { normalQuantile, studentQuantile } from '../stats/special.ts';

/** One-sided bounds of first − second, each with the error rate asked for. */
export interface Difference {
  readonly lower: number;
  readonly upper: number;
}

type Count = readonly [successes: number, of: number];

/** The difference of two shares by Wilson's intervals combined (Newcombe 1998, method 10). */
export function newcombe(first: Count, second: Count, alpha: number): Difference {
  const z = normalQuantile(1 - alpha);
  const one = wilson(first, z);
  const two = wilson(second, z);
  const difference = one.share - two.share;
  return {
    lower: difference - Math.hypot(one.share - one.lower, two.upper - two.share),
    upper: difference + Math.hypot(one.upper - one.share, two.share - two.lower),
  };
}

/** Wilson's (1927) score interval. */
function wilson([successes, of]: Count, z: number): { share: number; lower: number; upper: number } {
  const share = successes / of;
  const centre = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  return { share, lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}

/** The difference of two means by Welch's (1947) t; undefined for fewer than two values a side or without variance. */
export function meanDifference(
  first: Float64Array,
  second: Float64Array,
  alpha: number,
): Difference | undefined {
  const [one, two] = [moments(first), moments(second)];
  const [a, b] = [one.variance / one.n, two.variance / two.n];
  if (!(a + b > 0)) return undefined;
  const df = (a + b) ** 2 / (a ** 2 / (one.n - 1) + b ** 2 / (two.n - 1));
  const reach = studentQuantile(1 - alpha, df) * Math.sqrt(a + b);
  const difference = one.mean - two.mean;
  return { lower: difference - reach, upper: difference + reach };
}
