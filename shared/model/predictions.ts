import { type Problem, UserError } from '../problem/problem.ts';
import { Classes } from '../read/classes.ts';
import { valueText } from '../read/same-value.ts';
import type { Clusters } from '../stats/clusters.ts';
import { sha256Text } from '../verdict/digest.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { type Field, JoinedFields } from './fields.ts';
import type { Sheets } from './join.ts';
import type { ItemRange } from './metric.ts';
import { type ByName, isByName, otherClasses } from './reading/by-name.ts';
import { listedLabels, setOrColumn } from './reading/label-sets.ts';
import type { ReadingOptions } from './reading/options.ts';
import { type DocumentQueries, ofFirsts, queriesOf } from './reading/queries.ts';
import {
  type ModelFields,
  modelFields,
  pickNumbers,
  taskReader,
  unlabelled,
  withNumbers,
} from './reading/readers.ts';
import type { ScoredRows, Task } from './rows.ts';
import type { Sheet } from './sheet.ts';
import { type TaskHints, taskOf } from './task.ts';
import type { CodedTexts } from './text-column.ts';

/** Names of columns, after the inputs of the same names. */
export interface ColumnNames {
  readonly id: string;
  /** A column, or of several labels `y_*`, columns of 0 and 1 of which each is of the label for which the star stands. */
  readonly label: string;
  /** As of the label. */
  readonly prediction: string;
  /** Of the positive class, or of every class or label; without it, a column `score` is read if there is one. */
  readonly score?: ByName | undefined;
  readonly weight?: string | undefined;
  readonly cluster?: string | undefined;
  readonly timestamp?: string | undefined;
  /** The query of a document, of which ranking has many. */
  readonly query?: string | undefined;
  readonly sensitive: readonly string[];
}

/** What decides how the files are read. */
export interface PredictionOptions
  extends ReadingOptions,
    Omit<TaskHints, 'classes' | 'queries' | 'labelSets'> {
  readonly columns: ColumnNames;
  /** Columns of numbers that metrics read, with what a value of them may be. */
  readonly numbers?: ReadonlyMap<string, ItemRange>;
  /** The size of each model's files. */
  readonly sizeBytes?: Readonly<Partial<Record<'candidate' | 'production' | 'anchor', number>>>;
  /** May a location show the cell's value? */
  readonly showValues: boolean;
}

/** Labelled rows that every model predicted, sound in every field that is read; of ranking, a row is a query. */
export interface JudgedRows {
  readonly n: number;
  readonly task: Task;
  readonly candidate: ScoredRows;
  readonly production?: ScoredRows;
  readonly anchor?: ScoredRows;
  /** The id of a row; of ranking, its query. */
  id(row: number): string;
  /** The candidate's prediction of a row as its file has it; its score if it has no predictions. */
  prediction(row: number): string;
  /** Where the test data have a row; the candidate's file, if the labels stand there. */
  place(row: number): Location;
  /** Groups of rows that depend on each other. */
  readonly clusters?: Clusters;
  /** Texts, length n. */
  readonly timestamps?: readonly string[];
  /** By column of groups and slices; −1 for an empty cell. */
  readonly groups: Readonly<Record<string, CodedTexts>>;
  /** A column of the test data, length n. @throws TypeError without test data or such a column. */
  feature(column: string): readonly (string | null)[];
  /** The SHA-256 of the rows' ids and labels (of all of the test data, if these have them), in whatever order. */
  digest(): string;
  /** Classes that the user has told: `classes`, or what the contract lists. */
  readonly told: readonly string[];
  readonly checks: readonly Check[];
}

/** The columns that are worth reading of each file: all if the names of some are not known beforehand. */
export function wantedColumns(
  { sensitive, score = 'score', ...named }: ColumnNames,
  numbers: Iterable<string> = [],
): readonly string[] | 'all' {
  const scores = typeof score === 'string' ? [score] : Object.values(score);
  const one = Object.values(named).filter((name) => name !== undefined);
  const wanted = [...one, ...scores, ...sensitive, ...numbers];
  return wanted.some((name) => isByName(name)) ? 'all' : wanted;
}

/**
 * Joins the files by id and reads labels, predictions, scores and what else is named. A row with a faulty field
 * is left out and makes the check `predictions.labels` or `predictions.values` fail, with its place.
 *
 * @throws UserError if columns are missing, no id matches or the task is unclear; NothingToJudge or UserError if no sound row is
 * left.
 */
