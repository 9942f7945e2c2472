import { describe, expect, test } from '@jest/globals';
import { groupIntervals } from '../../../shared/stats/simultaneous.ts';
import { pairsOracle } from './pairs-oracle.ts';

/** Cells: failures, successes. */
const rates = (groups: readonly Float64Array[]) => groups.map(([no, yes]) => yes! / (no! + yes!));

test('one rate of two cells and one prior row each has the ends of its beta law', () => {
  for (const [k, n, alpha, lower, upper] of pairsOracle.jeffreys) {
    // Of four cells of a half each, the two of the rate: those of a confusion matrix's class.
    const found = groupIntervals({
      groups: [[n - k, k, 5, 5]],
      figures: ([cells]) => [cells![1]! / (cells![0]! + cells![1]!)],
      alpha,
      seed: 1,
      draws: 20_000,
    }).figures[0]!;
    expect(found.estimate).toBeCloseTo(k / n, 14);
    expect(Math.abs(found.lower! - (k === 0 ? 0 : lower))).toBeLessThan(0.006);
    expect(Math.abs(found.upper! - upper)).toBeLessThan(0.006);
    // Alone, a figure's two-sided interval is the one of level 1 − alpha.
    expect(found.simultaneousLower).toBeCloseTo(found.lower!, 2);
  }
});

test('independent rates together are as far out as Šidák has it', () => {
  const groups = Array.from({ length: 5 }, () => [500, 500]);
  const found = groupIntervals({ groups, figures: rates, alpha: 0.05, seed: 2, draws: 40_000 });
  // Posterior of Beta(501, 501), and 2.5 % over five tails: 1 − .95^(1/5) over two.
  for (const { simultaneous, lower } of found.figures) {
    expect(Math.abs((0.5 - simultaneous![0]) / (2.569 * Math.sqrt(0.25 / 1003)) - 1)).toBeLessThan(0.05);
    expect(Math.abs((0.5 - lower!) / (1.645 * Math.sqrt(0.25 / 1003)) - 1)).toBeLessThan(0.05);
  }
});

describe('small groups', () => {
  test('a rate of none of ten has a width; that of no rows is undefined', () => {
    const found = groupIntervals({
      groups: [
        [10, 0],
        [0, 0],
        [40, 60],
      ],
      figures: (groups) => [...rates(groups), rates(groups)[2]! - rates(groups)[0]!],
      alpha: 0.05,
      seed: 3,
    });
    expect(found.figures[0]!.simultaneous![0]).toBe(0);
    expect(found.figures[0]!.simultaneous![1]).toBeGreaterThan(0.2);
    expect(found.figures[1]).toEqual({
      estimate: Number.NaN,
      simultaneous: null,
      simultaneousLower: null,
      simultaneousUpper: null,
      lower: null,
      upper: null,
    });
    expect(found.figures[3]!.estimate).toBeCloseTo(0.6, 14);
    expect(found.figures[3]!.simultaneous![0]).toBeGreaterThan(0.2);
    expect(found.draws).toBe(4000);
  });

  test('more figures than the draws can hold together are bounded beyond the draws', () => {
    const groups = Array.from({ length: 400 }, () => [50, 50]);
    const found = groupIntervals({ groups, figures: rates, alpha: 0.05, seed: 4, draws: 200 });
    // Bonferroni over 800 tails.
    const lower = found.figures.reduce((sum, figure) => sum + figure.simultaneous![0] / 400, 0);
    expect(lower).toBeLessThan(0.5 - 3.7 * Math.sqrt(0.25 / 103));
  });

  test('groups of other cells are refused; no figures are none', () => {
    expect(() => groupIntervals({ groups: [[1], [1, 2]], figures: rates, alpha: 0.05, seed: 1 })).toThrow(
      RangeError,
    );
    expect(groupIntervals({ groups: [[1, 2]], figures: () => [], alpha: 0.05, seed: 1 }).figures).toEqual([]);
  });
});
