/** Bounds of one metric of one model, and of the mean of any values a row. */
import { moments } from '../stats/means.ts';
import { clopperPearson } from '../stats/proportions.ts';
import { studentQuantile } from '../stats/special.ts';
import {
  type Bounds,
  LEVEL,
  ROUNDING,
  type Sampling,
  TWO_SIDED,
  WEAK_SKEWNESS,
  WEAK_UNITS,
} from './interval.ts';
import type { Metric } from './metric.ts';
import { bootstrapBounds } from './resample.ts';
import { rowWeights, type ScoredRows, sum } from './rows.ts';

/**
 * Bounds of a (weighted) mean by Student's t on the linearised mean: e = w(x − x̄), summed within clusters,
 * se = √(G/(G−1) Σe²)/Σw with G − 1 degrees of freedom (Särndal, Swensson and Wretman 1992, §5.7). Without weights and
 * clusters that is the t interval of a mean.
 */
export function meanBounds(
  values: Float64Array,
  weights: Float64Array,
  clusters?: readonly string[],
): Bounds {
  const total = sum(weights);
  const estimate = sum(values.map((value, i) => value * weights[i]!)) / total;
  const deviations = bySum(
    values.map((value, i) => weights[i]! * (value - estimate)),
    clusters,
  );
  const units = deviations.length;
  const squares = sum(deviations.map((deviation) => deviation ** 2));
  const unit = clusters === undefined ? 'rows' : 'clusters';
  const method = clusters === undefined ? 't interval of the mean' : 't interval of the mean, clustered';
  const common = { method, estimate };
  // The rounding of equal values is no variation of theirs.
  const noise =
    units * (ROUNDING * (sum(values.map((value, i) => Math.abs(value * weights[i]!))) / units)) ** 2;
  if (units < 2 || !(squares > noise)) {
    const none = units < 2 ? `${units} of ${unit} cannot show how much they vary` : 'the values do not vary';
    return { ...common, lower: null, upper: null, none };
  }
  const standardError = Math.sqrt((units / (units - 1)) * squares) / total;
  const reach = studentQuantile(LEVEL, units - 1) * standardError;
  const weak = weakness(units, unit, Math.abs(moments(deviations).skewness));
  return {
    ...common,
    lower: estimate - reach,
    upper: estimate + reach,
    standardError,
    ...(weak === undefined ? {} : { weak }),
  };
}

function weakness(units: number, unit: string, skewness: number): string | undefined {
  if (units < WEAK_UNITS) return `weak: only ${units} ${unit}`;
  if (skewness / Math.sqrt(units) > WEAK_SKEWNESS)
    return `weak: the values are skewed (${skewness.toFixed(1)}) for ${units} ${unit}`;
  return undefined;
}

function bySum(values: Float64Array, clusters: readonly string[] | undefined): Float64Array {
  if (clusters === undefined) return values;
  const sums = new Map<string, number>();
  clusters.forEach((cluster, i) => {
    sums.set(cluster, (sums.get(cluster) ?? 0) + values[i]!);
  });
  return Float64Array.from(sums.values());
}

/** Bounds of a metric; without any, and `none` says why, where it is undefined on the rows. */
export function metricBounds(metric: Metric, rows: ScoredRows, sampling: Sampling): Bounds {
  const estimate = metric.evaluator(rows)();
  if (!Number.isFinite(estimate)) {
    const none = `undefined, for ${metric.undefinedWhere ?? 'the rows carry no weight'}`;
    return { method: 'none', estimate, lower: null, upper: null, none };
  }
  if (metric.items === undefined) return bootstrapBounds(rows, sampling, metric.evaluator(rows));
  const items = metric.items(rows);
  if (metric.binary !== true || rows.weights !== undefined || sampling.clusters !== undefined) {
    return meanBounds(items, rowWeights(rows), sampling.clusters);
  }
  const [lower, upper] = clopperPearson(sum(items), rows.n, TWO_SIDED);
  return { method: 'Clopper-Pearson', estimate, lower, upper };
}
