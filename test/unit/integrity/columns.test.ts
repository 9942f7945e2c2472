import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Batch, Cell } from '../../../shared/read/batch.ts';
import { INTEGRITY_CHECKS } from '../../oracle/integrity.ts';
import { batch, judge, texts } from './support.ts';

describe('types', () => {
  test('texts in a column of numbers are placed; a column of codes or names may hold numbers', async () => {
    const mixed = await judge({ x: ['1', '2.5', '12 kg', '-3', 'about 4'] });
    expect(mixed.of('types')).toMatchObject([
      {
        target: { column: 'x' },
        status: 'warn',
        observed: { numbers: 3, texts: 2 },
        locations: [
          { line: 4, column: 1 },
          { line: 6, column: 1 },
        ],
      },
    ]);
    for (const sound of [
      ['A1', 'B2', '17'],
      ['01234', '98765', '10115'],
      ['1', '-2', '+3', '1e5', ' 7', '.5'],
      ['12345678901234567890', '1', '2'],
      ['2026-01-31', '2026-01-31T10:00:00Z'],
      ['true', 'false'],
    ])
      expect([sound, (await judge({ x: sound })).status('types')]).toEqual([sound, 'pass']);
  });

  test('it fails if that was asked for, and hides the values', async () => {
    const found = await judge({ x: ['1', '2', 'Zanzibar'] }, { failOn: ['types'] });
    expect(found.status('types')).toBe('fail');
    expect(JSON.stringify(found)).not.toContain('Zanzibar');
  });
});

describe('missing values', () => {
  test('several spellings are told with their counts and places', async () => {
    const found = await judge({ x: ['a', null, 'NA', 'n/a', 'NA', '', '-', 'b'] });
    expect(found.of('nulls')).toMatchObject([
      {
        status: 'warn',
        target: { column: 'x' },
        observed: { empty: 1, '"NA"': 2, '"n/a"': 1, '""': 1, '"-"': 1 },
        message: 'x has missing values written in 5 ways: empty (1), "NA" (2), "" (1), "-" (1), "n/a" (1)',
        locations: [{ line: 4 }, { line: 5 }, { line: 6 }, { line: 7 }, { line: 8 }],
      },
    ]);
    expect(found.measures).toMatchObject({ 'missing-as-text': { x: 5 } });
  });

  test('one spelling among texts may be a category; among numbers it is told as read', async () => {
    expect((await judge({ x: ['a', 'none', 'b'] })).status('nulls')).toBe('pass');
    const numbers = await judge({ x: ['1', '2', 'NaN'] });
    expect(numbers.status('nulls')).toBe('pass');
    expect(numbers.status('types')).toBe('pass');
    expect((await judge({ x: ['1', null, '2'] })).status('nulls')).toBe('pass');
  });
});

