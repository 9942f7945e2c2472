/**
 * Bounds of functions of independent estimates from the bounds of each: the method of variance estimates recovery
 * (MOVER; Zou & Donner 2008), which takes of each estimate the limit on the side where the whole would err.
 */

/** An estimate with one-sided bounds, each at the error rate that those of the whole shall have. */
export interface MoverLimits {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Σ coefficient · estimate of independent estimates (Zou & Donner 2008, eq. 4). */
export function sumLimits(terms: readonly (MoverLimits & { readonly coefficient: number })[]): MoverLimits {
  let [estimate, below, above] = [0, 0, 0];
  for (const { coefficient, ...term } of terms) {
    estimate += coefficient * term.estimate;
    const [down, up] = [term.estimate - term.lower, term.upper - term.estimate];
    below += (coefficient * (coefficient > 0 ? down : up)) ** 2;
    above += (coefficient * (coefficient > 0 ? up : down)) ** 2;
  }
  return { estimate, lower: estimate - Math.sqrt(below), upper: estimate + Math.sqrt(above) };
}

const least = (a: MoverLimits, b: MoverLimits) =>
  a.estimate - b.estimate - Math.sqrt((a.estimate - a.lower) ** 2 + (b.upper - b.estimate) ** 2);

/** The upper bound of the difference of two independent estimates. */
export const differenceUpper = (a: MoverLimits, b: MoverLimits) =>
  a.estimate - b.estimate + Math.sqrt((a.upper - a.estimate) ** 2 + (b.estimate - b.lower) ** 2);

/**
 * The lower bound of the ratio of two independent estimates that are not negative: the least r at which the lower bound
 * of a − r·b is not above 0 (Donner & Zou 2012, eq. 9, written without cancellation).
 */
export function ratioLower(a: MoverLimits, b: MoverLimits): number {
  const down = a.estimate - a.lower;
  const up = b.upper - b.estimate;
  const product = a.estimate * b.estimate;
  const root = (a.estimate * up) ** 2 + (down * b.estimate) ** 2 - (down * up) ** 2;
  const below = product + Math.sqrt(Math.max(0, root));
  return below > 0 ? Math.max(0, (a.estimate ** 2 - down ** 2) / below) : 0;
}

type Keys<T> = readonly ((each: T) => number)[];

/**
 * Those that at most one other is as great as by every key: the greatest of what grows with every key, over pairs of two
 * different ones, is among them.
 */
function foremost<T>(all: readonly T[], keys: Keys<T>): T[] {
  const [first] = keys;
  if (first === undefined) return [...all];
  const ordered = all
    .map((each) => ({ each, at: keys.map((key) => key(each)) }))
    .sort((a, b) => b.at[0]! - a.at[0]! || b.at.reduce((sum, x, k) => sum + x - a.at[k]!, 0));
  const kept: (typeof ordered)[number][] = [];
  for (const one of ordered) {
    let above = 0;
    for (const other of kept) {
      if (one.at.every((value, k) => value <= other.at[k]!)) above++;
      if (above > 1) break;
    }
    if (above < 2) kept.push(one);
  }
  return kept.map(({ each }) => each);
}

/**
 * The greatest of `of` over ordered pairs of two different ones, without a look at most pairs; −∞ for fewer than two.
 *
 * @param rows what `of` grows with in the first of the pair, and `columns` in the second.
 */
export function greatestOfPairs<T>(
  all: readonly T[],
  rows: Keys<T>,
  columns: Keys<T>,
  of: (a: T, b: T) => number,
): number {
  let found = -Infinity;
  const others = foremost(all, columns);
  for (const a of foremost(all, rows)) {
    for (const b of others) if (a !== b) found = Math.max(found, of(a, b));
  }
  return found;
}

const high = ({ estimate }: MoverLimits) => estimate;
const low = ({ estimate }: MoverLimits) => -estimate;
const wideUp = ({ estimate, upper }: MoverLimits) => upper - estimate;
const wideDown = ({ estimate, lower }: MoverLimits) => estimate - lower;
const narrowUp = (each: MoverLimits) => -wideUp(each);
const narrowDown = (each: MoverLimits) => -wideDown(each);

/** The greatest of the lower bounds of the differences of all ordered pairs; −∞ for fewer than two estimates. */
export function greatestLower(all: readonly MoverLimits[]): number {
  return greatestOfPairs(all, [high, narrowDown], [low, narrowUp], least);
}

/** The greatest of their upper bounds. */
export function greatestUpper(all: readonly MoverLimits[]): number {
  return greatestOfPairs(all, UPPER_ROWS, UPPER_COLUMNS, differenceUpper);
}

/** What the upper bound of a difference grows with, in either of its two estimates. */
export const UPPER_ROWS = [high, wideUp];
export const UPPER_COLUMNS = [low, wideDown];

/** The smallest of the lower bounds of the ratios of all ordered pairs; ∞ for fewer than two estimates. */
export function smallestRatioLower(all: readonly MoverLimits[]): number {
  return -greatestOfPairs(all, [low, wideDown], [high, wideUp], (a, b) => -ratioLower(a, b));
}

/** The smallest of their upper bounds. */
export function smallestRatioUpper(all: readonly MoverLimits[]): number {
  const inverse = greatestOfPairs(all, [high, narrowDown], [low, narrowUp], ratioLower);
  return inverse > 0 ? 1 / inverse : Infinity;
}
