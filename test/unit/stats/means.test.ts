import { describe, expect, test } from '@jest/globals';
import { holm } from '../../../shared/stats/holm.ts';
import { meanInterval, moments, rowsForMargin } from '../../../shared/stats/means.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { normalQuantile } from '../../../shared/stats/special.ts';
import { oracle } from './oracle.ts';

describe('moments and t interval agree with SciPy', () => {
  test.each(oracle.means.map((row) => [row.name, row] as const))('%s', (_, row) => {
    const found = meanInterval(Float64Array.from(row.values), 0.9);
    expect(found.mean / row.mean).toBeCloseTo(1, 12);
    expect(found.variance / row.variance).toBeCloseTo(1, 9);
    expect(found.skewness).toBeCloseTo(row.skewness, 6);
    expect(found.interval[0] / row.interval[0]).toBeCloseTo(1, 10);
    expect(found.interval[1] / row.interval[1]).toBeCloseTo(1, 10);
    expect(found.asymmetry).toBeCloseTo(Math.abs(row.skewness) / Math.sqrt(row.values.length), 6);
  });
});

test('too few values bound nothing; what is undefined is NaN, not 0', () => {
  expect(meanInterval(Float64Array.of(3)).interval).toEqual([-Infinity, Infinity]);
  expect(moments(new Float64Array(0)).mean).toBeNaN();
  expect(moments(Float64Array.of(3)).variance).toBeNaN();
  const equal = meanInterval(Float64Array.of(2, 2, 2));
  expect(equal.variance).toBe(0);
  expect(equal.skewness).toBeNaN();
  expect(equal.interval).toEqual([2, 2]);
  expect(meanInterval(Float64Array.of(1, Number.NaN, 2)).interval[0]).toBeNaN();
});

test('a 90 % interval of a normal mean covers 90 % of the time', () => {
  const random = randomFrom(5);
  let covered = 0;
  for (let run = 0; run < 1000; run++) {
    const values = Float64Array.from({ length: 12 }, () => normalQuantile(random.uniform()));
    const [low, high] = meanInterval(values, 0.9).interval;
    if (low <= 0 && high >= 0) covered += 1;
  }
  expect(Math.abs(covered - 900)).toBeLessThan(30);
});

test('rows for a margin', () => {
  // 6.1826 = (1.6449 + 0.8416)²
  expect(rowsForMargin({ variance: 4, margin: 0.1, alpha: 0.05 })).toBe(Math.ceil((6.182557 * 4) / 0.01));
  expect(rowsForMargin({ variance: 4, margin: 0.1, alpha: 0.05, difference: -0.05 })).toBe(9893);
  expect(rowsForMargin({ variance: 4, margin: 0.1, alpha: 0.05, difference: -0.1 })).toBe(Infinity);
});

describe('Holm', () => {
  test('agrees with statsmodels', () => {
    const result = holm(oracle.holm.p, oracle.holm.alpha);
    result.adjusted.forEach((p, i) => {
      expect(p).toBeCloseTo(oracle.holm.adjusted[i]!, 12);
    });
    expect(result.rejected).toEqual(oracle.holm.rejected);
  });

  test('handles no test, and refuses what is not a p-value', () => {
    expect(holm([], 0.05)).toEqual({ adjusted: [], rejected: [] });
    expect(() => holm([0.1, Number.NaN], 0.05)).toThrow(RangeError);
  });
});
