/** Bounds of losses against their definitions in NumPy (scripts/oracles/loss_bounds.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { aucBettingBounds } from '../../../shared/stats/auc-betting.ts';
import { clustersOf } from '../../../shared/stats/clusters.ts';
import { fewClusterBounds, satterthwaite } from '../../../shared/stats/few-clusters.ts';
import { resample } from '../../../shared/stats/resample.ts';
import { rootDifferenceBounds } from '../../../shared/stats/roots.ts';
import type { Statistic } from '../../../shared/stats/statistic.ts';

interface Oracle {
  readonly fewClusters: readonly {
    metric: 'mae' | 'rmse';
    ours: number[];
    theirs: number[];
    clusters: number[];
    weights: number[];
    alpha: number;
    answer: [estimate: number, standardError: number, df: number, lower: number, upper: number];
  }[];
  readonly degrees: readonly [sizes: number[], df: number][];
  readonly roots: readonly {
    ours: number[];
    theirs: number[];
    ratio: number;
    high: number;
    alpha: number;
    seed: number;
    answer: [estimate: number, lower: number, upper: number];
  }[];
  readonly aucBetting: readonly {
    positive: number[];
    candidate: number[];
    production: number[];
    range: [number, number];
    alpha: number;
    seed: number;
    answer: [lower: number, upper: number];
  }[];
}

const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/loss-bounds-oracle.json', import.meta.url), 'utf8'),
) as Oracle;

const STATISTICS: Record<'mae' | 'rmse', (errors: readonly number[]) => Statistic> = {
  mae: (errors) => ({ kind: 'mean', items: Float64Array.from(errors, Math.abs) }),
  rmse: (errors) => ({
    kind: 'sums',
    columns: [Float64Array.from(errors, (error) => error ** 2)],
    value: ([squares = 0, weight = 0]) => Math.sqrt(squares / weight),
  }),
};

describe('few clusters, each left out of the rows', () => {
  test.each(oracle.fewClusters.map((row, i) => [i, row] as const))('case %d', (_, row) => {
    const [estimate, standardError, df, lower, upper] = row.answer;
    const clusters = clustersOf(row.clusters);
    const sizes = new Float64Array(clusters.count);
    clusters.of.forEach((cluster, i) => {
      sizes[cluster]! += row.weights[i]!;
    });
    const resamples = resample({
      ...{ n: row.ours.length, draws: 1, seed: 1, clusters, weights: Float64Array.from(row.weights) },
      candidate: STATISTICS[row.metric](row.ours),
      production: STATISTICS[row.metric](row.theirs),
    });
    const found = fewClusterBounds(resamples, sizes, row.alpha, (ours, theirs) => ours - theirs);
    expect(found.estimate).toBeCloseTo(estimate, 9);
    expect(found.standardError).toBeCloseTo(standardError, 9);
    expect(found.df).toBeCloseTo(df, 8);
    expect(found.lower).toBeCloseTo(lower, 7);
    expect(found.upper).toBeCloseTo(upper, 7);
  });

  test('degrees of freedom are those of the eigenvalues', () => {
    for (const [sizes, df] of oracle.degrees)
      expect(satterthwaite(Float64Array.from(sizes))).toBeCloseTo(df, 8);
  });

  test('some of the cases have a tail, on either side', () => {
    const sides = oracle.fewClusters.map(({ answer: [estimate, , , lower, upper] }) =>
      Math.sign(Math.round(100 * Math.log((upper - estimate) / (estimate - lower)))),
    );
    expect(new Set(sides)).toEqual(new Set([-1, 0, 1]));
  });
});

/** The hedge of the bets is read from a table of straight lines. */
const near = (found: number | null, answer: number, width: number) =>
  expect(Math.abs((found ?? Number.NaN) - answer)).toBeLessThan(3e-3 * width);

describe('differences of root mean squares, over a grid of what is known', () => {
  test.each(oracle.roots.map((row, i) => [i, row] as const))('case %d', (_, row) => {
    const [estimate, lower, upper] = row.answer;
    const [ours, theirs] = [Float64Array.from(row.ours), Float64Array.from(row.theirs)];
    const found = rootDifferenceBounds({ ...row, ours, theirs });
    expect(found.estimate).toBeCloseTo(estimate, 10);
    near(found.lower, lower, upper - lower);
    near(found.upper, upper, upper - lower);
  });
});

describe('areas under the ROC curve, from every pair of rows', () => {
  test.each(oracle.aucBetting.map((row, i) => [i, row] as const))('case %d', (_, row) => {
    const [lower, upper] = row.answer;
    const { positive, range, alpha, seed } = row;
    const given = {
      positive,
      candidate: Float64Array.from(row.candidate),
      production: Float64Array.from(row.production),
    };
    const found = aucBettingBounds(given, { alpha, seed, range });
    near(found.lower, lower, upper - lower);
    near(found.upper, upper, upper - lower);
  });
});
