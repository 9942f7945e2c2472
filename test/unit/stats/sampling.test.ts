import { describe, expect, test } from '@jest/globals';
import { binomialMass } from '../../../shared/stats/discrete.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { binomialDraw, gammaDraw, multinomialDraw } from '../../../shared/stats/sampling.ts';
import { chiSquareSf } from '../../../shared/stats/special.ts';

describe('binomial draws have the law of Bin(n, p)', () => {
  test.each([
    [5, 0.3],
    [400, 0.01],
    [40, 0.3],
    [1000, 0.02],
    [1000, 0.93],
    [1_000_000, 0.2],
    [1_000_000, 3e-6],
  ])('n = %d, p = %d', (n, p) => {
    const random = randomFrom(17);
    const draws = 20_000;
    const counts = new Map<number, number>();
    for (let i = 0; i < draws; i++) {
      const k = binomialDraw(random, n, p);
      counts.set(k, (counts.get(k) ?? 0) + 1);
    }
    const mean = n * p;
    const spread = Math.sqrt(n * p * (1 - p));
    const step = Math.max(1, Math.round(spread / 4));
    let statistic = 0;
    let cells = 0;
    let [expected, seen] = [0, 0];
    for (let k = Math.max(0, Math.floor(mean - 7 * spread)); k <= Math.min(n, mean + 7 * spread + 7); k++) {
      expected += draws * binomialMass(k, n, p);
      seen += counts.get(k) ?? 0;
      if (expected >= 20 && k % step === 0) {
        statistic += (seen - expected) ** 2 / expected;
        cells += 1;
        [expected, seen] = [0, 0];
      }
    }
    expect(cells).toBeGreaterThan(1);
    expect(chiSquareSf(statistic, cells - 1)).toBeGreaterThan(1e-3);
  });

  test('certain and impossible ones', () => {
    const random = randomFrom(1);
    expect(binomialDraw(random, 100, 0)).toBe(0);
    expect(binomialDraw(random, 100, 1)).toBe(100);
    expect(binomialDraw(random, 0, 0.5)).toBe(0);
  });
});

test('multinomial draws keep their total, leave empty cells empty, and have its covariance', () => {
  const random = randomFrom(3);
  const counts = [50, 0, 30, 920];
  const drawn = new Float64Array(4);
  let [both, first] = [0, 0];
  const runs = 20_000;
  for (let i = 0; i < runs; i++) {
    multinomialDraw(random, counts, drawn);
    expect(drawn[0]! + drawn[1]! + drawn[2]! + drawn[3]!).toBe(1000);
    expect(drawn[1]).toBe(0);
    both += ((drawn[0]! - 50) * (drawn[2]! - 30)) / runs;
    first += (drawn[0]! - 50) ** 2 / runs;
  }
  expect(Math.abs(both + (50 * 30) / 1000)).toBeLessThan(1.5);
  expect(Math.abs(first / (50 * 0.95) - 1)).toBeLessThan(0.05);
});

test.each([0.25, 0.5, 1, 7.5, 4000])('gamma draws of shape %d', (shape) => {
  const random = randomFrom(4);
  let [sum, squares] = [0, 0];
  const runs = 20_000;
  for (let i = 0; i < runs; i++) {
    const value = gammaDraw(random, shape);
    sum += value / runs;
    squares += (value - shape) ** 2 / runs;
  }
  expect(Math.abs(sum - shape)).toBeLessThan(4 * Math.sqrt(shape / runs));
  expect(Math.abs(squares / shape - 1)).toBeLessThan(0.12);
});
