import { describe, expect, test } from '@jest/globals';
import { parseContract } from '../../../shared/contract/contract.ts';
import { compared } from '../../../shared/contract/row.ts';
import type { ColumnProfile } from '../../../shared/profile/profile.ts';
import { type ScanOptions, type ScanResult, scanTables } from '../../../shared/scan/scan.ts';
import { randomOf } from '../profile/columns.ts';
import { sourceOf } from '../read/sources.ts';
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

function columnOf({ profiled }: ScanResult, name = 'x'): ColumnProfile {
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

describe('types that are declared are kept', () => {
  const text = { type: 'BYTE_ARRAY', converted: 0 } as const;
  const column = async (format: Format, texts: readonly string[], written?: Omit<WrittenColumn, 'name'>) =>
    columnOf(await scanTables([fileOf(format, texts, written)], options));

  test('texts of digits and booleans are texts in Parquet and JSON Lines, and times are times', async () => {
    for (const format of ['jsonl', 'parquet'] as const) {
      expect((await column(format, ['10000', '10001'])).type).toBe('string');
      expect((await column(format, ['True', 'False'])).type).toBe('string');
      expect((await column(format, ['2024-01-01', '2024-01-02'])).type).toBe('date');
    }
    const values = ['10000', '10001', '10001'].map((one) => Buffer.from(one));
    for (const flags of [{}, { dictionary: true }, { v2: true }])
      expect((await column('parquet', ['', '', ''], { ...text, ...flags, values })).type).toBe('string');
  });

  test('a text of digits is not an integer under a contract', async () => {
    const contract = parseContract('{type: object, properties: {x: {type: integer}}}', 'c.yml');
    const values = ['10000', '10001', '10001'].map((one) => Buffer.from(one));
    for (const flags of [{}, { dictionary: true }]) {
      const file = fileOf('parquet', ['', '', ''], { ...text, ...flags, values });
      const { checked } = await scanTables([file], { ...options, contract });
      expect(checked.checks).toContainEqual(
        expect.objectContaining({ id: 'column.type', status: 'fail', observed: 3 }),
      );
    }
  });

  test('whole doubles are numbers, and so is what is written with a point', async () => {
    expect((await column('csv', ['1.0', '2.0'])).type).toBe('number');
    expect((await column('csv', ['1', '2e3'])).type).toBe('number');
    expect((await column('csv', ['1', '2'])).type).toBe('integer');
    expect((await column('parquet', ['', ''], { type: 'DOUBLE', values: [1, 2] })).type).toBe('number');
    expect(
      (await column('parquet', ['', ''], { type: 'DOUBLE', dictionary: true, values: [1, 2] })).type,
    ).toBe('number');
    expect((await column('parquet', ['', ''], { type: 'INT64', values: [1n, 2n] })).type).toBe('integer');
  });

  test.each([
    '{"x": 1.0}\n{"x": 2.0}\n',
    '{"x": 1}\n{"x": 2e0}\n',
    '{"x": 1}\n{"y": "\\u00e9", "x": 0.0, "z": 1}\n',
    '{"x": 1}\n{"x": 2, "x": 3.0}\n',
  ])('so is a member of records, also if rows are compared: %j', async (text) => {
    for (const integrity of [undefined, { samples: 'hide', maxLocations: 1, now: new Date() } as const]) {
      const { profiled } = await scanTables([sourceOf('a.jsonl', text)], { ...options, integrity });
      expect(profiled.profile.columns.find(({ name }) => name === 'x')?.type).toBe('number');
      expect(profiled.jsonTypes?.get('x')).toContain('number');
    }
  });

  test('integers of 64 bits are exact in distinct values and extremes', async () => {
    const texts = Array.from({ length: 300 }, (_v, i) => String(2n ** 53n + 1n + BigInt(i)));
    const expected = { type: 'integer', distinct: 300, min: '9007199254740993', max: '9007199254741292' };
    expect(await column('csv', texts)).toMatchObject(expected);
    expect(await column('parquet', texts, { type: 'INT64', values: texts.map(BigInt) })).toMatchObject(
      expected,
    );
    const file = sourceOf('a.jsonl', texts.map((x) => `{"x": ${x}}\n`).join(''));
    expect(columnOf(await scanTables([file], options))).toMatchObject(expected);
    const mixed = await column('csv', ['5', ...texts]);
    expect(mixed).toMatchObject({ ...expected, distinct: 301, min: 5 });
  });

  test('decimals of 38 digits are exact', async () => {
    const unscaled = Array.from({ length: 300 }, (_v, i) => 123_456_789_012_345_678_900_000n + BigInt(i));
    const values = unscaled.map((value) => Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));
    const decimal = {
      type: 'FIXED_LEN_BYTE_ARRAY',
      typeLength: 16,
      converted: 5,
      scale: 3,
      precision: 38,
    } as const;
    const found = await column('parquet', unscaled.map(String), { ...decimal, values });
    expect(found).toMatchObject({ type: 'number', distinct: 300, max: '123456789012345678900.299' });
  });
});

