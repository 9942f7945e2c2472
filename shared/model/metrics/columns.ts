/** Metrics of numbers that the user's file has beside the predictions, and of the model's size. */
import { type ItemRange, type Metric, meanMetric, rowsMetric } from '../metric.ts';
import { type ScoredRows, TASKS, unequalWeights } from '../rows.ts';
import { weightedQuantiles } from './order.ts';

/** A loss of the user's own, one number a row. */
export interface ColumnSpec {
  readonly column: string;
  /** `lower` unless said. */
  readonly better?: 'higher' | 'lower' | undefined;
  /** The least and greatest value of a row; with it, bounds need no more than that they lie in it. */
  readonly range?: ItemRange | undefined;
}

const UNBOUNDED: ItemRange = [-Infinity, Infinity];

function valuesOf(rows: ScoredRows, column: string): Float64Array {
  const found =
    rows.columns !== undefined && Object.hasOwn(rows.columns, column) ? rows.columns[column] : undefined;
  if (found === undefined) throw new TypeError(`a metric of column ${column} was given rows without it`);
  return found;
}

/** The mean of a column, by the name `column(x)`. If a value lies outside of the stated range it is undefined. */
export function columnMetric({ column, better = 'lower', range = UNBOUNDED }: ColumnSpec): Metric {
  const [low, high] = range;
  const isBounded = low > -Infinity || high < Infinity;
  return {
    ...meanMetric<ScoredRows>(
      {
        name: `column(${column})`,
        tasks: TASKS,
        better,
        needs: [`column:${column}`],
        range,
        ...(isBounded ? { undefinedWhere: `a value lies outside of ${low} to ${high}` } : {}),
      },
      (rows) => {
        const values = valuesOf(rows, column);
        return isBounded
          ? values.map((value) => (value >= low && value <= high ? value : Number.NaN))
          : values;
      },
    ),
    range,
  };
}

/** The column of a request's time in milliseconds, as in the prediction log. */
export const LATENCY_COLUMN = 'latency_ms';

const LATENCY = { tasks: TASKS, better: 'lower', needs: [`column:${LATENCY_COLUMN}`] } as const;
const LATENCY_RANGE: ItemRange = [0, Infinity];

const latencyMean: Metric = {
  ...meanMetric<ScoredRows>({ ...LATENCY, name: 'latency_mean', range: LATENCY_RANGE }, (rows) =>
    valuesOf(rows, LATENCY_COLUMN),
  ),
  range: LATENCY_RANGE,
};

/** The time that so many percent of the rows do not exceed (inverted CDF). */
export function latencyQuantile(percent: number): Metric {
  return {
    ...rowsMetric<ScoredRows>({ ...LATENCY, name: `latency_p${percent}` }, (rows) => {
      const values = valuesOf(rows, LATENCY_COLUMN);
      return (counts) => weightedQuantiles(values, unequalWeights(rows, counts), [percent / 100])[0]!;
    }),
    range: LATENCY_RANGE,
    quantile: { share: percent / 100, values: (rows) => valuesOf(rows, LATENCY_COLUMN) },
  };
}

/** The size of the model's files: a fact without a sampling error. */
const modelSize: Metric = {
  name: 'model_size_bytes',
  tasks: TASKS,
  better: 'lower',
  needs: ['size'],
  kind: 'exact',
  statistic: (rows) => ({ kind: 'exact', value: rows.sizeBytes ?? Number.NaN }),
  evaluator: (rows) => () => rows.sizeBytes ?? Number.NaN,
};

export const COLUMN_METRICS: readonly Metric[] = [
  modelSize,
  latencyMean,
  latencyQuantile(50),
  latencyQuantile(95),
  latencyQuantile(99),
];
