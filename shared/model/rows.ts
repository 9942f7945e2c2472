export type Task = 'classification' | 'regression';

interface Weighted {
  /** Number of rows. */
  readonly n: number;
  /** Sample weights, length n, not negative; all rows count the same without them. */
  readonly weights?: Float64Array;
}

/** One model's predictions of classes beside the labels; arrays have length n. */
export interface ClassificationRows extends Weighted {
  readonly task: 'classification';
  /** Every class that a label or a prediction names, sorted. */
  readonly classes: readonly string[];
  /** Indices into `classes`. */
  readonly truth: Int32Array;
  /** Indices into `classes`; absent where the file holds scores only. */
  readonly predicted?: Int32Array;
  /** Index of the positive class; absent where none is named and none is obvious. */
  readonly positive?: number;
  /** A score of the positive class, higher for more positive; a probability where all lie in [0, 1]. */
  readonly scores?: Float64Array;
}

/** One model's predictions of a number beside the labels; arrays have length n. */
export interface RegressionRows extends Weighted {
  readonly task: 'regression';
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
}

export type ScoredRows = ClassificationRows | RegressionRows;

/** How many rows have the rarest of the labels that occur; undefined of numbers. */
export function rarestLabel(rows: ScoredRows): number | undefined {
  if (rows.task === 'regression') return undefined;
  const counts = new Map<number, number>();
  for (const label of rows.truth) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.min(...counts.values());
}

/** The row weights times the counts of a resample (length n); ones where there are neither. */
export function rowWeights(rows: Weighted, counts?: Float64Array): Float64Array {
  const { n, weights } = rows;
  if (weights === undefined) return counts ?? new Float64Array(n).fill(1);
  return counts === undefined ? weights : weights.map((weight, i) => weight * counts[i]!);
}

/** Sum with Neumaier's compensation (1974), so that long sums keep their last digits. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  // Infinity minus itself would turn an overflow into NaN.
  return Number.isFinite(total) ? total + lost : total;
}

/** Σ w·x / Σ w; NaN where the weights sum to zero. */
export function weightedMean(values: ArrayLike<number>, weights: Float64Array): number {
  let total = 0;
  let lost = 0;
  let weight = 0;
  for (let i = 0; i < weights.length; i += 1) {
    const w = weights[i]!;
    const term = w * values[i]!;
    const next = total + term;
    lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
    weight += w;
  }
  return weight === 0 ? Number.NaN : (total + lost) / weight;
}

/** The rows at the places given, in that order. */
export function subset<R extends ScoredRows>(rows: R, places: readonly number[]): R {
  const reals = (array: Float64Array) => Float64Array.from(places, (place) => array[place]!);
  const indices = (array: Int32Array) => Int32Array.from(places, (place) => array[place]!);
  const shared = {
    n: places.length,
    ...(rows.weights === undefined ? {} : { weights: reals(rows.weights) }),
  };
  if (rows.task === 'regression') {
    return { ...rows, ...shared, truth: reals(rows.truth), predicted: reals(rows.predicted) };
  }
  return {
    ...rows,
    ...shared,
    truth: indices(rows.truth),
    ...(rows.predicted === undefined ? {} : { predicted: indices(rows.predicted) }),
    ...(rows.scores === undefined ? {} : { scores: reals(rows.scores) }),
  };
}
