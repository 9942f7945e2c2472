/** Bounds of root mean squares of bounded errors. */
import { bettingBounds, type MeanBounds } from './betting.ts';

export interface RootPair {
  /** Squared errors of two models on the same rows, in [0, high]. */
  readonly ours: Float64Array;
  readonly theirs: Float64Array;
  /** Above 0: the difference is √mean(ours) − ratio·√mean(theirs). */
  readonly ratio: number;
  readonly high: number;
  /** One-sided error rate of each bound. */
  readonly alpha: number;
  readonly seed: number;
}

/** Of the error rate, for what is needed to know of the second model's own root. */
const SCALE_SHARE = 0.1;

/** A root mean square: the root of the bounds of the mean square. */
export function rootBounds(squares: Float64Array, high: number, alpha: number, seed: number): MeanBounds {
  const found = bettingBounds({ values: squares, low: 0, high, alpha, seed });
  return {
    ...found,
    estimate: Math.sqrt(found.estimate),
    lower: Math.sqrt(found.lower),
    upper: Math.sqrt(found.upper),
    method: `${found.method}, of the root`,
  };
}

/**
 * √a − r·√b of two mean squares a and b on the same rows. With q = √b it is √(D + r²q²) − r·q, where D = a − r²b is the
 * mean of paired differences, bounded at 0.9 of the error rate; and q lies between bounds at the rest, a half each
 * (Bonferroni). In q the expression rises if D < 0 and falls if D > 0, so that its extremes lie at the ends of q.
 * Each bound is by betting, so that it holds for every law of independent rows.
 */
export function rootDifferenceBounds({ ours, theirs, ratio, high, alpha, seed }: RootPair): MeanBounds {
  const squared = ratio * ratio;
  const values = ours.map((square, i) => square - squared * theirs[i]!);
  const difference = bettingBounds({
    values,
    low: -squared * high,
    high,
    alpha: alpha * (1 - SCALE_SHARE),
    seed,
  });
  const scale = rootBounds(theirs, high, (alpha * SCALE_SHARE) / 2, seed);
  const at = (d: number, q: number) => Math.sqrt(Math.max(0, d + squared * q * q)) - ratio * q;
  const { lower: least, upper: most } = difference;
  // Below q = √(−D)/r the first root is 0: there the least value is where that begins, or at the greatest q.
  const turn =
    least < 0 ? Math.min(scale.upper, Math.max(scale.lower, Math.sqrt(-least) / ratio)) : scale.upper;
  const n = ours.length;
  return {
    n,
    estimate: at(difference.estimate, scale.estimate),
    lower: at(least, turn),
    upper: at(most, most >= 0 ? scale.lower : scale.upper),
    method: `${difference.method}, of a difference of roots`,
  };
}
