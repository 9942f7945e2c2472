/** Conditions on models, after ease.ml/ci (Renggli et al. 2019): what they say, and in which form they are decided. */

export const ROLES = ['candidate', 'production', 'anchor'] as const;
export type Role = (typeof ROLES)[number];

/** Which rows a metric is of: those of one slice, or of the slice of a column in which it is least or greatest. */
export interface SliceOf {
  /** The name of a declared slice, or a column. */
  readonly slice: string;
  /** The value of the column; left out for a declared slice, and where `pick` goes over all values. */
  readonly value?: string;
  readonly pick?: 'min' | 'max';
}

/** One metric of one model. */
export interface Quantity {
  readonly role: Role;
  /** A metric's name; of a metrics file, a dotted path. */
  readonly metric: string;
  readonly of?: SliceOf;
}

export interface Term {
  readonly coefficient: number;
  readonly quantity: Quantity;
}

export type ThresholdOperator = '>=' | '>' | '<=' | '<';

/** Σ coefficient · quantity OPERATOR threshold. */
export interface Clause {
  readonly kind: 'clause';
  readonly text: string;
  /** At least one. */
  readonly terms: readonly Term[];
  readonly operator: ThresholdOperator;
  readonly threshold: number;
  /** Was a ratio of two quantities multiplied out? Then this one, the divisor, must be above zero. */
  readonly divisor?: Quantity;
}

export interface CombinedFormula {
  readonly kind: 'and' | 'or';
  readonly of: readonly Expression[];
}

export interface NegatedFormula {
  readonly kind: 'not';
  readonly of: Expression;
}

export type Expression = Clause | CombinedFormula | NegatedFormula;

/** One condition, as it was written. */
export interface Condition {
  readonly text: string;
  readonly expression: Expression;
}

/** A clause with the level at which its bound is asked for. */
export interface LeveledClause {
  readonly kind: 'clause';
  readonly clause: Clause;
  /** One-sided error rate. */
  readonly alpha: number;
}

/** An expression without `not`, in which each clause has its level. */
export type Claim = LeveledClause | { readonly kind: 'and' | 'or'; readonly of: readonly Claim[] };

const OPPOSITE: Readonly<Record<ThresholdOperator, ThresholdOperator>> = {
  '>': '<=',
  '>=': '<',
  '<': '>=',
  '<=': '>',
};

/**
 * The claim that the expression holds, or that it does not, at error rate `alpha`: `not` is moved inwards (De Morgan)
 * to the clauses, where it is the opposite bound. Of `and` every part is shown at `alpha` (intersection–union, Berger
 * 1982), of `or` each of k parts at `alpha`/k.
 */
export function claimOf(expression: Expression, alpha: number, holds = true): Claim {
  if (expression.kind === 'not') return claimOf(expression.of, alpha, !holds);
  if (expression.kind === 'clause') {
    const { operator, ...rest } = expression;
    const clause = holds ? expression : { ...rest, operator: OPPOSITE[operator] };
    return { kind: 'clause', clause, alpha };
  }
  const kind = holds === (expression.kind === 'and') ? 'and' : 'or';
  const share = kind === 'and' ? alpha : alpha / expression.of.length;
  return { kind, of: expression.of.map((part) => claimOf(part, share, holds)) };
}

/** Is the claim shown, if `shows` says it of a clause at a level? */
export function isShown(claim: Claim, shows: (clause: Clause, alpha: number) => boolean): boolean {
  if (claim.kind === 'clause') return shows(claim.clause, claim.alpha);
  return claim.kind === 'and'
    ? claim.of.every((part) => isShown(part, shows))
    : claim.of.some((part) => isShown(part, shows));
}

/** All clauses, in their order. */
export function clausesOf(expression: Expression): readonly Clause[] {
  if (expression.kind === 'clause') return [expression];
  return expression.kind === 'not' ? clausesOf(expression.of) : expression.of.flatMap(clausesOf);
}

/** Does the value meet the operator and the threshold? */
export function meets(
  { operator, threshold }: Pick<Clause, 'operator' | 'threshold'>,
  value: number,
): boolean {
  if (operator === '>=') return value >= threshold;
  if (operator === '>') return value > threshold;
  return operator === '<=' ? value <= threshold : value < threshold;
}

/** The one quantity of a clause such as `candidate.accuracy >= 0.8`, with the clause solved for it; else undefined. */
export function single(
  clause: Clause,
): (Pick<Clause, 'operator' | 'threshold'> & { quantity: Quantity }) | undefined {
  const [term, ...others] = clause.terms;
  if (term === undefined || others.length > 0) return undefined;
  const { coefficient, quantity } = term;
  const operator = coefficient > 0 ? clause.operator : FLIPPED[clause.operator];
  return { quantity, operator, threshold: clause.threshold / coefficient };
}

const FLIPPED: Readonly<Record<ThresholdOperator, ThresholdOperator>> = {
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
};
