import { describe, expect, test } from '@jest/globals';
import { type BootstrapInput, bcaInterval, bootstrap } from '../../../shared/stats/bootstrap.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { normalQuantile } from '../../../shared/stats/special.ts';
import { oracle } from './oracle.ts';

const meanOf = (values: ArrayLike<number>) => (indices: Int32Array) => {
  let sum = 0;
  for (const index of indices) sum += values[index]!;
  return sum / indices.length;
};

describe("agrees with SciPy's bootstrap on the same draws", () => {
  test.each(oracle.bootstrap.map((row) => [row.name, row] as const))('%s', (_, row) => {
    const input: BootstrapInput = {
      ...row,
      items: row.values.length,
      statistic: meanOf(row.values),
      interval: 'bca',
    };
    const bca = bootstrap(input);
    expect(bca.interval![0]).toBeCloseTo(row.bca[0], 10);
    expect(bca.interval![1]).toBeCloseTo(row.bca[1], 10);
    expect(bca.method).toContain('BCa, delete-one jackknife');
    const percentile = bootstrap({ ...input, interval: 'percentile' });
    expect(percentile.interval![0]).toBeCloseTo(row.percentile[0], 10);
    expect(percentile.interval![1]).toBeCloseTo(row.percentile[1], 10);
    expect(bootstrap(input)).toEqual(bca);
  });
});

test('both models see the same items: a difference that is the same on every item has no spread', () => {
  const random = randomFrom(1);
  const production = random.fillUniform(new Float64Array(200));
  const candidate = production.map((score) => score + 0.25);
  const result = bootstrap({
    items: 200,
    seed: 2,
    draws: 200,
    statistic: (indices) => meanOf(candidate)(indices) - meanOf(production)(indices),
  });
  expect(result.estimate).toBeCloseTo(0.25, 12);
  expect(result.interval![0]).toBeCloseTo(0.25, 12);
  expect(result.interval![1]).toBeCloseTo(0.25, 12);
});

test('clusters are resampled whole, and rightly widen the interval', () => {
  const random = randomFrom(3);
  const values = new Float64Array(400);
  const clusters = Array.from({ length: 400 }, (_, i) => `user ${i % 40}`);
  const shift = Float64Array.from({ length: 40 }, () => normalQuantile(random.uniform()));
  for (let i = 0; i < 400; i++) values[i] = shift[i % 40]! + 0.1 * random.uniform();
  const input = { items: 400, statistic: meanOf(values), seed: 4, draws: 400 };
  const width = ([low, high]: readonly [number, number]) => high - low;
  const clustered = bootstrap({ ...input, clusters });
  expect(clustered.units).toBe(40);
  expect(clustered.method).toContain('40 clusters');
  expect(width(clustered.interval!)).toBeGreaterThan(2.5 * width(bootstrap(input).interval!));
});

test('clusters of unequal size: every draw holds whole clusters', () => {
  const clusters = [0, 1, 1, 2, 2, 2, 2, 2, 2];
  bootstrap({
    items: 9,
    clusters,
    seed: 5,
    draws: 100,
    statistic(indices) {
      const seen = new Map<number, number>();
      for (const index of indices) seen.set(index, (seen.get(index) ?? 0) + 1);
      for (const [index, times] of seen) {
        clusters.forEach((cluster, other) => {
          if (cluster === clusters[index]) expect(seen.get(other)).toBe(times);
        });
      }
      return indices.length;
    },
  });
});

test('beyond 1,000 items the acceleration comes from groups, and moves the interval as delete-one does', () => {
  const random = randomFrom(6);
  const values = Float64Array.from({ length: 1200 }, (_, i) => (i % 300 === 7 ? 1 : 0.01 * random.uniform()));
  for (const [items, how] of [
    [1200, 'jackknife of 200 random groups'],
    [1000, 'delete-one jackknife'],
  ] as const) {
    const input = { items, statistic: meanOf(values), seed: 7, draws: 1000 };
    const bca = bootstrap(input);
    const percentile = bootstrap({ ...input, interval: 'percentile' });
    expect(bca.method).toContain(how);
    // The mean of a law with a long right tail: both ends lie further right.
    expect(bca.interval![0]).toBeGreaterThan(percentile.interval![0]);
    expect(bca.interval![1]).toBeGreaterThan(percentile.interval![1]);
  }
});

describe('undefined is reported, never hidden', () => {
  const positives = [1, 1, 0, 0, 0, 0, 0, 0];
  test('draws without the statistic are counted', () => {
    const result = bootstrap({
      items: 8,
      seed: 8,
      draws: 1000,
      statistic: (indices) =>
        indices.some((i) => positives[i] === 1) ? meanOf([...positives])(indices) : Number.NaN,
    });
    // (6/8)^8 of the draws hold no positive.
    expect(result.undefinedDraws).toBeGreaterThan(60);
    expect(result.undefinedDraws).toBeLessThan(140);
    expect(result.interval).not.toBeNull();
  });

  test('an undefined estimate, only undefined draws, or a single unit give no interval', () => {
    const input = { items: 10, seed: 9, draws: 20 };
    expect(bootstrap({ ...input, statistic: () => Number.NaN }).interval).toBeNull();
    expect(bootstrap({ ...input, items: 1, statistic: () => 1 }).interval).toBeNull();
    expect(
      bootstrap({ ...input, clusters: Array.from({ length: 10 }, () => 'a'), statistic: () => 1 }).interval,
    ).toBeNull();
  });

  test('where BCa is undefined the percentile interval is given, and the method says so', () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => i);
    // The draws cannot exceed the maximum of the sample.
    const result = bootstrap({
      items: 50,
      seed: 10,
      draws: 100,
      statistic: (indices) =>
        indices.length < 50 ? Number.NaN : Math.max(...indices.map((i) => values[i]!)),
    });
    expect(result.method).toContain('percentile, because BCa is undefined');
    expect(bcaInterval(Float64Array.of(1, 2, 3), 0, Float64Array.of(1, 2), 0.9)).toBeNull();
  });

  test('labels that do not fit are refused', () => {
    expect(() => bootstrap({ items: 3, clusters: [1, 2], seed: 1, statistic: () => 0 })).toThrow(RangeError);
    expect(() => bootstrap({ items: 0, seed: 1, statistic: () => 0 })).toThrow(RangeError);
  });
});
