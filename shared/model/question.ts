/** What bounds are asked of: a sum of metrics of models on the same rows. */
import type { MetricBounds, Sampling } from './interval.ts';
import type { Metric } from './metric.ts';
import type { ScoredRows } from './rows.ts';

/** A metric of a model on its rows, times a number. */
export interface Part {
  readonly coefficient: number;
  readonly metric: Metric;
  readonly rows: ScoredRows;
}

export interface Question {
  readonly parts: readonly Part[];
  /** Σ coefficient · metric of the rows as they are. */
  readonly estimate: number;
  readonly n: number;
  readonly alpha: number;
  readonly sampling: Sampling;
  /** Do all rows count the same, and are they independent? */
  readonly plain: boolean;
  readonly zero: boolean;
  readonly alarm: boolean;
}

export interface Purpose {
  /** They are compared with zero only: those of a ratio of shares say nothing of other thresholds. */
  readonly zero?: boolean;
  /** They are looked at for signs of harm, and accept nothing: a few rows may give them. */
  readonly alarm?: boolean;
}

export type Ends = Omit<MetricBounds, 'estimate' | 'alpha'>;
