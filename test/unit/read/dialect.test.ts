import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../shared/read/batch.ts';
import type { Dialect } from '../../../shared/read/dialect.ts';
import { read, sourceOf } from './sources.ts';

const parse = (text: string, dialect: Dialect, chunk?: number) =>
  read(sourceOf('a.csv', text, chunk), { dialect });

describe('dialects', () => {
  test.each<[string, Dialect, string, Cell[][]]>([
    ['another delimiter', { delimiter: '^' }, 'a^b\n1,5^2\n', [['1,5', '2']]],
    ['another quote', { quote: "'" }, `a,b\n'x, ''y''',"2"\n`, [["x, 'y'", '"2"']]],
    ['no quote', { quote: null }, 'a,b\n"x,y"\n', [['"x', 'y"']]],
    ['an escape in quotes', { escape: '\\', doubleQuote: false }, 'a,b\n"x\\"y\\\\",2\n', [['x"y\\', '2']]],
    ['an escape without quotes', { escape: '\\', quote: null }, 'a,b\nx\\,y,\\\n2\n', [['x,y', '\n2']]],
    ['a quoted empty text', { escape: '\\' }, 'a,b\n,""\n', [[null, null]]],
    ['the quote as escape', { escape: '"' }, 'a,b\n"x""y",2\n', [['x"y', '2']]],
    [
      'comments',
      { comment: '#' },
      '# a;b;c\n#\na,b\n1,#2\n# "x\n3,4\n#',
      [
        ['1', '#2'],
        ['3', '4'],
      ],
    ],
    ['a comment of two characters', { comment: '//' }, 'a,b\n//\n/1,2\n/', [['/1', '2']]],
    [
      'spaces before fields',
      { skipInitialSpace: true },
      'a, b\n  1, "x, y"\n 2,  \n',
      [
        ['1', 'x, y'],
        ['2', null],
      ],
    ],
    ['a line end that is named', { lineTerminator: '\r\n' }, 'a,b\r\n1,2\r\n', [['1', '2']]],
    [
      'missing values',
      { missingValues: { a: ['-', 'n/a', ''], x: ['2'] } },
      'a,b\n-,-\n"n/a",2\n"",3\n',
      [
        [null, '-'],
        [null, '2'],
        [null, '3'],
      ],
    ],
  ])('%s', async (_name, dialect, text, expected) => {
    for (const chunk of [1, 2, 3, 1000]) {
      const { columns, rows, faults } = await parse(text, dialect, chunk);
      expect(faults.filter(({ kind }) => kind !== 'ragged-row')).toEqual([]);
      expect(columns).toEqual(['a', 'b']);
      expect(rows).toEqual(expected);
    }
  });

  test('a table without a header has columns by number, or those that are given', async () => {
    const numbered = await parse('1,2\n3,4\n', { header: false });
    expect([numbered.columns, numbered.rows, numbered.lines]).toEqual([
      ['c1', 'c2'],
      [
        ['1', '2'],
        ['3', '4'],
      ],
      [1, 2],
    ]);
    const named = await parse('1;2\n3\n', { header: false, columns: ['x', 'y'] });
    expect([named.columns, named.rows]).toEqual([['x', 'y'], [['1', '2']]]);
    expect(named.faults.map(({ kind, line }) => [kind, line])).toEqual([['ragged-row', 2]]);
  });

  test('lines are physical beyond comments and escaped line ends', async () => {
    const text = '#x\r\na,b\r\n#y\r\n1,"p\r\nq"\r\n2,r\\\r\ns\r\n3,4\r\n';
    for (const chunk of [1, 2, 1000]) {
      expect((await parse(text, { comment: '#', escape: '\\' }, chunk)).lines).toEqual([4, 6, 8]);
    }
  });

  test('the delimiter is found beyond comments and with the given quote', async () => {
    const { columns } = await parse("# a,b,c,d\n'x,y,z';b\n1;2\n", { comment: '#', quote: "'" });
    expect(columns).toEqual(['x,y,z', 'b']);
  });

  test('a quote that is never closed, and text after a quote, are faults', async () => {
    const open = await parse("a,b\n1,'2\n3,4\n", { quote: "'" });
    expect(open.faults).toMatchObject([{ kind: 'unterminated-quote', line: 2 }]);
    const stray = await parse("a,b\n1,'2'x\n3,4\n", { quote: "'" });
    expect(stray.faults).toMatchObject([{ kind: 'stray-quote', line: 2, column: 2 }]);
    expect(stray.rows).toEqual([['3', '4']]);
  });

  test('what cannot be followed is refused, all at once', async () => {
    const dialect = { delimiter: '\n', escape: '', quote: '||', comment: '', lineTerminator: ';' };
    await expect(parse('a\n', dialect)).rejects.toThrow(
      /delimiter[\s\S]*quote "\|\|"[\s\S]*escape[\s\S]*comment[\s\S]*";"/,
    );
    await expect(parse('a\n', { delimiter: '"' })).rejects.toThrow(/are the same/);
  });
});

