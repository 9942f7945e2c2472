/** Reads one model's fields as rows of each task. */
import { type Problem, UserError } from '../../problem/problem.ts';
import type { Field, JoinedFields } from '../fields.ts';
import type { ItemRange } from '../metric.ts';
import type {
  ClassificationRows,
  MultilabelRows,
  RankingRows,
  RegressionRows,
  ScoredRows,
  Task,
} from '../rows.ts';
import { type ByName, columnsByName, isByName, scoreMatrix } from './by-name.ts';
import { LabelClasses } from './label-classes.ts';
import { LabelSets, setOrColumn } from './label-sets.ts';
import type { ReadingOptions } from './options.ts';
import { type DocumentQueries, rankingRows } from './queries.ts';

/** The fields of one model that are there. */
export interface ModelFields {
  readonly prediction: Field | undefined;
  readonly score: Field | undefined;
  /** Scores by class or label. */
  readonly scores: ReadonlyMap<string, Field> | undefined;
  /** Numbers that metrics read beside these. */
  readonly numbers: ReadonlyMap<string, Field>;
}

/** Names of a model's columns. */
export interface ModelColumns {
  readonly prediction: string;
  /** Of the positive class, or of every class or label; without it, a column `score` is read if there is one. */
  readonly score?: ByName | undefined;
}

export function modelFields(
  fields: JoinedFields,
  role: 'candidate' | 'production' | 'anchor',
  { prediction: predicted, score: named }: ModelColumns,
  {
    task,
    numbers = new Map(),
    numbersOnly = false,
  }: {
    readonly task: 'auto' | Task;
    readonly numbers?: ReadonlyMap<string, ItemRange>;
    readonly numbersOnly?: boolean | undefined;
  },
): ModelFields {
  const scores = isByName(named) ? columnsByName(fields, role, named, 'score') : undefined;
  const one = typeof named === 'string' ? named : 'score';
  const score = isByName(named) ? undefined : fields.of(role, one, named === undefined ? undefined : 'score');
  // Named as the scores, the column holds no classes.
  const isScore = named !== undefined && score?.column === predicted && task !== 'regression';
  // Scores alone do for the metrics that read nothing else.
  const needed = task === 'regression' || (!numbersOnly && score === undefined && scores === undefined);
  const found = [...numbers.keys()].flatMap((column) => {
    const field = fields.of(role, column, 'metric');
    return field === undefined ? [] : [[column, field] as const];
  });
  return {
    score,
    scores,
    prediction: isScore
      ? undefined
      : setOrColumn(fields, role, predicted, { input: 'prediction', kind: 'values', needed }),
    numbers: new Map(found),
  };
}

export interface Selection {
  readonly places: Int32Array;
  readonly weights?: Float64Array;
  /** Of ranking: its documents. */
  readonly queries?: DocumentQueries;
}

/** Reads one model's fields at once, so that their faults are known, and gives its sound rows later. */
export type RowsOf<R extends ScoredRows = ScoredRows> = (model: ModelFields) => (selection: Selection) => R;

/** Rows of which metrics read numbers only; each is told apart from all others. */
export function unlabelled(): (selection: Selection) => ClassificationRows {
  return ({ places, weights }) => ({
    task: 'classification',
    n: places.length,
    classes: [],
    truth: Int32Array.from(places.keys()),
    ...(weights === undefined ? {} : { weights }),
  });
}

/** The reader of the task. */
export function taskReader(task: Task, fields: JoinedFields, label: Field, options: ReadingOptions): RowsOf {
  if (task === 'regression') return regression(fields, label);
  if (task === 'multilabel') return multilabel(fields, label, options);
  return task === 'ranking' ? ranking(fields, label) : classification(fields, label, options);
}

/** Adds the numbers beside the predictions, and the size of the model. */
export function withNumbers(
  rowsOf: RowsOf,
  fields: JoinedFields,
  ranges: ReadonlyMap<string, ItemRange> = new Map(),
): (model: ModelFields, sizeBytes?: number) => (selection: Selection) => ScoredRows {
  return (model, sizeBytes) => {
    const rows = rowsOf(model);
    const numbers = [...model.numbers].map(([column, field]) => {
      const [low, high] = ranges.get(column) ?? [-Infinity, Infinity];
      const why = `lies outside of ${low} to ${high}`;
      return [
        column,
        fields.numbers(field, 'values', (value) => value >= low && value <= high, why),
      ] as const;
    });
    return (selection) => ({
      ...rows(selection),
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      ...(numbers.length === 0
        ? {}
        : {
            columns: Object.fromEntries(
              numbers.map(([column, values]) => [column, pickNumbers(values, selection.places)]),
            ),
          }),
    });
  };
}

export function pickNumbers(values: Float64Array, places: Int32Array): Float64Array {
  return Float64Array.from(places, (place) => values[place]!);
}

function pickCodes(values: Int32Array, places: Int32Array): Int32Array {
  return Int32Array.from(places, (place) => values[place]!);
}

