import { expect, test } from '@jest/globals';
import { drawFrom } from '../../../scripts/simulate/draw.ts';
import { type JudgementLook, looksKey, readLooks, recordLook } from '../../../shared/model/looks.ts';
import { studentQuantile } from '../../../shared/stats/special.ts';
import { MemoryState } from '../../support/memory.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const watched = { name: 'demand', candidate: digest('c') };
const look = (testSet: string, evaluation = 'e'): JudgementLook => ({
  at: '2026-01-07T06:00:00.000Z',
  testSet: digest(testSet),
  evaluation: digest(evaluation),
  alpha: 0.025,
});

test('a look is told if it is one of those allowed; the same question again is not another look', async () => {
  const store = new MemoryState();
  expect(await recordLook(store, watched, look('1'), 2)).toBe(true);
  expect(await recordLook(store, watched, look('1'), 2)).toBe(true);
  expect(await recordLook(store, watched, look('2'), 2)).toBe(true);
  expect(await recordLook(store, watched, look('3'), 2)).toBe(false);
  expect(await recordLook(store, watched, look('2', 'f'), 2)).toBe(false);
  expect(await recordLook(store, watched, look('1'), 2)).toBe(true);
  expect((await readLooks(store, watched)).looks).toEqual([look('1'), look('2')]);
});

test('runs at the same time never take more looks than there are', async () => {
  const store = new MemoryState();
  const taken = await Promise.all(
    ['1', '2', '3', '4', '5'].map((set) => recordLook(store, watched, look(set), 2)),
  );
  expect(taken.filter(Boolean)).toHaveLength(2);
  expect((await readLooks(store, watched)).looks).toHaveLength(2);
});

test('the record of another candidate under its key is an error', async () => {
  const store = new MemoryState();
  await recordLook(store, watched, look('1'), 2);
  const { value } = (await store.read(looksKey(watched)))!;
  const other = { name: 'demand', candidate: `${digest('c').slice(0, -1)}0` };
  await store.write(looksKey(other), value, (await store.read(looksKey(other)))?.revision ?? null, 'moved');
  await expect(readLooks(store, other)).rejects.toThrow('another candidate');
});

test('several looks at growing test sets keep to 5 % together, and one look too many does not', () => {
  const draw = drawFrom(7);
  const runs = 4000;
  const lowest = (values: readonly number[], alpha: number) => {
    const n = values.length;
    const mean = values.reduce((sum, value) => sum + value / n, 0);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / (n - 1), 0);
    return mean + studentQuantile(alpha, n - 1) * Math.sqrt(variance / n);
  };
  // The candidate is worse by just the margin, so that the room left has mean 0. 14 days, then a week more each time.
  const passes = (looks: number, alpha: number) => {
    let passed = 0;
    for (let run = 0; run < runs; run++) {
      const days = Array.from({ length: 14 + 7 * (looks - 1) }, () => draw.normal());
      if (
        Array.from({ length: looks }, (_, k) => 14 + 7 * k).some((n) => lowest(days.slice(0, n), alpha) > 0)
      )
        passed++;
    }
    return passed / runs;
  };
  const noise = 3 * Math.sqrt((0.05 * 0.95) / runs);
  expect(passes(2, 0.05 / 2)).toBeLessThan(0.05 + noise);
  expect(passes(4, 0.05 / 4)).toBeLessThan(0.05 + noise);
  expect(passes(4, 0.05)).toBeGreaterThan(0.05 + 2 * noise);
});
