import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../shared/read/batch.ts';
import { readBlocks } from '../../../shared/read/blocks.ts';
import type { Dialect } from '../../../shared/read/dialect.ts';
import { DialectBytes } from '../../../shared/read/dialect-bytes.ts';
import type { Fault } from '../../../shared/read/fault.ts';
import { readTable } from '../../oracle/table.ts';
import { sourceOf } from './sources.ts';

interface Found {
  columns: readonly string[] | undefined;
  rows: Cell[][];
  lines: number[];
  faults: Fault[];
}

async function scan(content: string | Uint8Array, dialect: Dialect, chunk = 1 << 16): Promise<Found> {
  const found: Found = { columns: undefined, rows: [], lines: [], faults: [] };
  found.columns = await readBlocks(sourceOf('a.csv', content, chunk), {
    dialect,
    onFault: (fault) => found.faults.push(fault),
    onBlock: ({ bytes, width, rows, starts, ends, lines }) => {
      for (let row = 0; row < rows; row++) {
        found.lines.push(lines[row] ?? 0);
        const at = row * width;
        found.rows.push(
          Array.from({ length: width }, (_value, i) =>
            starts[at + i]! < 0 ? null : bytes.toString('utf8', starts[at + i], ends[at + i]),
          ),
        );
      }
    },
  });
  return found;
}

/** What the reader of texts makes of the same bytes. */
async function read(content: string | Uint8Array, dialect: Dialect): Promise<Found> {
  const found: Found = { columns: undefined, rows: [], lines: [], faults: [] };
  const onFault = (fault: Fault) => found.faults.push(fault);
  for await (const batch of readTable(sourceOf('a.csv', content), { dialect, onFault })) {
    found.columns = batch.columns;
    for (const row of batch.rows) found.rows.push([...row]);
    found.lines.push(...batch.lines);
  }
  return found;
}

const dialect: fc.Arbitrary<Dialect> = fc
  .record<Dialect>(
    {
      delimiter: fc.constantFrom(',', ';', '\t', ' ', '^', '§', '😀'),
      quote: fc.constantFrom('"', "'", '%', '´', null),
      escape: fc.constantFrom('\\', '"', '/'),
      doubleQuote: fc.boolean(),
      comment: fc.constantFrom('#', '//', '§§'),
      skipInitialSpace: fc.boolean(),
      header: fc.boolean(),
      headerRow: fc.constantFrom(1, 2, 3),
      missingValues: fc.constantFrom({ h: ['a'], c1: ['', 'b'] }, { i: ['-'] }),
    },
    { requiredKeys: [] },
  )
  .filter(
    ({ delimiter = ',', quote = '"', escape: e }) => delimiter !== quote && delimiter !== e,
  ) as fc.Arbitrary<Dialect>;
const PIECES = [
  'a',
  'b',
  '-',
  'é',
  '😀',
  '§',
  '´',
  ',',
  ';',
  '\t',
  ' ',
  '^',
  '"',
  '""',
  "'",
  '%',
  '\\',
  '/',
  '//',
  '#',
  '\n',
  '\r\n',
  '\r',
];

describe('bytes of any dialect are split as the reader of texts splits them', () => {
  test('at every chunking', async () => {
    await fc.assert(
      fc.asyncProperty(
        dialect,
        fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((all) => all.join('')),
        fc.integer({ min: 1, max: 9 }),
        async (of, body, chunk) => {
          const { delimiter = ',' } = of;
          const text = `h${delimiter}i\n${body}`;
          // The reader of texts takes one unit of UTF-16 for a delimiter.
          if (delimiter === '😀') {
            expect(await scan(text, of, chunk)).toEqual(await scan(text, of));
            return;
          }
          const expected = await read(text, of);
          expect(await scan(text, of, chunk)).toEqual(expected);
          expect(await scan(text, of)).toEqual(expected);
        },
      ),
      { numRuns: 600, seed: 4 },
    );
  });

  test('bytes that are not UTF-8 end the reading at their record', async () => {
    const text = "h;i\n1;'2\n'\n#x\n3;4\n5;6\n";
    for (let at = 4; at < text.length; at++) {
      const bytes = Buffer.concat([
        Buffer.from(text.slice(0, at)),
        Buffer.from([0xff]),
        Buffer.from(text.slice(at)),
      ]);
      const of = { quote: "'", comment: '#' };
      const expected = await scan(text.slice(0, at), of);
      for (const chunk of [1, 3, 100]) {
        const { rows, faults } = await scan(bytes, of, chunk);
        expect(faults).toMatchObject([{ kind: 'invalid-utf8' }]);
        expect(expected.rows.slice(0, rows.length)).toEqual(rows);
        expect((await read(bytes, of)).faults).toEqual(faults);
      }
    }
  });
});

test.each<[string, Dialect, string, Cell[][]]>([
  [
    'of several characters',
    { delimiter: '||' },
    'a||b\n1|||2\n"x||y"||\n||""\n',
    [
      ['1', '|2'],
      ['x||y', null],
      [null, null],
    ],
  ],
  [
    'of many',
    { delimiter: '<->' },
    'a<->b\n1<-<->2\n3<-><\n',
    [
      ['1<-', '2'],
      ['3', '<'],
    ],
  ],
  [
    'beyond ASCII',
    { delimiter: '·' },
    'a·b\n1·2\n"x·y"·3\n',
    [
      ['1', '2'],
      ['x·y', '3'],
    ],
  ],
  ['of four bytes', { delimiter: '😀', quote: '😁' }, 'a😀b\n😁x😀y😁😀2\n', [['x😀y', '2']]],
])('delimiters %s', async (_name, of, text, rows) => {
  for (const chunk of [1, 2, 3, 1000])
    expect(await scan(text, of, chunk)).toMatchObject({ columns: ['a', 'b'], rows, faults: [] });
});

test('many blocks, and fields and rows longer than a piece', async () => {
  const long = 'y'.repeat(300_000);
  const rows = Array.from({ length: 12_000 }, (_value, i) => `${i};'a ''${i}''\n';${i % 7 ? 'x' : ''}`);
  const text = `a;b;c\n${rows.join('\n')}\n1;'${long}';2\n`;
  const expected = await read(text, { quote: "'" });
  for (const chunk of [997, text.length]) expect(await scan(text, { quote: "'" }, chunk)).toEqual(expected);
});

test('what is longer than a table may be is refused, however it comes', () => {
  const told = (text: string, chunk: number): Fault[] => {
    const faults: Fault[] = [];
    const report = (fault: Fault) => faults.push(fault);
    const scanner = new DialectBytes({
      file: 'a',
      dialect: { delimiter: ';', quote: "'" },
      report,
      onBlock: () => {},
    });
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += chunk) scanner.push(bytes.subarray(at, at + chunk));
    scanner.end();
    return faults;
  };
  for (const chunk of [100_000, 1 << 25]) {
    expect(told(`a;b\n3;'${'x'.repeat(2 ** 24 + 1)}'\n5;6\n`, chunk)).toMatchObject([
      { kind: 'too-long', line: 2 },
    ]);
    expect(told(`a;b\n3;'${'x'.repeat(2 ** 24 + 1)}`, chunk)).toMatchObject([{ kind: 'too-long', line: 2 }]);
    expect(told(`a;b\n${';'.repeat(2 ** 20 + 1)}\n5;6\n`, chunk)).toMatchObject([
      { kind: 'too-long', line: 2 },
    ]);
  }
});
