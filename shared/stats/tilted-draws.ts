/** The probability of a figure as extreme as the observed one, as a function of the shares of cells, by weighted draws. */
import { type CellFigure, dot, total } from './likeliest.ts';
import type { Random } from './random.ts';
import { multinomialOf } from './sampling.ts';

export interface Drawing {
  /** Tables that are drawn. */
  readonly draws: number;
  readonly random: Random;
}

/** Figures that differ by less than this share of their size differ by rounding. */
export const ROUNDING = 1e-9;
/** Standard errors of the draws that a p-value is raised by, so that their chance lets nothing pass. */
const ERRORS = 2;
/** Of the tables, those from the shares as they are: tilted ones may lack all of which the figure is undefined. */
const PLAIN = 0.25;

/**
 * P(figure ≥ the observed one, or undefined) under given shares, raised by two standard errors. Tables are drawn from
 * `shares` tilted towards the observed figure, a quarter of them from `shares` themselves, and weighted by their
 * likelihood ratio to that mixture (Siegmund 1976; Hesterberg 1995), which works for P of any size. The observed table
 * counts as one that was drawn (Davison & Hinkley 1997, eq. 4.11).
 *
 * @param shares near those that are asked for later, which have no other cells than these.
 */
export function drawn(figure: CellFigure, shares: Float64Array, { draws, random }: Drawing) {
  const n = total(figure.counts);
  // The largest cell last, for it takes what is left.
  const order = [...shares.keys()].filter((k) => shares[k]! > 0).sort((a, b) => shares[a]! - shares[b]!);
  const compact = (of: Float64Array) => Float64Array.from(order, (k) => of[k]!);
  const sources = [
    { part: PLAIN, from: compact(shares) },
    { part: 1 - PLAIN, from: compact(tilted(figure, shares)) },
  ];
  const logs = sources.map(({ part, from }) => [Math.log(part), from.map(Math.log)] as const);
  const extreme: { readonly cells: Float64Array; readonly log: number }[] = [];
  const add = (cells: Float64Array) => {
    const densities = logs.map(([part, of]) => part + logOf(cells, of));
    const most = Math.max(...densities);
    const sum = densities.reduce((found, each) => found + Math.exp(each - most), 0);
    extreme.push({ cells, log: most + Math.log(sum) });
  };
  add(compact(figure.counts));
  const isExtreme = extremeOf(figure, order);
  const cells = new Float64Array(order.length);
  for (const { part, from } of sources) {
    for (let left = Math.round(part * draws); left > 0; left--) {
      multinomialOf(random, n, from, cells);
      if (isExtreme(cells)) add(cells.slice());
    }
  }
  return (under: Float64Array): number => {
    const own = compact(under).map(Math.log);
    let [weight, squares] = [0, 0];
    for (const { cells, log } of extreme) {
      const ratio = Math.exp(logOf(cells, own) - log);
      weight += ratio;
      squares += ratio * ratio;
    }
    const p = weight / (draws + 1);
    return p + ERRORS * Math.sqrt(Math.max(0, squares / (draws + 1) - p * p) / (draws + 1));
  };
}

/** Σ cells·logs, if 0·−∞ is 0. */
function logOf(cells: Float64Array, logs: Float64Array): number {
  let found = 0;
  for (let k = 0; k < cells.length; k++) if (cells[k]! > 0) found += cells[k]! * logs[k]!;
  return found;
}

/** Whether a table, of the cells in this order, has no smaller figure than the observed one. */
function extremeOf({ counts, value }: CellFigure, order: readonly number[]) {
  const estimate = value(counts);
  const least = estimate - ROUNDING * Math.max(1, Math.abs(estimate));
  const table = new Float64Array(counts.length);
  return (cells: Float64Array): boolean => {
    for (let k = 0; k < order.length; k++) table[order[k]!] = cells[k]!;
    return !(value(table) < least);
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