describe('categories', () => {
  test('variants in case and spaces are counted and placed, the most frequent one apart', async () => {
    const cells = ['Bern', 'Bern', 'bern ', 'BERN', 'Basel', ' Bern', 'bern '];
    const found = await judge({ city: cells });
    expect(found.of('variants')).toMatchObject([
      {
        status: 'warn',
        target: { column: 'city' },
        observed: { categories: 3, rows: 4 },
        places: 4,
        locations: expect.arrayContaining([
          { file: 'a.csv', line: 4, column: 1 },
          { file: 'a.csv', line: 5, column: 1 },
          { file: 'a.csv', line: 7, column: 1 },
        ]),
      },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/bern/i);
    expect(JSON.stringify(await judge({ city: cells }, { samples: 'show' }))).toContain('BERN');
    expect((await judge({ city: ['Bern', 'Basel', 'bernese'] })).status('variants')).toBe('pass');
  });

  test('keys, and columns of which nearly every value is another, are not categories', async () => {
    const codes = [...texts(120, (i) => `k${i}`), 'K1'];
    expect((await judge({ x: codes })).status('variants')).toBe('pass');
    expect((await judge({ x: ['a', 'A'] }, { key: ['x'] })).status('variants')).toBe('pass');
    expect((await judge({ x: ['a', 'A'] })).status('variants')).toBe('warn');
  });
});

describe('columns of one value', () => {
  test('empty ones warn; constant ones are told, and warn if there is a label to be learnt', async () => {
    const data = { a: ['1', '1', '1'], b: ['1', '2', '3'], y: ['p', 'q', 'p'] };
    expect((await judge(data)).of('constant')).toMatchObject([
      { status: 'pass', observed: 1, message: 'columns with one value only: a' },
    ]);
    expect((await judge(data, { label: 'y' })).status('constant')).toBe('warn');
    expect((await judge(data, { failOn: ['constant'] })).status('constant')).toBe('fail');
    const empty = await judge({ ...data, c: [null, null, null] });
    expect(empty.of('constant')).toMatchObject([
      { status: 'warn', message: 'columns without any value: c; with one value only: a' },
    ]);
    expect((await judge({ b: data.b }, { failOn: ['constant'] })).status('constant')).toBe('pass');
  });

  test('nearly constant ones are told, and fail if that was asked for', async () => {
    const data = { a: texts(200, (i) => (i === 7 ? 1 : 0)), b: texts(200, (i) => i % 9) };
    expect((await judge(data)).of('nearly-constant')).toMatchObject([
      { status: 'pass', observed: 1, message: expect.stringMatching(/: a$/) },
    ]);
    expect((await judge(data, { failOn: ['nearly-constant'] })).status('nearly-constant')).toBe('fail');
  });

  test('columns that rise with the rows are measured', async () => {
    const found = await judge({
      id: texts(30, (i) => 10 + i * 3),
      x: texts(30, (i) => (i * 7) % 30),
      holes: texts(30, (i) => i).map((cell, i) => (i === 9 ? null : cell)),
    });
    expect(found.measures).toMatchObject({ 'rises-with-rows': ['id'] });
  });
});

test('data without rows, and of many files, are judged as what they are', async () => {
  expect(await judge({ a: [] }, { label: 'y' })).toMatchObject({ checks: [], measures: {} });
  const two = await judge([batch({ a: ['1', '2'] }), batch({ b: ['x', 'y'] }, 'b.csv')]);
  expect(two.checks.every(({ status }) => status === 'pass')).toBe(true);
});

test('a label or timestamp that the data lack fails, with the likely name', async () => {
  const found = await judge(
    { count: ['1', '2'], day: ['2026-01-01', '2026-01-02'] },
    { label: 'cuont', timestamp: 'd' },
  );
  expect(found.of('column')).toMatchObject([
    { status: 'fail', target: { column: 'cuont' }, fix: expect.stringContaining('did you mean count?') },
    { status: 'fail', target: { column: 'd' } },
  ]);
  expect(found.of('time-order')).toEqual([]);
});

test('each check that can be asked to fail is one that can be said', async () => {
  const data = {
    id: texts(40, (i) => i),
    day: texts(40, () => '2026-01-01'),
    x: texts(40, (i) => i % 7),
    y: texts(40, (i) => i % 2),
  };
  const found = await judge(data, { key: ['id'], label: 'y', timestamp: 'day' }, data);
  const said = new Set(found.checks.map(({ id }) => id));
  for (const name of INTEGRITY_CHECKS) expect([name, said.has(`integrity.${name}`)]).toEqual([name, true]);
});

test('how the rows are cut into batches changes nothing', async () => {
  const cell = fc.constantFrom(
    null,
    '',
    'NA',
    '1',
    '2',
    '2.5',
    'a',
    'A ',
    'b',
    '2026-01-01',
    '2026-03-01',
    'true',
  );
  const cells = fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 2, maxLength: 40 });
  const names = ['id', 'day', 'x', 'y'];
  const cut = (rows: readonly (readonly Cell[])[], sizes: readonly number[]): Batch[] => {
    const batches: Batch[] = [];
    for (let from = 0, i = 0; from < rows.length; i++) {
      const part = rows.slice(from, from + (sizes[i % sizes.length] ?? 1));
      batches.push({
        file: 'a.csv',
        columns: names,
        rows: part,
        lines: part.map((_row, at) => from + at + 2),
      });
      from += part.length;
    }
    return batches;
  };
  const options = { key: ['id'], label: 'y', timestamp: 'day' };
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(cells, sizes, async (rows, pieces) => {
      const [whole, parts] = [
        await judge(cut(rows, [rows.length]), options),
        await judge(cut(rows, pieces), options),
      ];
      expect([parts.checks, parts.measures]).toEqual([whole.checks, whole.measures]);
    }),
    { numRuns: 60, seed: 1 },
  );
});
