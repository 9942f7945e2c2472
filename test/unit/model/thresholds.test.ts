import { describe, expect, test } from '@jest/globals';
import { compareAggregates, judgeAggregateConditions } from '../../../shared/model/aggregate.ts';
import { parseConditions } from '../../../shared/model/conditions.ts';
import { leakageCheck } from '../../../shared/model/leakage.ts';
import { METRICS } from '../../../shared/model/metrics.ts';
import { readMetricsFile } from '../../../shared/model/metricsfile.ts';
import type { Judged } from '../../../shared/model/predictions.ts';
import { firstReleaseCheck } from '../../../shared/model/release.ts';
import { judgeThresholds } from '../../../shared/model/thresholds.ts';
import { classifiers, csv, judgedOf, OPTIONS, regression } from './helpers.ts';

function judge(judged: Judged, ...texts: string[]) {
  const thresholds = parseConditions(texts).map((condition) => ({
    condition,
    metric: Object.values(METRICS)
      .flat()
      .find((metric) => metric.name === condition.metric)!,
  }));
  return judgeThresholds(judged, thresholds, {
    sampling: {
      draws: 300,
      digest: judged.digest,
      ...(judged.clusters === undefined ? {} : { clusters: judged.clusters }),
    },
    binding: 'declared',
  });
}

describe('a condition', () => {
  test('on accuracy is decided by Clopper and Pearson’s bounds', async () => {
    // 950 of 1,000: one-sided 95 % bounds .9370 and .9608.
    const judged = await classifiers(1000, 0, 50);
    const { checks, bounds } = judge(
      judged,
      'accuracy >= 0.93',
      'accuracy >= 0.94',
      'accuracy >= 0.97',
      'accuracy < 0.97',
    );
    expect(checks.map((check) => check.status)).toEqual(['pass', 'inconclusive', 'fail', 'pass']);
    const { lower, upper } = bounds.candidate.get('accuracy') ?? {};
    expect(lower).toBeCloseTo(0.937, 3);
    expect(upper).toBeCloseTo(0.9608, 3);
    expect(checks[0]).toMatchObject({
      id: 'condition.accuracy',
      target: { metric: 'candidate.accuracy' },
      evidence: { method: 'Clopper-Pearson', n: 1000 },
    });
  });

  test('on a mean loss is decided by the t interval, and says what would decide', async () => {
    const { checks } = judge(
      await regression(400, [5, 5]),
      'mae <= 5',
      'mae <= 4.05',
      'mae <= 2',
      'production.mae > 2',
    );
    expect(checks.map((check) => check.status)).toEqual(['pass', 'inconclusive', 'fail', 'pass']);
    expect(checks[1]?.evidence?.needed).toBeGreaterThan(400);
    expect(checks[1]?.message).toContain('more labelled rows would decide');
  });

  test('on any other metric is decided by the bootstrap', async () => {
    const { checks } = judge(await regression(400, [5, 5]), 'r2 >= 0.8', 'r2 >= 0.99');
    expect(checks.map((check) => check.status)).toEqual(['pass', 'fail']);
    expect(checks[0]?.evidence?.method).toMatch(/^bootstrap/);
  });

  test('on an undefined metric is inconclusive', async () => {
    const judged = await judgedOf({ candidate: 'id,label,prediction\n1,0,0\n2,0,1\n' });
    expect(judge(judged, 'recall >= 0').checks[0]).toMatchObject({ status: 'inconclusive', observed: null });
  });

  test('on values that do not vary but by rounding is inconclusive', async () => {
    const rows = (predicted: (label: number) => number) =>
      judgedOf(
        {
          candidate: csv(
            Array.from({ length: 200 }, (_, id) => ({
              id,
              label: id + 0.3,
              prediction: predicted(id + 0.3),
            })),
          ),
        },
        { task: 'regression' },
      );
    const { checks } = judge(await rows((label) => label + 0.1), 'mae <= 5', 'rmse <= 5');
    expect(checks.map((check) => check.status)).toEqual(['inconclusive', 'inconclusive']);
  });

  test('rows without weight count for nothing, not even for how sure a bound is', async () => {
    const text = (weightless: number) =>
      csv(
        Array.from({ length: 12 + weightless }, (_, id) => ({
          id,
          label: id,
          prediction: id + (id % 3) / 10,
          w: id < 12 ? 1 : 0,
        })),
      );
    const options = { task: 'regression', columns: { ...OPTIONS.columns, weight: 'w' } } as const;
    const [some, none] = [
      await judgedOf({ candidate: text(500) }, options),
      await judgedOf({ candidate: text(0) }, options),
    ];
    const [left, right] = [judge(some, 'mae <= 1', 'rmse <= 1'), judge(none, 'mae <= 1', 'rmse <= 1')];
    expect(left.checks).toEqual(right.checks);
    expect(left.checks[0]).toMatchObject({ status: 'warn', evidence: { n: 12 } });
  });

  test('on the one cluster that there is is inconclusive, and says so', async () => {
    const judged = await judgedOf(
      {
        candidate: csv(
          Array.from({ length: 60 }, (_, id) => ({ id, label: id, prediction: id + (id % 3), g: 'a' })),
        ),
      },
      { task: 'regression', columns: { ...OPTIONS.columns, cluster: 'g' } },
    );
    const { checks } = judge(judged, 'mae <= 5', 'rmse <= 5');
    expect(checks.map((check) => check.status)).toEqual(['inconclusive', 'inconclusive']);
    for (const { message } of checks)
      expect(message).toContain('1 of clusters cannot show how much they vary');
  });

  test('on production is inconclusive where there is none', async () => {
    const judged = await judgedOf({ candidate: 'id,label,prediction\n1,0,0\n2,0,1\n' });
    expect(judge(judged, 'production.accuracy > 0.1').checks[0]?.status).toBe('inconclusive');
  });
});

