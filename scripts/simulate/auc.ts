/** DeLong bounds of the difference of two AUCs: how often does either lie beyond the true difference? */
import { aucBounds, aucDifference } from '../../shared/stats/auc.ts';
import { clustersOf } from '../../shared/stats/clusters.ts';
import { normalCdf } from '../../shared/stats/special.ts';
import { type Draw, drawFrom } from './draw.ts';
import { grouped, rate, table } from './text.ts';

const SHIFT = 1.5;
const NOISE = 0.25;

interface Scores {
  readonly positive: Uint8Array;
  readonly candidate: Float64Array;
  readonly production: Float64Array;
}

/** Normal scores of either class, and the candidate's with more noise; a monotone `shape` changes no AUC. */
function scores(draw: Draw, n: number, share: number, shape: (x: number) => number): Scores {
  const positive = Uint8Array.from({ length: n }, () => (draw.uniform() < share ? 1 : 0));
  const plain = Float64Array.from(positive, (label) => SHIFT * label + draw.normal());
  return {
    positive,
    production: plain.map(shape),
    candidate: plain.map((x) => shape(x + Math.sqrt(NOISE) * draw.normal())),
  };
}

const TRUTH = normalCdf(SHIFT / Math.sqrt(2 + 2 * NOISE)) - normalCdf(SHIFT / Math.SQRT2);

/** Few positives are hard and score like the worst negatives in the candidate alone: influences are skewed. */
function skewed(draw: Draw, n: number, share: number): Scores {
  const positive = Uint8Array.from({ length: n }, () => (draw.uniform() < share ? 1 : 0));
  const production = Float64Array.from(positive, (label) => SHIFT * label + draw.normal());
  const candidate = production.map((x, i) => (positive[i] === 1 && draw.uniform() < LOST ? -6 : x));
  return { positive, production, candidate };
}
const LOST = 0.03;
const LOST_TRUTH = -LOST * normalCdf(SHIFT / Math.SQRT2);

interface Tally {
  above: number;
  below: number;
  none: number;
}

function tally(runs: number, truth: number, rows: () => Scores & { clusters?: readonly number[] }): string[] {
  const found: Tally = { above: 0, below: 0, none: 0 };
  for (let run = 0; run < runs; run++) {
    const { clusters, ...given } = rows();
    const { lower, upper } = aucBounds(
      aucDifference({ ...given, ...(clusters === undefined ? {} : { clusters: clustersOf(clusters) }) }),
      0.05,
    );
    if (lower === null || upper === null) found.none += 1;
    if (lower !== null && lower > truth) found.above += 1;
    if (upper !== null && upper < truth) found.below += 1;
  }
  return [rate(found.above, runs), rate(found.below, runs), rate(found.none, runs)];
}

const HEADER = ['lower bound above the truth', 'upper bound below the truth', 'one or both missing'];

export function auc(): string {
  const draw = drawFrom(421);
  const runs = 2000;
  const identity = (x: number) => x;
  const plain = [50, 100, 300, 1000].flatMap((n) =>
    [0.5, 0.1].map((share) => [
      `n = ${grouped(n)}, ${grouped(n * share)} positives`,
      ...tally(runs, TRUTH, () => scores(draw, n, share, identity)),
    ]),
  );
  const lost = [100, 300, 1000, 3000].map((n) => [
    `3 % of positives lost, n = ${grouped(n)}, ${grouped(n * 0.3)} positives`,
    ...tally(runs, LOST_TRUTH, () => skewed(draw, n, 0.3)),
  ]);
  const size = 10;
  const clustered = [10, 30, 100].flatMap((count) =>
    [true, false].map((declared) => [
      `${count} clusters of ${size}, ${declared ? 'Obuchowski' : 'not declared'}`,
      ...tally(runs / 2, TRUTH, () => {
        const of = Array.from({ length: count * size }, (_, i) => Math.floor(i / size));
        // Half of the variance of the scores, and of the candidate's noise, is the cluster's.
        const effect = of.map(() => 0);
        const noise = of.map(() => 0);
        for (let k = 0; k < count; k++) {
          const [a, b] = [Math.SQRT1_2 * draw.normal(), Math.SQRT1_2 * draw.normal()];
          effect.fill(a, k * size, (k + 1) * size);
          noise.fill(b, k * size, (k + 1) * size);
        }
        const positive = Uint8Array.from(of, () => (draw.uniform() < 0.4 ? 1 : 0));
        const production = Float64Array.from(
          positive,
          (label, i) => SHIFT * label + effect[i]! + Math.SQRT1_2 * draw.normal(),
        );
        const candidate = production.map(
          (x, i) => x + Math.sqrt(NOISE) * (noise[i]! + Math.SQRT1_2 * draw.normal()),
        );
        return { positive, production, candidate, ...(declared ? { clusters: of } : {}) };
      }),
    ]),
  );
  return [
    `Bounds of the difference of two AUCs; ${runs} runs a row (half as many of clusters):`,
    table(['normal scores', ...HEADER], plain),
    'A few positives are below all others, and a sample may hold none of them:',
    table(['rows', ...HEADER], lost),
    'Rows that depend on each other:',
    table(['clusters', ...HEADER], clustered),
  ].join('\n\n');
}