export function readJudged(sheets: Sheets, options: PredictionOptions): JudgedRows {
  const { columns } = options;
  const fields = new JoinedFields(sheets, columns, options.showValues);
  const isUnlabelled = options.numbersOnly === true && !fields.hasColumn(columns.label);
  // If no metric reads a label, none is needed: rows are told apart by their ids.
  const label = isUnlabelled ? fields.ofRow(columns.id, 'id') : labelField(fields, columns.label);
  const weight = fields.ofRow(columns.weight, 'weight');
  const cluster = fields.ofRow(columns.cluster, 'cluster');
  const timestamp = fields.ofRow(columns.timestamp, 'timestamp');
  const query = fields.ofRow(columns.query, 'query');
  const groups = columns.sensitive.map(
    (column) => [column, fields.ofRow(column, 'sensitive or slices')] as const,
  );
  const roles = ROLES.filter((role) => fields.has(role));
  const models = new Map(roles.map((role) => [role, modelFields(fields, role, columns, options)]));
  const first = models.get('candidate');
  for (const role of OTHERS) fields.problems.push(...otherClasses(first?.scores, models.get(role)?.scores));
  if (label !== undefined) fields.problems.push(...labelsRead(label, models));
  if (fields.problems.length > 0 || label === undefined) throw new UserError(fields.problems);

  const task = isUnlabelled
    ? 'classification'
    : taskOf(label.coded.names, {
        ...options,
        classes: options.positiveLabel !== undefined || columns.score !== undefined,
        queries: query !== undefined,
        labelSets: options.labelDelimiter !== undefined || isByName(columns.label),
      });
  if (!isByName(columns.label))
    sameLabels(fields, label, task === 'multilabel' ? setText(options.labelDelimiter) : classText(label));
  const weights = weight && fields.numbers(weight, 'values', (value) => value >= 0, 'is negative');
  if (cluster !== undefined) fields.filled(cluster, 'values');
  if (query !== undefined) fields.filled(query, 'values');
  const ofTask = isUnlabelled ? unlabelled : taskReader(task, fields, label, options);
  const rowsOf = withNumbers(ofTask, fields, options.numbers);
  const readers = [...models].map(
    ([role, model]) => [role, rowsOf(model, options.sizeBytes?.[role])] as const,
  );

  const agreeing = [weight, cluster, ...[...models.values()].flatMap(({ numbers }) => [...numbers.values()])];
  const queries = task === 'ranking' ? queriesIn(fields, query, label, agreeing) : undefined;
  const places = carrying(queries?.firsts ?? fields.sound(), weights);
  const selection = {
    places,
    ...(queries === undefined ? {} : { queries: ofFirsts(queries, places) }),
    ...(weights === undefined ? {} : { weights: pickNumbers(weights, places) }),
  };
  const rows = new Map(readers.map(([role, reader]) => [role, reader(selection)]));
  const candidate = rows.get('candidate');
  if (candidate === undefined) throw new TypeError('there is no candidate');
  const others = OTHERS.flatMap((role) => {
    const found = rows.get(role);
    return found === undefined ? [] : [[role, found] as const];
  });
  const shown = first?.prediction ?? first?.score;
  const [told, own] =
    sheets.test === undefined
      ? [sheets.candidate, fields.joined.rows.candidate]
      : [sheets.test, fields.joined.rows.test];
  const at = (row: number): number => places[row] ?? -1;
  return {
    n: places.length,
    task,
    candidate,
    ...Object.fromEntries(others),
    id: (row) => (queries && query?.cell(at(row))) ?? fields.joined.id(at(row)),
    prediction: (row) => shown?.cell(at(row)) ?? '',
    place: (row) => told.place(own?.[at(row)] ?? 0),
    ...(cluster === undefined ? {} : { clusters: clustersAt(cluster, places) }),
    ...(timestamp === undefined
      ? {}
      : { timestamps: Array.from(places, (place) => timestamp.cell(place) ?? '') }),
    groups: Object.fromEntries(
      groups.flatMap(([column, field]) => (field === undefined ? [] : [[column, codedAt(field, places)]])),
    ),
    feature: (column) => {
      const field = fields.of('test', column);
      if (field === undefined) throw new TypeError(`the test data has no column ${column}`);
      return Array.from(places, (place) => field.cell(place));
    },
    digest: once(() =>
      sheets.test !== undefined && label.sheet === sheets.test && !isByName(columns.label)
        ? digestOfTest(sheets.test, columns)
        : digestOf(fields, label, selection.queries?.places ?? places),
    ),
    told: (options.classes ?? options.moreClasses ?? []).map(valueText),
    checks: fields.checks(),
  };
}

