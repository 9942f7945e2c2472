/** Bounds of the mean of bounded values that hold at every size and for every law. */
import { randomFrom } from './random.ts';
import { normalQuantile } from './special.ts';

export interface BoundedValues {
  /** Independent values in [low, high], such as paired differences of a bounded loss. */
  readonly values: Float64Array;
  readonly low: number;
  readonly high: number;
  /** One-sided error rate of each bound. */
  readonly alpha: number;
  /** A whole number in [0, 2³²), chosen without looking at the values: it fixes the order in which they are bet on. */
  readonly seed: number;
}

export interface MeanBounds {
  readonly n: number;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  /** What was done, for the evidence. */
  readonly method: string;
}

/** More values than this are bet on in blocks of equal size, whose means have the same mean and range. */
export const BETTING_BLOCKS = 65_536;
/** Wealth is aimed this much above 1/alpha, because a bet that needs the best outcome never quite arrives. */
const AIM = 1.02;
/** No bet loses more than this share of the wealth. */
const STAKE = 0.99;
/** The variance is taken for this (on [0, 1]) until there are values, with the weight of one value. */
const FIRST_VARIANCE = 1 / 16;

/**
 * Betting bounds of a mean (Waudby-Smith & Ramdas 2024, theorem 3): against "the mean is at most m" a wealth
 * W = Π(1 + λᵢ(xᵢ − m)), λᵢ chosen before xᵢ, is a non-negative supermartingale, so that P(W ever reaches 1/α) ≤ α
 * (Ville 1939). The lower bound is the smallest m that is not refuted so.
 *
 * The bets are recalculated towards the target (the principle of STaR-bets, Voráček & Orabona 2025): with p = αW the
 * price of the claim "1 if the target is reached", the stake is what hedges that claim on a Brownian path of the rows
 * that are left, φ(Φ⁻¹(p))/(p σ √(n − i + 1)), at most 0.99/m and never more than the target needs. So the bound tends
 * to the normal one, where a constant bet stays 1.5 times as wide. Each step keeps the order of p and reverses that of
 * m, hence the refuted m are an interval, found by bisection.
 *
 * Holds for independent values of one law in [low, high]; raises RangeError for a value outside, or NaN.
 * O(n) a candidate m, in blocks beyond 65,536 values.
 */
export function bettingBounds({ values, low, high, alpha, seed }: BoundedValues): MeanBounds {
  if (!(high > low)) throw new RangeError(`a range is needed, not ${low} to ${high}`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`an error rate is needed, not ${alpha}`);
  const n = values.length;
  let sum = 0;
  for (const value of values) {
    if (!(value >= low && value <= high)) throw new RangeError(`${value} lies outside ${low} to ${high}`);
    sum += value;
  }
  const estimate = sum / n;
  if (n === 0) return { n, estimate: Number.NaN, lower: low, upper: high, method: 'no values' };
  const bets = shuffledBlocks(values, low, high, seed);
  const plan = horizons(bets);
  const lower = low + (high - low) * refutedUpTo(bets, plan, alpha);
  const upper =
    high -
    (high - low) *
      refutedUpTo(
        bets.map((x) => 1 - x),
        plan,
        alpha,
      );
  const blocks = bets.length < n ? `, in ${bets.length} blocks` : '';
  return {
    n,
    estimate,
    lower: Math.min(lower, estimate),
    upper: Math.max(upper, estimate),
    method: `betting bound for values between ${low} and ${high}${blocks}`,
  };
}

/** The order in which n values are bet on. */
export function bettingOrder(n: number, seed: number): Int32Array {
  return randomFrom(seed).shuffle(Int32Array.from({ length: n }, (_, i) => i));
}

/** The values on [0, 1] in random order, or the means of random blocks of equal size (the rest is left out). */
function shuffledBlocks(values: Float64Array, low: number, high: number, seed: number): Float64Array {
  const order = bettingOrder(values.length, seed);
  const size = Math.ceil(values.length / BETTING_BLOCKS);
  const blocks = new Float64Array(Math.floor(values.length / size));
  for (let block = 0, at = 0; block < blocks.length; block++) {
    let sum = 0;
    for (const end = at + size; at < end; at++) sum += values[order[at]!]!;
    blocks[block] = Math.min(1, Math.max(0, (sum / size - low) / (high - low)));
  }
  return blocks;
}

