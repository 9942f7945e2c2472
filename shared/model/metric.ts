import type {
  CellStatistic,
  MeanStatistic,
  Statistic as ResampledStatistic,
  RowStatistic,
  SumStatistic,
} from '../stats/statistic.ts';
import { rowWeights, type ScoredRows, type Task, weightedMean, weightedSum } from './rows.ts';

/**
 * What a metric reads beside the labels. A `score` is that of the positive class; a `probability` of it or of every
 * class; `class-scores` are one of every class or label; `column:x` is a number a row of the model's file.
 */
export type Need =
  | 'prediction'
  | 'positive'
  | 'score'
  | 'probability'
  | 'class-scores'
  | 'ordered-classes'
  | 'size'
  | `column:${string}`;

/** The metric if row i counts `counts[i]` times, as a resample does; once without counts. NaN if undefined. */
export type RowEvaluator = RowStatistic['value'];

/** The least and greatest value that one item can have, infinite if there is none. */
export type ItemRange = NonNullable<MeanStatistic['range']>;

/** A fact about the model, without a sampling error. */
export interface ExactStatistic {
  readonly kind: 'exact';
  readonly value: number;
}

/** What of some rows is enough to know the metric, which decides how its sampling error is found. */
export type MetricStatistic = ResampledStatistic | ExactStatistic;

/** What a metric is that is one share of some rows, such as recall of the positive ones. */
export interface ShareOf<R extends ScoredRows> {
  /** 1 and 0 of the rows that count, NaN of those that do not. */
  items(rows: R): Float64Array;
  /** Do the labels alone decide which rows count? Then two models' shares are of the same rows. */
  readonly byLabel: boolean;
  /** The metric of that share, growing with it; the share itself without this. */
  of?(share: number): number;
}

/**
 * A metric of one model on labelled rows, by scikit-learn's name and definition, save that what is undefined
 * is NaN: scikit-learn's 0 with a warning is a claim, and NaN is none.
 */
export interface Metric<R extends ScoredRows = ScoredRows> {
  readonly name: string;
  /** The tasks whose rows it is defined on. */
  readonly tasks: readonly Task[];
  readonly better: 'higher' | 'lower';
  readonly needs: readonly Need[];
  /** Why it is NaN, as the end of "undefined, for …". */
  readonly undefinedWhere?: string;
  readonly kind: MetricStatistic['kind'];
  /** Are the items 0 or 1? Then the metric is a share of rows. */
  readonly binary?: boolean;
  /** Of kind `cells`, if it is one share of some rows. */
  readonly share?: ShareOf<R>;
  /** Of kind `cells`: is it the mean of the classes' recalls, if it is defined? */
  readonly recalls?: boolean;
  /** Rows of the sparsest cell that it rests on, on either side, if resamples see no more than the cells that are there. */
  fewest?(rows: R): number;
  /** The range of an item of a `column:` that must be checked as it is read. */
  readonly range?: ItemRange;
  statistic(rows: R): MetricStatistic;
  /** Of kind `mean`: one value a row, of which the metric is the (weighted) mean. */
  items?(rows: R): Float64Array;
  /** Of losses that have no limit of their own. */
  readonly unlimited?: UnlimitedLosses<R>;
  /** Of kind `rows`, if it is a quantile of one value a row: the share of rows that do not exceed it. */
  readonly quantile?: QuantileOf<R>;
  /** The mean of losses that it falls with, whose tail its own spread may hide. */
  readonly losses?: Metric<R>;
  /** Of an expected calibration error: what it is made of. */
  calibration?(rows: R): BinnedPromises;
  /** Of a greatest or least value, which no sample bounds: why, and what to judge instead. */
  readonly extreme?: { readonly none: string; readonly fix: string };
  /** What it is the mean of, if that is not what its name says. */
  readonly estimand?: string;
  /** Prepares the rows once (order, cells); what comes back is cheap to ask again with other counts. */
  evaluator(rows: R): RowEvaluator;
}

/** How much more each row was promised than came true, in [−1, 1], and its bin. */
export interface BinnedPromises {
  readonly excess: Float64Array;
  readonly bin: Int32Array;
  readonly bins: number;
}

export interface QuantileOf<R extends ScoredRows> {
  readonly share: number;
  values(rows: R): Float64Array;
}

/** Losses of rows from 0 up, in the metric's unit, of which a limit can be stated. */
export interface UnlimitedLosses<R extends ScoredRows = ScoredRows> {
  losses(rows: R): Float64Array;
  /** The greatest loss of a row whose label and prediction lie in the range; infinite, or NaN, if there is none. */
  greatest?(range: ItemRange): number;
  /** The metric if a loss above the limit makes it undefined (`bound`), or counts as the limit (`clip`). */
  within(limit: number, how: 'bound' | 'clip'): Metric<R>;
}

/** Sums of rounded numbers may pass a limit by their rounding. */
const ROUNDING = 1e-9;

