import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../shared/read/batch.ts';
import { csv, read, sourceOf } from './sources.ts';

describe('CSV', () => {
  test('quoted fields hold delimiters, line ends and doubled quotes; lines are physical', async () => {
    const { columns, rows, lines, faults } = await csv('a,b\n"x, ""y""\nz",1\n\n2,"3"\n');
    expect(columns).toEqual(['a', 'b']);
    expect(rows).toEqual([
      ['x, "y"\nz', '1'],
      ['2', '3'],
    ]);
    expect(lines).toEqual([2, 5]);
    expect(faults).toEqual([]);
  });

  test('an empty field is null, quoted or not', async () => {
    expect((await csv('a,b,c\n,"",\n')).rows).toEqual([[null, null, null]]);
  });

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('%s ends lines, also at the end and in the middle of a chunk', async (_name, end) => {
    const text = ['a,b', '1,2', '"x', 'y",', '3,4'].join(end);
    for (const chunk of [1, 2, 3, 7, 1000]) {
      for (const tail of ['', end]) {
        const { rows, lines } = await csv(text + tail, chunk);
        expect(rows).toEqual([
          ['1', '2'],
          [`x${end}y`, null],
          ['3', '4'],
        ]);
        expect(lines).toEqual([2, 3, 5]);
      }
    }
  });

  test('a last row without a line end is read, also if its last field is empty', async () => {
    expect((await csv('a,b\n1,2')).rows).toEqual([['1', '2']]);
    expect((await csv('a,b\n1,')).rows).toEqual([['1', null]]);
    expect((await csv('a,b\n1,"x"')).rows).toEqual([['1', 'x']]);
  });

  test('an empty line is not a row, except in a table of one column', async () => {
    expect((await csv('a,b\n\n1,2\n\n')).rows).toEqual([['1', '2']]);
    expect((await csv('a\n1\n\n2\n')).rows).toEqual([['1'], [null], ['2']]);
  });

  test.each([
    ['a;b\n1,5;2\n', ['a', 'b'], ['1,5', '2']],
    ['a\tb\n1\t2\n', ['a', 'b'], ['1', '2']],
    ['a|b\n1|2\n', ['a', 'b'], ['1', '2']],
    ['"a,1";b\n1;2\n', ['a,1', 'b'], ['1', '2']],
    ['a\n1\n', ['a'], ['1']],
  ])('the delimiter of %j is detected', async (text, columns, row) => {
    const found = await csv(text, 1);
    expect(found.columns).toEqual(columns);
    expect(found.rows).toEqual([row]);
  });

  test('.tsv is split at tabs, whatever the header holds', async () => {
    expect((await read(sourceOf('a.tsv', 'a,b\tc\n1\t2\n'))).columns).toEqual(['a,b', 'c']);
  });

  test('a byte order mark is not part of the first name', async () => {
    expect((await csv('\uFEFFa,b\n1,2\n', 1)).columns).toEqual(['a', 'b']);
  });

  test('batches hold about as many rows as asked', async () => {
    const text = `a\n${'1\n'.repeat(95)}`;
    const { batches } = await read(sourceOf('a.csv', text, 10), { batchRows: 10 });
    expect(batches.length).toBeGreaterThan(5);
    expect(batches.flatMap((batch) => batch.rows)).toHaveLength(95);
  });
});

describe('faults of CSV', () => {
  const kinds = async (text: string) =>
    (await csv(text)).faults.map(({ kind, line, column }) => [kind, line, column]);

  test('ragged rows are left out, and named with their line', async () => {
    const { rows, faults } = await csv('a,b\n1\n2,3\n"x\ny",5,6\n7,8\n');
    expect(rows).toEqual([
      ['2', '3'],
      ['7', '8'],
    ]);
    expect(faults.map(({ kind, line, message }) => [kind, line, message])).toEqual([
      ['ragged-row', 2, 'the row has 1 field but the header has 2'],
      ['ragged-row', 4, 'the row has 3 fields but the header has 2'],
    ]);
  });

  test.each([
    ['', [['empty-file', 1, undefined]]],
    ['\n\n', [['empty-file', 1, undefined]]],
    ['a,b\n', [['no-rows', 1, undefined]]],
    ['a,b,a\n1,2,3\n', [['duplicate-header', 1, 3]]],
    ['a,,b\n1,2,3\n', [['empty-header', 1, 2]]],
    ['a,b\n,\n1,2\n', [['empty-row', 2, undefined]]],
    ['1.5,2,1.5\n1.5,2,3\n', [['no-header', 1, undefined]]],
    ['a,b\n1,"2\n3,4\n', [['unterminated-quote', 2, undefined]]],
    ['a,b\n1,"2"x\n3,4\n', [['stray-quote', 2, 2]]],
  ])('%j is reported', async (text, expected) => {
    expect(await kinds(text)).toEqual(expected);
  });

  test('a header without rows still tells its columns', async () => {
    expect((await csv('a,b\n')).columns).toEqual(['a', 'b']);
  });

  test('without a callback all faults are thrown together, each with its place', async () => {
    const reading = read(sourceOf('a.csv', 'a,b\n1\n2,3\n4\n'), { onFault: undefined as never });
    await expect(reading).rejects.toThrow(
      /a\.csv:2: the row has 1 field[\s\S]*a\.csv:4: the row has 1 field/,
    );
  });

  test('a quote left open does not take the memory of the whole file', async () => {
    const long = `a,b\n1,"${'x'.repeat(20 * 1024 * 1024)}`;
    expect((await csv(long, 1 << 20)).faults.map(({ kind }) => kind)).toEqual(['too-long']);
  });
});

/** Writes what the reader reads: null as nothing, text quoted if it must be. */
function print(rows: readonly (readonly Cell[])[], end: string, delimiter: string): string {
  const field = (cell: Cell) => {
    if (cell === null) return '';
    const text = String(cell);
    return text === '' || /["\r\n]/.test(text) || text.includes(delimiter)
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  };
  return rows.map((row) => row.map(field).join(delimiter) + end).join('');
}

const table = fc
  .integer({ min: 2, max: 5 })
  .chain((width) =>
    fc.array(
      fc.array(
        fc.oneof(
          fc.constant(null),
          fc.stringMatching(/^[ab",;\r\n\t é😀|]{0,6}$/u),
          fc.string({ unit: 'binary', maxLength: 4 }),
        ),
        { minLength: width, maxLength: width },
      ),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .filter((rows) => rows.every((row) => row.some((cell) => cell !== null)));

describe('properties', () => {
  test('reading what was printed gives the same cells, wherever the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.integer({ min: 1, max: 30 }),
        async (rows, end, delimiter, chunk) => {
          const names = rows[0]?.map((_cell, index) => `c${index}`) ?? [];
          const text = print([names, ...rows], end, delimiter);
          const found = await csv(text, chunk);
          expect(found.faults).toEqual([]);
          expect(found.rows).toEqual(rows.map((row) => row.map((one) => (one === '' ? null : one))));
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test('chunk boundaries never change the result, faults included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[ab1",\r\né]{0,40}$/u),
        fc.integer({ min: 1, max: 9 }),
        async (text, chunk) => {
          const whole = await csv(`h,i\n${text}`);
          const parts = await csv(`h,i\n${text}`, chunk);
          expect([parts.rows, parts.lines, parts.faults]).toEqual([whole.rows, whole.lines, whole.faults]);
        },
      ),
      { numRuns: 400, seed: 2 },
    );
  });
});
