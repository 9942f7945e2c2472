/** Mean absolute errors of groups of rows, and their largest difference. */
import { grouped } from '../../problem/numbers.ts';
import { greatestLower, greatestUpper, type MoverLimits } from '../../stats/mover.ts';
import type { Check } from '../../verdict/verdict.ts';
import { contrastBounds } from '../contrast.ts';
import type { MetricBounds } from '../interval.ts';
import type { Metric } from '../metric.ts';
import { type RegressionRows, subset } from '../rows.ts';
import { show } from '../show.ts';
import type { Slice } from '../slices.ts';
import { isUnbounded } from '../unbounded.ts';

export const MAE_DIFFERENCE = 'mae_difference';

export interface GroupErrors {
  readonly value: string;
  readonly rows: RegressionRows;
  /** Mean absolute error. */
  readonly mean: number;
}

export function groupErrors(all: RegressionRows, groups: readonly Slice[]): GroupErrors[] {
  return groups.map(({ value, rows: places }) => {
    const rows = subset(all, [...places]);
    const total = rows.truth.reduce((sum, label, i) => sum + Math.abs(rows.predicted[i]! - label), 0);
    return { value, rows, mean: total / rows.n };
  });
}

/** The largest less the smallest. */
export function spreadOf(means: readonly number[]): number {
  const least = means.reduce((found, mean) => Math.min(found, mean), Number.POSITIVE_INFINITY);
  const most = means.reduce((found, mean) => Math.max(found, mean), Number.NEGATIVE_INFINITY);
  return most - least;
}

interface Judging {
  readonly column: string;
  /** `mae`, with the limit of a loss that is stated, if one is. */
  readonly metric: Metric;
  readonly max: number;
  readonly minSize: number;
  readonly alpha: number;
  readonly seed: number;
  readonly binding: 'bound' | 'declared';
}

/** By the rules of every loss (`contrast.ts`); resamples of many groups would take too long. */
function boundsOf(groups: readonly GroupErrors[], { metric, seed }: Judging, alpha: number, alarm = false) {
  return groups.map(({ rows }) =>
    contrastBounds([{ coefficient: 1, metric, rows }], alpha, { draws: 0, seed }, { alarm }),
  );
}

/** A limit that is missing is nowhere. */
function limitsOf(all: readonly MetricBounds[]): MoverLimits[] {
  return all
    .filter(({ estimate }) => !Number.isNaN(estimate))
    .map(({ estimate, lower, upper }) => ({
      estimate,
      lower: lower ?? Number.NEGATIVE_INFINITY,
      upper: upper ?? Number.POSITIVE_INFINITY,
    }));
}

/**
 * Passes if the upper bound of every pair of groups lies within the maximum (intersection–union, no level split), for
 * which each group needs both of its limits: it is the first of one pair, and the second of another. Fails if a lower
 * bound, its level split over the pairs, lies above the maximum; as an alarm, which a few rows may give. The limits of two
 * groups are combined by MOVER, which of Student's is nearly Welch's (1947) t and takes no time for many groups.
 */
export function errorsCheck(groups: readonly GroupErrors[], judging: Judging): Check {
  const { column, metric, max, alpha, binding } = judging;
  const pairs = Math.max(2, groups.length * (groups.length - 1));
  const whole = boundsOf(groups, judging, alpha);
  const lower = Math.max(0, greatestLower(limitsOf(boundsOf(groups, judging, alpha / pairs, true))));
  const isOpen = whole.some((each) => each.lower === null || each.upper === null);
  const upper = isOpen ? Number.POSITIVE_INFINITY : Math.max(0, greatestUpper(limitsOf(whole)));
  const estimate = spreadOf(whole.map((each) => each.estimate));
  const open = reasonsOpen(groups, whole, judging);
  const status = lower > max ? 'fail' : open.length === 0 && upper <= max ? 'pass' : 'inconclusive';
  const said = { pass: 'within', fail: 'above', inconclusive: 'not shown to be within' }[status];
  const interval =
    Number.isFinite(upper) && groups.length > 1 ? `, bounds ${show(lower)} to ${show(upper)}` : '';
  const shown = Number.isFinite(estimate) ? ` of ${show(estimate)}` : '';
  return {
    id: 'fairness.difference',
    target: { column, metric: MAE_DIFFERENCE },
    status,
    observed: Number.isFinite(estimate) ? estimate : null,
    expected: { max },
    message: [
      `${MAE_DIFFERENCE}${shown} among ${grouped(groups.length)} groups of ${column} is ${said} ${max}${interval}`,
      ...(metric.estimand === undefined ? [] : [metric.estimand]),
      ...open,
    ].join('; '),
    evidence: {
      method: methodOf(groups, metric),
      ...(Number.isFinite(estimate) ? { estimate } : {}),
      interval: [lower, Number.isFinite(upper) ? upper : null],
      level: 1 - alpha,
      margin: max,
      n: groups.reduce((total, { rows }) => total + rows.n, 0),
      binding,
    },
    fix: fixOf(status, whole),
  };
}

function methodOf([first]: readonly GroupErrors[], metric: Metric): string {
  const isOpen = first === undefined || isUnbounded({ coefficient: 1, metric, rows: first.rows });
  return `${isOpen ? 'Student’s' : 'betting'} bounds of groups, pairs of them by MOVER`;
}

function reasonsOpen(
  groups: readonly GroupErrors[],
  whole: readonly MetricBounds[],
  { minSize }: Judging,
): string[] {
  const small = groups.filter(({ rows }) => rows.n < minSize).length;
  const without = whole.flatMap(({ none }) => none ?? []);
  const of = (count: number) => `${grouped(count)} of ${grouped(groups.length)} groups`;
  return [
    ...(groups.length < 2 ? ['there is one group only'] : []),
    ...(small > 0 ? [`${of(small)} have fewer than ${grouped(minSize)} rows`] : []),
    ...(without.length > 0 ? [`${of(without.length)} have no bounds, such as: ${without[0]}`] : []),
  ];
}

const FIX =
  'see the errors by group in the report; gather more rows of the small groups, or train a model that treats the groups alike';

function fixOf(status: Check['status'], whole: readonly MetricBounds[]): string {
  const fix = whole.find((each) => each.fix !== undefined)?.fix;
  return status === 'inconclusive' && fix !== undefined ? `of mae, the loss of groups, ${fix}` : FIX;
}
