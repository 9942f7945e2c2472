import { expect, test } from '@jest/globals';
import { randomFrom } from '../../../shared/stats/random.ts';
import { rootBounds, rootDifferenceBounds } from '../../../shared/stats/roots.ts';

const root = (values: Float64Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value / values.length, 0));

test('hold the estimate, and all that a grid over what is known allows', () => {
  const random = randomFrom(5);
  for (let run = 0; run < 20; run++) {
    const ours = Float64Array.from({ length: 200 }, () => random.uniform() ** 3);
    const theirs = ours.map((x) => Math.min(1, x * (0.5 + random.uniform())));
    const found = rootDifferenceBounds({ ours, theirs, ratio: 0.9, high: 1, alpha: 0.05, seed: run });
    expect(found.estimate).toBeCloseTo(root(ours) - 0.9 * root(theirs), 12);
    expect(found.lower).toBeLessThanOrEqual(found.estimate);
    expect(found.upper).toBeGreaterThanOrEqual(found.estimate);
  }
});

test('false accepts at the margin, with errors that sit in 1 % of the rows', () => {
  const random = randomFrom(6);
  // Production's errors are 0.1; the candidate's are 1 in 1 % of the rows.
  const truth = 0.1 - Math.sqrt(0.99 * 0.01 + 0.01);
  let accepted = 0;
  for (let run = 0; run < 400; run++) {
    const theirs = new Float64Array(100).fill(0.01);
    const ours = theirs.map((x) => (random.uniform() < 0.01 ? 1 : x));
    const { upper } = rootDifferenceBounds({ ours, theirs, ratio: 1, high: 1, alpha: 0.05, seed: run });
    if (-upper > truth + 1e-12) accepted += 1;
  }
  expect(accepted / 400).toBeLessThan(0.06);
});

test('one root is that of the bounds of the mean', () => {
  const squares = Float64Array.from({ length: 500 }, (_, i) => (i % 10) / 10);
  const { lower, upper } = rootBounds(squares, 1, 0.05, 3);
  expect(lower).toBeLessThan(Math.sqrt(0.45));
  expect(upper).toBeGreaterThan(Math.sqrt(0.45));
  expect(upper - lower).toBeLessThan(0.08);
});
