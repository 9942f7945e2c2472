/** Models that hardly ever differ: what the rows on which they do, and were not drawn, may hold. */
import { grouped } from '../problem/numbers.ts';
import { differingRows } from './metrics.ts';
import type { Ends, Question } from './question.ts';
import { isUnbounded, leastRows } from './unbounded.ts';

/** Fewer rows than this on which two models differ carry no bound of their own, whatever their variance says. */
const MIN_DIFFERING = 10;

/**
 * If two models hardly ever differ, the variance that was seen is (near) zero and a bound from it as well: a loss on
 * rows that happened not to be drawn would pass. Up to 1 − alpha^(1/n) of all rows may be such rows. Of losses of a known
 * range they may move the mean by that share of the range; of losses without one nothing is claimed of what sits in
 * fewer than 1 % of the rows (`leastRows`); of other metrics nothing is known. Betting bounds, and those of
 * rates, hold without any such guard.
 */
export function guarded({ parts, n, alpha, plain, sampling }: Question, ends: Ends): Ends {
  const [one, other] = parts;
  if (one === undefined || other === undefined || parts.length > 2) return ends;
  // Of a sum, or of two metrics, rows on which the models agree say as much as any.
  if (one.metric !== other.metric || one.coefficient * other.coefficient > 0) return ends;
  if (plain && /^(betting|exact bound)/.test(ends.method)) return ends;
  const differing = differingRows(one.metric, one.rows, other.rows);
  if (differing >= MIN_DIFFERING) return ends;
  const seen =
    differing === 0
      ? `the models agree on all ${grouped(n)} rows`
      : `the models differ on only ${differing} of ${grouped(n)} rows`;
  const units = sampling.clusters?.count ?? n;
  const unknown = {
    ...ends,
    lower: null,
    upper: null,
    none: `${seen}, which are too few to show what other rows would`,
  };
  if (differing > 0 || units < leastRows(alpha)) return unknown;
  const same = one.coefficient === -other.coefficient;
  const found = same ? { method: 'agreement on every row', lower: 0, upper: 0 } : ends;
  if (isUnbounded(one)) return found;
  const statistic = one.metric.statistic(one.rows);
  if (statistic.kind !== 'mean' || statistic.range === undefined) return unknown;
  const [least, greatest] = statistic.range;
  const reach = Math.abs(one.coefficient) * (greatest - least) * (1 - alpha ** (1 / units));
  const { lower, upper } = found;
  return {
    ...found,
    lower: lower === null ? null : lower - reach,
    upper: upper === null ? null : upper + reach,
  };
}
