import { describe, expect, test } from '@jest/globals';
import type { Cell } from '../../../../shared/read/batch.ts';
import { readBlocks } from '../../../../shared/read/blocks.ts';
import type { Dialect } from '../../../../shared/read/dialect.ts';
import type { Fault } from '../../../../shared/read/fault.ts';
import { read, sourceOf } from '../sources.ts';

interface Found {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly lines: readonly number[];
  /** `kind:line`, and `:field` if it is of one. */
  readonly faults: readonly string[];
}

interface Expected extends Partial<Found> {
  readonly name: string;
  readonly text: string | Uint8Array;
}

const told = ({ kind, line, column }: Fault) => `${kind}:${line}${column === undefined ? '' : `:${column}`}`;

async function byRows(content: string | Uint8Array, chunk: number, dialect?: Dialect): Promise<Found> {
  const found = await read(sourceOf('a.csv', content, chunk), dialect === undefined ? {} : { dialect });
  return { ...found, faults: found.faults.map(told) };
}

async function byBytes(content: string | Uint8Array, chunk: number, dialect?: Dialect): Promise<Found> {
  const rows: Cell[][] = [];
  const lines: number[] = [];
  const faults: string[] = [];
  const columns = await readBlocks(sourceOf('a.csv', content, chunk), {
    dialect,
    onFault: (fault) => faults.push(told(fault)),
    onBlock: ({ bytes, width, rows: count, starts, ends, lines: at }) => {
      for (let row = 0; row < count; row++) {
        lines.push(at[row] ?? 0);
        rows.push(
          Array.from({ length: width }, (_value, i) => {
            const start = starts[row * width + i] ?? 0;
            return start < 0 ? null : bytes.toString('utf8', start, ends[row * width + i]);
          }),
        );
      }
    },
  });
  return { columns: columns ?? [], rows, lines, faults };
}

const utf16 = (text: string, swapped = false) => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return swapped ? bytes.swap16() : bytes;
};

