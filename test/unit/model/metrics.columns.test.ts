import { describe, expect, test } from '@jest/globals';
import type { Metric } from '../../../shared/model/metric.ts';
import { isProblem, metricOf, numberColumns } from '../../../shared/model/metrics.ts';
import type { RegressionRows } from '../../../shared/model/rows.ts';
import { metric } from './metric-cases.ts';

function rowsWith(columns: Readonly<Record<string, Float64Array>>, weights?: Float64Array): RegressionRows {
  const [first = new Float64Array(0)] = Object.values(columns);
  const numbers = new Float64Array(first.length);
  const rows = { task: 'regression', n: first.length, truth: numbers, predicted: numbers, columns } as const;
  return weights === undefined ? rows : { ...rows, weights };
}

function described(given: unknown): Metric {
  const found = metricOf(given, 'input metric');
  if (isProblem(found)) throw new TypeError(found.what);
  return found;
}

describe('a loss of the user’s own', () => {
  const rows = rowsWith({ 'my loss': Float64Array.of(0.5, 0, 1, 0.25) });

  test('is named by its column, and lower is better', () => {
    const found = metric('column(my loss)');
    expect([found.name, found.better, found.kind]).toEqual(['column(my loss)', 'lower', 'mean']);
    expect(found.evaluator(rows)()).toBe(0.4375);
    expect(found.statistic(rows)).toMatchObject({ range: [-Infinity, Infinity] });
  });

  test('may be described by a map, with a range that its values must keep', () => {
    const found = described({ column: 'my loss', better: 'higher', range: [0, 1] });
    expect([found.name, found.better, found.range]).toEqual(['column(my loss)', 'higher', [0, 1]]);
    expect(found.statistic(rows)).toMatchObject({ kind: 'mean', range: [0, 1] });
    const beyond = described({ column: 'my loss', range: [0, 0.9] });
    expect(beyond.evaluator(rows)()).toBeNaN();
    expect(beyond.undefinedWhere).toBe('a value lies outside of 0 to 0.9');
  });

  test('that is described wrongly is refused with the fix', () => {
    const refused: readonly (readonly [unknown, string])[] = [
      [{ column: 'x', bettr: 'lower' }, 'a metric does not have the key "bettr"'],
      [{ better: 'lower' }, 'names no column'],
      [{ column: 'x', better: 'up' }, 'better must be lower or higher'],
      [{ column: 'x', range: [1, 0] }, 'range must be a pair of a lower and a higher number'],
      [['accuracy'], 'is not a metric'],
    ];
    for (const [given, what] of refused) {
      expect(metricOf(given, 'input metric')).toMatchObject({
        what,
        where: 'input metric',
        fix: expect.stringContaining('{column: my_loss, better: lower, range: [0, 1]}'),
      });
    }
  });
});

test('latencies are means and quantiles that rows have', () => {
  const latency = Float64Array.from({ length: 100 }, (_, i) => 100 - i);
  const rows = rowsWith({ latency_ms: latency });
  const value = (name: string) => metric(name).evaluator(rows)();
  expect([value('latency_mean'), value('latency_p50'), value('latency_p95')]).toEqual([50.5, 50, 95]);
  // Where 7 % of 100 is 7.000000000000001 in doubles.
  expect([value('latency_p7'), value('latency_p99.5')]).toEqual([7, 100]);
  const slow = Float64Array.from(latency, (time) => (time > 98 ? 10 : 0));
  expect(metric('latency_p50').evaluator(rowsWith({ latency_ms: latency }, slow))()).toBe(99);
  expect(metric('latency_p50').evaluator(rows)(new Float64Array(100))).toBeNaN();
});

test('the size of the model is a fact', () => {
  const rows = { ...rowsWith({ x: Float64Array.of(1) }), sizeBytes: 5_000_000 };
  expect(metric('model_size_bytes').statistic(rows)).toEqual({ kind: 'exact', value: 5_000_000 });
});

test('the columns that metrics read have the narrowest range that one of them states', () => {
  const metrics = [
    metric('column(loss)'),
    described({ column: 'loss', range: [0, 5] }),
    described({ column: 'loss', range: [-1, 1] }),
    metric('latency_p95'),
    metric('mae'),
  ];
  expect([...numberColumns(metrics)]).toEqual([
    ['loss', [0, 1]],
    ['latency_ms', [0, Infinity]],
  ]);
});
