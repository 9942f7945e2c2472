import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareProfiles } from '../../../shared/compare/counts.ts';
import { disclosed } from '../../../shared/profile/disclosure.ts';
import { parseProfile, printProfile } from '../../../shared/profile/file.ts';
import {
  COMMON_COUNT,
  type ColumnProfile,
  hasWholeNumbers,
  type Profile,
} from '../../../shared/profile/profile.ts';
import { profileTable } from '../../../shared/profile/profiler.ts';
import type { Batch, Cell } from '../../../shared/read/batch.ts';

function batch(columns: Readonly<Record<string, readonly Cell[]>>, file = 'a.csv'): Batch {
  const names = Object.keys(columns);
  const rows = (columns[names[0] ?? ''] ?? []).map((_cell, i) =>
    names.map((name) => columns[name]?.[i] ?? null),
  );
  return { file, columns: names, rows, lines: rows.map((_row, i) => i + 2) };
}

async function profileOf(cells: readonly Cell[]): Promise<ColumnProfile> {
  const { profile } = await profileTable([batch({ x: cells })]);
  return profile.columns[0] as ColumnProfile;
}

async function comparisonOf(
  reference: readonly Cell[],
  current: readonly Cell[],
  samples: 'hide' | 'show' = 'show',
) {
  const { profile } = await profileTable([batch({ x: reference })]);
  const read = parseProfile(printProfile(profile, samples), 'p.json');
  return compareProfiles(read, await profileTable([batch({ x: current })], { reference: read }))[0];
}

const range = (n: number) => Array.from({ length: n }, (_value, i) => i);

describe('a column', () => {
  test.each([
    [['1', '-2', '3'], 'integer'],
    [['1', '-2', '3.0'], 'number'],
    [['1', '1e3'], 'number'],
    [['9007199254740993', '5'], 'integer'],
    [['1', '2.5', null], 'number'],
    [['true', 'FALSE'], 'boolean'],
    [['2026-01-31', '2026-02-01'], 'date'],
    [['2026-01-31', '2026-02-01T10:00:00Z'], 'datetime'],
    [['2026-02-30'], 'string'],
    [['01234', '12345'], 'string'],
    [['12345678901234567890123'], 'string'],
    [['1', 'n/a'], 'integer'],
    [['1', 'old'], 'string'],
    [[''], 'string'],
    [[null], 'empty'],
    [[1, 2], 'integer'],
    [[true], 'boolean'],
  ])('of %j is of type %s', async (cells, type) => {
    expect((await profileOf(cells)).type).toBe(type);
  });

  test('numbers are described as numpy and pandas describe them', async () => {
    const column = await profileOf(['1', '2', null, '4', '10']);
    expect(column).toMatchObject({ count: 4, nulls: 1, distinct: 4, min: 1, max: 10, mean: 4.25 });
    expect(column.sd).toBeCloseTo(4.031128874149275, 12);
    expect(column.quantiles).toMatchObject({ '0.25': 1.75, '0.5': 3, '0.75': 5.5 });
  });

  test('texts are counted with their lengths, the most frequent first', async () => {
    const column = await profileOf(['b', 'aa', 'b', null]);
    expect(column.top).toEqual([
      { value: 'b', count: 2 },
      { value: 'aa', count: 1 },
    ]);
    expect(column.lengths).toEqual({ min: 1, max: 2, mean: 4 / 3 });
    expect(column.cells).toEqual({
      kind: 'categories',
      categories: ['b', 'aa'],
      counts: [2, 1],
      other: 0,
      complete: true,
    });
  });

  test('dates are read by people, and counted as milliseconds', async () => {
    const column = await profileOf(['2026-01-01', '2026-01-03']);
    expect([column.min, column.max]).toEqual(['2026-01-01', '2026-01-03']);
    expect(column.cells).toMatchObject({
      kind: 'values',
      values: [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 3)],
    });
  });

  test('few values are counted one by one, many in groups that never split a tie', async () => {
    expect((await profileOf(range(64))).cells.kind).toBe('values');
    const { cells } = await profileOf([...range(1000), ...new Array(500).fill(7)]);
    expect(cells.kind).toBe('cuts');
    if (cells.kind !== 'cuts') return;
    expect(cells.cuts.length).toBeLessThanOrEqual(63);
    expect(cells.cuts).toContain(7);
    expect(cells.counts.reduce((a, b) => a + b)).toBe(1500);
    expect(cells.counts.at(-1)).toBeGreaterThan(0);
  });

  test('a column that a file lacks is null there', async () => {
    const { profile } = await profileTable([batch({ x: ['1'] }), batch({ y: ['2', '3'] }, 'b.csv')]);
    expect(profile.columns.map(({ name, count, nulls }) => [name, count, nulls])).toEqual([
      ['x', 1, 2],
      ['y', 2, 1],
    ]);
  });
});

