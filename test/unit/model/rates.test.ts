import { describe, expect, test } from '@jest/globals';
import { compareRows } from '../../../shared/model/compare.ts';
import { contrastBounds } from '../../../shared/model/contrast.ts';
import type { Metric } from '../../../shared/model/metric.ts';
import { isProblem, metricNamed } from '../../../shared/model/metrics.ts';
import type { Part } from '../../../shared/model/question.ts';
import { type ClassificationRows, subset } from '../../../shared/model/rows.ts';
import { shareBounds } from '../../../shared/stats/proportions.ts';

const SAMPLING = { draws: 1000, seed: 7 };

function metric(name: string): Metric {
  const found = metricNamed(name, 'test');
  if (isProblem(found)) throw new TypeError(found.what);
  return found;
}

/** One row for each [label, prediction, count]. */
function rowsOf(
  cells: readonly (readonly [string, string, number])[],
  classes = ['0', '1'],
): ClassificationRows {
  const each = cells.flatMap(([label, guess, count]) =>
    Array.from({ length: count }, () => [label, guess] as const),
  );
  return {
    task: 'classification',
    n: each.length,
    classes,
    truth: Int32Array.from(each, ([label]) => classes.indexOf(label)),
    predicted: Int32Array.from(each, ([, guess]) => classes.indexOf(guess)),
    positive: classes.indexOf('1'),
  };
}

const of = (name: string, rows: ClassificationRows, coefficient = 1): Part => ({
  coefficient,
  metric: metric(name),
  rows,
});
const alone = (name: string, rows: ClassificationRows, alpha = 0.05) =>
  contrastBounds([of(name, rows)], alpha, SAMPLING);
const difference = (name: string, ours: ClassificationRows, theirs: ClassificationRows, alpha = 0.05) =>
  contrastBounds([of(name, ours), of(name, theirs, -1)], alpha, SAMPLING);

describe('one model’s rates', () => {
  test('are not surer than the rows of their class: 5 of 5 shows a recall of .55, 10 of 10 of .74', () => {
    for (const [positives, least] of [
      [5, 0.5493],
      [10, 0.7411],
    ] as const) {
      const rows = rowsOf([
        ['0', '0', 900],
        ['0', '1', 90],
        ['1', '1', positives],
      ]);
      expect(alone('recall', rows)).toMatchObject({ method: 'Clopper-Pearson', upper: 1 });
      expect(alone('recall', rows).lower).toBeCloseTo(least, 4);
      // Half of it is the recall of the other class, which is nearly known.
      const { lower, upper } = alone('balanced_accuracy', rows);
      expect(lower).toBeLessThan(least / 2 + 900 / 990 / 2 + 0.01);
      expect(lower).toBeGreaterThan(least / 2 + 900 / 990 / 2 - 0.02);
      expect(upper).toBeLessThanOrEqual(1);
    }
  });

  test('precision, Jaccard’s share and F1 are one share each, however many rows the other class has', () => {
    const rows = rowsOf([
      ['0', '0', 800],
      ['0', '1', 2],
      ['1', '1', 9],
      ['1', '0', 1],
    ]);
    const [precision, jaccard] = [shareBounds(9, 11, 0.05), shareBounds(9, 12, 0.05)];
    expect(alone('precision', rows).lower).toBeCloseTo(precision[0], 12);
    expect(alone('precision', rows).upper).toBeCloseTo(precision[1], 12);
    expect(alone('jaccard', rows).lower).toBeCloseTo(jaccard[0], 12);
    const f = (share: number) => (2 * share) / (1 + share);
    expect(alone('f1', rows).lower).toBeCloseTo(f(jaccard[0]), 12);
    expect(alone('f1', rows).upper).toBeCloseTo(f(jaccard[1]), 12);
    expect(alone('f1', rows).estimate).toBeCloseTo(f(9 / 12), 12);
  });

  test.each([
    'f2',
    'f0.5',
    'matthews_corrcoef',
    'cohen_kappa',
    'f1_macro',
    'precision_macro',
    'jaccard_weighted',
  ])('%s of a faultless model on ten positives is far from certain', (name) => {
    const rows = rowsOf([
      ['0', '0', 500],
      ['1', '1', 10],
    ]);
    const { estimate, lower, upper } = alone(name, rows);
    expect(estimate).toBe(1);
    expect(upper).toBeCloseTo(1, 9);
    expect(lower).toBeLessThan(name === 'jaccard_weighted' ? 0.995 : 0.93);
    expect(lower).toBeGreaterThan(0.3);
  });

  test('of a class without a labelled row are unknown, in a slice as well', () => {
    const rows = rowsOf([
      ['0', '0', 200],
      ['1', '1', 20],
    ]);
    const slice = subset(rows, [...Array(200).keys()]);
    expect(alone('balanced_accuracy', slice)).toMatchObject({
      lower: null,
      none: expect.stringContaining('no labelled row'),
    });
    expect(alone('recall', slice).none).toContain('no label is positive');
  });
});

