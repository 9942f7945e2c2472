import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../shared/read/batch.ts';
import { CsvBytes } from '../../../shared/read/csv-bytes.ts';
import type { Fault } from '../../../shared/read/fault.ts';
import { openingOf } from '../../../shared/read/opening.ts';
import { readTable } from '../../oracle/table.ts';
import { sourceOf } from './sources.ts';

interface Scanned {
  columns: readonly string[] | undefined;
  rows: Cell[][];
  lines: number[];
  faults: Fault[];
}

function scan(content: Uint8Array, chunk: number, delimiter = ','): Scanned {
  const rows: Cell[][] = [];
  const lines: number[] = [];
  const faults: Fault[] = [];
  const scanner = new CsvBytes({
    file: 'a.csv',
    delimiter: delimiter.charCodeAt(0),
    header: openingOf(Buffer.from(content), { delimiter }, true)?.layout,
    report: (fault) => faults.push(fault),
    onBlock: (block) => {
      for (let row = 0; row < block.rows; row++) {
        lines.push(block.lines[row] ?? 0);
        rows.push(
          Array.from({ length: block.width }, (_value, i) => {
            const start = block.starts[row * block.width + i] ?? 0;
            return start < 0 ? null : block.bytes.toString('utf8', start, block.ends[row * block.width + i]);
          }),
        );
      }
    },
  });
  for (let at = 0; at < content.length; at += chunk) scanner.push(content.subarray(at, at + chunk));
  scanner.end();
  return { columns: scanner.columns, rows, lines, faults };
}

/** What the reader of texts makes of the same bytes. */
async function read(content: Uint8Array, delimiter = ','): Promise<Scanned> {
  const found: Scanned = { columns: undefined, rows: [], lines: [], faults: [] };
  const onFault = (fault: Fault) => {
    if (fault.kind !== 'empty-file' && fault.kind !== 'no-rows') found.faults.push(fault);
  };
  for await (const batch of readTable(sourceOf('a.csv', content), { delimiter, onFault })) {
    found.columns = batch.columns;
    for (const row of batch.rows) found.rows.push([...row]);
    found.lines.push(...batch.lines);
  }
  return found;
}

const PIECES = ['a', 'bc', 'é', '😀', '1', ',', ',', '"', '""', '\n', '\r\n', '\r', ' ', ';', 'x"y'];
const field = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '1', 'é', '.'), maxLength: 4 }),
  fc
    .string({ unit: fc.constantFrom('a', 'b', ',', '\n', '\r', '"', '😀'), maxLength: 6 })
    .map((text) => `"${text.replaceAll('"', '""')}"`),
);
const table = fc
  .record({
    rows: fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    last: fc.boolean(),
  })
  .map(
    ({ rows, end, last }) => `h1,h2,h3${end}${rows.map((row) => row.join(',')).join(end)}${last ? end : ''}`,
  );

describe('bytes are split as the reader of texts splits them', () => {
  test.each([
    ['pieces', fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((all) => all.join(''))],
    ['tables', table],
  ])('random %s, at every chunking', async (_name, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.integer({ min: 1, max: 9 }), async (text, chunk) => {
        const bytes = Buffer.from(text);
        const expected = await read(bytes);
        expect(scan(bytes, chunk)).toEqual(expected);
        expect(scan(bytes, 1 << 16)).toEqual(expected);
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  test('bytes that are not UTF-8 end the reading at their line', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.nat(), fc.integer({ min: 1, max: 9 }), async (text, place, chunk) => {
        const body = text.replaceAll('\r', '');
        const bytes = Buffer.from(body);
        const at = 9 + (place % Math.max(1, bytes.length - 8));
        const broken = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at)]);
        const { rows, lines, faults } = await read(broken);
        const found = scan(broken, chunk);
        expect(found.faults).toEqual(faults);
        expect([found.rows, found.lines]).toEqual([rows, lines]);
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  test('a file that ends inside a character', async () => {
    const bytes = Buffer.from('a,b\n1,2\n3,é').subarray(0, -1);
    expect(scan(bytes, 3)).toEqual(await read(bytes));
  });

  test('rows of many blocks, and fields longer than a piece', async () => {
    const long = 'y'.repeat(300_000);
    const rows = Array.from({ length: 30_000 }, (_value, i) => `${i},"a ""${i}""\n",${i % 7 ? 'x' : ''}`);
    const bytes = Buffer.from(`a,b,c\n${rows.join('\n')}\n1,"${long}",2\n`);
    const expected = await read(bytes);
    for (const chunk of [1000, 65_537, bytes.length]) expect(scan(bytes, chunk)).toEqual(expected);
  });
});

test('a field longer than 16 Mi characters is taken for a quote left open', () => {
  const { rows, faults } = scan(Buffer.from(`a,b\n1,2\n3,"${'x'.repeat(17 * 2 ** 20)}`), 1 << 20);
  expect(rows).toEqual([['1', '2']]);
  expect(faults).toMatchObject([{ kind: 'too-long', line: 3 }]);
});

const LONG = [
  'z'.repeat(70_000),
  'é'.repeat(40_000),
  '"'.repeat(70_001),
  '\n'.repeat(70_000),
  '😀,'.repeat(20_000),
];

test('fields and rows that go on over many pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.constantFrom(...LONG)), { maxLength: 12 }),
      fc.constantFrom(997, 65_536, 1 << 20),
      async (pieces, chunk) => {
        const bytes = Buffer.from(`h1,h2,h3\n${pieces.join('')}`);
        expect(scan(bytes, chunk)).toEqual(await read(bytes));
      },
    ),
    { numRuns: 12, seed: 4 },
  );
});

test('a row of more than 1 Mi fields is refused as the reader of texts refuses it', async () => {
  const bytes = Buffer.from(`a,b\n1,2\n${','.repeat(2 ** 20)}\n3,4\n`);
  const expected = await read(bytes);
  expect(expected.faults).toMatchObject([{ kind: 'too-long', line: 3 }]);
  for (const chunk of [5000, 1 << 20, bytes.length]) expect(scan(bytes, chunk)).toEqual(expected);
});

test('a long field is refused however the bytes come, also where it ends', () => {
  const bytes = Buffer.from(`a,b\n3,"${'x'.repeat(2 ** 24)}"\n5,6\n`);
  for (const chunk of [100_000, bytes.length])
    expect(scan(bytes, chunk).faults).toMatchObject([{ kind: 'too-long', line: 2 }]);
});

test('a header of more than 64 Ki columns is refused', () => {
  const names = Array.from({ length: 2 ** 16 + 1 }, (_value, i) => `c${i}`);
  expect(scan(Buffer.from(`${names.join(',')}\n`), 1 << 20)).toMatchObject({
    columns: undefined,
    faults: [{ kind: 'too-long', line: 1, message: expect.stringContaining('64 Ki columns') }],
  });
});

test('a byte that is not UTF-8 is found at its row, if lines end with CR, too', () => {
  const bytes = Buffer.concat([
    Buffer.from('a,b\r1,2\r3,4\r5,'),
    Buffer.from([0xff]),
    Buffer.from('\r7,8\r'),
  ]);
  for (const chunk of [1, 5, 100]) {
    expect(scan(bytes, chunk)).toMatchObject({
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      faults: [{ kind: 'invalid-utf8', line: 4 }],
    });
  }
});
