import { sha256Text } from '../../../shared/verdict/digest.ts';
import { type Check, type JsonObject, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';

const createdAt = new Date('2026-03-02T06:00:00Z');

/** A verdict about data: broken types, drift with intervals, histograms and categories. */
export function dataVerdict(): Verdict {
  const names = ['temp', 'humidity', 'wind', 'hour', 'season', 'registered', 'casual', 'workingday'];
  const drift = names.map((column, index): Check => {
    const estimate = [0.21, 0.094, 0.07, 0.049, 0.033, 0.021, 0.012, 0.008][index] ?? 0;
    const half = 0.024;
    const interval = [Math.max(0, estimate - half), estimate + half] as const;
    const status =
      interval[0] > 0.05 ? 'fail' : estimate > 0.05 ? 'warn' : interval[1] < 0.05 ? 'pass' : 'inconclusive';
    return {
      id: 'column.drift',
      target: { column },
      status,
      message: `distance of ${column} from the reference`,
      evidence: {
        method: 'Kolmogorov distance',
        estimate,
        interval,
        level: 0.95,
        margin: 0.05,
        n: 1680,
        ...(status === 'inconclusive' ? { needed: 3400 } : {}),
      },
    };
  });
  return verdictOf({
    action: 'validate-data',
    name: 'bike-demand',
    subjects: [
      { role: 'data', name: 'data/2012-w09.csv', digest: sha256Text('a'), rows: 1680 },
      { role: 'reference', name: 'profile of demand@1.4.0', digest: sha256Text('b'), rows: 10886 },
    ],
    checks: [
      {
        id: 'column.type',
        target: { column: 'registered' },
        status: 'fail',
        observed: 7,
        expected: { type: 'integer' },
        message: '7 values of registered are not integers',
        fix: 'allow numbers: registered: { type: number }',
        locations: [812, 814, 813, 1201, 90, 91, 1644].map((line) => ({
          file: 'data/2012-w09.csv',
          line,
          column: 4,
        })),
      },
      ...drift,
      ...['presence', 'nulls', 'range'].map(
        (kind): Check => ({
          id: `column.${kind}`,
          target: { column: 'temp' },
          status: 'pass',
          observed: 0,
          expected: 0,
          message: `${kind} of temp as the contract says`,
        }),
      ),
    ],
    measures: { rows: 1680, columns: columns(names) },
    configuration: {
      data: ['data/2012-w09.csv'],
      reference: 'model:demand@champion',
      margin: 0.05,
      'fail-on': 'fail',
    },
    createdAt,
    scope: 'in 1 680 rows',
  });
}

function columns(names: readonly string[]): JsonObject {
  const edges = Array.from({ length: 21 }, (_, index) => -5 + index * 2);
  const bell = (mean: number, sd: number) =>
    edges.slice(0, -1).map((edge) => Math.round(2000 * Math.exp(-(((edge + 1 - mean) / sd) ** 2) / 2)));
  const side = (mean: number, sd: number) => ({
    nulls: 3,
    mean,
    sd,
    histogram: { edges, counts: bell(mean, sd) },
  });
  const seasons = (shares: readonly number[]) =>
    shares.map((share, index) => ({ name: ['spring', 'summer', 'autumn', 'winter'][index] ?? '', share }));
  return Object.fromEntries(
    names.map((name, index) => {
      const distance = [0.21, 0.094, 0.07, 0.049, 0.033, 0.021, 0.012, 0.008][index] ?? 0;
      const measured = {
        distance,
        distance_lower: Math.max(0, distance - 0.02),
        distance_upper: distance + 0.02,
      };
      if (name !== 'season')
        return [
          name,
          {
            ...measured,
            current: side(16 - index, 4 + index / 2),
            reference: side(12 - index, 4 + index / 2),
          },
        ];
      const current = { nulls: 0, categories: seasons([0.4, 0.3, 0.2, 0.1]) };
      return [
        name,
        { ...measured, current, reference: { nulls: 0, categories: seasons([0.25, 0.26, 0.25, 0.24]) } },
      ];
    }),
  );
}

/** A verdict about a model: roles side by side, nested groups, a one-sided interval. */
export function modelVerdict(): Verdict {
  return verdictOf({
    action: 'validate-model',
    name: 'bike-demand',
    subjects: [{ role: 'candidate', name: 'model/', digest: sha256Text('c') }],
    checks: [
      {
        id: 'comparison.not-worse',
        target: { metric: 'mae' },
        status: 'inconclusive',
        message: 'the evidence cannot tell whether the candidate is worse by more than 2 %',
        evidence: {
          method: 'paired t',
          estimate: 0.4,
          interval: [null, 1.1],
          level: 0.95,
          margin: 0.9,
          n: 900,
          needed: 1450,
          binding: 'bound',
        },
      },
      {
        id: 'metric.minimum',
        target: { metric: 'r2' },
        status: 'pass',
        message: 'r2 is at least 0.5',
        evidence: { estimate: 0.81, interval: [0.78, 0.84], margin: 0.5, n: 900, binding: 'declared' },
      },
    ],
    measures: {
      candidate: {
        mae: 45.2,
        mae_lower: 43.1,
        mae_upper: 47.3,
        r2: 0.81,
        by_group: { season: { '1': { mae: 31.2 } } },
      },
      production: { mae: 44.8, r2: 0.82 },
    },
    createdAt,
  });
}

/** A verdict about time: a history with a limit, and a rollout that was rolled back. */
export function timeVerdict(): Verdict {
  const week = (index: number) => new Date(Date.UTC(2025, 0, 6 + 7 * index)).toISOString();
  const minute = (index: number) => new Date(Date.UTC(2026, 2, 2, 6, 10 * index)).toISOString();
  return verdictOf({
    action: 'deploy-canary',
    name: 'bike-demand',
    subjects: [],
    checks: [{ id: 'rollout.errors', status: 'fail', message: 'the canary fails more often than stable' }],
    measures: {
      history: {
        mae: Array.from({ length: 50 }, (_, index) => {
          const value = 38 + 8 * Math.sin(index / 6) + ((index * 7) % 5);
          return { at: week(index), value, lower: value - 4, upper: value + 4 };
        }),
        limit: 46,
      },
      rollout: [0, 5, 5, 20, 20, 50, 50, 0].map((weight, index) => ({
        at: minute(index),
        weight,
        ...(index === 0 ? {} : { canaryErrorRate: 0.002 * index ** 1.5, stableErrorRate: 0.003 }),
      })),
    },
    createdAt,
  });
}
