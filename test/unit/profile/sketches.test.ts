import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ColumnCounts } from '../../../shared/profile/counts.ts';
import { registersOfCounts } from '../../../shared/profile/different.ts';
import { hashNumber } from '../../../shared/profile/sketch/hash.ts';
import { HyperLogLog, standardError } from '../../../shared/profile/sketch/hyperloglog.ts';
import { NumberCounts } from '../../../shared/profile/sketch/number-counts.ts';
import { Points } from '../../../shared/profile/sketch/points.ts';
import { listOf } from '../../../shared/profile/sketch/runs.ts';
import { sortNumbers } from '../../../shared/profile/sketch/sort.ts';
import { TextCounts } from '../../../shared/profile/sketch/text-counts.ts';
import { randomOf } from './columns.ts';

const COUNT = 42_000;

/** Laws of values, and orders that are hard for a sketch. */
const SHAPES: Readonly<Record<string, (i: number, random: () => number) => number>> = {
  'log-normal': (_i, random) =>
    Math.exp(Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())),
  ascending: (i) => i,
  descending: (i) => -i,
  'zero-inflated': (_i, random) => (random() < 0.3 ? 0 : random()),
  'two scales': (i, random) => (i % 2 === 0 ? random() : 1e12 * random()),
  zigzag: (i) => (i % 2 === 0 ? i : COUNT - i),
  'from the middle outwards': (i) => (i % 2 === 0 ? i : -i),
  'rising and falling': (i) => (i < COUNT / 2 ? i : COUNT - i - 0.5),
  'many of few, then all different': (i) => (i < COUNT / 2 ? i % 50 : i),
  'all different, then many of few': (i) => (i < COUNT / 2 ? i + 100 : i % 50),
};

function valuesOf(shape: string, count: number): Float64Array {
  const random = randomOf(7);
  const nextOf = SHAPES[shape] ?? (() => 0);
  return Float64Array.from({ length: count }, (_value, i) => nextOf(i, random));
}

function counted(values: Float64Array, parts: number, points?: Points): NumberCounts {
  const all = Array.from({ length: parts }, (_value, i) => {
    const from = Math.floor((i * values.length) / parts);
    const part = values.slice(from, Math.floor(((i + 1) * values.length) / parts));
    const counts = new NumberCounts(points, [0]);
    for (let at = 0; at < part.length; at += 1000) {
      const piece = part.slice(at, at + 1000);
      counts.addAll(piece, piece.length);
    }
    return counts;
  });
  const [first, ...rest] = all as [NumberCounts, ...NumberCounts[]];
  for (const other of rest) first.merge(structuredClone(other.state));
  return first;
}

describe.each(Object.keys(SHAPES))('%s numbers in few parts or many', (shape) => {
  const values = valuesOf(shape, COUNT);
  const sorted = values.slice().sort();
  const cuts = Array.from({ length: 63 }, (_value, i) => sorted[Math.floor((COUNT * (i + 1)) / 64)] ?? 0);
  const points = new Points('cuts', [...new Set(cuts)]);
  test.each([2, 40])('%i parts', (parts) => {
    const found = counted(values, parts, points);
    expect(found.complete).toBe(false);
    expect(found.total).toBe(COUNT);
    const runs = listOf(found.runs());
    expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(COUNT);
    // Ranks: off by at most 0.2 %.
    let below = 0;
    let worst = 0;
    for (const { value, count } of runs) {
      const least = lowerBound(sorted, value);
      worst = Math.max(worst, least - below - count, below - lowerBound(sorted, nextUp(value)));
      below += count;
    }
    expect(worst / COUNT).toBeLessThan(0.002);
    // Moments and extremes are exact except for rounding.
    const mean = values.reduce((sum, value) => sum + value / COUNT, 0);
    const { min, max, mean: own, squares } = found.moments();
    expect([min, max]).toEqual([sorted[0], sorted[COUNT - 1]].map((value) => (value ?? 0) + 0));
    expect(own / mean).toBeCloseTo(1, 10);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / COUNT, 0);
    expect(squares / COUNT / variance).toBeCloseTo(1, 9);
    // The reference's cells are exact.
    const cells = new Array<number>(points.cells).fill(0);
    const different = Float64Array.from(new Set(cuts));
    for (const value of values) cells[lowerBound(different, value)]! += 1;
    expect(found.cells()).toEqual(cells);
    // Different values: four standard errors.
    const distinct = new Set(values).size;
    expect(Math.abs(found.distinct() / distinct - 1)).toBeLessThan(4 * 0.0081);
    // Frequent values: short by at most 0.1 %; the pinned one exact.
    const times = new Map<number, number>();
    for (const value of values) times.set(value + 0, (times.get(value + 0) ?? 0) + 1);
    const held = new Map(listOf(found.frequent()).map(({ value, count }) => [value, count]));
    expect(held.get(0) ?? 0).toBe(times.get(0) ?? 0);
    const short = [...times].map(([value, count]) => count - (held.get(value) ?? 0));
    expect(Math.min(...short.slice(0, 1e4))).toBeGreaterThanOrEqual(0);
    expect(short.reduce((most, rows) => Math.max(most, rows), 0)).toBeLessThanOrEqual(found.lost);
    expect(found.lost / COUNT).toBeLessThan(0.001);
  });
});

function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const nextUp = (value: number) => value + Math.max(Math.abs(value) * 2 ** -52, Number.MIN_VALUE);

