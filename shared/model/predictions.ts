import { type Problem, UserError } from '../problem/problem.ts';
import { sha256Text } from '../verdict/digest.ts';
import type { Check } from '../verdict/verdict.ts';
import { Classes } from './classes.ts';
import { type Field, Fields } from './fields.ts';
import type { Sheets } from './join.ts';
import type { ClassificationRows, RegressionRows, ScoredRows, Task } from './rows.ts';
import { classOf, type TaskHints, taskOf } from './task.ts';

/** Names of columns, after the inputs of the same names. */
export interface Columns {
  readonly id: string;
  readonly label: string;
  readonly prediction: string;
  /** Without it, a column `score` is read where there is one. */
  readonly score?: string | undefined;
  readonly weight?: string | undefined;
  readonly cluster?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly sensitive: readonly string[];
}

export interface ReadOptions extends Omit<TaskHints, 'classes'> {
  readonly columns: Columns;
  readonly positiveLabel?: string | undefined;
  /** Is a score outside of [0, 1] a fault, because a metric that is judged takes it for a probability? */
  readonly probabilities: boolean;
  /** May a location show the cell's value? */
  readonly showValues: boolean;
}

/** Labelled rows that every model predicted, sound in every field that is read. */
export interface Judged {
  readonly n: number;
  readonly task: Task;
  readonly ids: readonly string[];
  readonly candidate: ScoredRows;
  readonly production?: ScoredRows;
  /** The candidate's predictions as its file has them; its scores where it has no predictions. */
  readonly predictions: readonly string[];
  /** Groups of rows that depend on each other, length n. */
  readonly clusters?: readonly string[];
  /** Texts, length n. */
  readonly timestamps?: readonly string[];
  /** By sensitive column, length n; an empty cell is the group `(empty)`. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** A column of the test data, length n. @throws TypeError without test data or such a column. */
  feature(column: string): readonly (string | null)[];
  /** The SHA-256 of the rows' ids and labels, in whatever order they were given. */
  digest(): string;
  readonly checks: readonly Check[];
}

/** An empty cell of a sensitive column. */
export const EMPTY_GROUP = '(empty)';

/** The columns that are worth reading of each file. */
export function wantedColumns({ sensitive, score = 'score', ...named }: Columns): readonly string[] {
  return [...Object.values(named).filter((name) => name !== undefined), score, ...sensitive];
}

/**
 * Joins the files by id and reads labels, predictions, scores and what else is named. A row with a faulty field
 * is left out and makes the check `predictions.labels` or `predictions.values` fail, with its place.
 *
 * @throws UserError where columns are missing, no id matches, the task is unclear, or no sound row is left.
 */
export function readJudged(sheets: Sheets, options: ReadOptions): Judged {
  const { columns } = options;
  const fields = new Fields(sheets, columns.id, options.showValues);
  const label = fields.ofRow(columns.label, 'label');
  const weight = fields.ofRow(columns.weight, 'weight');
  const cluster = fields.ofRow(columns.cluster, 'cluster');
  const timestamp = fields.ofRow(columns.timestamp, 'timestamp');
  const groups = columns.sensitive.map((column) => [column, fields.ofRow(column, 'sensitive')] as const);
  const models = {
    candidate: modelFields(fields, 'candidate', options),
    production: modelFields(fields, 'production', options),
  };
  if (label !== undefined) fields.problems.push(...labelsRead(label, models));
  if (fields.problems.length > 0 || label === undefined) throw new UserError(fields.problems);

  const classes = options.positiveLabel !== undefined || columns.score !== undefined;
  const task = taskOf(label.cells, { ...options, classes });
  sameLabels(fields, label);
  const weights = weight && fields.numbers(weight, 'values', (value) => value >= 0, 'is negative');
  if (cluster !== undefined) fields.filled(cluster, 'values');
  const rowsOf = task === 'regression' ? regression(fields, label) : classification(fields, label, options);
  const candidate = rowsOf(models.candidate);
  const production = fields.has('production') ? rowsOf(models.production) : undefined;

  const places = carrying(fields.sound(), weights);
  const at = { places, ...(weights === undefined ? {} : { weights: pickNumbers(weights, places) }) };
  const ids = places.map((place) => fields.joined.ids[place] as string);
  const texts = (field: Field) => places.map((place) => field.cells[place] ?? EMPTY_GROUP);
  const shown = models.candidate.prediction ?? models.candidate.score;
  return {
    n: places.length,
    task,
    ids,
    candidate: candidate(at),
    ...(production === undefined ? {} : { production: production(at) }),
    predictions: shown === undefined ? [] : texts(shown),
    ...(cluster === undefined ? {} : { clusters: texts(cluster) }),
    ...(timestamp === undefined ? {} : { timestamps: texts(timestamp) }),
    groups: Object.fromEntries(
      groups.flatMap(([column, field]) => (field === undefined ? [] : [[column, texts(field)]])),
    ),
    feature: (column) => {
      const field = fields.of('test', column);
      if (field === undefined) throw new TypeError(`the test data has no column ${column}`);
      return places.map((place) => field.cells[place] ?? null);
    },
    digest: () => {
      const pairs = places.map((place, i) => JSON.stringify([ids[i], label.cells[place]]));
      return sha256Text(pairs.sort().join('\n'));
    },
    checks: fields.checks(columns.label),
  };
}

