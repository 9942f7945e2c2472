/** Bounds of expected calibration errors, of one model or the difference of two. */
import { bettingBounds, bettingOrder } from '../stats/betting.ts';
import { moments } from '../stats/means.ts';
import type { BinnedPromises } from './metric.ts';
import type { Ends, Question } from './question.ts';

/**
 * An expected calibration error is Σ |mean excess of bin b| over bins, a mean over rows weighing each bin by its rows: the
 * greatest, over all signs s of the bins, of the mean of s·excess. On few rows its estimate is biased upwards. From above:
 * the bound of the mean with the signs that were observed, whose estimate is no less than that with the true ones, which
 * may differ only in bins that are nearly right. From below: a row's sign is that of the rows of its bin that are bet on
 * before it. Such a mean is at most the calibration error whatever was drawn before, so that the wealth of a betting bound
 * is a supermartingale as ever (Waudby-Smith & Ramdas 2024). Of a difference the mean of both models' signed excesses is
 * bounded. Undefined if no calibration error is asked for; without bounds if rows have weights or clusters.
 */
export function calibrationContrast(question: Question): Ends | undefined {
  const { parts, n, alpha, sampling, plain } = question;
  const found = parts.find(({ metric }) => metric.calibration !== undefined);
  if (found === undefined) return undefined;
  if (!plain) {
    const none = `the bounds of ${found.metric.name} need rows without weights and clusters`;
    return { method: 'none', lower: null, upper: null, none, fix: 'judge brier or log_loss instead' };
  }
  const order = bettingOrder(n, sampling.seed);
  const low = new Float64Array(n);
  const high = new Float64Array(n);
  const plug = new Float64Array(n);
  let range = 0;
  for (const { metric, rows, coefficient } of parts) {
    const promises = metric.calibration?.(rows);
    if (promises === undefined) return undefined;
    range += Math.abs(coefficient);
    const [before, whole] = [signedBefore(promises, order), signedByAll(promises)];
    const [under, over] = coefficient > 0 ? [before, whole] : [whole, before];
    for (let row = 0; row < n; row++) {
      low[row]! += coefficient * under[row]!;
      high[row]! += coefficient * over[row]!;
      plug[row]! += coefficient * whole[row]!;
    }
  }
  const asked = { low: -range, high: range, alpha, seed: sampling.seed };
  const standardError = Math.sqrt(moments(plug).variance / n);
  return {
    method: 'betting bounds of signed calibration gaps',
    lower: bettingBounds({ ...asked, values: low }).lower,
    upper: bettingBounds({ ...asked, values: high }).upper,
    ...(standardError > 0 ? { standardError } : {}),
  };
}

/** The excess of each row by the sign of its bin's mean. */
function signedByAll({ excess, bin, bins }: BinnedPromises): Float64Array {
  const sums = new Float64Array(bins);
  for (let row = 0; row < excess.length; row++) sums[bin[row]!]! += excess[row]!;
  return excess.map((value, row) => Math.sign(sums[bin[row]!]!) * value);
}

/** The excess of each row by the sign of the mean of the rows of its bin that come before it in the order. */
function signedBefore({ excess, bin, bins }: BinnedPromises, order: Int32Array): Float64Array {
  const sums = new Float64Array(bins);
  const found = new Float64Array(excess.length);
  for (const row of order) {
    const sum = sums[bin[row]!]!;
    found[row] = Math.sign(sum) * excess[row]!;
    sums[bin[row]!] = sum + excess[row]!;
  }
  return found;
}
