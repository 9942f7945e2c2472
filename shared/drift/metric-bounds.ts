import { clopperPearson } from '../stats/proportions.ts';
import { studentQuantile } from '../stats/special.ts';
import type { RequirementMetric } from './requirement.ts';

/** A metric with one-sided bounds, each at level α. */
export interface PerformanceBounds {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly n: number;
  readonly method: string;
}

/** Days that are needed before their means can stand for independent clusters. */
export const MIN_DAYS = 5;

const DAY_MS = 86_400_000;

/** A row’s loss, or its gain for accuracy. */
export interface TimedLoss {
  readonly at: number | null;
  readonly loss: number;
}

/**
 * The metric, as a mean of losses, with one-sided bounds at level α. If all rows have times and span five days or
 * more, days (UTC) are the clusters, for rows of one day are alike; otherwise rows are taken as independent.
 */
export function metricBounds(
  metric: RequirementMetric,
  rows: readonly TimedLoss[],
  alpha: number,
): PerformanceBounds {
  const mean = metric === 'accuracy' ? shareBounds(rows, alpha) : meanBounds(rows, alpha);
  if (metric !== 'rmse') return metric === 'accuracy' ? mean : { ...mean, lower: Math.max(0, mean.lower) };
  const root = (value: number) => Math.sqrt(Math.max(0, value));
  const method = `${mean.method}, on squared errors`;
  return { ...mean, estimate: root(mean.estimate), lower: root(mean.lower), upper: root(mean.upper), method };
}

/** For shares the exact bound as well, the wider of the two: equal days would make the other one a point. */
function shareBounds(rows: readonly TimedLoss[], alpha: number): PerformanceBounds {
  const n = rows.length;
  const hits = rows.reduce((sum, row) => sum + row.loss, 0);
  const [lower, upper] = clopperPearson(hits, n, 1 - 2 * alpha);
  const independent = {
    estimate: hits / n,
    lower,
    upper,
    n,
    method: 'Clopper and Pearson (1934), rows taken as independent',
  };
  const days = dailySums(rows);
  if (days === null) return independent;
  const daily = ratioBounds(days, alpha);
  return {
    ...daily,
    lower: Math.max(0, Math.min(daily.lower, lower)),
    upper: Math.min(1, Math.max(daily.upper, upper)),
  };
}

/**
 * One-sided bounds of a mean, each at level α. For the lower bound of a loss, which is what shows a requirement
 * broken, Student's t errs on the safe side: losses are skewed to the right.
 */
function meanBounds(rows: readonly TimedLoss[], alpha: number): PerformanceBounds {
  const days = dailySums(rows);
  if (days !== null) return ratioBounds(days, alpha);
  const single = rows.map((row) => ({ sum: row.loss, count: 1 }));
  return { ...ratioBounds(single, alpha), method: 'Student’s t, rows taken as independent' };
}

interface Cluster {
  readonly sum: number;
  readonly count: number;
}

/** Sums by day (UTC), for rows of one day are alike; null if rows have no times or span fewer than five days. */
function dailySums(rows: readonly TimedLoss[]): readonly Cluster[] | null {
  const days = new Map<number, { sum: number; count: number }>();
  for (const { at, loss } of rows) {
    if (at === null) return null;
    const key = Math.floor(at / DAY_MS);
    const day = days.get(key) ?? { sum: 0, count: 0 };
    days.set(key, { sum: day.sum + loss, count: day.count + 1 });
  }
  return days.size < MIN_DAYS ? null : [...days.values()];
}

/**
 * The mean over rows as a ratio of cluster totals, R = Σ sums / Σ counts, with variance
 * k/(k−1) · Σ (sumᵢ − R·countᵢ)² / (Σ counts)² and Student's t with k − 1 degrees of freedom
 * (Cochran 1977, Sampling Techniques, section 6.4, without the finite-population correction).
 */
function ratioBounds(clusters: readonly Cluster[], alpha: number): PerformanceBounds {
  const k = clusters.length;
  const n = clusters.reduce((total, cluster) => total + cluster.count, 0);
  const estimate = clusters.reduce((total, cluster) => total + cluster.sum, 0) / n;
  const squares = clusters.reduce((total, { sum, count }) => total + (sum - estimate * count) ** 2, 0);
  const error = Math.sqrt((k / (k - 1)) * squares) / n;
  const reach = error === 0 ? 0 : -studentQuantile(alpha, k - 1) * error;
  const method = `ratio of daily sums over ${k} days, Student’s t with ${k - 1} degrees of freedom`;
  return { estimate, lower: estimate - reach, upper: estimate + reach, n, method };
}
