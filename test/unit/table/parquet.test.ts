import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { collect } from '../../../shared/table/columns.ts';
import { read, sourceOf } from './sources.ts';

const FOLDER = join(process.cwd(), 'test/fixtures/parquet');
const NAMES = readdirSync(FOLDER).flatMap((name) => (name.endsWith('.parquet') ? name.slice(0, -8) : []));
const bytesOf = (name: string): Buffer => readFileSync(join(FOLDER, `${name}.parquet`));
const fixture = (name: string): Source => sourceOf(`${name}.parquet`, bytesOf(name));

/** A source that counts what is read of it. */
function random(name: string): { source: Source; slices: [number, number][] } {
  const bytes = bytesOf(name);
  const slices: [number, number][] = [];
  const source: Source = {
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
      const { columns, rows, lines, batches } = await read(fixture(name), { batchRows });
      expect(columns).toEqual(expected.columns);
      expect(rows).toEqual(expected.rows);
      expect(lines).toEqual(expected.rows.map((_: unknown, index: number) => index + 1));
      const groups = new Map<number | undefined, number>();
      for (const { rowGroup, rows: some } of batches)
        groups.set(rowGroup, (groups.get(rowGroup) ?? 0) + some.length);
      if (expected.rows.length > 0) expect([...groups.values()]).toEqual(expected.rowGroups);
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
    // Three row groups of two columns, after the head, the end and the footer.
    expect(slices).toHaveLength(3 + 3 * 2);
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
