import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aucBounds, aucDifference, type ScoredPair } from '../../../shared/stats/auc.ts';
import { clustersOf } from '../../../shared/stats/clusters.ts';
import { ascending } from '../../../shared/stats/order.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { normalDraw } from '../../../shared/stats/sampling.ts';
import { studentQuantile } from '../../../shared/stats/special.ts';
import { pairsOracle } from './pairs-oracle.ts';

test('the order is that of a stable sort, whatever the signs and sizes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1, Infinity, -Infinity))),
      (numbers) => {
        const values = Float64Array.from(numbers);
        const expected = numbers
          .map((_, i) => i)
          .sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b));
        expect([...ascending(values)]).toEqual(expected);
      },
    ),
  );
  expect(() => ascending(Float64Array.of(1, Number.NaN))).toThrow(RangeError);
});

describe('agrees with every pair of a positive and a negative, by NumPy', () => {
  test.each(pairsOracle.auc.map((row, i) => [i, row] as const))('case %d', (_, row) => {
    const given: ScoredPair = {
      positive: row.positive,
      candidate: Float64Array.from(row.candidate),
      production: Float64Array.from(row.production),
    };
    const plain = aucDifference(given);
    expect(plain.candidate).toBeCloseTo(row.answer[0], 12);
    expect(plain.production).toBeCloseTo(row.answer[1], 12);
    expect(plain.standardError).toBeCloseTo(row.answer[2], 12);
    const clustered = aucDifference({ ...given, clusters: clustersOf(row.clusters) });
    expect(clustered.standardError).toBeCloseTo(row.clustered, 12);
    const bounds = aucBounds(plain, 0.05);
    const pairs = Math.min(plain.positives, plain.negatives);
    if (pairs < 30) expect(bounds).toMatchObject({ lower: null, upper: null, none: expect.any(String) });
    const weights = new Float64Array(row.positive.length).fill(2.5);
    expect(aucDifference({ ...given, weights }).standardError).toBeCloseTo(row.answer[2], 12);
    const own = clustersOf(row.positive.map((__, i) => i));
    expect(aucDifference({ ...given, clusters: own }).standardError).toBeCloseTo(row.answer[2], 12);
  });
});

test('a weight of two is the AUC of the row twice', () => {
  const positive = [1, 0, 1, 0, 0];
  const candidate = Float64Array.of(3, 2, 1, 1, 0);
  const production = Float64Array.of(1, 2, 3, 0, 1);
  const weighted = aucDifference({
    positive,
    candidate,
    production,
    weights: Float64Array.of(1, 1, 2, 1, 1),
  });
  const twice = aucDifference({
    positive: [...positive, 1],
    candidate: Float64Array.of(...candidate, 1),
    production: Float64Array.of(...production, 3),
  });
  expect(weighted.difference).toBeCloseTo(twice.difference, 14);
});

describe('without a variance to go by', () => {
  const positive = Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const production = Float64Array.from(positive, (label, i) => label + i / 1000);
  test('models of one order are not taken for equal, but bounded by the pairs that were seen', () => {
    const found = aucDifference({ positive, candidate: production.map((x) => 3 * x - 1), production });
    expect(found.standardError).toBe(0);
    const bounds = aucBounds(found, 0.05);
    expect(bounds.lower).toBeCloseTo(-(1 - 0.05 ** (1 / 50)), 14);
    expect(bounds.upper).toBeCloseTo(1 - 0.05 ** (1 / 50), 14);
    expect(bounds.method).toContain('50 pairs');
    const weighted = aucDifference({ positive, candidate: production, production, weights: production });
    expect(aucBounds(weighted, 0.05).none).toContain('in the same way');
  });

  test('one class alone, or one row of a class, has no bounds', () => {
    const scores = Float64Array.of(1, 2, 3);
    const alone = aucDifference({ positive: [1, 1, 1], candidate: scores, production: scores });
    expect(alone.difference).toBeNaN();
    expect(aucBounds(alone, 0.05).none).toBe('there are 3 positive and 0 negative rows');
    const one = aucDifference({
      positive: [1, 0, 0],
      candidate: scores,
      production: Float64Array.of(2, 1, 3),
    });
    expect(aucBounds(one, 0.05).none).toContain('too few rows');
  });

  test('a difference that a few rows make has no bounds', () => {
    const candidate = production.slice();
    candidate[0] = -1;
    expect(aucBounds(aucDifference({ positive, candidate, production }), 0.05)).toMatchObject({
      ...{ lower: null, upper: null, none: expect.stringContaining('rests on about 1 row') },
    });
  });
});

