import { describe, expect, test } from '@jest/globals';
import { binomialCdf } from '../../../shared/stats/discrete.ts';
import {
  detectableByPaired,
  pairedRatioBounds,
  pairedShareBounds,
  ratioStatistic,
  rowsForPaired,
} from '../../../shared/stats/paired.ts';
import { pairedNonInferiority, tangoBounds } from '../../../shared/stats/proportions.ts';
import { normalQuantile } from '../../../shared/stats/special.ts';
import { pairsOracle } from './pairs-oracle.ts';

describe('bounds of a difference', () => {
  test('clear the margin exactly where the score test and its guard do', () => {
    for (const n of [50, 100, 333]) {
      for (let b = 0; b < 10; b++) {
        for (let c = 0; c < 14; c++) {
          for (const margin of [0.01, 0.02, 0.05]) {
            const { lower } = pairedShareBounds({ b, c, n }, 0.05);
            expect(lower > -margin).toBe(pairedNonInferiority({ b, c, n, margin, alpha: 0.05 }).notWorse);
          }
        }
      }
    }
  });

  test('three wins and no loss are not gain, which equal models show once in eight times', () => {
    expect(tangoBounds({ b: 3, c: 0, n: 100 }, 0.05)[0]).toBeGreaterThan(0);
    expect(pairedShareBounds({ b: 3, c: 0, n: 100 }, 0.05).lower).toBe(0);
    expect(pairedShareBounds({ b: 9, c: 0, n: 100 }, 0.05).lower).toBeGreaterThan(0);
  });

  test('mirror each other, and hold at levels of a ledger', () => {
    const { lower, upper } = pairedShareBounds({ b: 10, c: 14, n: 1000 }, 4e-20);
    const mirror = pairedShareBounds({ b: 14, c: 10, n: 1000 }, 4e-20);
    expect(lower).toBeCloseTo(-mirror.upper, 14);
    expect(lower).toBeLessThan(pairedShareBounds({ b: 10, c: 14, n: 1000 }, 1e-10).lower);
    expect(upper).toBeGreaterThan(0.05);
  });
});

describe('ratio of two shares', () => {
  test('the score agrees with a likelihood maximised by SciPy', () => {
    for (const [both, candidateOnly, productionOnly, , ratio, answer] of pairsOracle.ratio) {
      const found = ratioStatistic({ both, candidateOnly, productionOnly }, ratio);
      expect(Math.abs(found - answer)).toBeLessThan(1e-4 * (1 + Math.abs(answer)));
    }
  });

  test('bounds lie where the statistic crosses its quantile, and those of the inverse are the inverse', () => {
    const joint = { both: 800, candidateOnly: 30, productionOnly: 40 };
    const { lower, upper } = pairedRatioBounds(joint, 0.05);
    expect(ratioStatistic(joint, lower)).toBeCloseTo(normalQuantile(0.95), 8);
    const swapped = pairedRatioBounds({ both: 800, candidateOnly: 40, productionOnly: 30 }, 0.05);
    expect(swapped.lower).toBeCloseTo(1 / upper, 10);
    expect(swapped.upper).toBeCloseTo(1 / lower, 10);
  });

  test('if only production has rows right alone, the exact bound of their share is kept to', () => {
    const { lower } = pairedRatioBounds({ both: 95, candidateOnly: 0, productionOnly: 5 }, 0.05);
    expect(binomialCdf(5, 100, 1 - lower)).toBeCloseTo(0.05, 10);
  });

  test('a baseline of zero is refused, a candidate of zero is not', () => {
    expect(() => pairedRatioBounds({ both: 0, candidateOnly: 3, productionOnly: 0 }, 0.05)).toThrow(
      'baseline is zero',
    );
    expect(pairedRatioBounds({ both: 0, candidateOnly: 0, productionOnly: 9 }, 0.05).lower).toBe(0);
  });
});

test('rows planned for a power of 80 % give at least 77 %', () => {
  for (const discordance of [0.02, 0.05, 0.1]) {
    for (const margin of [0.01, 0.02]) {
      const n = rowsForPaired({ discordance, margin, alpha: 0.05 });
      expect(powerOf(n, discordance, margin)).toBeGreaterThan(0.77);
      const seen = detectableByPaired(n, { discordance, alpha: 0.05 });
      expect(Math.abs(seen / margin - 1)).toBeLessThan(0.01);
    }
  }
  expect(rowsForPaired({ discordance: 0.05, margin: 0, alpha: 0.05 })).toBe(Infinity);
  expect(detectableByPaired(100, { discordance: 0, alpha: 0.05 })).toBeCloseTo(1 - 0.05 ** 0.01, 6);
});

/** P(not worse) of equal models, over the discordant counts that matter. */
function powerOf(n: number, d: number, margin: number): number {
  let power = 0;
  const spread = 4 * Math.sqrt(n * d) + 4;
  for (let k = Math.max(0, Math.floor(n * d - spread)); k <= n * d + spread; k++) {
    const discordant = binomialCdf(k, n, d) - binomialCdf(k - 1, n, d);
    if (discordant < 1e-5) continue;
    let low = 0;
    let high = k + 1;
    while (low < high) {
      const b = (low + high) >> 1;
      if (pairedShareBounds({ b, c: k - b, n }, 0.05).lower > -margin) high = b;
      else low = b + 1;
    }
    power += discordant * (1 - binomialCdf(low - 1, k, 0.5));
  }
  return power;
}
