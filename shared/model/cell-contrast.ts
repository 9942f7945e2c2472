/** Bounds of contrasts of metrics that are functions of the table label × prediction of each model. */
import { cellBounds } from '../stats/cell-bounds.ts';
import type { CellFigure } from '../stats/likeliest.ts';
import type { MetricBounds } from './interval.ts';
import { rangeOf } from './metrics/ranges.ts';
import type { Part, Question } from './question.ts';
import { errorOf } from './rates.ts';
import type { ClassificationRows } from './rows.ts';

type Asked = Pick<Question, 'parts' | 'alpha' | 'sampling'>;

/** Cells of a table of labels and of each model's predictions, at most; with more classes there are others. */
const MAX_CELLS = 4096;
/** Tables that place a bound: their weights make them worth ten times as many. */
const MAX_DRAWS = 1000;

/**
 * Bounds by inverting a test over the joint table of the labels and all models' predictions (`cellBounds`), rows
 * unweighted and independent; undefined if the metrics read more than labels and predictions of one class a row, and
 * if there are so many classes that the table has more than 4,096 cells.
 */
export function cellContrast({
  parts,
  alpha,
  sampling,
}: Asked): Omit<MetricBounds, 'estimate' | 'alpha'> | undefined {
  if (!parts.every(readsPredictions) || parts.every(({ metric }) => metric.kind === 'mean')) return undefined;
  const models = [...new Set(parts.map(({ rows }) => rows as ClassificationRows))];
  const classes = classesOf(parts, models);
  const size = classes.names.length ** (models.length + 1);
  if (size > MAX_CELLS || size === 0) return undefined;
  const figure = figureOf(parts, models, classes);
  const draws = Math.min(MAX_DRAWS, sampling.draws);
  const { estimate, ...ends } = cellBounds({ figure, alpha, draws, seed: sampling.seed });
  return {
    method: `inverted test of ${size} cells (${draws} tables a bound, seeded by the test set’s digest)`,
    ...ends,
    ...errorOf(estimate, ends, alpha),
  };
}

const READ: ReadonlySet<string> = new Set(['prediction', 'positive', 'ordered-classes']);

function readsPredictions({ metric, rows }: Part): boolean {
  if (rows.task !== 'classification' || rows.predicted === undefined) return false;
  const isOfCells = metric.kind === 'cells' || (metric.kind === 'mean' && metric.binary === true);
  return isOfCells && metric.needs.every((need) => READ.has(need));
}

/** The classes that matter, and the number among them of each class of each model's rows. */
interface Classes {
  readonly names: readonly string[];
  readonly positive: number | undefined;
  codeOf(rows: ClassificationRows): Int32Array;
}

function classesOf(parts: readonly Part[], models: readonly ClassificationRows[]): Classes {
  const positive = models[0]?.positive === undefined ? undefined : models[0].classes[models[0].positive];
  // All other classes are one if only the positive one is asked for.
  if (positive !== undefined && parts.every(({ metric }) => metric.needs.includes('positive'))) {
    const codeOf = ({ classes }: ClassificationRows) =>
      Int32Array.from(classes, (name) => (name === positive ? 1 : 0));
    return { names: ['0', '1'], positive: 1, codeOf };
  }
  const occurring = new Set<string>();
  for (const { truth, predicted = truth, classes } of models) {
    const seen = new Uint8Array(classes.length);
    for (let i = 0; i < truth.length; i++) {
      seen[truth[i]!] = 1;
      seen[predicted[i]!] = 1;
    }
    classes.forEach((name, k) => {
      if (seen[k] === 1) occurring.add(name);
    });
  }
  const names = [...occurring].sort();
  const number = new Map(names.map((name, k) => [name, k]));
  return {
    names,
    positive: positive === undefined ? undefined : number.get(positive),
    codeOf: ({ classes }) => Int32Array.from(classes, (name) => number.get(name) ?? -1),
  };
}

/** Of each model its metrics as functions of its own table, and the cell of that table of each joint cell. */
interface Table {
  readonly cells: Int32Array;
  value(counts: Float64Array): number;
}