describe('two models’ rates', () => {
  const cells = (missed: number, alarms: number) =>
    rowsOf([
      ['1', '1', 10 - missed],
      ['1', '0', missed],
      ['0', '1', 10 + alarms],
      ['0', '0', 980 - alarms],
    ]);

  test.each([
    'balanced_accuracy',
    'recall',
    'f1',
    'precision',
    'matthews_corrcoef',
    'cohen_kappa',
    'f1_macro',
  ])('%s from ten positives that no model misses does not pass a small margin', (name) => {
    const rows = cells(0, 0);
    const found = compareRows(
      rows,
      { ...rows },
      {
        metric: metric(name),
        margin: { kind: 'absolute', value: 0.02 },
        sampling: SAMPLING,
        alpha: 0.05,
        binding: 'declared',
      },
    );
    expect(found.check).toMatchObject({ status: 'inconclusive' });
    const { lower, upper, estimate } = difference(name, rows, { ...rows });
    expect(estimate).toBe(0);
    expect(lower).toBeLessThan(0);
    expect(upper).toBeGreaterThan(0);
  });

  test('recall is compared on the positive rows alone', () => {
    const { method, lower } = difference('recall', cells(1, 5), cells(0, 0));
    expect(method).toMatch(/^Tango/);
    expect(lower).toBeLessThan(-0.3);
  });

  test('F1 of nine positives of ten is not known to two points', () => {
    const ours = rowsOf([
      ['0', '0', 290],
      ['1', '1', 10],
    ]);
    const { lower, upper, method, standardError } = difference('f1', ours, { ...ours });
    expect(method).toMatch(/inverted test/);
    expect(lower).toBeLessThan(-0.1);
    expect(upper).toBeGreaterThan(0.1);
    // What rows are planned by is not the variance of rows that do not vary.
    expect(standardError).toBeGreaterThan(0.05);
  });

  test('a class’s rows tell nothing of it when there are none', () => {
    const rows = rowsOf([['0', '0', 100]]);
    expect(difference('balanced_accuracy', rows, { ...rows }).none).toContain('no labelled row');
  });
});

test('bounds of rates turn round with the order of the models, and widen as the error rate falls', () => {
  const ours = rowsOf([
    ['0', '0', 150],
    ['0', '1', 7],
    ['1', '1', 22],
    ['1', '0', 5],
  ]);
  const theirs = rowsOf([
    ['0', '0', 146],
    ['0', '1', 11],
    ['1', '1', 18],
    ['1', '0', 9],
  ]);
  for (const name of ['f1', 'precision', 'recall', 'balanced_accuracy', 'matthews_corrcoef', 'f1_macro']) {
    const [one, other] = [difference(name, ours, theirs), difference(name, theirs, ours)];
    expect(other.lower).toBeCloseTo(-one.upper!, 1);
    const wide = difference(name, ours, theirs, 0.001);
    expect(wide.lower).toBeLessThan(one.lower!);
    expect(wide.upper).toBeGreaterThan(one.upper!);
    expect(one.lower).toBeLessThan(one.estimate);
    expect(one.upper).toBeGreaterThan(one.estimate);
  }
});

test('three classes and more: what a confusion that was not seen would cost is not excluded', () => {
  const classes = ['a', 'b', 'c'];
  const rows = rowsOf(
    [
      ['a', 'a', 300],
      ['b', 'b', 200],
      ['c', 'c', 6],
    ],
    classes,
  );
  for (const name of ['f1_macro', 'balanced_accuracy', 'recall_macro', 'cohen_kappa']) {
    const { lower } = alone(name, rows);
    expect(lower).toBeLessThan(name === 'cohen_kappa' ? 0.995 : 0.9);
  }
});

describe('rates of weighted rows, which only resampling is left for', () => {
  const weighted = (rows: ClassificationRows): ClassificationRows => ({
    ...rows,
    weights: new Float64Array(rows.n).fill(1).map((one, i) => one + (i % 2)),
  });
  const rows = (wrong: number) =>
    weighted(
      rowsOf([
        ['0', '0', 300],
        ['0', '1', 40],
        ['1', '1', 60],
        ['1', '0', wrong],
      ]),
    );

  test.each(['f1', 'recall', 'balanced_accuracy', 'matthews_corrcoef'])(
    '%s has no bound from fewer than 10 rows on one side of a class, and has one from more',
    (name) => {
      const { lower, upper, none } = alone(name, rows(4));
      expect([lower, upper, none]).toEqual([null, null, expect.stringContaining('with 4 rows on one side')]);
      const enough = alone(name, rows(30));
      expect(enough.none).toBeUndefined();
      expect(enough.lower).toBeLessThan(enough.estimate);
      expect(enough.upper).toBeGreaterThan(enough.estimate);
    },
  );
});
