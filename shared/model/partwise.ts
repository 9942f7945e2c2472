/** Sums of metrics whose bounds are each of its own kind. */
import type { MetricBounds, Sampling } from './interval.ts';
import type { Ends, Part, Question } from './question.ts';
import { errorOf } from './rates.ts';

/** Bounds of other sums of metrics. */
type BoundsOf = (parts: readonly Part[], alpha: number, sampling: Sampling) => MetricBounds;

/**
 * Of a sum that holds a quantile or a calibration error and is not one of them, or the difference of two models' of one
 * metric: the bounds of each part, at an equal share of the error rate (Bonferroni 1936). Undefined of all others.
 */
export function partwise(
  { parts, alpha, sampling, estimate }: Question,
  boundsOf: BoundsOf,
): Ends | undefined {
  const [one, other, ...more] = parts;
  if (!parts.some(hasOwnKind) || one === undefined || other === undefined) return undefined;
  const isDifference = one.metric === other.metric && one.coefficient * other.coefficient < 0;
  if (isDifference && more.length === 0) return undefined;
  const each = parts.map((part) => boundsOf([part], alpha / parts.length, sampling));
  const [lower, upper] = [total(each, 'lower'), total(each, 'upper')];
  const open = each.find(({ none }) => none !== undefined);
  return {
    method: `${[...new Set(each.map(({ method }) => method))].join('; ')}, each at a share of the error rate`,
    ...{ lower, upper },
    ...(open?.none === undefined ? {} : { none: open.none }),
    ...(open?.fix === undefined ? {} : { fix: open.fix }),
    ...(lower === null || upper === null ? {} : errorOf(estimate, { lower, upper }, alpha)),
  };
}

function hasOwnKind({ metric }: Part): boolean {
  return metric.quantile !== undefined || metric.calibration !== undefined;
}

function total(each: readonly MetricBounds[], side: 'lower' | 'upper'): number | null {
  return each.reduce<number | null>((sum, bounds) => {
    const bound = bounds[side];
    return sum === null || bound === null ? null : sum + bound;
  }, 0);
}