const ab = ['a', 'b'];
/** RFC 4180 section 2 by its numbers, then what files do beside it. What is not said is not looked at. */
const CASES: readonly Expected[] = [
  {
    name: '2.1: records on lines of their own',
    text: 'a,b\r\naaa,bbb\r\nzzz,yyy\r\n',
    columns: ab,
    rows: [
      ['aaa', 'bbb'],
      ['zzz', 'yyy'],
    ],
    lines: [2, 3],
    faults: [],
  },
  {
    name: '2.2: the last line end may be missing',
    text: 'a,b\r\naaa,bbb\r\nzzz,yyy',
    rows: [
      ['aaa', 'bbb'],
      ['zzz', 'yyy'],
    ],
    faults: [],
  },
  { name: '2.4: spaces are part of a field', text: 'a,b\n 1 , x\n', rows: [[' 1 ', ' x']], faults: [] },
  { name: '2.4: spaces are part of a name', text: 'a, b\n1,2\n', columns: ['a', ' b'], rows: [['1', '2']] },
  {
    name: '2.4: the last field is not followed by a comma',
    text: 'a,b\n1,2,\n',
    rows: [],
    faults: ['ragged-row:2'],
  },
  {
    name: '2.5: some fields in quotes',
    text: '"a","b"\r\n"aaa",bbb\r\n',
    columns: ab,
    rows: [['aaa', 'bbb']],
  },
  {
    name: '2.5: a quote within a field without quotes is itself',
    text: 'a,b\n1"2,x"\n5" 3,""\n',
    rows: [
      ['1"2', 'x"'],
      ['5" 3', null],
    ],
    faults: [],
  },
  {
    name: '2.6: line ends and commas in quotes',
    text: 'a,b\r\n"x\r\ny","1,2"\r\nz,w\r\n',
    rows: [
      ['x\r\ny', '1,2'],
      ['z', 'w'],
    ],
    lines: [2, 4],
  },
  { name: '2.7: a quote twice is one', text: 'a,b\n"a""b",""""\n', rows: [['a"b', '"']] },
  { name: '2.7: only quotes', text: 'a,b\n"""""",""\n', rows: [['""', null]] },
  {
    name: 'CR alone ends lines',
    text: 'a,b\r1,2\r3,4',
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
    lines: [2, 3],
  },
  {
    name: 'LF, CRLF and CR mixed',
    text: 'a,b\n1,2\r\n3,4\r5,6\r\n',
    rows: [
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ],
    lines: [2, 3, 4],
  },
  {
    name: 'LF then CR is an empty line',
    text: 'a,b\n1,2\n\r3,4\n',
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
    lines: [2, 4],
  },
  {
    name: 'a CR in quotes is not a line end of the record',
    text: 'a,b\n"x\ry",2\n3,4\n',
    rows: [
      ['x\ry', '2'],
      ['3', '4'],
    ],
    lines: [2, 4],
  },
  {
    name: 'empty lines are not rows',
    text: '\n\na,b\n\n1,2\n\n\n',
    columns: ab,
    rows: [['1', '2']],
    lines: [5],
    faults: [],
  },
  { name: 'a line of spaces is a row', text: 'a,b\n  \n1,2\n', rows: [['1', '2']], faults: ['ragged-row:2'] },
  {
    name: 'in one column an empty line is a null',
    text: 'a\n1\n\n"",\n',
    rows: [['1'], [null]],
    lines: [2, 3],
    faults: ['ragged-row:4'],
  },
  {
    name: 'in one column "" is missing, as an empty line is',
    text: 'a\n""\n\nx',
    rows: [[null], [null], ['x']],
  },
  {
    name: 'empty fields are null',
    text: 'a,b,c\n1,,\n,,2\n',
    rows: [
      ['1', null, null],
      [null, null, '2'],
    ],
  },
  {
    name: 'a row of empty fields is none, unless one is quoted',
    text: 'a,b,c\n,,\n1,,\n"",,\n',
    rows: [
      ['1', null, null],
      [null, null, null],
    ],
    faults: ['empty-row:2'],
  },
  { name: 'an empty last field without line end', text: 'a,b\n1,', rows: [['1', null]], faults: [] },
  { name: 'a quoted last field without line end', text: 'a,b\n1,"x"', rows: [['1', 'x']], faults: [] },
  {
    name: 'rows too short and too long',
    text: 'a,b\n1\n1,2\n1,2,3\n',
    rows: [['1', '2']],
    faults: ['ragged-row:2', 'ragged-row:4'],
  },
  {
    name: 'text after a closing quote',
    text: 'a,b\n"1"x,2\n3,4\n',
    rows: [['3', '4']],
    faults: ['stray-quote:2:1'],
  },
  {
    name: 'a space after a closing quote',
    text: 'a,b\n"1" ,2\n3,4\n',
    rows: [['3', '4']],
    faults: ['stray-quote:2:1'],
  },
  {
    name: 'a space before an opening quote: the quotes are text',
    text: 'a,b\n1, "x"\n',
    rows: [['1', ' "x"']],
    faults: [],
  },
  {
    name: 'a quote that is never closed',
    text: 'a,b\n1,2\n"3,4\n5,6\n',
    rows: [['1', '2']],
    faults: ['unterminated-quote:3'],
  },
  {
    name: 'a backslash escapes nothing',
    text: 'a,b\n1\\,2\n"x\\",y\n',
    rows: [
      ['1\\', '2'],
      ['x\\', 'y'],
    ],
  },
  { name: 'apostrophes are text', text: "a,b\n'1,2'\n", rows: [["'1", "2'"]] },
  { name: 'a header alone', text: 'a,b\n', columns: ab, rows: [], faults: ['no-rows:1'] },
  { name: 'a header alone without line end', text: 'a,b', columns: ab, rows: [], faults: ['no-rows:1'] },
  { name: 'nothing', text: '', rows: [], faults: ['empty-file:1'] },
  { name: 'a byte order mark alone', text: '\uFEFF', rows: [], faults: ['empty-file:1'] },
  { name: 'line ends alone', text: '\r\n\n\r', rows: [], faults: ['empty-file:1'] },
  { name: 'names twice', text: 'a,b,a\n1,2,3\n', rows: [], faults: ['duplicate-header:1:3'] },
  {
    name: 'names that differ in case or spaces are others',
    text: 'a,A, a\n1,2,3\n',
    columns: ['a', 'A', ' a'],
    rows: [['1', '2', '3']],
  },
  { name: 'an empty name', text: 'a,,b\n1,2,3\n', rows: [], faults: ['empty-header:1:2'] },
  { name: 'a name of spaces', text: 'a,"  "\n1,2\n', rows: [], faults: ['empty-header:1:2'] },
  {
    name: 'names of line ends and quotes',
    text: '"a\nb","c""d"\n1,2\n',
    columns: ['a\nb', 'c"d'],
    rows: [['1', '2']],
    lines: [3],
  },
  {
    name: 'a byte order mark before a quoted name',
    text: '\uFEFF"a",b\n1,2\n',
    columns: ab,
    rows: [['1', '2']],
  },
  { name: 'a byte order mark within is text', text: 'a,b\n\uFEFF1,2\n', rows: [['\uFEFF1', '2']] },
  { name: 'NUL is a character', text: 'a,b\n1\0,2\n', rows: [['1\0', '2']] },
  {
    name: 'other separators of Unicode end no line',
    text: 'a,b\n1\u2028,\x85\v\f\n',
    rows: [['1\u2028', '\x85\v\f']],
  },
  { name: 'characters of four bytes', text: 'ä,😀\n😀é,漢\n', columns: ['ä', '😀'], rows: [['😀é', '漢']] },
  {
    name: 'bytes that are no UTF-8',
    text: Buffer.from('a,b\n1,2\n\xff,3\n4,5\n', 'latin1'),
    rows: [['1', '2']],
    faults: ['invalid-utf8:3'],
  },
  {
    name: 'a character that is cut at the end',
    text: Buffer.from('a,b\n1,2\n3,\xc3', 'latin1'),
    rows: [['1', '2']],
    faults: ['invalid-utf8:3'],
  },
  {
    name: 'UTF-16 with little end first',
    text: utf16('ä,b\n"1\n",😀\n'),
    columns: ['ä', 'b'],
    rows: [['1\n', '😀']],
  },
  {
    name: 'UTF-16 with big end first',
    text: utf16('ä,b\n"1\n",😀\n', true),
    columns: ['ä', 'b'],
    rows: [['1\n', '😀']],
  },
  { name: 'semicolons', text: 'a;b\n1,5;"x;y"\n', columns: ab, rows: [['1,5', 'x;y']] },
  { name: 'tabs', text: 'a\tb\n1\t2\n', columns: ab, rows: [['1', '2']] },
  { name: 'pipes', text: 'a|b\n1|2\n', columns: ab, rows: [['1', '2']] },
  {
    name: 'one column with spaces in its name',
    text: 'full name\nA B\n',
    columns: ['full name'],
    rows: [['A B']],
  },
  {
    name: 'delimiters in quoted names do not count',
    text: '"a;b;c",d\n1,2\n',
    columns: ['a;b;c', 'd'],
    rows: [['1', '2']],
  },
  {
    name: 'names of several lines between semicolons',
    text: '"name\nof it";"a, b";c\n1;2;3\n',
    columns: ['name\nof it', 'a, b', 'c'],
    rows: [['1', '2', '3']],
    lines: [3],
  },
  {
    name: 'a quote within a name opens nothing',
    text: '5" pipe;b\n1;2\n',
    columns: ['5" pipe', 'b'],
    rows: [['1', '2']],
  },
  {
    name: 'what looks like a comment is a row',
    text: 'a,b\n# x\n1,2\n',
    rows: [['1', '2']],
    faults: ['ragged-row:2'],
  },
  // What public collections of cases hold.
  {
    name: 'JSON in a field',
    text: 'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
    rows: [['1', '{"type": "Point", "coordinates": [102.0, 0.5]}']],
  },
  {
    name: 'quotes and line ends',
    text: 'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    rows: [
      ['1', 'ha \n"ha" \nha'],
      ['3', '4'],
    ],
    lines: [2, 5],
  },
  {
    name: 'quoted and empty at the ends of a row',
    text: 'a,b,c\n"","",""\n,"",\n',
    rows: [
      [null, null, null],
      [null, null, null],
    ],
  },
];

