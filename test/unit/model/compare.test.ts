import { describe, expect, test } from '@jest/globals';
import type { Margin } from '../../../shared/inputs/kinds.ts';
import { compareRows } from '../../../shared/model/compare.ts';
import { METRICS } from '../../../shared/model/metrics.ts';
import type { JudgedRows } from '../../../shared/model/predictions.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { classifiers, csv, judgedOf, normals, regression } from './helpers.ts';

function comparison(judged: JudgedRows, name: string, margin: number | `${number}%`, draws = 400) {
  const metric = Object.values(METRICS)
    .flat()
    .find((known) => known.name === name)!;
  const parsed: Margin =
    typeof margin === 'number'
      ? { kind: 'absolute', value: margin }
      : { kind: 'relative', value: Number.parseFloat(margin) / 100 };
  const { candidate, production, clusters } = judged;
  if (production === undefined) throw new TypeError('there is no production');
  const sampling = { draws, seed: 7, ...(clusters === undefined ? {} : { clusters }) };
  return compareRows(candidate, production, {
    metric,
    margin: parsed,
    sampling,
    alpha: 0.05,
    binding: 'declared',
  });
}

describe('accuracy, by Tango’s interval', () => {
  test('a clear gain is better', async () => {
    const found = comparison(await classifiers(1000, 60, 10), 'accuracy', 0.01);
    expect(found.reading).toBe('better');
    expect(found.check).toMatchObject({
      id: 'comparison.accuracy',
      status: 'pass',
      evidence: { estimate: expect.closeTo(0.05, 12), n: 1000, margin: 0.01 },
    });
    expect(found.measures).toMatchObject({ candidate_only_correct: 60, production_only_correct: 10 });
  });

  test('equal models on enough rows are not worse', async () => {
    const found = comparison(await classifiers(3000, 40, 40), 'accuracy', 0.01);
    expect(found.reading).toBe('not-worse');
    expect(found.check.status).toBe('pass');
  });

  test('equal models on few rows are unknown, and say how many labels would decide', async () => {
    const found = comparison(await classifiers(300, 6, 6), 'accuracy', 0.01);
    expect(found.reading).toBe('unknown');
    expect(found.check.status).toBe('inconclusive');
    // (1.645 + 0.842)² · 0.04 / 0.01² = 2,473 rows, of which there are 300.
    expect(found.needed).toBe(2474);
    expect(found.check.message).toContain('2174 more labelled rows');
    expect(found.detectable).toBeGreaterThan(0.01);
    expect(found.check.message).toContain('smallest loss that these rows can show is 0.0');
  });

  test('the smallest loss that the rows can show grows as the error rate falls', async () => {
    const found = comparison(await classifiers(300, 6, 6), 'accuracy', 0.01);
    expect(found.detectableAt?.(0.05)).toBeCloseTo(found.detectable ?? 0, 9);
    expect(found.detectableAt?.(0.001)).toBeGreaterThan(1.3 * (found.detectable ?? 0));
  });

  test('a loss of just the margin is told from it by no number of rows', async () => {
    const found = comparison(await classifiers(4000, 100, 140), 'accuracy', 0.01);
    expect(found.reading).toBe('unknown');
    expect(found.needed).toBeUndefined();
  });

  test('a few wins are not gain that an exact test would show', async () => {
    // Of three rows that differ the candidate has all: P(Bin(3, 1/2) >= 3) = 0.125.
    const few = await classifiers(20, 3, 0);
    expect(comparison(few, 'accuracy', 0.2)).toMatchObject({ reading: 'not-worse' });
    expect(comparison(few, 'accuracy', 0)).toMatchObject({
      reading: 'unknown',
      check: { status: 'inconclusive' },
    });
    expect(comparison(await classifiers(20, 0, 3), 'accuracy', 0)).toMatchObject({ reading: 'unknown' });
    expect(comparison(await classifiers(20, 6, 0), 'accuracy', 0)).toMatchObject({ reading: 'better' });
    expect(comparison(await classifiers(20, 0, 6), 'accuracy', 0)).toMatchObject({ reading: 'worse' });
  });

  test('a clear loss is worse', async () => {
    const found = comparison(await classifiers(1000, 5, 80), 'accuracy', 0.01);
    expect(found).toMatchObject({ reading: 'worse', check: { status: 'fail' } });
  });

  test('models that agree on a few rows are unknown: no disagreement seen is not none', async () => {
    expect(comparison(await classifiers(50, 0, 0), 'accuracy', 0.01).reading).toBe('unknown');
  });

  test('a relative margin is of the ratio of both shares', async () => {
    const found = comparison(await classifiers(3000, 40, 40), 'accuracy', '2%');
    expect(found).toMatchObject({ reading: 'not-worse', check: { expected: { margin: '2%' } } });
    expect(found.check.evidence?.method).toContain('ratio of paired shares');
    expect(found.margin).toBeCloseTo(0.02 * (2960 / 3000), 12);
    expect(comparison(await classifiers(100, 3, 3), 'accuracy', '2%').reading).toBe('unknown');
    expect(comparison(await classifiers(3000, 0, 120), 'accuracy', '2%').reading).toBe('worse');
  });
});

