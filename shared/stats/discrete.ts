/** Exact tails of the binomial and the hypergeometric law, by summing masses outwards from the bound. */
import { deviance, stirlingError } from './loader.ts';

/** ln of the binomial coefficient n over k; −∞ if it is 0. */
export function lnChoose(n: number, k: number): number {
  whole(n, k);
  if (k < 0 || k > n) return -Infinity;
  if (k === 0 || k === n) return 0;
  const rest = n - k;
  return (
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(rest) +
    0.5 * Math.log(n / (2 * Math.PI * k * rest)) -
    k * Math.log(k / n) -
    rest * Math.log1p(-k / n)
  );
}

/** P(Bin(n, p) = k) (Loader 2000). */
export function binomialMass(k: number, n: number, p: number): number {
  whole(k, n);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability is needed, not ${p}`);
  if (k < 0 || k > n) return 0;
  if (p === 0) return k === 0 ? 1 : 0;
  if (p === 1) return k === n ? 1 : 0;
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return Math.exp(n * Math.log(p));
  const log =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * (1 - p));
  return Math.exp(log) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/** P(Bin(n, p) ≤ k), with full relative precision in the lower tail. */
export function binomialCdf(k: number, n: number, p: number): number {
  whole(k, n);
  if (k < 0) return 0;
  if (k >= n) return 1;
  return k < n * p ? binomialSum(k, n, p, -1) : 1 - binomialSum(k + 1, n, p, 1);
}

/** P(Bin(n, p) ≥ k), with full relative precision in the upper tail. */
export function binomialUpperTail(k: number, n: number, p: number): number {
  whole(k, n);
  if (k <= 0) return 1;
  if (k > n) return 0;
  return k > n * p ? binomialSum(k, n, p, 1) : 1 - binomialSum(k - 1, n, p, -1);
}

/** Masses from k outwards; the odds between neighbours are (n − k)p : (k + 1)(1 − p). */
function binomialSum(k: number, n: number, p: number, step: 1 | -1): number {
  const odds = p / (1 - p);
  return outwards(binomialMass(k, n, p), k, step, (i) =>
    step === 1 ? ((n - i) / (i + 1)) * odds : i / (n - i + 1) / odds,
  );
}

/** `marked` of `population` items are marked; `drawn` are drawn without replacement. */
export interface Urn {
  readonly population: number;
  readonly marked: number;
  readonly drawn: number;
}

/** P(exactly k marked items are drawn), from three binomial masses (Loader 2000). */
export function hypergeometricMass(k: number, urn: Urn): number {
  const { population, marked, drawn } = checked(k, urn);
  if (k < Math.max(0, drawn + marked - population) || k > Math.min(drawn, marked)) return 0;
  if (drawn === 0 || drawn === population) return 1;
  const p = drawn / population;
  return (
    (binomialMass(k, marked, p) * binomialMass(drawn - k, population - marked, p)) /
    binomialMass(drawn, population, p)
  );
}

/** P(at least k marked items are drawn). */
export function hypergeometricUpperTail(k: number, urn: Urn): number {
  const { population, marked, drawn } = checked(k, urn);
  if (k <= Math.max(0, drawn + marked - population)) return 1;
  if (k > Math.min(drawn, marked)) return 0;
  const mean = (drawn * marked) / population;
  return k > mean ? hypergeometricSum(k, urn, 1) : 1 - hypergeometricSum(k - 1, urn, -1);
}

/** P(at most k marked items are drawn). */
export function hypergeometricLowerTail(k: number, urn: Urn): number {
  // As many marked items are left as are not drawn.
  return hypergeometricUpperTail(urn.marked - k, { ...urn, drawn: urn.population - urn.drawn });
}

/** Twice the smaller tail, at most 1: valid whatever the skewness of the law. */
export function hypergeometricTwoSided(k: number, urn: Urn): number {
  return Math.min(1, 2 * Math.min(hypergeometricLowerTail(k, urn), hypergeometricUpperTail(k, urn)));
}

function hypergeometricSum(k: number, urn: Urn, step: 1 | -1): number {
  const { population, marked, drawn } = urn;
  const unmarked = population - marked;
  return outwards(hypergeometricMass(k, urn), k, step, (i) =>
    step === 1
      ? (((marked - i) / (i + 1)) * (drawn - i)) / (unmarked - drawn + i + 1)
      : ((i / (marked - i + 1)) * (unmarked - drawn + i)) / (drawn - i + 1),
  );
}

/** first·(1 + r(k) + r(k)r(k ± 1) + …): a log-concave law, so the terms fall for good once they fall. */
function outwards(first: number, k: number, step: 1 | -1, ratio: (i: number) => number): number {
  let term = 1;
  let sum = 1;
  for (let i = k; ; i += step) {
    const r = ratio(i);
    term *= r;
    sum += term;
    // The rest is at most a geometric series of ratio r.
    if (!(term > 0) || (r < 1 && term * r < 1e-17 * sum * (1 - r))) return first * sum;
  }
}

function whole(...counts: number[]): void {
  for (const count of counts) {
    if (!Number.isSafeInteger(count)) throw new RangeError(`a whole number is needed, not ${count}`);
  }
}

function checked(k: number, urn: Urn): Urn {
  const { population, marked, drawn } = urn;
  whole(k, population, marked, drawn);
  if (!(marked >= 0 && marked <= population && drawn >= 0 && drawn <= population)) {
    throw new RangeError(`an urn of ${population} items cannot have ${marked} marked and ${drawn} drawn`);
  }
  return urn;
}
