import { describe, expect, test } from '@jest/globals';
import { compareRows } from '../../../shared/model/compare.ts';
import { contrastBounds } from '../../../shared/model/contrast.ts';
import type { Metric } from '../../../shared/model/metric.ts';
import { isProblem, metricNamed } from '../../../shared/model/metrics.ts';
import type { RegressionRows } from '../../../shared/model/rows.ts';
import { clustersOf } from '../../../shared/stats/clusters.ts';
import { randomFrom } from '../../../shared/stats/random.ts';

function metric(name: string): Metric {
  const found = metricNamed(name, 'test');
  if (isProblem(found)) throw new TypeError(found.what);
  return found;
}

/** Rows whose absolute errors and latencies are the values. */
const rows = (values: readonly number[], weights?: Float64Array): RegressionRows => ({
  ...{ task: 'regression', n: values.length, truth: new Float64Array(values.length) },
  predicted: Float64Array.from(values),
  columns: { latency_ms: Float64Array.from(values) },
  ...(weights === undefined ? {} : { weights }),
});

const SAMPLING = { draws: 400, seed: 7 };
const one = (name: string, values: readonly number[]) =>
  contrastBounds([{ coefficient: 1, metric: metric(name), rows: rows(values) }], 0.05, SAMPLING);

function compared(name: string, ours: readonly number[], theirs: readonly number[], margin: number) {
  return compareRows(rows(ours), rows(theirs), {
    ...{ metric: metric(name), sampling: SAMPLING, alpha: 0.05, binding: 'bound' },
    margin: { kind: 'absolute', value: margin },
  });
}

const repeated = (...parts: readonly (readonly [count: number, value: number])[]) =>
  parts.flatMap(([count, value]) => new Array<number>(count).fill(value));

describe('a quantile of one model', () => {
  test('latencies that are all equal have the bounds of that latency', () => {
    expect(one('latency_p95', repeated([300, 12]))).toMatchObject({ lower: 12, upper: 12, estimate: 12 });
  });

  test('60 % of the errors are 0: the median is shown to be 0 from 200 rows, and with 30 it is not', () => {
    expect(one('median_absolute_error', repeated([120, 0], [80, 5]))).toMatchObject({ lower: 0, upper: 0 });
    expect(one('median_absolute_error', repeated([18, 0], [12, 5]))).toMatchObject({ lower: 0, upper: 5 });
  });

  test('a p99 of 298 rows has no bound above, and says how many rows would give one', () => {
    const values = Array.from({ length: 299 }, (_, i) => i);
    expect(one('latency_p99', values).upper).toBe(298);
    const few = one('latency_p99', values.slice(1));
    expect(few).toMatchObject({ upper: null, lower: expect.any(Number) });
    expect(few.none).toContain('at least 299');
  });

  test('no bounds if rows have weights or clusters', () => {
    const values = repeated([120, 0], [80, 5]);
    const weighted = rows(values, new Float64Array(200).fill(2));
    const parts = (of: RegressionRows) => [
      { coefficient: 1, metric: metric('median_absolute_error'), rows: of },
    ];
    expect(contrastBounds(parts(weighted), 0.05, SAMPLING)).toMatchObject({ lower: null, upper: null });
    const clusters = clustersOf(values.map((_, i) => i % 50));
    const found = contrastBounds(parts(rows(values)), 0.05, { ...SAMPLING, clusters });
    expect(found).toMatchObject({ lower: null, upper: null });
    expect(found.none).toContain('without weights and clusters');
  });
});

describe('a quantile of two models', () => {
  test('a candidate whose errors are all 0, as production’s, loses no more than a margin', () => {
    const { reading } = compared('median_absolute_error', repeated([100, 0]), repeated([100, 0]), 0.1);
    expect(reading).toBe('not-worse');
  });

  test('half of the errors are 0, and a few rows more decide: unknown', () => {
    const production = repeated([60, 0], [40, 5]);
    const candidate = repeated([52, 0], [48, 5]);
    expect(compared('median_absolute_error', candidate, production, 1).reading).toBe('unknown');
  });

  test('a latency that is truly longer is worse', () => {
    const random = randomFrom(4);
    const production = Array.from({ length: 2000 }, () => 100 - 20 * Math.log(1 - random.uniform()));
    const candidate = production.map((latency) => latency + 30 + random.uniform());
    expect(compared('latency_p95', candidate, production, 10).reading).toBe('worse');
    expect(compared('latency_p95', candidate, production, 40).reading).toBe('not-worse');
    expect(compared('latency_p95', production, candidate, 10).reading).toBe('better');
  });

  test('a relative margin is that of the ratio', () => {
    const random = randomFrom(5);
    const production = Array.from({ length: 2000 }, () => 100 - 20 * Math.log(1 - random.uniform()));
    const options = {
      metric: metric('latency_p95'),
      sampling: SAMPLING,
      alpha: 0.05,
      binding: 'bound',
    } as const;
    const candidate = rows(production.map((latency) => 1.05 * latency));
    const at = (value: number) =>
      compareRows(candidate, rows(production), { ...options, margin: { kind: 'relative', value } }).reading;
    expect(at(0.1)).toBe('not-worse');
    expect(at(0.01)).toBe('worse');
  });

  test('of a sum each part has its bounds, at a share of the error rate', () => {
    const values = rows(Array.from({ length: 1000 }, (_, i) => i));
    const found = contrastBounds(
      [
        { coefficient: 1, metric: metric('latency_p95'), rows: values },
        { coefficient: -1, metric: metric('latency_p50'), rows: values },
      ],
      0.05,
      SAMPLING,
    );
    const bounds = (name: string) =>
      contrastBounds([{ coefficient: 1, metric: metric(name), rows: values }], 0.025, SAMPLING);
    expect(found.estimate).toBe(450);
    expect(found.lower).toBe(bounds('latency_p95').lower! - bounds('latency_p50').upper!);
    expect(found.upper).toBe(bounds('latency_p95').upper! - bounds('latency_p50').lower!);
  });
});
