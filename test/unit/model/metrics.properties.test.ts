import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnMetric } from '../../../shared/model/metrics/columns.ts';
import { NAMED_METRICS } from '../../../shared/model/metrics/names.ts';
import { rankOrder } from '../../../shared/model/metrics/order.ts';
import { unmetNeed } from '../../../shared/model/metrics.ts';
import type { ScoredRows } from '../../../shared/model/rows.ts';
import { subset } from '../../../shared/model/rows.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { metric, repeated } from './metric-cases.ts';

const EVERY = [
  ...NAMED_METRICS,
  ...['f2', 'f0.5_macro', 'f2_samples', 'top_2_accuracy', 'ece@3', 'mce_quantile@4', 'ndcg@2', 'mrr@2'].map(
    metric,
  ),
  ...['recall@1', 'mean_pinball_loss@0.8', 'mean_tweedie_deviance@1.5', 'latency_p90'].map(metric),
  columnMetric({ column: 'loss', range: [0, 1] }),
];

/** A few levels, so that values tie. */
const level = (levels: number) => fc.integer({ min: 0, max: levels });

function matrix(n: number, k: number, levels = 4) {
  return fc.array(level(levels), { minLength: n * k, maxLength: n * k });
}

const classification = fc.integer({ min: 1, max: 12 }).chain((n) =>
  fc
    .record({
      k: fc.integer({ min: 2, max: 4 }),
      truth: matrix(n, 1, 3),
      predicted: matrix(n, 1, 3),
      scores: matrix(n, 4),
    })
    .map(({ k, truth, predicted, scores }): ScoredRows => {
      const raw = Float64Array.from({ length: n * k }, (_, at) => scores[at]! + 1);
      const sums = Float64Array.from({ length: n }, (_, i) =>
        Array.from({ length: k }, (_, j) => raw[j * n + i]!).reduce((total, score) => total + score),
      );
      return {
        task: 'classification',
        n,
        classes: ['0', '1', '2', '3'].slice(0, k),
        truth: Int32Array.from(truth, (label) => label % k),
        predicted: Int32Array.from(predicted, (label) => label % k),
        positive: 1,
        ...(k === 2
          ? { scores: Float64Array.from({ length: n }, (_, i) => scores[i]! / 4) }
          : { classScores: raw.map((score, at) => score / sums[at % n]!) }),
      };
    }),
);

const regression = fc.integer({ min: 1, max: 12 }).chain((n) =>
  fc.record({ truth: matrix(n, 1), predicted: matrix(n, 1), loss: matrix(n, 1, 1) }).map(
    ({ truth, predicted, loss }): ScoredRows => ({
      task: 'regression',
      n,
      truth: Float64Array.from(truth),
      predicted: Float64Array.from(predicted, (value) => value + 0.5),
      columns: {
        loss: Float64Array.from(loss),
        latency_ms: Float64Array.from(predicted, (value) => 7 * value),
      },
    }),
  ),
);

const multilabel = fc.integer({ min: 1, max: 10 }).chain((n) =>
  fc.record({ truth: matrix(n, 3, 1), predicted: matrix(n, 3, 1), scores: matrix(n, 3) }).map(
    ({ truth, predicted, scores }): ScoredRows => ({
      task: 'multilabel',
      n,
      labels: ['a', 'b', 'c'],
      truth: Uint8Array.from(truth),
      predicted: Uint8Array.from(predicted),
      scores: Float64Array.from(scores),
    }),
  ),
);

const document = fc.record({ relevance: level(2), score: level(3) });
const ranking = fc
  .array(fc.array(document, { minLength: 1, maxLength: 7 }), { minLength: 1, maxLength: 6 })
  .map((queries): ScoredRows => {
    const offsets = new Int32Array(queries.length + 1);
    queries.forEach((documents, i) => {
      offsets[i + 1] = offsets[i]! + documents.length;
    });
    return {
      task: 'ranking',
      n: queries.length,
      offsets,
      relevance: Float64Array.from(queries.flat(), ({ relevance }) => relevance),
      scores: Float64Array.from(queries.flat(), ({ score }) => score),
    };
  });

const TASKS = { classification, regression, multilabel, ranking } as const;

/** Every metric that the rows allow, of both. */
function expectEqual(rows: ScoredRows, ours: (name: string) => number, theirs: (name: string) => number) {
  const shown = (value: number) => (Math.abs(value) < 1e-12 ? '0' : value.toPrecision(9));
  const compared = EVERY.filter((known) => unmetNeed(known, rows) === undefined).map(({ name }) => name);
  expect(compared.length).toBeGreaterThan(3);
  expect(compared.map((name) => [name, shown(ours(name))])).toEqual(
    compared.map((name) => [name, shown(theirs(name))]),
  );
}

