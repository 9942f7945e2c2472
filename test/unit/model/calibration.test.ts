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
  test('the upper bound is that with any signs of the bins, up to a fiftieth of its distance', () => {
    const random = randomFrom(2);
    for (let run = 0; run < 5; run++) {
      const { candidate } = drawn(random, 120, 0.04);
      const { upper, estimate } = one('ece@3', candidate);
      for (let signs = 0; signs < 8; signs++) {
        const values = candidate.scores!.map((score, i) => {
          const bin = Math.min(2, Math.max(0, Math.ceil(score * 3) - 1));
          return ((signs >> bin) & 1 ? 1 : -1) * (score - candidate.truth[i]!);
        });
        const bound = bettingBounds({ values, low: -1, high: 1, alpha: 0.05, seed: 5 }).upper;
        expect(upper).toBeGreaterThanOrEqual(bound - 0.02 * (bound - estimate));
      }
    }
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
    expect(one('ece', weighted).none).toContain('weights or clusters');
  });
});
