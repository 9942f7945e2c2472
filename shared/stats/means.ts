import { normalQuantile, studentQuantile } from './special.ts';

export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Unbiased (divisor n − 1); NaN for fewer than two values. */
  readonly variance: number;
  /** Third central moment over the 3/2 power of the second (both divided by n); NaN if all values are equal. */
  readonly skewness: number;
}

/** Moments in two passes; all NaN for no values. */
export function moments(values: Float64Array): Moments {
  const n = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const rough = sum / n;
  let first = 0;
  let second = 0;
  let third = 0;
  for (const value of values) {
    const d = value - rough;
    first += d;
    second += d * d;
    third += d * d * d;
  }
  // `first` is the rounding error of the mean, times n.
  const correction = first / n;
  const spread = second - first * correction;
  const skew = third / n - (3 * correction * second) / n + 2 * correction ** 3;
  return {
    n,
    mean: rough + correction,
    variance: n < 2 ? Number.NaN : spread / (n - 1),
    skewness: spread > 0 ? skew / (spread / n) ** 1.5 : Number.NaN,
  };
}

export interface MeanInterval extends Moments {
  readonly standardError: number;
  readonly level: number;
  /** Two-sided; its lower end alone is a one-sided bound of level 1 − (1 − level)/2. */
  readonly interval: readonly [number, number];
  /** |skewness| / √n: above 0.1 a one-sided bound does not keep its level. */
  readonly asymmetry: number;
}

/**
 * Student's t interval of a mean; of paired differences, the paired t interval.
 *
 * Assumes independent values. On strongly skewed values the one-sided error is two to eight times the nominal one
 * below 300 values (docs/error-rates.md; see `asymmetry`). Fewer than two values give (−∞, ∞). Equal values give an interval of width 0, which
 * says nothing about rare values: unless the two sides are known to be identical, treat variance 0 as inconclusive.
 */
export function meanInterval(values: Float64Array, level = 0.95): MeanInterval {
  const found = moments(values);
  const standardError = Math.sqrt(found.variance / found.n);
  const half = found.n < 2 ? Infinity : studentQuantile((1 + level) / 2, found.n - 1) * standardError;
  const interval =
    found.n < 2 ? ([-Infinity, Infinity] as const) : ([found.mean - half, found.mean + half] as const);
  return {
    ...found,
    standardError,
    level,
    interval,
    asymmetry: Math.abs(found.skewness) / Math.sqrt(found.n),
  };
}

export interface MarginPlan {
  /** Variance of one value (of one paired difference). */
  readonly variance: number;
  /** The tolerated loss, > 0. */
  readonly margin: number;
  /** One-sided error rate. */
  readonly alpha: number;
  readonly power?: number;
  /** The true mean planned for; 0 is "no change", negative a loss. */
  readonly difference?: number;
}

/**
 * Rows that show a mean above −margin with the given power: (z_α + z_{1−power})² variance / (margin + difference)².
 * ∞ when the difference itself is at or beyond the margin.
 */
export function rowsForMargin(plan: MarginPlan): number {
  const { variance, margin, alpha, power = 0.8, difference = 0 } = plan;
  const room = margin + difference;
  if (!(room > 0)) return Infinity;
  const z = normalQuantile(1 - alpha) + normalQuantile(power);
  return Math.max(2, Math.ceil((z * z * variance) / (room * room)));
}