describe('metrics files', () => {
  const report = JSON.stringify({
    '0': { precision: 0.9, recall: 0.8, 'f1-score': 0.85, support: 10 },
    '1': { precision: 0.7, recall: 0.6, 'f1-score': 0.65, support: 8 },
    accuracy: 0.72,
    'macro avg': { precision: 0.8, recall: 0.7, 'f1-score': 0.75, support: 18 },
    'weighted avg': { precision: 0.81, recall: 0.71, 'f1-score': 0.76, support: 18 },
  });

  test('are read by dotted path, from JSON and YAML', async () => {
    expect(await readMetricsFile('{"test": {"mae": 3, "name": "x"}, "n": 2}', 'm.json')).toEqual({
      'test.mae': 3,
      n: 2,
    });
    expect(await readMetricsFile('test:\n  mae: 3\n', 'm.yaml')).toEqual({ 'test.mae': 3 });
  });

  test('of scikit-learn’s classification_report give the metrics’ own names', async () => {
    expect(await readMetricsFile(report, 'm.json', '1')).toMatchObject({
      accuracy: 0.72,
      f1_macro: 0.75,
      f1_weighted: 0.76,
      precision: 0.7,
      recall: 0.6,
      f1: 0.65,
    });
  });

  test('without numbers, or that are no JSON, are the user’s error', async () => {
    await expect(readMetricsFile('{"a": "b"}', 'm.json')).rejects.toThrow('holds no number');
    await expect(readMetricsFile('{', 'm.json')).rejects.toThrow('is no JSON');
    await expect(readMetricsFile('a: [', 'm.yml')).rejects.toThrow('is no YAML');
  });

  test('decide conditions by the number alone: a warning at best', () => {
    const checks = judgeAggregateConditions(
      { candidate: { 'test.mae': 3 } },
      parseConditions(['test.mae <= 4', 'test.mae <= 2']),
    );
    expect(checks.map((check) => check.status)).toEqual(['warn', 'fail']);
    expect(() =>
      judgeAggregateConditions({ candidate: { 'test.mae': 3 } }, parseConditions(['test.mea <= 4'])),
    ).toThrow('did you mean test.mae');
  });

  test('have no numbers that they do not hold, whatever objects inherit', async () => {
    const numbers = await readMetricsFile('{"mae": 3}', 'm.json');
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect(() =>
        judgeAggregateConditions({ candidate: numbers }, parseConditions([`${name} <= 4`])),
      ).toThrow(`the metrics file has no number ${name}`);
      expect(() =>
        compareAggregates(
          { candidate: numbers, production: numbers },
          name,
          { kind: 'absolute', value: 1 },
          false,
        ),
      ).toThrow(`the metrics file has no number ${name}`);
    }
  });

  test('may nest as deep as they like', async () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    expect(Object.values(await readMetricsFile(deep, 'm.json'))).toEqual([1]);
  });

  test('are compared without a test, which is said', () => {
    const margin = { kind: 'absolute', value: 1 } as const;
    const of = (candidate: number, production: number, conditions: boolean) =>
      compareAggregates(
        { candidate: { mae: candidate }, production: { mae: production } },
        'mae',
        margin,
        conditions,
      );
    expect(of(3, 3.5, false)).toMatchObject({
      id: 'comparison.aggregate',
      status: 'inconclusive',
      message: expect.stringContaining('no test is possible'),
    });
    expect(of(3, 3.5, true).status).toBe('warn');
    // A loss beyond the margin is not waved through by conditions.
    expect(of(5, 3, true).status).toBe('inconclusive');
  });
});

describe('the first release', () => {
  const held = [{ id: 'condition.mae', status: 'pass', message: '' }] as const;
  const failed = [...held, { id: 'condition.r2', status: 'fail', message: '' }] as const;

  test('passes by conditions that are given and hold', () => {
    expect(firstReleaseCheck('require-thresholds', held).status).toBe('pass');
    expect(firstReleaseCheck('require-thresholds', failed).status).toBe('fail');
    expect(firstReleaseCheck('require-thresholds', []).status).toBe('inconclusive');
  });

  test('is a warning where it is allowed, and fails where it is refused', () => {
    expect(firstReleaseCheck('allow', []).status).toBe('warn');
    expect(firstReleaseCheck('refuse', held).status).toBe('fail');
  });
});

describe('leakage', () => {
  const trained = [{ model: 'production', instant: '2026-01-02T00:00:00Z' }] as const;

  test('is a row at or before the end of a model’s training data', () => {
    const check = leakageCheck(
      'time',
      ['2026-01-01', '2026-01-02T00:00:00Z', '2026-01-02T00:00:01Z'],
      trained,
    );
    expect(check).toMatchObject({
      id: 'rows.leakage',
      status: 'fail',
      observed: 2,
      target: { column: 'time' },
    });
    expect(check?.message).toContain(
      '2 of 3 rows are not later than the training data of the production model',
    );
  });

  test('is not there where all rows are later, and not judged where no model says when', () => {
    expect(leakageCheck('time', ['2026-01-03'], trained)?.status).toBe('pass');
    expect(leakageCheck('time', ['2026-01-03'], [])).toBeUndefined();
  });

  test('is not excluded by a time that cannot be read', () => {
    expect(leakageCheck('time', ['2026-01-03', 'soon'], trained)).toMatchObject({
      status: 'fail',
      observed: 1,
    });
  });
});
