/**
 * Distribution functions and quantiles of the continuous laws that the checks use.
 * Relative precision is 1e-10 or better, also in far tails; the tests compare them with SciPy.
 */
import betainc from '@stdlib/math-base-special-betainc';
import betaincinv from '@stdlib/math-base-special-betaincinv';
import erfc from '@stdlib/math-base-special-erfc';
import erfcinv from '@stdlib/math-base-special-erfcinv';
import { poissonMass } from './loader.ts';

/** P(Z ≤ x) of the standard normal law. */
export function normalCdf(x: number): number {
  return erfc(-x * Math.SQRT1_2) / 2;
}

/** P(Z > x) of the standard normal law. */
export function normalSf(x: number): number {
  return erfc(x * Math.SQRT1_2) / 2;
}

/** The x with P(Z ≤ x) = p; ±∞ at 0 and 1. The upper a-quantile is −normalQuantile(a). */
export function normalQuantile(p: number): number {
  probability(p);
  return p === 0.5 ? 0 : -Math.SQRT2 * erfcinv(2 * p);
}

/** P(T ≤ t) of Student's law; `df` > 0 need not be an integer, ∞ is the normal law. */
export function studentCdf(t: number, df: number): number {
  positive(df);
  if (df === Infinity) return normalCdf(t);
  if (t > 0) return 1 - studentCdf(-t, df);
  const square = t * t;
  if (square === Infinity) return 0;
  return square < df
    ? betainc(square / (df + square), 0.5, df / 2, true, true) / 2
    : betainc(df / (df + square), df / 2, 0.5) / 2;
}

/** The t with P(T ≤ t) = p of Student's law. */
export function studentQuantile(p: number, df: number): number {
  probability(p);
  positive(df);
  if (df === Infinity) return normalQuantile(p);
  if (p > 0.5) return -studentQuantile(1 - p, df);
  if (p === 0) return -Infinity;
  if (p === 0.5) return 0;
  const near = betaincinv(2 * p, 0.5, df / 2, true);
  if (near < 0.5) return -Math.sqrt((df * near) / (1 - near));
  const far = betaincinv(2 * p, df / 2, 0.5);
  return -Math.sqrt((df * (1 - far)) / far);
}

/** The x with P(X ≤ x) = p of the beta law with shapes a, b > 0. */
export function betaQuantile(p: number, a: number, b: number): number {
  probability(p);
  positive(a);
  positive(b);
  return betaincinv(p, a, b);
}

/** P(χ² > x); `df` > 0 need not be an integer. */
export function chiSquareSf(x: number, df: number): number {
  positive(df);
  return x <= 0 ? 1 : upperGamma(df / 2, x / 2);
}

/**
 * The regularised upper incomplete gamma function: Taylor series below the mean, Legendre's continued fraction
 * (modified Lentz) above it. @stdlib's gammainc 0.3.1 is not used: from a ≈ 1,000 it is wrong by up to 2 %.
 */
function upperGamma(a: number, x: number): number {
  if (x === Infinity) return 0;
  const mass = poissonMass(a, x);
  if (x < a + 1) {
    let term = 1;
    let sum = 1;
    for (let i = 1; term > 1e-17 * sum; i++) {
      term *= x / (a + i);
      sum += term;
    }
    return Math.max(0, 1 - mass * sum);
  }
  let denominator = x + 1 - a;
  let c = Infinity;
  let d = 1 / denominator;
  let fraction = d;
  for (let i = 1; Number.isFinite(fraction); i++) {
    const numerator = -i * (i - a);
    denominator += 2;
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    const change = c * d;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return mass * a * fraction;
}

function probability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability is needed, not ${p}`);
}

function positive(x: number): void {
  if (!(x > 0)) throw new RangeError(`a positive number is needed, not ${x}`);
}
