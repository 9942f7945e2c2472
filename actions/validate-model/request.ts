import type { Margin } from '../../shared/inputs/kinds.ts';
import { isMetricsFile } from '../../shared/model/aggregate/file.ts';
import { type Condition, clausesOf } from '../../shared/model/conditions/expression.ts';
import { parseConditions } from '../../shared/model/conditions/parse.ts';
import { impossibleConditions } from '../../shared/model/conditions/possible.ts';
import { type LossTerms, limitLosses, lossProblems } from '../../shared/model/loss-limits.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { columnMetric } from '../../shared/model/metrics/columns.ts';
import { rangeOf } from '../../shared/model/metrics/ranges.ts';
import { isProblem, marginProblem, metricNamed } from '../../shared/model/metrics.ts';
import { predictProblems } from '../../shared/model/predict.ts';
import type { JudgedRows } from '../../shared/model/predictions.ts';
import { parseSlices, type SliceSpec } from '../../shared/model/slices.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import { NO_PRODUCTION } from './baseline.ts';
import { GROUP_LIMITS, groupLosses } from './group-limits.ts';
import type { Inputs } from './inputs.ts';

/** How the evidence comes: predictions by the action itself, predictions of the user's, or aggregate numbers. */
export type EvidenceOrigin = 'predict' | 'predictions' | 'metrics-files';

/**
 * The origin of the evidence, once the inputs fit together.
 *
 * @throws UserError with all problems: inputs that exclude or need each other.
 */
export function originOf(inputs: Inputs): EvidenceOrigin {
  const compares =
    inputs.production !== undefined || ![undefined, NO_PRODUCTION].includes(inputs['production-model']);
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
  const add = (name: string, what: string, fix?: string) =>
    problems.push({ what, where: `input ${name}`, ...(fix === undefined ? {} : { fix }) });
  if (predict === undefined) {
    if (candidate === undefined)
      add(
        'candidate',
        'is required without predict',
        'give the candidate’s predictions, or a command that makes them',
      );
    const model = inputs['production-model'];
    if (model === NO_PRODUCTION && production !== undefined)
      add('production', `contradicts production-model: ${NO_PRODUCTION}`, 'leave out one of them');
    if (model !== undefined && model !== NO_PRODUCTION && production === undefined)
      add('production', 'is required with production-model', 'give that model’s predictions, or predict');
    if (isMixed(candidate, production))
      add(
        'production',
        'does not have the same form as candidate',
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
  if (inputs['metric-command'] !== undefined)
    problems.push(...predictProblems(inputs['metric-command'], 'metric-command'));
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
  const given = GROUP_LIMITS.filter((name) => inputs[name] !== undefined);
  return given.flatMap((name): Problem[] => {
    const where = `input ${name}`;
    if (inputs.sensitive === undefined)
      return [{ what: 'needs the columns of the groups', where, fix: 'name them with sensitive' }];
    return (['weight', 'cluster'] as const)
      .filter((other) => inputs[other] !== undefined)
      .map((other) => ({
        what: `groups cannot be judged with ${other}`,
        where,
        fix: 'leave out one of them',
      }));
  });
}

/** There is no default margin, and none of the metric that it is about. */
function comparisonProblems({ metric, margin }: Inputs): Problem[] {
  const what = 'is required for a comparison with production';
  return [
    ...(metric === undefined
      ? [{ what, where: 'input metric', fix: 'name what to compare, such as accuracy or mae' }]
      : []),
    ...(margin === undefined
      ? [
          {
            what,
            where: 'input margin',
            fix: 'give the largest loss of the metric that does not matter, such as 0.01 or 2%',
          },
        ]
      : []),
  ];
}

/** The metric and margin of a comparison. @throws UserError if one is missing. */
export function comparisonOf(inputs: Inputs): { metric: string; margin: Margin } {
  const { metric, margin } = inputs;
  if (metric === undefined || margin === undefined) throw new UserError(comparisonProblems(inputs));
  return { metric, margin };
}

/** A metric in which the candidate must not be worse than its baselines, with its margin. */
export interface GuardedMetric {
  readonly metric: Metric;
  readonly margin: Margin;
}

/** What is asked of the candidate, with every metric found by its name. */
export interface CandidateTerms {
  /** What `metric` and `margin` are about. */
  readonly primary?: GuardedMetric;
  /** Further metrics that must not be worse. */
  readonly others: readonly GuardedMetric[];
  readonly conditions: readonly Condition[];
  readonly slices: readonly SliceSpec[];
  /** Columns, or combinations of them, whose groups are to be treated alike. */
  readonly sensitive: readonly SliceSpec[];
  readonly metrics: ReadonlyMap<string, Metric>;
}

/** @throws UserError with all problems: unknown metrics, conditions and slices that cannot be read, margins without sense. */
export function askedOf(inputs: Inputs): CandidateTerms {
  const problems: Problem[] = [];
  const tried = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return otherwise;
    }
  };
  const metrics = new Map<string, Metric>();
  const find = (name: string, where: string): Metric | undefined => {
    const found = metrics.get(name) ?? metricOf(name, inputs, where);
    if (!isProblem(found)) {
      metrics.set(name, found);
      return found;
    }
    problems.push(found);
    return undefined;
  };
  const guarded = (name: string, margin: Margin, where: string): GuardedMetric[] => {
    const metric = find(name, where);
    const wrong = metric && marginProblem(metric, margin, where);
    if (wrong !== undefined) problems.push(wrong);
    return metric === undefined ? [] : [{ metric, margin }];
  };
  const { metric, margin } = inputs;
  const named = metric === undefined ? undefined : find(metric, 'input metric');
  const [primary] =
    named === undefined || margin === undefined ? [] : guarded(named.name, margin, 'input margin');
  const others = Object.entries(inputs.margins ?? {}).flatMap(([name, each]) =>
    guarded(name, each, 'input margins'),
  );
  const conditions = tried(() => parseConditions(inputs.conditions ?? []), []);
  for (const { text, expression } of conditions) {
    for (const name of clausesOf(expression).flatMap(({ terms }) =>
      terms.map(({ quantity }) => quantity.metric),
    ))
      find(name, `input conditions, ${JSON.stringify(text)}`);
  }
  const known = (name: string) => {
    const of = metrics.get(name);
    return of === undefined ? undefined : rangeOf(of);
  };
  problems.push(...impossibleConditions(conditions, known));
  const slices = tried(() => parseSlices(inputs.slices ?? []), []);
  const sensitive = tried(() => parseSlices(inputs.sensitive ?? [], 'sensitive'), []);
  problems.push(...sliceProblems(conditions, sensitive));
  problems.push(...lossProblems([...metrics.values(), ...groupLosses(inputs)], lossTerms(inputs)));
  if (typeof inputs['loss-bound'] === 'number' && inputs.metric === undefined) {
    const fix = 'name the metric, or give a map such as {mae: 500}';
    problems.push({
      what: 'is a number, but there is no metric that it is about',
      where: 'input loss-bound',
      fix,
    });
  }
  if (problems.length > 0) throw new UserError(problems);
  return {
    ...(primary === undefined ? {} : { primary }),
    others,
    conditions,
    slices,
    sensitive,
    metrics,
  };
}