/** The matrix at the places, of each of its columns of n rows. */
function pickMatrix(matrix: Float64Array, n: number, places: Int32Array): Float64Array {
  const found = new Float64Array((matrix.length / n) * places.length);
  for (let from = 0, at = 0; from < matrix.length; from += n) {
    for (let i = 0; i < places.length; i += 1) {
      found[at] = matrix[from + places[i]!]!;
      at += 1;
    }
  }
  return found;
}

const NO_PREDICTION: Problem = {
  what: 'regression needs a column of predictions in every predictions file',
  where: 'input prediction',
  fix: 'name the column, or set task to classification if the scores are all there is',
};

function regression(fields: JoinedFields, label: Field): RowsOf<RegressionRows> {
  const truth = fields.numbers(label, 'labels');
  return ({ prediction }) => {
    if (prediction === undefined) throw new UserError(NO_PREDICTION);
    const predicted = fields.numbers(prediction, 'values');
    return ({ places, weights }) => ({
      task: 'regression',
      n: places.length,
      truth: pickNumbers(truth, places),
      predicted: pickNumbers(predicted, places),
      ...(weights === undefined ? {} : { weights }),
    });
  };
}

function classification(
  fields: JoinedFields,
  label: Field,
  options: ReadingOptions,
): RowsOf<ClassificationRows> {
  let classes: LabelClasses | undefined;
  return ({ prediction, score, scores: byClass }) => {
    // The first model's classes with scores come first, so that their numbers are those of the matrix.
    classes ??= new LabelClasses(fields, label, options, byClass && [...byClass.keys()]);
    const { truth, positive, names } = classes;
    const isRead = prediction !== undefined && (options.numbersOnly !== true || classes.has(prediction));
    const predicted = isRead ? classes.read(prediction) : undefined;
    const matrix = byClass && scoreMatrix(fields, byClass, options.probabilities ? 'of-classes' : 'none');
    const own = matrix && positive !== undefined ? columnOf(matrix, positive, truth.length) : undefined;
    const read = (one: Field) =>
      options.probabilities ? fields.probabilities(one) : fields.numbers(one, 'values');
    const scores = score === undefined ? own : read(score);
    return ({ places, weights }) => ({
      task: 'classification',
      n: places.length,
      classes: names,
      truth: pickCodes(truth, places),
      ...(predicted === undefined ? {} : { predicted: pickCodes(predicted, places) }),
      ...(positive === undefined ? {} : { positive }),
      ...(scores === undefined ? {} : { scores: pickNumbers(scores, places) }),
      ...(matrix === undefined ? {} : { classScores: pickMatrix(matrix, truth.length, places) }),
      ...(weights === undefined ? {} : { weights }),
    });
  };
}

function columnOf(matrix: Float64Array, at: number, n: number): Float64Array {
  return matrix.subarray(at * n, (at + 1) * n);
}

function multilabel(fields: JoinedFields, label: Field, options: ReadingOptions): RowsOf<MultilabelRows> {
  let read: { sets: LabelSets; truth: readonly (readonly number[])[] } | undefined;
  const labels = (scored: Iterable<string> | undefined) => {
    if (read !== undefined) return read;
    const sets = new LabelSets(fields, options, scored);
    read = { sets, truth: sets.read(label, 'labels') };
    return read;
  };
  return ({ prediction, scores: byLabel }) => {
    const { sets, truth } = labels(byLabel?.keys());
    const predicted = prediction && sets.read(prediction, 'values');
    const matrix = byLabel && scoreMatrix(fields, byLabel, options.probabilities ? 'of-labels' : 'none');
    return ({ places, weights }) => ({
      task: 'multilabel',
      n: places.length,
      labels: sets.names,
      truth: sets.matrix(truth, places),
      ...(predicted === undefined ? {} : { predicted: sets.matrix(predicted, places) }),
      ...(matrix === undefined ? {} : { scores: pickMatrix(matrix, truth.length, places) }),
      ...(weights === undefined ? {} : { weights }),
    });
  };
}

/** The score orders the documents of a query, or a prediction if there is none. */
function ranking(fields: JoinedFields, label: Field): RowsOf<RankingRows> {
  const relevance = fields.numbers(
    label,
    'labels',
    (value) => value >= 0,
    'is negative, so it is not a relevance',
  );
  return ({ score, prediction }) => {
    const ranked = score ?? prediction;
    if (ranked === undefined) {
      const fix = 'name the column by which the model orders the documents of a query';
      throw new UserError({ what: 'ranking needs a column of scores', where: 'input score', fix });
    }
    const scores = fields.numbers(ranked, 'values');
    return ({ queries, weights }) => {
      if (queries === undefined) throw new TypeError('documents were not grouped by query');
      const rows = rankingRows(queries, relevance, scores);
      return { ...rows, ...(weights === undefined ? {} : { weights }) };
    };
  };
}