function figureOf(
  parts: readonly Part[],
  models: readonly ClassificationRows[],
  classes: Classes,
): CellFigure {
  const k = classes.names.length;
  const size = k ** (models.length + 1);
  const tables = models.map((rows, m) =>
    tableOf(
      parts,
      rows,
      classes,
      Int32Array.from({ length: size }, (_, cell) => {
        const label = Math.floor(cell / k ** models.length);
        return label * k + (Math.floor(cell / k ** m) % k);
      }),
    ),
  );
  const own = new Float64Array(k * k);
  const gather = (cells: Int32Array, from: Float64Array) => {
    own.fill(0);
    for (let cell = 0; cell < size; cell++) own[cells[cell]!]! += from[cell]!;
    return own;
  };
  return {
    counts: jointCounts(models, classes),
    range: rangeOfSum(parts),
    value: (counts) => tables.reduce((sum, { cells, value }) => sum + value(gather(cells, counts)), 0),
    slopes: (shares, into) => {
      into.fill(0);
      for (const { cells, value } of tables) {
        const slopes = slopesOf(value, gather(cells, shares));
        for (let cell = 0; cell < size; cell++) into[cell]! += slopes[cells[cell]!]!;
      }
      return into;
    },
  };
}

/** Of each metric its own least or greatest value, which the models need not have at once. */
function rangeOfSum(parts: readonly Part[]): readonly [number, number] {
  const ends = parts.map(({ coefficient, metric }) => {
    const [low, high] = rangeOf(metric);
    return coefficient < 0
      ? [coefficient * high, coefficient * low]
      : [coefficient * low, coefficient * high];
  });
  return [0, 1].map((end) => ends.reduce((sum, each) => sum + each[end]!, 0)) as [number, number];
}

/** Of a share, so small that the figure is a line and so large that rounding does not matter. */
const STEP = 1e-7;

function slopesOf(value: (counts: Float64Array) => number, shares: Float64Array): Float64Array {
  const base = value(shares);
  return shares.map((share, cell) => {
    shares[cell] = share + STEP;
    const slope = (value(shares) - base) / STEP;
    shares[cell] = share;
    // If a row of a new kind makes the figure undefined, the rows tell nothing of it.
    return Number.isNaN(slope) ? 0 : slope;
  });
}

function jointCounts(models: readonly ClassificationRows[], classes: Classes): Float64Array {
  const k = classes.names.length;
  const counts = new Float64Array(k ** (models.length + 1));
  const coded = models.map((rows) => ({ rows, code: classes.codeOf(rows) }));
  const [first] = coded;
  if (first === undefined) return counts;
  for (let i = 0; i < first.rows.n; i++) {
    let cell = first.code[first.rows.truth[i]!]!;
    for (let m = models.length - 1; m >= 0; m--)
      cell = cell * k + coded[m]!.code[coded[m]!.rows.predicted![i]!]!;
    counts[cell]! += 1;
  }
  return counts;
}

/** The metrics of one model on a table, by rows that are its cells, each counted as often as the cell has rows. */
function tableOf(
  parts: readonly Part[],
  model: ClassificationRows,
  { names, positive }: Classes,
  cells: Int32Array,
): Table {
  const k = names.length;
  const rows: ClassificationRows = {
    task: 'classification',
    n: k * k,
    classes: names,
    truth: Int32Array.from({ length: k * k }, (_, cell) => Math.floor(cell / k)),
    predicted: Int32Array.from({ length: k * k }, (_, cell) => cell % k),
    ...(positive === undefined ? {} : { positive }),
  };
  const values = parts
    .filter((part) => part.rows === model)
    .map(({ coefficient, metric }) => {
      const found = metric.statistic(rows);
      const value =
        found.kind === 'cells' ? (counts: Float64Array) => found.value(counts) : metric.evaluator(rows);
      return (counts: Float64Array) => coefficient * value(counts);
    });
  const [only] = values;
  const value = (counts: Float64Array) => values.reduce((sum, each) => sum + each(counts), 0);
  return { cells, value: values.length === 1 && only !== undefined ? only : value };
}
