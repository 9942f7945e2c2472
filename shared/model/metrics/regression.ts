/** Metrics of predicted numbers. */
import { type ItemRange, lossesWithin, type Metric, meanMetric, rowsMetric, sumsMetric } from '../metric.ts';
import { type RegressionRows, rowWeights, weightedMean } from '../rows.ts';
import { rankOrder } from './order.ts';

type Loss = (truth: number, predicted: number) => number;

const COMMON = { tasks: ['regression'], needs: ['prediction'] } as const;
const UNBOUNDED: ItemRange = [0, Infinity];

const lossesOf = ({ truth, predicted }: RegressionRows, loss: Loss) =>
  truth.map((label, i) => loss(label, predicted[i]!));

/** A loss a row and its mean. */
function meanLoss(name: string, loss: Loss, more: { undefinedWhere?: string; range?: ItemRange } = {}) {
  // A loss grows with the distance of label and prediction on either side.
  const greatest = ([low, high]: ItemRange) => Math.max(loss(low, high), loss(high, low));
  return meanMetric<RegressionRows>({ ...COMMON, name, range: UNBOUNDED, greatest, ...more }, (rows) =>
    lossesOf(rows, loss),
  );
}

const absolute: Loss = (truth, predicted) => Math.abs(predicted - truth);
const squared: Loss = (truth, predicted) => (predicted - truth) ** 2;
// scikit-learn divides by 2.2e-16 where the label is zero; a share of nothing is undefined.
const relative: Loss = (truth, predicted) =>
  truth === 0 ? Number.NaN : Math.abs(predicted - truth) / Math.abs(truth);
// From 0 to 2 (Makridakis 1993); a zero that was predicted has no error.
const symmetric: Loss = (truth, predicted) =>
  truth === predicted ? 0 : (2 * Math.abs(predicted - truth)) / (Math.abs(truth) + Math.abs(predicted));

export const meanAbsoluteError = meanLoss('mae', absolute) as Metric;

const mape: Metric<RegressionRows> = meanMetric<RegressionRows>(
  {
    ...COMMON,
    name: 'mape',
    undefinedWhere: 'a label is zero',
    range: UNBOUNDED,
    greatest: ([low, high]) =>
      low > 0 || high < 0 ? (high - low) / Math.min(Math.abs(low), Math.abs(high)) : Infinity,
  },
  (rows) => lossesOf(rows, relative),
);

/** The loss whose mean is least at the quantile (Koenker and Bassett 1978). */
export function pinballLoss(quantile: number): Metric<RegressionRows> {
  return meanLoss(`mean_pinball_loss@${quantile}`, (truth, predicted) =>
    Math.max(quantile * (truth - predicted), (quantile - 1) * (truth - predicted)),
  );
}

/** Unit deviance of the Tweedie family (Jørgensen 1987) with that power; NaN outside of its domain. */
function deviance(power: number): Loss {
  if (power === 0) return squared;
  const least = power < 0 ? -Infinity : power < 2 ? 0 : Number.MIN_VALUE;
  const of: Loss =
    power === 1
      ? (y, mu) => (y === 0 ? 0 : y * Math.log(y / mu)) - y + mu
      : power === 2
        ? (y, mu) => Math.log(mu / y) + y / mu - 1
        : (y, mu) =>
            Math.max(y, 0) ** (2 - power) / ((1 - power) * (2 - power)) -
            (y * mu ** (1 - power)) / (1 - power) +
            mu ** (2 - power) / (2 - power);
  // Not negative, save by the rounding of numbers that are nearly equal.
  return (truth, predicted) =>
    truth >= least && predicted > 0 ? Math.max(0, 2 * of(truth, predicted)) : Number.NaN;
}

function devianceMetric(name: string, power: number): Metric<RegressionRows> {
  const label = power < 0 ? '' : power < 2 ? 'a label is negative, or ' : 'a label is not positive, or ';
  const undefinedWhere = `${label}a prediction is not positive`;
  return meanLoss(name, deviance(power), power === 0 ? {} : { undefinedWhere });
}

/** The mean unit deviance of a Tweedie distribution; no distribution has a power between 0 and 1. */
export const tweedieDeviance = (power: number) => devianceMetric(`mean_tweedie_deviance@${power}`, power);

