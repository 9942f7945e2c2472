/** Exact bounds of rates by group, one-sided. */
import type { MoverLimits } from '../../stats/mover.ts';
import { pairedShareBounds } from '../../stats/paired.ts';
import { shareBounds } from '../../stats/proportions.ts';
import { type Rate, type RatedModel, shareOf } from './rates.ts';

/** Of groups that are alike the same counts occur again and again. */
const known = new Map<string, readonly [number, number]>();
const MOST_KNOWN = 50_000;

function sharesOf(hits: number, n: number, alpha: number): readonly [number, number] {
  const key = `${hits} ${n} ${alpha}`;
  const found = known.get(key) ?? shareBounds(hits, n, alpha);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

/** Clopper and Pearson's bounds of a rate in a group; undefined if the rate is. */
export function rateLimits(
  rate: Rate,
  counts: ArrayLike<number>,
  model: RatedModel,
  alpha: number,
): MoverLimits | undefined {
  const { hits, n } = shareOf(rate, counts, model);
  if (n === 0) return undefined;
  const [lower, upper] = sharesOf(hits, n, alpha);
  return { estimate: hits / n, lower, upper };
}

/**
 * Bounds of the candidate's rate less production's in a group: Tango's if both are shares of the same rows, else, as
 * of precision, each model's own at half of the error rate.
 */
export function growthLimits(rate: Rate, counts: ArrayLike<number>, alpha: number): MoverLimits | undefined {
  if (rate === 'precision') return bothLimits(rate, counts, alpha, -1);
  const [ours, theirs] = [shareOf(rate, counts, 'candidate'), shareOf(rate, counts, 'production')];
  const n = ours.n;
  if (n === 0) return undefined;
  // Rows of which one model alone has the rate: those of either less those of both.
  const only = (one: RatedModel, other: RatedModel) => {
    const alone = Float64Array.from(counts, (count, cell) =>
      bit(cell, one) === bit(cell, other) ? 0 : count,
    );
    return shareOf(rate, alone, one).hits;
  };
  const [b, c] = [only('candidate', 'production'), only('production', 'candidate')];
  return { estimate: (ours.hits - theirs.hits) / n, ...pairedShareBounds({ b, c, n }, alpha) };
}

const bit = (cell: number, model: RatedModel) => (model === 'candidate' ? (cell >> 1) & 1 : (cell >> 2) & 1);

/** Of the candidate's rate and `sign` times production's, each model's own at half of the error rate. */
export function bothLimits(
  rate: Rate,
  counts: ArrayLike<number>,
  alpha: number,
  sign: 1 | -1,
): MoverLimits | undefined {
  const ours = rateLimits(rate, counts, 'candidate', alpha / 2);
  const theirs = rateLimits(rate, counts, 'production', alpha / 2);
  if (ours === undefined || theirs === undefined) return undefined;
  const [low, high] = sign > 0 ? [theirs.lower, theirs.upper] : [-theirs.upper, -theirs.lower];
  return {
    estimate: ours.estimate + sign * theirs.estimate,
    lower: ours.lower + low,
    upper: ours.upper + high,
  };
}
