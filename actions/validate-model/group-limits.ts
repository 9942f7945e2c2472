/** Limits of differences between groups: which of them the rows can be judged by, and the loss that they are about. */
import { hasRates } from '../../shared/model/fairness/rates.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { asShare } from '../../shared/model/metrics/ranges.ts';
import { meanAbsoluteError } from '../../shared/model/metrics/regression.ts';
import type { JudgedRows } from '../../shared/model/predictions.ts';
import type { ScoredRows } from '../../shared/model/rows.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import type { Inputs } from './inputs.ts';

export const GROUP_LIMITS = ['max-group-difference', 'min-group-ratio', 'max-group-change'] as const;

export function groupLimits(inputs: Inputs) {
  return {
    difference: inputs['group-difference'],
    maxDifference: inputs['max-group-difference'],
    ratio: inputs['group-ratio'],
    minRatio: inputs['min-group-ratio'],
    maxChange: inputs['max-group-change'],
  };
}

/** The loss by which groups are compared, if it is judged and the task is regression. */
export function groupLosses(inputs: Inputs): readonly Metric[] {
  return inputs['max-group-difference'] === undefined ? [] : [meanAbsoluteError];
}

/** The same with the limit of a loss that the inputs state, which is among the metrics then. */
export function groupLoss(metrics: ReadonlyMap<string, Metric>): Metric {
  return metrics.get(meanAbsoluteError.name) ?? meanAbsoluteError;
}

/** Limits of groups' rates, which are shares, must be ones that a model can meet and can miss. */
export function refuseIdle(inputs: Inputs, { candidate }: JudgedRows): void {
  // Groups of predicted numbers are compared by their errors, which have no largest one.
  const problems = candidate.task === 'regression' ? [] : idleLimits(inputs);
  problems.push(...unjudgedLimits(inputs, candidate));
  if (problems.length > 0) throw new UserError(problems);
}

/** Limits that nothing would be judged by must not look as if they held. */
function unjudgedLimits(inputs: Inputs, rows: ScoredRows): Problem[] {
  const { task } = rows;
  const names = GROUP_LIMITS.filter((name) => inputs[name] !== undefined);
  if (task === 'regression')
    return names
      .filter((name) => name !== 'max-group-difference')
      .map((name) => ({
        what: 'is for rates of classes, and the task is regression',
        where: `input ${name}`,
        fix: 'give max-group-difference, which of regression is about mean absolute errors',
      }));
  if (hasRates(rows)) return [];
  const lacking =
    task === 'classification' ? 'the file of predictions has scores only' : `the task is ${task}`;
  const fix =
    task === 'classification' ? 'write the predicted classes as well (input prediction)' : 'leave it out';
  return names.map((name) => ({
    what: `needs predicted classes, and ${lacking}`,
    where: `input ${name}`,
    fix,
  }));
}

function idleLimits(inputs: Inputs): Problem[] {
  const problems: Problem[] = (['max-group-difference', 'max-group-change'] as const)
    .filter((name) => (inputs[name] ?? 0) >= 1)
    .map((name) => ({
      what: `${inputs[name]} cannot be exceeded, because rates of groups are between 0 and 1`,
      where: `input ${name}`,
      fix: asShare(inputs[name] ?? 0, [0, 1]) ?? 'give a share below 1, such as 0.1',
    }));
  const ratio = inputs['min-group-ratio'];
  if (ratio === 0)
    problems.push({
      what: '0 cannot be missed, because no ratio is smaller',
      where: 'input min-group-ratio',
      fix: 'give a ratio above 0, such as 0.8',
    });
  return problems;
}
