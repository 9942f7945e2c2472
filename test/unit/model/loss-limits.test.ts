import { describe, expect, test } from '@jest/globals';
import { compareRows } from '../../../shared/model/compare.ts';
import { type LossTerms, limitLosses, lossProblems } from '../../../shared/model/loss-limits.ts';
import type { Metric } from '../../../shared/model/metric.ts';
import { isProblem, metricNamed } from '../../../shared/model/metrics.ts';
import type { JudgedRows } from '../../../shared/model/predictions.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { csv, judgedOf, normals, regression } from './helpers.ts';

function metricOf(name: string): Metric {
  const found = metricNamed(name, 'test');
  if (isProblem(found)) throw new TypeError(found.what);
  return found;
}

function limited(name: string, judged: JudgedRows, terms: Partial<LossTerms>) {
  const { metrics, checks } = limitLosses(new Map([[name, metricOf(name)]]), judged, {
    bounds: {},
    ...terms,
  });
  return { metric: metrics.get(name) ?? metricOf(name), checks };
}

function comparison(judged: JudgedRows, metric: Metric, margin: number) {
  if (judged.production === undefined) throw new TypeError('there is no production');
  return compareRows(judged.candidate, judged.production, {
    ...{ metric, alpha: 0.05, binding: 'bound', sampling: { draws: 400, seed: 7 } },
    margin: { kind: 'absolute', value: margin },
  });
}

describe('a limit that is stated', () => {
  test('gives bounds to few rows, which have none without it', async () => {
    const judged = await regression(200, [5, 5.1]);
    for (const name of ['mae', 'rmse']) {
      expect(comparison(judged, metricOf(name), 3).check.status).toBe('inconclusive');
      for (const terms of [{ bounds: { [name]: 25 } }, { range: [20, 200] as const }]) {
        const { metric, checks } = limited(name, judged, terms);
        const { check, reading } = comparison(judged, metric, terms.range === undefined ? 4 : 40);
        expect(checks.map(({ status }) => status)).toEqual(['pass']);
        expect(reading).toBe('not-worse');
        expect(check).toMatchObject({
          status: 'pass',
          evidence: { method: expect.stringContaining('betting') },
        });
        expect(check.evidence?.estimate).toBeCloseTo(
          comparison(judged, metricOf(name), 3).check.evidence?.estimate ?? 0,
          10,
        );
      }
    }
  });

  test('is a fault if a row goes beyond it, with its place, for every model', async () => {
    const rows = Array.from({ length: 400 }, (_, id) => ({ id, label: 10 + (id % 7) }));
    const of = (error: (id: number) => number) =>
      csv(rows.map(({ id, label }) => ({ id, label, prediction: label + error(id) })));
    const judged = await judgedOf(
      { candidate: of((id) => (id === 4 ? 60 : 1 + (id % 3))), production: of((id) => (id === 8 ? -90 : 1)) },
      { task: 'regression' },
    );
    const bound = limited('mae', judged, { bounds: { mae: 50 } });
    expect(bound.checks).toMatchObject([
      {
        id: 'predictions.loss-bound',
        status: 'fail',
        observed: 2,
        message: expect.stringMatching(/1 of candidate, 1 of production.*up to 90/),
        locations: [{ file: 'candidate.csv', line: 6 }, { line: 10 }],
      },
    ]);
    expect(comparison(judged, bound.metric, 100).check.status).toBe('inconclusive');
    const range = limited('rmse', judged, { range: [0, 60] });
    expect(range.checks).toMatchObject([{ id: 'predictions.target-range', status: 'fail', observed: 2 }]);
  });

  test('from the range of the target is the greatest loss within it', () => {
    const greatest = (name: string, low: number, high: number) =>
      metricOf(name).unlimited?.greatest?.([low, high]) ?? Number.NaN;
    expect(greatest('mae', -5, 20)).toBe(25);
    expect(greatest('rmse', -5, 20)).toBe(25);
    expect(greatest('mse', -5, 20)).toBe(625);
    expect(greatest('mean_pinball_loss@0.9', 0, 10)).toBeCloseTo(9, 12);
    expect(greatest('mape', 2, 10)).toBe(4);
    expect(greatest('mape', -1, 10)).toBe(Infinity);
    expect(Number.isFinite(greatest('mean_poisson_deviance', 0, 10))).toBe(false);
    expect(greatest('mean_poisson_deviance', 1, 10)).toBeCloseTo(2 * (10 * Math.log(10) - 9), 12);
    expect(metricOf('r2').unlimited).toBeUndefined();
    expect(metricOf('smape').unlimited).toBeUndefined();
  });

  test('of a log loss is what clipped probabilities allow', async () => {
    const random = randomFrom(9);
    const rows = Array.from({ length: 200 }, (_, id) => ({ id, label: id % 2 }));
    const of = () =>
      csv(
        rows.map(({ id, label }) => {
          const score = Math.min(
            0.99,
            Math.max(0.01, label === 1 ? 0.8 + random.uniform() / 4 : random.uniform() / 4),
          );
          return { id, label, score, prediction: label };
        }),
      );
    const judged = await judgedOf(
      { candidate: of(), production: of() },
      { positiveLabel: '1', probabilities: true },
    );
    const { metric, checks } = limited('log_loss', judged, { bounds: { log_loss: -Math.log(0.01) } });
    expect(checks).toMatchObject([{ status: 'pass' }]);
    expect(comparison(judged, metric, 0.2).reading).toBe('not-worse');
    expect(comparison(judged, metricOf('log_loss'), 0.2).reading).toBe('unknown');
  });
});