const named = (name: string) => EVERY.find((known) => known.name === name)!;
const value = (rows: ScoredRows, name: string, counts?: Float64Array) => named(name).evaluator(rows)(counts);
const RUNS = { numRuns: 60, seed: 20260111 };

describe.each(Object.entries(TASKS))('of %s', (_, rowsOf: fc.Arbitrary<ScoredRows>) => {
  test('the order of rows does not matter', () => {
    fc.assert(
      fc.property(rowsOf, fc.nat(), (rows, seed) => {
        const places = Int32Array.from({ length: rows.n }, (_, i) => i);
        randomFrom(seed).shuffle(places);
        const shuffled = subset(rows, [...places]);
        expectEqual(
          rows,
          (name) => value(rows, name),
          (name) => value(shuffled, name),
        );
      }),
      RUNS,
    );
  });

  test('items lie in the range that is claimed of them, on which bounds rest', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const beyond = EVERY.filter((known) => unmetNeed(known, rows) === undefined).filter((known) => {
          const statistic = known.statistic(rows);
          if (statistic.kind !== 'mean') return false;
          const [low, high] = statistic.range ?? [-Infinity, Infinity];
          return statistic.items.some((item) => item < low || item > high);
        });
        expect(beyond.map(({ name }) => name)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('a row that counts twice is the row twice, whether counted or weighed', () => {
    fc.assert(
      fc.property(rowsOf, fc.nat(), (rows, seed) => {
        const random = randomFrom(seed);
        const counts = Float64Array.from({ length: rows.n }, () => Math.floor(4 * random.uniform()));
        counts[0] = 1;
        const again = repeated(rows, counts);
        expectEqual(
          rows,
          (name) => value(rows, name, counts),
          (name) => value(again, name),
        );
        const weighted = { ...rows, weights: counts };
        expectEqual(
          rows,
          // Of weighted rows scikit-learn's median is another one.
          (name) => (name === 'median_absolute_error' ? 0 : value(weighted, name)),
          (name) => (name === 'median_absolute_error' ? 0 : value(again, name)),
        );
      }),
      RUNS,
    );
  });
});

test('numbers are ordered as the engine orders them, equal ones by place', () => {
  const special = fc.constantFrom(0, -0, 1, -1, 5e-324, -5e-324, 1.7e308, -1.7e308, 0.1, 0.30000000000000004);
  fc.assert(
    fc.property(fc.array(fc.oneof(special, fc.double({ noNaN: true })), { minLength: 1 }), (few) => {
      // Long enough for the radix sort.
      const values = Float64Array.from({ length: 2100 }, (_, i) => few[i % few.length]!);
      const { places, tied } = rankOrder(values);
      const expected = Uint32Array.from(values.keys()).sort((a, b) =>
        values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b,
      );
      expect(places).toEqual(expected);
      const equal = places.map((place, k) => (k > 0 && values[place] === values[places[k - 1]!] ? 1 : 0));
      expect(Uint32Array.from(tied)).toEqual(equal);
    }),
    { numRuns: 20, seed: 20260112 },
  );
});

describe('weighted kappa', () => {
  const rowsOf = (k: number, truth: readonly number[], predicted: readonly number[]): ScoredRows => ({
    task: 'classification',
    n: truth.length,
    classes: Array.from({ length: k }, (_, j) => String(j * 10)),
    truth: Int32Array.from(truth),
    predicted: Int32Array.from(predicted),
  });

  test('is that of its definition, pair by pair of ranks', () => {
    const code = fc.integer({ min: 0, max: 7 });
    fc.assert(
      fc.property(fc.array(fc.tuple(code, code), { minLength: 2, maxLength: 40 }), (pairs) => {
        const [truth, predicted] = [pairs.map(([label]) => label), pairs.map(([, guess]) => guess)];
        const ranks = [...new Set([...truth, ...predicted])].sort((a, b) => a - b);
        for (const [name, power] of [
          ['cohen_kappa_linear', 1],
          ['cohen_kappa_quadratic', 2],
        ] as const) {
          const far = (a: number, b: number) => Math.abs(ranks.indexOf(a) - ranks.indexOf(b)) ** power;
          const observed = pairs.reduce((total, [a, b]) => total + far(a, b), 0) / pairs.length;
          const expected = truth.flatMap((a) => predicted.map((b) => far(a, b)));
          const mean = expected.reduce((total, one) => total + one, 0) / expected.length;
          const found = metric(name).evaluator(rowsOf(8, truth, predicted))();
          if (mean === 0) expect(found).toBeNaN();
          else expect(found).toBeCloseTo(1 - observed / mean, 10);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test('takes no table of all pairs of classes: each of 50,000 rows may have its own', () => {
    const n = 50_000;
    const codes = Array.from({ length: n }, (_, i) => i);
    for (const name of ['cohen_kappa_linear', 'cohen_kappa_quadratic'])
      expect(metric(name).evaluator(rowsOf(n, codes, codes))()).toBe(1);
  });
});
