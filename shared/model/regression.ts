import type { Metric } from './metric.ts';
import { type RegressionRows, rowWeights, weightedMean } from './rows.ts';

type Loss = (truth: number, predicted: number) => number;

/** A loss a row and its mean. */
function meanLoss(name: string, loss: Loss, undefinedWhere?: string): Metric<RegressionRows> {
  const items = (rows: RegressionRows) => rows.truth.map((truth, i) => loss(truth, rows.predicted[i]!));
  return {
    name,
    task: 'regression',
    better: 'lower',
    needs: ['prediction'],
    ...(undefinedWhere === undefined ? {} : { undefinedWhere }),
    items,
    evaluator: (rows) => {
      const losses = items(rows);
      return (counts) => weightedMean(losses, rowWeights(rows, counts));
    },
  };
}

const absolute: Loss = (truth, predicted) => Math.abs(predicted - truth);
const squared: Loss = (truth, predicted) => (predicted - truth) ** 2;
// scikit-learn divides by 2.2e-16 where the label is zero; a share of nothing is undefined.
const relative: Loss = (truth, predicted) =>
  truth === 0 ? Number.NaN : Math.abs(predicted - truth) / Math.abs(truth);

const mse = meanLoss('mse', squared);

const rmse: Metric<RegressionRows> = {
  name: 'rmse',
  task: 'regression',
  better: 'lower',
  needs: ['prediction'],
  evaluator: (rows) => {
    const evaluate = mse.evaluator(rows);
    return (counts) => Math.sqrt(evaluate(counts));
  },
};

/** 1 − Σ w(y − ŷ)² / Σ w(y − ȳ)². */
const r2: Metric<RegressionRows> = {
  name: 'r2',
  task: 'regression',
  better: 'higher',
  needs: ['prediction'],
  undefinedWhere: 'the labels are all equal',
  evaluator: (rows) => {
    const residuals = rows.truth.map((truth, i) => squared(truth, rows.predicted[i]!));
    return (counts) => {
      const weights = rowWeights(rows, counts);
      if (allEqual(rows.truth, weights)) return Number.NaN;
      const centre = weightedMean(rows.truth, weights);
      const spread = weightedMean(
        rows.truth.map((truth) => (truth - centre) ** 2),
        weights,
      );
      return spread > 0 ? 1 - weightedMean(residuals, weights) / spread : Number.NaN;
    };
  },
};

/** Are all values with weight the same? Their mean, rounded, need not be that value. */
function allEqual(values: Float64Array, weights: Float64Array): boolean {
  const first = values[weights.findIndex((weight) => weight > 0)];
  return values.every((value, i) => value === first || !(weights[i]! > 0));
}

/**
 * The median of |ŷ − y|; with sample weights the smallest error whose cumulated weight reaches half
 * (scikit-learn's inverted CDF), without them the mean of the two middle errors.
 */
const medianAbsoluteError: Metric<RegressionRows> = {
  name: 'median_absolute_error',
  task: 'regression',
  better: 'lower',
  needs: ['prediction'],
  evaluator: (rows) => {
    const errors = rows.truth.map((truth, i) => absolute(truth, rows.predicted[i]!));
    const order = Int32Array.from(errors.keys()).sort((a, b) => errors[a]! - errors[b]!);
    return (counts) => medianOf(errors, order, rowWeights(rows, counts), rows.weights === undefined);
  },
};

function medianOf(values: Float64Array, order: Int32Array, weights: Float64Array, averaged: boolean): number {
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

export const REGRESSION_METRICS: readonly Metric<RegressionRows>[] = [
  meanLoss('mae', absolute),
  mse,
  rmse,
  r2,
  medianAbsoluteError,
  meanLoss('mape', relative, 'a label is zero'),
];
