import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FORMS, metricNamed, NAMED_METRICS } from '../../../shared/model/metrics/names.ts';
import {
  differingRows,
  isProblem,
  METRICS,
  measureMetrics,
  unmetNeed,
} from '../../../shared/model/metrics.ts';
import type { ClassificationRows, ScoredRows } from '../../../shared/model/rows.ts';
import { CASES, metric, repeated, rowsOf } from './metric-cases.ts';

test('r2 of labels that are all equal is undefined, also if their mean is rounded', () => {
  const truth = new Float64Array(7).fill(0.1);
  const predicted = Float64Array.from(truth, (value, i) => value + i);
  expect(measureMetrics({ task: 'regression', n: 7, truth, predicted })).not.toHaveProperty('r2');
});

describe('metrics equal scikit-learn’s', () => {
  for (const given of CASES) {
    test(given.name, () => {
      const rows = rowsOf(given);
      const wrong = Object.entries(given.metrics).flatMap(([name, expected]) => {
        const known = metric(name);
        const unmet = unmetNeed(known, rows);
        const found = unmet === undefined ? known.evaluator(rows)() : undefined;
        const good =
          expected === null
            ? found === undefined || Number.isNaN(found)
            : found !== undefined && Math.abs(found - expected) <= 1e-12 * Math.abs(expected);
        return good ? [] : [{ name, expected, found, unmet }];
      });
      expect(wrong).toEqual([]);
      // And what it does not have is not claimed.
      expect(Object.keys(measureMetrics(rows)).filter((name) => !(name in given.metrics))).toEqual([]);
    });
  }

  test('every metric is compared with it', () => {
    const compared = new Set(
      CASES.flatMap((given) =>
        Object.entries(given.metrics).flatMap(([name, value]) => (value === null ? [] : [name])),
      ),
    );
    const own = NAMED_METRICS.filter(({ needs }) => !needs.some((need) => /^(size|column)/.test(need)));
    expect(own.map(({ name }) => name).filter((name) => !compared.has(name))).toEqual([]);
    const inForm = (form: string) => {
      const [before = '', after = ''] = form.split(/\{\w+\}/);
      return [...compared].some((name) => name.startsWith(before) && name.endsWith(after));
    };
    expect(FORMS.filter((form) => !form.startsWith('latency') && !inForm(form))).toEqual([]);
  });
});

