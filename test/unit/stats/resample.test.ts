import { describe, expect, test } from '@jest/globals';
import { clustersOf } from '../../../shared/stats/clusters.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { resample } from '../../../shared/stats/resample.ts';
import { resampledBounds } from '../../../shared/stats/resampled.ts';
import { normalDraw } from '../../../shared/stats/sampling.ts';
import type { CellStatistic, RowStatistic, SumStatistic } from '../../../shared/stats/statistic.ts';
import { pairsOracle } from './pairs-oracle.ts';

/** Cells 2·truth + predicted. */
const f1 = (counts: ArrayLike<number>) => (2 * counts[3]!) / (2 * counts[3]! + counts[1]! + counts[2]!);
const f1Of = (truth: readonly number[], predicted: readonly number[]): CellStatistic => ({
  kind: 'cells',
  cells: Int32Array.from(truth, (label, i) => 2 * label + predicted[i]!),
  size: 4,
  value: f1,
});
const f1OfRows = (truth: readonly number[], predicted: readonly number[]): RowStatistic => ({
  kind: 'rows',
  value: (counts) => {
    const cells = [0, 0, 0, 0];
    truth.forEach((label, i) => {
      cells[2 * label + predicted[i]!]! += counts === undefined ? 1 : counts[i]!;
    });
    return f1(cells);
  },
});
const seed = 7;

describe("agrees with SciPy's BCa of the rows", () => {
  test.each(pairsOracle.bca.map((row, i) => [i, row] as const))('case %d', (_, row) => {
    const { truth, alpha, answer } = row;
    const n = truth.length;
    const cells = resample({
      n,
      candidate: f1Of(truth, row.candidate),
      production: f1Of(truth, row.production),
      draws: 10_000,
      seed,
    });
    const found = resampledBounds(cells, alpha);
    expect(found.df).toBeCloseTo(row.df, 8);
    const width = answer[1] - answer[0];
    expect(Math.abs(found.standardError! / row.standardError - 1)).toBeLessThan(0.03);
    // Of skewed influences, one is left out.
    const near = (mine: number | null, theirs: number, share: number) =>
      mine === null || expect(Math.abs(mine - theirs)).toBeLessThan(share * width);
    near(found.lower, answer[0], 0.03);
    near(found.upper, answer[1], 0.03);
    const rows = resample({
      n,
      candidate: f1OfRows(truth, row.candidate),
      production: f1OfRows(truth, row.production),
      draws: 2000,
      seed,
    });
    near(resampledBounds(rows, alpha).lower, answer[0], 0.1);
    const weights = new Float64Array(n).fill(3);
    const weighted = resample({
      n,
      candidate: f1Of(truth, row.candidate),
      production: f1Of(truth, row.production),
      weights,
      draws: 2000,
      seed,
    });
    expect(resampledBounds(weighted, alpha).df).toBeCloseTo(row.df, 8);
    near(resampledBounds(weighted, alpha).lower, answer[0], 0.1);
  });
});

/** Errors of two models with most of their noise in common. */
function errors(n: number, from: number) {
  const random = randomFrom(from);
  const production = Float64Array.from({ length: n }, () => normalDraw(random));
  return { production, candidate: production.map((error) => error + 0.3 * normalDraw(random)) };
}
const rmse = (residuals: Float64Array): SumStatistic => ({
  kind: 'sums',
  columns: [residuals.map((x) => x * x)],
  value: (sums) => Math.sqrt(sums[0]! / sums[1]!),
});
const rmseOfRows = (residuals: Float64Array): RowStatistic => ({
  kind: 'rows',
  value: (counts) => {
    let [squares, total] = [0, 0];
    residuals.forEach((x, i) => {
      const count = counts === undefined ? 1 : counts[i]!;
      squares += count * x * x;
      total += count;
    });
    return Math.sqrt(squares / total);
  },
});

test('many rows are resampled in random blocks, with the standard error of rows', () => {
  const { candidate, production } = errors(30_000, 1);
  const found = resample({ n: 30_000, candidate: rmse(candidate), production: rmse(production), seed });
  expect(found.units).toBe(1000);
  expect(found.method).toContain('1000 random blocks of 30000 rows');
  // By the delta method.
  const [a, b] = [found.candidate, found.production];
  const influence = candidate.map((x, i) => (x * x) / (2 * a) - production[i]! ** 2 / (2 * b));
  const mean = influence.reduce((sum, x) => sum + x, 0) / 30_000;
  const variance = influence.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 30_000;
  const { standardError, lower, estimate } = resampledBounds(found, 0.05);
  expect(Math.abs(standardError! / Math.sqrt(variance / 30_000) - 1)).toBeLessThan(0.1);
  expect(Math.abs((estimate - lower!) / (1.645 * Math.sqrt(variance / 30_000)) - 1)).toBeLessThan(0.15);
});

test('what cannot be resampled in time is worked out without each of 50 groups', () => {
  const n = 30_000;
  const { candidate, production } = errors(n, 2);
  const rows = resample({
    n,
    candidate: rmseOfRows(candidate),
    production: rmseOfRows(production),
    draws: 8000,
    seed,
  });
  expect(rows.draws).toBe(0);
  expect(rows.method).toBe('jackknife of 50 random groups of 30000 rows');
  const jackknife = resampledBounds(rows, 0.05);
  const sums = resampledBounds(
    resample({ n, candidate: rmse(candidate), production: rmse(production), draws: 500, seed }),
    0.05,
  );
  expect(jackknife.df).toBe(49);
  expect(Math.abs(jackknife.standardError! / sums.standardError! - 1)).toBeLessThan(0.3);
  expect(jackknife.none).toBeUndefined();
});

