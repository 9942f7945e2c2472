/** Conditions that every model meets, or none: they decide nothing, and look as if they did. */
import type { Problem } from '../../problem/problem.ts';
import type { ItemRange } from '../metric.ts';
import { asShare, rangeWords } from '../metrics/ranges.ts';
import { type Clause, type Condition, clausesOf, single, type ThresholdOperator } from './expression.ts';

/** What the metric of that name can be; undefined if that is not known. */
export type RangeOf = (metric: string) => ItemRange | undefined;

/** The clauses that cannot fail or cannot hold, whatever the model. */
export function impossibleConditions(conditions: readonly Condition[], rangeOf: RangeOf): Problem[] {
  return conditions.flatMap(({ text, expression }) =>
    clausesOf(expression).flatMap((clause) => {
      const problem = clauseProblem(clause, rangeOf);
      return problem === undefined
        ? []
        : [{ ...problem, where: `input conditions, ${JSON.stringify(text)}` }];
    }),
  );
}

function clauseProblem(clause: Clause, rangeOf: RangeOf): Problem | undefined {
  const range = leftRange(clause, rangeOf);
  if (range === undefined) return undefined;
  const { operator, threshold, terms } = clause;
  const verdict = always(operator, threshold, range, terms.length > 1);
  if (verdict === undefined) return undefined;
  const only = single(clause);
  if (only !== undefined) {
    const own = rangeOf(only.quantity.metric) ?? range;
    return thresholdProblem(only.quantity.metric, clause.text, only.threshold, own, verdict);
  }
  const what = `${clause.text} ${verdict}: its left side less its right one is ${rangeWords([range[0] - threshold, range[1] - threshold])}`;
  return { what, fix: 'give a limit that lies between' };
}

type Verdict = 'cannot fail' | 'cannot hold';

/** A limit of a metric that decides nothing; undefined if it can hold and fail. */
export function limitProblem(
  metric: string,
  { operator, threshold, text }: { operator: ThresholdOperator; threshold: number; text: string },
  range: ItemRange,
): Problem | undefined {
  const verdict = always(operator, threshold, range, false);
  return verdict === undefined ? undefined : thresholdProblem(metric, text, threshold, range, verdict);
}

function thresholdProblem(
  metric: string,
  text: string,
  threshold: number,
  range: ItemRange,
  verdict: Verdict,
): Problem {
  return {
    what: `${text} ${verdict}: ${metric} is ${rangeWords(range)}`,
    fix: asShare(threshold, range) ?? 'give a limit that lies between',
  };
}

/**
 * Does the comparison hold for all of the range, or for none of it?
 *
 * @param closed of several quantities, that one is at its least while another is at its greatest is not a case to be met.
 */
function always(
  operator: ThresholdOperator,
  threshold: number,
  [low, high]: ItemRange,
  closed: boolean,
): Verdict | undefined {
  const up = operator.startsWith('>');
  const [worst, best] = up ? [low, high] : [-high, -low];
  const limit = up ? threshold : -threshold;
  const strict = operator === '>' || operator === '<';
  if (worst > limit || (worst === limit && (!strict || closed))) return 'cannot fail';
  return best < limit || (best === limit && (strict || closed)) ? 'cannot hold' : undefined;
}

/** The values that the left side can have; undefined if that of a quantity is not known. */
function leftRange({ terms }: Clause, rangeOf: RangeOf): ItemRange | undefined {
  let [low, high] = [0, 0];
  for (const { coefficient, quantity } of terms) {
    const range = rangeOf(quantity.metric);
    if (range === undefined) return undefined;
    const ends = range.map((end) => coefficient * end);
    low += Math.min(...ends);
    high += Math.max(...ends);
  }
  return [low, high];
}
