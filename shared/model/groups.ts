import type { Check, JsonObject } from '../verdict/verdict.ts';
import { show } from './compare.ts';
import { type Difference, meanDifference, newcombe } from './difference.ts';
import { LEVEL } from './interval.ts';
import {
  type ClassificationRows,
  type RegressionRows,
  rowWeights,
  type ScoredRows,
  subset,
  sum,
  weightedMean,
} from './rows.ts';

/** Differences between groups of classified rows, by Fairlearn's names. */
export const GROUP_DIFFERENCES = [
  'equalized_odds_difference',
  'equal_opportunity_difference',
  'demographic_parity_difference',
] as const;
export type GroupDifference = (typeof GROUP_DIFFERENCES)[number];

/** Groups that are compared in pairs, at most: 19,900 pairs. */
const MAX_GROUPS = 200;

/** Of regression: the largest mean absolute error of a group less the smallest. */
const MAE_DIFFERENCE = 'mae_difference';

/** The rates whose largest difference between groups it is. */
const RATES: Readonly<Record<GroupDifference, readonly Rate[]>> = {
  equalized_odds_difference: ['true_positive_rate', 'false_positive_rate'],
  equal_opportunity_difference: ['true_positive_rate'],
  demographic_parity_difference: ['selection_rate'],
};

type Rate = 'accuracy' | 'selection_rate' | 'true_positive_rate' | 'false_positive_rate' | 'mae';

/** The (weighted) mean of some values of a group's rows. */
interface Mean {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

interface Group {
  readonly name: string;
  readonly n: number;
  readonly rates: Readonly<Partial<Record<Rate, Mean>>>;
}

export interface GroupOptions {
  readonly column: string;
  /** The group of each row. */
  readonly groups: readonly string[];
  /** May measures name groups by their values? Otherwise they are numbered in the order of their values. */
  readonly showValues: boolean;
  readonly minSize: number;
  /** Which difference is judged, and the largest that is allowed; without a maximum none is judged. */
  readonly difference: GroupDifference;
  readonly max?: number | undefined;
}

export interface GroupResult {
  readonly check?: Check;
  /** By group its rates, and the differences. */
  readonly measures: JsonObject;
}

/** Rates by group and their differences (largest − smallest, by Fairlearn's names and definitions). */
export function compareGroups(rows: ScoredRows, options: GroupOptions): GroupResult {
  const groups = split(rows, options);
  const differences =
    rows.task === 'regression'
      ? { [MAE_DIFFERENCE]: spread(groups, ['mae']) }
      : Object.fromEntries(GROUP_DIFFERENCES.map((name) => [name, spread(groups, RATES[name])]));
  const measures = {
    ...Object.fromEntries(groups.map((group) => [group.name, { n: group.n, ...values(group) }])),
    ...defined(differences),
  };
  if (options.max === undefined) return { measures };
  const [name, rates]: [string, readonly Rate[]] =
    rows.task === 'regression' ? [MAE_DIFFERENCE, ['mae']] : [options.difference, RATES[options.difference]];
  return {
    measures,
    check: judge(groups, { ...options, max: options.max }, name, rates, differences[name] ?? Number.NaN),
  };
}

function split(rows: ScoredRows, { groups, showValues }: GroupOptions): Group[] {
  const places = new Map<string, number[]>();
  groups.forEach((group, i) => {
    const known = places.get(group);
    if (known === undefined) places.set(group, [i]);
    else known.push(i);
  });
  return [...places.keys()].sort().map((value, i) => {
    const part = subset(rows, places.get(value) ?? []);
    const rates = part.task === 'regression' ? regressionRates(part) : classificationRates(part);
    return { name: showValues ? value : `group ${i + 1}`, n: part.n, rates };
  });
}

function regressionRates(rows: RegressionRows): Group['rates'] {
  const values = rows.truth.map((truth, i) => Math.abs(rows.predicted[i]! - truth));
  return { mae: { values, weights: rowWeights(rows) } };
}

function classificationRates(rows: ClassificationRows): Group['rates'] {
  const { predicted, truth, positive } = rows;
  if (predicted === undefined) return {};
  const weights = rowWeights(rows);
  const all = [...truth.keys()];
  const share = (places: readonly number[], counts: (i: number) => boolean): Mean => ({
    values: Float64Array.from(places, (i) => (counts(i) ? 1 : 0)),
    weights: Float64Array.from(places, (i) => weights[i]!),
  });
  const accuracy = share(all, (i) => predicted[i] === truth[i]);
  if (positive === undefined) return { accuracy };
  const selected = (i: number) => predicted[i] === positive;
  const isPositive = (i: number) => truth[i] === positive;
  return {
    accuracy,
    selection_rate: share(all, selected),
    true_positive_rate: share(all.filter(isPositive), selected),
    false_positive_rate: share(
      all.filter((i) => !isPositive(i)),
      selected,
    ),
  };
}

function meanOf(mean: Mean | undefined): number {
  return mean === undefined ? Number.NaN : weightedMean(mean.values, mean.weights);
}

/** The largest difference of any of the rates; NaN where one is undefined in a group. */
function spread(groups: readonly Group[], rates: readonly Rate[]): number {
  const differences = rates.map((rate) => {
    const found = groups.map((group) => meanOf(group.rates[rate]));
    return found.some(Number.isNaN) ? Number.NaN : Math.max(...found) - Math.min(...found);
  });
  return differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences);
}