/** For each value σ√(values left), σ estimated from the values before it (Waudby-Smith & Ramdas 2024, eq. 15). */
function horizons(values: Float64Array): Float64Array {
  const plan = new Float64Array(values.length);
  let mean = 0.5;
  let squares = FIRST_VARIANCE;
  for (let i = 0; i < values.length; i++) {
    plan[i] = Math.sqrt((squares / (i + 1)) * (values.length - i));
    const x = values[i]!;
    const before = mean;
    mean += (x - mean) / (i + 2);
    squares += (x - before) * (x - mean);
  }
  return plan;
}

/** The largest m for which "the mean is at most m" is refuted at level alpha, from below. */
function refutedUpTo(values: Float64Array, plan: Float64Array, alpha: number): number {
  let low = 0;
  let high = 1;
  if (!refutes(values, plan, alpha, Number.EPSILON)) return 0;
  while (high - low > 1e-9 + 1e-7 * low) {
    const middle = (low + high) / 2;
    if (refutes(values, plan, alpha, middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Does the wealth against "the mean is at most m", 0 < m < 1, reach 1/alpha? */
function refutes(values: Float64Array, plan: Float64Array, alpha: number, m: number): boolean {
  const enough = 1 / AIM;
  const most = STAKE / m;
  const rest = 1 / (1 - m);
  let price = alpha / AIM;
  for (let i = 0; i < values.length; i++) {
    const stake = Math.min(hedge(price) / plan[i]!, most * price, (1 - price) * rest);
    price += stake * (values[i]! - m);
    if (price >= enough) return true;
  }
  return false;
}

/** Straight lines between this many knots in each halving of the price, down to 2^−OCTAVES. */
const KNOTS = 64;
const OCTAVES = 60;
let table: { readonly at: Float64Array; readonly slope: Float64Array } | undefined;
const price64 = new Float64Array(1);
const price32 = new Uint32Array(price64.buffer);

/** φ(Φ⁻¹(p)), linear between knots: concave, as the monotony of the bound needs, and 0 at 0 and 1. */
function hedge(price: number): number {
  table ??= hedgeTable();
  const { at, slope } = table;
  const p = price > 0.5 ? 1 - price : price;
  price64[0] = p;
  // The exponent and the six leading bits of the fraction number the pieces; 1023 is the bias of the exponent.
  const piece = (price32[1]! >>> 14) - (1023 - 1 - OCTAVES) * KNOTS;
  if (piece < KNOTS) return p * slope[0]!;
  return at[piece]! + slope[piece]! * p;
}

function hedgeTable() {
  const size = (OCTAVES + 2) * KNOTS;
  const at = new Float64Array(size);
  const slope = new Float64Array(size);
  const knot = (piece: number) =>
    2 ** (Math.floor(piece / KNOTS) - OCTAVES - 1) * (1 + (piece % KNOTS) / KNOTS);
  const value = (p: number) =>
    Math.exp(-(normalQuantile(Math.min(p, 0.5)) ** 2) / 2) / Math.sqrt(2 * Math.PI);
  for (let piece = KNOTS; piece < size; piece++) {
    const [left, right] = [knot(piece), knot(piece + 1)];
    slope[piece] = piece < OCTAVES * KNOTS ? (value(right) - value(left)) / (right - left) : 0;
    at[piece] = value(left) - slope[piece]! * left;
  }
  slope[0] = value(knot(KNOTS)) / knot(KNOTS);
  return { at, slope };
}

const COST = 4 / 3;

export interface BettingPlan {
  /** Of one value. */
  readonly variance: number;
  /** How far the least possible value lies below the mean: 1 for differences of losses in [0, 1] that are nearly equal. */
  readonly reach: number;
  /** One-sided error rate. */
  readonly alpha: number;
  readonly power?: number;
}

/**
 * The loss that the lower bound of n values rules out with the power asked for when there is none:
 * (z_α + z_power) σ/√n + 4/3·ln(1/α)·reach/n. The second part is a third more than what values that all agree leave open,
 * which is about what bets cost beyond the normal bound (measured).
 */
export function detectableByBetting(n: number, { variance, reach, alpha, power = 0.8 }: BettingPlan): number {
  const z = normalQuantile(power) - normalQuantile(alpha);
  return z * Math.sqrt(variance / n) - (COST * Math.log(alpha) * reach) / n;
}

/** Values with which a loss this large is ruled out: `detectableByBetting` solved for n; ∞ for no loss. */
export function rowsForBetting(loss: number, { variance, reach, alpha, power = 0.8 }: BettingPlan): number {
  if (!(loss > 0)) return Infinity;
  const a = (normalQuantile(power) - normalQuantile(alpha)) * Math.sqrt(variance);
  const b = -COST * Math.log(alpha) * reach;
  return Math.ceil(((a + Math.sqrt(a * a + 4 * loss * b)) / (2 * loss)) ** 2);
}
