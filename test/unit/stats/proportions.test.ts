import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { binomialMass } from '../../../shared/stats/discrete.ts';
import {
  clopperPearson,
  type NonInferiority,
  pairedNonInferiority,
  pairedRowsNeeded,
  tangoInterval,
  tangoStatistic,
} from '../../../shared/stats/proportions.ts';
import { normalSf } from '../../../shared/stats/special.ts';
import { oracle } from './oracle.ts';

test("Clopper and Pearson's interval agrees with statsmodels", () => {
  for (const [k, n, level, low, high] of oracle.clopperPearson) {
    const [gotLow, gotHigh] = clopperPearson(k!, n!, level!);
    expect(gotLow).toBeCloseTo(low!, 11);
    expect(gotHigh).toBeCloseTo(high!, 11);
  }
  expect(clopperPearson(0, 0, 0.95)).toEqual([0, 1]);
  expect(() => clopperPearson(3, 2, 0.95)).toThrow(RangeError);
});

describe("Tango's interval", () => {
  test.each(oracle.tango.map((row) => [row.slice(0, 4).join(', '), row] as const))(
    'of %s agrees',
    (_, row) => {
      const [b, c, n, level, low, high] = row;
      const [gotLow, gotHigh] = tangoInterval(b!, c!, n!, level!);
      expect(gotLow).toBeCloseTo(low!, 12);
      expect(gotHigh).toBeCloseTo(high!, 12);
    },
  );

  test('without discordant items is Wilson-like, z²/(n + z²)', () => {
    const z2 = 1.959963984540054 ** 2;
    const [low, high] = tangoInterval(0, 0, 50, 0.95);
    expect(high).toBeCloseTo(z2 / (50 + z2), 12);
    expect(low).toBeCloseTo(-high, 12);
    expect(tangoInterval(0, 0, 0, 0.95)).toEqual([-1, 1]);
  });

  test('contains the estimate, mirrors when the models are exchanged, and agrees with its own test', () => {
    const counts = fc
      .tuple(fc.nat(60), fc.nat(60), fc.nat(500))
      .map(([b, c, rest]) => ({ b, c, n: b + c + rest + 1 }));
    fc.assert(
      fc.property(counts, ({ b, c, n }) => {
        const [low, high] = tangoInterval(b, c, n, 0.9);
        const mirrored = tangoInterval(c, b, n, 0.9);
        expect(low).toBeLessThanOrEqual((b - c) / n);
        expect(high).toBeGreaterThanOrEqual((b - c) / n);
        expect(mirrored[0]).toBeCloseTo(-high, 12);
        if (low > -0.999) expect(normalSf(tangoStatistic({ b, c, n }, low))).toBeCloseTo(0.05, 6);
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

/** The exact chance of an answer when the candidate truly loses `loss` points and the models differ on `discordance`. */
function chance(
  answer: (result: NonInferiority) => boolean,
  at: { n: number; discordance: number; loss: number; margin: number },
): number {
  const { n, discordance, loss, margin } = at;
  const lossShare = (discordance + loss) / 2 / discordance;
  let total = 0;
  for (let both = 0; both <= n; both++) {
    const outer = binomialMass(both, n, discordance);
    if (outer < 1e-9) continue;
    for (let c = 0; c <= both; c++) {
      const mass = outer * binomialMass(c, both, lossShare);
      if (mass < 1e-11) continue;
      if (answer(pairedNonInferiority({ b: both - c, c, n, margin, alpha: 0.05 }))) total += mass;
    }
  }
  return total;
}

describe('paired non-inferiority at a true loss of exactly the margin, by full enumeration', () => {
  test.each([
    // The worst of the score test alone: 6.81 %, and 6.0 % (only losses); 5.73 % (mixed).
    { n: 133, discordance: 0.02, margin: 0.02 },
    { n: 300, discordance: 0.02, margin: 0.02 },
    { n: 177, discordance: 0.03, margin: 0.01 },
    { n: 100, discordance: 0.01, margin: 0.01 },
    { n: 1000, discordance: 0.05, margin: 0.01 },
  ])('wrongly accepts and wrongly condemns at most 5.9 %: $n items, $discordance, margin $margin', (at) => {
    const edge = { ...at, loss: at.margin };
    const accepts = chance((result) => result.notWorse, edge);
    expect(accepts).toBeLessThan(at.discordance === at.margin ? 0.05 : 0.058);
    expect(chance((result) => result.worse, edge)).toBeLessThan(0.059);
  });

  test('equal models are accepted as often as planned: 80 % at the rows needed', () => {
    const n = pairedRowsNeeded({ discordance: 0.05, margin: 0.02, alpha: 0.05 });
    expect(n).toBe(773);
    const power = chance((result) => result.notWorse, { n, discordance: 0.05, loss: 0, margin: 0.02 });
    expect(power).toBeGreaterThan(0.77);
    expect(power).toBeLessThan(0.83);
  });
});

describe('what a user reads', () => {
  test('the rows of the plan: 3,092 for 5 % discordance and a margin of one point', () => {
    expect(pairedRowsNeeded({ discordance: 0.05, margin: 0.01, alpha: 0.05 })).toBe(3092);
    expect(pairedRowsNeeded({ discordance: 0.05, margin: 0.01, alpha: 0.05, difference: -0.01 })).toBe(
      Infinity,
    );
    // Without a single discordant item the exact guard sets the least.
    expect(pairedRowsNeeded({ discordance: 0, margin: 0.01, alpha: 0.05 })).toBe(299);
  });

  test('clear cases', () => {
    const fine = pairedNonInferiority({ b: 80, c: 75, n: 3092, margin: 0.01, alpha: 0.05 });
    expect(fine).toMatchObject({ notWorse: true, worse: false, better: false });
    expect(fine.detectableDrop).toBeCloseTo(0.01, 3);
    const bad = pairedNonInferiority({ b: 10, c: 120, n: 1000, margin: 0.01, alpha: 0.05 });
    expect(bad).toMatchObject({ notWorse: false, worse: true, better: false, needed: Infinity });
    expect(bad.pWorse).toBeLessThan(1e-10);
    const gain = pairedNonInferiority({ b: 60, c: 20, n: 1000, margin: 0.01, alpha: 0.05 });
    expect(gain).toMatchObject({ notWorse: true, better: true });
  });

  test('no items, or too few, decide nothing', () => {
    const none = pairedNonInferiority({ b: 0, c: 0, n: 0, margin: 0.01, alpha: 0.05 });
    expect(none).toMatchObject({ notWorse: false, worse: false, better: false, interval: [-1, 1] });
    expect(none.difference).toBeNaN();
    expect(none.needed).toBeGreaterThan(100);
    const identical = pairedNonInferiority({ b: 0, c: 0, n: 298, margin: 0.01, alpha: 0.05 });
    expect(identical.notWorse).toBe(false);
    expect(identical.needed).toBe(299);
    expect(identical.detectableDrop).toBeGreaterThan(0.01);
    expect(none.detectableDrop).toBeNaN();
    expect(pairedNonInferiority({ b: 0, c: 0, n: 299, margin: 0.01, alpha: 0.05 }).notWorse).toBe(true);
  });

  test('an undecided answer never asks for rows that are already there', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.nat(2000), (b, c, rest) => {
        const n = b + c + rest + 1;
        const result = pairedNonInferiority({ b, c, n, margin: 0.02, alpha: 0.05 });
        if (!result.notWorse && !result.worse) expect(result.needed).toBeGreaterThan(n);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test('impossible counts are refused', () => {
    expect(() => pairedNonInferiority({ b: 5, c: 6, n: 10, margin: 0.01, alpha: 0.05 })).toThrow(RangeError);
    expect(() => pairedNonInferiority({ b: 1, c: 1, n: 10, margin: 0, alpha: 0.05 })).toThrow(RangeError);
  });
});