describe('mean losses without a known range, by resampled sums', () => {
  test('are near the t interval of the differences', async () => {
    // d = 1, 2, …, 400: mean 200.5, sd 115.6, t(.95, 399) = 1.6487: bounds 200.5 ± 9.5298.
    const rows = Array.from({ length: 400 }, (_, i) => ({
      id: i,
      label: 0.5,
      production: 0.5 + 50 + i + 1,
      candidate: 0.5 + 50,
    }));
    const of = (model: 'candidate' | 'production') =>
      csv(rows.map((row) => ({ id: row.id, label: row.label, prediction: row[model] })));
    const judged = await judgedOf({ candidate: of('candidate'), production: of('production') });
    const { reading, check } = comparison(judged, 'mae', 1, 4000);
    expect(reading).toBe('better');
    expect(check.evidence?.estimate).toBeCloseTo(200.5, 10);
    expect(Math.abs((check.evidence?.interval?.[0] ?? 0) - (200.5 - 9.5298))).toBeLessThan(0.5);
    expect(Math.abs((check.evidence?.interval?.[1] ?? 0) - (200.5 + 9.5298))).toBeLessThan(0.5);
  });

  test('a relative margin is judged on the contrast, and says so', async () => {
    const { reading, check } = comparison(await regression(600, [5, 5]), 'mae', '20%');
    expect(reading).toBe('not-worse');
    expect(check.expected).toEqual({ margin: '20%' });
    expect(check.evidence?.margin).toBeCloseTo(0.2 * 4, 0);
  });

  test('few rows decide nothing, and what would is said', async () => {
    for (const name of ['mae', 'mse', 'rmse', 'mape']) {
      const { check, reading } = comparison(await regression(299, [2, 20]), name, 1);
      expect(reading).toBe('unknown');
      expect(check).toMatchObject({
        status: 'inconclusive',
        message: expect.stringContaining('at least 300 are needed'),
        fix: expect.stringMatching(/loss-bound.*target-range.*more rows.*loss-clip/),
      });
    }
  });

  test('the greatest error of a sample bounds nothing', async () => {
    const { check } = comparison(await regression(1000, [5, 5]), 'max_error', 50);
    expect(check).toMatchObject({
      status: 'inconclusive',
      message: expect.stringContaining('no sample can bound max_error'),
    });
  });

  test('a visible tail of losses decides nothing', async () => {
    const normal = normals(randomFrom(5));
    const rows = Array.from({ length: 600 }, (_, id) => ({
      id,
      label: 0.5,
      good: 0.5 + normal(),
      bad: 0.5 + Math.exp(1.5 * normal()),
    }));
    const of = (model: 'good' | 'bad') =>
      csv(rows.map((row) => ({ id: row.id, label: row.label, prediction: row[model] })));
    const judged = await judgedOf({ candidate: of('bad'), production: of('good') });
    for (const name of ['mae', 'rmse']) {
      const { check } = comparison(judged, name, 10);
      expect(check).toMatchObject({ status: 'inconclusive', fix: expect.stringContaining('loss-bound') });
      expect(check.message).toMatch(/a few of 600 rows make most of the spread|rests on about \d+ rows/);
    }
  });

  test('models that differ on too few of a few rows are unknown', async () => {
    const rows = Array.from({ length: 40 }, (_, id) => ({ id, label: id, prediction: id }));
    const judged = await judgedOf(
      {
        candidate: csv(rows),
        production: csv(
          rows.map((row) => ({ ...row, prediction: row.id + (row.id < 4 ? 1 + row.id / 9 : 0) })),
        ),
      },
      { task: 'regression' },
    );
    const found = comparison(judged, 'mae', 0.1);
    expect(found.reading).toBe('unknown');
    expect(found.check.message).toContain('differ on only 4 of 40 rows');
  });

  test('a worse model is worse, and noise is unknown', async () => {
    expect(comparison(await regression(400, [12, 5]), 'mae', 1).reading).toBe('worse');
    expect(comparison(await regression(40, [5, 5]), 'mae', 0.1).reading).toBe('unknown');
  });

  test('models that agree on all of a few rows are unknown; on many, not worse', async () => {
    const same = async (n: number) => {
      const judged = await regression(n, [5, 5]);
      return { ...judged, production: { ...judged.candidate } };
    };
    expect(comparison(await same(100), 'mae', 1).reading).toBe('unknown');
    const many = comparison(await same(400), 'mae', 1);
    expect(many).toMatchObject({ reading: 'not-worse', check: { status: 'pass' } });
    expect(many.check.evidence?.method).toContain('agreement on every row');
    // A relative margin leaves room for the same models as well.
    expect(comparison(await same(400), 'mae', '10%')).toMatchObject({ reading: 'not-worse' });
  });

  test('a share of a baseline of zero is not a margin', async () => {
    const judged = await regression(50, [5, 0]);
    const found = comparison(judged, 'mae', '5%');
    expect(found.reading).toBe('unknown');
    expect(found.check.message).toContain('is 0, so a share of it is not a margin');
  });

  test('clusters widen the bounds', async () => {
    const judged = await regression(400, [5, 5]);
    const clusters = { of: Int32Array.from({ length: 400 }, (_, i) => Math.floor(i / 10)), count: 40 };
    // Errors that all rows of a cluster share.
    const shifted = judged.candidate.task === 'regression' ? judged.candidate.predicted : new Float64Array();
    shifted.forEach((value, i) => {
      shifted[i] = value + 20 * Math.sin(Math.floor(i / 10) * 7);
    });
    const width = (found: JudgedRows) => {
      const [low, high] = comparison(found, 'mae', 1).check.evidence?.interval ?? [];
      return (high ?? 0) - (low ?? 0);
    };
    expect(width({ ...judged, clusters })).toBeGreaterThan(1.8 * width(judged));
  });
});

