import type { Margin } from '../../inputs/kinds.ts';
import { suggestion } from '../../problem/nearest.ts';
import { type Problem, UserError } from '../../problem/problem.ts';
import { idPart } from '../../verdict/check-id.ts';
import type { Check } from '../../verdict/verdict.ts';
import {
  type Clause,
  type Condition,
  claimOf,
  clausesOf,
  isShown,
  meets,
  type Role,
} from '../conditions/expression.ts';
import { METRICS } from '../metrics.ts';
import { show } from '../show.ts';
import { type Aggregate, numberAt } from './file.ts';

/** The aggregate numbers of each model: no test is possible on them. */
export type Aggregates = { readonly candidate: Aggregate } & Readonly<Partial<Record<Role, Aggregate>>>;

const NO_TEST = 'a metrics file has no rows, so no test is possible, and only the numbers are compared';

/**
 * Conditions on aggregate numbers, by the numbers alone: what holds is a warning, for it has no bound.
 *
 * @throws UserError for metrics that the files do not have, and for slices, of which they know nothing.
 */
export function judgeAggregateConditions(given: Aggregates, conditions: readonly Condition[]): Check[] {
  const problems = conditions.flatMap(({ text, expression }) =>
    clausesOf(expression).flatMap((clause) =>
      clauseProblems(given, clause, `input conditions, ${JSON.stringify(text)}`),
    ),
  );
  if (problems.length > 0) throw new UserError(problems);
  return conditions.map((condition) => checkOf(given, condition));
}

function clauseProblems(given: Aggregates, { terms }: Clause, where: string): Problem[] {
  return terms.flatMap(({ quantity: { role, metric, of } }) => {
    if (of !== undefined)
      return [
        {
          what: 'asks for a slice, but a metrics file has no rows',
          where,
          fix: 'give the predictions of rows',
        },
      ];
    const numbers = given[role];
    if (numbers === undefined || numberAt(numbers, metric) !== undefined) return [];
    return [unknownNumber(metric, numbers, where)];
  });
}

function checkOf(given: Aggregates, { text, expression }: Condition): Check {
  const clauses = clausesOf(expression);
  const names = [...new Set(clauses.flatMap(({ terms }) => terms.map(({ quantity }) => quantity.metric)))];
  const joined = idPart(names.join('-'));
  const base = { id: `condition.${joined}`, target: { metric: names.join(', ') }, expected: text };
  const absent = clauses
    .flatMap(({ terms }) => terms)
    .find(({ quantity }) => given[quantity.role] === undefined);
  if (absent !== undefined) {
    const message = `${text}: there is no ${absent.quantity.role} model to judge`;
    return { ...base, status: 'inconclusive', message };
  }
  const values = clauses.map((clause) => leftSide(given, clause));
  const shows = (clause: Clause): boolean => meets(clause, leftSide(given, clause) ?? Number.NaN);
  const holds = isShown(claimOf(expression, 1), shows);
  const [value] = values;
  const seen = values.map((each) => (each === undefined ? 'undefined' : show(each))).join(', ');
  return {
    ...base,
    status: holds ? 'warn' : 'fail',
    ...(values.length === 1 && value !== undefined ? { observed: value } : {}),
    message: `${text}: ${holds ? 'holds' : 'does not hold'} for ${seen}, which has no bound`,
    evidence: {
      method: 'none: aggregate number',
      ...(values.length === 1 && value !== undefined ? { estimate: value } : {}),
      binding: 'declared',
    },
  };
}

/** The left side of the clause; of a ratio, the ratio itself is above its limit if this is above zero. */
function leftSide(given: Aggregates, { terms, divisor }: Clause): number | undefined {
  const number = (role: Role, metric: string) =>
    numberAt(given[role] ?? given.candidate, metric) ?? Number.NaN;
  if (divisor !== undefined && !(number(divisor.role, divisor.metric) > 0)) return undefined;
  return terms.reduce((sum, { coefficient, quantity }) => {
    return sum + coefficient * number(quantity.role, quantity.metric);
  }, 0);
}

function unknownNumber(metric: string, { numbers }: Aggregate, where: string): Problem {
  return {
    what: `the metrics file has no number ${metric}`,
    where,
    fix: suggestion(metric, Object.keys(numbers)),
  };
}

/**
 * Two numbers beside one another. Without bounds the comparison is inconclusive; if conditions are given that
 * decide by themselves, it is a warning, unless the loss that is seen is beyond the margin.
 *
 * @throws UserError if a file does not have the metric, or a relative margin has a baseline of zero or below.
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
  if (margin.kind === 'relative' && theirs === 0) {
    throw new UserError({
      what: 'production’s value is 0, so a share of it is not a margin',
      where: 'input margin',
      fix: 'give the margin in the metric’s unit',
    });
  }
  const sign = direction(metric, candidate);
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
    fix: 'give the predictions of rows of both models instead (CSV, JSON Lines or Parquet)',
  };
}

/**
 * 1 if higher is better, −1 if lower is: as the file says, else by the last part of the path; undefined for names
 * of the user's own.
 */
function direction(path: string, { higherIsBetter }: Aggregate): 1 | -1 | undefined {
  if (Object.hasOwn(higherIsBetter, path)) return higherIsBetter[path] ? 1 : -1;
  const name = path.split('.').at(-1);
  const known = Object.values(METRICS)
    .flat()
    .find((metric) => metric.name === name);
  return known === undefined ? undefined : known.better === 'higher' ? 1 : -1;
}