test('clusters are resampled whole', () => {
  const random = randomFrom(3);
  const of = Array.from({ length: 600 }, (_, i) => i % 60);
  const effects = Float64Array.from({ length: 60 }, () => normalDraw(random));
  const items = Float64Array.from(of, (cluster) => effects[cluster]! + 0.1 * normalDraw(random));
  const input = { n: 600, candidate: { kind: 'mean', items } as const, draws: 500, seed };
  const contrast = (candidate: number) => candidate;
  const plain = resampledBounds(resample(input), 0.05, contrast);
  const clustered = resampledBounds(resample({ ...input, clusters: clustersOf(of) }), 0.05, contrast);
  expect(clustered.units).toBe(60);
  expect(clustered.method).toContain('60 clusters');
  expect(clustered.standardError! / plain.standardError!).toBeGreaterThan(2.5);
});

test('strata keep their rows, in cells, sums and rows', () => {
  const truth: number[] = Array.from({ length: 400 }, (_, i) => (i % 50 === 0 ? 1 : 0));
  const predicted = truth.map((label, i) => (i % 3 === 0 ? 1 - label : label));
  const positives = (counts: ArrayLike<number>) => counts[2]! + counts[3]!;
  const cells = { ...f1Of(truth, predicted), value: positives };
  const strata = Int32Array.from(truth);
  for (const weights of [undefined, new Float64Array(400).fill(1)]) {
    const input = {
      n: 400,
      candidate: cells,
      draws: 200,
      seed,
      ...(weights === undefined ? {} : { weights }),
    };
    expect(new Set(resample({ ...input, strata }).drawn.candidate)).toEqual(new Set([8]));
    expect(new Set(resample(input).drawn.candidate).size).toBeGreaterThan(5);
  }
  const rows: RowStatistic = {
    kind: 'rows',
    value: (counts) =>
      truth.reduce((sum, label, i) => sum + label * (counts === undefined ? 1 : counts[i]!), 0),
  };
  expect(new Set(resample({ n: 400, candidate: rows, strata, draws: 100, seed }).drawn.candidate)).toEqual(
    new Set([8]),
  );
});

test('one set of draws bounds any contrast; the same seed gives the same', () => {
  const { candidate, production } = errors(300, 4);
  const input = { n: 300, candidate: rmse(candidate), production: rmse(production), draws: 500, seed };
  const found = resample(input);
  const relative = resampledBounds(found, 0.05, (c, p) => c - 1.1 * p);
  expect(relative.estimate).toBeCloseTo(found.candidate - 1.1 * found.production, 14);
  expect(relative.upper).toBeLessThan(resampledBounds(found, 0.05).upper!);
  expect(resample(input)).toEqual(found);
});

describe('what cannot be known is said', () => {
  const same = Float64Array.from({ length: 50 }, (_, i) => i);
  test('equal models have no bounds', () => {
    const found = resample({ n: 50, candidate: rmse(same), production: rmse(same), draws: 100, seed });
    expect(resampledBounds(found, 0.05)).toMatchObject({ lower: null, none: 'the resamples do not vary' });
  });

  test('undefined figures, few units, and figures that few rows make', () => {
    const nothing: RowStatistic = { kind: 'rows', value: () => Number.NaN };
    const undefinedBounds = resampledBounds(
      resample({ n: 5, candidate: nothing, draws: 10, seed }),
      0.05,
      (c) => c,
    );
    expect(undefinedBounds.none).toBe('undefined on these rows');
    const few = resample({ n: 20, candidate: { kind: 'mean', items: same.slice(0, 20) }, draws: 200, seed });
    expect(resampledBounds(few, 0.05, (c) => c)).toMatchObject({
      ...{ lower: null, upper: null, none: expect.stringContaining('only 20 rows') },
    });
    const rare = same.map((x) => (x < 2 ? 1 : 0));
    const made = resample({ n: 50, candidate: { kind: 'mean', items: rare }, draws: 200, seed });
    expect(resampledBounds(made, 0.05, (c) => c)).toMatchObject({
      ...{ lower: null, upper: null, none: expect.stringContaining('rests on about 2 rows') },
    });
  });

  test('a level beyond the draws has no bounds', () => {
    const { candidate, production } = errors(300, 5);
    const found = resample({ n: 300, candidate: rmse(candidate), production: rmse(production), seed });
    const strict = resampledBounds(found, 1e-6);
    expect(strict).toMatchObject({ lower: null, upper: null, none: expect.stringContaining('so few draws') });
    expect(resampledBounds(found, 0.01).lower).not.toBeNull();
  });

  test('a tail on one side leaves out the bound on that side', () => {
    const random = randomFrom(4);
    const skewed = Float64Array.from({ length: 300 }, () => Math.exp(normalDraw(random)));
    const of = (items: Float64Array) =>
      resampledBounds(resample({ n: 300, candidate: { kind: 'mean', items }, seed }), 0.05, (c) => c);
    expect(of(skewed)).toMatchObject({ upper: null, lower: expect.any(Number) });
    expect(of(skewed.map((x) => -x))).toMatchObject({
      ...{ lower: null, upper: expect.any(Number), none: expect.stringContaining('a few of 300 rows') },
    });
  });

  test('lengths and kinds that do not fit are refused', () => {
    const mean = { kind: 'mean', items: same } as const;
    expect(() => resample({ n: 49, candidate: mean, seed })).toThrow(RangeError);
    const rows: RowStatistic = { kind: 'rows', value: () => 1 };
    expect(() => resample({ n: 50, candidate: mean, production: rows, seed })).toThrow(TypeError);
    const clusters = clustersOf([...same]);
    expect(() => resample({ n: 50, candidate: mean, clusters, strata: new Int32Array(50), seed })).toThrow(
      TypeError,
    );
  });
});
