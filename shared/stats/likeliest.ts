/** The likeliest shares of cells under which a figure of them has a given value. */

/** A figure of the shares of cells that does not change when all are multiplied by one number. */
export interface CellFigure {
  /** Rows in each cell; cells that no row fell into, but could have, are among them. */
  readonly counts: Float64Array;
  /** No shares have less than the first value or more than the second; they need not reach either. */
  readonly range: readonly [least: number, most: number];
  /** Of counts or shares; NaN if undefined. */
  value(cells: Float64Array): number;
  /** How it grows with the share of each cell, at these shares, into `into`. */
  slopes(shares: Float64Array, into: Float64Array): Float64Array;
}

/**
 * Cells without a row that are nearly as steep take turns, and their average tends to the likeliest shares if a step
 * counts ever less (Frank & Wolfe 1956): all of it at first, then 3/(step + 1). Most searches need fewer than ten steps.
 */
const STEPS = 100;
const WHOLE = 3;
const partOf = (step: number) => (step < WHOLE ? 1 : WHOLE / (step + 1));
/** Of the distance from the estimate, how near to the value asked for is near enough. */
const NEAR = 1e-6;
/** Of the way to the steepest cell, if a tangent does not reach as far as is asked. */
const FAR = 0.9;

/**
 * The shares p that maximise Σ counts·ln p under value(p) = `target`; undefined if none are found. Each step takes
 * the figure for its tangent, where p_k = (counts_k/n)/(1 + λ(slope_k − d)); cells without a row may get a share as
 * well: the one of the steepest slope takes what the others leave (Owen 2001, §2.4 and §3.14, with such cells added).
 *
 * @param from where the steps begin; the observed shares unless given.
 */
export function likeliest(figure: CellFigure, target: number, from?: Float64Array): Float64Array | undefined {
  const { counts } = figure;
  const n = total(counts);
  const seen = counts.map((count) => count / n);
  const shares = from?.slice() ?? seen.slice();
  const slopes = new Float64Array(counts.length);
  const scale = Math.abs(figure.value(seen) - target);
  if (scale === 0) return seen;
  for (let step = 0; step < STEPS; step++) {
    const part = partOf(step);
    const value = figure.value(shares);
    if (Math.abs(value - target) <= NEAR * scale && part < 1) return shares;
    figure.slopes(shares, slopes);
    blend(shares, onTangent(seen, slopes, target - value + dot(slopes, shares)), part);
  }
  return onRay(figure, seen, shares, target);
}

/** The shares on the line from the observed ones through these, and beyond, that have the value. */
function onRay(figure: CellFigure, seen: Float64Array, shares: Float64Array, target: number) {
  const at = (reach: number) => seen.map((own, k) => own + reach * (shares[k]! - own));
  let most = 2;
  shares.forEach((share, k) => {
    if (share < seen[k]!) most = Math.min(most, (0.999 * seen[k]!) / (seen[k]! - share));
  });
  const sign = Math.sign(target - figure.value(seen));
  let [low, high] = [0, most];
  const beyond = (reach: number) => sign * (figure.value(at(reach)) - target);
  if (!(beyond(high) >= 0)) {
    if (!(beyond(1) >= 0)) return undefined;
    high = 1;
  }
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (beyond(middle) >= 0) high = middle;
    else low = middle;
  }
  return at(high);
}

/** The likeliest shares with Σ slope·p = `mean`, or most of the way to it if that lies beyond all slopes. */
function onTangent(seen: Float64Array, slopes: Float64Array, mean: number): Float64Array {
  const own = dot(seen, slopes);
  // Mirrored if the mean must grow, so that it always falls.
  const sign = own >= mean ? 1 : -1;
  let [steepest, least, leastSeen] = [-1, Infinity, Infinity];
  for (let k = 0; k < slopes.length; k++) {
    const slope = sign * slopes[k]!;
    if (seen[k]! > 0) leastSeen = Math.min(leastSeen, slope);
    else if (slope < least) [steepest, least] = [k, slope];
  }
  const extreme = Math.min(least, leastSeen);
  const goal = Math.max(sign * mean, sign * own + FAR * (extreme - sign * own));
  if (!(extreme < goal)) return seen.slice();
  const most = 1 / (goal - extreme);
  const excess = (lambda: number) => {
    let found = 0;
    for (let k = 0; k < slopes.length; k++) {
      if (seen[k]! === 0) continue;
      const off = sign * slopes[k]! - goal;
      found += (seen[k]! * off) / (1 + lambda * off);
    }
    return found;
  };
  const lambda = least < leastSeen && excess(most) >= 0 ? most : rootOf(excess, most);
  const shares = new Float64Array(slopes.length);
  let sum = 0;
  for (let k = 0; k < slopes.length; k++) {
    if (seen[k]! === 0) continue;
    shares[k] = seen[k]! / (1 + lambda * (sign * slopes[k]! - goal));
    sum += shares[k]!;
  }
  if (lambda === most && sum < 1) shares[steepest] = 1 - sum;
  else for (let k = 0; k < shares.length; k++) shares[k]! /= sum;
  return shares;
}

/** The place where a falling function crosses zero in [0, most). */
function rootOf(excess: (lambda: number) => number, most: number): number {
  let [low, high] = [0, most];
  for (let step = 0; step < 60 && high - low > 1e-13 * most; step++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}

function blend(into: Float64Array, from: Float64Array, part: number): void {
  for (let k = 0; k < into.length; k++) into[k] = (1 - part) * into[k]! + part * from[k]!;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let found = 0;
  for (let k = 0; k < a.length; k++) found += a[k]! * b[k]!;
  return found;
}

export function total(values: Float64Array): number {
  let found = 0;
  for (const value of values) found += value;
  return found;
}
