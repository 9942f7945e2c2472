import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RowIndex } from '../../../shared/integrity/row-index.ts';
import { RowText } from '../../../shared/integrity/row-text.ts';
import type { Batch } from '../../../shared/table/table.ts';
import { batch, judge, texts } from './support.ts';

describe('an index of rows', () => {
  test('is a map from texts to their numbers, whatever the texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 400 }), (all) => {
        const index = new RowIndex({ left: 1e9 });
        const known = new Map<string, number>();
        const answers = all.map((text) => [index.find(text), index.add(text), index.isNew]);
        const right = all.map((text) => {
          const before = known.get(text);
          if (before === undefined) known.set(text, known.size);
          return [before ?? -1, known.get(text), before === undefined];
        });
        expect(answers).toEqual(right);
        expect(index.size).toBe(known.size);
      }),
      { numRuns: 50 },
    );
  });

  test('texts beyond a chunk, and many of them', () => {
    const index = new RowIndex({ left: 1e9 });
    const all = [
      ...texts(20_000, (i) => `row ${i}`),
      'x'.repeat(3_000_000),
      'é'.repeat(1_000_000),
      `${'x'.repeat(2_999_999)}y`,
    ];
    expect(all.map((text) => index.add(text))).toEqual(all.map((_text, i) => i));
    expect(all.map((text) => index.find(text))).toEqual(all.map((_text, i) => i));
  });

  test('keeps no more than its budget, and says so', () => {
    const index = new RowIndex({ left: 100 });
    expect([index.add('a'), index.add('b'), index.full]).toEqual([0, 1, false]);
    expect([index.add('c'), index.full, index.add('a')]).toEqual([-1, true, 0]);
  });
});

describe('a row as a text', () => {
  test('does not depend on the order of a file’s columns, nor on how a format types them', () => {
    const text = new RowText();
    const csv = text.of(batch({ a: ['1'], b: ['x'], c: [null] }), 0);
    expect(text.of(batch({ b: ['x'], a: ['1'] }), 0)).toBe(csv);
    const json: Batch = { ...batch({ a: [1], b: ['x'] }, 'b.jsonl'), records: [{ a: 1, b: 'x' }] };
    expect(text.of(json, 0)).toBe(csv);
    expect(text.of(batch({ a: ['1'], b: ['x'], d: ['2'] }), 0)).not.toBe(csv);
  });

  test('values are never run together', () => {
    const text = new RowText();
    const of = (a: string | null, b: string | null) => text.of(batch({ a: [a], b: [b] }), 0);
    expect(
      new Set([of('a', 'b'), of('ab', ''), of('a","b', ''), of(null, 'b'), of('', 'b'), of('null', 'b')])
        .size,
    ).toBe(6);
  });
});

describe('duplicate rows', () => {
  test('each repeat is placed, over files; rows that differ anywhere are none', async () => {
    const data = [
      batch({ a: ['1', '2', '1'], b: ['x', 'x', 'x'] }),
      batch({ b: ['x', 'y'], a: ['2', '2'] }, 'b.csv'),
    ];
    const found = await judge(data);
    expect(found.of('duplicates')).toMatchObject([
      {
        status: 'warn',
        observed: 2,
        locations: [
          { file: 'a.csv', line: 4 },
          { file: 'b.csv', line: 2 },
        ],
      },
    ]);
    expect((await judge([batch({ a: ['1', '2'] })])).status('duplicates')).toBe('pass');
    expect((await judge(data, { failOn: ['duplicates'] })).status('duplicates')).toBe('fail');
  });

  test('without room for all rows, nothing found is inconclusive, and what is found counts', async () => {
    const rows = texts(100, (i) => i);
    const options = { memory: 500 };
    const [check] = (await judge({ a: rows }, options)).of('duplicates');
    expect(check).toMatchObject({ status: 'inconclusive', message: expect.stringMatching(/so far as \d+/) });
    const [repeated] = (await judge({ a: [...rows, '0'] }, options)).of('duplicates');
    expect(repeated).toMatchObject({ status: 'warn', message: expect.stringContaining('at least') });
  });

  test('copies under another key are a remark while few, a warning when many; duplicates are no copies', async () => {
    const id = texts(100, (i) => i);
    const options = { key: ['id'] };
    const few = await judge({ id, x: texts(100, (i) => (i < 3 ? 0 : i)) }, options);
    expect(few.of('copies')).toMatchObject([
      { status: 'pass', observed: 2, locations: [{ line: 3 }, { line: 4 }] },
    ]);
    expect(few.status('duplicates')).toBe('pass');
    const many = await judge({ id, x: texts(100, (i) => i % 50) }, options);
    expect(many.of('copies')).toMatchObject([{ status: 'warn', observed: 50 }]);
    const asked = await judge(
      { id, x: texts(100, (i) => (i < 3 ? 0 : i)) },
      { ...options, failOn: ['copies'] },
    );
    expect(asked.status('copies')).toBe('fail');
    const whole = await judge({ id: ['1', '1'], x: ['2', '2'] }, options);
    expect(whole.of('copies')).toMatchObject([{ status: 'pass', observed: 0 }]);
    expect((await judge({ id }, options)).of('copies')).toEqual([]);
  });
});

