import { describe, expect, test } from '@jest/globals';
import type { Dialect } from '../../../shared/read/dialect.ts';
import type { Fault } from '../../../shared/read/fault.ts';
import { readTable } from '../../../shared/read/tables.ts';
import { sourceOf } from './sources.ts';

async function read(text: string, dialect: Dialect = {}, chunk = 1 << 16) {
  const faults: Fault[] = [];
  const rows: unknown[][] = [];
  let columns: readonly string[] = [];
  const source = sourceOf('a.csv', text, chunk);
  for await (const batch of readTable(source, { dialect, onFault: (fault) => faults.push(fault) })) {
    columns = batch.columns;
    rows.push(...batch.rows.map((row) => [...row]));
  }
  return { columns, rows, faults };
}

describe('delimited files as spreadsheets and other programs write them', () => {
  test.each<[string, string, readonly string[], readonly unknown[][]]>([
    ['sep= in the first line', 'sep=;\r\none;two\r\n1;a,b\r\n', ['one', 'two'], [['1', 'a,b']]],
    ['sep= in quotes', '"sep=|"\none|two\n1|2\n', ['one', 'two'], [['1', '2']]],
    [
      'an index of pandas',
      ',x\n0,2\n1,3\n',
      ['index', 'x'],
      [
        ['0', '2'],
        ['1', '3'],
      ],
    ],
    [
      'row names of R',
      '"","x"\n"a",2\n"b",3\n',
      ['index', 'x'],
      [
        ['a', '2'],
        ['b', '3'],
      ],
    ],
    ['an index beside a column of its name', ',index\n0,2\n', ['index_', 'index'], [['0', '2']]],
    [
      'row numbers without a name',
      'x,y\n1,2,3\n2,4,5\n',
      ['index', 'x', 'y'],
      [
        ['1', '2', '3'],
        ['2', '4', '5'],
      ],
    ],
    [
      'a delimiter at the end of each line',
      'id;v;\n1;a;\n2;;\n',
      ['id', 'v'],
      [
        ['1', 'a'],
        ['2', null],
      ],
    ],
    [
      'spaces between fields',
      'a b c\n1 2 x\n4 5 y\n',
      ['a', 'b', 'c'],
      [
        ['1', '2', 'x'],
        ['4', '5', 'y'],
      ],
    ],
    [
      'row names between spaces, as write.table of R writes them',
      '"mpg" "cyl"\n"1" 21 6\n"2" 22.5 4\n',
      ['index', 'mpg', 'cyl'],
      [
        ['1', '21', '6'],
        ['2', '22.5', '4'],
      ],
    ],
    ['one column of times', 'time\n12:30\n13:45\n', ['time'], [['12:30'], ['13:45']]],
    ['names that are years', 'k,2019,2020\na,1,2\n', ['k', '2019', '2020'], [['a', '1', '2']]],
    ['names that are numbers', '0,1,2\n5,6,7\n', ['0', '1', '2'], [['5', '6', '7']]],
    [
      'one column of words',
      'first name\nJohn Smith\nAnn Lee\n',
      ['first name'],
      [['John Smith'], ['Ann Lee']],
    ],
    ['one column of texts', 'text\na; b\nc; 1\nd; e\n', ['text'], [['a; b'], ['c; 1'], ['d; e']]],
  ])('%s', async (_name, text, columns, rows) => {
    for (const chunk of [1, 7, 1 << 16])
      expect(await read(text, {}, chunk)).toEqual({ columns, rows, faults: [] });
  });

  test.each<[string, string, RegExp, RegExp]>([
    [
      'a title',
      'Extract of 2025\nid;name;lat\n1;n;45.1\n2;n;45.2\n',
      /^line 1 is a title.*line 2 has 3 names/,
      /header-row: 2/,
    ],
    [
      'a title with delimiters',
      'Sales;;\n;;\nid;n;v\n1;2;3\n2;3;4\n',
      /^the first 2 lines are titles/,
      /header-row: 3/,
    ],
    ['a title with a comma', 'Sales, 2025\nid;n\n1;2\n3;4\n', /^line 1 is a title/, /header-row: 2/],
    ['a rare delimiter', 'id^name\n1^a\n2^b\n', /separated by "\^"/, /^set delimiter: "\^".*header-row: 1/],
    ['colons', 'id:name\n1:a\n2:b\n', /separated by ":"/, /^set delimiter: ":"/],
    [
      'aligned fields',
      '  id  name\n   1  a\n  22  b\n',
      /separated by several spaces/,
      /one delimiter.*header-row: 1/,
    ],
    ['no header', '5.1,3.5,0\n4.9,3.0,0\n', /looks like data/, /header-row: none.*header-row: 1/],
    ['no header, with a text', 'setosa,5.1,3.5\nsetosa,4.9,3.0\n', /looks like data/, /header-row: none/],
  ])('%s is told once, with the input that accepts the file', async (_name, text, message, fix) => {
    for (const chunk of [1, 1 << 16]) {
      const { faults, rows } = await read(text, {}, chunk);
      expect(rows).toEqual([]);
      expect(faults).toEqual([expect.objectContaining({ kind: 'no-header', line: 1 })]);
      expect(faults[0]?.message).toMatch(message);
      expect(faults[0]?.fix).toMatch(fix);
    }
  });

  test('the inputs accept them', async () => {
    const title = 'Extract of 2025\nid;name;lat\n1;n;45.1\n2;n;45.2\n';
    expect(await read(title, { headerRow: 2, delimiter: ';' })).toMatchObject({
      columns: ['id', 'name', 'lat'],
    });
    expect(await read(title, { headerRow: 2 })).toMatchObject({ columns: ['id', 'name', 'lat'], faults: [] });
    expect(await read('5.1,0\n4.9,0\n', { header: false })).toMatchObject({
      columns: ['c1', 'c2'],
      faults: [],
    });
    expect(await read('5.1,0\n4.9,0\n', { headerRow: 1 })).toMatchObject({
      columns: ['5.1', '0'],
      faults: [],
    });
    expect(await read('id^n\n1^2\n', { headerRow: 1 })).toMatchObject({ columns: ['id^n'], faults: [] });
    expect(await read('id^n\n1^2\n', { delimiter: '^' })).toMatchObject({ columns: ['id', 'n'], faults: [] });
    const named = '"mpg" "cyl"\n"Mazda RX4" 21 6\n"Fiat 128" 22.5 4\n';
    expect(await read(named, { indexColumn: 'car' })).toMatchObject({
      columns: ['car', 'mpg', 'cyl'],
      faults: [],
    });
    expect(await read('x,y\na,1,2\nb,3,4\n', { indexColumn: 'car' })).toMatchObject({
      columns: ['car', 'x', 'y'],
      faults: [],
    });
    expect(await read(',x\n0,2\n', { indexColumn: 'row' })).toMatchObject({ columns: ['row', 'x'] });
  });

  test('numbers are read by what is said of them, and nothing else changes', async () => {
    const text = 'a;b\n1.234,5;x,y\n-12,5e3;1,2,3\n1.234.567;0,\n12.34;,5\n';
    const { rows } = await read(text, { delimiter: ';', decimal: ',' });
    expect(rows).toEqual([
      ['1234.5', 'x,y'],
      ['-12.5e3', '1,2,3'],
      ['1234567', '0,'],
      ['12.34', ',5'],
    ]);
    const spaced = 'a;b\n1 234,5;1\u00a0234\n1\u202f234\u202f567;12 34\n';
    expect((await read(spaced, { delimiter: ';', decimal: ',', thousands: ' ' })).rows).toEqual([
      ['1234.5', '1234'],
      ['1234567', '12 34'],
    ]);
    const quoted = 'a,b\n"1,234.5","1,23"\n';
    expect((await read(quoted, { thousands: ',' })).rows).toEqual([['1234.5', '1,23']]);
  });

  test('rows of nothing but delimiters are told, and left out', async () => {
    const { rows, faults } = await read('id;v\r\n1;a\r\n;\r\n2;b\r\n;\r\n;\r\n');
    expect(rows).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ]);
    expect(faults.map(({ kind, line }) => [kind, line])).toEqual([
      ['empty-row', 3],
      ['empty-row', 5],
      ['empty-row', 6],
    ]);
  });
});