test('losses are clipped at a quantile of production’s, and the message says so', async () => {
  const normal = normals(randomFrom(3));
  const rows = Array.from({ length: 1000 }, (_, id) => ({ id, label: 0 }));
  const of = (error: (id: number) => number) =>
    csv(rows.map(({ id, label }) => ({ id, label, prediction: label + error(id) })));
  const judged = await judgedOf(
    { candidate: of((id) => normal() + (id < 3 ? 500 : 0)), production: of(() => normal()) },
    { task: 'regression' },
  );
  expect(comparison(judged, metricOf('mae'), 0.2).check.status).toBe('inconclusive');
  const { metric } = limited('mae', judged, { clip: 0.99 });
  const { check } = comparison(judged, metric, 0.2);
  expect(check.status).toBe('pass');
  expect(check.message).toMatch(
    /of losses clipped at [23](\.\d)?, which is at least the 0\.99 quantile of production’s/,
  );
});

describe('the clip', () => {
  const errorsOf = (errors: readonly number[]): JudgedRows['candidate'] => ({
    ...{ task: 'regression', n: errors.length, truth: new Float64Array(errors.length) },
    predicted: Float64Array.from(errors),
  });
  const judgedOn = (production: readonly number[], weights?: Float64Array): JudgedRows => {
    const rows = { ...errorsOf(production), ...(weights === undefined ? {} : { weights }) };
    return {
      task: 'regression',
      n: production.length,
      candidate: rows,
      production: rows,
    } as unknown as JudgedRows;
  };
  const limitOf = (judged: JudgedRows, clip: number): number => {
    const { metric } = limited('mae', judged, { clip });
    const statistic = metric.statistic(judged.candidate);
    return statistic.kind === 'mean' ? (statistic.range?.[1] ?? Number.NaN) : Number.NaN;
  };

  test('is nowhere if the rows do not show where the quantile lies, and the message says so', () => {
    const few = judgedOn(Array.from({ length: 458 }, (_, i) => i));
    expect(limitOf(few, 0.99)).toBe(Infinity);
    const { metric } = limited('mae', few, { clip: 0.99 });
    expect(metric.estimand).toMatch(
      /nothing is clipped, because 458 rows do not show.*loss-clip: 0\.989 is the most/,
    );
    expect(limitOf(few, 0.989)).toBe(460);
    expect(limitOf(judgedOn(Array.from({ length: 459 }, (_, i) => i)), 0.99)).toBe(460);
    // A few rows carry all of the weight.
    const heavy = new Float64Array(1000).map((_, i) => (i < 50 ? 1000 : 1));
    expect(
      limitOf(
        judgedOn(
          Array.from({ length: 1000 }, (_, i) => i),
          heavy,
        ),
        0.99,
      ),
    ).toBe(Infinity);
    expect(
      limitOf(
        judgedOn(
          Array.from({ length: 1000 }, (_, i) => i),
          heavy.fill(3),
        ),
        0.99,
      ),
    ).toBe(1000);
  });

  test('lies below the quantile of the law in at most 1 % of samples, also at a jump of the law', () => {
    const random = randomFrom(41);
    let below = 0;
    const runs = 2000;
    // The 0.99 quantile is 100: production errs by that in 1.2 % of rows, and by little elsewhere.
    for (let run = 0; run < runs; run++) {
      const errors = Array.from({ length: 1000 }, () => (random.uniform() < 0.012 ? 100 : random.uniform()));
      if (limitOf(judgedOn(errors), 0.99) < 100) below += 1;
    }
    expect(below / runs).toBeLessThan(0.016);
  });
});

test('terms that do not fit the metrics are refused', () => {
  const known = ['mae', 'r2', 'accuracy'].map(metricOf);
  const said = (terms: Partial<LossTerms>) =>
    lossProblems(known, { bounds: {}, ...terms }).map(({ what, where }) => `${where}: ${what}`);
  expect(said({ bounds: { mae: 5 } })).toEqual([]);
  expect(said({ bounds: { rmse: 5 } })).toEqual(['input loss-bound: rmse is not a metric that is judged']);
  expect(said({ bounds: { r2: 5 } })[0]).toContain('no loss of r2');
  expect(said({ bounds: { mae: 5 }, clip: 0.99 })[0]).toContain('input loss-clip: cannot be combined');
});
