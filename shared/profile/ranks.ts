import { compareInstants, readInstant } from '../inputs/instant.ts';
import { instantMs } from '../inputs/kinds.ts';
import { compareDecimals } from '../read/number-text.ts';
import { cutCells } from './cells.ts';
import { byProbability } from './describe.ts';
import type { ColumnProfile, ReferenceCells } from './profile.ts';
import { runsOf } from './sketch/runs.ts';
import { DECIMALS } from './spelling.ts';

/** A value with what is known of the number of values around it. */
interface Knot {
  readonly value: number;
  /** At or below it are so many, at least … */
  low: number;
  /** … and at most; */
  high: number;
  /** below it are so many at most. */
  under: number;
}

/** Bounds of a number of values, and a guess between them. */
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly guess: number;
}

/** How many values of one column lie at or below any value, as far as its profile tells. */
class Ranks {
  readonly #knots: readonly Knot[];
  readonly #count: number;

  constructor(column: ColumnProfile) {
    this.#count = column.count;
    this.#knots = consistent(knotsOf(column));
  }

  get values(): readonly number[] {
    return this.#knots.map(({ value }) => value);
  }

  /** The number of values at or below `x`. */
  upTo(x: number): Bounds {
    const at = this.#last(x);
    const knot = this.#knots[at];
    if (knot?.value !== x) return this.#between(at, x);
    return { low: knot.low, high: knot.high, guess: knot.low };
  }

