import { describe, expect, test } from '@jest/globals';
import { contrastBounds } from '../../../shared/model/contrast.ts';
import type { Metric } from '../../../shared/model/metric.ts';
import { isProblem, metricNamed } from '../../../shared/model/metrics.ts';
import type { ClassificationRows } from '../../../shared/model/rows.ts';
import { bettingBounds } from '../../../shared/stats/betting.ts';
import { clustersOf } from '../../../shared/stats/clusters.ts';
import { type Random, randomFrom } from '../../../shared/stats/random.ts';

function metric(name: string): Metric {
  const found = metricNamed(name, 'test');
  if (isProblem(found)) throw new TypeError(found.what);
  return found;
}

const rowsOf = (truth: Int32Array, scores: Float64Array): ClassificationRows => ({
  ...{ task: 'classification', n: truth.length, classes: ['0', '1'], positive: 1 },
  ...{ truth, scores },
});

/** Chances that are even over [0.05, 0.95], of which the candidate's scores are `off` too high. */
function drawn(random: Random, n: number, off: number) {
  const chances = Float64Array.from({ length: n }, () => 0.05 + 0.9 * random.uniform());
  const truth = Int32Array.from(chances, (chance) => (random.uniform() < chance ? 1 : 0));
  const candidate = rowsOf(
    truth,
    chances.map((chance) => chance + off),
  );
  return { candidate, production: rowsOf(truth, chances) };
}

const one = (name: string, rows: ClassificationRows, more = {}) =>
  contrastBounds([{ coefficient: 1, metric: metric(name), rows }], 0.05, { draws: 400, seed: 5, ...more });

describe('bounds of calibration errors', () => {
  test('if every bin is far off, the upper bound is the betting bound of gaps with these signs', () => {
    const { production } = drawn(randomFrom(2), 300, 0);
    const scores = production.scores!.map((score) => (score > 0.5 ? score - 0.3 : score + 0.3));
    const rows = rowsOf(production.truth, scores);
    // Of two bins, the lower one holds what is promised too low, and the upper one what is too high.
    const values = scores.map((score, i) => (score > 0.5 ? 1 : -1) * (score - rows.truth[i]!));
    const { estimate, lower, upper } = one('ece@2', rows);
    const bound = bettingBounds({ values, low: -1, high: 1, alpha: 0.05, seed: 5 });
    expect(bound.estimate).toBeCloseTo(estimate, 12);
    expect(upper).toBeCloseTo(bound.upper, 9);
    expect(lower).toBeLessThan(estimate);
    expect(lower).toBeGreaterThan(bound.lower - 0.1);
  });

  test('false statements of one model, and of two at the margin', () => {
    const random = randomFrom(3);
    const [RUNS, OFF] = [100, 0.05];
    let [calibrated, held, refused, passed] = [0, 0, 0, 0];
    for (let run = 0; run < RUNS; run++) {
      const { candidate, production } = drawn(random, 200, OFF);
      if (one('ece@5', production, { seed: run }).lower! > 0) calibrated += 1;
      const found = one('ece@5', candidate, { seed: run });
      if (found.upper! < OFF) held += 1;
      if (found.lower! > OFF) refused += 1;
      const difference = contrastBounds(
        [
          { coefficient: 1, metric: metric('ece@5'), rows: candidate },
          { coefficient: -1, metric: metric('ece@5'), rows: production },
        ],
        ...([0.05, { draws: 400, seed: run }] as const),
      );
      if (difference.upper! < OFF) passed += 1;
    }
    for (const count of [calibrated, held, refused, passed]) expect(count / RUNS).toBeLessThanOrEqual(0.06);
  });

  test('shows a small error to be small, and a large one to be large, from 3,000 rows', () => {
    const random = randomFrom(4);
    const { production } = drawn(random, 3000, 0);
    expect(one('ece@5', production).upper).toBeLessThan(0.06);
    const off = rowsOf(
      production.truth,
      production.scores!.map((score) => 0.5 + 0.5 * score),
    );
    expect(one('ece@5', off).lower).toBeGreaterThan(0.2);
  });

  test('none of the greatest error of a bin, and none if rows have weights or clusters', () => {
    const { production } = drawn(randomFrom(6), 500, 0);
    expect(one('mce', production)).toMatchObject({ lower: null, upper: null });
    expect(one('mce_quantile@4', production).none).toContain('no sample can bound mce_quantile@4');
    const clusters = clustersOf(Array.from(production.truth, (_, i) => i % 50));
    expect(one('ece', production, { clusters })).toMatchObject({ lower: null, upper: null });
    const weighted = { ...production, weights: new Float64Array(500).fill(2) };
    expect(one('ece', weighted).none).toContain('without weights and clusters');
  });
});