describe('a profile file', () => {
  const mixed = {
    n: range(500).map((i) => (i % 7 === 0 ? null : String(i / 8))),
    k: range(500).map((i) => String(i % 5)),
    s: range(500).map((i) => (i < 480 ? `c${i % 3}` : `rare${i}`)),
    b: range(500).map((i) => i % 2 === 0),
    d: range(500).map((i) => new Date(i * 86_400_000).toISOString()),
    e: range(500).map(() => null),
  };

  test('with samples: show, reading what was written gives the same profile', async () => {
    const { profile } = await profileTable([batch(mixed)]);
    expect(parseProfile(printProfile(profile, 'show'), 'p.json')).toEqual(profile);
  });

  test('with samples: hide, it can be read, and written again without change', async () => {
    const { profile } = await profileTable([batch(mixed)]);
    const text = printProfile(profile, 'hide');
    expect(printProfile(parseProfile(text, 'p.json'), 'hide')).toBe(text);
    expect(printProfile(parseProfile(text, 'p.json'), 'show')).toBe(text);
    expect(text).not.toContain('rare');
    expect(text).not.toContain('"min": 0');
    expect(text).toContain('"c1"');
  });

  test('with samples: hide, values seen fewer than 20 times never appear', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1000, max: 9999 }), fc.integer({ min: 1, max: 40 })), {
          maxLength: 12,
        }),
        fc.boolean(),
        async (runs, asText) => {
          const values = new Map(runs);
          const cells = [...values].flatMap(([value, count]) =>
            new Array(count).fill(asText ? `v${value}` : value),
          );
          const { profile } = await profileTable([batch({ x: cells })]);
          const column = parseProfile(printProfile(profile, 'hide'), 'p').columns[0];
          const told = [
            ...(column?.top.map(({ value }) => value) ?? []),
            ...(column?.cells.kind === 'categories' ? column.cells.categories : []),
            ...(column?.cells.kind === 'values' ? column.cells.values : []),
          ];
          for (const value of told) {
            expect(values.get(Number(String(value).replace('v', '')))).toBeGreaterThanOrEqual(COMMON_COUNT);
          }
          expect(column).not.toHaveProperty('min');
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });

  test.each([
    ['{', /p.json: is not JSON/],
    ['{}', /p.json#\/schema: is missing/],
    [
      '{"schema":"ml-loop/profile@2"}',
      /p.json#\/schema: must be "ml-loop\/profile@1": it is another kind of file, or of another version/,
    ],
    [
      '{"schema":"ml-loop/profile@1","rows":1,"samples":"hide","columns":[{"name":"a"}]}',
      /p.json#\/columns\/0\/type: is missing/,
    ],
    ['{"schema":"ml-loop/profile@1","rows":-1}', /p.json#\/rows: must be >= 0/],
  ])('%s is refused', (text, message) => {
    expect(() => parseProfile(text, 'p.json')).toThrow(message);
  });

  test('counts that do not add up are refused', async () => {
    const { profile } = await profileTable([batch({ x: ['1', '2'] })]);
    const text = printProfile(profile, 'show').replace('[0, 1, 0, 1, 0]', '[0, 1, 0, 5, 0]');
    expect(() => parseProfile(text, 'p.json')).toThrow(/p.json#\/columns\/0\/cells: hold 6 rows, not 2/);
  });

  test('it follows the published schema', async () => {
    const { Ajv2020 } = await import('ajv/dist/2020.js');
    const { readFileSync } = await import('node:fs');
    const schema = JSON.parse(readFileSync('schemas/profile.schema.json', 'utf8'));
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
    const { profile } = await profileTable([batch(mixed)]);
    for (const samples of ['hide', 'show'] as const) {
      expect([validate(JSON.parse(printProfile(profile, samples))), validate.errors]).toEqual([true, null]);
    }
  });
});

describe('comparisons', () => {
  test('values are counted if the reference has them, and between', async () => {
    const found = await comparisonOf(['1', '1', '3'], ['0', '1', '2', '3', '4', null]);
    expect(found).toMatchObject({
      kind: 'ordered',
      reference: [0, 2, 0, 1, 0],
      current: [1, 1, 1, 1, 1],
      currentNulls: 1,
    });
  });

  test('counting by cuts is the empirical distribution of the current sample at them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 66, maxLength: 300 }),
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 50 }),
        async (reference, current) => {
          const found = await comparisonOf(reference, current);
          if (found?.kind !== 'ordered') throw new Error('ordered is expected');
          let below = 0;
          found.cuts.forEach((cut, i) => {
            below += found.current[i] ?? 0;
            expect(below).toBe(current.filter((value) => value <= cut).length);
          });
          expect(found.current.reduce((a, b) => a + b, 0)).toBe(current.length);
        },
      ),
      { numRuns: 50, seed: 4 },
    );
  });

  test('values of another type count as nulls, and are told', async () => {
    const found = await comparisonOf(['1', '2'], ['1', 'old', null]);
    expect(found).toMatchObject({ current: [0, 1, 0, 0, 0], currentNulls: 2, currentUnreadable: 1 });
  });

  test('new categories are told where the reference lists all of its own', async () => {
    const found = await comparisonOf(['a', 'a', 'b'], ['a', 'c', 'c', 'd', null]);
    expect(found).toMatchObject({
      kind: 'categorical',
      categories: ['a', 'b', 'c', 'd'],
      reference: [2, 1, 0, 0],
      current: [1, 0, 2, 1],
      referenceOther: 0,
      currentOther: 0,
      unseen: { rows: 3, distinct: 2, largest: 2, pooledDistinct: 4 },
    });
  });

  test('a reference that hides rare values does not call them new', async () => {
    const found = await comparisonOf([...new Array(30).fill('a'), 'b'], ['a', 'b', 'c'], 'hide');
    expect(found).toMatchObject({
      categories: ['a'],
      reference: [30],
      current: [1],
      referenceOther: 1,
      currentOther: 2,
      unseen: null,
    });
  });

  test('a reference without values leaves all current ones unseen', async () => {
    expect(await comparisonOf([null, null], ['a', '1'])).toMatchObject({
      kind: 'categorical',
      unseen: { rows: 2 },
    });
  });

  test('columns that only one side has are left out', async () => {
    const reference: Profile = (await profileTable([batch({ x: ['1'], y: ['1'] })])).profile;
    const current = await profileTable([batch({ y: ['1'], z: ['1'] })], { reference });
    expect(compareProfiles(reference, current).map(({ column }) => column)).toEqual(['y']);
  });

  test('are exact at the cells of the reference however many different values come', async () => {
    const found = await comparisonOf(
      range(1000),
      range(40_000).map((n) => (n * 7919) % 40_009),
    );
    if (found?.kind !== 'ordered') throw new Error('ordered is expected');
    const values = range(40_000).map((n) => (n * 7919) % 40_009);
    const upTo = found.cuts.map((cut) => values.filter((value) => value <= cut).length);
    const sums = found.current.map((_count, i) => found.current.slice(0, i + 1).reduce((a, b) => a + b, 0));
    expect(sums.slice(0, -1)).toEqual(upTo);
    expect(sums.at(-1)).toBe(40_000);
    const texts = await comparisonOf(['a', 'b'], [...range(40_000).map((n) => `t${n}`), 'a', 'a']);
    if (texts?.kind !== 'categorical') throw new Error('categorical is expected');
    expect([texts.current.slice(0, 2), texts.unseen?.rows]).toEqual([[2, 0], 40_000]);
    expect(Math.abs((texts.unseen?.distinct ?? 0) / 40_000 - 1)).toBeLessThan(4 * 0.0081);
  });
});

describe('whole numbers', () => {
  test('are classes that are stored as 0.0 and 1.0, and shares are not', async () => {
    expect(hasWholeNumbers(await profileOf(['0.0', '1.0', '1.0', null]))).toBe(true);
    expect(hasWholeNumbers(await profileOf(['0.0', '0.5', '1.0']))).toBe(false);
  });

  test('are not shown by the frequent values alone', async () => {
    const often = Array.from({ length: 120 }, (_, i) => `${i % 12}.0`);
    expect(hasWholeNumbers(await profileOf([...often, '3.5']))).toBe(false);
  });

  test('are not shown by a profile that hides its values', async () => {
    const few = Array.from({ length: 60 }, (_, i) => `${(i % 12) + 0.5}`);
    const { profile } = await profileTable([batch({ x: few })]);
    const [column] = disclosed(profile, 'hide').columns;
    expect(column?.top).toEqual([]);
    expect(column && hasWholeNumbers(column)).toBe(false);
  });
});
