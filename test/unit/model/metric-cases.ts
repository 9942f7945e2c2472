/** The oracle's cases as rows. */
import { readFileSync } from 'node:fs';
import type { Metric } from '../../../shared/model/metric.ts';
import { metricNamed } from '../../../shared/model/metrics/names.ts';
import { isProblem } from '../../../shared/model/metrics.ts';
import { type ScoredRows, subset, type Task } from '../../../shared/model/rows.ts';

interface OracleCase {
  readonly name: string;
  readonly task: Task;
  readonly truth?: readonly (string | number)[];
  readonly predicted?: readonly (string | number)[];
  readonly scores?: readonly number[];
  readonly positive?: string;
  readonly weights?: readonly number[];
  /** A row's scores by class or label. */
  readonly matrix?: readonly (readonly number[])[];
  /** Of several labels: 1 if the row has it, and if it is predicted. */
  readonly labels?: readonly (readonly number[])[];
  readonly guesses?: readonly (readonly number[])[];
  /** Relevance and scores of each query's documents. */
  readonly queries?: readonly (readonly [readonly number[], readonly number[]])[];
  readonly generated?: { readonly n: number; readonly seed: number; readonly weighted?: boolean };
  readonly metrics: Readonly<Record<string, number | null>>;
}

export const CASES = (
  JSON.parse(readFileSync('test/fixtures/metrics-oracle.json', 'utf8')) as { cases: OracleCase[] }
).cases;

export function metric(name: string): Metric {
  const found = metricNamed(name, 'test');
  if (isProblem(found)) throw new TypeError(found.what);
  return found;
}

/** Values by column, one column after the other. */
function byColumn(matrix: readonly (readonly number[])[]): number[] {
  return (matrix[0] ?? []).flatMap((_, j) => matrix.map((row) => row[j]!));
}

/** The rows that the oracle made by the same generator. */
function generated({ n, seed, weighted = false }: NonNullable<OracleCase['generated']>): ScoredRows {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const [truth, predicted] = [new Int32Array(n), new Int32Array(n)];
  const [scores, weights] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i += 1) {
    truth[i] = uniform() < 0.3 ? 1 : 0;
    scores[i] = Math.floor((uniform() * 0.7 + 0.3 * truth[i]!) * 1000) / 1000;
    weights[i] = Math.floor(uniform() * 4);
    predicted[i] = scores[i]! > 0.5 ? 1 : 0;
  }
  const given = { task: 'classification', n, classes: ['0', '1'], positive: 1 } as const;
  return { ...given, truth, predicted, scores, ...(weighted ? { weights } : {}) };
}

export function rowsOf(given: OracleCase): ScoredRows {
  if (given.generated !== undefined) return generated(given.generated);
  const weights = given.weights === undefined ? {} : { weights: Float64Array.from(given.weights) };
  if (given.task === 'ranking') {
    const queries = given.queries ?? [];
    const ends = queries.map((_, i) =>
      queries.slice(0, i + 1).reduce((total, [relevance]) => total + relevance.length, 0),
    );
    return {
      task: 'ranking',
      n: queries.length,
      offsets: Int32Array.of(0, ...ends),
      relevance: Float64Array.from(queries.flatMap(([relevance]) => relevance)),
      scores: Float64Array.from(queries.flatMap(([, scores]) => scores)),
      ...weights,
    };
  }
  if (given.task === 'multilabel') {
    const labels = given.labels ?? [];
    return {
      task: 'multilabel',
      n: labels.length,
      labels: (labels[0] ?? []).map((_, j) => `label ${j}`),
      truth: Uint8Array.from(byColumn(labels)),
      predicted: Uint8Array.from(byColumn(given.guesses ?? [])),
      scores: Float64Array.from(byColumn(given.matrix ?? [])),
      ...weights,
    };
  }
  const { truth = [], predicted = [] } = given;
  if (given.task === 'regression') {
    const numbers = (values: readonly (string | number)[]) => Float64Array.from(values, Number);
    const rows = { truth: numbers(truth), predicted: numbers(predicted) };
    return { task: 'regression', n: truth.length, ...rows, ...weights };
  }
  const classes = [...new Set([...truth, ...predicted].map(String))].sort();
  // Classes that have scores count as known even if no row has them, and so does the positive one.
  const k = given.matrix?.[0]?.length ?? 0;
  if (k > classes.length) classes.splice(0, Infinity, ...Array.from({ length: k }, (_, j) => `class ${j}`));
  if (given.positive !== undefined && !classes.includes(given.positive)) classes.push(given.positive);
  const indices = (values: readonly (string | number)[]) =>
    Int32Array.from(values, (value) => classes.indexOf(String(value)));
  return {
    task: 'classification',
    n: truth.length,
    classes,
    truth: indices(truth),
    predicted: indices(predicted),
    ...(given.positive === undefined ? {} : { positive: classes.indexOf(given.positive) }),
    ...(given.scores === undefined ? {} : { scores: Float64Array.from(given.scores) }),
    ...(given.matrix === undefined ? {} : { classScores: Float64Array.from(byColumn(given.matrix)) }),
    ...weights,
  };
}

/** Row i as often as `counts[i]` says. */
export function repeated(rows: ScoredRows, counts: ArrayLike<number>): ScoredRows {
  const places = Array.from(counts).flatMap((count, i) => new Array<number>(count).fill(i));
  return subset(rows, places);
}
