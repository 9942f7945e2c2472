/** Random counts in time that does not grow with their size. */
import { deviance, stirlingError } from './loader.ts';
import type { Random } from './random.ts';
import { normalQuantile } from './special.ts';

/** Below this mean binomials are found by inversion. */
const FEW = 10;

/**
 * Successes among n trials: for a mean of 10 or more Hörmann's (1993) transformed rejection with squeeze (BTRS), below
 * it the inverted distribution function, summed from 0 up (Devroye 1986, §X.4.2).
 */
export function binomialDraw(random: Random, n: number, p: number): number {
  if (p > 0.5) return n - binomialDraw(random, n, 1 - p);
  if (!(n > 0 && p > 0)) return 0;
  return n * p < FEW ? byInversion(random, n, p) : byRejection(random, n, p);
}

function byInversion(random: Random, n: number, p: number): number {
  const odds = p / (1 - p);
  let mass = Math.exp(n * Math.log1p(-p));
  let left = random.uniform() - mass;
  let count = 0;
  // Rounding may leave a little when all mass is used up.
  while (left >= 0 && count < n && mass > 0) {
    mass *= ((n - count) / (count + 1)) * odds;
    left -= mass;
    count += 1;
  }
  return count;
}

function byRejection(random: Random, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const accept = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const logMode = logMass(Math.floor((n + 1) * p), n, p);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= accept) return k;
    if (k < 0 || k > n) continue;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= logMass(k, n, p) - logMode) return k;
  }
}

/** ln P(Bin(n, p) = k) by Loader (2000), 0 < p < 1. */
function logMass(k: number, n: number, p: number): number {
  if (k === 0) return n * Math.log1p(-p);
  if (k === n) return n * Math.log(p);
  return (
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * (1 - p)) +
    0.5 * Math.log(n / (2 * Math.PI * k * (n - k)))
  );
}

/**
 * Multinomial(Σ counts, counts/Σ counts), by conditional binomials (Devroye 1986, §XI.1.4), into `into`: the counts of
 * a resample of rows that fall into these cells, at a cost of the number of cells.
 */
export function multinomialDraw(random: Random, counts: ArrayLike<number>, into: Float64Array): Float64Array {
  let weight = 0;
  for (let i = 0; i < counts.length; i++) weight += counts[i]!;
  let left = weight;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    const drawn =
      left === 0 || count === 0 ? 0 : count >= weight ? left : binomialDraw(random, left, count / weight);
    into[i] = drawn;
    left -= drawn;
    weight -= count;
  }
  return into;
}

/** Multinomial(n, shares), by conditional binomials, into `into`: n is whole, and the shares are of any sum. */
export function multinomialOf(
  random: Random,
  n: number,
  shares: Float64Array,
  into: Float64Array,
): Float64Array {
  let weight = 0;
  for (let k = 0; k < shares.length; k++) weight += shares[k]!;
  let left = n;
  for (let k = 0; k < shares.length; k++) {
    const share = shares[k]!;
    const all = k === shares.length - 1 || share >= weight;
    into[k] = left === 0 || share === 0 ? 0 : all ? left : binomialDraw(random, left, share / weight);
    left -= into[k]!;
    weight -= share;
  }
  return into;
}

export function normalDraw(random: Random): number {
  for (;;) {
    const u = random.uniform();
    if (u > 0) return normalQuantile(u);
  }
}

/** Gamma of this shape and scale 1 (Marsaglia & Tsang 2000); shape > 0. */
export function gammaDraw(random: Random, shape: number): number {
  if (shape < 1) return gammaDraw(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalDraw(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
