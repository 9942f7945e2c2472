import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { utf8Of } from '../../../shared/read/bytes.ts';
import { csv, read, sourceOf } from './sources.ts';

const TEXT = 'a,b\n"ä😀",2\n'.repeat(50);
const ROWS = csv(TEXT.replaceAll(/(?<=\n)a,b\n/g, '')).then(({ rows }) => rows);
const table = TEXT.replaceAll(/(?<=\n)a,b\n/g, '');
const CHECKSUM = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const LARGE = Buffer.from(`a\n${Array.from({ length: 60_000 }, (_, i) => Math.sin(i)).join('\n')}\n`);

describe('Zstandard', () => {
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  const half = table.length >> 1;

  test.each([
    ['one frame', zstdCompressSync(table)],
    ['a checksum', zstdCompressSync(table, CHECKSUM)],
    [
      'two frames',
      Buffer.concat([zstdCompressSync(table.slice(0, half)), zstdCompressSync(table.slice(half))]),
    ],
    ['frames to be skipped', Buffer.concat([skippable, zstdCompressSync(table), skippable])],
  ])('%s, in chunks of any size', async (_name, bytes) => {
    for (const chunk of [1, 7, 1000]) {
      expect((await read(sourceOf('a.csv.zst', bytes, chunk))).rows).toEqual(await ROWS);
    }
  });

  test('many blocks', async () => {
    expect((await csv(zstdCompressSync(LARGE), 5000)).rows).toHaveLength(60_000);
  });

  test.each([
    ['in a block', zstdCompressSync(LARGE).subarray(0, 200_000), /the Zstandard file is truncated/],
    ['by one byte', zstdCompressSync(table, CHECKSUM).subarray(0, -1), /the Zstandard file is truncated/],
    ['in the header', zstdCompressSync(table).subarray(0, 5), /the Zstandard file is truncated/],
    [
      'and followed by others',
      Buffer.concat([zstdCompressSync(table), Buffer.from('more')]),
      /damaged \(other bytes follow a frame\)/,
    ],
    [
      'and changed',
      Buffer.from(zstdCompressSync(LARGE, CHECKSUM)).fill(0xff, 9000, 9050),
      /Zstandard file is damaged/,
    ],
  ])('a file that is cut %s is refused', async (_name, bytes, message) => {
    await expect(csv(bytes)).rejects.toThrow(message);
  });
});

describe('limits of decompression', () => {
  const bomb = Buffer.alloc(70 * 2 ** 20, 'a');

  test.each([
    ['gzip', gzipSync(bomb)],
    ['Zstandard', zstdCompressSync(bomb)],
  ])('%s that becomes a thousand times as much is refused', async (_name, bytes) => {
    const reading = (async () => {
      for await (const _ of utf8Of(sourceOf('a.jsonl', bytes)));
    })();
    await expect(reading).rejects.toThrow(/a\.jsonl: the file decompresses to more than 1000 times its size/);
  });

  test('the number of bytes can be bounded', async () => {
    const reading = read(sourceOf('a.csv', gzipSync(LARGE)), { limits: { maxDecompressed: 100_000 } });
    await expect(reading).rejects.toThrow(/more than 100000 bytes/);
    const { rows } = await read(sourceOf('a.csv', gzipSync(LARGE)), {
      limits: { maxDecompressed: LARGE.length },
    });
    expect(rows).toHaveLength(60_000);
  });
});

