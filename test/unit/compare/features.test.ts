import { describe, expect, test } from '@jest/globals';
import { type ColumnComparison, compareProfiles } from '../../../shared/compare/counts.ts';
import { type FeatureOptions, featureChecks } from '../../../shared/compare/features.ts';
import { createProfiler } from '../../../shared/profile/profiler.ts';
import type { Cell } from '../../../shared/read/batch.ts';
import { type Random, randomFrom } from '../../../shared/stats/random.ts';
import { severity } from '../../../shared/verdict/status.ts';

type Row = readonly Cell[];
type Law = (random: Random) => Row;

const options: FeatureOptions = { alpha: 0.05, margin: 0.05 };
const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
const pick = (random: Random, shares: readonly number[]) => {
  let left = random.uniform();
  for (const [index, share] of shares.entries()) {
    left -= share;
    if (left < 0) return index;
  }
  return 0;
};

function profiled(
  columns: readonly string[],
  rows: readonly Row[],
  reference?: ReturnType<typeof profileOf>,
) {
  const profiler = createProfiler(reference === undefined ? {} : { reference });
  profiler.add({ file: 'data.csv', columns, rows, lines: rows.map((_, i) => i + 2) });
  return profiler.finish();
}
const profileOf = (columns: readonly string[], rows: readonly Row[]) => profiled(columns, rows).profile;

function compared(
  columns: readonly string[],
  before: readonly Row[],
  now: readonly Row[],
): ColumnComparison[] {
  const reference = profileOf(columns, before);
  return compareProfiles(reference, profiled(columns, now, reference));
}

const sample = (law: Law, n: number, random: Random) => Array.from({ length: n }, () => law(random));

/** One column, `m` rows of one law against `n` of another. */
function statusOf(
  before: (random: Random) => Cell,
  now: (random: Random) => Cell,
  m: number,
  n: number,
  more: Partial<FeatureOptions> = {},
) {
  const random = randomFrom(7);
  const comparisons = compared(
    ['x'],
    sample((r) => [before(r)], m, random),
    sample((r) => [now(r)], n, random),
  );
  const { checks } = featureChecks(comparisons, { ...options, ...more });
  const feature = checks.find(({ id }) => id === 'drift.feature');
  if (feature === undefined) throw new Error('there is no check');
  return { ...feature, unseen: checks.find(({ id }) => id === 'drift.unseen') };
}

describe('the readings of a feature', () => {
  test('material drift', () => {
    const { status, evidence, message } = statusOf(normal, (r) => normal(r) + 1, 2000, 500);
    expect(status).toBe('fail');
    expect(evidence?.interval?.[0]).toBeGreaterThan(0.05);
    expect(message).toContain('material drift');
  });

  test('drift that is not shown to be material', () => {
    expect(statusOf(normal, (r) => normal(r) + 0.25, 1000, 1000)).toMatchObject({ status: 'warn' });
  });

  test('no material drift, from enough rows', () => {
    expect(statusOf(normal, normal, 6000, 6000)).toMatchObject({ status: 'pass' });
  });

  test('a shift that does not matter passes however many the rows', () => {
    const check = statusOf(
      (r) => r.below(1000),
      (r) => r.below(1000) + 10,
      60_000,
      60_000,
    );
    expect(check.status).toBe('pass');
  });

  test('undecided, with the rows that would decide', () => {
    const check = statusOf(normal, normal, 20_000, 300);
    expect(check.status).toBe('inconclusive');
    expect(check.message).toContain('no drift shown');
    expect(check.evidence?.needed).toBeGreaterThan(1700);
    expect(statusOf(normal, normal, 20_000, 300, { undecided: 'pass' }).status).toBe('pass');
    expect(statusOf(normal, normal, 300, 300).message).toMatch(
      /the reference itself needs at least \d+ rows/,
    );
  });

  test('nulls are drift too', () => {
    const check = statusOf(normal, (r) => (r.uniform() < 0.95 ? null : normal(r)), 500, 500);
    expect(check.status).toBe('fail');
    expect(check.message).toContain('in its nulls');
  });

  test('one category of many', () => {
    const zipf = [0.4, 0.2, 0.1, 0.1, 0.1, 0.1];
    const moved = [0.1, 0.5, 0.1, 0.1, 0.1, 0.1];
    expect(
      statusOf(
        (r) => `c${pick(r, zipf)}`,
        (r) => `c${pick(r, moved)}`,
        1000,
        500,
      ).status,
    ).toBe('fail');
  });

  test('values of another type are told, and count as nulls', () => {
    const check = statusOf(
      (r) => r.below(100),
      () => 'old',
      500,
      100,
    );
    expect(check).toMatchObject({ status: 'fail' });
    expect(check.message).toContain('100 current values do not have the reference’s type');
    expect(check.message).not.toContain('old');
  });

  test('no rows on a side decide nothing', () => {
    expect(featureChecks(compared(['x'], [[1]], []), options).checks).toMatchObject([
      { id: 'drift.feature', status: 'inconclusive' },
    ]);
  });
});

