import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { collect } from '../../../shared/read/collect.ts';
import { countOnes, readBits, readHybrid } from '../../../shared/read/parquet-runs.ts';
import { parquetOf } from '../scan/parquet-writer.ts';
import { read, sourceOf } from './sources.ts';

const FOLDER = join(process.cwd(), 'test/fixtures/parquet');
const NAMES = readdirSync(FOLDER).flatMap((name) => (name.endsWith('.parquet') ? name.slice(0, -8) : []));
const bytesOf = (name: string): Buffer => readFileSync(join(FOLDER, `${name}.parquet`));
const fixture = (name: string): ByteSource => sourceOf(`${name}.parquet`, bytesOf(name));

/** A source that counts what is read of it. */
const random = (name: string) => counting(name, bytesOf(name));

function counting(name: string, bytes: Buffer): { source: ByteSource; slices: [number, number][] } {
  const slices: [number, number][] = [];
  const source: ByteSource = {
    name: `${name}.parquet`,
    open: () => {
      throw new Error('read as a whole');
    },
    size: async () => bytes.length,
    slice: async (start, end) => {
      slices.push([start, end]);
      return bytes.subarray(start, end);
    },
  };
  return { source, slices };
}

describe('Parquet', () => {
  test.each(NAMES)('%s gives what pyarrow reads, in batches of any size', async (name) => {
    const expected = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
    for (const batchRows of [1, 7, 1000]) {
      const { columns, rows, lines } = await read(fixture(name), { batchRows });
      expect(columns).toEqual(expected.columns);
      expect(rows).toEqual(expected.rows);
      expect(lines).toEqual(expected.rows.map((_: unknown, index: number) => index + 1));
    }
  });

  test('an empty table has its columns and is reported', async () => {
    const { columns, faults } = await read(fixture('empty'));
    expect(columns).toContain('city');
    expect(faults.map(({ kind }) => kind)).toEqual(['no-rows']);
  });

  test('only the columns that are named are read', async () => {
    const { source, slices } = random('gzip');
    const { columns, rows, batches } = await read(source, { columns: ['note', 'id', 'gone'] });
    expect(columns).toEqual(['id', 'note']);
    expect(rows[1]).toEqual([1, 'note 1']);
    expect(batches[0]?.unread).toEqual(['small', 'amount', 'single', 'flag', 'city']);
    // The head, the end, the footer, and the columns of a small file at once.
    expect(slices).toHaveLength(4);
  });

  test('of one column no bytes of others are read, and small gaps only', async () => {
    const values = Array.from({ length: 20_000 }, (_value, i) => i);
    const columns = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'DOUBLE' as const, values }));
    const bytes = parquetOf(columns, 10_000, 1000);
    const readOf = async (wanted?: string[]): Promise<[number, number]> => {
      const { source, slices } = counting('large', bytes);
      await read(source, wanted && { columns: wanted });
      return [slices.length, slices.reduce((sum, [start, end]) => sum + end - start, 0)];
    };
    const [none, all] = [await readOf([]), await readOf()];
    const one = await readOf(['b']);
    const [oneOf, others] = [one[1] - none[1], all[1] - none[1]];
    expect(oneOf / others).toBeCloseTo(1 / 4, 2);
    expect([one[0] - none[0], all[0] - none[0]]).toEqual([2, 1]);
  });

  test('a struct is named as a whole or by its members', async () => {
    const one = await read(fixture('nested'), { columns: ['place.at.lat'] });
    expect(one.columns).toEqual(['place.at.lat']);
    expect(one.rows.slice(0, 4)).toEqual([[null], [0.5], [1], [1.5]]);
    const all = await read(fixture('nested'), { columns: ['place'] });
    expect(all.columns).toEqual(['place.city', 'place.at.lat', 'place.at.tags']);
  });

  test('a table in memory knows the columns that it did not read', async () => {
    const columns = await collect([fixture('snappy')], ['id']);
    expect(columns.names).toEqual(['id']);
    expect(() => columns.column('citi')).toThrow(/did you mean city/);
  });
});

/** A run of bit-packed values, as many as make whole bytes, and one of the same value. */
function runsOf(packed: readonly number[], repeated: number, times: number, width: number): Buffer {
  const groups = Math.ceil(packed.length / 8);
  const bits = packed.reduce((sum, value, i) => sum | (BigInt(value) << BigInt(i * width)), 0n);
  const bytes = Buffer.from(bits.toString(16).padStart(2 * groups * width, '0'), 'hex').reverse();
  const value = Buffer.alloc(4);
  value.writeUInt32LE(repeated);
  return Buffer.concat([
    Buffer.of(groups * 2 + 1),
    bytes,
    Buffer.of(times * 2),
    value.subarray(0, Math.ceil(width / 8)),
  ]);
}

