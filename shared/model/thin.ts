/** Metrics that are resampled, and rest on cells of which the rows hold too few to show how they vary. */
import { grouped } from '../problem/numbers.ts';
import type { Ends, Part, Question } from './question.ts';
import { rarestLabel } from './rows.ts';

/** Fewer rows than this, on either side, and resamples do not see what the others would hold. */
const MIN_ROWS = 10;

/**
 * No bounds if a class has fewer than 10 rows, or if a cell that the metric is a function of has fewer than
 * 10 on either side (found, missed and named wrongly): undefined if resampling may go on.
 */
export function thinCells(parts: readonly Pick<Part, 'metric' | 'rows'>[]): Ends | undefined {
  for (const { metric, rows } of parts) {
    if (rows.task !== 'classification' && rows.task !== 'multilabel') continue;
    if (metric.kind !== 'cells' && metric.kind !== 'rows') continue;
    const fewest = Math.min(metric.fewest?.(rows) ?? Infinity, rarestLabel(rows) ?? Infinity);
    if (fewest >= MIN_ROWS) continue;
    const none = `${metric.name} rests on a class with ${grouped(fewest)} rows on one side, and resamples of fewer than ${MIN_ROWS} do not show how it varies`;
    return { method: 'none', lower: null, upper: null, none };
  }
  return undefined;
}

/**
 * Bounds of how scores rank rows, kept from what rows of a kind that no resample holds may do: up to 1 − alpha^(1/k) of
 * the k rows of the rarest class may be of such a kind, and a model may rank them below, or above, all others. An area
 * under the ROC curve moves by that share at most. Average precision moves by (l/k)·ln(1 + k/l), l = −ln alpha, if l rows
 * of another class rank above all k: the mean over them of 1 − j/(j + l), the j-th being found.
 */
export function withUnseenRows({ parts, alpha, estimate }: Question, ends: Ends): Ends {
  const reach = Math.max(0, ...parts.map((part) => Math.abs(part.coefficient) * unseen(part, alpha)));
  if (reach === 0 || (ends.lower === null && ends.upper === null)) return ends;
  const { lower, upper } = ends;
  return {
    ...ends,
    lower: lower === null ? null : Math.min(lower, estimate - reach),
    upper: upper === null ? null : Math.max(upper, estimate + reach),
  };
}

function unseen({ metric, rows }: Part, alpha: number): number {
  if (metric.kind !== 'rows') return 0;
  const rarest = rarestLabel(rows);
  if (rarest === undefined) return 0;
  if (!metric.name.startsWith('average_precision')) return 1 - alpha ** (1 / rarest);
  const above = -Math.log(alpha);
  return Math.min(1, (above / rarest) * Math.log1p(rarest / above));
}
