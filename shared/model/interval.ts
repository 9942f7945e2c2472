/** What every bound of a metric has in common. */

import { type Clusters, clustersOf } from '../stats/clusters.ts';
import { normalQuantile } from '../stats/special.ts';
import { show } from './show.ts';

/** Error rate of a one-sided bound, if a test set is used for the first time. */
export const ALPHA = 0.05;

/** The power that rows are planned for. */
const POWER = 0.8;

export interface MetricBounds {
  readonly method: string;
  readonly estimate: number;
  /** Error rate of each of the one-sided bounds. */
  readonly alpha: number;
  /** Null if the rows give none that is known to hold its level. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly standardError?: number;
  /** Why a bound is missing, and what would give one. */
  readonly none?: string;
  readonly fix?: string;
}

/** Which rows depend on each other, and how resamples are drawn. */
export interface Sampling {
  /** Rows of one cluster depend on each other. */
  readonly clusters?: Clusters;
  /** Resamples of a bootstrap; 0, for means and sums only, leaves the jackknife alone, which takes no time. */
  readonly draws: number;
  /** Of the rows, in [0, 2³²): the same rows give the same bounds. */
  readonly seed: number;
}

/** The sampling of some of the rows: clusters without any of these are not counted. */
export function samplingWithin(sampling: Sampling, rows: Iterable<number>): Sampling {
  const { clusters } = sampling;
  if (clusters === undefined) return sampling;
  return { ...sampling, clusters: clustersOf(Array.from(rows, (row) => clusters.of[row]!)) };
}

/** The loss that bounds of this standard error exclude with a power of .8 when there is none. */
export function detectableLoss(standardError: number, alpha: number): number {
  return (normalQuantile(POWER) - normalQuantile(alpha)) * standardError;
}

/**
 * Rows with which a bound would clear a threshold this far from the truth with a power of .8, if n rows gave this
 * standard error; undefined if no number of rows would.
 */
export function rowsToClear(
  n: number,
  { standardError, alpha }: Pick<MetricBounds, 'standardError' | 'alpha'>,
  distance: number,
): number | undefined {
  if (standardError === undefined || !(distance > 0)) return undefined;
  const rows = Math.ceil(n * (detectableLoss(standardError, alpha) / distance) ** 2);
  // If so many rows are there, something else than their number leaves it open.
  return Number.isSafeInteger(rows) && rows > n ? rows : undefined;
}

/** Bounds as messages have them, of which one at most is missing. */
export function saidOfBounds({ lower, upper }: Pick<MetricBounds, 'lower' | 'upper'>): string {
  if (lower === null) return `upper bound ${show(upper ?? Number.NaN)}`;
  return upper === null ? `lower bound ${show(lower)}` : `bounds ${show(lower)} to ${show(upper)}`;
}
