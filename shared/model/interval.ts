/** What every bound of a metric has in common. */

/** Every bound is one-sided at this level. */
export const LEVEL = 0.95;

/** The two-sided level whose ends are one-sided bounds at `LEVEL`. */
export const TWO_SIDED = 0.9;

/** The normal quantiles at `LEVEL` and at a power of .8. */
export const Z_LEVEL = 1.6448536269514722;
const Z_POWER = 0.8416212335729143;

export interface Bounds {
  readonly method: string;
  readonly estimate: number;
  /** One-sided bounds, each at `LEVEL`; null where the rows give none. */
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
  /** Length n; rows of one cluster depend on each other. */
  readonly clusters?: readonly string[];
  /** Resamples of a bootstrap. */
  readonly draws: number;
  /** The digest of the rows, which seeds resamples: the same rows give the same bounds. */
  digest(): string;
}

/** Below this many independent units, or above this |skewness|/√n, a bound is not level, and is marked weak. */
export const WEAK_UNITS = 30;
export const WEAK_SKEWNESS = 0.1;

/** Values that differ by less than this share of their size are taken for equal: what is seen is their rounding. */
export const ROUNDING = 1e-9;

/** The smallest loss that bounds of this standard error exclude with a power of .8 when there is none. */
export function detectableLoss(standardError: number): number {
  return (Z_LEVEL + Z_POWER) * standardError;
}

/**
 * Rows with which a bound would clear a threshold this far from the truth with a power of .8, where n rows gave this
 * standard error; undefined where no number of rows would.
 */
export function rowsToClear(
  n: number,
  standardError: number | undefined,
  distance: number,
): number | undefined {
  if (standardError === undefined || !(distance > 0)) return undefined;
  const rows = Math.ceil(n * (detectableLoss(standardError) / distance) ** 2);
  return Number.isSafeInteger(rows) ? Math.max(n + 1, rows) : undefined;
}
