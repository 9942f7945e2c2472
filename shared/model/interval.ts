/** What every bound of a metric has in common. */

import type { Clusters } from '../stats/clusters.ts';
import { normalQuantile } from '../stats/special.ts';

/** Error rate of a one-sided bound, where a test set is used for the first time. */
export const ALPHA = 0.05;

/** The power that rows are planned for. */
const POWER = 0.8;

export interface Bounds {
  readonly method: string;
  readonly estimate: number;
  /** Error rate of each of the one-sided bounds. */
  readonly alpha: number;
  /** Null where the rows give none. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly standardError?: number;
  /** Why the bounds may not hold their level. */
  readonly weak?: string;
  /** Why there are no bounds. */
  readonly none?: string;
}

/** Which rows depend on each other, and how resamples are drawn. */
export interface Sampling {
  /** Rows of one cluster depend on each other. */
  readonly clusters?: Clusters;
  /** Resamples of a bootstrap. */
  readonly draws: number;
  /** Of the rows, in [0, 2³²): the same rows give the same bounds. */
  readonly seed: number;
}

/** The loss that bounds of this standard error exclude with a power of .8 when there is none. */
export function detectableLoss(standardError: number, alpha: number): number {
  return (normalQuantile(POWER) - normalQuantile(alpha)) * standardError;
}

/**
 * Rows with which a bound would clear a threshold this far from the truth with a power of .8, where n rows gave this
 * standard error; undefined where no number of rows would.
 */
export function rowsToClear(
  n: number,
  { standardError, alpha }: Pick<Bounds, 'standardError' | 'alpha'>,
  distance: number,
): number | undefined {
  if (standardError === undefined || !(distance > 0)) return undefined;
  const rows = Math.ceil(n * (detectableLoss(standardError, alpha) / distance) ** 2);
  return Number.isSafeInteger(rows) ? Math.max(n + 1, rows) : undefined;
}
