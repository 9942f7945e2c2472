import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import type { Cell } from '../../../shared/read/batch.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import { parquetOf } from '../scan/parquet-writer.ts';
import { read, sourceOf } from './sources.ts';

const fixture = (name: string): ByteSource => {
  const file = `${name}.parquet`;
  return sourceOf(file, readFileSync(join('test/fixtures/parquet-kinds', file)));
};
const scan = (source: ByteSource) => scanTables([source], { maxLocations: 3, samples: 'hide' });

/** Refused by what makes rows and by what counts columns, in the same words. */
async function refused(source: ByteSource, message: string): Promise<void> {
  await expect(read(source)).rejects.toThrow(message);
  await expect(scan(source)).rejects.toThrow(message);
}

describe('kinds of Parquet', () => {
  test.each([['boolean-v1-plain'], ['boolean-v1-rle'], ['boolean-v2-plain'], ['boolean-v2-rle']])(
    '%s is read as it was written',
    async (name) => {
      const values = [true, null, false, true, true, null, true, false];
      const { rows } = await read(fixture(name));
      expect(rows).toEqual(Array.from({ length: 40 }, (_value, row) => [values[row % 8] ?? null]));
      const { profiled } = await scan(fixture(name));
      expect(profiled.profile.columns).toMatchObject([{ type: 'boolean', nulls: 10, distinct: 2 }]);
    },
  );

  test.each([['none'], ['snappy'], ['zstd'], ['gzip'], ['brotli'], ['lz4']])(
    'pages of version 2 without a value are read if they are compressed by %s',
    async (codec) => {
      const { rows } = await read(fixture(`nulls-v2-${codec}`));
      expect(rows).toEqual(new Array(5).fill([null, null, null]));
      const { profiled } = await scan(fixture(`nulls-v2-${codec}`));
      expect(profiled.profile.columns.map(({ nulls }) => nulls)).toEqual([5, 5, 5]);
    },
  );

  test('a VARIANT is its value, or its JSON text', async () => {
    const { rows } = await read(fixture('variant'));
    const values: Cell[] = [null, '{"a":1,"b":"x"}', 'text', null, '{"a":4,"b":"x"}', 'text'];
    expect(rows).toEqual(values.map((value, id) => [id, value]));
  });

  test('a file and a column that are encrypted are told from damaged ones', async () => {
    await refused(fixture('encrypted'), 'encrypted.parquet: this Parquet file is encrypted');
    await refused(fixture('encrypted-column'), 'row group 0, column "b" is encrypted');
    const { rows } = await read(fixture('encrypted-column'), { columns: ['a'] });
    expect(rows).toEqual([[1], [2]]);
  });

  test('lists of a few bytes do not become as many values as they claim', async () => {
    await refused(fixture('huge-lists'), 'column "l.list.element" cannot be read (unsupported: lists of');
  });

  test('a long text that many rows share does not fill the memory', async () => {
    const text = 'x'.repeat(2 ** 20);
    const values = new Array<string>(500).fill(text);
    const columns = [{ name: 's', type: 'BYTE_ARRAY', converted: 0, dictionary: true, values } as const];
    const source = sourceOf('a.parquet', parquetOf(columns, 500, 1000));
    const sizes = (await read(source)).batches.map(({ rows }) => rows.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(500);
    expect(Math.max(...sizes)).toBeLessThan(100);
  });
});
