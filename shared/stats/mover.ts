/**
 * Bounds of functions of independent estimates from the bounds of each: the method of variance estimates recovery
 * (MOVER; Zou & Donner 2008), which takes of each estimate the limit on the side where the whole would err.
 */

/** An estimate with one-sided bounds, each at the error rate that those of the whole shall have. */
export interface Limits {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Σ coefficient · estimate of independent estimates (Zou & Donner 2008, eq. 4). */
export function sumLimits(terms: readonly (Limits & { readonly coefficient: number })[]): Limits {
  let [estimate, below, above] = [0, 0, 0];
  for (const { coefficient, ...term } of terms) {
    estimate += coefficient * term.estimate;
    const [down, up] = [term.estimate - term.lower, term.upper - term.estimate];
    below += (coefficient * (coefficient > 0 ? down : up)) ** 2;
    above += (coefficient * (coefficient > 0 ? up : down)) ** 2;
  }
  return { estimate, lower: estimate - Math.sqrt(below), upper: estimate + Math.sqrt(above) };
}
