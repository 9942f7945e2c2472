import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { meanDifference, newcombe } from '../../../shared/model/difference.ts';
import { compareGroups, type GroupOptions } from '../../../shared/model/groups.ts';
import type { ScoredRows } from '../../../shared/model/rows.ts';

interface OracleGroups {
  readonly name: string;
  readonly truth: readonly string[];
  readonly predicted: readonly string[];
  readonly groups: readonly string[];
  readonly by_group: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly differences: Readonly<Record<string, number>>;
}

const oracle = JSON.parse(readFileSync('test/fixtures/metrics-oracle.json', 'utf8')) as {
  fairness: OracleGroups[];
};

function rowsOf(truth: readonly string[], predicted: readonly string[]): ScoredRows {
  const encode = (values: readonly string[]) => Int32Array.from(values, Number);
  return {
    task: 'classification',
    n: truth.length,
    classes: ['0', '1'],
    truth: encode(truth),
    predicted: encode(predicted),
    positive: 1,
  };
}

const OPTIONS = {
  column: 'sex',
  showValues: true,
  minSize: 30,
  difference: 'equalized_odds_difference',
} as const;

/** Groups of n rows, half of them positive, with so many positives and negatives selected. */
function groupsOf(
  ...groups: readonly (readonly [n: number, truePositives: number, falsePositives: number])[]
) {
  const truth: string[] = [];
  const predicted: string[] = [];
  const names: string[] = [];
  groups.forEach(([n, truePositives, falsePositives], g) => {
    for (let i = 0; i < n; i += 1) {
      const positive = i < n / 2;
      truth.push(positive ? '1' : '0');
      predicted.push((positive ? i < truePositives : i - n / 2 < falsePositives) ? '1' : '0');
      names.push(`group ${g}`);
    }
  });
  return { rows: rowsOf(truth, predicted), groups: names };
}

function checkOf({ rows, groups }: ReturnType<typeof groupsOf>, options: Partial<GroupOptions> = {}) {
  return compareGroups(rows, { ...OPTIONS, groups, max: 0.1, ...options }).check;
}

describe('rates by group equal Fairlearn’s', () => {
  for (const given of oracle.fairness) {
    test(given.name, () => {
      const { measures, check } = compareGroups(rowsOf(given.truth, given.predicted), {
        ...OPTIONS,
        groups: given.groups,
      });
      for (const [name, expected] of Object.entries(given.differences))
        expect(measures[name]).toBeCloseTo(expected, 12);
      for (const [group, rates] of Object.entries(given.by_group)) {
        for (const [rate, expected] of Object.entries(rates)) {
          expect((measures[group] as Record<string, number>)[rate]).toBeCloseTo(expected, 12);
        }
      }
      expect(check).toBeUndefined();
    });
  }

  test('groups are numbered where values are hidden', () => {
    const given = groupsOf([40, 10, 5], [40, 10, 5]);
    const { measures } = compareGroups(given.rows, {
      ...OPTIONS,
      groups: given.groups.map((name) => `secret ${name}`),
      showValues: false,
    });
    expect(Object.keys(measures)).toEqual(expect.arrayContaining(['group 1', 'group 2']));
    expect(JSON.stringify(measures)).not.toContain('secret');
  });
});

describe('a largest difference', () => {
  test('passes where the bounds lie within it', () => {
    expect(checkOf(groupsOf([4000, 1000, 100], [4000, 1010, 110]))).toMatchObject({
      id: 'fairness.difference',
      status: 'pass',
    });
  });

  test('fails where it is shown to be exceeded', () => {
    expect(checkOf(groupsOf([1000, 400, 50], [1000, 200, 50]))).toMatchObject({
      status: 'fail',
      target: { metric: 'equalized_odds_difference' },
    });
  });

  test('is inconclusive where the rows cannot tell', () => {
    expect(checkOf(groupsOf([80, 20, 5], [80, 22, 5]))?.status).toBe('inconclusive');
  });

  test('is inconclusive with a small group, unless the others exceed it already', () => {
    const small = checkOf(groupsOf([4000, 1000, 100], [4000, 1000, 100], [20, 5, 1]));
    expect(small).toMatchObject({
      status: 'inconclusive',
      message: expect.stringContaining('1 of 3 groups have fewer than 30 rows'),
    });
    expect(checkOf(groupsOf([1000, 400, 50], [1000, 100, 50], [20, 5, 1]))?.status).toBe('fail');
  });

  test('is inconclusive, never zero, where a rate is undefined', () => {
    const given = groupsOf([100, 20, 5], [100, 20, 5]);
    // The second group has no positives.
    const rows = {
      ...given.rows,
      truth: given.rows.truth.map((label, i) => (i >= 100 ? 0 : label)),
    } as ScoredRows;
    const { check, measures } = compareGroups(rows, { ...OPTIONS, groups: given.groups, max: 0.1 });
    expect(check).toMatchObject({
      status: 'inconclusive',
      observed: null,
      message: expect.stringContaining('undefined'),
    });
    expect(measures.equalized_odds_difference).toBeUndefined();
  });

  test('is inconclusive among more groups than can be compared in pairs', () => {
    const found = groupsOf(...Array.from({ length: 1000 }, () => [4, 1, 1] as const));
    expect(compareGroups(found.rows, { ...OPTIONS, groups: found.groups, max: 0.1 }).check).toMatchObject({
      status: 'inconclusive',
      message: expect.stringContaining('1000 groups are more than the 200 that are compared'),
    });
  });

  test('is inconclusive with one group only', () => {
    expect(checkOf(groupsOf([100, 20, 5]))?.status).toBe('inconclusive');
  });

  test('of regression is about the mean absolute error', () => {
    const n = 400;
    const truth = new Float64Array(n);
    const predicted = Float64Array.from({ length: n }, (_, i) => (i < n / 2 ? 1 : 9) + (i % 5));
    const groups = Array.from({ length: n }, (_, i) => (i < n / 2 ? 'a' : 'b'));
    const { check, measures } = compareGroups(
      { task: 'regression', n, truth, predicted },
      { ...OPTIONS, groups, max: 2 },
    );
    expect(measures).toMatchObject({ a: { n: 200, mae: 3 }, b: { mae: 11 }, mae_difference: 8 });
    expect(check).toMatchObject({ status: 'fail', target: { metric: 'mae_difference' } });
  });
});

describe('bounds of a difference', () => {
  test('of shares are Newcombe’s', () => {
    // Newcombe (1998), table II, method 10, 95 %: 56/70 − 48/80: 0.0524 to 0.3339.
    const { lower, upper } = newcombe([56, 70], [48, 80], 0.025);
    expect(lower).toBeCloseTo(0.0524, 4);
    expect(upper).toBeCloseTo(0.3339, 4);
  });

  test('of means are Welch’s', () => {
    const first = Float64Array.of(1, 2, 3, 4, 5);
    const second = Float64Array.of(2, 4, 6, 8);
    // By SciPy 1.15: ttest_ind(first, second, equal_var=False).confidence_interval(0.9)
    const bounds = meanDifference(first, second, 0.05);
    expect(bounds?.lower).toBeCloseTo(-5.000992367492047, 10);
    expect(bounds?.upper).toBeCloseTo(1.0009923674920453, 10);
  });
});