/** Writes in a dialect what reading gives back: null as nothing, other cells in quotes or with escapes. */
function print(rows: readonly (readonly Cell[])[], dialect: Dialect, end: string): string {
  const { delimiter = ',', quote = '"', escape: escaping, comment = '' } = dialect;
  const marked = (text: string, special: readonly string[]): string =>
    [...text].map((one) => (special.includes(one) ? `${escaping}${one}` : one)).join('');
  const field = (cell: Cell): string => {
    if (cell === null) return '';
    const text = String(cell);
    if (quote === null) return marked(text, [delimiter, '\n', '\r', escaping ?? '', ' ', ...comment]);
    if (escaping !== undefined) return quote + marked(text, [quote, escaping]) + quote;
    return quote + text.replaceAll(quote, quote + quote) + quote;
  };
  return rows.map((row) => row.map(field).join(delimiter) + end).join('');
}

const DIALECTS: readonly Dialect[] = [
  { delimiter: ';', quote: "'" },
  { delimiter: '\t', escape: '\\', doubleQuote: false },
  { delimiter: ',', escape: '\\', quote: null, comment: '#' },
  { delimiter: '|', quote: '%', skipInitialSpace: true },
  { delimiter: ' ', comment: '//' },
];

describe('properties', () => {
  // If nothing is quoted, an empty text cannot be told from nothing.
  const cell = fc.oneof(fc.constant(null), fc.stringMatching(/^[ab'"%\\#/,;|\r\n\t é😀]{1,6}$/u));
  const rows = fc
    .array(fc.tuple(fc.stringMatching(/^[xy]{1,3}$/), cell, cell), { minLength: 1, maxLength: 6 })
    .map((list) => list.map((row) => [...row] as Cell[]));

  test('reading what was printed gives the same cells, wherever the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom(...DIALECTS),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 30 }),
        async (table, dialect, end, chunk) => {
          // An escaped CR takes the LF behind it along, and an escaped LF goes with no CR before it.
          const ambiguous = table.some((row) => String(row[2]).endsWith('\r')) || end === '\r';
          if (dialect.quote === null && ambiguous) return;
          const found = await parse(print([['c1', 'c2', 'c3'], ...table], dialect, end), dialect, chunk);
          expect(found.faults).toEqual([]);
          expect(found.rows).toEqual(table);
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });

  test('chunk boundaries never change the result, faults included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[ab'"\\#/,;| \r\né]{0,40}$/u),
        fc.constantFrom(...DIALECTS),
        fc.integer({ min: 1, max: 9 }),
        async (text, dialect, chunk) => {
          const header = `h${dialect.delimiter}i\n`;
          const whole = await parse(header + text, dialect);
          const parts = await parse(header + text, dialect, chunk);
          expect([parts.rows, parts.lines, parts.faults]).toEqual([whole.rows, whole.lines, whole.faults]);
        },
      ),
      { numRuns: 600, seed: 5 },
    );
  });

  test('the path of dialects reads RFC 4180 as the plain one does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[ab1",\r\né]{0,40}$/u),
        fc.integer({ min: 1, max: 9 }),
        async (text, chunk) => {
          const plain = await read(sourceOf('a.csv', `h,i\n${text}`, chunk));
          const other = await parse(`h,i\n${text}`, { comment: '☃' }, chunk);
          expect([other.rows, other.lines, other.faults]).toEqual([plain.rows, plain.lines, plain.faults]);
        },
      ),
      { numRuns: 400, seed: 6 },
    );
  });
});
