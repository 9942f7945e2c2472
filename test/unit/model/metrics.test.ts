import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isProblem, METRICS, measure, metricNamed, unmetNeed } from '../../../shared/model/metrics.ts';
import type { ScoredRows } from '../../../shared/model/rows.ts';

interface OracleCase {
  readonly name: string;
  readonly task: 'classification' | 'regression';
  readonly truth: readonly (string | number)[];
  readonly predicted: readonly (string | number)[];
  readonly scores?: readonly number[];
  readonly positive?: string;
  readonly weights?: readonly number[];
  readonly metrics: Readonly<Record<string, number | null>>;
}

const oracle = JSON.parse(readFileSync('test/fixtures/metrics-oracle.json', 'utf8')) as {
  cases: OracleCase[];
};

test('r2 of labels that are all equal is undefined, also where their mean is rounded', () => {
  const truth = new Float64Array(7).fill(0.1);
  const predicted = Float64Array.from(truth, (value, i) => value + i);
  expect(measure({ task: 'regression', n: 7, truth, predicted })).not.toHaveProperty('r2');
});

function rowsOf(given: OracleCase): ScoredRows {
  const weights = given.weights === undefined ? {} : { weights: Float64Array.from(given.weights) };
  if (given.task === 'regression') {
    const [truth, predicted] = [given.truth, given.predicted].map((values) =>
      Float64Array.from(values as number[]),
    );
    return { task: 'regression', n: given.truth.length, truth: truth!, predicted: predicted!, ...weights };
  }
  const classes = [...new Set([...given.truth, ...given.predicted] as string[])].sort();
  const indices = (values: readonly (string | number)[]) =>
    Int32Array.from(values, (value) => classes.indexOf(String(value)));
  // The positive class counts as known even where no row has it.
  if (given.positive !== undefined && !classes.includes(given.positive)) classes.push(given.positive);
  return {
    task: 'classification',
    n: given.truth.length,
    classes,
    truth: indices(given.truth),
    predicted: indices(given.predicted),
    ...(given.positive === undefined ? {} : { positive: classes.indexOf(given.positive) }),
    ...(given.scores === undefined ? {} : { scores: Float64Array.from(given.scores) }),
    ...weights,
  };
}

describe('metrics equal scikit-learn’s', () => {
  for (const given of oracle.cases) {
    test(given.name, () => {
      const rows = rowsOf(given);
      const measured = measure(rows);
      const wrong = Object.entries(given.metrics).filter(([name, expected]) => {
        const found = measured[name];
        if (expected === null) return found !== undefined;
        return found === undefined || Math.abs(found - expected) > 1e-12 * Math.max(1, Math.abs(expected));
      });
      expect(wrong.map(([name, expected]) => ({ name, expected, found: measured[name] }))).toEqual([]);
      expect(Object.keys(measured).filter((name) => !(name in given.metrics))).toEqual([]);
    });
  }

  test('every metric is compared with it', () => {
    const compared = new Set(oracle.cases.flatMap((given) => Object.keys(given.metrics)));
    expect(
      Object.values(METRICS)
        .flat()
        .filter((metric) => !compared.has(metric.name)),
    ).toEqual([]);
  });
});

describe('a metric', () => {
  test('counted rows give what repeated rows give', () => {
    for (const given of oracle.cases) {
      if (given.weights !== undefined) continue;
      const rows = rowsOf(given);
      const counts = Float64Array.from(given.truth, (_, i) => (i * 7) % 4);
      const repeat = <T>(values: readonly T[]) =>
        values.flatMap((value, i) => new Array<T>(counts[i]!).fill(value));
      const repeated = rowsOf({
        ...given,
        truth: repeat(given.truth),
        predicted: repeat(given.predicted),
        ...(given.scores === undefined ? {} : { scores: repeat(given.scores) }),
      });
      for (const metric of METRICS[rows.task]) {
        if (unmetNeed(metric, rows) !== undefined) continue;
        const [counted, expected] = [metric.evaluator(rows)(counts), metric.evaluator(repeated)()];
        if (Number.isNaN(expected)) expect(counted).toBeNaN();
        else expect(counted).toBeCloseTo(expected, 9);
      }
    }
  });

  test('that is a mean is the mean of its items', () => {
    const rows = rowsOf(oracle.cases[0]!);
    for (const metric of METRICS.classification) {
      const items = metric.items?.(rows);
      if (items === undefined) continue;
      const mean = items.reduce((total, item) => total + item, 0) / items.length;
      expect(mean).toBeCloseTo(metric.evaluator(rows)(), 12);
    }
  });

  test('whose name is unknown is answered with the nearest', () => {
    const found = metricNamed('acuracy', 'input metric');
    expect(isProblem(found) && found).toMatchObject({
      what: 'there is no metric named "acuracy"',
      where: 'input metric',
      mend: expect.stringContaining('did you mean accuracy?'),
    });
  });

  test('says what the rows lack', () => {
    const auc = METRICS.classification.find((metric) => metric.name === 'roc_auc')!;
    const rows = rowsOf({
      name: '',
      task: 'classification',
      truth: ['0', '1'],
      predicted: ['0', '1'],
      metrics: {},
    });
    expect(unmetNeed(auc, rows)).toContain('input score');
  });
});
