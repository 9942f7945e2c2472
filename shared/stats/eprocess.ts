/**
 * Anytime-valid evidence of a rollout. One pair of e-processes runs through all looks and all weights: the canary's
 * share is taken from the requests served in each look, so pauses and weight changes do no harm, but the evidence must
 * not be restarted with a step, nor its options be changed.
 */
import { logMeanExp } from './logspace.ts';

/** What happened since the look before. Errors are at most requests. */
export interface CountsLook {
  readonly canaryErrors: number;
  readonly canaryRequests: number;
  readonly stableErrors: number;
  readonly stableRequests: number;
}

/** Plain JSON: natural logarithms of e-values, to be carried from look to look. */
export interface RolloutEvidence {
  /** Against "the canary's risk is at most the stable version's", for each of ROLLBACK_RATIOS. */
  readonly rollback: readonly number[];
  /** Against "its risk is at least `margin` times the stable version's", for each alternative below the margin. */
  readonly ratio: readonly number[];
  /** Against "its rate is at least the floor". */
  readonly floor: number;
}

export interface RolloutOptions {
  /** The risk ratio that is harm, > 1. */
  readonly margin?: number;
  /** The error rate below which no ratio is harm, in (0, 1). */
  readonly floor?: number;
  /**
   * Over-dispersion φ ≥ 1, the variance of past stable counts over their mean, in buckets as long as the longest burst
   * of retries. Counts are divided by it: a quasi-likelihood device, measured and not proved.
   */
  readonly dispersion?: number;
}

export const ROLLBACK_RATIOS: readonly number[] = [1.25, 1.5, 2, 3, 5, 10];
export const PROMOTE_RATIOS: readonly number[] = [1, 1.25, 0.75, 0.5];
/** The alternative of the floor's e-process, as a part of the floor. */
const FLOOR_PART = 4;

const settled = (options: RolloutOptions) => {
  const { margin = 2, floor = 0.001, dispersion = 1 } = options;
  if (!(margin > 1)) throw new RangeError(`a risk ratio above 1 is needed as margin, not ${margin}`);
  if (!(floor > 0 && floor < 1))
    throw new RangeError(`an error rate between 0 and 1 is needed as floor, not ${floor}`);
  if (!(dispersion >= 1))
    throw new RangeError(`an over-dispersion of at least 1 is needed, not ${dispersion}`);
  return { margin, floor, dispersion, alternatives: PROMOTE_RATIOS.filter((ratio) => ratio < margin) };
};

export function emptyEvidence(options: RolloutOptions = {}): RolloutEvidence {
  return {
    rollback: ROLLBACK_RATIOS.map(() => 0),
    ratio: settled(options).alternatives.map(() => 0),
    floor: 0,
  };
}

/**
 * The evidence after one more look. Given an error, it is the canary's with probability
 * q(ρ) = share·ρ / (share·ρ + 1 − share) at risk ratio ρ; ln e grows by errors·ln(q₁/q₀) of the canary and
 * errors·ln((1 − q₁)/(1 − q₀)) of the stable version. A look without requests on one side says nothing of the ratio.
 * Raises RangeError for impossible counts and for evidence of another margin.
 */
export function addLook(
  evidence: RolloutEvidence,
  look: CountsLook,
  options: RolloutOptions = {},
): RolloutEvidence {
  const { margin, floor, dispersion, alternatives } = settled(options);
  checkCounts(look.canaryErrors, look.canaryRequests);
  checkCounts(look.stableErrors, look.stableRequests);
  if (evidence.rollback.length !== ROLLBACK_RATIOS.length || evidence.ratio.length !== alternatives.length) {
    throw new RangeError(`this evidence was not gathered with the margin ${margin}`);
  }
  const canary = look.canaryErrors / dispersion;
  const stable = look.stableErrors / dispersion;
  const share = look.canaryRequests / (look.canaryRequests + look.stableRequests);
  const q = (ratio: number) => (share * ratio) / (share * ratio + 1 - share);
  const gain = (alternative: number, ratio: number) =>
    share > 0 && share < 1
      ? canary * Math.log(q(alternative) / q(ratio)) +
        stable * Math.log((1 - q(alternative)) / (1 - q(ratio)))
      : 0;
  const good = look.canaryRequests / dispersion - canary;
  return {
    rollback: evidence.rollback.map((log, i) => log + gain(ROLLBACK_RATIOS[i]!, 1)),
    ratio: evidence.ratio.map((log, i) => log + gain(alternatives[i]!, margin)),
    floor: evidence.floor - canary * Math.log(FLOOR_PART) + good * floorGain(floor),
  };
}

/** ln e of one request without error, rate `floor` against a quarter of it. */
const floorGain = (floor: number) => Math.log1p(-floor / FLOOR_PART) - Math.log1p(-floor);

export interface LogEvidence {
  /** ln e against "not worse than stable": P(it ever reaches ln(1/α)) ≤ α then (Ville 1939). */
  readonly rollback: number;
  /** ln e against harm, "ratio ≥ margin and rate ≥ floor": the mean of the two e-values. */
  readonly promote: number;
}

export function logEvidence(evidence: RolloutEvidence): LogEvidence {
  return {
    rollback: logMeanExp(evidence.rollback),
    promote: logMeanExp([logMeanExp(evidence.ratio), evidence.floor]),
  };
}

/**
 * Which statement the evidence supports. Whichever is reached first counts, so it must be asked after each look; if
 * both are reached in one look, rollback. Ratios between 1 and the margin are grey: either may come.
 *
 * @param alpha rollback: the error rate of this metric (α over the number of metrics); promote: α, of each metric.
 */
export function rolloutDecision(
  evidence: RolloutEvidence,
  alpha: { readonly rollback: number; readonly promote: number },
): 'rollback' | 'promote' | 'undecided' {
  const log = logEvidence(evidence);
  if (log.rollback >= -Math.log(alpha.rollback)) return 'rollback';
  return log.promote >= -Math.log(alpha.promote) ? 'promote' : 'undecided';
}

export interface RolloutPlan extends RolloutOptions {
  /** The stable version's error rate. */
  readonly rate: number;
  /** The canary's share of requests, in (0, 1]. */
  readonly share: number;
  readonly alpha?: number;
}

/**
 * About how many canary requests a version equal to the stable one needs to be promoted: ln(2/α) over the growth of
 * ln e per request, of the faster of the two e-processes. ∞ when neither grows: such a plan can never promote.
 */
export function requestsToPromote(plan: RolloutPlan): number {
  const { rate, share, alpha = 0.05 } = plan;
  const { margin, floor, dispersion } = settled(plan);
  const q = (share * margin) / (share * margin + 1 - share);
  const split = share < 1 ? share * Math.log(share / q) + (1 - share) * Math.log((1 - share) / (1 - q)) : 0;
  const growth = Math.max(
    (rate / share) * split,
    (1 - rate) * floorGain(floor) - rate * Math.log(FLOOR_PART),
  );
  return growth > 0 ? Math.ceil((dispersion * Math.log(2 / alpha)) / growth) : Infinity;
}

function checkCounts(errors: number, requests: number): void {
  if (!(errors >= 0 && errors <= requests && requests < Infinity)) {
    throw new RangeError(`${errors} errors of ${requests} requests is not a count`);
  }
}
