import { describe, expect, test } from '@jest/globals';
import { cellOf } from '../../../scripts/simulate/tally.ts';
import { bySize } from '../../../scripts/simulate/text.ts';

describe('the tables of docs/error-rates.md', () => {
  test('a cell tells the share that had a bound, unless all or none had', () => {
    expect(cellOf({ pass: 0, decided: 0 }, 100)).toBe('–');
    expect(cellOf({ pass: 5, decided: 100 }, 100)).toBe('5 ± 4.4 %');
    expect(cellOf({ pass: 0, decided: 50 }, 100)).toBe('0 (< 3 %) [50 ± 10 %]');
  });

  test('a name has one row, with a column for each size', () => {
    const cells = [
      { name: 'normal', n: 300, cell: 'a' },
      { name: 'normal', n: 1000, cell: 'b' },
      { name: 'log-normal', n: 1000, cell: 'c' },
    ];
    expect(bySize('`mae`', cells).split('\n')).toEqual([
      '| `mae` | n = 300 | n = 1,000 |',
      '| --- | ---: | ---: |',
      '| normal | a | b |',
      '| log-normal |  | c |',
    ]);
    expect(bySize('`mae`', cells, (count) => `${count} clusters`)).toContain('| 1000 clusters |');
  });
});