describe('encodings', () => {
  const be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

  test.each([
    ['UTF-16 LE by its mark', Buffer.from(`\uFEFF${table}`, 'utf16le'), undefined],
    ['UTF-16 BE by its mark', be(`\uFEFF${table}`), undefined],
    ['UTF-16 LE by its name', Buffer.from(table, 'utf16le'), 'UTF-16LE'],
    ['UTF-16 BE by its name', be(table), 'utf_16be'],
    ['a mark before the name', Buffer.from(`\uFEFF${table}`), 'windows-1252'],
    ['gzip around UTF-16', gzipSync(be(`\uFEFF${table}`)), undefined],
  ])('%s', async (_name, bytes, encoding) => {
    for (const chunk of [1, 3, 1000]) {
      const { rows, columns, faults } = await read(
        sourceOf('a.csv', bytes, chunk),
        encoding ? { encoding } : {},
      );
      expect([columns, faults]).toEqual([['a', 'b'], []]);
      expect(rows).toEqual(await ROWS);
    }
  });

  test('windows-1252 and ISO 8859-1 differ in the signs of the former', async () => {
    const bytes = Buffer.from('a,b\n\x80,\xe9\x93\n', 'latin1');
    expect((await read(sourceOf('a.csv', bytes), { encoding: 'cp1252' })).rows).toEqual([['€', 'é“']]);
    expect((await read(sourceOf('a.csv', bytes), { dialect: { encoding: 'Latin-1' } })).rows).toEqual([
      ['\x80', 'é\x93'],
    ]);
  });

  test('half a pair of UTF-16 is located; the rows before it are delivered', async () => {
    for (const [bytes, chunk] of [1, 4, 1000].map(
      (size) => [Buffer.from('\uFEFFa\n1\n\ud800x\n2\n', 'utf16le'), size] as const,
    )) {
      const { rows, faults } = await csv(bytes, chunk);
      expect(rows).toEqual([['1']]);
      expect(faults).toMatchObject([
        { kind: 'invalid-utf8', line: 3, message: expect.stringContaining('UTF-16LE') },
      ]);
    }
    const cut = await csv(Buffer.from('\uFEFFa\n1\n', 'utf16le').subarray(0, -1));
    expect(cut.faults.map(({ kind }) => kind)).toEqual(['invalid-utf8']);
  });

  test('what is not UTF-8 has a fix that names the likely encoding', async () => {
    const { faults } = await csv(Buffer.from('a\n\xe9\n', 'latin1'));
    expect(faults[0]?.fix).toMatch(/windows-1252/);
  });

  test('an unknown encoding is refused with those that are read', async () => {
    await expect(read(sourceOf('a.csv', 'a\n1\n'), { encoding: 'shift_jis' })).rejects.toThrow(
      /"shift_jis" is not read[\s\S]*windows-1252/,
    );
    await expect(read(sourceOf('a.csv', 'a\n1\n'), { encoding: 'constructor' })).rejects.toThrow(/not read/);
  });

  test('the bytes are UTF-8 whatever the file was written in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        async (text, chunk) => {
          for (const bytes of [
            Buffer.from(`\uFEFF${text}`, 'utf16le'),
            be(`\uFEFF${text}`),
            Buffer.from(`\uFEFF${text}`),
          ]) {
            const parts: Uint8Array[] = [];
            for await (const part of utf8Of(sourceOf('a.csv', bytes, chunk))) parts.push(part);
            expect(Buffer.concat(parts).toString()).toBe(text);
          }
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });
});

describe('pointers', () => {
  test.each([
    'outs:\n- md5: a304afb96060aad90176268345e10355\n  size: 37891850\n  hash: md5\n  path: data.csv\n',
    'md5: 0a1b2c3d4e5f60718293a4b5c6d7e8f9\nouts:\n- md5: a304afb96060aad90176268345e10355\n  path: a.csv\n',
    'wdir: ..\nouts:\n- path: a.csv\n  md5: a304afb96060aad90176268345e10355\n',
  ])('a DVC file under the name of the data is recognised', async (text) => {
    await expect(csv(text)).rejects.toThrow(/a\.csv: this is a DVC pointer[\s\S]*dvc pull/);
  });

  test('a .dvc file names the data that it stands for', async () => {
    await expect(read(sourceOf('data/a.csv.dvc', 'outs:\n'))).rejects.toThrow(/name the data: data\/a\.csv$/);
  });

  test('a table whose header is a word of DVC is a table', async () => {
    expect((await csv('outs:\n1\n')).rows).toEqual([['1']]);
  });
});

describe('records without end', () => {
  test('a line of JSON Lines is bounded', async () => {
    const piece = Buffer.from('x'.repeat(1 << 16));
    const source = {
      name: 'a.jsonl',
      async *open() {
        yield Buffer.from('{"a":1}\n');
        for (let i = 0; i < 2000; i++) yield piece;
      },
    };
    const { rows, faults } = await read(source);
    expect(rows).toEqual([[1]]);
    expect(faults).toMatchObject([{ kind: 'too-long', line: 2 }]);
  });

  test('a row of many short fields is bounded', async () => {
    const piece = Buffer.from('x,'.repeat(1 << 19));
    const source = {
      name: 'a.csv',
      async *open() {
        yield Buffer.from('a,b\n1,2\n');
        for (let i = 0; i < 200; i++) yield piece;
      },
    };
    const { rows, faults } = await read(source);
    expect(rows).toEqual([['1', '2']]);
    expect(faults).toMatchObject([{ kind: 'too-long', line: 3 }]);
  });

  test('ten thousand columns are read', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(',');
    const { columns, rows } = await csv(`${names}\n${'1,'.repeat(9999)}1\n`, 4096);
    expect([columns.length, rows[0]?.length]).toEqual([10_000, 10_000]);
  });

  test('a byte of zero is part of its cell', async () => {
    expect((await csv('a,b\n1\0,2\n')).rows).toEqual([['1\0', '2']]);
  });
});
