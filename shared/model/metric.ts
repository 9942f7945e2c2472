import type { ScoredRows, Task } from './rows.ts';

/** What a metric reads beside the labels. */
export type Need = 'prediction' | 'positive' | 'score' | 'probability';

/**
 * A metric of one model on labelled rows, by scikit-learn's name and definition, save that what is undefined
 * is NaN: scikit-learn's 0 with a warning is a claim, and NaN is none.
 */
export interface Metric<R extends ScoredRows = ScoredRows> {
  readonly name: string;
  readonly task: Task;
  readonly better: 'higher' | 'lower';
  readonly needs: readonly Need[];
  /** Where it is NaN, as the end of "undefined, for …". */
  readonly undefinedWhere?: string;
  /** Are the values of `items` 0 or 1? Then the metric is a share of rows. */
  readonly binary?: boolean;
  /** One value a row, where the metric is their (weighted) mean. */
  items?(rows: R): Float64Array;
  /**
   * Prepares the rows once (sorting, cells); the function that comes back gives the metric where row i counts
   * `counts[i]` times, as a resample does, and once without counts. NaN where it is undefined.
   */
  evaluator(rows: R): (counts?: Float64Array) => number;
}
