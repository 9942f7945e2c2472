import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { joinById, type Sheets } from '../../../shared/model/join.ts';
import { readSheet } from '../../../shared/model/sheet.ts';
import { source } from './helpers.ts';

async function sheetsOf(files: Readonly<Record<string, readonly string[]>>): Promise<Sheets> {
  const read = await Promise.all(
    Object.entries(files).map(async ([role, ids]) => {
      const text = `id,x\n${ids.map((id, i) => `${id},${i}`).join('\n')}\n`;
      return [role, await readSheet(source(`${role}.csv`, text), ['id'])] as const;
    }),
  );
  return Object.fromEntries(read) as Record<string, unknown> as Sheets;
}

describe('a join by id', () => {
  test('keeps the ids that all files have, in the order of the test data', async () => {
    const joined = joinById(
      await sheetsOf({ candidate: ['c', 'a', 'b'], production: ['b', 'a', 'z'], test: ['a', 'b', 'c'] }),
      'id',
    );
    expect([joined.id(0), joined.id(1), joined.n]).toEqual(['a', 'b', 2]);
    expect([...joined.rows.candidate!]).toEqual([1, 2]);
    expect([...joined.rows.production!]).toEqual([1, 0]);
    expect(joined.check).toMatchObject({
      ...{ id: 'predictions.ids', status: 'fail', observed: 3 },
      locations: [
        { file: 'candidate.csv', line: 2, column: 1 },
        { file: 'production.csv', line: 4, column: 1 },
        { file: 'test.csv', line: 4, column: 1 },
      ],
    });
    expect(joined.check.message).not.toMatch(/\bz\b/);
  });

  test('lets the first row of a repeated id stand for it', async () => {
    const joined = joinById(
      await sheetsOf({ candidate: ['a', 'b', 'a', ''], production: ['b', 'a', 'b'] }),
      'id',
    );
    expect([...joined.rows.candidate!]).toEqual([0, 1]);
    expect([...joined.rows.production!]).toEqual([1, 0]);
    expect(joined.check.message).toContain('candidate.csv: 1 repeated, 1 empty; production.csv: 1 repeated');
  });

  test('of nothing in common, or without the column, is the user’s error', async () => {
    expect(() => joinById({} as Sheets, 'id')).toThrow();
    const apart = await sheetsOf({ candidate: ['a'], production: ['b'] });
    expect(() => joinById(apart, 'id')).toThrow('no id of the column "id" is in all files');
    expect(() => joinById(apart, 'ids')).toThrow('did you mean id');
  });

  test('is that of maps, whatever the files hold', async () => {
    const ids = fc.array(fc.nat(12).map(String), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(ids, ids, async (ours, theirs) => {
        const common = [...new Set(ours)].filter((id) => theirs.includes(id));
        fc.pre(common.length > 0);
        const { n, id, rows, check } = joinById(
          await sheetsOf({ candidate: ours, production: theirs }),
          'id',
        );
        expect(Array.from({ length: n }, (_, place) => id(place))).toEqual(common);
        expect([...rows.candidate!]).toEqual(common.map((each) => ours.indexOf(each)));
        expect([...rows.production!]).toEqual(common.map((each) => theirs.indexOf(each)));
        expect(check.observed).toBe(ours.length + theirs.length - 2 * common.length);
      }),
      { seed: 4, numRuns: 60 },
    );
  });
});

test('ids are the same value in CSV, JSON Lines and Parquet, however a program wrote the numbers', async () => {
  const parquet = new URL('../../fixtures/parquet/snappy.parquet', import.meta.url);
  const open = async function* () {
    yield new Uint8Array(await readFile(parquet));
  };
  const sheets = {
    test: await readSheet(source('test.csv', 'id\n1.0\n2.\n3.000000000000000000e+00\n04\n+5\n 6 \n'), ['id']),
    candidate: await readSheet(
      source('c.jsonl', '{"id":1}\n{"id":2.0}\n{"id":"3"}\n{"id":4}\n{"id":5}\n{"id":"6.0"}\n'),
      ['id'],
    ),
    production: await readSheet({ name: 'p.parquet', open }, ['id']),
  };
  const joined = joinById(sheets, 'id');
  expect(Array.from({ length: joined.n }, (_, place) => joined.id(place))).toEqual([
    ...['1.0', '2.', '3.000000000000000000e+00', '+5', '6'],
  ]);
  expect([...joined.rows.candidate!]).toEqual([0, 1, 2, 4, 5]);
  expect([...joined.rows.production!]).toEqual([1, 2, 3, 5, 6]);
});

test('ids with leading zeros, and whole numbers beyond 2^53, stay apart', async () => {
  const ids = ['007', '7', '9007199254740993', '9007199254740992'];
  const joined = joinById(await sheetsOf({ candidate: ids, test: ids.toReversed() }), 'id');
  expect(joined.check.status).toBe('pass');
  expect([...joined.rows.candidate!]).toEqual([3, 2, 1, 0]);
});

test('an id that one file has in two spellings is there twice', async () => {
  const joined = joinById(await sheetsOf({ candidate: ['1', '1.0', '2'], test: ['1', '2'] }), 'id');
  expect(joined.check).toMatchObject({ status: 'fail', message: expect.stringContaining('1 repeated') });
});
