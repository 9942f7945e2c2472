import { expect, test } from '@jest/globals';
import { randomFrom } from '../../../shared/stats/random.ts';
import { oracle } from './oracle.ts';

test("the stream is NumPy's RandomState, number by number", () => {
  const { seed, uniform, below } = oracle.random;
  expect([...randomFrom(seed).fillUniform(new Float64Array(uniform.length))]).toEqual(uniform);
  for (const [n, expected] of Object.entries(below)) {
    const random = randomFrom(seed);
    expect(expected.map(() => random.below(Number(n)))).toEqual(expected);
  }
});

test('below is uniform and stays below; a shuffle keeps every item', () => {
  const random = randomFrom(3);
  const counts = new Array<number>(5).fill(0);
  for (const value of random.fillBelow(new Int32Array(50_000), 5)) counts[value]! += 1;
  expect(counts).toHaveLength(5);
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  const shuffled = random.shuffle(Int32Array.from({ length: 100 }, (_, i) => i));
  expect([...shuffled]).not.toEqual([...shuffled].sort((a, b) => a - b));
  expect(new Set(shuffled).size).toBe(100);
  expect(random.below(1)).toBe(0);
});

test('seeds and ranges that cannot be kept are refused', () => {
  for (const seed of [-1, 1.5, 2 ** 32, Number.NaN]) expect(() => randomFrom(seed)).toThrow(RangeError);
  for (const n of [0, 2.5, 2 ** 33]) expect(() => randomFrom(1).below(n)).toThrow(RangeError);
});