test('impossible input is refused', () => {
  const scores = Float64Array.of(1, 2);
  expect(() => aucDifference({ positive: [1, 0, 0], candidate: scores, production: scores })).toThrow(
    RangeError,
  );
  expect(() =>
    aucDifference({
      positive: [1, 0],
      candidate: scores,
      production: scores,
      weights: Float64Array.of(1, -1),
    }),
  ).toThrow(RangeError);
});

describe('bounds', () => {
  const random = randomFrom(5);
  const draw = () => normalDraw(random);
  const scored = (n: number, positives: number, noise: number) => {
    const positive = Array.from({ length: n }, (_, i) => (i < positives ? 1 : 0));
    const production = Float64Array.from(positive, (label) => 1.5 * label + draw());
    const candidate = production.map((score) => score + noise * draw());
    return aucDifference({ positive, candidate, production });
  };

  test('are those of DeLong if these are wider than what was not drawn may make', () => {
    const found = scored(4000, 2000, 1);
    const reach = studentQuantile(0.95, found.df) * found.standardError;
    expect(aucBounds(found, 0.05).lower).toBeCloseTo(found.difference - reach, 12);
    expect(aucBounds(found, 0.05).upper).toBeCloseTo(found.difference + reach, 12);
  });

  test('leave room for positives of a kind that was not drawn', () => {
    const found = scored(1000, 60, 0.02);
    const share = 1 - 0.05 ** (1 / 60);
    const low = (1 - share) * found.difference - share * found.production;
    expect(aucBounds(found, 0.05).lower).toBeCloseTo(low, 12);
  });

  test('hold where the candidate ranks 4 % of the positives below all others', () => {
    // Of 60 positives none of these is drawn in 9 % of samples, and the rest differ by little.
    const lost = 0.04;
    const truth = -lost * 0.8555778;
    let misses = 0;
    const runs = 1000;
    for (let run = 0; run < runs; run++) {
      const positive = Array.from({ length: 600 }, (_, i) => (i < 60 ? 1 : 0));
      const production = Float64Array.from(positive, (label) => 1.5 * label + draw());
      const candidate = production.map((score, i) =>
        positive[i] === 1 && random.uniform() < lost ? -9 : score + 0.02 * draw(),
      );
      const { lower } = aucBounds(aucDifference({ positive, candidate, production }), 0.05);
      if (lower !== null && lower > truth) misses += 1;
    }
    expect(misses / runs).toBeLessThan(0.06);
  });
});

test('bounds hold with 100 rows of which 30 are positive', () => {
  const random = randomFrom(11);
  const draw = () => normalDraw(random);
  const positive = Array.from({ length: 100 }, (_, i) => (i < 30 ? 1 : 0));
  const truth = 0.8144533 - 0.8555778;
  let misses = 0;
  for (let run = 0; run < 1000; run++) {
    const production = Float64Array.from(positive, (label) => 1.5 * label + draw());
    const candidate = production.map((score) => score + Math.sqrt(0.4) * draw());
    const bounds = aucBounds(aucDifference({ positive, candidate, production }), 0.05);
    if (bounds.lower !== null && bounds.lower > truth) misses += 1;
  }
  expect(misses).toBeLessThan(60);
});
