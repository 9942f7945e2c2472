import { expect, test } from '@jest/globals';
import {
  greatestLower,
  greatestUpper,
  type MoverLimits,
  ratioLower,
  smallestRatioLower,
  smallestRatioUpper,
  sumLimits,
} from '../../../shared/stats/mover.ts';
import { clopperPearson } from '../../../shared/stats/proportions.ts';
import { randomFrom } from '../../../shared/stats/random.ts';

const limits = (estimate: number, lower: number, upper: number): MoverLimits => ({ estimate, lower, upper });

test('a difference of two shares is Newcombe’s (1998, method 10), whose limits are Wilson’s', () => {
  // Newcombe 1998, table II, (a) 56/70 − 48/80: .2, .0524 to .3339.
  const { estimate, lower, upper } = sumLimits([
    { coefficient: 1, ...limits(56 / 70, 0.6919, 0.8769) },
    { coefficient: -1, ...limits(48 / 80, 0.4904, 0.7003) },
  ]);
  expect(estimate).toBeCloseTo(0.2, 12);
  expect(lower).toBeCloseTo(0.0524, 3);
  expect(upper).toBeCloseTo(0.3339, 3);
});

test('a ratio’s bound is where the bound of the difference a − r·b is nothing', () => {
  const random = randomFrom(3);
  for (let run = 0; run < 200; run++) {
    const share = () => {
      const n = 5 + random.below(60);
      const k = random.below(n + 1);
      const [lower, upper] = clopperPearson(k, n, 0.9);
      return limits(k / n, lower, upper);
    };
    const [a, b] = [share(), share()];
    const r = ratioLower(a, b);
    expect(r).toBeGreaterThanOrEqual(0);
    if (r === 0) continue;
    const { lower } = sumLimits([
      { coefficient: 1, ...a },
      { coefficient: -r, ...b },
    ]);
    expect(lower).toBeCloseTo(0, 9);
  }
});

test('the extremes over pairs are those of every pair', () => {
  const random = randomFrom(5);
  for (let run = 0; run < 50; run++) {
    const all = Array.from({ length: 2 + random.below(12) }, () => {
      const n = 1 + random.below(40);
      const k = random.below(n + 1);
      const [lower, upper] = clopperPearson(k, n, 0.9);
      return limits(k / n, lower, upper);
    });
    const pairs = all.flatMap((a) => all.flatMap((b) => (a === b ? [] : [[a, b] as const])));
    const differences = pairs.map(([a, b]) =>
      sumLimits([
        { coefficient: 1, ...a },
        { coefficient: -1, ...b },
      ]),
    );
    const ratios = pairs.map(([a, b]) => [ratioLower(a, b), 1 / ratioLower(b, a)] as const);
    expect(greatestLower(all)).toBeCloseTo(Math.max(...differences.map(({ lower }) => lower)), 12);
    expect(greatestUpper(all)).toBeCloseTo(Math.max(...differences.map(({ upper }) => upper)), 12);
    expect(smallestRatioLower(all)).toBeCloseTo(Math.min(...ratios.map(([lower]) => lower)), 12);
    expect(smallestRatioUpper(all)).toBeCloseTo(Math.min(...ratios.map(([, upper]) => upper)), 12);
  }
});