describe('other metrics, by the seeded bootstrap', () => {
  test('the same rows give the same bounds', async () => {
    const [one, other] = [await regression(400, [5, 6]), await regression(400, [5, 6])];
    const [first, second] = [comparison(one, 'rmse', 0.5), comparison(other, 'rmse', 0.5)];
    expect(first.check).toEqual(second.check);
    expect(first.check.evidence?.method).toMatch(/bootstrap.*400 draws.*seeded by the test set’s digest/);
  });

  test('a share of a negative baseline is not a margin; a gain over it is one all the same', async () => {
    // Production is worse than the mean: r2 < 0.
    const [gained, lost] = [await regression(300, [5, 40]), await regression(300, [45, 40])];
    expect(comparison(gained, 'r2', '10%')).toMatchObject({ reading: 'better' });
    const found = comparison(lost, 'r2', '10%');
    expect(found.reading).toBe('unknown');
    expect(found.check.message).toContain('a share of it is not a margin');
  });

  test('an undefined metric is inconclusive, never zero', async () => {
    const judged = await judgedOf({
      candidate: 'id,label,prediction\n1,0,0\n2,0,0\n3,0,0\n',
      production: 'id,label,prediction\n1,0,0\n2,0,0\n3,0,0\n',
    });
    const { check, reading } = comparison(judged, 'recall', 0.1);
    expect(reading).toBe('unknown');
    expect(check).toMatchObject({ status: 'inconclusive', observed: null });
    expect(check.message).toContain('undefined, for no label is positive');
    expect(check.evidence?.estimate).toBeUndefined();
  });
});

test('“worse” of several metrics is split over them, and “not worse” is not', async () => {
  const judged = await classifiers(1000, 20, 43);
  const { candidate, production } = judged;
  const { metric } = {
    metric: Object.values(METRICS)
      .flat()
      .find(({ name }) => name === 'accuracy')!,
  };
  const of = (tests: number) =>
    compareRows(candidate, production!, {
      ...{ metric, margin: { kind: 'absolute', value: 0.01 }, alpha: 0.05, binding: 'declared', tests },
      sampling: { draws: 400, seed: 1 },
    });
  expect([of(1).reading, of(20).reading]).toEqual(['worse', 'unknown']);
  expect(of(1).check.evidence?.interval).toEqual(of(20).check.evidence?.interval);
});

test('an anchor has a check of its own', async () => {
  const { candidate, production } = await classifiers(3000, 40, 40);
  const metric = Object.values(METRICS)
    .flat()
    .find(({ name }) => name === 'accuracy')!;
  const found = compareRows(candidate, production!, {
    ...{
      metric,
      margin: { kind: 'absolute', value: 0.01 },
      alpha: 0.05,
      binding: 'bound',
      baseline: 'anchor',
    },
    sampling: { draws: 400, seed: 1 },
  });
  expect(found.check).toMatchObject({ id: 'anchor.accuracy', status: 'pass' });
  expect(found.check.message).toContain('not worse than the anchor');
});

test('false accepts at the margin keep their level', async () => {
  // Candidate errors are larger by exactly the margin; "not worse" may be said in 5 % of histories.
  const accepted = { mae: 0 };
  const histories = 100;
  const random = randomFrom(11);
  const normal = normals(random);
  const n = 300;
  const template = await regression(n, [1, 1]);
  const at = new Float64Array(n);
  for (let history = 0; history < histories; history += 1) {
    const rows = (predicted: Float64Array) => ({ task: 'regression' as const, n, truth: at, predicted });
    const base = Float64Array.from({ length: n }, () => 10 + normal());
    const judged = {
      ...template,
      production: rows(base),
      candidate: rows(base.map((value) => value + 0.3 + normal())),
    };
    const { reading } = comparison(judged, 'mae', 0.3, 200);
    if (reading === 'better' || reading === 'not-worse') accepted.mae += 1;
  }
  expect(accepted.mae / histories).toBeLessThan(0.12);
  expect(accepted.mae / histories).toBeGreaterThan(0);
});
