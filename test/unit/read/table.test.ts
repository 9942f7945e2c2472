import { describe, expect, test } from '@jest/globals';
import { toNumber } from '../../../shared/read/batch.ts';
import { collect } from '../../../shared/read/collect.ts';
import { readTable } from '../../../shared/read/tables.ts';
import { csv, gzipped, jsonl, read, sourceOf } from './sources.ts';

describe('JSON Lines', () => {
  test('cells keep their types; columns are the union in order of first appearance', async () => {
    const { columns, rows, batches } = await jsonl('{"a":1,"b":"x"}\n\n{"c":true,"a":null}\n', 5);
    expect(columns).toEqual(['a', 'b', 'c']);
    expect(rows).toEqual([
      [1, 'x', null],
      [null, null, true],
    ]);
    expect(batches[0]?.lines).toEqual([1, 3]);
    expect(batches[0]?.records?.[1]).toEqual({ c: true, a: null });
  });

  test('nested values are cells of JSON text', async () => {
    expect((await jsonl('{"a":[1,2]}')).rows).toEqual([['[1,2]']]);
  });

  test('a line that is not JSON is named, without its content', async () => {
    const { faults, rows } = await jsonl('{"a":1}\n{"a":secret}\n[1]\n{"a":2}\n');
    expect(faults.map(({ kind, line }) => [kind, line])).toEqual([
      ['invalid-json', 2],
      ['invalid-json', 3],
    ]);
    expect(JSON.stringify(faults)).not.toContain('secret');
    expect(rows).toEqual([[1], [2]]);
  });

  test('a line that nests beyond the stack is a fault of the data', async () => {
    const deep = `{"b":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const { rows, columns, faults } = await jsonl(`{"a":1}\n${deep}\n{"a":2}\n`);
    expect(faults).toMatchObject([
      { kind: 'invalid-json', line: 2, message: 'the line nests too deeply to be read' },
    ]);
    expect([columns, rows]).toEqual([['a'], [[1], [2]]]);
  });

  test('a number too large for a double is a text', async () => {
    expect((await jsonl('{"a":1e999}\n')).rows).toEqual([['Infinity']]);
  });

  test('a whole number beyond 2^53 is the text that was written, where it stands and nowhere else', async () => {
    const line =
      '{"id":9007199254740993,"x":0.12345678901234567,"t":"12345678901234567890 \\"1","y":1e300,"n":[9007199254740993]}';
    const found: unknown[] = [];
    const source = sourceOf('a.jsonl', `${line}\n`);
    for await (const batch of readTable(source, { exactIntegers: 'all' })) found.push(...batch.rows);
    expect(found).toEqual([
      [
        '9007199254740993',
        Number('0.12345678901234567'),
        '12345678901234567890 "1',
        1e300,
        '[9007199254740992]',
      ],
    ]);
  });

  test('a last line still being written is told apart', async () => {
    expect((await jsonl('{"a":1}\n{"a":')).faults.map(({ kind, line }) => [kind, line])).toEqual([
      ['torn-line', 2],
    ]);
    const cut = Buffer.from('{"a":1}\n{"a":"é').subarray(0, -1);
    expect((await jsonl(cut)).faults.map(({ kind }) => kind)).toEqual(['torn-line']);
  });

  test('an object without members is a row', async () => {
    expect((await jsonl('{}\n')).rows).toEqual([[]]);
  });
});

describe('bytes', () => {
  test('gzip is told by its bytes, and characters across chunks stay whole', async () => {
    const text = 'a,b\n"ä😀",2\n';
    for (const chunk of [1, 3, 50]) {
      expect((await csv(gzipped(text), chunk)).rows).toEqual([['ä😀', '2']]);
      expect((await csv(text, chunk)).rows).toEqual([['ä😀', '2']]);
    }
    expect((await read(sourceOf('a.jsonl.gz', gzipped('{"a":1}\n')))).rows).toEqual([[1]]);
  });

  test.each([
    [
      'truncated gzip',
      gzipped('a,b\n1,2\n'.repeat(100)).subarray(0, 30),
      /a\.csv: the gzip file is truncated/,
    ],
    [
      'Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      /a Git LFS pointer[\s\S]*lfs: true/,
    ],
    ['Parquet by another name', 'PAR1....', /name it \.parquet/],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), /encoding: utf-16le/],
  ])('%s is refused with its fix', async (_name, content, message) => {
    await expect(csv(content)).rejects.toThrow(message);
  });

  test('damaged gzip is a problem of the user, not ours', async () => {
    const bytes = Buffer.from(gzipped('a,b\n1,2\n'.repeat(1000)));
    bytes.fill(0xff, 15, 30);
    await expect(csv(bytes)).rejects.toThrow(/the gzip file is/);
  });

  test('a file that is not what its name says is refused', async () => {
    await expect(read(sourceOf('a.parquet', 'x'))).rejects.toThrow(/not a Parquet file/);
    await expect(read(sourceOf('a.json', '[]'))).rejects.toThrow(/JSON Lines/);
  });

  test('a byte that is not UTF-8 is located; the rows before it are delivered', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a,b\n1,2\n'),
      Buffer.from([0x33, 0xe9, 0x2c, 0x0a]),
      Buffer.from('4,5\n'),
    ]);
    for (const chunk of [1, 5, 100]) {
      const { faults, rows } = await csv(bytes, chunk);
      expect(faults.map(({ kind, line }) => [kind, line])).toEqual([['invalid-utf8', 3]]);
      expect(rows).toEqual([['1', '2']]);
    }
  });

  test('an error of the source itself comes through', async () => {
    const source = {
      name: 'a.csv',
      // biome-ignore lint/correctness/useYield: the first read fails
      async *open(): AsyncGenerator<Uint8Array> {
        throw new Error('gone');
      },
    };
    await expect(read(source)).rejects.toThrow('gone');
  });
});

test.each([
  ['12', 12],
  [' -1.5e3 ', -1500],
  ['+.5', 0.5],
  ['007', 7],
  [true, Number.NaN],
  [null, Number.NaN],
  ['', Number.NaN],
  [' ', Number.NaN],
  ['.', Number.NaN],
  ['0x10', Number.NaN],
  ['1e999', Number.NaN],
  ['Infinity', Number.NaN],
  ['NaN', Number.NaN],
  [3.5, 3.5],
])('the number of %j is %j', (cell, expected) => {
  expect(toNumber(cell)).toBe(expected);
});

describe('whole tables', () => {
  const files = [sourceOf('a.csv', 'id,x,y\n1,2,3\n2,,4\n'), sourceOf('b.csv', 'id,x\n3,n/a\n')];

  test('files are one table, with nulls if a file lacks a column', async () => {
    const columns = await collect(files);
    expect(columns.rows).toBe(3);
    expect(columns.names).toEqual(['id', 'x', 'y']);
    expect(columns.column('y')).toEqual(['3', '4', null]);
    expect([...columns.numbers('x')]).toEqual([2, Number.NaN, Number.NaN]);
    expect(columns.place(2)).toEqual({ file: 'b.csv', line: 2 });
  });

  test('only wanted columns are kept, and a missing one is named with the likeliest', async () => {
    const columns = await collect(files, ['id', 'labels']);
    expect(columns.names).toEqual(['id']);
    expect(() => columns.column('idd', 'input id')).toThrow(
      /input id: there is no column "idd" in a.csv, b.csv → did you mean id/,
    );
  });
});
