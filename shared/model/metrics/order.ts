/** Orders of numbers, found once for each array. */
import { ascending } from '../../stats/order.ts';

/** Places of values in ascending order, equal values in the order of their places. */
export interface RankOrder {
  readonly places: Uint32Array;
  /** 1 if the value at this rank equals the one at the rank before. */
  readonly tied: Uint8Array;
}

const known = new WeakMap<Float64Array, RankOrder>();

/** The order of the values, found once: the array must not be written to afterwards. Raises RangeError for NaN. */
export function rankOrder(values: Float64Array): RankOrder {
  const found = known.get(values) ?? ordered(values);
  known.set(values, found);
  return found;
}

function ordered(values: Float64Array): RankOrder {
  const places = ascending(values);
  const tied = new Uint8Array(places.length);
  let before = Number.NaN;
  for (let k = 0; k < places.length; k += 1) {
    const value = values[places[k]!]!;
    if (value === before) tied[k] = 1;
    before = value;
  }
  return { places, tied };
}

/**
 * For each of the ascending shares the smallest value whose cumulated weight reaches it of all weight (inverted CDF);
 * NaN without weight.
 */
export function weightedQuantiles(
  values: Float64Array,
  weights: Float64Array | undefined,
  shares: readonly number[],
): Float64Array {
  const { places } = rankOrder(values);
  let total = places.length;
  if (weights !== undefined) total = weights.reduce((sum, weight) => sum + weight, 0);
  const found = new Float64Array(shares.length).fill(Number.NaN);
  let cumulated = 0;
  for (let k = 0, at = 0; k < places.length && at < shares.length; k += 1) {
    cumulated += weights === undefined ? 1 : weights[places[k]!]!;
    // 0.07 of 100 rows is 7.000000000000001 in doubles, and the seventh is meant.
    for (; at < shares.length && cumulated > 0 && cumulated >= shares[at]! * total * (1 - 1e-12); at += 1)
      found[at] = values[places[k]!]!;
  }
  return found;
}

const split = new WeakMap<Float64Array, readonly Float64Array[]>();

/** The columns of a matrix that holds one after the other, each of n rows: always the same arrays. */
export function matrixColumns(matrix: Float64Array, n: number): readonly Float64Array[] {
  const found =
    split.get(matrix) ??
    Array.from({ length: matrix.length / n }, (_, j) => matrix.subarray(j * n, (j + 1) * n));
  split.set(matrix, found);
  return found;
}
