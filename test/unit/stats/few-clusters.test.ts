import { describe, expect, test } from '@jest/globals';
import { type Draw, drawFrom } from '../../../scripts/simulate/draw.ts';
import { clustersOf } from '../../../shared/stats/clusters.ts';
import { fewClusterBounds, satterthwaite } from '../../../shared/stats/few-clusters.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { resample } from '../../../shared/stats/resample.ts';
import { normalDraw } from '../../../shared/stats/sampling.ts';
import { studentQuantile } from '../../../shared/stats/special.ts';

const same = (c: number) => c;

function boundsOf(items: Float64Array, of: readonly number[]) {
  const clusters = clustersOf(of);
  const found = resample({
    n: items.length,
    candidate: { kind: 'mean', items },
    clusters,
    draws: 1,
    seed: 3,
  });
  const sizes = new Float64Array(clusters.count);
  for (const cluster of clusters.of) sizes[cluster]! += 1;
  return fewClusterBounds(found, sizes, 0.05, same);
}

test('of clusters of one size they are the t interval of the cluster means', () => {
  const random = randomFrom(8);
  const of = Array.from({ length: 120 }, (_, i) => i % 12);
  const items = Float64Array.from(of, (k) => Math.sin(5 * k) + 0.2 * normalDraw(random));
  const means = Array.from({ length: 12 }, (_, k) =>
    items.filter((_x, i) => i % 12 === k).reduce((a, b) => a + b / 10, 0),
  );
  const mean = means.reduce((a, b) => a + b / 12, 0);
  const deviation = Math.sqrt(means.reduce((a, b) => a + (b - mean) ** 2, 0) / 11);
  const found = boundsOf(items, of);
  expect(found.df).toBeCloseTo(11, 9);
  expect(found.standardError).toBeCloseTo(deviation / Math.sqrt(12), 9);
  expect(found.lower).toBeCloseTo(mean - (studentQuantile(0.95, 11) * deviation) / Math.sqrt(12), 9);
});

describe('degrees of freedom', () => {
  test('are one less than clusters of one size, and fewer if a large one decides', () => {
    expect(satterthwaite(new Float64Array(20).fill(7))).toBeCloseTo(19, 9);
    expect(satterthwaite(Float64Array.from({ length: 20 }, (_, k) => (k === 0 ? 400 : 5)))).toBeLessThan(3);
  });
  test('match the kurtosis-free variance of the variance in a simulation', () => {
    const sizes = Float64Array.from({ length: 12 }, (_, k) => 1 + k);
    const total = sizes.reduce((a, b) => a + b, 0);
    const random = randomFrom(2);
    let [sum, squares] = [0, 0];
    const runs = 20_000;
    for (let run = 0; run < runs; run++) {
      const y = sizes.map(() => normalDraw(random));
      const mean = y.reduce((a, v, k) => a + (v * sizes[k]!) / total, 0);
      let variance = 0;
      y.forEach((v, k) => {
        const w = sizes[k]! / total;
        variance += ((w / (1 - w)) * (v - mean)) ** 2;
      });
      sum += variance / runs;
      squares += variance ** 2 / runs;
    }
    const df = (2 * sum ** 2) / (squares - sum ** 2);
    expect(Math.abs(satterthwaite(sizes) / df - 1)).toBeLessThan(0.1);
  });
});

test('few clusters, and one that decides, have none; a tail is far away', () => {
  const of = (count: number) => Array.from({ length: 400 }, (_, i) => i % count);
  const items = (count: number, value: (k: number) => number) => Float64Array.from(of(count), value);
  expect(
    boundsOf(
      items(9, (k) => Math.sin(k)),
      of(9),
    ).none,
  ).toContain('9 clusters are too few');
  const tail = boundsOf(
    items(12, (k) => (k === 0 ? -9 : Math.sin(k))),
    of(12),
  );
  expect(tail.estimate - tail.lower!).toBeCloseTo(4 * (tail.upper! - tail.estimate), 9);
  const other = boundsOf(
    items(12, (k) => (k === 0 ? 9 : Math.sin(k))),
    of(12),
  );
  expect(other.upper! - other.estimate).toBeCloseTo(4 * (other.estimate - other.lower!), 9);
  const unequal = Array.from({ length: 400 }, (_, i) => (i < 300 ? 0 : i % 12));
  expect(
    boundsOf(
      Float64Array.from(unequal, (k) => Math.sin(k)),
      unequal,
    ).none,
  ).toContain('degrees of freedom');
});

describe('a bound on the side of a tail', () => {
  /** Bounds of the mean of values that are clusters of one row each. */
  const meanOf = (values: Float64Array, alpha = 0.05) => {
    const n = values.length;
    const sum = values.reduce((total, value) => total + value, 0);
    const zeros = new Float64Array(n);
    const without = {
      candidate: values.map((value) => (sum - value) / (n - 1)),
      production: zeros,
      times: new Float64Array(n).fill(1),
    };
    const drawn = { candidate: new Float64Array(), production: new Float64Array() };
    const given = { candidate: sum / n, production: 0, without, drawn, n, units: n, draws: 0, method: '' };
    return fewClusterBounds(given, new Float64Array(n).fill(1), alpha, (candidate) => candidate);
  };

  test('moves away steadily as the tail grows', () => {
    const factors = [0, 1, 1.5, 2, 3, 5, 9].map((far) => {
      const { estimate, lower, upper } = meanOf(Float64Array.from([-far, -1, ...Array(11).fill(0), 1, 0.5]));
      return (estimate - lower!) / (upper! - estimate);
    });
    expect(factors).toEqual([...factors].sort((a, b) => a - b));
    expect(factors.filter((factor) => factor > 1.2 && factor < 3.8).length).toBeGreaterThan(0);
    expect(factors.at(-1)).toBeCloseTo(4, 9);
  });

  test('moves away faster at a stricter level, as far as four times', () => {
    const values = Float64Array.from([-1.1, -1, ...Array(11).fill(0), 1, 0.5]);
    const factors = [0.05, 0.025, 0.001, 1e-5].map((alpha) => {
      const { estimate, lower, upper } = meanOf(values, alpha);
      return (estimate - lower!) / (upper! - estimate);
    });
    expect(factors[0]).toBeGreaterThan(1);
    expect(factors[1]).toBeCloseTo(Math.SQRT2 * factors[0]!, 9);
    expect(factors.at(-1)).toBeCloseTo(4, 9);
  });

  // At most 5 % may pass; α 2.5 of a Pareto law leaves it no third moment.
  test.each([
    ['normal', (draw: Draw) => draw.normal()],
    ['exponential', (draw: Draw) => 1 - draw.exponential()],
    ['log-normal', (draw: Draw) => Math.exp(0.5) - Math.exp(draw.normal())],
    ['Pareto', (draw: Draw) => 2.5 / 1.5 - Math.exp(draw.exponential() / 2.5)],
  ])('keeps its level if losses are %s', (_, law) => {
    const runs = 3000;
    for (const count of [10, 14, 28]) {
      const draw = drawFrom(count);
      let passed = 0;
      for (let run = 0; run < runs; run++)
        passed += meanOf(Float64Array.from({ length: count }, () => law(draw))).lower! > 0 ? 1 : 0;
      // Within three standard errors of the simulation.
      expect(passed / runs).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
    }
  });
});
