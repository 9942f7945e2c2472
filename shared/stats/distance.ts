/**
 * Effect sizes of drift, in [0, 1], from counts: Kolmogorov's distance of ordered values, total variation of
 * categories. Nulls are part of what is compared.
 */

/** Counts of values between fixed cut points (the same for both samples, ascending), and of nulls. */
export interface SampleCounts {
  readonly cells: ArrayLike<number>;
  readonly nulls: number;
}

/** Rows of a sample, nulls included. */
export function sampleSize(counts: SampleCounts): number {
  let rows = counts.nulls;
  for (let i = 0; i < counts.cells.length; i++) rows += counts.cells[i]!;
  return rows;
}

/**
 * max |P(X ≤ x) − Q(X ≤ x)| over the cut points, with nulls below all values and with nulls above all values; the
 * larger counts, so the null share is itself one of the compared sets. Never more than total variation.
 * NaN when either sample has no rows. Raises RangeError when the samples are cut differently.
 */
export function orderedDistance(reference: SampleCounts, current: SampleCounts): number {
  const cells = reference.cells.length;
  if (current.cells.length !== cells) {
    throw new RangeError(`samples cut into ${cells} and ${current.cells.length} cells cannot be compared`);
  }
  const m = sampleSize(reference);
  const n = sampleSize(current);
  if (m === 0 || n === 0) return Number.NaN;
  let values = 0;
  const nulls = current.nulls / n - reference.nulls / m;
  let distance = Math.abs(nulls);
  for (let i = 0; i < cells; i++) {
    values += current.cells[i]! / n - reference.cells[i]! / m;
    distance = Math.max(distance, Math.abs(values), Math.abs(values + nulls));
  }
  return Math.min(1, distance);
}

/** Counts of each category, and of nulls. */
export interface CategoryCounts {
  readonly values: ReadonlyMap<string, number>;
  readonly nulls: number;
  /** Rows with values that were not counted one by one; they belong to "other". */
  readonly rest?: number;
}

export interface DistanceCell {
  readonly kind: 'value' | 'other' | 'null';
  /** The category, for `kind: 'value'`. */
  readonly value?: string;
  readonly reference: number;
  readonly current: number;
}

export interface PartitionLimits {
  /** Smallest pooled share of a category of its own. */
  readonly share?: number;
  /** Most categories of their own. */
  readonly most?: number;
}

/**
 * The cells on which categories are compared: the categories of largest pooled share (both samples together, each row
 * the same weight) with at least 1 %, at most 30, then "other" and null if they occur.
 * Total variation on a partition is a lower bound of the total variation of all categories.
 */
export function categoryCells(
  reference: CategoryCounts,
  current: CategoryCounts,
  limits: PartitionLimits = {},
): DistanceCell[] {
  const { share = 0.01, most = 30 } = limits;
  const all = pooledValues(reference, current);
  const rest = { reference: reference.rest ?? 0, current: current.rest ?? 0 };
  let rows = rest.reference + rest.current + reference.nulls + current.nulls;
  for (const cell of all) rows += cell.reference + cell.current;
  const kept = all.filter((cell, i) => i < most && cell.reference + cell.current >= share * rows);
  for (const cell of all.slice(kept.length)) {
    rest.reference += cell.reference;
    rest.current += cell.current;
  }
  const other: DistanceCell = { kind: 'other', ...rest };
  const nulls: DistanceCell = { kind: 'null', reference: reference.nulls, current: current.nulls };
  return [...kept, ...[other, nulls].filter((cell) => cell.reference + cell.current > 0)];
}

/** All categories that occur, most frequent first; equal ones in code unit order, so that the order is determined. */
export function pooledValues(reference: CategoryCounts, current: CategoryCounts): DistanceCell[] {
  const values = new Set([...reference.values.keys(), ...current.values.keys()]);
  return [...values]
    .map((value) => ({
      kind: 'value' as const,
      value,
      reference: reference.values.get(value) ?? 0,
      current: current.values.get(value) ?? 0,
    }))
    .filter((cell) => cell.reference + cell.current > 0)
    .sort((a, b) => {
      const difference = b.reference + b.current - (a.reference + a.current);
      return difference !== 0 ? difference : a.value < b.value ? -1 : 1;
    });
}

export interface TotalVariation {
  /** ½ Σ |p − q|; biased upwards, the more so the more cells there are. */
  readonly plugIn: number;
  /** ½ Σ √max(0, (p − q)² − σ²), σ² = h(1 − h)(1/n + 1/m) with the pooled share h: the point estimate. */
  readonly corrected: number;
}

/** Total variation between the two samples on these cells; NaN when either sample has no rows. */
export function totalVariation(cells: readonly DistanceCell[]): TotalVariation {
  const { reference: m, current: n } = sizesOf(cells);
  let plugIn = 0;
  let corrected = 0;
  for (const { reference, current } of cells) {
    const difference = current / n - reference / m;
    plugIn += Math.abs(difference) / 2;
    corrected += Math.sqrt(Math.max(0, difference ** 2 - pooledVariance(reference, current, m, n))) / 2;
  }
  return m > 0 && n > 0 ? { plugIn, corrected } : { plugIn: Number.NaN, corrected: Number.NaN };
}

/** Rows of the two samples. */
export interface Sizes {
  readonly reference: number;
  readonly current: number;
}

export function sizesOf(cells: readonly DistanceCell[]): Sizes {
  return {
    reference: cells.reduce((sum, cell) => sum + cell.reference, 0),
    current: cells.reduce((sum, cell) => sum + cell.current, 0),
  };
}

/** Variance of a difference of shares of one law, at the pooled share. */
export function pooledVariance(reference: number, current: number, m: number, n: number): number {
  const h = (reference + current) / (m + n);
  return h * (1 - h) * (1 / n + 1 / m);
}
