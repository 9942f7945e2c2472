/** Intervals of many figures of groups that hold together. */
import { randomFrom } from './random.ts';
import { gammaDraw } from './sampling.ts';
import { normalQuantile } from './special.ts';

export interface GroupsInput {
  /**
   * Rows of each group that fall into each cell, of equal length: the confusion cells of one model, or the joint cells
   * of two; whatever the figures are functions of.
   */
  readonly groups: readonly ArrayLike<number>[];
  /**
   * All figures of such counts (rates of groups, their differences and ratios), always as many; NaN where undefined.
   * In a draw the counts are no whole numbers, and none is 0. The arrays are used again.
   */
  figures(groups: readonly Float64Array[]): readonly number[] | Float64Array;
  /** Error rate of all intervals together, and of each one-sided bound alone. */
  readonly alpha: number;
  /** A whole number in [0, 2³²). */
  readonly seed: number;
  /** Without: 40·figures/alpha, between 2,000 and 40,000, and fewer for more than 250 figures. */
  readonly draws?: number;
}

export interface FigureIntervals {
  /** The figure of the counts as they are; NaN where undefined, and then there are no bounds. */
  readonly estimate: number;
  /** Two-sided, holding for all figures at once. */
  readonly simultaneous: readonly [number, number] | null;
  /** One-sided bounds that hold for all figures at once: all lower ones together, and all upper ones together. */
  readonly simultaneousLower: number | null;
  readonly simultaneousUpper: number | null;
  /** One-sided bounds of this figure alone. */
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface GroupIntervals {
  readonly figures: readonly FigureIntervals[];
  readonly draws: number;
  readonly method: string;
}

/** Prior rows of each group, spread over its cells: a half for each of the four of a confusion matrix (Jeffreys). */
const PRIOR_ROWS = 2;
const [FEWEST_DRAWS, MOST_DRAWS] = [2000, 40_000];
/** Figures × draws that are kept, where no draws are asked for: 80 MB. */
const MOST_VALUES = 1e7;

/**
 * Simultaneous intervals by the Bayesian bootstrap (Rubin 1981): the cells of each group are drawn, independently of
 * other groups, from Dirichlet(counts + prior), so that a rate of 0 of 10 has an interval of a width and not, as in
 * plain resamples, none. The intervals are equally-tailed in their ranks, each figure missed as often as any other
 * (Beran 1988; Besag, Green, Higdon & Mengersen 1995, §6.3), and take in the estimate. Cost and memory do not depend on
 * rows: groups × cells × draws.
 */
export function groupIntervals(input: GroupsInput): GroupIntervals {
  const { groups, figures, alpha, seed } = input;
  const size = groups[0]?.length ?? 0;
  for (const group of groups) {
    if (group.length !== size) throw new RangeError(`groups of ${size} and of ${group.length} cells`);
  }
  const estimates = Float64Array.from(figures(groups.map((group) => Float64Array.from(group))));
  const count = estimates.length;
  const draws = input.draws ?? drawsFor(count, alpha);
  const random = randomFrom(seed);
  const drawn = groups.map(() => new Float64Array(size));
  const values = estimates.length === 0 ? [] : Array.from(estimates, () => new Float64Array(draws));
  for (let draw = 0; draw < draws; draw++) {
    groups.forEach((group, g) => {
      dirichletCounts(random, group, drawn[g]!);
    });
    const found = figures(drawn);
    for (let k = 0; k < count; k++) values[k]![draw] = found[k]!;
  }
  const defined = values.map(
    (column, k) => !Number.isNaN(estimates[k]!) && column.every((v) => !Number.isNaN(v)),
  );
  const sorted = values.map((column) => column.slice(0, draws >> 1).sort());
  const depth = depths(values, sorted, defined, alpha);
  return {
    figures: sorted.map((column, k) => boundsOf(column, estimates[k]!, defined[k]!, depth, alpha, count)),
    draws,
    method: `Bayesian bootstrap within ${groups.length} groups (${draws} draws), simultaneous in ranks`,
  };
}

function drawsFor(figures: number, alpha: number): number {
  const wanted = Math.ceil((40 * figures) / alpha / 1000) * 1000;
  const most = Math.min(MOST_DRAWS, Math.floor(MOST_VALUES / Math.max(1, figures)));
  return Math.max(FEWEST_DRAWS, Math.min(most, wanted));
}

/** Dirichlet(counts + prior), times the rows of the group. */
function dirichletCounts(
  random: ReturnType<typeof randomFrom>,
  group: ArrayLike<number>,
  into: Float64Array,
): void {
  let sum = 0;
  let rows = 0;
  for (let k = 0; k < into.length; k++) {
    into[k] = gammaDraw(random, group[k]! + PRIOR_ROWS / into.length);
    sum += into[k]!;
    rows += group[k]!;
  }
  for (let k = 0; k < into.length; k++) into[k] = (into[k]! * Math.max(rows, 1)) / sum;
}

/**
 * How many of the placed draws lie beyond each end of the intervals that hold together; −1 where all of them must lie
 * within and even that is too narrow.
 */
interface Depths {
  readonly both: number;
  readonly lower: number;
  readonly upper: number;
}

/** Half of the draws place the intervals, the other half tells how far out they must be: their own would look too good. */
function depths(
  values: readonly Float64Array[],
  sorted: readonly Float64Array[],
  defined: readonly boolean[],
  alpha: number,
): Depths {
  const placed = sorted[0]?.length ?? 0;
  const told = (values[0]?.length ?? 0) - placed;
  const fromBelow = new Float64Array(told).fill(placed);
  const fromAbove = new Float64Array(told).fill(placed);
  values.forEach((column, k) => {
    if (!defined[k]) return;
    const order = sorted[k]!;
    for (let draw = 0; draw < told; draw++) {
      const value = column[placed + draw]!;
      const below = firstAbove(order, value);
      const above = placed - firstAtLeast(order, value);
      if (below < fromBelow[draw]!) fromBelow[draw] = below;
      if (above < fromAbove[draw]!) fromAbove[draw] = above;
    }
  });
  // A draw lies within [order[d], order[placed − 1 − d]] where more than d values are no larger, and no smaller.
  const cut = (outermost: Float64Array) => (outermost.sort()[Math.floor(alpha * told)] ?? 0) - 1;
  const both = cut(fromBelow.map((below, draw) => Math.min(below, fromAbove[draw]!)));
  return { both, lower: cut(fromBelow), upper: cut(fromAbove) };
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function boundsOf(
  sorted: Float64Array,
  estimate: number,
  defined: boolean,
  depth: Depths,
  alpha: number,
  count: number,
): FigureIntervals {
  if (!defined) {
    return {
      estimate,
      simultaneous: null,
      simultaneousLower: null,
      simultaneousUpper: null,
      lower: null,
      upper: null,
    };
  }
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  // Beyond the draws: as far as Bonferroni's normal bound has it.
  const beyond = -normalQuantile(alpha / (2 * count)) * deviation(sorted);
  const lower = (d: number) => Math.min(estimate, d < 0 ? Math.min(least, estimate - beyond) : sorted[d]!);
  const upper = (d: number) =>
    Math.max(estimate, d < 0 ? Math.max(most, estimate + beyond) : sorted[sorted.length - 1 - d]!);
  const alone = Math.floor(alpha * sorted.length);
  return {
    estimate,
    simultaneous: [lower(depth.both), upper(depth.both)],
    simultaneousLower: lower(depth.lower),
    simultaneousUpper: upper(depth.upper),
    lower: lower(alone),
    upper: upper(alone),
  };
}

function deviation(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
