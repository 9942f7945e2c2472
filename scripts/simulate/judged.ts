/** Rows in memory as validate-model has them after reading its files. */
import type { Judged } from '../../shared/model/predictions.ts';
import type { ScoredRows } from '../../shared/model/rows.ts';
import { sha256Text } from '../../shared/verdict/digest.ts';

/** @param run tells the resamples of one run from those of another, as the test set's digest does. */
export function judgedOf(
  candidate: ScoredRows,
  production: ScoredRows,
  run: number,
  clusters?: readonly string[],
): Judged {
  return {
    n: candidate.n,
    task: candidate.task,
    ids: [],
    candidate,
    production,
    predictions: [],
    ...(clusters === undefined ? {} : { clusters }),
    groups: {},
    feature: () => [],
    digest: () => sha256Text(`run ${run}`),
    checks: [],
  };
}

/** Predictions of zeros, so that a prediction is its own error. */
export function errorsOf(predicted: Float64Array): ScoredRows {
  return { task: 'regression', n: predicted.length, truth: new Float64Array(predicted.length), predicted };
}
