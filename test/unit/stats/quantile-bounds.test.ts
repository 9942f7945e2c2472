import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  quantileBounds,
  quantileDifferenceBounds,
  quantileRanks,
  rowsForQuantile,
  rowsForQuantilePair,
} from '../../../shared/stats/quantile-bounds.ts';
import { randomFrom } from '../../../shared/stats/random.ts';

interface Oracle {
  readonly ranks: readonly [number, number, number, number | null, number | null][];
  readonly pairs: readonly {
    ours: number[];
    theirs: number[];
    share: number;
    alpha: number;
    answer: [number | null, number | null];
  }[];
}

const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/quantile-bounds-oracle.json', import.meta.url), 'utf8'),
) as Oracle;

const pairOf = ({ ours, theirs, share, alpha }: Oracle['pairs'][number]) =>
  quantileDifferenceBounds({
    ...{ share, alpha },
    ours: Float64Array.from(ours),
    theirs: Float64Array.from(theirs),
  });

describe('one quantile', () => {
  test.each(oracle.ranks)('the ranks of n = %d, share %d, alpha %d', (n, share, alpha, low, high) => {
    expect(quantileRanks(n, share, alpha)).toEqual({ lower: low ?? undefined, upper: high ?? undefined });
    expect(low !== null).toBe(n >= rowsForQuantile(share, alpha, 'lower'));
    expect(high !== null).toBe(n >= rowsForQuantile(share, alpha, 'upper'));
  });

  test('a p99 has a bound above from 299 rows on', () => {
    expect(rowsForQuantile(0.99, 0.05, 'upper')).toBe(299);
    const values = Float64Array.from({ length: 299 }, (_, i) => i);
    expect(quantileBounds(values, 0.99, 0.05).upper).toBe(298);
    expect(quantileBounds(values.subarray(1), 0.99, 0.05).upper).toBeNull();
  });

  test('values that are all equal bound it by that value', () => {
    const values = new Float64Array(300).fill(12);
    expect(quantileBounds(values, 0.95, 0.05)).toEqual({ lower: 12, upper: 12 });
  });
});

describe('the difference of two quantiles', () => {
  test.each(oracle.pairs.map((pair, i) => [i, pair] as const))(
    'case %d, by trying every difference',
    (_, pair) => {
      const { lower, upper } = pairOf(pair);
      const [low, high] = pair.answer;
      if (low === null || high === null) {
        expect({ lower, upper }).toEqual({ lower: null, upper: null });
        return;
      }
      // Rounded outwards by at most a ten-thousandth of how far the bounds of either model alone are.
      const most = 1e-4 * (Math.max(...pair.ours, ...pair.theirs) - Math.min(...pair.ours, ...pair.theirs));
      expect(upper! - high).toBeGreaterThanOrEqual(-1e-9);
      expect(upper! - high).toBeLessThanOrEqual(most + 1e-9);
      expect(low - lower!).toBeGreaterThanOrEqual(-1e-9);
      expect(low - lower!).toBeLessThanOrEqual(most + 1e-9);
    },
  );

  test('moves with the values, turns with the models, and holds the observed difference', () => {
    const random = randomFrom(3);
    for (let run = 0; run < 20; run++) {
      const theirs = Float64Array.from({ length: 150 }, () => Math.round(20 * random.uniform()) / 4);
      const ours = theirs.map((value) => value + Math.round(8 * random.uniform()) / 8);
      const asked = { ours, theirs, share: 0.6, alpha: 0.05 };
      const { lower, upper } = quantileDifferenceBounds(asked);
      const mirrored = quantileDifferenceBounds({ ...asked, ours: theirs, theirs: ours });
      expect(mirrored.lower).toBeCloseTo(-upper!, 12);
      expect(mirrored.upper).toBeCloseTo(-lower!, 12);
      const moved = quantileDifferenceBounds({
        ...asked,
        ours: ours.map((value) => 2 * value + 16),
        theirs: theirs.map((value) => 2 * value),
      });
      expect(moved.upper).toBeCloseTo(2 * upper! + 16, 9);
      expect(moved.lower).toBeCloseTo(2 * lower! + 16, 9);
      const at = (values: Float64Array) => values.slice().sort()[89]!;
      const observed = at(ours) - at(theirs);
      expect(lower).toBeLessThanOrEqual(observed);
      expect(upper).toBeGreaterThanOrEqual(observed);
    }
  });

  test('has no bounds with fewer rows than it says', () => {
    const least = rowsForQuantilePair(0.95, 0.05);
    const asked = { share: 0.95, alpha: 0.05 };
    const values = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
    const of = (n: number) => quantileDifferenceBounds({ ...asked, ours: values(n), theirs: values(n) });
    expect(of(least).upper).not.toBeNull();
    expect(of(least - 1)).toEqual({ lower: null, upper: null });
  });

  test.each([
    ['nearly the same order', 0.9],
    ['the opposite order', -0.9],
  ])(
    'false accepts at the margin, if ties are most of the values and the models have %s',
    (_, dependence) => {
      const random = randomFrom(8);
      const normal = () =>
        Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
      let [below, above] = [0, 0];
      const RUNS = 400;
      for (let run = 0; run < RUNS; run++) {
        const one = Float64Array.from({ length: 200 }, normal);
        const other = one.map((z) => dependence * z + Math.sqrt(1 - dependence ** 2) * normal());
        // Our median is just 1, for 49.5 % are 0; theirs is 0. So the difference is 1.
        const ours = one.map((z) => (z < -0.0125 ? 0 : z < 1 ? 1 : 2));
        const theirs = other.map((z) => (z < 0.25 ? 0 : 1));
        const found = quantileDifferenceBounds({ ours, theirs, share: 0.5, alpha: 0.05 });
        if (found.upper! < 1 - 1e-3) below += 1;
        if (found.lower! > 1 + 1e-3) above += 1;
      }
      expect(below / RUNS).toBeLessThan(0.06);
      expect(above / RUNS).toBeLessThan(0.06);
    },
  );
});