/** Of each loss itself, the limit or NaN if it is beyond. */
export function lossesWithin(losses: Float64Array, limit: number, how: 'bound' | 'clip'): Float64Array {
  const most = limit * (1 + ROUNDING);
  return losses.map((loss) => (loss <= limit ? loss : how === 'clip' || loss <= most ? limit : Number.NaN));
}

/** What is said of a metric beside its values. */
export interface About {
  readonly name: string;
  readonly tasks: readonly Task[];
  readonly needs: readonly Need[];
  readonly better?: 'higher' | 'lower';
  readonly undefinedWhere?: string;
}

interface AboutMean<R extends ScoredRows> extends About {
  readonly binary?: boolean;
  readonly range: ItemRange | ((rows: R) => ItemRange);
  /** See `Unlimited`. */
  greatest?(range: ItemRange): number;
}

/** The (weighted) mean of one item a row; `better` is lower unless said. */
export function meanMetric<R extends ScoredRows>(
  about: AboutMean<R>,
  items: (rows: R) => Float64Array,
): Metric<R> {
  const { range, greatest, ...said } = about;
  const isUnlimited = typeof range !== 'function' && range[0] === 0 && range[1] === Infinity;
  const unlimited: UnlimitedLosses<R> = {
    losses: items,
    ...(greatest === undefined ? {} : { greatest }),
    within: (limit, how) =>
      meanMetric<R>(
        {
          ...said,
          ...(how === 'bound' ? { undefinedWhere: `a loss is above ${limit}` } : {}),
          range: [0, limit],
        },
        (rows) => lossesWithin(items(rows), limit, how),
      ),
  };
  return {
    better: 'lower',
    ...said,
    kind: 'mean',
    items,
    ...(isUnlimited ? { unlimited } : {}),
    statistic: (rows) => ({
      kind: 'mean',
      items: items(rows),
      range: typeof range === 'function' ? range(rows) : range,
    }),
    evaluator: (rows) => {
      const values = items(rows);
      return (counts) => weightedMean(values, rowWeights(rows, counts));
    },
  };
}

/** Cells of rows, with the weight of each if every row counts once. */
export type WeightedCells = Pick<CellStatistic, 'cells' | 'size'> & { readonly weights: Float64Array };

/** A function of the weight in each cell; `better` is higher unless said. */
export function cellsMetric<R extends ScoredRows, C extends WeightedCells>(
  about: About,
  cellsOf: (rows: R) => C,
  value: (cells: C, weights: Float64Array, rows: R) => number,
): Metric<R> {
  return {
    better: 'higher',
    ...about,
    kind: 'cells',
    statistic: (rows) => {
      const found = cellsOf(rows);
      const { cells, size } = found;
      return { kind: 'cells', cells, size, value: (counts) => value(found, counts, rows) };
    },
    evaluator: (rows) => {
      const found = cellsOf(rows);
      return (counts) =>
        value(found, counts === undefined ? found.weights : weightByCell(found, rows, counts), rows);
    },
  };
}

/** The weight of the rows in each cell. */
export function weightByCell(
  { cells, size }: Pick<WeightedCells, 'cells' | 'size'>,
  rows: ScoredRows,
  counts?: Float64Array,
): Float64Array {
  const found = new Float64Array(size);
  const weights = rowWeights(rows, counts);
  for (let i = 0; i < cells.length; i += 1) found[cells[i]!]! += weights[i]!;
  return found;
}

/**
 * A function of sums of columns and of the weight; `better` is lower unless said.
 *
 * @param value of the sums, and of the weight after them.
 * @param rootOfAtMost if it is the root of the mean of the only column, the greatest value of a row, if that is known.
 */
export function sumsMetric<R extends ScoredRows>(
  about: About,
  columnsOf: (rows: R) => readonly Float64Array[],
  value: SumStatistic['value'],
  rootOfAtMost?: number,
): Metric<R> {
  return {
    better: 'lower',
    ...about,
    kind: 'sums',
    statistic: (rows) => ({
      kind: 'sums',
      columns: columnsOf(rows),
      value,
      ...(rootOfAtMost === undefined ? {} : { rootOfAtMost }),
    }),
    evaluator: (rows) => {
      const columns = columnsOf(rows);
      return (counts) => {
        const weights = rowWeights(rows, counts);
        const sums = columns.map((column) => weightedSum(column, weights));
        return value(Float64Array.of(...sums, weightedSum(weights)));
      };
    },
  };
}

/** A metric that nothing smaller than the rows is enough for; `better` is higher unless said. */
export function rowsMetric<R extends ScoredRows>(
  about: About,
  evaluator: (rows: R) => RowEvaluator,
): Metric<R> {
  return {
    better: 'higher',
    ...about,
    kind: 'rows',
    evaluator,
    statistic: (rows) => ({ kind: 'rows', value: evaluator(rows) }),
  };
}