  /** The number of values below `x`. */
  below(x: number): Bounds {
    const at = this.#last(x);
    const knot = this.#knots[at];
    if (knot?.value !== x) return this.#between(at, x);
    const low = Math.min(knot.under, this.#knots[at - 1]?.low ?? 0);
    return { low, high: knot.under, guess: knot.under };
  }

  /** Evenly spread between two knots; half of them beside the outermost. */
  #between(at: number, x: number): Bounds {
    const [before, after] = [this.#knots[at], this.#knots[at + 1]];
    const low = before?.low ?? 0;
    const high = Math.max(low, after?.under ?? this.#count);
    const share = before === undefined || after === undefined ? 0.5 : shareOf(before.value, x, after.value);
    return { low, high, guess: low + (high - low) * share };
  }

  /** The last knot at or below `x`, or −1. */
  #last(x: number): number {
    let [low, high] = [0, this.#knots.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#knots[middle]!.value <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Halved, so that the distance of two doubles is one. */
function shareOf(low: number, x: number, high: number): number {
  return (x / 2 - low / 2) / (high / 2 - low / 2);
}

/** A value that is shown as a date or as a number. */
export function rankNumber(value: number | string): number {
  if (typeof value === 'number') return value;
  const instant = instantMs(value);
  return Number.isNaN(instant) ? Number(value) : instant;
}

/** Orders extremes exactly: both are instants, or both numbers, as texts if a double does not hold them. */
export function compareExact(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [first, second] = [readInstant(String(a)), readInstant(String(b))];
  if (first !== undefined && second !== undefined) return compareInstants(first, second);
  const textOf = (value: number | string) => (typeof value === 'number' ? DECIMALS.textOf(value) : value);
  return compareDecimals(textOf(a), textOf(b));
}

function knotsOf({ count, cells, min, max, quantiles }: ColumnProfile): Knot[] {
  const knots = cellKnots(cells);
  const add = (value: number, low: number, high: number, under: number) =>
    knots.push({ value, low, high, under });
  if (min !== undefined) add(rankNumber(min), 1, count, 0);
  if (max !== undefined) add(rankNumber(max), count, count, count - 1);
  for (const [probability, value] of Object.entries(quantiles ?? {})) {
    const rank = (count - 1) * Number(probability);
    add(rankNumber(value), Math.floor(rank) + 1, count, Math.ceil(rank));
  }
  return knots;
}

function cellKnots(cells: ReferenceCells): Knot[] {
  if (cells.kind === 'categories') return [];
  let sum = 0;
  if (cells.kind === 'cuts') {
    return cells.cuts.map((value, i) => {
      sum += cells.counts[i] ?? 0;
      return { value, low: sum, high: sum, under: sum };
    });
  }
  return cells.values.map((value, i) => {
    const under = sum + (cells.counts[2 * i] ?? 0);
    sum = under + (cells.counts[2 * i + 1] ?? 0);
    return { value, low: sum, high: sum, under };
  });
}

/** Ascending, one for each value, each bound as narrow as its neighbours make it. */
function consistent(knots: readonly Knot[]): Knot[] {
  const byValue = new Map<number, Knot>();
  for (const knot of knots) {
    const known = byValue.get(knot.value + 0);
    if (known === undefined) byValue.set(knot.value + 0, { ...knot, value: knot.value + 0 });
    else {
      known.low = Math.max(known.low, knot.low);
      known.high = Math.min(known.high, knot.high);
      known.under = Math.min(known.under, knot.under);
    }
  }
  const sorted = [...byValue.values()].sort((a, b) => a.value - b.value);
  sorted.forEach((knot, i) => {
    knot.low = Math.max(knot.low, sorted[i - 1]?.low ?? 0);
  });
  for (let i = sorted.length - 1; i >= 0; i--) {
    const knot = sorted[i]!;
    // A sketch may contradict itself by its error, which is stated beside this.
    knot.high = Math.max(knot.low, Math.min(knot.high, sorted[i + 1]?.under ?? knot.high));
    knot.under = Math.max(sorted[i - 1]?.low ?? 0, Math.min(knot.under, knot.low));
  }
  return sorted;
}

/** What the ranks of several columns together tell. */
export interface MergedRanks {
  readonly cells: Extract<ReferenceCells, { kind: 'cuts' }>;
  /** By probability; those that lie beyond what the columns tell are left out. */
  readonly quantiles: Readonly<Record<string, number>>;
  /** Share of all values by which counts below the cuts and ranks of the quantiles may be off. */
  readonly error: number;
}

/** At or below a value, and just below it, of all columns together. */
interface Place {
  readonly value: number;
  readonly below: Bounds;
  readonly upTo: Bounds;
}

const NONE: Bounds = { low: 0, high: 0, guess: 0 };

function plus(one: Bounds, other: Bounds): Bounds {
  return { low: one.low + other.low, high: one.high + other.high, guess: one.guess + other.guess };
}

/** @param columns of one ordered type, each with values. */
export function mergedRanks(columns: readonly ColumnProfile[]): MergedRanks {
  const count = columns.reduce((sum, column) => sum + column.count, 0);
  const ranks = columns.map((column) => new Ranks(column));
  const values = [...new Set(ranks.flatMap((one) => one.values))].sort((a, b) => a - b);
  const placeOf = (value: number): Place => ({
    value,
    below: ranks.map((one) => one.below(value)).reduce(plus, NONE),
    upTo: ranks.map((one) => one.upTo(value)).reduce(plus, NONE),
  });
  const places = values.map(placeOf);
  const cells = cutsOf(places, count);
  let off = 0;
  let sum = 0;
  cells.cuts.forEach((cut, i) => {
    sum += cells.counts[i] ?? 0;
    const { low, high } = placeOf(cut).upTo;
    off = Math.max(off, high - sum, sum - low);
  });
  const quantiles = byProbability((probability) => quantileAt((count - 1) * probability, places));
  for (const [probability, value] of Object.entries(quantiles)) {
    const rank = (count - 1) * Number(probability);
    const { below, upTo } = placeOf(value);
    off = Math.max(off, below.high - rank, rank + 1 - upTo.low);
  }
  const stated = columns.reduce((total, column) => total + (column.errors?.rank ?? 0) * column.count, 0);
  return { cells, quantiles, error: (off + stated) / count };
}

function cutsOf(places: readonly Place[], count: number): MergedRanks['cells'] {
  let told = 0;
  const runs = places.map(({ value, upTo }) => {
    const sum = Math.min(count, Math.max(told, Math.round(upTo.guess)));
    const run = { value, count: sum - told };
    told = sum;
    return run;
  });
  const beyond = { value: Number.POSITIVE_INFINITY, count: count - told };
  const { cuts, counts } = cutCells(runsOf([...runs, beyond].filter((run) => run.count > 0)));
  if (cuts.at(-1) !== Number.POSITIVE_INFINITY) return { kind: 'cuts', cuts, counts };
  const rest = counts.slice(-2).reduce((a, b) => a + b, 0);
  return { kind: 'cuts', cuts: cuts.slice(0, -1), counts: [...counts.slice(0, -2), rest] };
}

/** The value of a rank, counted from 0; undefined if it is beyond the outermost values that are told. */
function quantileAt(rank: number, places: readonly Place[]): number | undefined {
  const after = places.findIndex(({ upTo }) => upTo.guess > rank);
  const [place, before] = [places[after], places[after - 1]];
  if (place === undefined) return undefined;
  if (place.below.guess <= rank) return place.value;
  if (before === undefined) return undefined;
  const share = (rank - before.upTo.guess) / (place.below.guess - before.upTo.guess);
  return before.value * (1 - share) + place.value * share;
}
