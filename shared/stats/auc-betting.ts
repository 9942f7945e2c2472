/** Bounds of AUCs that hold with few rows of a class and with rare rows that decide. */
import { grouped } from '../problem/numbers.ts';
import { type AucBounds, placements, type ScoredPair } from './auc.ts';
import { bettingBounds } from './betting.ts';

/** With fewer rows of a class than this there are no bounds. */
const LEAST_CLASS = 10;

export interface AucBetting {
  readonly alpha: number;
  readonly seed: number;
  /** The range of a row's gain: −1 to 1 of two models, −1/2 to 1/2 of one next to 1/2. */
  readonly range: readonly [number, number];
}

/**
 * The difference of two AUCs is the mean over positives of the gain in the share of negatives below them, and the mean over
 * negatives of the gain in the share of positives above them (the structural components of DeLong et al. 1988): the gains
 * of either class lie in a known range, and each mean has a betting bound. The distances of both bounds are added in
 * squares (MOVER, Zou & Donner 2008), as the variances of the classes are in DeLong's. For rows that are independent and
 * count the same.
 */
export function aucBettingBounds(
  given: ScoredPair,
  { alpha, seed, range: [low, high] }: AucBetting,
): AucBounds {
  const method = 'betting bounds of positives and of negatives, combined';
  const [ours, theirs] = [
    placements(given.positive, given.candidate),
    placements(given.positive, given.production),
  ];
  const gains = { positives: [] as number[], negatives: [] as number[] };
  for (let i = 0; i < given.candidate.length; i++) {
    const gain = Math.min(high, Math.max(low, ours.values[i]! - theirs.values[i]!));
    (given.positive[i] === 1 ? gains.positives : gains.negatives).push(gain);
  }
  const rarer = Math.min(gains.positives.length, gains.negatives.length);
  if (rarer < LEAST_CLASS) {
    const none = `only ${grouped(rarer)} rows have the rarer label, and at least ${LEAST_CLASS} are needed`;
    return { lower: null, upper: null, method, none };
  }
  const [above, below] = [gains.positives, gains.negatives].map((values) =>
    bettingBounds({ values: Float64Array.from(values), low, high, alpha, seed }),
  );
  if (above === undefined || below === undefined) throw new TypeError('there are two classes');
  const difference = ours.auc - theirs.auc;
  return {
    lower: Math.max(low, difference - Math.hypot(difference - above.lower, difference - below.lower)),
    upper: Math.min(high, difference + Math.hypot(above.upper - difference, below.upper - difference)),
    method,
  };
}
