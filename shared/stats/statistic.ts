/** Metrics of one model, or of two on the same rows, as functions of what is sufficient for them. */
import type { Clusters } from './clusters.ts';

/** What a metric of one model is a function of. */
export type Statistic = MeanStatistic | CellStatistic | SumStatistic | RowStatistic;

/** A (weighted) mean of one value a row. */
export interface MeanStatistic {
  readonly kind: 'mean';
  readonly items: Float64Array;
  /** The smallest and the largest value that a row can have, if that is known. */
  readonly range?: readonly [low: number, high: number];
}

/** A function of how many rows (or how much weight) fall into each of `size` cells, such as a confusion matrix. */
export interface CellStatistic {
  readonly kind: 'cells';
  /** The cell of each row, from 0 to size − 1. */
  readonly cells: Int32Array;
  readonly size: number;
  /** NaN if undefined. The array is used again. */
  value(counts: Float64Array): number;
}

/** A function of (weighted) sums of columns, such as R²; with the total weight, always the last sum. */
export interface SumStatistic {
  readonly kind: 'sums';
  readonly columns: readonly Float64Array[];
  /** Sums of the columns, and of the weights; NaN if undefined. The array is used again. */
  value(sums: Float64Array): number;
  /** Of the root of the mean of the only column: the greatest value that a row of it can have, if that is known. */
  readonly rootOfAtMost?: number;
}

/** Any other function of rows, row i counted `counts[i]` times (times its weight); each row once without counts. */
export interface RowStatistic {
  readonly kind: 'rows';
  value(counts?: Float64Array): number;
}

export interface ResampleInput {
  /** Rows. */
  readonly n: number;
  readonly candidate: Statistic;
  /** Of the same rows, and resampled together; without it the candidate's metric alone is resampled. */
  readonly production?: Statistic;
  /** Not negative. Metrics of rows know their own weights. */
  readonly weights?: Float64Array;
  /** Whole clusters are resampled. */
  readonly clusters?: Clusters;
  /** The stratum of each row, from 0: rows are resampled within each, so that a rare class keeps its rows. */
  readonly strata?: Int32Array;
  /** 0 of means and sums, for the jackknife alone. */
  readonly draws?: number;
  /** A whole number in [0, 2³²). */
  readonly seed: number;
}

/** Values of a metric of the candidate and of production, in step. */
export interface PairedValues {
  readonly candidate: Float64Array;
  /** NaN without a production model. */
  readonly production: Float64Array;
}

export interface Resamples {
  /** The metrics of the rows as they are. */
  readonly candidate: number;
  readonly production: number;
  readonly n: number;
  /** Rows, blocks or clusters that were resampled. */
  readonly units: number;
  /** Resamples; 0 if the metric was only worked out without each of some groups of rows. */
  readonly draws: number;
  readonly drawn: PairedValues;
  /** The metrics without one unit (or a group of them), and how many units each of these stands for. */
  readonly without: PairedValues & { readonly times: Float64Array; readonly stratum?: Int32Array };
  /** What was done, for the evidence. */
  readonly method: string;
}

/** Room for the values of both models; production's stay NaN without a production model. */
function room(length: number): PairedValues {
  return { candidate: new Float64Array(length), production: new Float64Array(length).fill(Number.NaN) };
}

/** Collects the metric pair of each of `length` evaluations. */
export function evaluations(
  length: number,
  hasProduction: boolean,
  evaluate: (i: number) => { candidate: () => number; production: () => number },
): PairedValues {
  const values = room(length);
  for (let i = 0; i < length; i++) {
    const { candidate, production } = evaluate(i);
    values.candidate[i] = candidate();
    if (hasProduction) values.production[i] = production();
  }
  return values;
}

/** From and to of each run of equal values. */
export function stretches(values: Int32Array): (readonly [number, number])[] {
  const found: [number, number][] = [];
  values.forEach((value, i) => {
    if (i === 0 || value !== values[i - 1]) found.push([i, i + 1]);
    else found.at(-1)![1] = i + 1;
  });
  return found;
}
