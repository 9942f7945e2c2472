import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  categoryBounds,
  categoryRowsNeeded,
  missingMassBound,
  orderedBounds,
  orderedRowsNeeded,
} from '../../../shared/stats/bounds.ts';
import {
  type CategoryCounts,
  categoryCells,
  type DistanceCell,
  orderedDistance,
  totalVariation,
} from '../../../shared/stats/distance.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { categoryTest, exactTwoCells, orderedTest, unseenTest } from '../../../shared/stats/significance.ts';
import { oracle } from './oracle.ts';

const categories = (values: Record<string, number>, nulls = 0, rest = 0): CategoryCounts => ({
  values: new Map(Object.entries(values)),
  nulls,
  rest,
});

/** Counts of `rows` draws by cumulative shares. */
function sample(random: ReturnType<typeof randomFrom>, rows: number, shares: readonly number[]): number[] {
  const counts = new Array<number>(shares.length).fill(0);
  for (let i = 0; i < rows; i++) {
    let u = random.uniform();
    let cell = 0;
    while (cell < shares.length - 1 && u >= shares[cell]!) u -= shares[cell++]!;
    counts[cell]! += 1;
  }
  return counts;
}

const named = (counts: readonly number[]) =>
  categories(Object.fromEntries(counts.map((c, i) => [`v${i}`, c])));
const uniform = (cells: number) => new Array<number>(cells).fill(1 / cells);
const zipf = (cells: number) => {
  const weights = Array.from({ length: cells }, (_, i) => 1 / (i + 1));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
};

