/** Bounds of metrics that are quantiles of one value a row, such as a median error or the 95th percentile of latency. */
import { grouped } from '../problem/numbers.ts';
import {
  type QuantileBounds,
  quantileBounds,
  quantileDifferenceBounds,
  rowsForQuantile,
  rowsForQuantilePair,
} from '../stats/quantile-bounds.ts';
import type { Ends, Part, Question } from './question.ts';
import { errorOf } from './rates.ts';

const NONE = { lower: null, upper: null } as const;

/**
 * Of a question in which a quantile is: order statistics of one; a test for every place of two models' of the same
 * metric. Undefined if no quantile is asked for. Without bounds if rows have weights or clusters.
 */
export function quantileContrast(question: Question): Ends | undefined {
  const { parts, plain } = question;
  const found = parts.find(({ metric }) => metric.quantile !== undefined);
  if (found === undefined) return undefined;
  if (!plain) {
    const none = `the bounds of ${found.metric.name} need rows without weights and clusters`;
    return { method: 'none', ...NONE, none, fix: 'judge a mean instead (mae, latency_mean)' };
  }
  const [one = found, other] = parts;
  if (other === undefined) return ofOne(question, one);
  return one.coefficient > 0 ? ofTwo(question, one, other) : ofTwo(question, other, one);
}

function valuesOf({ metric, rows, coefficient }: Part): Float64Array {
  const size = Math.abs(coefficient);
  const values = metric.quantile?.values(rows) ?? new Float64Array();
  return size === 1 ? values : values.map((value) => size * value);
}

const shareOf = ({ metric }: Part) => metric.quantile?.share ?? Number.NaN;

function ofOne({ n, alpha, estimate }: Question, part: Part): Ends {
  const share = shareOf(part);
  const { lower, upper } = quantileBounds(valuesOf(part), share, alpha);
  const ends = part.coefficient > 0 ? { lower, upper } : { lower: negative(upper), upper: negative(lower) };
  const least = Math.max(rowsForQuantile(share, alpha, 'upper'), rowsForQuantile(share, alpha, 'lower'));
  return {
    method: 'order statistics',
    ...ends,
    ...missing(part, n, least),
    ...spreadOf(estimate, ends, alpha),
  };
}

const negative = (bound: number | null) => (bound === null ? null : 0 - bound);

function ofTwo({ n, alpha, estimate }: Question, above: Part, below: Part): Ends {
  const share = shareOf(above);
  const ends = quantileDifferenceBounds({ ours: valuesOf(above), theirs: valuesOf(below), share, alpha });
  const method = 'McNemar’s test at every place of the quantile, and order statistics';
  const least = rowsForQuantilePair(share, alpha);
  return { method, ...ends, ...missing(above, n, least), ...spreadOf(estimate, ends, alpha) };
}

function missing({ metric }: Part, n: number, least: number): { none?: string } {
  if (n >= least) return {};
  return {
    none: `${grouped(n)} rows are too few to bound ${metric.name} on either side: at least ${grouped(least)} are needed`,
  };
}

function spreadOf(estimate: number, { lower, upper }: QuantileBounds, alpha: number) {
  return lower === null || upper === null ? {} : errorOf(estimate, { lower, upper }, alpha);
}
