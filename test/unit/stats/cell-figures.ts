/** Figures of cells, and a search for what they allow that shares nothing with the one under test. */
import type { CellFigure } from '../../../shared/stats/likeliest.ts';
import type { Random } from '../../../shared/stats/random.ts';
import { gammaDraw, multinomialOf, normalDraw } from '../../../shared/stats/sampling.ts';

type Value = (cells: Float64Array) => number;

export function figure(
  counts: ArrayLike<number>,
  value: Value,
  range: readonly [number, number] = [-1, 1],
): CellFigure {
  const slopes = (shares: Float64Array, into: Float64Array) => {
    const base = value(shares);
    shares.forEach((share, k) => {
      shares[k] = share + 1e-7;
      const slope = (value(shares) - base) / 1e-7;
      into[k] = Number.isNaN(slope) ? 0 : slope;
      shares[k] = share;
    });
    return into;
  };
  return { counts: Float64Array.from(counts), range, value, slopes };
}

type Cells = ArrayLike<number>;
/** Of true negatives, false positives, false negatives, true positives. */
export const f1 = (c: Cells) => (2 * c[3]!) / (2 * c[3]! + c[1]! + c[2]!);
export const precision = (c: Cells) => c[3]! / (c[3]! + c[1]!);
export const mcc = (c: Cells) =>
  (c[3]! * c[0]! - c[1]! * c[2]!) /
  Math.sqrt((c[3]! + c[1]!) * (c[3]! + c[2]!) * (c[0]! + c[1]!) * (c[0]! + c[2]!));

export function kappa(c: Cells): number {
  const n = c[0]! + c[1]! + c[2]! + c[3]!;
  const chance = (c[0]! + c[1]!) * (c[0]! + c[2]!) + (c[2]! + c[3]!) * (c[1]! + c[3]!);
  return (n * (c[0]! + c[3]!) - chance) / (n * n - chance);
}

/** Of three classes, the cells 3·label + prediction; a class that nothing names is none. */
export function f1Macro(c: Cells): number {
  let [total, classes] = [0, 0];
  for (let k = 0; k < 3; k++) {
    let all = 0;
    for (let j = 0; j < 3; j++) all += c[3 * k + j]! + c[3 * j + k]!;
    if (all > 0) {
      total += (2 * c[4 * k]!) / all;
      classes += 1;
    }
  }
  return total / classes;
}

/** Candidate less production, of the cells (label·classes + production)·classes + candidate. */
export function differenceOf(value: (c: Cells) => number, classes: number): Value {
  return (cells) => {
    const [ours, theirs] = [new Float64Array(classes ** 2), new Float64Array(classes ** 2)];
    cells.forEach((count, cell) => {
      const [label, production] = [Math.floor(cell / classes ** 2), Math.floor(cell / classes) % classes];
      ours[label * classes + (cell % classes)]! += count;
      theirs[label * classes + production]! += count;
    });
    return value(ours) - value(theirs);
  };
}

/** A table of `n` rows in which both models are mostly right; the smaller `shape`, the fewer cells have rows. */
export function drawnTable(
  random: Random,
  n: number,
  { classes = 2, models = 2, shape = 0.3 },
): Float64Array {
  const size = classes ** (models + 1);
  const isRight = (cell: number) => {
    const label = Math.floor(cell / classes ** models);
    return cell % classes === label && (models === 1 || Math.floor(cell / classes) % classes === label);
  };
  const shares = Float64Array.from({ length: size }, (_, cell) => {
    return gammaDraw(random, isRight(cell) ? 5 * shape : shape) + 1e-12;
  });
  return multinomialOf(random, n, shares, new Float64Array(size));
}

/** −Σ counts·ln shares. */
export function lossOf(counts: Float64Array, shares: Float64Array): number {
  return counts.reduce((sum, count, k) => (count === 0 ? sum : sum - count * Math.log(shares[k]!)), 0);
}

/** The likeliest shares whose figure is at most `target` that random steps uphill find, from several random starts. */
export function climbed(
  { counts, value }: CellFigure,
  target: number,
  random: Random,
): Float64Array | undefined {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const seen = counts.map((count) => Math.max(count / n, 1e-9));
  let best: { readonly shares: Float64Array; readonly loss: number } | undefined;
  for (let start = 0; start < 4; start++) {
    let shares = somewhere({ seen, value, target }, random);
    if (shares === undefined) continue;
    let loss = lossOf(counts, shares);
    for (let step = 0, size = 1; step < 800; step++) {
      const tried = moved(shares, seen, size, random);
      const found = lossOf(counts, tried);
      const isBetter = found < loss && value(tried) <= target;
      if (isBetter) [shares, loss] = [tried, found];
      size = isBetter ? Math.min(1, 1.5 * size) : size > 1.1e-5 ? 0.97 * size : 0.3;
    }
    if (best === undefined || loss < best.loss) best = { shares, loss };
  }
  return best?.shares;
}

interface Goal {
  readonly seen: Float64Array;
  readonly value: Value;
  readonly target: number;
}

/** Random shares, mixed with the observed ones, with a figure of at most the target. */
function somewhere({ seen, value, target }: Goal, random: Random): Float64Array | undefined {
  for (let tries = 0; tries < 200; tries++) {
    const shape = [0.03, 0.1, 0.3, 1][tries % 4]!;
    const far = scaled(seen.map(() => gammaDraw(random, shape) + 1e-12));
    const part = random.uniform() ** 2;
    const shares = far.map((share, k) => part * share + (1 - part) * seen[k]!);
    if (value(shares) <= target) return shares;
  }
  return undefined;
}

/** Towards the observed shares, from one cell to another, or each cell by some factor. */
function moved(shares: Float64Array, seen: Float64Array, size: number, random: Random): Float64Array {
  const kind = random.uniform();
  if (kind < 0.15) {
    const part = size * random.uniform();
    return scaled(shares.map((share, k) => (1 - part) * share + part * seen[k]!));
  }
  if (kind > 0.6) return scaled(shares.map((share) => share * Math.exp(0.5 * size * normalDraw(random))));
  const [from, to] = [random.below(shares.length), random.below(shares.length)];
  const part = 0.999999 * size * random.uniform() * shares[from]!;
  const into = shares.slice();
  into[from]! -= part;
  into[to]! += part;
  return scaled(into);
}

function scaled(shares: Float64Array): Float64Array {
  const sum = shares.reduce((found, share) => found + share, 0);
  return shares.map((share) => Math.max(share / sum, 1e-14));
}

/** P(figure ≥ the observed one, or undefined) under these shares, by plain draws. */
export function plainP({ counts, value }: CellFigure, shares: Float64Array, random: Random, draws = 1000) {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const least = value(counts) - 1e-9;
  const table = new Float64Array(counts.length);
  let found = 0;
  for (let draw = 0; draw < draws; draw++) {
    if (!(value(multinomialOf(random, n, shares, table)) < least)) found += 1;
  }
  return found / draws;
}
