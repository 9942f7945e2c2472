/** What a row of the judged data is: one class, a number, several labels, or a query with its documents. */
export const TASKS = ['classification', 'regression', 'multilabel', 'ranking'] as const;
export type Task = (typeof TASKS)[number];

/** What rows of every task may carry. Arrays are never written to once they are in rows: orders of them are kept. */
interface Weighted {
  /** Number of rows. */
  readonly n: number;
  /** Sample weights, length n, not negative; all rows count the same without them. */
  readonly weights?: Float64Array;
  /** Other numbers a row of the model's file, by column, each of length n: a loss of the user's own, a latency. */
  readonly columns?: Readonly<Record<string, Float64Array>>;
  /** The size of the model's files in bytes; a fact, and no mean of rows. */
  readonly sizeBytes?: number;
}

/** One model's predictions of classes beside the labels; arrays have length n. */
export interface ClassificationRows extends Weighted {
  readonly task: 'classification';
  /** Every class that a label or a prediction names; with `classScores`, those that have a score come first. */
  readonly classes: readonly string[];
  /** Indices into `classes`. */
  readonly truth: Int32Array;
  /** Indices into `classes`; absent if the file holds scores only. */
  readonly predicted?: Int32Array;
  /** Index of the positive class; absent if none is named and none is obvious. */
  readonly positive?: number;
  /** A score of the positive class, higher for more positive; a probability if all lie in [0, 1]. */
  readonly scores?: Float64Array;
  /** Scores of the first k classes, n × k, one class after the other: row i's of class j is at j·n + i. */
  readonly classScores?: Float64Array;
}

/** One model's predictions of a number beside the labels; arrays have length n. */
export interface RegressionRows extends Weighted {
  readonly task: 'regression';
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
}

/** Rows that have any number of labels; matrices are n × k, one label after the other: row i's label j is at j·n + i. */
export interface MultilabelRows extends Weighted {
  readonly task: 'multilabel';
  readonly labels: readonly string[];
  /** 1 if the row has the label. */
  readonly truth: Uint8Array;
  readonly predicted?: Uint8Array;
  readonly scores?: Float64Array;
}

/**
 * Queries with the documents that a model ranked: n counts queries, which are what varies and what is resampled;
 * query i's documents lie from `offsets[i]` to `offsets[i + 1]` in `relevance` and `scores`.
 */
export interface RankingRows extends Weighted {
  readonly task: 'ranking';
  /** Length n + 1. */
  readonly offsets: Int32Array;
  /** How relevant a document is, not negative; of what knows only yes and no, above 0 is yes. */
  readonly relevance: Float64Array;
  /** Higher is ranked first. */
  readonly scores: Float64Array;
}

export type ScoredRows = ClassificationRows | RegressionRows | MultilabelRows | RankingRows;

/** How many rows have the rarest of the labels that occur; undefined if there are no labels to count. */
export function rarestLabel(rows: ScoredRows): number | undefined {
  const counts = new Map<number, number>();
  if (rows.task === 'classification') {
    for (const label of rows.truth) counts.set(label, (counts.get(label) ?? 0) + 1);
  } else if (rows.task === 'multilabel') {
    rows.truth.forEach((has, at) => {
      const label = Math.floor(at / rows.n);
      if (has === 1) counts.set(label, (counts.get(label) ?? 0) + 1);
    });
  }
  return counts.size === 0 ? undefined : Math.min(...counts.values());
}

/** The row weights times the counts of a resample (length n); ones if there are neither. */
export function rowWeights(rows: Weighted, counts?: Float64Array): Float64Array {
  const { n, weights } = rows;
  if (weights === undefined) return counts ?? new Float64Array(n).fill(1);
  return counts === undefined ? weights : weights.map((weight, i) => weight * counts[i]!);
}

/** As `rowWeights`, or undefined if every row counts once. */
export function unequalWeights(rows: Weighted, counts?: Float64Array): Float64Array | undefined {
  return rows.weights === undefined && counts === undefined ? undefined : rowWeights(rows, counts);
}

