import {
  categoryBounds,
  categoryRowsNeeded,
  missingMassBound,
  orderedBounds,
  orderedRowsNeeded,
  type RowsNeeded,
} from '../stats/bounds.ts';
import { type CategoryCounts, categoryCells, orderedDistance, totalVariation } from '../stats/distance.ts';
import { clopperPearson } from '../stats/proportions.ts';
import {
  categoryTest,
  exactTwoCells,
  orderedTest,
  type TestResult,
  unseenTest,
} from '../stats/significance.ts';
import type { CategoricalComparison, ColumnComparison, OrderedComparison } from './counts.ts';

/** The distance of a column's two samples, in [0, 1], with its bounds; all NaN if a sample has no rows. */
export interface Effect {
  readonly name: 'Kolmogorov distance' | 'total variation';
  readonly estimate: number;
  /** Holds for all features of the run at once. */
  readonly lower: number;
  /** Holds for this feature alone. */
  readonly upper: number;
  /** Rows that would show a distance like this one to be within the margin. */
  needed(margin: number): RowsNeeded;
}

/** The tests of one column; each is one of the run's family. */
export interface ColumnTests {
  readonly values: TestResult;
  /** Left out if neither sample has nulls. */
  readonly nulls?: TestResult;
  /** Left out if the reference does not list all of its values. */
  readonly unseen?: TestResult;
}

/** One-sided level of each upper bound. */
const UPPER_LEVEL = 0.95;

/** If the reference's counts are estimated, their error widens the bounds on both sides. */
export function effectOf(comparison: ColumnComparison, features: number, alpha: number): Effect {
  const effect = sampledEffect(comparison, features, alpha);
  const error = comparison.referenceError;
  if (error === 0) return effect;
  return {
    ...effect,
    lower: Math.max(0, effect.lower - error),
    upper: Math.min(1, effect.upper + error),
    needed: (margin) => (margin > error ? effect.needed(margin - error) : undefined),
  };
}

function sampledEffect(comparison: ColumnComparison, features: number, alpha: number): Effect {
  const options = { features, alpha, level: UPPER_LEVEL };
  if (comparison.kind === 'ordered') {
    const { reference, current } = orderedCounts(comparison);
    const sizes = { reference: comparison.referenceRows, current: comparison.currentRows };
    const estimate = orderedDistance(reference, current);
    return {
      name: 'Kolmogorov distance',
      estimate,
      ...orderedBounds(estimate, sizes, options),
      needed: (margin) => orderedRowsNeeded(estimate, sizes, margin),
    };
  }
  const { reference, current } = categoryCounts(comparison);
  const cells = categoryCells(reference, current);
  return {
    name: 'total variation',
    estimate: totalVariation(cells).corrected,
    ...categoryBounds(cells, options),
    needed: (margin) => categoryRowsNeeded(cells, margin),
  };
}

export function testsOf(comparison: ColumnComparison): ColumnTests {
  const { referenceNulls, currentNulls } = comparison;
  const sizes = { reference: comparison.referenceRows, current: comparison.currentRows };
  const anyNulls = referenceNulls + currentNulls > 0;
  const nulls = anyNulls ? { nulls: exactTwoCells(referenceNulls, currentNulls, sizes) } : {};
  if (comparison.kind === 'ordered') {
    return { values: orderedTest(comparison.reference, comparison.current), ...nulls };
  }
  const counts = categoryCounts(comparison);
  const values = categoryTest(counts.reference, counts.current);
  const { unseen } = comparison;
  if (unseen === null) return { values, ...nulls };
  return { values, ...nulls, unseen: unseenTest(unseen.largest, unseen.pooledDistinct, sizes) };
}

/** The share of rows with values that the reference lacks, beyond what it leads to expect (Good 1953); 0 or more. */
export function unseenExcess({
  unseen,
  reference,
  referenceRows,
  currentRows,
}: CategoricalComparison): number {
  return Math.max(0, (unseen?.rows ?? 0) / currentRows - singletons(reference) / referenceRows);
}

const singletons = (counts: readonly number[]) => counts.filter((count) => count === 1).length;

/**
 * A lower bound of how much more the current law puts on values that the reference sample lacks than the reference's
 * law does, at level α/F, so that it holds for all features at once. It is the larger of two, each at α/(2F): for the
 * most frequent such value, the difference of the exact bounds of its two shares, paid for all K pooled values; for
 * all of them together, the exact lower bound less the bound of the reference's missing mass.
 */
export function unseenLowerBound(comparison: CategoricalComparison, features: number, alpha: number): number {
  const { unseen, referenceRows: m, currentRows: n, reference } = comparison;
  if (unseen === null || unseen.rows === 0) return 0;
  const tail = alpha / (4 * features);
  const single = tail / unseen.pooledDistinct;
  const [valueLow] = clopperPearson(unseen.largest, n, 1 - 2 * single);
  const [, neverSeenHigh] = clopperPearson(0, m, 1 - 2 * single);
  const [massLow] = clopperPearson(unseen.rows, n, 1 - 2 * tail);
  return Math.max(
    0,
    valueLow - neverSeenHigh,
    massLow - missingMassBound(singletons(reference), m, 1 - tail),
  );
}

function orderedCounts({ reference, current, referenceNulls, currentNulls }: OrderedComparison) {
  return {
    reference: { cells: reference, nulls: referenceNulls },
    current: { cells: current, nulls: currentNulls },
  };
}

function categoryCounts(comparison: CategoricalComparison): {
  reference: CategoryCounts;
  current: CategoryCounts;
} {
  const { categories, reference, current, referenceOther, currentOther, referenceNulls, currentNulls } =
    comparison;
  const counts = (side: readonly number[]) =>
    new Map(categories.map((category, i) => [category, side[i] ?? 0]));
  return {
    reference: { values: counts(reference), nulls: referenceNulls, rest: referenceOther },
    current: { values: counts(current), nulls: currentNulls, rest: currentOther },
  };
}
