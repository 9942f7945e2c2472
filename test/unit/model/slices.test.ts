import { describe, expect, test } from '@jest/globals';
import { METRICS } from '../../../shared/model/metrics.ts';
import type { RegressionRows } from '../../../shared/model/rows.ts';
import { sliceAlarm, sliceGains } from '../../../shared/model/slice-table.ts';
import { declaredSlices, parseSlices } from '../../../shared/model/slices.ts';
import type { CodedTexts } from '../../../shared/model/text-column.ts';
import type { UserError } from '../../../shared/problem/problem.ts';
import { randomFrom } from '../../../shared/stats/random.ts';

function coded(values: readonly (string | null)[]): CodedTexts {
  const names = [...new Set(values.filter((value) => value !== null))];
  return { names, codes: Int32Array.from(values, (value) => (value === null ? -1 : names.indexOf(value))) };
}

describe('declarations', () => {
  test('are columns, combinations and conditions, with or without a name', () => {
    expect(
      parseSlices(['region', 'region * sex', 'old: age >= 60 and region = north east', 'x != "a and b"']),
    ).toEqual([
      { kind: 'values', name: 'region', columns: ['region'] },
      { kind: 'values', name: 'region * sex', columns: ['region', 'sex'] },
      {
        ...{ kind: 'tests', name: 'old' },
        tests: [
          { column: 'age', comparison: '>=', value: '60' },
          { column: 'region', comparison: '=', value: 'north east' },
        ],
      },
      { kind: 'tests', name: 'x != "a and b"', tests: [{ column: 'x', comparison: '!=', value: 'a and b' }] },
    ]);
  });

  test('that cannot be read are refused, all at once', () => {
    try {
      parseSlices(['', 'age > old', 'region *', 'a', 'a', 'b = 1 c']);
    } catch (error) {
      const { problems } = error as UserError;
      expect(problems.map(({ where }) => where)).toEqual([
        expect.stringContaining('item 1, column 1'),
        expect.stringContaining('item 2, column'),
        expect.stringContaining('item 3, column'),
        'input slices, item 5',
      ]);
    }
    expect.assertions(1);
  });
});

describe('rows of slices', () => {
  const columns: Readonly<Record<string, CodedTexts>> = {
    region: coded(['n', 's', null, 'n', 's', 'n']),
    age: coded(['30', '60', '61', '60.0', 'x', null]),
  };
  const rowsBy = (text: string) => {
    const [spec] = parseSlices([text]);
    return Object.fromEntries(
      declaredSlices(spec!, 6, (name) => columns[name]!).map(({ value, rows }) => [value, [...rows]]),
    );
  };

  test('are in one slice of each column, empty cells in their own', () => {
    expect(rowsBy('region')).toEqual({ '(empty)': [2], n: [0, 3, 5], s: [1, 4] });
    const both = rowsBy('region * age');
    expect(both['n × 30']).toEqual([0]);
    expect(Object.values(both).flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('are numbered in the order of their values: numbers by size, texts by code points', () => {
    const [spec] = parseSlices(['age * region']);
    const of = {
      age: coded(['9', '30', '9', '9', '9']),
      region: coded(['b', 'a', 'a', '\u{1f600}', '\uffee']),
    };
    const found = declaredSlices(spec!, 5, (name) => of[name as 'age' | 'region']);
    expect(found.map(({ value, place }) => [place, value])).toEqual([
      [1, '9 × a'],
      [2, '9 × b'],
      [3, '9 × \uffee'],
      [4, '9 × \u{1f600}'],
      [5, '30 × a'],
    ]);
  });

  test('pass all tests of a condition, of numbers as numbers; what has no value passes none', () => {
    expect(rowsBy('age >= 60')).toEqual({ 'age >= 60': [1, 2, 3] });
    expect(rowsBy('age = 60')).toEqual({ 'age = 60': [1, 3] });
    expect(rowsBy('age != 60')).toEqual({ 'age != 60': [0, 2, 4] });
    expect(rowsBy('old: age > 50 and region = s')).toEqual({ old: [1] });
    expect(rowsBy('age > 99')).toEqual({});
  });
});

test('the table ranks slices by loss, with bounds that hold for all of them', () => {
  const n = 300;
  const rows = (errors: readonly number[]): RegressionRows => ({
    ...{ task: 'regression', n, truth: new Float64Array(n) },
    predicted: Float64Array.from({ length: n }, (_, i) => errors[i % 3]! + ((i * 7) % 11) / 10),
  });
  const metric = METRICS.regression.find(({ name }) => name === 'mae')!;
  const slices = [0, 1, 2].map((slice) => ({
    value: `secret ${slice}`,
    place: slice + 1,
    rows: Int32Array.from({ length: n / 3 }, (_, i) => 3 * i + slice),
  }));
  const input = {
    ...{ slices: new Map([['region', slices]]), metric, alpha: 0.05, showValues: false },
    ...{ candidate: rows([1, 5, 2]), production: rows([1.1, 4, 6]), sampling: { draws: 400, seed: 1 } },
  };
  const table = sliceGains(input);
  expect(table.map(({ value, gain }) => [value, Number(gain).toFixed(1)])).toEqual([
    ['slice 2', '-1.0'],
    ['slice 1', '0.1'],
    ['slice 3', '4.0'],
  ]);
  expect(JSON.stringify(table)).not.toContain('secret');
  expect(table[0]).toMatchObject({ n: 100, metric: 'mae', slice: 'region' });
  const condition = { value: 'old', place: 1, declared: true as const, rows: slices[0]!.rows };
  expect(sliceGains({ ...input, slices: new Map([['old', [condition]]]) })[0]).toMatchObject({
    value: 'old',
  });
  expect(sliceGains({ ...input, production: undefined }).map(({ value }) => value)).toEqual([
    'slice 2',
    'slice 3',
    'slice 1',
  ]);
});

describe('the alarm over slices', () => {
  const random = randomFrom(11);
  const n = 2000;
  const noise = () => random.uniform() - 0.5;
  const truth = new Float64Array(n);
  const region = coded(Array.from({ length: n }, (_, i) => `r${i % 20}`));
  const candidate = (loss: number) =>
    Float64Array.from(truth, (_, i) => 1 + noise() / 10 + (i % 20 === 3 ? loss : 0));
  const rowsOf = (predicted: Float64Array): RegressionRows => ({ task: 'regression', n, truth, predicted });
  const production = rowsOf(candidate(0));
  const metric = METRICS.regression.find(({ name }) => name === 'mae');
  const alarm = (loss: number, showValues: boolean) => {
    const [spec] = parseSlices(['region']);
    if (spec === undefined || metric === undefined) throw new TypeError('nothing to judge');
    return sliceAlarm(
      {
        slices: new Map([['region', declaredSlices(spec, n, () => region)]]),
        ...{ metric, candidate: rowsOf(candidate(loss)), production, alpha: 0.05, showValues },
        sampling: { draws: 500, seed: 1 },
      },
      0.1,
    );
  };

  test('tells the slice in which the candidate is worse, by its value only if that may be shown', () => {
    expect(alarm(0.5, true)).toMatchObject({
      id: 'slices.mae',
      status: 'fail',
      observed: 1,
      message: expect.stringContaining('region: r3'),
    });
    expect(alarm(0.5, false)?.message).not.toContain('r3');
  });

  test('is silent if a loss is within the margin, and does not claim more', () => {
    expect(alarm(0.05, true)).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('in any of 20 slices'),
    });
  });
});
