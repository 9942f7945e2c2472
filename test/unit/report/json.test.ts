import { expect, test } from '@jest/globals';
import { leaves } from '../../../shared/report/json.ts';

test('nested measures are named by their path', () => {
  expect(leaves({ a: { b: { c: 1 } }, d: [1, 2], e: null })).toEqual([
    ['a.b.c', 1],
    ['d', [1, 2]],
    ['e', null],
  ]);
});
