/** Bounds of a figure of multinomial cells by inverting a test, which sees what empty cells may hold. */
import { type CellFigure, dot, likeliest, total } from './likeliest.ts';
import { type Random, randomFrom } from './random.ts';
import { multinomialOf } from './sampling.ts';
import { normalQuantile } from './special.ts';

export interface CellBounds {
  readonly estimate: number;
  /** One-sided bounds, each at error rate `alpha`. */
  readonly lower: number;
  readonly upper: number;
}

export interface CellBoundsInput {
  readonly figure: CellFigure;
  readonly alpha: number;
  /** Tables that place a bound. */
  readonly draws: number;
  /** A whole number in [0, 2³²). */
  readonly seed: number;
}

/**
 * A value v is excluded from below if P(figure ≥ the observed one) ≤ alpha under the likeliest shares with the value
 * v (an "estimated" p-value: Lloyd 2008, of the constrained parametric bootstrap: DiCiccio & Romano 1990); the lower
 * bound is the least that is not. Shares of cells that are empty are part of these shares, so that a loss in rows that
 * happened not to be drawn counts. If one binomial share is all there is, this is Clopper and Pearson's bound.
 *
 * P by seeded draws from the shares tilted towards the observed figure, each weighted by its likelihood ratio (Siegmund
 * 1976), which works at any alpha; tables of which the figure is undefined count as extreme. Assumes independent rows.
 */
export function cellBounds({ figure, alpha, draws, seed }: CellBoundsInput): CellBounds {
  const { counts } = figure;
  const estimate = figure.value(counts);
  const standardError = deltaError(figure);
  const mirrored: CellFigure = {
    counts,
    value: (cells) => -figure.value(cells),
    slopes: (shares, into) => {
      figure.slopes(shares, into);
      for (let k = 0; k < into.length; k++) into[k] = -into[k]!;
      return into;
    },
  };
  const level = { alpha, draws, standardError };
  const lower = lowerBound(figure, { ...level, random: randomFrom(seed) });
  const upper = -lowerBound(mirrored, { ...level, random: randomFrom((seed ^ 0x5eed_b0d5) >>> 0) });
  return { estimate, lower, upper };
}

interface Level {
  readonly alpha: number;
  readonly draws: number;
  readonly standardError: number;
  readonly random: Random;
}

/** Figures that differ by less than this share of their distance from the bound differ by rounding. */
const ROUNDING = 1e-9;
/** Standard errors of the draws that a p-value is raised by, so that their chance lets nothing pass. */
const ERRORS = 2;
/** The last of the rounds draws all tables; each draws at the bound that the one before found. */
const ROUNDS = [0.25, 1];
/** Of the bound's distance from the estimate. */
const TOLERANCE = 1e-3;

function lowerBound(figure: CellFigure, level: Level): number {
  const { counts } = figure;
  const estimate = figure.value(counts);
  const at = likelihoods(figure);
  let guess = estimate - firstReach(figure, level);
  let bound = guess;
  for (const part of ROUNDS) {
    const near = reachable(at, guess, estimate);
    if (near === undefined) return estimate;
    const tables = drawn(figure, near, { ...level, draws: Math.ceil(part * level.draws) });
    bound = crossing(estimate, near.value, (value) => {
      const shares = at(value);
      return shares === undefined ? 0 : tables(shares) / level.alpha;
    });
    guess = bound;
  }
  return bound;
}

/** The likeliest shares by value, each from those of the nearest value that was asked for. */
function likelihoods(figure: CellFigure): (value: number) => Float64Array | undefined {
  const known: { value: number; shares: Float64Array | undefined }[] = [];
  return (value) => {
    const same = known.find((each) => each.value === value);
    if (same !== undefined) return same.shares;
    let nearest: Float64Array | undefined;
    let distance = Infinity;
    for (const each of known) {
      if (each.shares === undefined || Math.abs(each.value - value) >= distance) continue;
      [nearest, distance] = [each.shares, Math.abs(each.value - value)];
    }
    const shares = likeliest(figure, value, nearest) ?? likeliest(figure, value);
    known.push({ value, shares });
    return shares;
  };
}

/** The value asked for, or the nearest to it that shares can have. */
function reachable(at: (value: number) => Float64Array | undefined, value: number, estimate: number) {
  for (let asked = value, tries = 0; tries < 12; tries++, asked = (asked + estimate) / 2) {
    const shares = at(asked);
    if (shares !== undefined) return { value: asked, shares };
  }
  return undefined;
}

/** How far the bound may be: by the variance that was seen, and by what one cell that was not could hide. */
function firstReach(figure: CellFigure, { alpha, standardError }: Level): number {
  const n = total(figure.counts);
  const shares = figure.counts.map((count) => count / n);
  const slopes = figure.slopes(shares, new Float64Array(shares.length));
  const steepest = slopes.reduce((least, slope) => Math.min(least, slope), 0);
  return Math.hypot(-normalQuantile(alpha) * standardError, (steepest * (1 - alpha ** (1 / n))) / 1);
}

