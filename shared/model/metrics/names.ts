/** All metrics by name: fixed names, names with one number in them, and `column(x)`. */
import { nearest } from '../../problem/nearest.ts';
import type { Problem } from '../../problem/problem.ts';
import type { Metric } from '../metric.ts';
import { COLUMN_METRICS, columnMetric, latencyQuantile } from './columns.ts';
import { CONFUSION_METRICS, fMetrics } from './confusion.ts';
import { calibrationError, PROBABILITY_METRICS, topK } from './probabilities.ts';
import { ndcg, RANKING_METRICS, recallAt, reciprocalRank } from './ranking.ts';
import { RANK_METRICS } from './ranks.ts';
import { pinballLoss, REGRESSION_METRICS, tweedieDeviance } from './regression.ts';

/** The metrics that have a name of their own, and of each family the members that are measured unasked. */
export const NAMED_METRICS: readonly Metric[] = [
  ...CONFUSION_METRICS,
  ...PROBABILITY_METRICS,
  ...RANK_METRICS,
  ...REGRESSION_METRICS,
  ...RANKING_METRICS,
  ...COLUMN_METRICS,
];

/** What a number in a name may be. */
interface Parameter {
  readonly name: string;
  readonly allowed: string;
  /** For suggestions. */
  readonly usual: number;
  allows(value: number): boolean;
}

const whole = (name: string, least: number, most: number, usual: number): Parameter => ({
  name,
  allowed: `a whole number from ${least} to ${most}`,
  usual,
  allows: (value) => Number.isInteger(value) && value >= least && value <= most,
});
const RANK = whole('k', 1, 1_000_000, 10);
const BINS = whole('bins', 2, 1000, 15);
const BETA: Parameter = { name: 'beta', allowed: 'a number above 0', usual: 2, allows: (beta) => beta > 0 };
const QUANTILE: Parameter = {
  name: 'alpha',
  allowed: 'a number between 0 and 1',
  usual: 0.9,
  allows: (alpha) => alpha > 0 && alpha < 1,
};
const PERCENT: Parameter = {
  name: 'percent',
  allowed: 'a number between 0 and 100',
  usual: 95,
  allows: (percent) => percent > 0 && percent < 100,
};
const POWER: Parameter = {
  name: 'power',
  allowed: 'a number of 0 or less, or of 1 or more: no distribution has one between',
  usual: 1.5,
  allows: (power) => power <= 0 || power >= 1,
};

/** Metrics whose names differ by one number, in decimal notation, which stands between two texts. */
interface Family {
  readonly before: string;
  readonly after: string;
  readonly parameter: Parameter;
  readonly make: (value: number) => Metric;
}

function family(form: string, parameter: Parameter, make: (value: number) => Metric): Family {
  const [before = '', after = ''] = form.split('{}');
  return { before, after, parameter, make };
}

const FAMILIES: readonly Family[] = [
  ...['', '_macro', '_micro', '_weighted', '_samples'].map((average, at) =>
    family(`f{}${average}`, BETA, (beta) => fMetrics(beta)[at]!),
  ),
  family('top_{}_accuracy', RANK, topK),
  family('ndcg@{}', RANK, ndcg),
  family('mrr@{}', RANK, reciprocalRank),
  family('recall@{}', RANK, recallAt),
  family('mean_pinball_loss@{}', QUANTILE, pinballLoss),
  family('mean_tweedie_deviance@{}', POWER, tweedieDeviance),
  family('latency_p{}', PERCENT, latencyQuantile),
  ...(['ece', 'mce'] as const).flatMap((name) => [
    family(`${name}@{}`, BINS, (bins) => calibrationError(name, '', bins)),
    family(`${name}_quantile@{}`, BINS, (bins) => calibrationError(name, '_quantile', bins)),
  ]),
];

/** The forms of the names with a number, such as `ndcg@{k}`. */
export const FORMS: readonly string[] = FAMILIES.map(
  ({ before, after, parameter }) => `${before}{${parameter.name}}${after}`,
);