describe.each(CASES)('$name', ({ name: _, text, ...expected }) => {
  test.each([1, 2, 3, 1 << 16])('rows and bytes in chunks of %d', async (chunk) => {
    expect(await byRows(text, chunk)).toMatchObject(expected);
    expect(await byBytes(text, chunk)).toMatchObject(expected);
  });
});

/** By the terms of the CSV dialects of Frictionless and of CSV on the Web. */
const DIALECTS: readonly (Expected & { readonly dialect: Dialect })[] = [
  { name: 'another quote', dialect: { quote: "'" }, text: "a,b\n'1,2','it''s'\n", rows: [['1,2', "it's"]] },
  { name: 'no quote', dialect: { quote: null }, text: 'a,b\n"1,2"\n', rows: [['"1', '2"']] },
  {
    name: 'escaped quotes',
    dialect: { escape: '\\', doubleQuote: false },
    text: 'a,b\n"x\\"y",1\\,2\n',
    rows: [['x"y', '1,2']],
  },
  {
    name: 'comments',
    dialect: { comment: '#' },
    text: '# 1\n#2\na,b\n# x,y\n1,#2\n"# 3",4\n#',
    columns: ab,
    rows: [
      ['1', '#2'],
      ['# 3', '4'],
    ],
    lines: [5, 6],
    faults: [],
  },
  {
    name: 'spaces after a delimiter',
    dialect: { skipInitialSpace: true },
    text: 'a, b\n1,  "x, y"\n  2,\n',
    columns: ab,
    rows: [
      ['1', 'x, y'],
      ['2', null],
    ],
  },
  {
    name: 'no header',
    dialect: { header: false },
    text: '1,2\n3,4\n',
    columns: ['c1', 'c2'],
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
    lines: [1, 2],
  },
  {
    name: 'no header, names given',
    dialect: { header: false, columns: ['x', 'y'] },
    text: '1,2\n3\n',
    columns: ['x', 'y'],
    rows: [['1', '2']],
    faults: ['ragged-row:2'],
  },
  {
    name: 'a header after other rows',
    dialect: { headerRow: 3 },
    text: 'A title; of it\n\n"of","two\nlines"x\na,b\n1,2\n',
    columns: ab,
    rows: [['1', '2']],
    lines: [6],
    faults: [],
  },
  {
    name: 'texts that are null',
    dialect: { missingValues: { b: ['', 'NA', '-'] } },
    text: 'a,b\nNA,NA\n-,"-"\n"",""\n',
    rows: [
      ['NA', null],
      ['-', null],
      [null, null],
    ],
  },
  {
    name: 'Latin-1',
    dialect: { encoding: 'latin1' },
    text: Buffer.from('a,b\n\xe9,\xa4\n', 'latin1'),
    rows: [['é', '¤']],
  },
  {
    name: 'windows-1252',
    dialect: { encoding: 'cp1252' },
    text: Buffer.from('a,b\n\x80,\x93\n', 'latin1'),
    rows: [['€', '“']],
  },
  {
    name: 'UTF-16 without a mark, named',
    dialect: { encoding: 'utf-16le' },
    text: Buffer.from('a,b\n1,é\n', 'utf16le'),
    rows: [['1', 'é']],
  },
  {
    name: 'a mark goes before the name',
    dialect: { encoding: 'latin1' },
    text: '\uFEFFa,b\n1,é\n',
    rows: [['1', 'é']],
  },
  {
    name: 'a delimiter of one’s own',
    dialect: { delimiter: '^' },
    text: 'a^b\n1,2^3\n',
    columns: ab,
    rows: [['1,2', '3']],
  },
];

