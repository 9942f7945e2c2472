import { expect, test } from '@jest/globals';
import { contrastBounds } from '../../../shared/model/contrast.ts';
import { isProblem, metricNamed } from '../../../shared/model/metrics.ts';
import type { ClassificationRows } from '../../../shared/model/rows.ts';
import { randomFrom } from '../../../shared/stats/random.ts';

const found = metricNamed('average_precision', 'test');
if (isProblem(found)) throw new TypeError(found.what);
const metric = found;

const rowsOf = (truth: Int32Array, scores: Float64Array): ClassificationRows => ({
  ...{ task: 'classification', n: truth.length, classes: ['0', '1'], positive: 1 },
  ...{ truth, scores },
});

/** Average precision of production less that of a noisier candidate. */
function difference(positives: number) {
  const random = randomFrom(9);
  const truth = Int32Array.from({ length: 10 * positives }, (_, i) => (i % 10 === 0 ? 1 : 0));
  const scores = Float64Array.from(truth, (label) => label + random.uniform() + random.uniform());
  const candidate = scores.map((score) => score + 0.7 * random.uniform());
  return contrastBounds(
    [
      { coefficient: 1, metric, rows: rowsOf(truth, candidate) },
      { coefficient: -1, metric, rows: rowsOf(truth, scores) },
    ],
    ...([0.05, { draws: 400, seed: 3 }] as const),
  );
}

test('a loss is not excluded that a few negatives above all positives would make', () => {
  const { estimate, lower, upper } = difference(60);
  expect(lower).not.toBeNull();
  // Perfectly ranked positives below l negatives: the mean of j / (j + l) over the j-th positive.
  const above = -Math.log(0.05);
  let kept = 0;
  for (let j = 1; j <= 60; j++) kept += j / (j + above) / 60;
  expect(estimate - lower!).toBeGreaterThan(1 - kept - 0.02);
  expect(upper! - estimate).toBeGreaterThan(1 - kept - 0.02);
});

test('with many positives little is left of it', () => {
  const { estimate, lower } = difference(600);
  expect(lower).not.toBeNull();
  expect(estimate - lower!).toBeLessThan(0.05);
});
