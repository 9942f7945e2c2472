/** How an error rate is shared by several statements. */

/**
 * "All of these hold": each statement is tested at the whole `alpha`, because the claim is wrongly made only when a
 * false one is shown (intersection-union; Berger 1982). The p-value of the claim is the largest.
 */
export function intersectionUnion(pValues: readonly number[]): number {
  return pValues.length === 0 ? Number.NaN : Math.max(...pValues);
}

/** "One of these holds": each is tested at alpha / k (Bonferroni), whatever their dependence; so may the p-value be. */
export function unionLevel(alpha: number, statements: number): number {
  if (!(statements >= 1)) throw new RangeError(`at least one statement is needed, not ${statements}`);
  return alpha / statements;
}

/** A condition as nested statements; `not` is judged by the opposite bound, never by "not shown". */
export type Formula<T> =
  | { readonly kind: 'clause'; readonly clause: T }
  | { readonly kind: 'not'; readonly of: Formula<T> }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Formula<T>[] };

/** A clause to be shown, or, if `negated`, whose opposite is to be shown, at this level. */
export interface LevelledClause<T> {
  readonly clause: T;
  readonly negated: boolean;
  readonly alpha: number;
}

/**
 * The level of each clause when the whole formula is to be shown with error rate `alpha`: `and` passes the level on,
 * `or` of k parts gives each alpha/k, and `not` turns the two into each other (De Morgan). To refute a formula, ask for
 * the levels of its negation.
 */
export function clauseLevels<T>(formula: Formula<T>, alpha: number, negated = false): LevelledClause<T>[] {
  if (formula.kind === 'clause') return [{ clause: formula.clause, negated, alpha }];
  if (formula.kind === 'not') return clauseLevels(formula.of, alpha, !negated);
  const splits = (formula.kind === 'or') !== negated;
  const level = splits ? unionLevel(alpha, formula.of.length) : alpha;
  return formula.of.flatMap((part) => clauseLevels(part, level, negated));
}

/** true or false if the clauses that are shown decide the formula, else undefined (Kleene 1938). */
export function decideFormula<T>(
  formula: Formula<T>,
  shown: (clause: T) => boolean | undefined,
): boolean | undefined {
  if (formula.kind === 'clause') return shown(formula.clause);
  if (formula.kind === 'not') {
    const inner = decideFormula(formula.of, shown);
    return inner === undefined ? undefined : !inner;
  }
  const parts = formula.of.map((part) => decideFormula(part, shown));
  const decisive = formula.kind === 'or';
  if (parts.includes(decisive)) return decisive;
  return parts.includes(undefined) ? undefined : !decisive;
}
