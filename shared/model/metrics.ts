import type { Margin } from '../inputs/kinds.ts';
import { nearest } from '../problem/nearest.ts';
import type { Problem } from '../problem/problem.ts';
import { CONFUSION_METRICS } from './confusion.ts';
import type { Metric, Need } from './metric.ts';
import { REGRESSION_METRICS } from './regression.ts';
import type { ScoredRows, Task } from './rows.ts';
import { SCORE_METRICS } from './scores.ts';

/** Every metric, by task. A metric is only ever given rows of its own task, which `unmetNeed` sees to. */
export const METRICS: Readonly<Record<Task, readonly Metric[]>> = {
  classification: [...CONFUSION_METRICS, ...SCORE_METRICS] as readonly Metric[],
  regression: REGRESSION_METRICS as readonly Metric[],
};

const ALL: readonly Metric[] = [...METRICS.classification, ...METRICS.regression];

/** The metric of that name, or the problem that there is none, with the nearest name. */
export function metricNamed(name: string, where: string): Metric | Problem {
  const found = ALL.find((metric) => metric.name === name);
  if (found !== undefined) return found;
  const names = ALL.map((metric) => metric.name);
  const near = nearest(name, names);
  return {
    what: `there is no metric named ${JSON.stringify(name)}`,
    where,
    mend:
      near === undefined
        ? `use one of: ${names.join(', ')}`
        : `did you mean ${near}? (known: ${names.join(', ')})`,
  };
}

export function isProblem(found: Metric | Problem): found is Problem {
  return 'what' in found;
}

const MENDS: Readonly<Record<Need, string>> = {
  prediction: 'a column of predictions (input prediction)',
  score: 'a column of scores of the positive class (input score)',
  probability: 'scores that are probabilities, from 0 to 1 (input score)',
  positive: 'the positive class (input positive-label)',
};

/** Does the metric read scores as probabilities? */
export function needsProbability(metric: Metric): boolean {
  return metric.needs.includes('probability');
}

/** What the rows lack for the metric ("it needs …"), or undefined where nothing. */
export function unmetNeed(metric: Metric, rows: ScoredRows): string | undefined {
  if (metric.task !== rows.task) return `rows of ${metric.task}, and these are of ${rows.task}`;
  const lacking = metric.needs.find((need) => !meets(rows, need));
  return lacking === undefined ? undefined : MENDS[lacking];
}

function meets(rows: ScoredRows, need: Need): boolean {
  if (rows.task === 'regression') return need === 'prediction';
  if (need === 'prediction') return rows.predicted !== undefined;
  if (need === 'positive') return rows.positive !== undefined;
  if (need === 'score') return rows.scores !== undefined;
  return rows.scores?.every((score) => score >= 0 && score <= 1) ?? false;
}

/** The value of every metric that the rows allow and that is defined on them, by name. */
export function measure(rows: ScoredRows): Record<string, number> {
  const values = METRICS[rows.task]
    .filter((metric) => unmetNeed(metric, rows) === undefined)
    .map((metric) => [metric.name, metric.evaluator(rows)()] as const);
  return Object.fromEntries(values.filter(([, value]) => Number.isFinite(value)));
}

/** Why the margin cannot be one of the metric, or undefined where it can. */
export function marginProblem({ name, binary }: Metric, margin: Margin): Problem | undefined {
  if (binary !== true) return undefined;
  const where = 'input margin';
  if (margin.kind === 'relative') {
    return {
      what: `a relative margin of ${name} cannot be judged yet: its test, of the ratio of two paired shares, comes in a later version`,
      where,
      mend: `give it in the unit of ${name}, such as ${margin.value}`,
    };
  }
  if (margin.value < 1) return undefined;
  const what = `${margin.value} would allow any loss of ${name}, which lies between 0 and 1`;
  return { what, where, mend: 'give it as a share, such as 0.01 for one point' };
}
