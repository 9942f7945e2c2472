import type { Margin } from '../inputs/kinds.ts';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import type { Check } from '../verdict/verdict.ts';
import { show } from './compare.ts';
import { type Condition, meets } from './conditions.ts';
import { METRICS } from './metrics.ts';
import { type Aggregate, numberAt } from './metricsfile.ts';

/** Two aggregate numbers, or one: no test is possible on them. */
export interface Aggregates {
  readonly candidate: Aggregate;
  readonly production?: Aggregate;
}

const NO_TEST = 'a metrics file holds no rows, so no test is possible and only the numbers are compared';

/**
 * Conditions on aggregate numbers, by the numbers alone: what holds is a warning, for it has no bound.
 *
 * @throws UserError for metrics that the file does not have.
 */
export function judgeAggregateConditions(given: Aggregates, conditions: readonly Condition[]): Check[] {
  const problems: Problem[] = [];
  const checks = conditions.map((condition): Check => {
    const { model, metric, text } = condition;
    const common = { id: `condition.${metric}`, target: { metric: `${model}.${metric}` }, expected: text };
    const numbers = given[model];
    if (numbers === undefined) {
      return { ...common, status: 'inconclusive', message: `${text}: there is no production model to judge` };
    }
    const value = numberAt(numbers, metric);
    if (value === undefined) {
      problems.push(unknownNumber(metric, numbers, `input conditions, ${JSON.stringify(text)}`));
      return { ...common, status: 'inconclusive', message: text };
    }
    const holds = meets(condition, value);
    return {
      ...common,
      status: holds ? 'warn' : 'fail',
      observed: value,
      message: `${text}: ${holds ? 'holds' : 'does not hold'} for ${show(value)}, which has no bound`,
      evidence: { method: 'none: aggregate number', estimate: value, binding: 'declared' },
    };
  });
  if (problems.length > 0) throw new UserError(problems);
  return checks;
}

function unknownNumber(metric: string, numbers: Aggregate, where: string): Problem {
  return {
    what: `the metrics file has no number ${metric}`,
    where,
    mend: suggestion(metric, Object.keys(numbers)),
  };
}

/**
 * Two numbers beside one another. Without bounds the comparison is inconclusive; where conditions are given that
 * decide by themselves, it is a warning, unless the loss that is seen is beyond the margin.
 *
 * @throws UserError where a file does not have the metric.
 */
export function compareAggregates(
  { candidate, production }: { candidate: Aggregate; production: Aggregate },
  metric: string,
  margin: Margin,
  hasConditions: boolean,
): Check {
  const [ours, theirs] = [numberAt(candidate, metric), numberAt(production, metric)];
  if (ours === undefined || theirs === undefined) {
    throw new UserError(unknownNumber(metric, ours === undefined ? candidate : production, 'input metric'));
  }
  const limit = margin.kind === 'relative' ? margin.value * Math.abs(theirs) : margin.value;
  const sign = direction(metric);
  // Of a number whose better side is not known, a change either way may be the loss.
  const gain = sign === undefined ? -Math.abs(ours - theirs) : sign * (ours - theirs);
  const beyond = gain < -limit;
  const change = sign === undefined ? `a change of ${show(ours - theirs)}` : `a gain of ${show(gain)}`;
  return {
    id: 'comparison.aggregate',
    target: { metric },
    status: hasConditions && !beyond ? 'warn' : 'inconclusive',
    observed: ours - theirs,
    expected: { margin: limit },
    message: `${metric}: ${show(ours)} against ${show(theirs)}, ${change}, with a margin of ${show(limit)}; ${NO_TEST}`,
    evidence: {
      method: 'none: aggregate numbers',
      estimate: sign === undefined ? ours - theirs : gain,
      margin: limit,
      binding: 'declared',
    },
    mend: 'give predictions a row (CSV, JSON Lines) of both models instead',
  };
}

/** 1 where higher is better, −1 where lower is, by the last part of the path; undefined for names of the user's own. */
function direction(path: string): 1 | -1 | undefined {
  const name = path.split('.').at(-1);
  const known = Object.values(METRICS)
    .flat()
    .find((metric) => metric.name === name);
  return known === undefined ? undefined : known.better === 'higher' ? 1 : -1;
}
