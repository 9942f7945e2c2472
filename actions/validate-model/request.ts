import type { Margin } from '../../shared/inputs/kinds.ts';
import { parseConditions } from '../../shared/model/conditions.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { isProblem, marginProblem, metricNamed, needsProbability } from '../../shared/model/metrics.ts';
import { isMetricsFile } from '../../shared/model/metricsfile.ts';
import { predictProblems } from '../../shared/model/predict.ts';
import type { Threshold } from '../../shared/model/thresholds.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import type { Inputs } from './inputs.ts';

/** How the evidence comes: predictions by the action itself, predictions of the user's, or aggregate numbers. */
export type Origin = 'predict' | 'predictions' | 'metrics-files';

/**
 * The origin of the evidence, once the inputs fit together.
 *
 * @throws UserError with all problems: inputs that exclude or need each other.
 */
export function originOf(inputs: Inputs): Origin {
  const compares = inputs.production !== undefined || inputs['production-model'] !== undefined;
  const problems = [
    ...originProblems(inputs),
    ...fairnessProblems(inputs),
    ...(compares ? comparisonProblems(inputs) : []),
  ];
  if (problems.length > 0) throw new UserError(problems);
  if (inputs.predict !== undefined) return 'predict';
  return inputs.candidate !== undefined && isMetricsFile(inputs.candidate) ? 'metrics-files' : 'predictions';
}

function originProblems(inputs: Inputs): Problem[] {
  const { predict, candidate, production, model, timestamp } = inputs;
  const problems: Problem[] = [];
  const add = (name: string, what: string, mend?: string) =>
    problems.push({ what, where: `input ${name}`, ...(mend === undefined ? {} : { mend }) });
  if (predict === undefined) {
    if (candidate === undefined)
      add(
        'candidate',
        'is required without predict',
        'give the candidate’s predictions, or a command that makes them',
      );
    if (inputs['production-model'] !== undefined)
      add('production-model', 'is read only with predict', 'give production’s predictions as production');
    if (isMixed(candidate, production))
      add(
        'production',
        'is of another form than candidate',
        'give two metrics files, or predictions of both',
      );
  } else {
    if (predict.length === 0) add('predict', 'is empty');
    else problems.push(...predictProblems(predict));
    if (candidate !== undefined)
      add('candidate', 'cannot be combined with predict, which makes the predictions');
    if (production !== undefined)
      add('production', 'cannot be combined with predict', 'give production-model, or a registry');
    if (inputs['test-data'] === undefined) add('test-data', 'is required with predict');
    if (model?.length !== 1)
      add('model', 'must be one folder or file with predict', 'put the model’s files into one folder');
  }
  if (inputs['judged-rows'] > 0 && inputs['test-data'] === undefined)
    add('judged-rows', 'needs test-data, which has the features');
  if (inputs['trained-until'] !== undefined && timestamp === undefined)
    add('timestamp', 'is required with trained-until', 'name the column with the time of a row');
  return problems;
}

function isMixed(candidate: string | undefined, production: string | undefined): boolean {
  return (
    candidate !== undefined &&
    production !== undefined &&
    isMetricsFile(candidate) !== isMetricsFile(production)
  );
}

function fairnessProblems(inputs: Inputs): Problem[] {
  if (inputs['max-group-difference'] === undefined) return [];
  if (inputs.sensitive === undefined) {
    return [
      {
        what: 'needs the columns of the groups',
        where: 'input max-group-difference',
        mend: 'name them with sensitive',
      },
    ];
  }
  return (['weight', 'cluster'] as const)
    .filter((name) => inputs[name] !== undefined)
    .map((name) => ({
      what: `groups cannot be judged with ${name} yet`,
      where: 'input max-group-difference',
      mend: 'leave one of them out',
    }));
}

/** There is no default margin, and none of the metric that it is about. */
function comparisonProblems({ metric, margin }: Inputs): Problem[] {
  const what = 'is required for a comparison with production';
  return [
    ...(metric === undefined
      ? [{ what, where: 'input metric', mend: 'say what is compared, such as accuracy or mae' }]
      : []),
    ...(margin === undefined
      ? [
          {
            what,
            where: 'input margin',
            mend: 'say which loss of the metric does not matter, such as 0.01 or 2%',
          },
        ]
      : []),
  ];
}

/** The metric and margin of a comparison. @throws UserError where one is missing. */
export function comparisonOf(inputs: Inputs): { metric: string; margin: Margin } {
  const { metric, margin } = inputs;
  if (metric === undefined || margin === undefined) throw new UserError(comparisonProblems(inputs));
  return { metric, margin };
}

/** The metrics that are named, found by name. */
export interface NamedMetrics {
  readonly metric?: Metric;
  readonly thresholds: readonly Threshold[];
  readonly all: readonly Metric[];
  /** Does one of them read scores as probabilities? */
  readonly probabilities: boolean;
}

/** @throws UserError with all problems: unknown metrics, conditions that cannot be read. */
export function namedMetrics(inputs: Inputs): NamedMetrics {
  const problems: Problem[] = [];
  const find = (name: string, where: string): Metric[] => {
    const found = metricNamed(name, where);
    if (!isProblem(found)) return [found];
    problems.push(found);
    return [];
  };
  const [metric] = inputs.metric === undefined ? [] : find(inputs.metric, 'input metric');
  const thresholds = parseConditions(inputs.conditions ?? []).flatMap((condition, i) =>
    find(condition.metric, `input conditions, item ${i + 1}`).map((known) => ({ condition, metric: known })),
  );
  const { margin } = inputs;
  const wrong = metric === undefined || margin === undefined ? undefined : marginProblem(metric, margin);
  if (wrong !== undefined) problems.push(wrong);
  if (problems.length > 0) throw new UserError(problems);
  const all = [...(metric === undefined ? [] : [metric]), ...thresholds.map((threshold) => threshold.metric)];
  return {
    ...(metric === undefined ? {} : { metric }),
    thresholds,
    all,
    probabilities: all.some(needsProbability),
  };
}