describe('distances', () => {
  test('of ordered values: the largest gap of the distribution functions', () => {
    const reference = { cells: [10, 20, 30, 40], nulls: 0 };
    expect(orderedDistance(reference, { cells: [20, 30, 30, 20], nulls: 0 })).toBeCloseTo(0.2, 12);
    expect(orderedDistance(reference, reference)).toBe(0);
    expect(orderedDistance(reference, { cells: [0, 0, 0, 0], nulls: 7 })).toBe(1);
  });

  test('nulls stand below and above all values, so no direction hides their share', () => {
    const reference = { cells: [50, 50], nulls: 0 };
    // 20 points of nulls taken from the lower half: below all values they would only fill its place.
    expect(orderedDistance(reference, { cells: [30, 50], nulls: 20 })).toBeCloseTo(0.2, 12);
    expect(orderedDistance(reference, { cells: [50, 30], nulls: 20 })).toBeCloseTo(0.2, 12);
  });

  test('no rows are undefined, other cuts are refused', () => {
    expect(orderedDistance({ cells: [1], nulls: 0 }, { cells: [0], nulls: 0 })).toBeNaN();
    expect(totalVariation([]).plugIn).toBeNaN();
    expect(() => orderedDistance({ cells: [1], nulls: 0 }, { cells: [1, 2], nulls: 0 })).toThrow(RangeError);
  });

  test('the ordered distance is symmetric and never exceeds total variation, itself at most 1', () => {
    const counts = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(counts, (pairs) => {
        const [first, ...rest] = pairs;
        const reference = { nulls: first![0] + 1, cells: rest.map(([a]) => a) };
        const current = { nulls: first![1] + 1, cells: rest.map(([, b]) => b) };
        const cells: DistanceCell[] = [
          { kind: 'null', reference: reference.nulls, current: current.nulls },
          ...rest.map(([a, b]) => ({ kind: 'value' as const, reference: a, current: b })),
        ];
        const distance = orderedDistance(reference, current);
        const { plugIn, corrected } = totalVariation(cells);
        expect(distance).toBeCloseTo(orderedDistance(current, reference), 12);
        expect(distance).toBeLessThanOrEqual(plugIn + 1e-12);
        expect(corrected).toBeLessThanOrEqual(plugIn + 1e-12);
        expect(plugIn).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test('categories under 1 % and beyond the thirtieth are "other"; a category called other is not', () => {
    const cells = categoryCells(
      categories({ other: 500, b: 480, rare: 9 }, 11),
      categories({ other: 500, b: 490, rare: 0, odd: 10 }, 0, 3),
    );
    expect(cells).toEqual([
      { kind: 'value', value: 'other', reference: 500, current: 500 },
      { kind: 'value', value: 'b', reference: 480, current: 490 },
      { kind: 'other', reference: 9, current: 13 },
      { kind: 'null', reference: 11, current: 0 },
    ]);
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`c${i}`, 100 - i]));
    expect(categoryCells(categories(many), categories(many)).map((cell) => cell.kind)).toHaveLength(31);
  });

  test('plug-in total variation is biased with many cells, the corrected one hardly', () => {
    const random = randomFrom(1);
    let plugIn = 0;
    let corrected = 0;
    for (let run = 0; run < 30; run++) {
      const cells = categoryCells(
        named(sample(random, 1000, uniform(50))),
        named(sample(random, 1000, uniform(50))),
      );
      const found = totalVariation(cells);
      plugIn += found.plugIn / 30;
      corrected += found.corrected / 30;
    }
    expect(plugIn).toBeGreaterThan(0.075);
    expect(corrected).toBeLessThan(0.05);
  });
});

describe('tests', () => {
  test('the ordered test agrees with NumPy and SciPy', () => {
    for (const { reference, current, answer } of oracle.orderedTest) {
      const found = orderedTest(reference, current);
      expect(found.statistic / answer[0]).toBeCloseTo(1, 9);
      expect(found.df / answer[1]).toBeCloseTo(1, 9);
      expect(found.p / answer[2]).toBeCloseTo(1, 7);
    }
  });

  test("the categorical test's chi-square agrees with SciPy", () => {
    const { table, statistic } = oracle.chiSquareTable;
    const found = categoryTest(named(table.map((row) => row[0])), named(table.map((row) => row[1])));
    expect(found.statistic).toBeCloseTo(statistic, 9);
    expect(found.df).toBe(3);
  });

  test('two cells are tested exactly', () => {
    // Fisher's tail of 1 of 10 against 8 of 10, by hand: (10·45 + 1·10)/C(20, 9) below, twice.
    const tail = (45 * 10 + 1 * 10) / 167960;
    expect(exactTwoCells(8, 1, { reference: 10, current: 10 }).p).toBeCloseTo(2 * tail, 12);
    expect(categoryTest(categories({ a: 8, b: 2 }), categories({ a: 1, b: 9 })).p).toBeLessThan(0.05);
    expect(orderedTest([80, 20], [10, 90]).method).toBe('exact test of two shares');
  });

  test('an unseen value pays for having been chosen', () => {
    // One row of 100 that 100 reference rows lack: half of all values do that.
    expect(unseenTest(1, 10, { reference: 100, current: 100 }).p).toBe(1);
    const p = unseenTest(5, 4, { reference: 100, current: 100 }).p;
    const choose = (100 * 99 * 98 * 97 * 96) / (200 * 199 * 198 * 197 * 196);
    expect(p).toBeCloseTo(4 * choose, 12);
    // A new category of 1 %: significant at 10,000 rows, not among many tests at 1,000.
    expect(unseenTest(100, 10, { reference: 10_000, current: 10_000 }).p).toBeLessThan(1e-20);
    expect(unseenTest(10, 10, { reference: 1000, current: 1000 }).p).toBeGreaterThan(0.001);
  });

  test('too few rows are no evidence', () => {
    expect(orderedTest([3, 2], [1, 1])).toMatchObject({ p: 1 });
    expect(orderedTest([], [])).toMatchObject({ p: 1 });
    expect(categoryTest(categories({}), categories({ a: 3 }))).toMatchObject({ p: 1 });
    expect(exactTwoCells(0, 0, { reference: 0, current: 5 })).toMatchObject({ p: 1 });
  });

  const laws = {
    'ordered, 64 cells': { shares: uniform(64), test: (a: number[], b: number[]) => orderedTest(a, b).p },
    'ordered, 5 integers': {
      shares: [0.4, 0.3, 0.15, 0.1, 0.05],
      test: (a: number[], b: number[]) => orderedTest(a, b).p,
    },
    '40 Zipf categories': {
      shares: zipf(40),
      test: (a: number[], b: number[]) => categoryTest(named(a), named(b)).p,
    },
    'a share of 2 %': {
      shares: [0.02, 0.98],
      test: (a: number[], b: number[]) => categoryTest(named(a), named(b)).p,
    },
  };
  test.each(Object.entries(laws))('p-values are calibrated without drift: %s', (_, { shares, test }) => {
    const random = randomFrom(12);
    const runs = 600;
    let atFive = 0;
    let atOne = 0;
    for (let run = 0; run < runs; run++) {
      const p = test(sample(random, 400, shares), sample(random, 150, shares));
      atFive += p <= 0.05 ? 1 : 0;
      atOne += p <= 0.01 ? 1 : 0;
    }
    // Three binomial standard errors above the nominal rate.
    expect(atFive / runs).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
    expect(atOne / runs).toBeLessThan(0.01 + 3 * Math.sqrt((0.01 * 0.99) / runs));
    if (shares.length === 64)
      expect(atFive / runs).toBeGreaterThan(0.05 - 3 * Math.sqrt((0.05 * 0.95) / runs));
  });

  test('power: a category that gains ten points among 1,000 rows', () => {
    const random = randomFrom(13);
    let found = 0;
    for (let run = 0; run < 100; run++) {
      const p = categoryTest(
        named(sample(random, 1000, [0.5, 0.3, 0.2])),
        named(sample(random, 1000, [0.4, 0.4, 0.2])),
      ).p;
      found += p <= 0.05 / 40 ? 1 : 0;
    }
    expect(found).toBeGreaterThan(82);
  });
});

describe('bounds', () => {
  test('of ordered values, by the formulas', () => {
    const sizes = { reference: 5000, current: 1000 };
    const s = Math.sqrt(1 / 5000 + 1 / 1000);
    const { lower, upper } = orderedBounds(0.2, sizes, { features: 20 });
    expect(lower).toBeCloseTo(0.2 - Math.sqrt(Math.log(1600) / 2) * s, 12);
    expect(upper).toBeCloseTo(0.2 + (1.6448536269514722 * s) / 2, 12);
    expect(orderedBounds(Number.NaN, sizes, { features: 20 }).lower).toBeNaN();
    // 0.01 SD at a million rows passes the margin 0.05.
    expect(orderedBounds(0.004, { reference: 1e6, current: 1e6 }, { features: 20 }).upper).toBeLessThan(
      0.0064,
    );
  });

  test('one category among many is proved to have moved', () => {
    const even = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i}`, 500]));
    const moved = { ...even, c0: 2000 };
    const cells = categoryCells(categories(even), categories(moved));
    expect(categoryBounds(cells, { features: 20 }).lower).toBeGreaterThan(0.05);
  });

  test('three rows that agree prove nothing', () => {
    const cells = categoryCells(categories({ a: 300, b: 300, c: 400 }), categories({ a: 3 }));
    expect(categoryBounds(cells, { features: 1 }).lower).toBe(0);
    expect(categoryBounds([], { features: 1 }).lower).toBeNaN();
  });

  test('hold: the lower bound is rarely above the true distance, the upper rarely below', () => {
    const random = randomFrom(14);
    const before = [0.5, 0.3, 0.2];
    const after = [0.42, 0.38, 0.2];
    let above = 0;
    let below = 0;
    let ordered = 0;
    const runs = 600;
    for (let run = 0; run < runs; run++) {
      const a = sample(random, 400, before);
      const b = sample(random, 60, after);
      const { lower, upper } = categoryBounds(categoryCells(named(a), named(b)), { features: 1 });
      if (lower > 0.08) above += 1;
      if (upper < 0.08) below += 1;
      const distance = orderedDistance({ cells: a, nulls: 0 }, { cells: b, nulls: 0 });
      if (orderedBounds(distance, { reference: 400, current: 60 }, { features: 1 }).upper < 0.08)
        ordered += 1;
    }
    expect(above / runs).toBeLessThan(0.05);
    expect(below / runs).toBeLessThan(0.07);
    expect(ordered / runs).toBeLessThan(0.07);
  });

  test('rows needed: about 3,400 a side at the margin 0.05, half of that against a very large reference', () => {
    const equal = orderedRowsNeeded(0, { reference: 3400, current: 500 }, 0.05);
    expect(equal).toEqual({ current: expect.closeTo(3260, -3) });
    const large = orderedRowsNeeded(0, { reference: 1e9, current: 500 }, 0.05) as { current: number };
    expect(Math.abs(large.current - 1670)).toBeLessThan(40);
    expect(orderedRowsNeeded(0, { reference: 1000, current: 1000 }, 0.05)).toEqual({ reference: 1665 });
    expect(orderedRowsNeeded(0.2, { reference: 1000, current: 1000 }, 0.05)).toBeUndefined();
    const counts = Object.fromEntries(zipf(10).map((p, i) => [`c${i}`, Math.round(1e6 * p)]));
    const cells = categoryCells(categories(counts), categories(counts));
    const needed = categoryRowsNeeded(cells, 0.05) as { current: number };
    expect(Math.abs(needed.current - 2100)).toBeLessThan(150);
  });

  test('the missing mass bound covers, and shrinks with the sample', () => {
    const random = randomFrom(15);
    const shares = zipf(500);
    let missed = 0;
    for (let run = 0; run < 100; run++) {
      const counts = sample(random, 400, shares);
      const missing = shares.reduce((sum, p, i) => sum + (counts[i] === 0 ? p : 0), 0);
      if (missingMassBound(counts.filter((count) => count === 1).length, 400) < missing) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(5);
    expect(missingMassBound(0, 0)).toBe(1);
    expect(missingMassBound(100, 100_000)).toBeLessThan(0.02);
  });
});
