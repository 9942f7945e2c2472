import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  type FairnessOptions,
  GROUP_DIFFERENCES,
  GROUP_RATIOS,
  judgeFairness,
} from '../../../shared/model/fairness/fairness.ts';
import { judgeGroups } from '../../../shared/model/fairness/judge.ts';
import { disparityOf, groupCells, RATES, rateOf } from '../../../shared/model/fairness/rates.ts';
import { type LossTerms, limitLosses } from '../../../shared/model/loss-limits.ts';
import type { Metric } from '../../../shared/model/metric.ts';
import { meanAbsoluteError } from '../../../shared/model/metrics/regression.ts';
import type { JudgedRows } from '../../../shared/model/predictions.ts';
import type { ClassificationRows } from '../../../shared/model/rows.ts';
import { declaredSlices } from '../../../shared/model/slices.ts';
import type { CodedTexts } from '../../../shared/model/text-column.ts';
import { type Random, randomFrom } from '../../../shared/stats/random.ts';

interface Case {
  readonly name: string;
  readonly truth: string;
  readonly predicted: string;
  readonly columns: readonly (readonly string[])[];
  readonly by_group: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly disparities: Readonly<Record<string, number | null>>;
  readonly all_zero: readonly string[];
}

const { cases } = JSON.parse(readFileSync('test/fixtures/fairness-oracle.json', 'utf8')) as { cases: Case[] };

function coded(values: readonly string[]): CodedTexts {
  const names = [...new Set(values)];
  const places = new Map(names.map((name, place) => [name, place]));
  return { names, codes: Int32Array.from(values, (value) => places.get(value) ?? -1) };
}

function groupsOf(columns: readonly (readonly string[])[]) {
  const names = columns.map((_column, i) => `c${i}`);
  const spec = { name: names.join(' * '), kind: 'values' as const, columns: names };
  return declaredSlices(spec, columns[0]?.length ?? 0, (name) => coded(columns[names.indexOf(name)] ?? []));
}

function rowsOf(truth: ArrayLike<number>, predicted: ArrayLike<number>): ClassificationRows {
  return {
    task: 'classification',
    n: truth.length,
    classes: ['0', '1'],
    truth: Int32Array.from(truth),
    predicted: Int32Array.from(predicted),
    positive: 1,
  };
}

const digits = (text: string) => Array.from(text, Number);

/** Agreement to 1e-12; undefined is NaN, never a number. */
function expectClose(found: number, expected: number | null | undefined, what: string): void {
  if (expected === undefined) throw new Error(`the oracle has no ${what}`);
  const far = expected === null ? !Number.isNaN(found) : !(Math.abs(found - expected) <= 1e-12);
  if (far) throw new Error(`${what}: ${found} is not ${expected}`);
}

describe('rates, differences and ratios are Fairlearn’s', () => {
  for (const { name, truth, predicted, columns, by_group, disparities, all_zero } of cases) {
    test(name, () => {
      const slices = groupsOf(columns);
      const groups = groupCells(rowsOf(digits(truth), digits(predicted)), undefined, slices);
      expect(groups.map(({ value }) => value)).toEqual(Object.keys(by_group).sort());
      for (const { value, counts } of groups) {
        for (const rate of RATES)
          expectClose(rateOf(rate, counts, 'candidate'), by_group[value]?.[rate], `${rate} of ${value}`);
      }
      const counts = groups.map((group) => group.counts);
      for (const disparity of [...GROUP_DIFFERENCES, ...GROUP_RATIOS]) {
        if (all_zero.includes(disparity)) continue;
        expectClose(disparityOf(disparity, counts, 'candidate'), disparities[disparity], disparity);
      }
    });
  }

  test('equal rates of zero are not a disparity, where Fairlearn divides zero by zero', () => {
    const groups = [Float64Array.of(5, 5, 0, 0, 0, 0, 0, 0), Float64Array.of(5, 5, 0, 0, 0, 0, 0, 0)];
    expect(disparityOf('demographic_parity_ratio', groups, 'candidate')).toBe(1);
    expect(disparityOf('equalized_odds_difference', groups, 'candidate')).toBe(0);
  });
});

/** By group: rows, half of them positive, and how many positives and negatives each model selects. */
type Group = readonly [
  n: number,
  candidate: readonly [number, number],
  production?: readonly [number, number],
];