describe('values that the reference lacks', () => {
  const letters = (r: Random) => `c${r.below(4)}`;
  test('none', () =>
    expect(statusOf(letters, letters, 1000, 1000).unseen).toMatchObject({ status: 'pass', observed: 0 }));
  test('a share that does not matter passes', () => {
    const rare = (r: Random) => (r.uniform() < 0.002 ? 'new' : letters(r));
    expect(statusOf(letters, rare, 10_000, 10_000).unseen?.status).toBe('pass');
  });
  test('one per cent of 10,000 rows is shown, though the distance does not matter', () => {
    const rare = (r: Random) => (r.uniform() < 0.01 ? 'new' : letters(r));
    const check = statusOf(letters, rare, 10_000, 10_000);
    expect(check.status).toBe('pass');
    expect(severity(check.unseen?.status ?? 'pass')).toBeGreaterThan(0);
  });
  test('many of them fail, and are not named', () => {
    const many = (r: Random) => (r.uniform() < 0.2 ? 'new' : letters(r));
    const check = statusOf(letters, many, 2000, 2000).unseen;
    expect(check?.status).toBe('fail');
    expect(JSON.stringify(check)).not.toContain('"new"');
  });
  test('an open vocabulary has new values in every sample', () => {
    const word = (r: Random) => `w${r.below(100_000)}`;
    expect(statusOf(word, word, 2000, 500, { undecided: 'pass' }).unseen?.status).toBe('pass');
  });
});

describe('measures', () => {
  const columns = ['temp', 'hour', 'town'];
  const law: Law = (r) => [normal(r), r.below(24), `town${r.below(5)}`];
  const random = randomFrom(3);
  const comparisons = compared(columns, sample(law, 1000, random), sample(law, 400, random));

  test('hold the distance, its bounds, and what a chart needs', () => {
    const { measures } = featureChecks(comparisons, options);
    expect(Object.keys(measures)).toEqual(columns);
    const { temp, hour } = JSON.parse(JSON.stringify(measures));
    expect(temp.distance_lower).toBeLessThanOrEqual(temp.distance);
    expect(temp.distance_upper).toBeGreaterThan(temp.distance);
    for (const side of [temp.reference, temp.current, hour.reference, hour.current]) {
      const { edges, counts } = side.histogram;
      expect(edges).toHaveLength(counts.length + 1);
      expect(edges.every((edge: number, i: number) => i === 0 || edge > edges[i - 1])).toBe(true);
      expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(side.rows);
    }
    expect(hour.reference.histogram.counts).toHaveLength(24);
  });

  test('number hidden categories in the order of their values', () => {
    const { measures } = featureChecks(
      compared(
        ['of'],
        Array.from({ length: 600 }, (_, i) => [['b', 'a', 'true', 'c', 'c', 'c'][i % 6] ?? 'c']),
        [['c'], ['c'], ['b']],
      ),
      options,
    );
    const { reference } = JSON.parse(JSON.stringify(measures)).of;
    expect(reference.categories.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      'category 1',
      'category 2',
      'category 3',
      'true',
    ]);
    expect(reference.categories[0]).toMatchObject({ name: 'category 3', share: 0.5 });
  });

  test('name categories with samples: show only', () => {
    expect(JSON.stringify(featureChecks(comparisons, options).measures)).not.toContain('town1');
    expect(JSON.stringify(featureChecks(comparisons, { ...options, samples: 'show' }).measures)).toContain(
      'town1',
    );
  });
});

test('without drift, warn and fail together stay within the error rate', () => {
  const columns = ['normal', 'lognormal', 'nulls', 'integers', 'binary', 'zipf', 'rare'];
  const zipf = Array.from({ length: 40 }, (_, i) => 1 / (i + 1));
  const total = zipf.reduce((sum, share) => sum + share, 0);
  const shares = zipf.map((share) => share / total);
  const law: Law = (r) => [
    normal(r),
    Math.exp(normal(r)),
    r.uniform() < 0.02 ? null : normal(r),
    r.below(5),
    r.uniform() < 0.1,
    `z${pick(r, shares)}`,
    r.uniform() < 0.01 ? `v${r.below(200)}` : 'usual',
  ];
  const random = randomFrom(11);
  let alarms = 0;
  const runs = 200;
  for (let run = 0; run < runs; run += 1) {
    const comparisons = compared(columns, sample(law, 400, random), sample(law, 168, random));
    const { checks } = featureChecks(comparisons, options);
    if (checks.some(({ status }) => status === 'warn' || status === 'fail')) alarms += 1;
  }
  // 5 % of 200 and twice the standard error of such a count.
  expect(alarms).toBeLessThanOrEqual(10 + 6);
});