function values(group: Group): JsonObject {
  return defined(Object.fromEntries(Object.entries(group.rates).map(([rate, mean]) => [rate, meanOf(mean)])));
}

function defined(numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => Number.isFinite(value)));
}

type Judging = GroupOptions & { readonly max: number };

/**
 * Passes where the upper bound of every pair of groups lies within the maximum (an intersection-union claim, no level
 * split); fails where a lower bound, its level split over the pairs, lies above it.
 */
function judge(
  groups: readonly Group[],
  options: Judging,
  name: string,
  rates: readonly Rate[],
  estimate: number,
): Check {
  const { column, minSize, max } = options;
  const tooMany = groups.length > MAX_GROUPS;
  const pairs = rates.flatMap((rate) =>
    pairsOf(tooMany ? [] : groups).map(([one, other]) => [rate, one.rates[rate], other.rates[rate]] as const),
  );
  const alpha = 1 - LEVEL;
  // Each pair is looked at from both sides.
  const split = pairs.map(([rate, one, other]) => boundsOf(rate, one, other, alpha / (2 * pairs.length)));
  const whole = pairs.map(([rate, one, other]) => boundsOf(rate, one, other, alpha));
  const lower = Math.max(0, ...split.map((bounds) => (bounds === undefined ? 0 : farFromZero(bounds))));
  const upper = Math.max(
    tooMany ? Infinity : -Infinity,
    ...whole.map((bounds) => (bounds === undefined ? Infinity : Math.max(-bounds.lower, bounds.upper))),
  );
  const small = groups.filter((group) => group.n < minSize).length;
  const open = [
    ...(tooMany ? [`${groups.length} groups are more than the ${MAX_GROUPS} that are compared`] : []),
    ...(groups.length < 2 ? ['there is one group only'] : []),
    ...(small > 0 ? [`${small} of ${groups.length} groups have fewer than ${minSize} rows`] : []),
    ...(Number.isNaN(estimate) ? ['a rate is undefined in a group'] : []),
  ];
  const status = lower > max ? 'fail' : open.length === 0 && upper <= max ? 'pass' : 'inconclusive';
  const said = { pass: 'within', fail: 'above', inconclusive: 'not shown to be within' }[status];
  const interval =
    Number.isFinite(upper) && groups.length > 1 ? `, bounds ${show(lower)} to ${show(upper)}` : '';
  const shown = Number.isFinite(estimate) ? ` of ${show(estimate)}` : '';
  return {
    id: 'fairness.difference',
    target: { column, metric: name },
    status,
    observed: Number.isFinite(estimate) ? estimate : null,
    expected: { max },
    message: [
      `${name}${shown} among ${groups.length} groups of ${column} is ${said} ${max}${interval}`,
      ...open,
    ].join('; '),
    evidence: {
      method: rates.includes('mae')
        ? 'Welch intervals of pairs of groups'
        : 'Newcombe intervals of pairs of groups',
      ...(Number.isFinite(estimate) ? { estimate } : {}),
      interval: [lower, Number.isFinite(upper) ? upper : null],
      level: LEVEL,
      margin: max,
      n: groups.reduce((total, group) => total + group.n, 0),
    },
  };
}

function farFromZero({ lower, upper }: Difference): number {
  return Math.max(0, lower, -upper);
}

function pairsOf(groups: readonly Group[]): [Group, Group][] {
  return groups.flatMap((one, i) => groups.slice(i + 1).map((other): [Group, Group] => [one, other]));
}

/** Bounds of a rate of one group less that of another; undefined where a group has no row to judge it by. */
function boundsOf(
  rate: Rate,
  one: Mean | undefined,
  other: Mean | undefined,
  alpha: number,
): Difference | undefined {
  if (one === undefined || other === undefined) return undefined;
  if (one.values.length === 0 || other.values.length === 0) return undefined;
  if (rate === 'mae') return meanDifference(one.values, other.values, alpha);
  return newcombe([sum(one.values), one.values.length], [sum(other.values), other.values.length], alpha);
}
