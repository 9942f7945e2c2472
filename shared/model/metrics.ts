import type { Margin } from '../inputs/kinds.ts';
import type { Problem } from '../problem/problem.ts';
import type { ItemRange, Metric, Need } from './metric.ts';
import { NAMED_METRICS } from './metrics/names.ts';
import { SUM_TOLERANCE } from './metrics/probabilities.ts';
import { marginWithin, rangeOf } from './metrics/ranges.ts';
import type { ClassificationRows, RankingRows, ScoredRows, Task } from './rows.ts';

export { isProblem, metricNamed, metricOf } from './metrics/names.ts';

const ofTask = (task: Task) => NAMED_METRICS.filter(({ tasks }) => tasks.includes(task));

/** The metrics that are measured unasked, by task. A metric is only ever given rows that `unmetNeed` allows. */
export const METRICS: Readonly<Record<Task, readonly Metric[]>> = {
  // Of single labels, micro averages are the accuracy, or cost a sort of n × k scores.
  classification: ofTask('classification').filter(({ name }) => !name.endsWith('_micro')),
  regression: ofTask('regression'),
  multilabel: ofTask('multilabel'),
  ranking: ofTask('ranking'),
};

const MENDS: Readonly<Record<Exclude<Need, `column:${string}`>, string>> = {
  prediction: 'a column of predictions (input prediction)',
  score: 'a column of scores of the positive class (input score)',
  probability:
    'probabilities from 0 to 1: of the positive class (inputs score, positive-label), or of every class, which then sum to 1',
  positive: 'the positive class (input positive-label)',
  'class-scores': 'a column of scores for every class (input score)',
  'ordered-classes': 'classes that are numbers, because only numbers have a known order',
  size: 'the model’s files (input model)',
};

/** Does the metric read scores as probabilities? */
export function needsProbability(metric: Metric): boolean {
  return metric.needs.includes('probability');
}

/** The columns that the metrics read beside labels, predictions and scores, with what a value of them may be. */
export function numberColumns(metrics: readonly Metric[]): ReadonlyMap<string, ItemRange> {
  const found = new Map<string, ItemRange>();
  for (const { needs, range = [-Infinity, Infinity] } of metrics) {
    for (const column of needs.flatMap((need) => columnOf(need) ?? [])) {
      const [low, high] = found.get(column) ?? range;
      found.set(column, [Math.max(low, range[0]), Math.min(high, range[1])]);
    }
  }
  return found;
}

function columnOf(need: Need): string | undefined {
  return need.startsWith('column:') ? need.slice('column:'.length) : undefined;
}

/** What the rows lack for the metric ("it needs …"), or undefined if nothing. */
export function unmetNeed(metric: Metric, rows: ScoredRows): string | undefined {
  if (!metric.tasks.includes(rows.task))
    return `rows of ${metric.tasks.join(' or ')}, and these are of ${rows.task}`;
  const lacking = metric.needs.find((need) => !meets(rows, need));
  if (lacking === undefined) return undefined;
  const column = columnOf(lacking);
  return column === undefined
    ? MENDS[lacking as keyof typeof MENDS]
    : `a column ${JSON.stringify(column)} in the predictions`;
}

function meets(rows: ScoredRows, need: Need): boolean {
  const column = columnOf(need);
  if (column !== undefined) return rows.columns !== undefined && Object.hasOwn(rows.columns, column);
  if (need === 'size') return rows.sizeBytes !== undefined;
  if (rows.task === 'ranking') return need === 'score';
  if (need === 'prediction') return rows.predicted !== undefined;
  if (rows.task === 'regression') return false;
  if (rows.task === 'multilabel') return need === 'class-scores' && rows.scores !== undefined;
  if (need === 'positive') return rows.positive !== undefined;
  if (need === 'score') return rows.scores !== undefined;
  if (need === 'ordered-classes') return rows.classes.every((name) => Number.isFinite(Number(name)));
  if (need === 'class-scores') return rows.classScores !== undefined;
  return hasProbabilities(rows);
}

const probable = new WeakMap<ClassificationRows, boolean>();

/** Are the scores of these rows, of every one, probabilities? Of a part of some rows ask the whole. */
export function hasProbabilities(rows: ClassificationRows): boolean {
  const found = probable.get(rows) ?? areProbabilities(rows);
  probable.set(rows, found);
  return found;
}

function areProbabilities({ n, classScores, scores, positive }: ClassificationRows): boolean {
  const inUnit = (score: number) => score >= 0 && score <= 1;
  if (classScores === undefined) return positive !== undefined && (scores?.every(inUnit) ?? false);
  const sums = new Float64Array(n);
  for (let at = 0; at < classScores.length; )
    for (let i = 0; i < n; i += 1, at += 1) sums[i]! += classScores[at]!;
  return classScores.every(inUnit) && sums.every((total) => Math.abs(total - 1) <= SUM_TOLERANCE);
}

/** The value of every metric that the rows allow and that is defined on them, by name. */
export function measureMetrics(rows: ScoredRows): Record<string, number> {
  const values = METRICS[rows.task]
    .filter((metric) => unmetNeed(metric, rows) === undefined)
    .map((metric) => [metric.name, metric.evaluator(rows)()] as const);
  return Object.fromEntries(values.filter(([, value]) => Number.isFinite(value)));
}

/** Rows of two models on which what the metric reads is not the same. */
export function differingRows(metric: Metric, ours: ScoredRows, theirs: ScoredRows): number {
  if (ours.task === 'ranking' && theirs.task === 'ranking' && metric.needs.includes('score'))
    return differingQueries(ours, theirs);
  const [mine, others] = [readBy(metric, ours), readBy(metric, theirs)];
  const marks = new Uint8Array(ours.n);
  mine.forEach((values, at) => {
    for (let place = 0; place < values.length; place += 1)
      if (values[place] !== others[at]?.[place]) marks[place % ours.n] = 1;
  });
  let count = 0;
  for (const mark of marks) count += mark;
  return count;
}

function readBy({ needs }: Metric, rows: ScoredRows): readonly ArrayLike<number>[] {
  const read = needs.map((need): ArrayLike<number> | undefined => {
    const column = columnOf(need);
    if (column !== undefined) return rows.columns?.[column];
    if (need === 'prediction') return rows.task === 'ranking' ? undefined : rows.predicted;
    if (rows.task === 'classification' && need !== 'score') return rows.classScores ?? rows.scores;
    return rows.task === 'classification' || rows.task === 'multilabel' ? rows.scores : undefined;
  });
  return read.filter((values) => values !== undefined);
}

function differingQueries(ours: RankingRows, theirs: RankingRows): number {
  let count = 0;
  for (let query = 0; query < ours.n; query += 1) {
    const of = ({ offsets, scores }: RankingRows) => scores.subarray(offsets[query], offsets[query + 1]);
    const [mine, others] = [of(ours), of(theirs)];
    if (mine.length !== others.length || mine.some((score, at) => score !== others[at])) count += 1;
  }
  return count;
}

/** Why the margin cannot be one of the metric, or undefined if it can. */
export function marginProblem(metric: Metric, margin: Margin, where: string): Problem | undefined {
  const problem = marginWithin(metric.name, rangeOf(metric), margin, metric.better);
  return problem === undefined ? undefined : { ...problem, where };
}