interface ModelFields {
  readonly prediction: Field | undefined;
  readonly score: Field | undefined;
}

function modelFields(fields: Fields, role: 'candidate' | 'production', options: ReadOptions): ModelFields {
  const { score: named, prediction: column } = options.columns;
  const score = fields.of(role, named ?? 'score', named === undefined ? undefined : 'score');
  // Scores alone do for the metrics that read nothing else.
  const needed = score === undefined || options.task === 'regression';
  return { score, prediction: fields.of(role, column, needed ? 'prediction' : undefined) };
}

/** Problems where a model's column is that of the labels, which every model would get right. */
function labelsRead(
  label: Field,
  models: Readonly<Record<'candidate' | 'production', ModelFields>>,
): Problem[] {
  return Object.values(models).flatMap((model) =>
    (['prediction', 'score'] as const)
      .filter((input) => model[input]?.sheet === label.sheet && model[input]?.column === label.column)
      .map((input) => ({
        what: `${JSON.stringify(label.column)} is the column of labels`,
        where: `input ${input} (${label.sheet.file})`,
        mend: 'name the column that the model wrote',
      })),
  );
}

/** Rows without weight say nothing; where none has any, all are kept, and what is judged on them is undefined. */
function carrying(places: readonly number[], weights: Float64Array | undefined): readonly number[] {
  const found = weights === undefined ? places : places.filter((place) => weights[place]! > 0);
  return found.length > 0 ? found : places;
}

/** Labels that the other predictions file has too must be the same. */
function sameLabels(fields: Fields, label: Field): void {
  if (fields.has('test')) return;
  const other = fields.of('production', label.column);
  if (other === undefined || other.sheet === label.sheet) return;
  other.cells.forEach((cell, place) => {
    const mine = label.cells[place] ?? null;
    if (cell === null || mine === null || classOf(cell) === classOf(mine)) return;
    fields.fault('labels', other, place, `differs from the label in ${label.sheet.file}`);
  });
}

interface Selection {
  readonly places: readonly number[];
  readonly weights?: Float64Array;
}

/** Reads one model's fields at once, so that their faults are known, and gives its sound rows later. */
type RowsOf<R extends ScoredRows> = (model: ModelFields) => (selection: Selection) => R;

function pickNumbers(values: Float64Array, places: readonly number[]): Float64Array {
  return Float64Array.from(places, (place) => values[place]!);
}

const NO_PREDICTION = {
  what: 'regression needs a column of predictions in every predictions file',
  where: 'input prediction',
  mend: 'name the column, or set task to classification where the scores are all there is',
};

function regression(fields: Fields, label: Field): RowsOf<RegressionRows> {
  const truth = fields.numbers(label, 'labels');
  return ({ prediction }) => {
    if (prediction === undefined) throw new UserError(NO_PREDICTION);
    const predicted = fields.numbers(prediction, 'values');
    return ({ places, ...weights }) => ({
      task: 'regression',
      n: places.length,
      truth: pickNumbers(truth, places),
      predicted: pickNumbers(predicted, places),
      ...weights,
    });
  };
}

function classification(fields: Fields, label: Field, options: ReadOptions): RowsOf<ClassificationRows> {
  const classes = new Classes();
  fields.classes(label, 'labels');
  const truth = classes.encode(label.cells);
  const positive = classes.positive(options.positiveLabel);
  const inUnit = options.probabilities ? (value: number) => value >= 0 && value <= 1 : undefined;
  return ({ prediction, score }) => {
    if (prediction !== undefined) fields.classes(prediction, 'values');
    const predicted = prediction && classes.encode(prediction.cells);
    const scores =
      score && fields.numbers(score, 'values', inUnit, 'is no probability: it lies outside [0, 1]');
    const pick = (values: Int32Array, places: readonly number[]) =>
      Int32Array.from(places, (place) => values[place]!);
    return ({ places, ...weights }) => ({
      task: 'classification',
      n: places.length,
      classes: classes.names,
      truth: pick(truth, places),
      ...(predicted === undefined ? {} : { predicted: pick(predicted, places) }),
      ...(positive === undefined ? {} : { positive }),
      ...(scores === undefined ? {} : { scores: pickNumbers(scores, places) }),
      ...weights,
    });
  };
}