test('values that were pinned are frequent for one that pins none', () => {
  const values = Float64Array.from({ length: COUNT }, (_value, i) => (i % 4 === 0 ? -7 : i));
  const pinning = new NumberCounts(undefined, [-7]);
  pinning.addAll(values, COUNT);
  const other = new NumberCounts();
  other.merge(structuredClone(pinning.state));
  other.push(-7);
  const counted = (counts: NumberCounts) =>
    listOf(counts.frequent()).find(({ value }) => value === -7)?.count ?? 0;
  expect(counted(pinning)).toBe(COUNT / 4);
  expect(COUNT / 4 + 1 - counted(other)).toBeLessThanOrEqual(other.lost);
});

test('few different values are exact in any parts and any order', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
      ),
      fc.integer({ min: 1, max: 6 }),
      (numbers, parts) => {
        const found = counted(Float64Array.from(numbers), parts);
        const whole = counted(Float64Array.from(numbers.toReversed()), 1);
        expect(found.runs()).toEqual(whole.runs());
        expect(found.moments()).toEqual(whole.moments());
        expect(found.integers()).toBe(numbers.filter(Number.isInteger).length);
      },
    ),
    { numRuns: 300, seed: 4 },
  );
});

test('sorting is that of typed arrays', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.constantFrom(0, 1, 1e300, -1e300, 1e-300),
  );
  fc.assert(
    fc.property(fc.array(number, { maxLength: 200 }), (numbers) => {
      const values = Float64Array.from(numbers, (value) => value + 0);
      sortNumbers(values, values.length);
      expect(values).toEqual(Float64Array.from(numbers, (value) => value + 0).sort());
    }),
    { numRuns: 500, seed: 4 },
  );
});

describe('texts', () => {
  const textsOf = (texts: readonly string[], parts: number, pinned: readonly string[] = []): TextCounts => {
    const all = Array.from({ length: parts }, (_value, i) => {
      const counts = new TextCounts(pinned);
      for (const text of texts.slice(
        Math.floor((i * texts.length) / parts),
        Math.floor(((i + 1) * texts.length) / parts),
      )) {
        const bytes = Buffer.from(`-${text}-`);
        const id = counts.add(bytes, 1, bytes.length - 1);
        if (id >= 0 && counts.unitsAt(id) !== text.length) throw new Error(`the length of ${text}`);
      }
      return counts;
    });
    const [first, ...rest] = all as [TextCounts, ...TextCounts[]];
    for (const other of rest) first.merge(structuredClone(other.state));
    return first;
  };

  test('few texts are exact in any parts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '漢', '😀'), maxLength: 5 }), {
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 5 }),
        (texts, parts) => {
          const expected = new Map<string, number>();
          for (const text of texts) expected.set(text, (expected.get(text) ?? 0) + 1);
          expect(new Map(textsOf(texts, parts, ['a', '漢b']).entries())).toEqual(expected);
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });

  test.each([1, 3, 20])('many texts in %i parts: frequent ones within 0.1 %, pinned ones exact', (parts) => {
    const random = randomOf(3);
    const count = 100_000;
    const texts = Array.from({ length: count }, (_value, i) => {
      const kind = random();
      if (kind < 0.2) return 'often';
      if (kind < 0.201) return 'pinned';
      return kind < 0.4 ? `of ${Math.floor(random() * 40)}` : `once ${i}`;
    });
    const expected = new Map<string, number>();
    for (const text of texts) expected.set(text, (expected.get(text) ?? 0) + 1);
    const found = textsOf(texts, parts, ['pinned', 'never']);
    expect(found.complete).toBe(false);
    const held = new Map(found.entries());
    expect(held.get('pinned')).toBe(expected.get('pinned'));
    let worst = 0;
    for (const [text, times] of expected) {
      const own = held.get(text) ?? 0;
      worst = Math.max(worst, own > times ? 1 : (times - own) / count);
    }
    expect(worst).toBeLessThan(0.001);
    expect(Math.abs(found.distinct() / expected.size - 1)).toBeLessThan(4 * 0.0081);
  });
});

describe('different values', () => {
  const hashes = Array.from({ length: 200_000 }, (_value, i) => hashNumber(i * 1.5));

  test('a sketch with fewer registers is what it would have been from the start', () => {
    const [large, small] = [new HyperLogLog(), new HyperLogLog(new Uint8Array(1024))];
    for (const hash of hashes) {
      large.add(hash);
      small.add(hash);
    }
    expect(large.folded(10).registers).toEqual(small.registers);
  });

  test('are counted within four standard errors, by one sketch or by merged ones, read from their texts', () => {
    for (const count of [1, 10, 500, 3000, 20_000, 200_000]) {
      const halves = [0, 1].map((half) => {
        const sketch = new HyperLogLog(new Uint8Array(1024));
        for (const [i, hash] of hashes.slice(0, count).entries()) if (i % 3 !== half) sketch.add(hash);
        return sketch;
      });
      const [one, other] = halves.map(({ text }) => HyperLogLog.ofText(text, 10));
      if (one === undefined || other === undefined) throw new Error('their texts cannot be read');
      expect([one.registers, other.registers]).toEqual(halves.map(({ registers }) => registers));
      one.merge(other);
      expect(Math.abs(one.estimate() / count - 1)).toBeLessThan(4 * standardError(10) + 1 / count / 2);
    }
  });

  test('a text that is too long to be held is one', () => {
    const counts = new ColumnCounts('a');
    const bytes = Buffer.alloc(5 * 2 ** 20, 'a');
    counts.addString(bytes, 0, bytes.length);
    expect(Math.round(registersOfCounts(counts).estimate())).toBe(1);
  });

  test('a text that is not such a sketch is not read', () => {
    const text = new HyperLogLog(new Uint8Array(1024)).text;
    for (const wrong of ['', text.slice(1), `-${text.slice(1)}`, `/${text.slice(1)}`])
      expect(HyperLogLog.ofText(wrong, 10)).toBeUndefined();
  });
});