const OTHERS = ['production', 'anchor'] as const;
const ROLES = ['candidate', ...OTHERS] as const;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function codedAt(field: Field, places: Int32Array): CodedTexts {
  const { names, codes } = field.coded;
  return { names, codes: places.map((place) => codes[place]!) };
}

function clustersAt(field: Field, places: Int32Array): Clusters {
  const { codes } = codedAt(field, places);
  const numbers = new Map<number, number>();
  const of = codes.map((code) => {
    const number = numbers.get(code) ?? numbers.size;
    numbers.set(code, number);
    return number;
  });
  return { of, count: numbers.size };
}

/** Hashes of the pairs in their own order, so that files in another order are the same test set. */
function digestOf(fields: JoinedFields, label: Field, places: Int32Array): string {
  const { names, codes } = label.coded;
  const pairs = Array.from(places, (place) =>
    JSON.stringify([fields.joined.id(place), names[codes[place]!] ?? null]),
  );
  return sha256Text(pairs.sort().join('\n'));
}

/** Of all rows of the test data: what a model leaves out makes no new test set. */
function digestOfTest(sheet: Sheet, columns: ColumnNames): string {
  const [ids, labels] = [sheet.column(columns.id), sheet.column(columns.label)];
  const pairs: string[] = [];
  for (let row = 0; row < sheet.n; row++)
    if (ids.has(row) && labels.has(row)) pairs.push(JSON.stringify([ids.text(row), labels.text(row)]));
  return sha256Text(pairs.sort().join('\n'));
}

/** The labels of the test data, or of the predictions if that lacks them. */
function labelField(fields: JoinedFields, named: string): Field | undefined {
  if (!isByName(named)) return fields.ofRow(named, 'label');
  const roles = ['test', ...ROLES] as const;
  const has = (role: (typeof roles)[number]) => fields.startingWith(role, named.slice(0, -1)).length > 0;
  const role = roles.find(has) ?? (fields.has('test') ? 'test' : 'candidate');
  return setOrColumn(fields, role, named, { input: 'label', kind: 'labels', needed: true });
}

/** @throws UserError if no column of queries is named. */
function queriesIn(
  fields: JoinedFields,
  query: Field | undefined,
  label: Field,
  agreeing: readonly (Field | undefined)[],
): DocumentQueries {
  if (query === undefined) {
    const fix = 'with the input query, name the column of the query that a document belongs to';
    throw new UserError({ what: 'ranking needs a column of queries', where: 'input query', fix });
  }
  return queriesOf(
    fields,
    query,
    label,
    agreeing.filter((field) => field !== undefined),
  );
}

/** One text a class or number, as the labels spell it. */
function classText(label: Field): (cell: string) => string {
  const classes = new Classes(label.coded.names);
  return (cell) => classes.names[classes.index(cell)] ?? valueText(cell);
}

/** One text a set of labels, in whatever order they are written. */
function setText(delimiter: string | undefined): (cell: string) => string {
  return (cell) => JSON.stringify(listedLabels(cell, delimiter)?.toSorted() ?? cell);
}

/** Problems if a model's column is that of the labels, which every model would get right. */
function labelsRead(label: Field, models: ReadonlyMap<string, ModelFields>): Problem[] {
  return [...models.values()].flatMap((model) =>
    (['prediction', 'score'] as const)
      .filter((input) => model[input]?.sheet === label.sheet && model[input]?.column === label.column)
      .map((input) => ({
        what: `${JSON.stringify(label.column)} is the column of labels, not of predictions`,
        where: `input ${input} (${label.sheet.file})`,
        fix: 'name the column that the model wrote',
      })),
  );
}

/** Rows without weight say nothing; if none has any, all are kept, and what is judged on them is undefined. */
function carrying(places: Int32Array, weights: Float64Array | undefined): Int32Array {
  const found = weights === undefined ? places : places.filter((place) => weights[place]! > 0);
  return found.length > 0 ? found : places;
}

/** Labels that the other predictions file has too must be the same. */
function sameLabels(fields: JoinedFields, label: Field, key: (cell: string) => string): void {
  if (fields.has('test')) return;
  for (const role of OTHERS) {
    const other = fields.of(role, label.column);
    if (other === undefined || other.sheet === label.sheet) continue;
    const [mine, theirs] = [label.coded, other.coded];
    const [keys, otherKeys] = [mine.names.map(key), theirs.names.map(key)];
    for (let place = 0; place < other.length; place++) {
      const [own, code] = [mine.codes[place]!, theirs.codes[place]!];
      if (own < 0 || code < 0 || keys[own] === otherKeys[code]) continue;
      fields.fault('labels', other, place, `differs from the label in ${label.sheet.file}`);
    }
  }
}