function deltaError(figure: CellFigure): number {
  const n = total(figure.counts);
  const shares = figure.counts.map((count) => count / n);
  const slopes = figure.slopes(shares, new Float64Array(shares.length));
  const mean = dot(shares, slopes);
  let variance = 0;
  for (let k = 0; k < shares.length; k++) variance += shares[k]! * (slopes[k]! - mean) ** 2;
  return Math.sqrt(variance / n);
}

/**
 * Tables drawn near the edge of what is as extreme as the observed one, as a function of shares: the probability under
 * them of a figure no smaller than the observed one. The observed table counts as one that was drawn (Davison & Hinkley
 * 1997, eq. 4.11).
 */
function drawn(
  figure: CellFigure,
  { shares }: { readonly shares: Float64Array },
  { draws, random }: Level,
): (shares: Float64Array) => number {
  const { counts } = figure;
  const n = total(counts);
  const estimate = figure.value(counts);
  const least = estimate - ROUNDING * Math.max(1, Math.abs(estimate));
  const from = tilted(figure, shares);
  // The largest cell last, for it takes what is left.
  const order = [...from.keys()].filter((k) => from[k]! > 0).sort((a, b) => from[a]! - from[b]!);
  const compact = Float64Array.from(order, (k) => from[k]!);
  const table = new Float64Array(counts.length);
  const cells = new Float64Array(order.length);
  const extreme: Float64Array[] = [Float64Array.from(order, (k) => counts[k]!)];
  for (let draw = 0; draw < draws; draw++) {
    multinomialOf(random, n, compact, cells);
    for (let k = 0; k < order.length; k++) table[order[k]!] = cells[k]!;
    if (!(figure.value(table) < least)) extreme.push(cells.slice());
  }
  return (under) => {
    const ratios = compact.map((share, k) => Math.log(under[order[k]!]! / share));
    let [weight, squares] = [0, 0];
    for (const rows of extreme) {
      let log = 0;
      for (let k = 0; k < rows.length; k++) if (rows[k]! > 0) log += rows[k]! * ratios[k]!;
      weight += Math.exp(log);
      squares += Math.exp(2 * log);
    }
    const p = weight / (draws + 1);
    return p + ERRORS * Math.sqrt(Math.max(0, squares / (draws + 1) - p * p) / (draws + 1));
  };
}

/** How far towards the observed figure the draws are moved. */
const TOWARDS = 0.9;

/** Shares · e^(t·slope) whose mean slope is nearly that of the observed cells. */
function tilted({ counts, slopes: slopesAt }: CellFigure, shares: Float64Array): Float64Array {
  const n = total(counts);
  const seen = counts.map((count) => count / n);
  const slopes = slopesAt(shares, new Float64Array(shares.length));
  const atSeen = slopesAt(seen, new Float64Array(shares.length));
  for (let k = 0; k < slopes.length; k++) slopes[k] = (slopes[k]! + atSeen[k]!) / 2;
  const [own, goal] = [dot(shares, slopes), dot(seen, slopes)];
  const wanted = own + TOWARDS * (goal - own);
  const at = (t: number) => {
    const greatest = slopes.reduce(
      (most, slope, k) => (shares[k]! > 0 ? Math.max(most, t * slope) : most),
      -Infinity,
    );
    const found = shares.map((share, k) => share * Math.exp(t * slopes[k]! - greatest));
    const sum = total(found);
    return found.map((share) => share / sum);
  };
  if (!(goal > own)) return shares;
  let high = 1 / Math.max(...slopes.map(Math.abs), 1e-300);
  for (let tries = 0; tries < 60 && dot(at(high), slopes) < wanted; tries++) high *= 2;
  let low = 0;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (dot(at(middle), slopes) < wanted) low = middle;
    else high = middle;
  }
  return at(low);
}

/**
 * The least value at which `ratio` (the p-value over alpha, 0 beyond what can be) is above 1, below an estimate where it
 * is: steps out from a guess, then false position on ln ratio.
 */
function crossing(estimate: number, guess: number, ratio: (value: number) => number): number {
  let [out, inside] = [guess, estimate];
  let atOut = ratio(out);
  let reach = estimate - guess;
  let atInside = Math.log(10);
  for (let tries = 0; atOut > 1 && tries < 30; tries++) {
    [inside, atInside] = [out, Math.log(atOut)];
    reach *= 1.5;
    out = estimate - reach;
    atOut = ratio(out);
  }
  let below = Math.log(Math.max(atOut, 1e-30));
  for (let step = 0; step < 40 && inside - out > TOLERANCE * (estimate - out); step++) {
    const share = Number.isFinite(below) && step % 3 < 2 ? below / (below - atInside) : 0.5;
    const middle = out + Math.min(0.95, Math.max(0.05, share)) * (inside - out);
    const at = Math.log(Math.max(ratio(middle), 1e-30));
    if (at > 0) [inside, atInside] = [middle, at];
    else [out, below] = [middle, at];
  }
  return out;
}
