import { type Random, randomFrom } from '../../shared/stats/random.ts';

/** A seeded stream of draws from the laws that the simulations use. */
export interface Draw extends Random {
  /** Standard normal (Box & Muller 1958). */
  normal(): number;
  /** Standard exponential. */
  exponential(): number;
  /** Successes among `n` independent trials, by the gaps between them. */
  binomial(n: number, p: number): number;
}

export function drawFrom(seed: number): Draw {
  const random = randomFrom(seed);
  const exponential = () => -Math.log(1 - random.uniform());
  return {
    ...random,
    exponential,
    normal: () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * random.uniform()),
    binomial: (n, p) => {
      if (p <= 0) return 0;
      if (p >= 1) return n;
      const rate = -Math.log1p(-p);
      const gap = () => Math.floor(exponential() / rate);
      let count = 0;
      for (let at = gap(); at < n; at += 1 + gap()) count += 1;
      return count;
    },
  };
}

/** Shares 1, 1/2, 1/3, … of `n` values, as cumulated probabilities. */
export function zipf(n: number): Float64Array {
  const cumulated = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += 1 / (i + 1);
    cumulated[i] = total;
  }
  return cumulated.map((value) => value / total);
}

/** The index that a uniform number falls on. */
export function indexOf(cumulated: Float64Array, uniform: number): number {
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (uniform < cumulated[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A stationary AR(1) process with unit variance. */
export function autoregressive(draw: Draw, n: number, phi: number): Float64Array {
  const values = new Float64Array(n);
  const fresh = Math.sqrt(1 - phi * phi);
  let last = draw.normal();
  for (let i = 0; i < n; i++) {
    values[i] = last;
    last = phi * last + fresh * draw.normal();
  }
  return values;
}

/** Unit variance, of which the share `within` is one effect for each `length` consecutive rows. */
export function dayEffects(draw: Draw, n: number, length: number, within: number): Float64Array {
  const values = new Float64Array(n);
  let effect = 0;
  for (let i = 0; i < n; i++) {
    if (i % length === 0) effect = Math.sqrt(within) * draw.normal();
    values[i] = effect + Math.sqrt(1 - within) * draw.normal();
  }
  return values;
}
