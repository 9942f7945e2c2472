import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BETTING_BLOCKS,
  bettingBounds,
  detectableByBetting,
  rowsForBetting,
} from '../../../shared/stats/betting.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { pairsOracle } from './pairs-oracle.ts';

describe('agrees with the wealth as it is defined, by SciPy', () => {
  test.each(pairsOracle.betting.map((row, i) => [i, row] as const))('case %d', (_, row) => {
    const found = bettingBounds({ ...row, values: Float64Array.from(row.values) });
    const width = row.answer[1] - row.answer[0];
    // The hedge is read from a table of straight lines.
    expect(Math.abs(found.lower - row.answer[0])).toBeLessThan(2e-3 * width);
    expect(Math.abs(found.upper - row.answer[1])).toBeLessThan(2e-3 * width);
  });
});

test('the bounds lie in the range, take in the estimate, and mirror each other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 2, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.05, 1e-4, 0.2),
      (numbers, alpha) => {
        const values = Float64Array.from(numbers);
        const found = bettingBounds({ values, low: -1, high: 2, alpha, seed: 1 });
        expect(found.lower).toBeGreaterThanOrEqual(-1);
        expect(found.lower).toBeLessThanOrEqual(found.estimate);
        expect(found.upper).toBeGreaterThanOrEqual(found.estimate);
        expect(found.upper).toBeLessThanOrEqual(2);
        const mirror = bettingBounds({ values: values.map((x) => 1 - x), low: -1, high: 2, alpha, seed: 1 });
        expect(mirror.lower).toBeCloseTo(1 - found.upper, 5);
      },
    ),
    { numRuns: 60 },
  );
});

test('the bound that a value was drawn against never rises with it', () => {
  const random = randomFrom(2);
  for (let run = 0; run < 30; run++) {
    const values = random.fillUniform(new Float64Array(40));
    const higher = values.slice();
    higher[run] = 1;
    const lower = (given: Float64Array) =>
      bettingBounds({ values: given, low: 0, high: 1, alpha: 0.05, seed: 3 }).lower;
    // Not monotone by proof, for the variance is estimated; but a value at the top does not refute less in practice.
    expect(lower(higher)).toBeGreaterThan(lower(values) - 0.02);
  }
});

test('rare large losses, which the t interval does not see, are allowed for', () => {
  const random = randomFrom(4);
  let misses = 0;
  for (let run = 0; run < 400; run++) {
    const values = Float64Array.from({ length: 100 }, () => (random.uniform() < 0.02 ? -1 : 0.01));
    if (bettingBounds({ values, low: -1, high: 1, alpha: 0.05, seed: run }).lower > -0.0102) misses += 1;
  }
  expect(misses).toBeLessThan(30);
});

test('many values are bet on in blocks, and the bound is close to the normal one', () => {
  const random = randomFrom(5);
  const values = random.fillUniform(new Float64Array(3 * BETTING_BLOCKS + 5));
  const found = bettingBounds({ values, low: 0, high: 1, alpha: 0.05, seed: 6 });
  expect(found.method).toContain('blocks');
  const normal = (1.645 * Math.sqrt(1 / 12)) / Math.sqrt(values.length);
  expect(found.estimate - found.lower).toBeGreaterThan(0.9 * normal);
  expect(found.estimate - found.lower).toBeLessThan(1.1 * normal);
});

test('a value outside the range, NaN, or no range is refused; no values bound nothing', () => {
  const given = { low: 0, high: 1, alpha: 0.05, seed: 1 };
  expect(() => bettingBounds({ ...given, values: Float64Array.of(0.5, 1.1) })).toThrow(
    '1.1 lies outside 0 to 1',
  );
  expect(() => bettingBounds({ ...given, values: Float64Array.of(Number.NaN) })).toThrow(RangeError);
  expect(() => bettingBounds({ ...given, high: 0, values: Float64Array.of(0) })).toThrow(RangeError);
  expect(bettingBounds({ ...given, values: new Float64Array(0) })).toMatchObject({ lower: 0, upper: 1 });
});

describe('values planned for a power of 80 %', () => {
  test.each([
    ['5 % discordant', 0.05, (u: number) => (u < 0.025 ? 1 : u < 0.05 ? -1 : 0), 0.05],
    ['uniform', 1 / 12, (u: number) => u - 0.5, 0.1],
  ] as const)('give about that: %s', (_, variance, gain, loss) => {
    const plan = { variance, reach: 1, alpha: 0.05 };
    const n = rowsForBetting(loss, plan);
    expect(detectableByBetting(n, plan)).toBeCloseTo(loss, 3);
    const random = randomFrom(7);
    let shown = 0;
    for (let run = 0; run < 300; run++) {
      const values = Float64Array.from({ length: n }, () => gain(random.uniform()));
      if (bettingBounds({ values, low: -1, high: 1, alpha: 0.05, seed: run }).lower > -loss) shown += 1;
    }
    expect(shown / 300).toBeGreaterThan(0.7);
    expect(shown / 300).toBeLessThan(0.95);
  });

  test('no loss is never ruled out', () => {
    expect(rowsForBetting(0, { variance: 1, reach: 1, alpha: 0.05 })).toBe(Infinity);
  });
});
