import { expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { UnreadableLines } from '../../../shared/read/unreadable-lines.ts';

test('lines with several problems count once among those that are not shown', () => {
  const lines = new UnreadableLines();
  for (let line = 1; line <= 30; line++) lines.add([{ what: `a ${line}` }, { what: `b ${line}` }]);
  let told: readonly string[] = [];
  try {
    lines.settle(0, undefined);
  } catch (error) {
    if (error instanceof UserError) told = error.problems.map(({ what }) => what);
  }
  expect(told.slice(-3)).toEqual(['a 10', 'b 10', '20 more lines like these']);
});

test('a line is left out up to the share, and no line if none is usable', () => {
  const lines = new UnreadableLines();
  lines.add([{ what: 'torn' }]);
  expect(() => lines.settle(9, 0.05)).not.toThrow();
  expect(() => lines.settle(0, 0.05)).toThrow('torn');
  expect(() => lines.settle(9, undefined)).toThrow('torn');
});