/** What the inputs say limits a loss. */
export function lossTerms(inputs: Inputs): LossTerms {
  const { metric, 'loss-bound': bound = {}, 'target-range': range, 'loss-clip': clip } = inputs;
  const bounds = typeof bound !== 'number' ? bound : metric === undefined ? {} : { [metric]: bound };
  return { bounds, range, clip };
}

/** What is asked, with the limits of losses that the inputs state. */
export function limitedBy(
  asked: CandidateTerms,
  inputs: Inputs,
  judged: JudgedRows,
): { asked: CandidateTerms; checks: readonly Check[] } {
  const losses = judged.task === 'regression' ? groupLosses(inputs) : [];
  const all = new Map([...asked.metrics, ...losses.map((metric) => [metric.name, metric] as const)]);
  const { metrics, checks } = limitLosses(all, judged, lossTerms(inputs));
  const limited = ({ metric, margin }: GuardedMetric): GuardedMetric => ({
    metric: metrics.get(metric.name) ?? metric,
    margin,
  });
  const { primary, others } = asked;
  return {
    asked: {
      ...asked,
      metrics,
      others: others.map(limited),
      ...(primary === undefined ? {} : { primary: limited(primary) }),
    },
    checks,
  };
}

function metricOf(name: string, { columns = {} }: Inputs, where: string): Metric | Problem {
  const column = /^column\((.+)\)$/.exec(name)?.[1]?.trim();
  const spec = column !== undefined && Object.hasOwn(columns, column) ? columns[column] : undefined;
  return column === undefined || spec === undefined
    ? metricNamed(name, where)
    : columnMetric({ column, ...spec });
}

/** What conditions ask of slices that cannot be judged, and groups that are not columns. */
function sliceProblems(conditions: readonly Condition[], sensitive: readonly SliceSpec[]): Problem[] {
  const ofConditions = conditions.flatMap(({ text, expression }) =>
    clausesOf(expression).flatMap(({ terms }) => {
      const where = `input conditions, ${JSON.stringify(text)}`;
      const slices = new Set(terms.map(({ quantity }) => JSON.stringify(quantity.of ?? null)));
      const picks = terms.some(({ quantity }) => quantity.of?.pick !== undefined);
      if (slices.size > 1 || (picks && terms.length > 1)) {
        const fix =
          'compare both models on one slice, such as slice(region=north), or one quantity with a number';
        return [{ what: 'compares different slices', where, fix }];
      }
      return [];
    }),
  );
  const ofGroups = sensitive
    .filter(({ kind }) => kind !== 'values')
    .map(({ name }) => ({
      what: `${JSON.stringify(name)} is a condition, but groups must be the values of columns`,
      where: 'input sensitive',
      fix: 'name a column, or several as a * b',
    }));
  return [...ofConditions, ...ofGroups];
}