describe('runs and bit-packed values of Parquet', () => {
  test('are read at every width', () => {
    for (let width = 1; width <= 32; width++) {
      const most = 2 ** width - 1;
      const packed = Array.from({ length: 24 }, (_value, i) => Math.floor((most * ((i * 7) % 24)) / 23));
      const bytes = runsOf(packed, most, 10, width);
      const found = new Int32Array(34);
      readHybrid({ bytes, start: 0, end: bytes.length }, width, 34, found);
      expect([...new Uint32Array(found.buffer)]).toEqual([...packed, ...new Array<number>(10).fill(most)]);
      expect(() => readHybrid({ bytes, start: 0, end: bytes.length }, width, 35, new Int32Array(35))).toThrow(
        'fewer values',
      );
      expect(() => readHybrid({ bytes, start: 0, end: bytes.length - 1 }, width, 34, found)).toThrow(
        'fewer values',
      );
    }
  });

  test('those of one bit are counted', () => {
    const bits = [1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0];
    const bytes = runsOf(bits, 1, 20, 1);
    // The second byte of the first run is full with zeros.
    for (const count of [1, 8, 11, 16, 17, 36]) {
      const read = readBits(bytes, 0, bytes.length, count);
      const all = [...bits, 0, 0, 0, 0, 0, ...new Array<number>(20).fill(1)];
      expect([...read]).toEqual(all.slice(0, count));
      expect(countOnes(bytes, 0, bytes.length, count)).toBe(read.reduce((sum, bit) => sum + bit, 0));
    }
    expect(() => readBits(bytes, 0, bytes.length, 37)).toThrow('fewer values');
    expect(countOnes(bytes, 0, bytes.length, 11)).toBe(6);
    expect(countOnes(bytes, 0, bytes.length, 9)).toBe(5);
    expect(countOnes(bytes, 0, bytes.length, 36)).toBe(26);
    expect(() => countOnes(bytes, 0, bytes.length, 37)).toThrow('fewer values');
    expect(() => countOnes(Buffer.of(20, 2), 0, 2, 10)).toThrow('a level is higher');
    expect(() => countOnes(Buffer.alloc(7, 0xff), 0, 7, 10)).toThrow('without end');
  });
});

describe('damaged Parquet', () => {
  const damaged = (change: (bytes: Buffer) => Uint8Array, name = 'no-dictionary') =>
    read(sourceOf('a.parquet', change(Buffer.from(bytesOf(name)))));

  test('a damaged page is named with its row group and column', async () => {
    // The page of the first column begins behind PAR1 and its header.
    const reading = damaged((bytes) => bytes.fill(0x7f, 100, 104));
    await expect(reading).rejects.toThrow(/a\.parquet: row group 0, column "id" is damaged \(the checksum/);
  });

  test.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
    ['truncated', (bytes) => bytes.subarray(0, -20), /truncated: it has no footer/],
    ['empty', (bytes) => bytes.subarray(0, 0), /the file is empty/],
    ['without its start', (bytes) => bytes.subarray(8), /does not begin with PAR1/],
    [
      'of a damaged footer',
      (bytes) => bytes.fill(0xff, bytes.length - 60, bytes.length - 8),
      /the footer of the Parquet file is damaged/,
    ],
    [
      'of a footer that is too long',
      (bytes) => bytes.fill(0xff, bytes.length - 8, bytes.length - 4),
      /footer .* is damaged/,
    ],
    ['encrypted', (bytes) => bytes.fill('E', bytes.length - 1), /encrypted/],
    ['a pointer', () => Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /lfs: true/],
  ])('a file that is %s is refused', async (_name, change, message) => {
    await expect(damaged(change)).rejects.toThrow(message);
  });

  test('whatever bytes are changed, it is read or refused, and never a defect', async () => {
    let seed = 7;
    const below = (n: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * n);
    };
    const ends = { read: 0, refused: 0 };
    for (const name of NAMES) {
      for (let round = 0; round < 40; round++) {
        const change = (bytes: Buffer): Buffer => {
          for (let i = below(3); i >= 0; i--) bytes[below(bytes.length)] = below(256);
          return bytes;
        };
        await damaged(change, name).then(
          () => ends.read++,
          (error) => {
            expect(error).toBeInstanceOf(UserError);
            ends.refused++;
          },
        );
      }
    }
    expect(ends.refused).toBeGreaterThan(100);
    expect(ends.read).toBeGreaterThan(50);
  });
});

describe('small files of much', () => {
  const large = (name: string): ByteSource =>
    sourceOf(
      `${name}.parquet`,
      readFileSync(join(process.cwd(), `test/fixtures/parquet-large/${name}.parquet`)),
    );

  // 507 bytes: one text of 1 MB, 2,000 times; 650 bytes: 40,000,000 rows of runs.
  test.each(['repeated-text', 'rows-without-bytes'])('are not read beyond their limits: %s', async (name) => {
    const limited = read(large(name), { limits: { maxDecompressed: 2 ** 20 } });
    await expect(limited).rejects.toThrow(/the file decompresses to more than 1048576 bytes/);
    await expect(limited).rejects.toBeInstanceOf(UserError);
  });

  test('nor beyond a thousand times their size, whatever they may become', async () => {
    await expect(read(large('repeated-text'))).rejects.toThrow(/more than 1000 times its size/);
    await expect(read(large('repeated-text'))).rejects.toThrow(/without a dictionary/);
  });
});
