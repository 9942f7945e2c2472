import { limitProblem } from '../model/conditions/possible.ts';
import { rangeOf } from '../model/metrics/ranges.ts';
import { suggestion } from '../problem/nearest.ts';
import { UserError } from '../problem/problem.ts';
import { isJudgeable, LARGEST, TOO_LARGE } from '../stats/magnitude.ts';

/** Metrics that are means of one loss, or gain, a row, after a last step that keeps the order (the root of `rmse`). */
export const REQUIREMENT_METRICS = ['mae', 'mse', 'rmse', 'accuracy', 'log_loss', 'brier'] as const;
export type RequirementMetric = (typeof REQUIREMENT_METRICS)[number];

/** What performance must reach at least, such as `mae <= 60`. */
export interface Requirement {
  readonly metric: RequirementMetric;
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly threshold: number;
  /** As the user wrote it, with single spaces. */
  readonly text: string;
}

/** Known metrics whose value is not a mean over rows, so that the bounds used here do not hold for them. */
const OTHER_METRICS = [
  'balanced_accuracy',
  'matthews_corrcoef',
  'f1',
  'f1_macro',
  'precision',
  'recall',
  'roc_auc',
  'average_precision',
  'r2',
  'median_absolute_error',
];

/** Is a larger value of the metric the better one? */
export function largerIsBetter(metric: RequirementMetric): boolean {
  return metric === 'accuracy';
}

/** Does the metric judge scores, in [0, 1], of labels 0 and 1? */
export function judgesScores(metric: RequirementMetric): boolean {
  return metric === 'log_loss' || metric === 'brier';
}

/**
 * Reads `METRIC OPERATOR NUMBER`.
 *
 * @throws UserError if it is none, if the metric is not a mean over rows, or if the comparison points the wrong way.
 */
export function parseRequirement(text: string, input: string): Requirement {
  const where = `input ${input}`;
  const match =
    /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(<=|>=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$/.exec(text);
  if (match === null) {
    const fix = 'write METRIC OPERATOR NUMBER, such as mae <= 60 or accuracy >= 0.8';
    throw new UserError({ what: `${JSON.stringify(text)} is not a requirement`, where, fix });
  }
  const metric = knownMetric(match[1] ?? '', where);
  const operator = match[2] as Requirement['operator'];
  const threshold = Number(match[3]);
  if (operator.startsWith('>') !== largerIsBetter(metric)) {
    const turned = largerIsBetter(metric) ? operator.replace('<', '>') : operator.replace('>', '<');
    const better = largerIsBetter(metric) ? 'larger' : 'smaller';
    throw new UserError({
      what: `${metric} is better when it is ${better}, so ${operator} asks for a bad model`,
      where,
      fix: `write ${metric} ${turned} ${match[3]}`,
    });
  }
  const requirement = { metric, operator, threshold, text: `${metric} ${operator} ${match[3]}` };
  const problem = isJudgeable(threshold)
    ? limitProblem(metric, requirement, rangeOf({ name: metric }))
    : { what: `${match[3]} ${TOO_LARGE}`, fix: `write a number of at most ${LARGEST}` };
  if (problem !== undefined) throw new UserError({ ...problem, where });
  return requirement;
}

function knownMetric(name: string, where: string): RequirementMetric {
  const found = REQUIREMENT_METRICS.find((metric) => metric === name);
  if (found !== undefined) return found;
  if (OTHER_METRICS.includes(name)) {
    throw new UserError({
      what: `${name} is not a mean of one loss for each row, so ml-loop has no bound for it here`,
      where,
      fix: `use one of: ${REQUIREMENT_METRICS.join(', ')}`,
    });
  }
  throw new UserError({
    what: `there is no metric ${name}`,
    where,
    fix: suggestion(name, REQUIREMENT_METRICS),
  });
}

/** Does a value of the metric meet the requirement? */
export function meetsRequirement({ operator, threshold }: Requirement, value: number): boolean {
  switch (operator) {
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
  }
}
