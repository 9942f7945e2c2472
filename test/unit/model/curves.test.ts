import { describe, expect, test } from '@jest/globals';
import { confusionJson, curvesJson, shownClasses } from '../../../shared/model/curves.ts';
import type { ClassificationRows } from '../../../shared/model/rows.ts';
import { randomFrom } from '../../../shared/stats/random.ts';

function rows(truth: readonly number[], scores: readonly number[]): ClassificationRows {
  return {
    ...{ task: 'classification', n: truth.length, classes: ['0', '1'], positive: 1 },
    truth: Int32Array.from(truth),
    predicted: Int32Array.from(scores, (score) => (score > 0.5 ? 1 : 0)),
    scores: Float64Array.from(scores),
  };
}

describe('curves', () => {
  test('pass through every threshold that tells rows apart', () => {
    // By scikit-learn: roc_curve([0, 0, 1, 1], [.1, .4, .35, .8], drop_intermediate=False).
    const { roc, pr } = curvesJson(rows([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]));
    expect(roc).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
    expect(pr).toEqual([
      [0.5, 1],
      [0.5, 0.5],
      [1, 0.6667],
      [1, 0.5],
    ]);
  });

  test('of ties are one step', () => {
    expect(curvesJson(rows([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3])).roc).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test('are thinned to about a hundred points and keep their ends and area', () => {
    const random = randomFrom(2);
    const truth = Array.from({ length: 5000 }, () => (random.uniform() < 0.3 ? 1 : 0));
    const scores = truth.map((label) => (random.uniform() + 0.5 * label) / 1.5);
    const roc = curvesJson(rows(truth, scores)).roc as [number, number][];
    expect(roc.length).toBeLessThan(140);
    expect([roc[0], roc.at(-1)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    const area = roc.slice(1).reduce((sum, [x, y], i) => sum + ((x - roc[i]![0]) * (y + roc[i]![1])) / 2, 0);
    // P(u + .5 > v) of uniforms is 1 − .5²/2.
    expect(area).toBeCloseTo(0.875, 1);
  });

  test('of one class, or without scores, are none', () => {
    expect(curvesJson(rows([1, 1], [0.1, 0.2]))).toEqual({});
    const { scores: _scores, ...without } = rows([0, 1], [0.1, 0.2]);
    expect(curvesJson(without)).toEqual({});
  });

  test('of calibration hold what is calibrated, and tell what is not', () => {
    const random = randomFrom(4);
    const scores = Array.from({ length: 4000 }, () => random.uniform());
    const fair = scores.map((score) => (random.uniform() < score ? 1 : 0));
    const bold = scores.map((score) => (random.uniform() < 0.25 + score / 2 ? 1 : 0));
    const p = (truth: readonly number[]) => Number(curvesJson(rows(truth, scores)).spiegelhalter_p);
    expect(p(fair)).toBeGreaterThan(0.01);
    expect(p(bold)).toBeLessThan(1e-6);
    const bins = curvesJson(rows(fair, scores)).calibration as { n: number; lower: number; upper: number }[];
    expect(bins.map(({ n }) => n).reduce((a, b) => a + b)).toBe(4000);
    expect(curvesJson(rows([0, 1, 1], [0.1, 2, 3]))).not.toHaveProperty('calibration');
  });
});

describe('confusion', () => {
  test('counts labels by predictions', () => {
    const given = rows([0, 0, 1, 1, 1], [0.1, 0.9, 0.9, 0.2, 0.7]);
    expect(confusionJson(given, shownClasses(given, false))).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  test('lies in the order of the values, however the rows lie', () => {
    const shown = shownClasses({ classes: ['10', '9'] }, true);
    const given = { n: 3, truth: Int32Array.of(0, 0, 1), predicted: Int32Array.of(0, 1, 1) };
    expect([shown.names, confusionJson(given, shown)]).toEqual([
      ['9', '10'],
      [
        [1, 0],
        [1, 1],
      ],
    ]);
  });

  test.each([
    [['1', '0'], undefined, [], ['0', '1']],
    [['true', 'false'], undefined, [], ['false', 'true']],
    [['no', 'maybe', 'yes'], 2, [], ['class 1', 'class 2', 'yes']],
    [['dog', 'cat', 'ant'], undefined, ['cat'], ['class 1', 'cat', 'class 3']],
    [['10', '9', '2'], undefined, [], ['class 1', 'class 2', 'class 3']],
  ])(
    'of the classes %j (positive: %j, told: %j) shows %j if values are hidden',
    (classes, positive, told, names) => {
      const given = { classes, ...(positive === undefined ? {} : { positive }) };
      expect(shownClasses(given, false, told).names).toEqual(names);
      expect(shownClasses(given, true).names.toSorted()).toEqual(classes.toSorted());
    },
  );
});

describe('goodness of fit', () => {
  const random = randomFrom(5);
  const scores = Array.from({ length: 4000 }, () => random.uniform());
  const drawn = (share: (score: number) => number) =>
    scores.map((score) => (random.uniform() < share(score) ? 1 : 0));

  test('sees scores that are too bold on both sides, to which Spiegelhalter’s z is blind', () => {
    const bold = (s: number) => (s < 0.5 ? 0.25 + s / 2 : 0.25 + s / 2);
    const sound = curvesJson(
      rows(
        drawn((s) => s),
        scores,
      ),
    );
    const wrong = curvesJson(rows(drawn(bold), scores));
    expect(Number(sound.hosmer_lemeshow_p)).toBeGreaterThan(0.001);
    expect(Number(wrong.hosmer_lemeshow_p)).toBeLessThan(1e-6);
  });

  test('is Hosmer and Lemeshow’s sum over ten groups by score', () => {
    const truth = drawn((s) => s);
    const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
    let expected = 0;
    for (let g = 0; g < 10; g++) {
      const group = order.slice(g * 400, (g + 1) * 400);
      const hits = group.reduce((sum, row) => sum + truth[row]!, 0);
      const mean = group.reduce((sum, row) => sum + scores[row]!, 0) / 400;
      expected += (hits - 400 * mean) ** 2 / (400 * mean * (1 - mean));
    }
    expect(curvesJson(rows(truth, scores)).hosmer_lemeshow).toBeCloseTo(expected, 8);
  });

  test('says nothing of rows too few to fill two groups', () => {
    expect(curvesJson(rows([0, 1, 0, 1], [0.1, 0.4, 0.35, 0.8]))).not.toHaveProperty('hosmer_lemeshow');
  });
});