test('every metric is in docs/metrics.md, and none that there is not', () => {
  const cells = [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| (`.*?) \|/gm)];
  const written = cells.flatMap(([, cell = '']) => [...cell.matchAll(/`(.+?)`/g)].map(([, name]) => name));
  const known = [...NAMED_METRICS.map(({ name }) => name), ...FORMS, 'column(x)'];
  expect([...new Set(written)].sort()).toEqual(known.sort());
});

describe('a metric', () => {
  test('counted rows give what repeated rows give, and so do weights', () => {
    for (const given of CASES) {
      if (given.weights !== undefined || given.generated !== undefined) continue;
      const rows = rowsOf(given);
      const counts = Float64Array.from({ length: rows.n }, (_, i) => (i * 7 + 1) % 4);
      const again = repeated(rows, counts);
      for (const name of Object.keys(given.metrics)) {
        const known = metric(name);
        if (unmetNeed(known, rows) !== undefined) continue;
        const expected = known.evaluator(again)();
        const counted = known.evaluator(rows)(counts);
        // Of weighted rows scikit-learn's median is another one.
        const weighted =
          name === 'median_absolute_error' ? expected : known.evaluator({ ...rows, weights: counts })();
        const shown = (value: number) => `${given.name}, ${name}: ${value.toPrecision(9)}`;
        expect(shown(counted)).toBe(shown(expected));
        expect(shown(weighted)).toBe(shown(expected));
      }
    }
  });

  test('is what its sufficient statistic gives', () => {
    for (const given of CASES) {
      if (given.weights !== undefined || given.generated !== undefined) continue;
      const rows = rowsOf(given);
      for (const known of METRICS[rows.task]) {
        if (unmetNeed(known, rows) !== undefined) continue;
        const statistic = known.statistic(rows);
        expect(statistic.kind).toBe(known.kind);
        const expected = known.evaluator(rows)();
        const near = (value: number) =>
          Number.isNaN(expected)
            ? Number.isNaN(value)
            : Math.abs(value - expected) <= 1e-9 * Math.abs(expected) + 1e-15;
        if (statistic.kind === 'mean') {
          const [low, high] = statistic.range ?? [-Infinity, Infinity];
          const values = [...statistic.items];
          expect(near(values.reduce((total, value) => total + value, 0) / rows.n)).toBe(true);
          if (!Number.isNaN(expected))
            expect(values.every((value) => value >= low && value <= high)).toBe(true);
          if (known.binary === true && !Number.isNaN(expected))
            expect(values.every((value) => value === 0 || value === 1)).toBe(true);
        }
        if (statistic.kind === 'cells') {
          const counts = new Float64Array(statistic.size);
          for (const cell of statistic.cells) counts[cell]! += 1;
          expect(Math.min(...counts)).toBeGreaterThan(0);
          expect(near(statistic.value(counts))).toBe(true);
        }
        if (statistic.kind === 'sums') {
          const sums = statistic.columns.map((column) => column.reduce((total, item) => total + item, 0));
          const value = statistic.value(Float64Array.of(...sums, rows.n));
          expect(`${known.name} ${value.toPrecision(6)}`).toBe(`${known.name} ${expected.toPrecision(6)}`);
        }
      }
    }
  });

  test('says what the rows lack', () => {
    const rows: ClassificationRows = {
      task: 'classification',
      n: 2,
      classes: ['a', 'b', 'c'],
      truth: Int32Array.of(0, 1),
      predicted: Int32Array.of(0, 1),
    };
    expect(unmetNeed(metric('roc_auc'), rows)).toContain('input score');
    expect(unmetNeed(metric('precision'), rows)).toContain('input positive-label');
    expect(unmetNeed(metric('top_2_accuracy'), rows)).toContain('for every class');
    expect(unmetNeed(metric('cohen_kappa_linear'), rows)).toContain('numbers');
    expect(unmetNeed(metric('mae'), rows)).toBe('rows of regression, and these are of classification');
    expect(unmetNeed(metric('latency_p95'), rows)).toBe('a column "latency_ms" in the predictions');
    expect(unmetNeed(metric('model_size_bytes'), rows)).toContain('input model');
  });

  test('of probabilities takes none outside of [0, 1], nor such as sum to something else than 1', () => {
    const rows: ClassificationRows = {
      task: 'classification',
      n: 2,
      classes: ['a', 'b', 'c'],
      truth: Int32Array.of(0, 1),
    };
    const unmet = (...classScores: number[]) =>
      unmetNeed(metric('log_loss'), { ...rows, classScores: Float64Array.from(classScores) });
    expect(unmet(0.5, 0.2, 0.3, 0.6, 0.2, 0.2)).toBeUndefined();
    expect(unmet(0.5, 0.2, 0.3, 0.6, 0.2, 0.3)).toContain('sum to 1');
    expect(unmet(0.5, 0.2, 0.7, 0.6, -0.2, 0.2)).toContain('from 0 to 1');
  });
});

describe('a name', () => {
  const answer = (name: string) => {
    const found = metricNamed(name, 'input metric');
    if (!isProblem(found)) throw new TypeError(`${name} is ${found.name}`);
    return found;
  };

  test('that is unknown is answered with the nearest', () => {
    expect(answer('acuracy')).toMatchObject({
      what: 'there is no metric named "acuracy"',
      where: 'input metric',
      fix: expect.stringContaining('did you mean accuracy?'),
    });
    expect(answer('ndgc@7').fix).toContain('did you mean ndcg@7?');
    expect(answer('top3_accuracy').fix).toContain('did you mean top_3_accuracy?');
    expect(answer('f1_makro').fix).toContain('did you mean f1_macro?');
    expect(answer('zzzzzzzzzzzzzzzzzzzzz').fix).toMatch(/^use one of: accuracy, .*ndcg@\{k\}/);
  });

  test('of another library is answered with ours', () => {
    expect(answer('neg_mean_absolute_error').fix).toContain('did you mean mae?');
    expect(answer('matthews_corrcoef_score').fix).toContain('did you mean matthews_corrcoef?');
    expect(answer('brier_score_loss').fix).toContain('did you mean brier?');
  });

  test('may hold a number, which must make sense', () => {
    expect(metric('f0.50_macro').name).toBe('f0.5_macro');
    expect(metric('ece@10').name).toBe('ece');
    expect(metric('latency_p99.9').name).toBe('latency_p99.9');
    expect(answer('ndcg@0').fix).toBe('give k as a whole number from 1 to 1000000, such as ndcg@10');
    expect(answer('mean_pinball_loss@1').fix).toContain('between 0 and 1');
    expect(answer('mean_tweedie_deviance@0.5').fix).toContain('no distribution');
    expect(answer('f-1').fix).toContain('above 0');
  });

  test('is the name of one metric only', () => {
    const names = NAMED_METRICS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

test('rows differ if what the metric reads does', () => {
  const ours: ClassificationRows = {
    task: 'classification',
    n: 3,
    classes: ['0', '1'],
    truth: Int32Array.of(0, 1, 1),
    predicted: Int32Array.of(0, 1, 1),
    positive: 1,
    scores: Float64Array.of(0.1, 0.7, 0.8),
    columns: { latency_ms: Float64Array.of(1, 2, 3) },
  };
  const theirs: ScoredRows = {
    ...ours,
    predicted: Int32Array.of(0, 0, 1),
    scores: Float64Array.of(0.2, 0.4, 0.8),
    columns: { latency_ms: Float64Array.of(4, 5, 6) },
  };
  const count = (name: string) => differingRows(metric(name), ours, theirs);
  expect([count('accuracy'), count('roc_auc'), count('latency_p95')]).toEqual([1, 2, 3]);
});
