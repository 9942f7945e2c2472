import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { cellBounds } from '../../../shared/stats/cell-bounds.ts';
import { type CellFigure, dot, likeliest } from '../../../shared/stats/likeliest.ts';

interface Oracle {
  readonly clopperPearson: readonly (readonly [number, number, number, number, number])[];
  readonly likeliest: readonly { counts: number[]; target: number; loss: number }[];
  readonly pValues: readonly { counts: number[]; target: number; p: number }[];
}

const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/cell-bounds-oracle.json', import.meta.url), 'utf8'),
) as Oracle;

function figure(counts: readonly number[], value: (cells: Float64Array) => number): CellFigure {
  const slopes = (shares: Float64Array, into: Float64Array) => {
    const base = value(shares);
    shares.forEach((share, k) => {
      shares[k] = share + 1e-7;
      into[k] = (value(shares) - base) / 1e-7;
      shares[k] = share;
    });
    return into;
  };
  return { counts: Float64Array.from(counts), value, slopes };
}

const share = (c: Float64Array) => c[0]! / (c[0]! + c[1]!);
/** Of true negatives, false positives, false negatives, true positives. */
const f1 = (c: ArrayLike<number>) => (2 * c[3]!) / (2 * c[3]! + c[1]! + c[2]!);
/** Of the cells 4·label + 2·production + candidate. */
const f1Difference = (c: Float64Array) =>
  f1([c[0]! + c[2]!, c[1]! + c[3]!, c[4]! + c[6]!, c[5]! + c[7]!]) -
  f1([c[0]! + c[1]!, c[2]! + c[3]!, c[4]! + c[5]!, c[6]! + c[7]!]);

const boundsOf = (of: CellFigure, alpha = 0.05, draws = 4000) =>
  cellBounds({ figure: of, alpha, draws, seed: 11 });

describe('likeliest shares', () => {
  test('are as likely as those a general optimiser finds (SciPy, SLSQP)', () => {
    for (const { counts, target, loss } of oracle.likeliest) {
      const of = figure(counts, f1Difference);
      const shares = likeliest(of, target)!;
      const n = counts.reduce((sum, count) => sum + count, 0);
      const own = counts.reduce(
        (sum, count, k) => (count === 0 ? sum : sum - (count / n) * Math.log(shares[k]!)),
        0,
      );
      expect(f1Difference(shares)).toBeCloseTo(target, 4);
      expect(own).toBeLessThan(loss + 1e-4);
    }
  });

  test('give empty cells what the value asks for, and nothing when it does not', () => {
    // Ten of ten right: the likeliest share of .8 is .8.
    const all = figure([10, 0], share);
    expect(likeliest(all, 0.8)?.[1]).toBeCloseTo(0.2, 6);
    expect(likeliest(all, 1)?.[1]).toBe(0);
  });

  test('are none if no shares have the value', () => {
    expect(likeliest(figure([10, 3], share), 1.2)).toBeUndefined();
    expect(likeliest(figure([90, 2, 1, 0, 0, 0, 0, 7], f1Difference), -1.5)).toBeUndefined();
  });
});

describe('bounds of a figure of cells', () => {
  test('of one share are Clopper and Pearson’s (statsmodels)', () => {
    for (const [k, n, alpha, low, high] of oracle.clopperPearson) {
      const { lower, upper } = boundsOf(figure([k, n - k], share), alpha);
      expect(Math.abs(lower - low)).toBeLessThan(0.012);
      expect(Math.abs(upper - high)).toBeLessThan(0.012);
    }
  });

  test('lie at the value where the sum over every table says that P is alpha (SciPy)', () => {
    for (const { counts, target, p } of oracle.pValues) {
      const { lower } = boundsOf(figure(counts, f1), p, 40_000);
      // The draws' own error is paid for, so the bound errs to the safe side.
      expect(lower).toBeLessThan(target + 0.001);
      expect(lower).toBeGreaterThan(target - 0.01);
    }
  });

  test('hold the estimate, turn round with the figure, and widen as the error rate falls', () => {
    for (const { counts } of oracle.likeliest) {
      const of = figure(counts, f1Difference);
      const [wide, narrow] = [0.001, 0.05].map((alpha) => boundsOf(of, alpha));
      expect(wide!.lower).toBeLessThan(narrow!.lower);
      expect(wide!.upper).toBeGreaterThan(narrow!.upper);
      expect(narrow!.lower).toBeLessThan(narrow!.estimate);
      expect(narrow!.upper).toBeGreaterThan(narrow!.estimate);
      const turned = boundsOf(figure(counts, (cells) => -f1Difference(cells)));
      expect(turned.upper).toBeCloseTo(-narrow!.lower, 1);
    }
  });

  test('see what no row showed: models that agree on all ten positives', () => {
    // A loss of all of 1 − .05^(1/300) of the rows in the positives is not excluded: about 1 % of 300, three of ten.
    const { lower, estimate } = boundsOf(figure([290, 0, 0, 0, 0, 0, 0, 10], f1Difference));
    expect(estimate).toBe(0);
    expect(lower).toBeLessThan(-0.1);
  });

  test('work at an error rate that no plain draws reach', () => {
    const { lower } = boundsOf(figure([500, 30], share), 1e-9);
    // Clopper and Pearson's: qbeta(1e-9, 500, 31).
    expect(lower).toBeGreaterThan(0.86);
    expect(lower).toBeLessThan(0.875);
  });

  test('keep their level, summed over all tables of 20 rows', () => {
    // One model's F1 is 1/2 in truth.
    const truth = Float64Array.of(0.6, 0.15, 0.05, 0.1);
    const total = dot(truth, Float64Array.of(1, 1, 1, 1));
    const shares = truth.map((each) => each / total);
    const n = 14;
    const lnFactorial = [0];
    for (let k = 1; k <= n; k++) lnFactorial.push(lnFactorial[k - 1]! + Math.log(k));
    const known = new Map<string, number>();
    let wrong = 0;
    for (let a = 0; a <= n; a++)
      for (let b = 0; a + b <= n; b++)
        for (let c = 0; a + b + c <= n; c++) {
          const cells = [a, b, c, n - a - b - c];
          // TN matters only by what is left, so that tables with the same errors are one.
          if (Number.isNaN(f1(cells))) continue;
          const log = cells.reduce(
            (sum, k, i) => sum + k * Math.log(shares[i]!) - lnFactorial[k]!,
            lnFactorial[n]!,
          );
          const key = cells.join(' ');
          const lower = known.get(key) ?? boundsOf(figure(cells, f1), 0.05, 100).lower;
          known.set(key, lower);
          if (lower > f1(shares) + 1e-6) wrong += Math.exp(log);
        }
    expect(wrong).toBeLessThan(0.06);
  });
});
