/** Bounds of a figure of multinomial cells by inverting a test, which sees what empty cells may hold. */
import { type CellFigure, dot, likeliest, total } from './likeliest.ts';
import { randomFrom } from './random.ts';
import { normalQuantile } from './special.ts';
import { type Drawing, drawn, ROUNDING } from './tilted-draws.ts';

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
 * P by seeded draws (`drawn`); tables of which the figure is undefined count as extreme. A value whose shares are not
 * found is not excluded, unless it lies beyond the figure's range. Assumes independent rows.
 */
export function cellBounds({ figure, alpha, draws, seed }: CellBoundsInput): CellBounds {
  const { counts } = figure;
  const estimate = figure.value(counts);
  const standardError = deltaError(figure);
  const [least, most] = figure.range;
  const mirrored: CellFigure = {
    counts,
    range: [-most, -least],
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

interface Level extends Drawing {
  readonly alpha: number;
  readonly standardError: number;
}

/** The last of the rounds draws all tables; each draws at the bound that the one before found. */
const ROUNDS = [0.25, 1];
/** Of the bound's distance from the estimate. */
const TOLERANCE = 1e-3;

/** Of a p-value to alpha, if the shares that it asks for are not found: the value is not excluded. */
const NOT_EXCLUDED = 10;
/** Of the way to the least value, how far the first guess may be. */
const FIRST = 0.9;

function lowerBound(figure: CellFigure, level: Level): number {
  const { counts, range } = figure;
  const estimate = figure.value(counts);
  const [least] = range;
  const room = estimate - least;
  if (room <= ROUNDING * Math.max(1, Math.abs(estimate))) return estimate;
  const at = likelihoods(figure);
  let bound = estimate - Math.min(firstReach(figure, level), FIRST * room);
  for (const part of ROUNDS) {
    const near = reachable(at, bound, estimate);
    if (near === undefined) return least;
    const tables = drawn(figure, near.shares, { ...level, draws: Math.ceil(part * level.draws) });
    bound = crossing({ estimate, least, guess: near.value }, (value) => {
      const shares = at(value);
      return shares === undefined ? undefined : tables(shares) / level.alpha;
    });
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
  const unseen = 1 - alpha ** (1 / n);
  const shares = figure.counts.map((count) => count / n);
  const slopes = figure.slopes(shares, new Float64Array(shares.length));
  const steepest = slopes.reduce((least, slope) => Math.min(least, slope), 0);
  const reach = Math.hypot(-normalQuantile(alpha) * standardError, steepest * unseen);
  // A figure that is flat here may fall further on.
  return Math.max(reach, (figure.value(figure.counts) - figure.range[0]) * unseen);
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

/** Of the way to the least value, so that any guess gets there. */
const SMALLEST_STEP = 1e-6;

interface Between {
  readonly estimate: number;
  /** Excluded, for no shares have less. */
  readonly least: number;
  /** Below the estimate. */
  readonly guess: number;
}

/** The p-value over alpha; undefined if shares of the value are not found. */
type Ratio = (value: number) => number | undefined;

/**
 * The least value at which `ratio` is above 1 or undefined, below an estimate at which it is above 1: steps out from a
 * guess, then false position on ln ratio.
 */
function crossing({ estimate, least, guess }: Between, ratio: Ratio): number {
  const at = (value: number) => (value > least ? (ratio(value) ?? NOT_EXCLUDED) : 0);
  let [out, inside] = [guess, estimate];
  let atOut = at(out);
  let reach = estimate - guess;
  let atInside = Math.log(NOT_EXCLUDED);
  while (atOut > 1) {
    [inside, atInside] = [out, Math.log(atOut)];
    reach = Math.max(1.5 * reach, SMALLEST_STEP * (estimate - least));
    out = Math.max(least, estimate - reach);
    // What could be excluded may lie before what is not found.
    if (out > least && ratio(out) === undefined) out = excludedBetween(inside, out, ratio) ?? out;
    atOut = at(out);
  }
  let below = Math.log(Math.max(atOut, 1e-30));
  for (let step = 0; step < 40 && inside - out > TOLERANCE * (estimate - out); step++) {
    const share = step % 3 < 2 ? below / (below - atInside) : 0.5;
    const middle = out + Math.min(0.95, Math.max(0.05, share)) * (inside - out);
    const found = Math.log(Math.max(at(middle), 1e-30));
    if (found > 0) [inside, atInside] = [middle, found];
    else [out, below] = [middle, found];
  }
  return out;
}

/** A value that is excluded, between one that is not and one whose shares are not found. */
function excludedBetween(known: number, lost: number, ratio: Ratio): number | undefined {
  for (let tries = 0; tries < 8; tries++) {
    const middle = (known + lost) / 2;
    const found = ratio(middle);
    if (found === undefined) lost = middle;
    else if (found > 1) known = middle;
    else return middle;
  }
  return undefined;
}
