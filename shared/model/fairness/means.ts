/** Mean absolute errors of groups of rows, and their largest difference. */
import { grouped } from '../../problem/numbers.ts';
import { moments } from '../../stats/means.ts';
import { greatestLower, greatestUpper, type Limits } from '../../stats/mover.ts';
import { studentQuantile } from '../../stats/special.ts';
import type { Check } from '../../verdict/verdict.ts';
import type { RegressionRows } from '../rows.ts';
import { show } from '../show.ts';
import type { Slice } from '../slices.ts';

export const MAE_DIFFERENCE = 'mae_difference';

export interface GroupErrors {
  readonly value: string;
  readonly errors: Float64Array;
}

export function groupErrors({ truth, predicted }: RegressionRows, groups: readonly Slice[]): GroupErrors[] {
  return groups.map(({ value, rows }) => ({
    value,
    errors: Float64Array.from(rows, (row) => Math.abs(predicted[row]! - truth[row]!)),
  }));
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The largest less the smallest. */
export function spreadOf(means: readonly number[]): number {
  const least = means.reduce((found, mean) => Math.min(found, mean), Number.POSITIVE_INFINITY);
  const most = means.reduce((found, mean) => Math.max(found, mean), Number.NEGATIVE_INFINITY);
  return most - least;
}

/** Student's bounds of a mean; undefined for fewer than two errors or without variance. */
function meanLimits(errors: Float64Array, alpha: number): Limits | undefined {
  const { n, mean, variance } = moments(errors);
  if (!(variance > 0)) return undefined;
  const reach = -studentQuantile(alpha, n - 1) * Math.sqrt(variance / n);
  return { estimate: mean, lower: mean - reach, upper: mean + reach };
}

interface Judging {
  readonly column: string;
  readonly max: number;
  readonly minSize: number;
  readonly alpha: number;
  readonly binding: 'bound' | 'declared';
}

/**
 * Passes if the upper bound of every pair of groups lies within the maximum (intersection–union, no level split); fails
 * if a lower bound, its level split over the pairs, lies above it. Student's bounds of each group's mean, combined by
 * MOVER, which is nearly Welch's (1947) t of the pair and takes no time for many groups.
 */
export function errorsCheck(groups: readonly GroupErrors[], judging: Judging): Check {
  const { column, max, minSize, alpha, binding } = judging;
  const at = (level: number) => groups.flatMap(({ errors }) => meanLimits(errors, level) ?? []);
  const whole = at(alpha);
  const lower = Math.max(0, greatestLower(at(alpha / Math.max(2, groups.length * (groups.length - 1)))));
  const upper = whole.length < groups.length ? Number.POSITIVE_INFINITY : Math.max(0, greatestUpper(whole));
  const means = groups.map(({ errors }) => meanOf(errors));
  const estimate = spreadOf(means);
  const small = groups.filter(({ errors }) => errors.length < minSize).length;
  const open = [
    ...(groups.length < 2 ? ['there is one group only'] : []),
    ...(small > 0
      ? [`${grouped(small)} of ${grouped(groups.length)} groups have fewer than ${grouped(minSize)} rows`]
      : []),
  ];
  const status = lower > max ? 'fail' : open.length === 0 && upper <= max ? 'pass' : 'inconclusive';
  const said = { pass: 'within', fail: 'above', inconclusive: 'not shown to be within' }[status];
  const interval =
    Number.isFinite(upper) && groups.length > 1 ? `, bounds ${show(lower)} to ${show(upper)}` : '';
  return {
    id: 'fairness.difference',
    target: { column, metric: MAE_DIFFERENCE },
    status,
    observed: Number.isFinite(estimate) ? estimate : null,
    expected: { max },
    message: [
      `${MAE_DIFFERENCE} of ${show(estimate)} among ${grouped(groups.length)} groups of ${column} is ${said} ${max}${interval}`,
      ...open,
    ].join('; '),
    evidence: {
      method: 'Student’s bounds of groups, pairs of them by MOVER',
      ...(Number.isFinite(estimate) ? { estimate } : {}),
      interval: [lower, Number.isFinite(upper) ? upper : null],
      level: 1 - alpha,
      margin: max,
      n: groups.reduce((total, { errors }) => total + errors.length, 0),
      binding,
    },
    fix: 'see the errors by group in the report; gather more rows of the small groups, or train a model that treats the groups alike',
  };
}