describe('conflicting rows', () => {
  const data = {
    id: ['1', '2', '3', '4', '5'],
    day: ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05'],
    x: ['a', 'b', 'a', 'a', 'b'],
    y: ['yes', 'no', 'no', 'yes', null],
  };
  const options = { key: ['id'], label: 'y', timestamp: 'day' };

  test('the row that differs is placed with the one it differs from; rows without a label are told apart', async () => {
    const found = await judge(data, options);
    expect(found.of('conflicts')).toMatchObject([
      { status: 'warn', observed: 1, locations: [{ line: 2 }, { line: 4 }], target: { column: 'y' } },
    ]);
    expect(found.of('label-missing')).toMatchObject([
      { status: 'warn', observed: 1, locations: [{ file: 'a.csv', line: 6, column: 4 }] },
    ]);
    expect((await judge(data, { ...options, failOn: ['conflicts'] })).status('conflicts')).toBe('fail');
  });

  test('what the contract leaves out is no feature; a quantity may scatter', async () => {
    const apart = { x: ['a', 'a'], noise: ['1', '2'], y: ['yes', 'no'] };
    expect((await judge(apart, { label: 'y' })).status('conflicts')).toBe('pass');
    expect((await judge(apart, { label: 'y', ignored: ['noise'] })).status('conflicts')).toBe('warn');
    const quantity = { x: texts(30, () => 'a'), y: texts(30, (i) => i + 0.5) };
    expect((await judge(quantity, { label: 'y' })).of('conflicts')).toMatchObject([
      { status: 'pass', observed: 29 },
    ]);
  });

  test('no cell value is told', async () => {
    const secret = { x: ['Zanzibar', 'Zanzibar'], y: ['Ouagadougou', 'Reykjavik'] };
    const found = await judge(secret, { label: 'y' });
    expect(JSON.stringify(found.checks)).not.toMatch(/Zanzibar|Ouagadougou|Reykjavik/);
  });
});

describe('rows of the reference', () => {
  const reference = { id: ['1', '2', '3'], x: ['a', 'b', 'c'], only: ['7', '8', '9'] };

  test('are found by key, and by all other columns that both have', async () => {
    const found = await judge(
      { x: ['z', 'b', 'b', 'a'], id: ['2', '5', '2', '6'], more: ['1', '2', '3', '4'] },
      { key: ['id'], disjoint: true },
      reference,
    );
    expect(found.of('leakage')).toMatchObject([
      { status: 'fail', observed: 2, places: 2, locations: [{ file: 'a.csv', line: 2 }] },
      { status: 'warn', observed: 3 },
    ]);
  });

  test('without a key, by the whole row', async () => {
    const options = { disjoint: true };
    const leaked = await judge({ id: ['1', '9'], x: ['a', 'a'] }, options, reference);
    expect(leaked.of('leakage')).toMatchObject([{ status: 'fail', observed: 1, locations: [{ line: 2 }] }]);
    expect((await judge({ id: ['9'], x: ['a'] }, options, reference)).status('leakage')).toBe('pass');
    expect((await judge({ q: ['9'] }, options, reference)).status('leakage')).toBe('inconclusive');
  });

  test('is asked for only; without rows of a reference, or room, it is inconclusive', async () => {
    expect((await judge({ id: ['1'] }, {}, reference)).of('leakage')).toEqual([]);
    expect((await judge({ id: ['1'] }, { disjoint: true })).status('leakage')).toBe('inconclusive');
    const full = await judge({ id: ['7', '8', '9', '10'] }, { disjoint: true, memory: 100 }, reference);
    expect(full.status('leakage')).toBe('inconclusive');
  });
});
