/**
 * The building blocks of exact probability masses after Loader (2000), "Fast and accurate computation of binomial
 * probabilities": the large terms of a mass cancel in closed form, so far tails keep full relative precision.
 */
import gammaln from '@stdlib/math-base-special-gammaln';

/** ln Γ(n + 1) less Stirling's ½ ln(2πn) + n ln n − n; n > 0, need not be an integer. Relative error about 1e-14. */
export function stirlingError(n: number): number {
  if (n < 16) return gammaln(n + 1) - (0.5 * Math.log(2 * Math.PI * n) + n * Math.log(n) - n);
  const s = 1 / (n * n);
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / n;
}

/** The Poisson deviance half: x ln(x / mean) + mean − x, without cancellation near x = mean. */
export function deviance(x: number, mean: number): number {
  if (x === 0) return mean;
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let term = 2 * x * v;
  for (let j = 3; ; j += 2) {
    term *= v * v;
    const next = sum + term / j;
    if (next === sum) return sum;
    sum = next;
  }
}

/** mean^x e^(−mean) / Γ(x + 1) for real x ≥ 0: the Poisson mass, and the factor before the incomplete gamma's series. */
export function poissonMass(x: number, mean: number): number {
  if (mean === 0) return x === 0 ? 1 : 0;
  if (x === 0) return Math.exp(-mean);
  return Math.exp(-stirlingError(x) - deviance(x, mean)) / Math.sqrt(2 * Math.PI * x);
}
