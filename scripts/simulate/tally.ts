/** How often a candidate that is worse by just the margin passes, by the project's own `compare`. */
import { compareRows } from '../../shared/model/compare.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { isProblem, metricNamed } from '../../shared/model/metrics.ts';
import type { ClassificationRows, RegressionRows, ScoredRows } from '../../shared/model/rows.ts';
import { clustersOf } from '../../shared/stats/clusters.ts';
import { rate } from './text.ts';

export const DRAWS = 400;

export function namedMetric(name: string): Metric {
  const found = metricNamed(name, 'simulation');
  if (isProblem(found)) throw new Error(found.what);
  return found;
}

export interface Pair {
  readonly candidate: ScoredRows;
  readonly production: ScoredRows;
  readonly clusters?: readonly number[];
}

/** Runs that pass at the margin, which is the true loss, and runs that had a lower bound. */
export interface Tally {
  pass: number;
  decided: number;
}

export function tally(runs: number, metric: Metric, margin: number, pair: (run: number) => Pair): Tally {
  const found: Tally = { pass: 0, decided: 0 };
  for (let run = 0; run < runs; run++) {
    const { candidate, production, clusters } = pair(run);
    const sampling = {
      ...{ draws: DRAWS, seed: run },
      ...(clusters === undefined ? {} : { clusters: clustersOf(clusters) }),
    };
    const { check } = compareRows(candidate, production, {
      ...{ metric, sampling, alpha: 0.05, binding: 'bound' },
      margin: { kind: 'absolute', value: margin },
    });
    if (check.status === 'pass' || check.status === 'warn') found.pass += 1;
    if (check.evidence?.interval?.[0] != null) found.decided += 1;
  }
  return found;
}

/** Runs that passed; in brackets those that had a bound, unless all had one; a dash if none had. */
export function cellOf({ pass, decided }: Tally, runs: number): string {
  if (decided === 0) return '–';
  return decided === runs ? rate(pass, runs) : `${rate(pass, runs)} [${rate(decided, runs)}]`;
}

/** A cell that shows more than is allowed goes on for twice as many runs more, so that chance is told from fault. */
export function settledCell(
  runs: number,
  metric: Metric,
  margin: number,
  pair: (run: number) => Pair,
): string {
  const first = tally(runs, metric, margin, pair);
  if (first.pass <= 0.05 * runs) return cellOf(first, runs);
  const more = tally(2 * runs, metric, margin, (run) => pair(runs + run));
  return cellOf({ ...first, pass: first.pass + more.pass, decided: first.decided + more.decided }, 3 * runs);
}

/** Predictions of zeros, so that a prediction is its own error. */
export const errors = (predicted: Float64Array): RegressionRows => ({
  ...{ task: 'regression', n: predicted.length, truth: new Float64Array(predicted.length), predicted },
});

/** Scores of the class 1. */
export const classified = (truth: Int32Array, scores: Float64Array): ClassificationRows => ({
  ...{ task: 'classification', n: truth.length, classes: ['0', '1'], truth, positive: 1, scores },
});