function modelsOf(groups: readonly Group[]) {
  const truth: number[] = [];
  const models: { candidate: number[]; production: number[] } = { candidate: [], production: [] };
  const names: string[] = [];
  groups.forEach(([n, ours, theirs = ours], g) => {
    for (let i = 0; i < n; i++) {
      const positive = i < n / 2;
      truth.push(positive ? 1 : 0);
      const selects = ([tp, fp]: readonly [number, number]) => ((positive ? i < tp : i - n / 2 < fp) ? 1 : 0);
      models.candidate.push(selects(ours));
      models.production.push(selects(theirs));
      names.push(`group ${g}`);
    }
  });
  return {
    candidate: rowsOf(truth, models.candidate),
    production: rowsOf(truth, models.production),
    groups: groupsOf([names]),
  };
}

function judged(
  groups: readonly Group[],
  limits: Partial<FairnessOptions['limits']>,
  options: Partial<FairnessOptions> = {},
) {
  const models = modelsOf(groups);
  return judgeFairness(models.candidate, models.production, {
    ...{ column: 'sex', groups: models.groups, showValues: true, minSize: 30, alpha: 0.05 },
    loss: meanAbsoluteError,
    sampling: { draws: 400, seed: 3 },
    binding: 'declared',
    ...options,
    limits: { difference: 'equalized_odds_difference', ratio: 'demographic_parity_ratio', ...limits },
  });
}

const statusOf = (groups: readonly Group[], limits: Partial<FairnessOptions['limits']>) =>
  judged(groups, limits).checks.map(({ status }) => status);

describe('a largest difference', () => {
  const max = { maxDifference: 0.1 };

  test('passes within it, fails beyond it, and is inconclusive if rows are few', () => {
    expect(
      judged(
        [
          [4000, [1000, 100]],
          [4000, [1010, 110]],
        ],
        max,
      ).checks,
    ).toMatchObject([
      { id: 'fairness.difference', status: 'pass', target: { column: 'sex' }, expected: { max: 0.1 } },
    ]);
    expect(
      statusOf(
        [
          [1000, [400, 50]],
          [1000, [200, 50]],
        ],
        max,
      ),
    ).toEqual(['fail']);
    expect(
      statusOf(
        [
          [80, [20, 5]],
          [80, [22, 5]],
        ],
        max,
      ),
    ).toEqual(['inconclusive']);
  });

  test('is inconclusive with a small group, unless the others exceed it already', () => {
    const small = judged(
      [
        [4000, [1000, 100]],
        [4000, [1000, 100]],
        [20, [5, 1]],
      ],
      max,
    ).checks;
    expect(small).toMatchObject([
      { status: 'inconclusive', message: expect.stringContaining('1 of 3 groups have fewer than 30 rows') },
    ]);
    expect(
      statusOf(
        [
          [1000, [400, 50]],
          [1000, [100, 50]],
          [20, [5, 1]],
        ],
        max,
      ),
    ).toEqual(['fail']);
  });

  test('is inconclusive, never zero, if a rate is undefined', () => {
    const { candidate, groups } = modelsOf([
      [100, [20, 5]],
      [100, [20, 5]],
    ]);
    const rows = { ...candidate, truth: candidate.truth.map((label, i) => (i >= 100 ? 0 : label)) };
    const { checks, measures } = judgeFairness(rows, undefined, {
      ...{ column: 'sex', groups, showValues: true, minSize: 30, alpha: 0.05, binding: 'declared' },
      ...{ sampling: { draws: 400, seed: 3 }, loss: meanAbsoluteError },
      limits: { difference: 'equalized_odds_difference', ratio: 'demographic_parity_ratio', ...max },
    });
    expect(checks).toMatchObject([
      { status: 'inconclusive', observed: null, message: expect.stringContaining('undefined in a group') },
    ]);
    expect(measures.candidate).not.toHaveProperty('equalized_odds_difference');
    expect(measures.candidate?.['group 1']).not.toHaveProperty('true_positive_rate');
  });

  test('is inconclusive with one group', () => {
    expect(statusOf([[100, [20, 5]]], max)).toEqual(['inconclusive']);
  });

  test('of ten thousand groups is found without a look at every pair', () => {
    const random = randomFrom(8);
    const groups = Array.from({ length: 10_000 }, (_, g) => {
      const counts = Float64Array.from({ length: 8 }, (_, cell) =>
        ((cell >> 1) & 1) === cell >> 2 ? 20 + random.below(30) : 0,
      );
      return { value: `${g}`, n: counts.reduce((sum, count) => sum + count, 0), counts };
    });
    const column = {
      column: 'g',
      hasProduction: true,
      minSize: 30,
      alpha: 0.05,
      binding: 'declared',
    } as const;
    const before = process.cpuUsage();
    const checks = judgeGroups(
      { ...column, groups },
      {
        difference: 'equalized_odds_difference',
        ratio: 'demographic_parity_ratio',
        ...max,
        minRatio: 0.8,
        maxChange: 0.1,
      },
    );
    const { user } = process.cpuUsage(before);
    expect(checks[0]).toMatchObject({ observed: expect.any(Number), evidence: { n: expect.any(Number) } });
    expect(checks.every(({ status }) => status !== 'pass')).toBe(true);
    // 5 s of CPU are the limit for all that is done with such a column; here five times that.
    expect(user / 1e6).toBeLessThan(25);
  });

  test('at the level of a used test set is wider, not undecided', () => {
    const groups = [
      [40_000, [10_000, 1000]],
      [40_000, [10_000, 1000]],
    ] as const;
    const [check] = judged(groups, max, { alpha: 1e-7 }).checks;
    expect(check).toMatchObject({ status: 'pass' });
    const [usual] = judged(groups, max).checks;
    const upper = (found: typeof check) => found?.evidence?.interval?.[1] ?? 0;
    expect(upper(check)).toBeGreaterThan(2.5 * upper(usual));
  });

  test('of groups whose rates are all zero is not known to be zero', () => {
    const groups = [
      [60, [0, 0]],
      [60, [0, 0]],
    ] as const;
    // None of 30 positives is at most 9.5 %.
    expect(statusOf(groups, { maxDifference: 0.09 })).toEqual(['inconclusive']);
    expect(statusOf(groups, { maxDifference: 0.1 })).toEqual(['pass']);
  });
});