describe.each(DIALECTS)('dialect: $name', ({ name: _, text, dialect, ...expected }) => {
  test.each([1, 2, 3, 1 << 16])('in chunks of %d', async (chunk) => {
    expect(await byRows(text, chunk, dialect)).toMatchObject(expected);
  });
});

test.each([
  ['UTF-16 without a mark', Buffer.from('name,value\n1,2\n', 'utf16le'), /utf-16le/],
  ['UTF-16 without a mark, big end first', Buffer.from('name,value\n1,2\n', 'utf16le').swap16(), /utf-16be/],
])('%s is refused with the fix', async (_name, content, message) => {
  await expect(byRows(content, 64)).rejects.toThrow(message);
  await expect(byBytes(content, 64)).rejects.toThrow(message);
});

test('a long field is read once, whatever comes after it', async () => {
  const long = `"${'x\n'.repeat(1 << 20)}"`;
  const text = `a,b\n1,${long}\n${'2,y\n'.repeat(1000)}`;
  const { rows, lines, faults } = await byRows(text, 1 << 16);
  expect(rows.length).toBe(1001);
  expect(lines.slice(-1)).toEqual([1002 + (1 << 20)]);
  expect(faults).toEqual([]);
  const broken = await byRows(Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])]), 1 << 16);
  expect(broken.rows.length).toBe(1001);
  expect(broken.faults).toEqual([`invalid-utf8:${1003 + (1 << 20)}`]);
});
