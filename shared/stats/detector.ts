/** Change detection by Shiryaev–Roberts sums of restarted e-processes (Shin, Ramdas & Rinaldo 2023). */
import { log1pExp, logMeanExp } from './logspace.ts';

/** One step R ← (R + 1)·e, of and to ln(1 + R), which is 0 at the start and always finite. */
export function shiryaevRoberts(state: number, logE: number): number {
  return log1pExp(state + logE);
}

/** Plain JSON: ln(1 + R) for each alternative. */
export interface LossDetector {
  readonly logs: readonly number[];
}

export interface LossLimits {
  /** Losses lie in [0, bound]; larger ones count as the bound. */
  readonly bound: number;
  /** The mean loss that is still in order, in (0, bound): an upper bound of the reference's, plus the tolerance. */
  readonly standard: number;
  /** A > 1: the mean number of rows between false alarms. */
  readonly threshold: number;
}

/** Alternatives above the standard, in units of the bound. */
const STEPS = [0.02, 0.05, 0.1, 0.2, 0.4];

export const newDetector = (): LossDetector => ({ logs: STEPS.map(() => 0) });

export interface DetectorResult {
  readonly detector: LossDetector;
  /** Index, in these losses, of the first at which the detector alarmed; null when it did not. */
  readonly alarmAt: number | null;
  /** ln of the mean of the five sums after the last loss; the alarm is at ln(threshold). */
  readonly logStatistic: number;
}

/**
 * Reads losses in order of time. With x = loss/bound and r = standard/bound, e = 1 + λ(x − r), λ = (q − r)/(r(1 − r)),
 * for q = r + 0.02, 0.05, 0.1, 0.2, 0.4 (at most halfway to 1); for 0/1 losses that is the likelihood ratio. Alarms
 * when the mean of the five sums reaches the threshold A.
 *
 * While the mean of each loss given the past is at most the standard, the mean time to a false alarm is at least A rows
 * and P(alarm within t rows) ≤ t/A, whatever else depends on what. One-sided: an improvement never alarms. After an
 * alarm the caller decides when to start again, with `newDetector` on the rows that follow.
 * Raises RangeError for limits out of range and for a loss that is negative or NaN.
 */
export function watchLosses(
  detector: LossDetector,
  losses: ArrayLike<number>,
  limits: LossLimits,
): DetectorResult {
  const { bound, standard, threshold } = limits;
  const r = standard / bound;
  if (!(bound > 0 && bound < Infinity && r > 0 && r < 1)) {
    throw new RangeError(`a standard of ${standard} does not lie between 0 and the bound ${bound}`);
  }
  if (!(threshold > 1)) throw new RangeError(`a threshold above 1 is needed, not ${threshold}`);
  if (detector.logs.length !== STEPS.length) throw new RangeError('this is not the state of a loss detector');
  const bets = STEPS.map((step) => (Math.min(r + step, (1 + r) / 2) - r) / (r * (1 - r)));
  const logs = [...detector.logs];
  let alarmAt: number | null = null;
  for (let i = 0; i < losses.length; i++) {
    const loss = losses[i]!;
    if (!(loss >= 0)) throw new RangeError(`a loss of at least 0 is needed, not ${loss} (at index ${i})`);
    const excess = Math.min(1, loss / bound) - r;
    for (let k = 0; k < bets.length; k++) logs[k] = shiryaevRoberts(logs[k]!, Math.log1p(bets[k]! * excess));
    if (alarmAt === null && logMeanExp(logs) >= Math.log1p(threshold)) alarmAt = i;
  }
  // The mean of R is the mean of 1 + R, less 1.
  return { detector: { logs }, alarmAt, logStatistic: lessOne(logMeanExp(logs)) };
}

/** ln(e^x − 1) for x ≥ 0. */
function lessOne(x: number): number {
  return x > 30 ? x : Math.log(Math.expm1(x));
}