describe('a smallest ratio', () => {
  test('of four fifths is shown, refuted or open, with its caveat', () => {
    const min = { minRatio: 0.8 };
    const [held] = judged(
      [
        [4000, [1800, 100]],
        [4000, [1780, 100]],
      ],
      min,
    ).checks;
    expect(held).toMatchObject({ id: 'fairness.ratio', status: 'pass', expected: { min: 0.8 } });
    expect(held?.message).toContain('neither a test nor a legal finding');
    expect(
      statusOf(
        [
          [1000, [400, 50]],
          [1000, [200, 50]],
        ],
        min,
      ),
    ).toEqual(['fail']);
    expect(
      statusOf(
        [
          [80, [20, 5]],
          [80, [22, 5]],
        ],
        min,
      ),
    ).toEqual(['inconclusive']);
  });
});

describe('the change against production', () => {
  test('passes if the candidate is as fair, fails if it is less, and is open without production', () => {
    const limits = { maxChange: 0.1 };
    const fair = [1000, 100] as const;
    expect(
      judged(
        [
          [4000, fair],
          [4000, fair],
        ],
        limits,
      ).checks,
    ).toMatchObject([
      { id: 'fairness.change', status: 'pass', message: expect.stringContaining('against production') },
    ]);
    expect(
      statusOf(
        [
          [2000, [800, 100], [800, 100]],
          [2000, [400, 100], [800, 100]],
        ],
        limits,
      ),
    ).toEqual(['fail']);
    const { candidate, groups } = modelsOf([
      [100, fair],
      [100, fair],
    ]);
    const alone = judgeFairness(candidate, undefined, {
      ...{ column: 'sex', groups, showValues: true, minSize: 30, alpha: 0.05, binding: 'declared' },
      ...{ sampling: { draws: 400, seed: 3 }, loss: meanAbsoluteError },
      limits: { difference: 'equalized_odds_difference', ratio: 'demographic_parity_ratio', ...limits },
    });
    expect(alone.checks).toMatchObject([{ id: 'fairness.change', status: 'inconclusive' }]);
  });

  test('passes if the pair of groups that differs is another one', () => {
    const groups: readonly Group[] = [
      [8000, [2400, 100], [2000, 100]],
      [8000, [2000, 100], [2400, 100]],
      [8000, [2000, 100], [2000, 100]],
    ];
    expect(statusOf(groups, { maxChange: 0.08 })).toEqual(['pass']);
  });

  test('keeps its level if production is fair: the range of its estimates is not', () => {
    const random = randomFrom(3);
    const selects = (p: number, rnd: Random) => (rnd.uniform() < p ? 1 : 0);
    let passed = 0;
    const histories = 8;
    for (let history = 0; history < histories; history++) {
      const [truth, ours, theirs, names] = [[], [], [], []] as [number[], number[], number[], string[]];
      [0.65, 0.35, 0.5, 0.5].forEach((share, g) => {
        for (let i = 0; i < 150; i++) {
          truth.push(i % 2);
          ours.push(selects(share, random));
          theirs.push(selects(0.5, random));
          names.push(`${g}`);
        }
      });
      const checks = judgeGroups(
        {
          ...{
            column: 'g',
            hasProduction: true,
            minSize: 30,
            alpha: 0.05,
            binding: 'declared',
          },
          groups: groupCells(rowsOf(truth, ours), rowsOf(truth, theirs), groupsOf([names])),
        },
        { difference: 'demographic_parity_difference', ratio: 'demographic_parity_ratio', maxChange: 0.3 },
      );
      passed += checks[0]?.status === 'pass' ? 1 : 0;
    }
    // At a level of .05, 4 or more of 8 are as rare as .0004. A change that is resampled passes most of them.
    expect(passed).toBeLessThan(4);
  });
});