export function isProblem(found: Metric | Problem): found is Problem {
  return 'what' in found;
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const COLUMN = /^column\(([^()]+)\)$/;

/** The metric of that name, or the problem that there is none, with the nearest name. */
export function metricNamed(name: string, where: string): Metric | Problem {
  const found = NAMED_METRICS.find((metric) => metric.name === name);
  if (found !== undefined) return found;
  const column = COLUMN.exec(name)?.[1]?.trim();
  if (column !== undefined && column !== '') return columnMetric({ column });
  for (const { before, after, parameter, make } of FAMILIES) {
    if (!name.startsWith(before) || !name.endsWith(after)) continue;
    const text = name.slice(before.length, name.length - after.length);
    if (!NUMBER.test(text)) continue;
    const value = Number(text);
    if (parameter.allows(value)) return make(value);
    const fix = `give ${parameter.name} as ${parameter.allowed}, such as ${before}${parameter.usual}${after}`;
    return { what: `${text} is not a ${parameter.name} of ${before}{${parameter.name}}${after}`, where, fix };
  }
  return { what: `there is no metric named ${JSON.stringify(name)}`, where, fix: fixOf(name) };
}

/** Names that other libraries and papers have for what has one name here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  mean_absolute_error: 'mae',
  mean_squared_error: 'mse',
  root_mean_squared_error: 'rmse',
  mean_absolute_percentage_error: 'mape',
  mean_pinball_loss: 'mean_pinball_loss@0.5',
  mean_tweedie_deviance: 'mean_tweedie_deviance@1.5',
  brier_score_loss: 'brier',
  neg_brier_score: 'brier',
  mcc: 'matthews_corrcoef',
  auc: 'roc_auc',
  auroc: 'roc_auc',
  kappa: 'cohen_kappa',
  quadratic_weighted_kappa: 'cohen_kappa_quadratic',
  top_k_accuracy: 'top_5_accuracy',
  fbeta: 'f2',
  expected_calibration_error: 'ece',
  maximum_calibration_error: 'mce',
  mean_reciprocal_rank: 'mrr',
  mean_average_precision: 'map',
  label_ranking_average_precision: 'map',
  sensitivity: 'recall',
  latency: 'latency_p95',
};

function fixOf(unknown: string): string {
  const bare = unknown.replace(/^neg_/, '').replace(/_score$/, '');
  const elsewhere = [unknown, bare].find((name) => Object.hasOwn(ELSEWHERE, name));
  const names = NAMED_METRICS.map((metric) => metric.name);
  // With the number that was given, so that it says nothing of how near a form is.
  const number = /\d+(\.\d+)?/.exec(unknown)?.[0];
  const formed = FAMILIES.map(({ before, after, parameter }) => {
    const fits = number !== undefined && parameter.allows(Number(number));
    return `${before}${fits ? number : parameter.usual}${after}`;
  });
  const near = elsewhere === undefined ? nearest(bare, [...names, ...formed]) : ELSEWHERE[elsewhere];
  const all = [...new Set([...names, ...FORMS]), 'column(x)'].join(', ');
  return near === undefined ? `use one of: ${all}` : `did you mean ${near}? (known: ${all})`;
}

/**
 * The metric of a name, or of a map `{column, better, range}` that describes a loss of the user's own; or the problem
 * that it is none.
 */
export function metricOf(given: unknown, where: string): Metric | Problem {
  if (typeof given === 'string') return metricNamed(given, where);
  const fix = 'give a name, or a map such as {column: my_loss, better: lower, range: [0, 1]}';
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { what: 'is not a metric', where, fix };
  }
  const { column, better = 'lower', range, ...others } = given as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return { what: `a metric does not have the key ${JSON.stringify(unknown)}`, where, fix };
  if (typeof column !== 'string' || column === '') return { what: 'names no column', where, fix };
  if (better !== 'lower' && better !== 'higher')
    return { what: 'better must be lower or higher', where, fix };
  if (range === undefined) return columnMetric({ column, better });
  const [low, high] = Array.isArray(range) && range.length === 2 ? (range as unknown[]) : [];
  if (typeof low !== 'number' || typeof high !== 'number' || !(low < high))
    return { what: 'range must be a pair of a lower and a higher number', where, fix };
  return columnMetric({ column, better, range: [low, high] });
}
