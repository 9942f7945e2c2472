import { describe, expect, test } from '@jest/globals';
import { RowSpelling } from '../../../shared/integrity/row-spelling.ts';
import { Memory } from '../../../shared/keys/memory.ts';
import type { Batch } from '../../../shared/read/batch.ts';
import { batch, judge, texts } from './support.ts';

describe('a row as bytes', () => {
  const spelling = () => new RowSpelling(1, () => 0);
  const of = (spelled: RowSpelling, data: Batch): string => {
    spelled.ofBatch(data, 0);
    return spelled.bytes.toString('latin1', 0, spelled.ends[0]);
  };

  test('does not depend on the order of a file’s columns, nor on how a format types them', () => {
    const spelled = spelling();
    const csv = of(spelled, batch({ a: ['1'], b: ['x'], c: [null] }));
    expect(of(spelled, batch({ b: ['x'], a: ['1'] }))).toBe(csv);
    const json: Batch = { ...batch({ a: [1], b: ['x'] }, 'b.jsonl'), records: [{ a: 1, b: 'x' }] };
    expect(of(spelled, json)).toBe(csv);
    expect(of(spelled, batch({ a: ['1'], b: ['x'], d: ['2'] }))).not.toBe(csv);
    expect(of(spelled, batch({ a: ['1.0'], b: ['x'] }))).not.toBe(csv);
  });

  test('values are never run together', () => {
    const spelled = spelling();
    const both = (a: string | null, b: string | null) => of(spelled, batch({ a: [a], b: [b] }));
    expect(
      new Set([
        both('a', 'b'),
        both('ab', ''),
        both('a","b', ''),
        both(null, 'b'),
        both('', 'b'),
        both('null', 'b'),
      ]).size,
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
    const options = () => ({ memory: new Memory({ bytes: 500 }) });
    const [check] = (await judge({ a: rows }, options())).of('duplicates');
    expect(check).toMatchObject({
      status: 'inconclusive',
      message: expect.stringMatching(/among the first \d+ rows/),
    });
    const [repeated] = (await judge({ a: ['0', ...rows] }, options())).of('duplicates');
    expect(repeated).toMatchObject({ status: 'warn', message: expect.stringContaining('at least') });
  });

  test('copies under another key are a remark while few, a warning when many; duplicates are not copies', async () => {
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

  test('what the contract leaves out is not a feature; a quantity may scatter', async () => {
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
    const full = await judge(
      { id: ['7', '8', '9', '10'] },
      { disjoint: true, memory: new Memory({ bytes: 100 }) },
      reference,
    );
    expect(full.status('leakage')).toBe('inconclusive');
  });
});
