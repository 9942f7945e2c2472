/** Mean absolute errors of groups of rows, and their largest difference. */
import { grouped } from '../../problem/numbers.ts';
import type { Check } from '../../verdict/verdict.ts';
import { meanDifference } from '../difference.ts';
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

/** Groups that are compared in pairs, at most: 19,900 pairs. */
const MAX_GROUPS = 200;

interface Judging {
  readonly column: string;
  readonly max: number;
  readonly minSize: number;
  readonly alpha: number;
  readonly binding: 'bound' | 'declared';
}

/**
 * Passes where the upper bound of every pair of groups lies within the maximum (intersection–union, no level split);
 * fails where a lower bound, its level split over the pairs, lies above it. By Welch's (1947) t.
 */
export function errorsCheck(groups: readonly GroupErrors[], judging: Judging): Check {
  const { column, max, minSize, alpha, binding } = judging;
  const tooMany = groups.length > MAX_GROUPS;
  const pairs = tooMany
    ? []
    : groups.flatMap((one, i) => groups.slice(i + 1).map((other) => [one, other] as const));
  const split = pairs.map(([one, other]) =>
    meanDifference(one.errors, other.errors, alpha / (2 * pairs.length)),
  );
  const whole = pairs.map(([one, other]) => meanDifference(one.errors, other.errors, alpha));
  const lower = Math.max(
    0,
    ...split.map((ends) => (ends === undefined ? 0 : Math.max(ends.lower, -ends.upper))),
  );
  const upper = Math.max(
    tooMany ? Number.POSITIVE_INFINITY : 0,
    ...whole.map((ends) =>
      ends === undefined ? Number.POSITIVE_INFINITY : Math.max(-ends.lower, ends.upper),
    ),
  );
  const means = groups.map(({ errors }) => meanOf(errors));
  const estimate = Math.max(...means) - Math.min(...means);
  const small = groups.filter(({ errors }) => errors.length < minSize).length;
  const open = [
    ...(tooMany
      ? [`${grouped(groups.length)} groups are more than the ${MAX_GROUPS} that are compared`]
      : []),
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
      method: 'Welch intervals of pairs of groups',
      ...(Number.isFinite(estimate) ? { estimate } : {}),
      interval: [lower, Number.isFinite(upper) ? upper : null],
      level: 1 - alpha,
      margin: max,
      n: groups.reduce((total, { errors }) => total + errors.length, 0),
      binding,
    },
    fix: 'see the errors by group in the measures; more rows of the small groups, or a model that treats them alike',
  };
}
