/** Bounds of quantiles, and of differences of two models' quantiles on the same rows, that hold for every law. */
import { binomialCdf, binomialUpperTail } from './discrete.ts';
import { ascending } from './order.ts';

/** One-sided bounds, each at the error rate asked for; null if the rows are too few for one. */
export interface QuantileBounds {
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Which of the ordered values, from 1 to n, bound the quantile; undefined if none does. */
export interface Ranks {
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/**
 * The greatest r with P(Bin(n, share) < r) ≤ alpha and the least s with P(Bin(n, share) ≥ s) ≤ alpha: the r-th smallest of
 * n values is above the quantile, and the s-th below it, in at most alpha of samples of whatever law (David & Nagaraja
 * 2003, §7.1). Of laws with ties, and where the quantile is a range of values (any of them is covered), it is less.
 *
 * @param share of the law that does not exceed the quantile, in (0, 1).
 */
export function quantileRanks(n: number, share: number, alpha: number): Ranks {
  const lower = greatest(n, (r) => binomialCdf(r - 1, n, share) <= alpha);
  const above = greatest(n, (s) => binomialUpperTail(s, n, share) > alpha);
  return { lower: lower === 0 ? undefined : lower, upper: above === n ? undefined : above + 1 };
}

/** The greatest whole number in [1, n] that holds, if all below it do; 0 if none does. */
function greatest(n: number, holds: (k: number) => boolean): number {
  let [low, high] = [0, n + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Rows from which on a quantile has a bound above (`upper`) or below at this error rate: share^n ≤ alpha. */
export function rowsForQuantile(share: number, alpha: number, side: 'lower' | 'upper'): number {
  return Math.ceil(Math.log(alpha) / (side === 'upper' ? Math.log(share) : Math.log1p(-share)));
}

/** Bounds of the quantile of one sample of independent values (`quantileRanks`). */
export function quantileBounds(values: Float64Array, share: number, alpha: number): QuantileBounds {
  const sorted = values.slice().sort();
  const { lower, upper } = quantileRanks(values.length, share, alpha);
  return {
    lower: lower === undefined ? null : sorted[lower - 1]!,
    upper: upper === undefined ? null : sorted[upper - 1]!,
  };
}

export interface QuantilePair {
  /** Values of two models on the same rows, which are independent of each other. */
  readonly ours: Float64Array;
  readonly theirs: Float64Array;
  readonly share: number;
  readonly alpha: number;
}

/** Of the error rate: for where their quantile lies, on either side; and for a bound of ours alone. The rest is McNemar's. */
const PLACE_SHARE = 0.05;
const ALONE_SHARE = 0.2;

/** Rows from which on a difference has bounds at this error rate. */
export function rowsForQuantilePair(share: number, alpha: number): number {
  return Math.max(
    rowsForQuantile(share, ALONE_SHARE * alpha, 'upper'),
    rowsForQuantile(share, PLACE_SHARE * alpha, 'lower'),
  );
}

/**
 * Bounds of (quantile of ours) − (quantile of theirs). "It is at least δ" is refuted if it is refuted for every place t
 * that their quantile may have. If it lies at t, at most `share` of our law is below t + δ, and at least `share` of
 * theirs is not above t: so among the rows on which only one of these two is so, ours are at most a half (McNemar 1947,
 * by the binomial law), and the rows below t + δ are no more than Bin(n, share) (order statistics). Places that order
 * statistics of theirs exclude are not looked at (Berger & Boos 1994). The three tests share alpha (Bonferroni), so that
 * the level holds for every law of independent rows, with ties, tails and whatever dependence of the two models. Bounds
 * are found to a ten-thousandth of their distance from those of either model alone, and rounded outwards.
 */
export function quantileDifferenceBounds({ ours, theirs, share, alpha }: QuantilePair): QuantileBounds {
  const [one, other] = [sampleOf(ours), sampleOf(theirs)];
  const lower = upperBound(other, one, share, alpha);
  return { lower: lower === null ? null : 0 - lower, upper: upperBound(one, other, share, alpha) };
}

/** Values, and their places from the smallest to the largest. */
interface Sample {
  readonly values: Float64Array;
  readonly order: Uint32Array;
}

const sampleOf = (values: Float64Array): Sample => ({ values, order: ascending(values) });
const ranked = ({ values, order }: Sample, rank: number) => values[order[rank - 1]!]!;

const TOLERANCE = 1e-4;

function upperBound(ours: Sample, theirs: Sample, share: number, alpha: number): number | null {
  const n = ours.values.length;
  const alone = quantileRanks(n, share, ALONE_SHARE * alpha).upper;
  const place = quantileRanks(n, share, PLACE_SHARE * alpha);
  if (alone === undefined || place.lower === undefined) return null;
  const from = ranked(theirs, place.lower);
  const to = place.upper === undefined ? Infinity : ranked(theirs, place.upper);
  const least = leastOfDiscordant((1 - 2 * PLACE_SHARE - ALONE_SHARE) * alpha);
  const refutes = (below: number, notAbove: number, both: number) =>
    below >= alone || below - both >= least(below + notAbove - 2 * both);
  // Beyond what either model shows alone, every place is refuted; the observed difference is not.
  const middle = Math.max(1, Math.ceil(n * share));
  let high = ranked(ours, alone) - from;
  let low = Math.min(high, ranked(ours, middle) - ranked(theirs, middle));
  const near = TOLERANCE * (high - low);
  while (high - low > near) {
    const shift = (low + high) / 2;
    if (isRefuted({ ours, theirs, from, to, refutes }, shift)) high = shift;
    else low = shift;
  }
  return high;
}

interface Places {
  readonly ours: Sample;
  readonly theirs: Sample;
  /** The places that their quantile may have. */
  readonly from: number;
  readonly to: number;
  /** By the rows of ours below t + shift, of theirs not above t, and with both. */
  readonly refutes: (below: number, notAbove: number, both: number) => boolean;
}

/** Is a difference of at least `shift` refuted at every place t? Counts change only at t = theirs and t = ours − shift. */
function isRefuted({ ours, theirs, from, to, refutes }: Places, shift: number): boolean {
  const n = ours.values.length;
  let below = greatest(n, (rank) => ranked(ours, rank) - shift < from);
  let notAbove = greatest(n, (rank) => ranked(theirs, rank) < from);
  let both = 0;
  for (let row = 0; row < n; row++)
    if (theirs.values[row]! < from && ours.values[row]! - shift < from) both++;
  const ourNext = () => (below < n ? ranked(ours, below + 1) - shift : Infinity);
  const theirNext = () => (notAbove < n ? ranked(theirs, notAbove + 1) : Infinity);
  for (;;) {
    const t = Math.min(ourNext(), theirNext());
    if (t === Infinity || t > to) return true;
    for (; theirNext() <= t; notAbove++) if (ours.values[theirs.order[notAbove]!]! - shift < t) both++;
    if (!refutes(below, notAbove, both)) return false;
    for (; ourNext() <= t; below++) if (theirs.values[ours.order[below]!]! <= t) both++;
    // Just above t, until the next place.
    if (t < to && !refutes(below, notAbove, both)) return false;
  }
}

/** Of √m: as finely as many discordant rows are told apart. */
const GRAIN = 1 / 50;

/** The least b with P(Bin(m, ½) ≥ b) ≤ alpha, m + 1 if there is none; of a slightly greater m, which asks for no less. */
function leastOfDiscordant(alpha: number): (m: number) => number {
  const known = new Map<number, number>();
  return (m) => {
    const step = Math.max(1, Math.floor(GRAIN * Math.sqrt(m)));
    const pairs = Math.ceil(m / step) * step;
    let least = known.get(pairs);
    if (least === undefined) {
      least = greatest(pairs, (b) => binomialUpperTail(b, pairs, 0.5) > alpha) + 1;
      known.set(pairs, least);
    }
    return least;
  };
}