describe('texts that stand for a missing value', () => {
  const SPELLINGS = ['NA', 'NaN', 'null', 'None', 'N/A', '-', '?'];
  const numbers = Array.from({ length: 40 }, (_v, i) => `${i}.5`);
  const dates = numbers.map((_n, i) => `2024-01-${String((i % 28) + 1).padStart(2, '0')}`);
  const scanned = (format: Format, texts: readonly (string | null)[], contract?: string) =>
    scanTables([fileOf(format, texts)], {
      ...options,
      ...(contract === undefined ? {} : { contract: parseContract(contract, 'c.yml') }),
    });

  test.each(SPELLINGS)(
    '%s is a missing value in a column of numbers or dates, and told',
    async (spelling) => {
      for (const values of [numbers, dates]) {
        const found = await scanned('csv', [...values, spelling, spelling]);
        expect(columnOf(found)).toMatchObject({
          type: values === dates ? 'date' : 'number',
          nulls: 2,
          count: 40,
        });
        expect(found.profiled.missing.get('x')).toEqual(new Map([[spelling, 2]]));
      }
      const file = sourceOf(
        'a.jsonl',
        [...numbers.map((n) => `{"x":${n}}\n`), `{"x":"${spelling}"}\n`].join(''),
      );
      const records = await scanTables([file], options);
      expect(columnOf(records)).toMatchObject({ type: 'number', nulls: 1 });
      expect([...(records.profiled.jsonTypes?.get('x') ?? [])].sort()).toEqual(['null', 'number']);
      for (const format of FORMATS)
        expect(columnOf(await scanned(format, [...dates, spelling]))).toMatchObject({
          type: 'date',
          nulls: 1,
        });
    },
  );

  test('is a text among texts', async () => {
    for (const format of FORMATS) {
      const found = await scanned(format, ['NA', 'DE', 'NO', 'NA']);
      expect(columnOf(found)).toMatchObject({ type: 'string', nulls: 0, distinct: 3 });
      expect(columnOf(found).top[0]).toEqual({ value: 'NA', count: 2 });
      expect(found.profiled.missing.size).toBe(0);
    }
    expect(columnOf(await scanned('csv', ['NA', 'NA']))).toMatchObject({ type: 'string', nulls: 0 });
  });

  test('is what the reference has if there is nothing else', async () => {
    const reference = (await scanned('csv', numbers)).profiled.profile;
    const found = await scanTables([fileOf('csv', ['NA', 'NA'])], { ...options, reference });
    expect(columnOf(found)).toMatchObject({ type: 'empty', nulls: 2 });
  });

  test('is judged as null by a contract of numbers or dates, and as a text by one of texts', async () => {
    const of = (type: string) => `{type: object, properties: {x: ${type}}}`;
    const failed = async (type: string, texts: readonly string[], format: Format = 'csv') => {
      const { checked } = await scanned(format, texts, of(type));
      return checked.checks.flatMap(({ id, status }) => (status === 'fail' ? [id] : []));
    };
    expect(await failed('{type: [number, "null"], minimum: 0}', ['1', 'NA'])).toEqual([]);
    expect(await failed('{type: number}', ['1', 'NA'])).toEqual(['column.nulls']);
    expect(await failed('{type: [string, "null"], format: date}', ['2024-01-01', 'NA'])).toEqual([]);
    expect(await failed('{type: [string, "null"], format: date}', ['2024-01-01', 'NA'], 'parquet')).toEqual(
      [],
    );
    expect(await failed('{type: string, enum: [DE, NA]}', ['DE', 'NA'])).toEqual([]);
    expect(await failed('{type: string, pattern: "^[0-9]+$"}', ['11', 'NA'])).toEqual(['column.pattern']);
  });

  test('an empty field is missing, quoted or not', async () => {
    const found = await scanTables([sourceOf('a.csv', 'n,x\n"1","1.5"\n"2",""\n"",""\n')], options);
    expect(columnOf(found)).toMatchObject({ type: 'number', nulls: 2 });
    expect(columnOf(found, 'n')).toMatchObject({ type: 'integer', nulls: 1 });
    expect(found.profiled.profile.rows).toBe(3);
    expect(found.profiled.missing.size).toBe(0);
  });
});

test('the profile is the same wherever blocks end, also if some numbers are longer than doubles', async () => {
  const random = randomOf(5);
  const rows = Array.from({ length: 150_000 }, () =>
    random() < 0.4
      ? String(2n ** 53n + BigInt(Math.floor(random() * 2 ** 50)))
      : String(Math.floor(random() * 2 ** 50)),
  );
  const profileOf = async (name: string, line: (value: string) => string, chunk: number) => {
    const head = name.endsWith('csv') ? 'v\n' : '';
    const source = sourceOf(name, `${head}${rows.map((value) => `${line(value)}\n`).join('')}`, chunk);
    return (await scanTables([source], { maxLocations: 1, samples: 'show' })).profiled.profile;
  };
  const csv = await profileOf('a.csv', (value) => value, 65_536);
  expect(await profileOf('a.csv', (value) => value, 262_144)).toEqual(csv);
  const jsonl = await profileOf('a.jsonl', (value) => `{"v":${value}}`, 65_536);
  expect(await profileOf('a.jsonl', (value) => `{"v":${value}}`, 50_001)).toEqual(jsonl);
});

test('numbers beyond doubles are one key, however the record is written', async () => {
  const text = '{"k":1e999,"z":1}\n{"k":1e999,"z":1}\n{"z":1,"k":1e999,"k":1e999}\n';
  const contract = parseContract('{properties: {k: {}, z: {}}, x-ml-loop: {key: [k]}}', 'c.yml');
  const found = await scanTables([sourceOf('a.jsonl', text)], { maxLocations: 5, samples: 'show', contract });
  expect(found.checked.checks.find(({ id }) => id === 'table.key')?.observed).toBe(2);
});
