/** Losses of rows that have no limit which is known, and what their means can show. */
import type { Part } from './question.ts';

/** Losses that sit in a smaller share of the rows are not seen, and nothing is claimed of them. */
const RARE_SHARE = 0.01;
const LEAST_ROWS = 300;

/**
 * Rows with which losses in 1 % of all rows are missed altogether in at most `alpha` of samples: (1 − 0.01)^n ≤ alpha,
 * and 300 at least.
 */
export function leastRows(alpha: number): number {
  return Math.max(LEAST_ROWS, Math.ceil(Math.log(alpha) / Math.log1p(-RARE_SHARE)));
}

/** Can one row move the metric as far as it likes? */
export function isUnbounded({ metric, rows }: Part): boolean {
  if (metric.kind !== 'mean' && metric.kind !== 'sums') return false;
  const statistic = metric.statistic(rows);
  if (statistic.kind === 'sums') return statistic.rootOfAtMost === undefined;
  return statistic.kind === 'mean' && !(statistic.range?.every(Number.isFinite) ?? false);
}

/**
 * Can a row that the sample lacks move the metric farther than the sample shows? Means and sums that have no bound of
 * their own: a stated limit gives none with weights or clusters, nor to a sum of different metrics.
 */
export function restsOnRare({ metric }: Part): boolean {
  return (metric.kind === 'mean' || metric.kind === 'sums') && metric.binary !== true;
}

export const FIX_UNBOUNDED =
  'give a limit of the losses: loss-bound (the greatest loss that a row can have) or target-range (the range in which labels and predictions lie); or gather more rows; or judge clipped losses (loss-clip: 0.99), which leaves out how large the largest losses are';