describe('measures', () => {
  test('number groups if values are hidden', () => {
    const { measures } = judged(
      [
        [100, [20, 5]],
        [100, [20, 5]],
      ],
      {},
      { showValues: false },
    );
    expect(Object.keys(measures.candidate ?? {})).toEqual(expect.arrayContaining(['group 1', 'group 2']));
    const renamed = modelsOf([
      [100, [20, 5]],
      [100, [20, 5]],
    ]);
    const secret = renamed.groups.map((group) => ({ ...group, value: `secret ${group.value}` }));
    const hidden = judged(
      [
        [100, [20, 5]],
        [100, [20, 5]],
      ],
      { maxDifference: 0.1 },
      { showValues: false, groups: secret },
    );
    expect(JSON.stringify(hidden)).not.toContain('secret');
  });

  test('of regression are mean absolute errors', () => {
    const n = 400;
    const names = Array.from({ length: n }, (_, i) => (i < n / 2 ? 'a' : 'b'));
    const predicted = Float64Array.from({ length: n }, (_, i) => (i < n / 2 ? 1 : 9) + (i % 5));
    const { checks, measures } = judgeFairness(
      { task: 'regression', n, truth: new Float64Array(n), predicted },
      undefined,
      {
        ...{ column: 'sex', groups: groupsOf([names]), showValues: true, minSize: 30, alpha: 0.05 },
        ...{ sampling: { draws: 400, seed: 3 }, loss: meanAbsoluteError },
        binding: 'declared',
        limits: { difference: 'mae_difference', ratio: 'demographic_parity_ratio', maxDifference: 2 },
      },
    );
    expect(measures.candidate).toMatchObject({ a: { n: 200, mae: 3 }, b: { mae: 11 }, mae_difference: 8 });
    expect(checks).toMatchObject([{ status: 'fail', target: { metric: 'mae_difference' } }]);
  });
});

