import { describe, expect, test } from '@jest/globals';
import { compared } from '../../../shared/contract/row.ts';
import type { ColumnProfile } from '../../../shared/profile/profile.ts';
import { type Scanned, type ScanOptions, scanTables } from '../../../shared/scan/scan.ts';
import { sourceOf } from '../table/sources.ts';
import { parquetOf, type WrittenColumn } from './parquet-writer.ts';

type Format = 'csv' | 'jsonl' | 'parquet';
const FORMATS: readonly Format[] = ['csv', 'jsonl', 'parquet'];
const options: ScanOptions = { maxLocations: 5, samples: 'show' };

/** One column `x` of texts, in any format; in Parquet as the texts that they are. */
function fileOf(format: Format, texts: readonly (string | null)[], written?: Omit<WrittenColumn, 'name'>) {
  if (format === 'csv')
    return sourceOf('a.csv', ['n,x', ...texts.map((t, i) => `${i},${t ?? ''}`), ''].join('\n'));
  if (format === 'jsonl') return sourceOf('a.jsonl', texts.map((x) => `${JSON.stringify({ x })}\n`).join(''));
  const stored = texts.map((text) => (text === null ? null : Buffer.from(text)));
  const column = { name: 'x', ...(written ?? { type: 'BYTE_ARRAY', converted: 0, values: stored }) };
  return sourceOf('a.parquet', parquetOf([column as WrittenColumn], 1000, 100));
}

function columnOf({ profiled }: Scanned, name = 'x'): ColumnProfile {
  const column = profiled.profile.columns.find((one) => one.name === name);
  if (column === undefined) throw new Error(`there is no column ${name}`);
  return column;
}

describe('instants are told apart to the nanosecond', () => {
  const texts = Array.from({ length: 300 }, (_v, i) => `2024-01-01T00:00:00.${String(i).padStart(9, '0')}Z`);
  const start = 1_704_067_200_000_000_000n;
  const values = texts.map((_t, i) => start + BigInt(i));

  test.each(FORMATS)('in %s: distinct values and extremes', async (format) => {
    const written = { type: 'INT64', timestamp: { utc: true, unit: 3 }, values } as const;
    for (const file of [fileOf(format, texts), fileOf(format, texts, written)]) {
      const column = columnOf(await scanTables([file], options));
      expect(column).toMatchObject({ type: 'datetime', distinct: 300, distinctExact: true });
      expect([column.min, column.max]).toEqual(['2024-01-01', '2024-01-01T00:00:00.000000299Z']);
      expect(column.top[0]).toMatchObject({ count: 1 });
    }
  });

  test('in order rules and comparisons', () => {
    expect(compared('2024-05-01T12:00:00.000001Z', '2024-05-01T12:00:00.000002Z')).toBeLessThan(0);
    expect(compared('2024-05-01T12:00:00.000000002Z', '2024-05-01T14:00:00.000000001+02:00')).toBeGreaterThan(
      0,
    );
    expect(compared('2024-05-01T12:00:00.100Z', '2024-05-01T12:00:00.1Z')).toBe(0);
  });

  test('and rows that differ in them only are not duplicates', async () => {
    const written = { type: 'INT64', timestamp: { utc: true, unit: 3 }, values } as const;
    for (const file of [fileOf('jsonl', texts), fileOf('parquet', texts, written)]) {
      const { integrity } = await scanTables([file], {
        ...options,
        integrity: { maxLocations: 5, samples: 'show', now: new Date(0) } as never,
      });
      expect(integrity?.rows).toMatchObject({ duplicates: { count: 0 } });
    }
  });
});
