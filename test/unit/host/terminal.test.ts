import { describe, expect, test } from '@jest/globals';
import { parseFlags } from '../../../shared/host/terminal.ts';
import { flag, text, textList } from '../../../shared/inputs/kinds.ts';
import { optional } from '../../../shared/inputs/table.ts';

const table = {
  data: optional(textList(), 'D.'),
  'require-bound': optional(flag(), 'R.'),
  contract: optional(text(), 'C.'),
};

describe('flags', () => {
  test('repeat for lists, stand alone for true, and may hold an equals sign', () => {
    const flags = parseFlags(
      ['--data', 'a.csv', '--data=b=c.csv', '--require-bound', '--contract', 'x.yml', '--outputs'],
      table,
    );
    expect(flags).toEqual({
      values: { data: ['a.csv', 'b=c.csv'], 'require-bound': 'true', contract: 'x.yml' },
      outputs: true,
    });
  });

  test('all that is wrong is reported at once, with the nearest name', () => {
    const run = () =>
      parseFlags(['--dat', 'a.csv', 'stray', '--contract', 'a', '--contract', 'b', '--data'], table);
    expect(run).toThrow(/--dat: there is no such flag → did you mean data/);
    expect(run).toThrow(/"stray" is not a flag/);
    expect(run).toThrow(/--contract: is given twice/);
    expect(run).toThrow(/--data: needs a value/);
  });
});
