import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { cellBounds } from '../../../shared/stats/cell-bounds.ts';
import { type CellFigure, dot, likeliest } from '../../../shared/stats/likeliest.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import {
  climbed,
  differenceOf,
  drawnTable,
  f1,
  f1Macro,
  figure,
  kappa,
  lossOf,
  mcc,
  plainP,
  precision,
} from './cell-figures.ts';

interface Oracle {
  readonly clopperPearson: readonly (readonly [number, number, number, number, number])[];
  readonly likeliest: readonly {
    figure: keyof typeof FIGURES;
    counts: number[];
    target: number;
    loss: number;
  }[];
  readonly pValues: readonly { counts: number[]; target: number; p: number }[];
}

const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/cell-bounds-oracle.json', import.meta.url), 'utf8'),
) as Oracle;

const share = (c: Float64Array) => c[0]! / (c[0]! + c[1]!);
const f1Difference = differenceOf(f1, 2);
const FIGURES = { f1Difference, mcc, kappa };

const boundsOf = (of: CellFigure, alpha = 0.05, draws = 4000) =>
  cellBounds({ figure: of, alpha, draws, seed: 11 });

describe('likeliest shares', () => {
  test('are as likely as those a general optimiser finds (SciPy, SLSQP)', () => {
    for (const { figure: name, counts, target, loss } of oracle.likeliest) {
      const of = figure(counts, FIGURES[name]);
      const shares = likeliest(of, target)!;
      expect(FIGURES[name](shares)).toBeCloseTo(target, 4);
      expect(
        lossOf(of.counts, shares) /
          dot(
            of.counts,
            of.counts.map(() => 1),
          ),
      ).toBeLessThan(loss + 4e-3);
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
      const { lower, upper } = boundsOf(figure([k, n - k], share, [0, 1]), alpha);
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
    for (const { figure: name, counts } of oracle.likeliest) {
      if (name !== 'f1Difference') continue;
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
    const { lower } = boundsOf(figure([500, 30], share, [0, 1]), 1e-9);
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

/** What two models' figures are between, and how their tables are drawn. */
const SEARCHED = [
  { name: 'F1', value: differenceOf(f1, 2), most: 1, classes: 2, models: 2 },
  { name: 'precision', value: differenceOf(precision, 2), most: 1, classes: 2, models: 2 },
  { name: 'MCC', value: differenceOf(mcc, 2), most: 2, classes: 2, models: 2 },
  { name: 'kappa', value: differenceOf(kappa, 2), most: 2, classes: 2, models: 2 },
  { name: 'macro F1', value: differenceOf(f1Macro, 3), most: 1, classes: 3, models: 2 },
  { name: 'MCC of one model', value: mcc, most: 1, classes: 2, models: 1 },
  { name: 'kappa of one model', value: kappa, most: 1, classes: 2, models: 1 },
  { name: 'macro F1 of one model', value: f1Macro, most: 1, classes: 3, models: 1 },
] as const;

describe('the search of a bound', () => {
  test.each(SEARCHED)('of $name excludes nothing that a slow search finds likely', (searched) => {
    const { value, most, classes, models } = searched;
    const random = randomFrom(91);
    const tooTight: string[] = [];
    for (let i = 0; i < (classes === 2 ? 12 : 6); i++) {
      const n = [12, 30, 60, 200][random.below(4)]!;
      const counts = drawnTable(random, n, { classes, models, shape: [0.05, 0.2, 0.5, 2][i % 4]! });
      const of = figure(counts, value, [-most, most]);
      const estimate = value(of.counts);
      if (Number.isNaN(estimate)) continue;
      const { lower } = boundsOf(of, 0.05, 400);
      // Beyond the bound by more than its rounding; a bound at the estimate excludes all below.
      const beyond = Math.max(-most, estimate - 1.02 * (estimate - lower) - 2e-3);
      const shares = lower > -most ? climbed(of, beyond, random) : undefined;
      const p = shares === undefined ? 0 : plainP(of, shares, random);
      if (p > 0.1) tooTight.push(`${counts.join(' ')}: ${lower} from ${estimate}, P = ${p} at ${beyond}`);
    }
    expect(tooTight).toEqual([]);
  });

  test('moves a bound out, not in, if a class appears in the figure as soon as it has a share', () => {
    // Only the candidate names class 0, so that its mean is over one class more; lower bounds were the estimate itself.
    const counts = new Float64Array(27);
    for (const [cell, count] of [
      [3, 1],
      [11, 4],
      [13, 7],
    ] as const)
      counts[cell] = count;
    const { lower, upper, estimate } = boundsOf(figure(counts, differenceOf(f1Macro, 3)), 0.05, 400);
    expect(lower).toBeLessThan(estimate - 0.1);
    expect(upper).toBeGreaterThan(estimate + 0.1);
  });

  test('counts tables of which the figure is undefined, however the draws are tilted', () => {
    // The candidate names one of 30 rows positive: with a chance of e⁻¹ it would name none.
    const { lower } = boundsOf(figure([7, 1, 19, 0, 3, 0, 0, 0], differenceOf(precision, 2)));
    expect(lower).toBeCloseTo(-1, 1);
  });

  test('leaves no room below the least value', () => {
    const none = figure([9, 3, 0, 0], f1, [0, 1]);
    expect(boundsOf(none).lower).toBe(0);
    expect(boundsOf(none).upper).toBeGreaterThan(0.3);
  });

  test('is not narrowed by shares that are not found', () => {
    // As far as the search can see, there is nothing near: all values up to the least are left open.
    const blind: CellFigure = {
      ...figure([30, 10], share, [0, 1]),
      value: (cells) => (cells[0] === 30 && cells[1] === 10 ? 0.75 : Number.NaN),
    };
    const { lower, upper } = boundsOf(blind);
    expect([lower, upper]).toEqual([0, 1]);
  });
});