/** Sum with Neumaier's compensation (1974), so that long sums keep their last digits. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  // Infinity minus itself would turn an overflow into NaN.
  return Number.isFinite(total) ? total + lost : total;
}

/** Σ w·x, compensated as `sum` is; Σ x without weights. What has no weight adds nothing, even if it is NaN. */
export function weightedSum(values: ArrayLike<number>, weights?: Float64Array): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i += 1) {
    const weight = weights === undefined ? 1 : weights[i]!;
    if (weight === 0) continue;
    const term = weight * values[i]!;
    const next = total + term;
    lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
}

/** Σ w·x / Σ w; NaN if the weights sum to zero. */
export function weightedMean(values: ArrayLike<number>, weights: Float64Array): number {
  const weight = weightedSum(weights);
  return weight === 0 ? Number.NaN : weightedSum(values, weights) / weight;
}

/** The rows at the places given, in that order. */
export function subset<R extends ScoredRows>(rows: R, places: readonly number[]): R;
export function subset(rows: ScoredRows, places: readonly number[]): ScoredRows {
  const reals = (array: Float64Array) => pick(array, rows.n, places, new Float64Array(sizeOf(array)));
  const sizeOf = (array: ArrayLike<number>) => (array.length / rows.n) * places.length;
  const indices = (array: Int32Array) => pick(array, rows.n, places, new Int32Array(sizeOf(array)));
  const marks = (array: Uint8Array) => pick(array, rows.n, places, new Uint8Array(sizeOf(array)));
  const shared = {
    n: places.length,
    ...(rows.weights === undefined ? {} : { weights: reals(rows.weights) }),
    ...(rows.columns === undefined
      ? {}
      : {
          columns: Object.fromEntries(
            Object.entries(rows.columns).map(([name, values]) => [name, reals(values)]),
          ),
        }),
  };
  if (rows.task === 'regression') {
    return { ...rows, ...shared, truth: reals(rows.truth), predicted: reals(rows.predicted) };
  }
  if (rows.task === 'ranking') return { ...rows, ...shared, ...documentsOf(rows, places) };
  const scores = rows.scores === undefined ? {} : { scores: reals(rows.scores) };
  if (rows.task === 'multilabel') {
    const predicted = rows.predicted === undefined ? {} : { predicted: marks(rows.predicted) };
    return { ...rows, ...shared, ...scores, ...predicted, truth: marks(rows.truth) };
  }
  return {
    ...rows,
    ...shared,
    ...scores,
    truth: indices(rows.truth),
    ...(rows.predicted === undefined ? {} : { predicted: indices(rows.predicted) }),
    ...(rows.classScores === undefined ? {} : { classScores: reals(rows.classScores) }),
  };
}

/** Of each column of n values those at the places. */
function pick<A extends Float64Array | Int32Array | Uint8Array>(
  from: A,
  n: number,
  places: readonly number[],
  to: A,
): A {
  for (let column = 0, at = 0; at < to.length; column += 1) {
    for (const place of places) {
      to[at] = from[column * n + place]!;
      at += 1;
    }
  }
  return to;
}

function documentsOf(
  { offsets, relevance, scores }: RankingRows,
  places: readonly number[],
): Pick<RankingRows, 'offsets' | 'relevance' | 'scores'> {
  const chosen = new Int32Array(places.length + 1);
  places.forEach((place, i) => {
    chosen[i + 1] = chosen[i]! + offsets[place + 1]! - offsets[place]!;
  });
  const gather = (from: Float64Array) => {
    const to = new Float64Array(chosen[places.length]!);
    places.forEach((place, i) => {
      to.set(from.subarray(offsets[place]!, offsets[place + 1]!), chosen[i]!);
    });
    return to;
  };
  return { offsets: chosen, relevance: gather(relevance), scores: gather(scores) };
}
