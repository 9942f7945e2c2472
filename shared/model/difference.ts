/** Bounds of a difference between two independent samples. */
import { moments } from '../stats/means.ts';
import { studentQuantile } from '../stats/special.ts';

/** One-sided bounds of first − second, each with the error rate asked for. */
export interface Difference {
  readonly lower: number;
  readonly upper: number;
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
