import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { inParallel } from '../../../shared/problem/parallel.ts';
import { Unreachable, UserError } from '../../../shared/problem/problem.ts';

test('results come in order, and never more than four are under way', async () => {
  let under = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 2, 3, 0, 6], async (item) => {
    most = Math.max(most, ++under);
    await sleep(item);
    under--;
    return item * 2;
  });
  expect(results).toEqual([10, 2, 8, 4, 6, 0, 12]);
  expect(most).toBe(4);
});

test('the problems of all that fail are told', async () => {
  const failing = inParallel([1, 2, 3, 4, 5, 6], async (item) => {
    if (item % 2 === 0) throw new UserError({ what: `no ${item}` });
  });
  await expect(failing).rejects.toThrow('no 2\nno 4\nno 6');
});

test('another error ends it when nothing is under way any more', async () => {
  const ended: number[] = [];
  const failing = inParallel([1, 2, 3, 4, 5, 6, 7, 8], async (item) => {
    if (item === 1) throw new Error('broken');
    await sleep(5);
    ended.push(item);
  });
  await expect(failing).rejects.toThrow('broken');
  expect(ended).toEqual([2, 3, 4]);
});

test('a server that cannot be reached is told once, whatever else failed', async () => {
  const begun: number[] = [];
  const failing = inParallel([1, 2, 3, 4, 5, 6, 7, 8], async (item) => {
    begun.push(item);
    if (item === 1) throw new UserError({ what: 'no 1' });
    await sleep(1);
    throw new Unreachable({ what: 'no server' }, 503);
  });
  await expect(failing).rejects.toMatchObject({ name: 'UserError', message: 'no server', lastStatus: 503 });
  await expect(failing).rejects.toBeInstanceOf(Unreachable);
  expect(begun.length).toBeLessThan(8);
});
