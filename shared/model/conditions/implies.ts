import { canonicalJson } from '../../verdict/digest.ts';
import type { Json } from '../../verdict/verdict.ts';
import type { Clause, Expression, ThresholdOperator } from './expression.ts';

/**
 * Do the conditions that hold imply another one? It is shown for the same condition however it is written, for one with a
 * stricter threshold, and for the parts of `and`; of any other implication the answer is no.
 */
export function implies(held: readonly Expression[], wanted: Expression): boolean {
  const known = held.flatMap(partsOf);
  return partsOf(wanted).every((part) => known.some((other) => impliesPart(other, part)));
}

/** What must hold each: the parts of `and`, and of a negated `or`. */
function partsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'and') return expression.of.flatMap(partsOf);
  if (expression.kind !== 'not') return [expression];
  const { of } = expression;
  if (of.kind === 'not') return partsOf(of.of);
  if (of.kind === 'or') return of.of.flatMap((part) => partsOf({ kind: 'not', of: part }));
  return of.kind === 'clause' ? [{ ...of, operator: OPPOSITE[of.operator] }] : [expression];
}

const OPPOSITE: Readonly<Record<ThresholdOperator, ThresholdOperator>> = {
  '>': '<=',
  '>=': '<',
  '<': '>=',
  '<=': '>',
};

function impliesPart(held: Expression, wanted: Expression): boolean {
  if (held.kind !== 'clause' || wanted.kind !== 'clause') return meaning(held) === meaning(wanted);
  const [a, b] = [upwards(held), upwards(wanted)];
  if (a.sum !== b.sum) return false;
  return a.threshold > b.threshold || (a.threshold === b.threshold && (a.strict || !b.strict));
}

/** The expression without the text that it was written as. */
function meaning(expression: Expression): string {
  return canonicalJson(
    JSON.parse(JSON.stringify(expression, (key, value) => (key === 'text' ? undefined : value))),
  );
}

/**
 * The clause as `sum >= threshold` or, strictly, `sum > threshold`: with the signs turned for `<` and `<=`, the terms in
 * one order, and the first coefficient of size 1.
 */
function upwards({ terms, operator, threshold, divisor }: Clause) {
  const ordered = terms
    .map(({ coefficient, quantity }) => ({
      coefficient,
      key: canonicalJson({ ...quantity } as unknown as Json),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const sign = operator.startsWith('>') ? 1 : -1;
  const scale = sign / Math.abs(ordered[0]?.coefficient ?? 1);
  // Twelve digits: scaling rounds.
  const rounded = (value: number) => Number((value * scale).toPrecision(12));
  const sum = canonicalJson({
    terms: ordered.map(({ coefficient, key }) => [rounded(coefficient), key]),
    divisor: divisor === undefined ? null : canonicalJson({ ...divisor } as unknown as Json),
  });
  return { sum, threshold: rounded(threshold), strict: !operator.endsWith('=') };
}