describe('mean absolute errors of groups', () => {
  const maxDifference = 2;

  /** Groups by their errors, which are their predictions: labels are 0. */
  function errorsJudged(groups: readonly (readonly number[])[], terms: Partial<LossTerms> = {}) {
    const predicted = Float64Array.from(groups.flat());
    const n = predicted.length;
    const candidate = { task: 'regression', n, truth: new Float64Array(n), predicted } as const;
    const names = groups.flatMap((errors, g) => errors.map(() => `g${g}`));
    const place = (row: number) => ({ file: 'candidate.csv', line: row + 2 });
    const given = { task: 'regression', n, candidate, place } as unknown as JudgedRows;
    const known = new Map<string, Metric>([['mae', meanAbsoluteError]]);
    const { metrics } = limitLosses(known, given, { bounds: {}, ...terms });
    return judgeFairness(candidate, undefined, {
      ...{ column: 'sex', groups: groupsOf([names]), showValues: true, minSize: 30, alpha: 0.05 },
      ...{ sampling: { draws: 400, seed: 3 }, loss: metrics.get('mae')!, binding: 'bound' },
      limits: { difference: 'mae_difference', ratio: 'demographic_parity_ratio', maxDifference },
    }).checks[0];
  }
  const even = (n: number, from = 1) => Array.from({ length: n }, (_, i) => from + (i % 7) / 10);

  test('of a hundred rows show nothing: the rare large error may not have been drawn', () => {
    expect(errorsJudged([even(100), even(100)])).toMatchObject({
      status: 'inconclusive',
      message: expect.stringMatching(/2 of 2 groups have no bounds.*100 rows.*at least 300 are needed/),
      fix: expect.stringMatching(/^of mae.*loss-bound.*target-range/),
      evidence: { interval: [0, null] },
    });
  });

  test('pass with a limit of the losses, or with rows enough', () => {
    for (const terms of [{ range: [0, 3] as const }, { bounds: { mae: 3 } }]) {
      expect(errorsJudged([even(100), even(100)], terms)).toMatchObject({
        status: 'pass',
        evidence: { method: 'betting bounds of groups, pairs of them by MOVER' },
      });
    }
    // The limit is what decides: with a wide one, as many rows show less.
    expect(errorsJudged([even(100), even(100)], { range: [0, 300] })).toMatchObject({
      status: 'inconclusive',
    });
    expect(errorsJudged([even(300), even(300)])).toMatchObject({ status: 'pass' });
  });

  test('need bounds on either side in every group: one is the first of a pair, and the second of another', () => {
    expect(errorsJudged([even(300), even(299), even(300)])).toMatchObject({ status: 'inconclusive' });
    const tail = even(400).map((error, i) => (i < 40 ? 6 + (i % 9) : error));
    for (const groups of [
      [tail, even(400)],
      [even(400), tail],
    ]) {
      expect(errorsJudged(groups)).toMatchObject({
        status: 'inconclusive',
        message: expect.stringMatching(/1 of 2 groups have no bounds.*make most of the spread/),
      });
    }
    // Errors near a ceiling have their tail below: the group's lower limit is missing.
    const low = even(400, 60).map((error, i) => (i < 4 ? 0 : error));
    expect(errorsJudged([low, even(400, 60)])).toMatchObject({ status: 'inconclusive' });
  });

  test('are clipped where that is asked for, and the message says so', () => {
    const tail = even(1000).map((error, i) => (i < 2 ? 900 : error));
    expect(errorsJudged([tail, even(1000)], { clip: 0.99 })).toMatchObject({
      status: 'pass',
      message: expect.stringMatching(/of losses clipped at 1\.6.*left out/),
    });
  });

  test('are undefined beyond a limit that is stated', () => {
    const beyond = even(400).map((error, i) => (i < 2 ? 900 : error));
    expect(errorsJudged([beyond, even(400)], { bounds: { mae: 3 } })).toMatchObject({
      ...{ status: 'inconclusive', observed: null },
    });
  });

  test('a difference that few rows show is a failure all the same', () => {
    expect(errorsJudged([even(100), even(100, 9)])).toMatchObject({ status: 'fail', evidence: { n: 200 } });
    expect(errorsJudged([even(100, 9), even(100), even(20)])).toMatchObject({ status: 'fail' });
  });

  test('false accepts at the maximum keep their level, with errors that sit in 1 % of the rows', () => {
    const random = randomFrom(17);
    const group = (n: number, disasters: number) =>
      Array.from({ length: n }, () => 1 + random.uniform() + (random.uniform() < disasters ? 200 : 0));
    for (const n of [100, 300]) {
      let passed = 0;
      for (let run = 0; run < 200; run++) {
        // The second group errs by 2 more on average, which is the maximum.
        passed += errorsJudged([group(n, 0), group(n, 0.01)])?.status === 'pass' ? 1 : 0;
      }
      expect(passed).toBeLessThan(0.1 * 200);
    }
  });

  test('of a thousand groups are judged without resamples', () => {
    const groups = Array.from({ length: 1000 }, (_, g) => even(30 + (g % 50)));
    const before = process.cpuUsage();
    expect(errorsJudged(groups)).toMatchObject({ status: 'inconclusive' });
    expect(errorsJudged(groups, { range: [0, 3] })).toMatchObject({ status: 'pass' });
    // Ten thousand groups take 3 s of CPU (outside of the tests); draws at such levels would take hours.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(60);
  });
});