/** @param most of an absolute error, if that is known. */
function rootMeanSquare(
  errors: (rows: RegressionRows) => Float64Array,
  { most, ...more }: { most?: number; undefinedWhere?: string } = {},
): Metric<RegressionRows> {
  const found = sumsMetric<RegressionRows>(
    { ...COMMON, name: 'rmse', ...more },
    (rows) => [errors(rows).map((error) => error ** 2)],
    ([squares = 0, weight = 0]) => (weight > 0 ? Math.sqrt(squares / weight) : Number.NaN),
    ...(most === undefined ? [] : [most ** 2]),
  );
  if (most !== undefined) return found;
  const within = (limit: number, how: 'bound' | 'clip') =>
    rootMeanSquare((rows) => lossesWithin(errors(rows), limit, how), {
      most: limit,
      ...(how === 'bound' ? { undefinedWhere: `an error is above ${limit}` } : {}),
    });
  return { ...found, unlimited: { losses: errors, greatest: ([low, high]) => high - low, within } };
}

const rmse = rootMeanSquare((rows) => lossesOf(rows, absolute));

/** Spread below this share of the squares it is the difference of is their rounding. */
const ROUNDING = 1e-12;

const mse = meanLoss('mse', squared);

/** 1 − Σ w(y − ŷ)² / Σ w(y − ȳ)². */
const determination = sumsMetric<RegressionRows>(
  { ...COMMON, name: 'r2', better: 'higher', undefinedWhere: 'the labels are all equal' },
  (rows) => {
    const centre = nearMean(rows);
    const deviations = rows.truth.map((truth) => truth - centre);
    return [lossesOf(rows, squared), deviations, deviations.map((deviation) => deviation ** 2)];
  },
  ([residual = 0, shift = 0, squares = 0, weight = 0]) => {
    const spread = squares - shift ** 2 / weight;
    return spread > ROUNDING * squares ? 1 - residual / spread : Number.NaN;
  },
);

const r2: Metric<RegressionRows> = { ...determination, losses: mse };

/** The label nearest the mean: being one of them, it differs by exactly 0 from labels that are all equal. */
function nearMean({ truth, weights }: RegressionRows): number {
  const mean = weightedMean(truth, weights ?? new Float64Array(truth.length).fill(1));
  let nearest = truth[0] ?? 0;
  for (const label of truth) if (Math.abs(label - mean) < Math.abs(nearest - mean)) nearest = label;
  return nearest;
}

/**
 * The median of |ŷ − y|; with sample weights the smallest error whose cumulated weight reaches half
 * (scikit-learn's inverted CDF), without them the mean of the two middle errors.
 */
const medianAbsoluteError: Metric<RegressionRows> = {
  ...rowsMetric<RegressionRows>({ ...COMMON, name: 'median_absolute_error', better: 'lower' }, (rows) => {
    const errors = lossesOf(rows, absolute);
    return (counts) => medianOf(errors, rowWeights(rows, counts), rows.weights === undefined);
  }),
  quantile: { share: 0.5, values: (rows) => lossesOf(rows, absolute) },
};

function medianOf(values: Float64Array, weights: Float64Array, averaged: boolean): number {
  const { places: order } = rankOrder(values);
  let total = 0;
  for (const place of order) total += weights[place]!;
  let cumulated = 0;
  for (let k = 0; k < order.length; k += 1) {
    const place = order[k]!;
    cumulated += weights[place]!;
    if (cumulated === 0 || cumulated < total / 2) continue;
    if (!averaged || cumulated > total / 2) return values[place]!;
    const above = order.subarray(k + 1).find((next) => weights[next]! > 0);
    return above === undefined ? values[place]! : (values[place]! + values[above]!) / 2;
  }
  return Number.NaN;
}

/** The greatest |ŷ − y| of a row with weight; how much weight does not matter. */
const greatestError = rowsMetric<RegressionRows>(
  { ...COMMON, name: 'max_error', better: 'lower' },
  (rows) => {
    const errors = lossesOf(rows, absolute);
    return (counts) => {
      const weights = rowWeights(rows, counts);
      let greatest = Number.NaN;
      for (let i = 0; i < errors.length; i += 1)
        if (weights[i]! > 0 && !(errors[i]! <= greatest)) greatest = errors[i]!;
      return greatest;
    };
  },
);

const maxError: Metric<RegressionRows> = {
  ...greatestError,
  extreme: {
    none: 'no sample can bound max_error: other rows may have greater errors',
    fix: 'judge mae or a quantile instead; the report shows max_error',
  },
};

export const REGRESSION_METRICS = [
  meanAbsoluteError,
  mse,
  rmse,
  r2,
  medianAbsoluteError,
  maxError,
  mape,
  meanLoss('smape', symmetric, { range: [0, 2] }),
  devianceMetric('mean_poisson_deviance', 1),
  devianceMetric('mean_gamma_deviance', 2),
] as readonly Metric[];
