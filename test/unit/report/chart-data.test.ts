import { describe, expect, test } from '@jest/globals';
import { chartData, hasCharts } from '../../../shared/report/chart-data.ts';
import { type Check, type JsonObject, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';
import { dataVerdict, modelVerdict, timeVerdict } from './verdicts.ts';

function verdict(measures: JsonObject, checks: readonly Check[] = []): Verdict {
  return verdictOf({ action: 'a', name: 'n', subjects: [], checks, measures, createdAt: new Date(0) });
}

function measured(index: number, status: Check['status'] = 'pass'): Check {
  const evidence = { estimate: index, interval: [index - 1, index + 1] as const, margin: 3 };
  return { id: 'column.drift', target: { column: `c${index}` }, status, message: '', evidence };
}

describe('evidence', () => {
  test('is grouped by metric, or by check if there is none, most severe first', () => {
    const { evidence } = chartData(dataVerdict());
    expect(evidence.map(({ title, rows }) => [title, rows.length])).toEqual([['column.drift', 8]]);
    expect(evidence[0]?.rows[0]).toEqual({
      label: 'temp',
      status: 'fail',
      estimate: 0.21,
      interval: [0.186, 0.23399999999999999],
      limit: 0.05,
    });
    expect(chartData(modelVerdict()).evidence.map(({ title }) => title)).toEqual(['r2']);
  });

  test('has at most 40 rows, the most severe, and counts the rest', () => {
    const checks = [...Array.from({ length: 50 }, (_, index) => measured(index)), measured(99, 'fail')];
    const { evidence, evidenceLeftOut } = chartData(verdict({}, checks));
    expect(evidence.flatMap(({ rows }) => rows)).toHaveLength(40);
    expect(evidence[0]?.rows[0]?.label).toBe('c99');
    expect(evidenceLeftOut).toBe(11);
  });

  test('without an interval or an estimate is not drawn', () => {
    const bare: Check = { id: 'x', status: 'pass', message: '', evidence: { estimate: 1 } };
    expect(hasCharts(chartData(verdict({}, [bare])))).toBe(false);
  });
});

test('comparisons are drawn as gains, the first 40 of them, and not again as evidence', () => {
  const checks = Array.from({ length: 50 }, (_, index): Check => {
    const evidence = { estimate: 0.01, interval: [-0.01, 0.03] as const, margin: 0.02 };
    return {
      id: `comparison.m${index}`,
      target: { metric: `m${index}` },
      status: 'pass',
      message: '',
      evidence,
    };
  });
  const { gains, evidence, evidenceLeftOut } = chartData(verdict({}, checks));
  expect(gains).toHaveLength(1);
  expect(gains[0]?.rows).toHaveLength(40);
  expect(gains[0]?.rows[0]).toMatchObject({ label: 'm0 · production', word: 'not worse', limit: -0.02 });
  expect([evidence, evidenceLeftOut]).toEqual([[], 0]);
});

test('gains with margins of their own are drawn in margins, those without one apart', () => {
  const gain = { gain: 0.01, gain_lower: -0.01, gain_upper: 0.04, n: 9 };
  const { gains } = chartData(
    verdict({
      comparisons: [
        { ...gain, metric: 'a', margin: 0.02 },
        { ...gain, metric: 'b', margin: 0.01, baseline: 'anchor' },
        { ...gain, metric: 'c', margin: 0 },
      ],
    }),
  );
  expect(gains.map(({ title }) => title)).toEqual(['gain, in margins of each metric', 'gain in c']);
  expect(
    gains[0]?.rows.map(({ label, word, estimate, interval, limit }) => [
      label,
      word,
      estimate,
      interval,
      limit,
    ]),
  ).toEqual([
    ['a · production', 'not worse', 0.5, [-0.5, 2], -1],
    ['b · anchor', 'unknown', 1, [-1, 4], -1],
  ]);
});

describe('distances', () => {
  const columns = { a: { distance: 0.1, distance_upper: 0.2 }, b: { distance: 0.3, margin: 0.05 } };

  test('are drawn, largest first, with what interval and margin there is', () => {
    expect(chartData(verdict({ columns })).distances?.rows).toEqual([
      { label: 'b', estimate: 0.3, interval: [0.3, 0.3], limit: 0.05 },
      { label: 'a', estimate: 0.1, interval: [0.1, 0.2] },
    ]);
  });

  test('are not drawn twice', () => {
    expect(chartData(dataVerdict()).distances).toBeUndefined();
  });
});

describe('distributions', () => {
  test('are densities, of the most changed columns', () => {
    const side = { histogram: { edges: [0, 1, 3], counts: [5, 5] } };
    const columns = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`c${index}`, { distance: index / 100, current: side }]),
    );
    const { distributions } = chartData(verdict({ columns }));
    expect(distributions).toHaveLength(6);
    expect(distributions[0]?.column).toBe('c19');
    expect(distributions[0]?.bins?.current).toEqual([
      { from: 0, to: 1, density: 0.5 },
      { from: 1, to: 3, density: 0.25 },
    ]);
  });

  test('of categories go by name, by place where names are hidden, and lump the small ones', () => {
    const current = {
      categories: [
        { name: 'x', share: 0.7 },
        { name: 'y', share: 0.3 },
      ],
    };
    const reference = { categories: [{ name: 'y', share: 1 }] };
    const hidden = { categories: Array.from({ length: 20 }, () => ({ share: 0.05 })) };
    const { distributions } = chartData(
      verdict({ columns: { named: { current, reference }, hidden: { current: hidden, reference: hidden } } }),
    );
    expect(distributions[0]?.categories).toEqual([
      { name: 'y', reference: 1, current: 0.3 },
      { name: 'x', reference: 0, current: 0.7 },
    ]);
    expect(distributions[1]?.categories?.map(({ name }) => name)).toEqual([
      ...Array.from({ length: 7 }, (_, index) => `category ${index + 1}`),
      '13 others',
    ]);
  });

  test('that make no sense are not drawn', () => {
    const histograms = [
      { edges: [0, 1], counts: [1, 2] },
      { edges: [0, 1], counts: [0] },
      { edges: [1, 0], counts: [1] },
      { edges: ['a', 'b'], counts: [1] },
      { edges: [0, 1e300], counts: [1] },
      'x',
    ];
    const columns = Object.fromEntries(
      histograms.map((histogram, index) => [`c${index}`, { current: { histogram } }]),
    );
    expect(hasCharts(chartData(verdict({ columns })))).toBe(false);
  });
});

test('history and rollout are read in order of time, without entries that have none', () => {
  const { history, rollout } = chartData(timeVerdict());
  expect(history?.limit).toBe(46);
  expect(history?.series.map(({ name, points }) => [name, points.length])).toEqual([['mae', 50]]);
  expect(rollout?.points).toHaveLength(8);
  const shuffled = chartData(
    verdict({
      history: {
        mae: [{ at: '2026-01-02', value: 2 }, { at: 'x', value: 9 }, { at: '2026-01-01', value: 1 }, 3],
      },
      rollout: [{ at: '2026-01-02', weight: 10 }, { weight: 1 }, null],
    }),
  );
  expect(shuffled.history?.series[0]?.points.map(({ value }) => value)).toEqual([1, 2]);
  expect(shuffled.rollout?.points.map(({ weight }) => weight)).toEqual([10]);
});
