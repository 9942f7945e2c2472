import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { logMetrics } from '../../../shared/rollout/log-metrics.ts';
import { increase, type Look, NO_COUNTS } from '../../../shared/rollout/metrics.ts';
import { checkQueries, prometheusMetrics } from '../../../shared/rollout/prometheus.ts';
import { MemoryFiles, MemoryHttp } from '../../support/memory.ts';

const LOOK: Look = {
  canary: { version: '1.1.0', digest: `sha256:${'b'.repeat(64)}` },
  stable: { version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` },
  since: new Date('2026-01-05T12:00:00Z'),
  now: new Date('2026-01-05T13:00:00Z'),
  maxLatencyMs: null,
};

describe('a prediction log', () => {
  const row = (fields: object) => JSON.stringify({ id: 'x', timestamp: '2026-01-05T12:30:00Z', ...fields });
  const read = (lines: readonly string[], look: Partial<Look> = {}) =>
    logMetrics('logs/*.jsonl', new MemoryFiles({ 'logs/a.jsonl': `${lines.join('\n')}\n` })).read({
      ...LOOK,
      ...look,
    });

  test('is counted by version or digest, else by variant, within the rollout', async () => {
    const reading = await read([
      row({ model: '1.1.0', status: 200 }),
      row({ model: LOOK.canary.digest, status: 503 }),
      row({ model: '1.0.0', variant: 'canary', status: 'error' }),
      row({ model: '0.9.0', variant: 'canary', status: 500 }),
      row({ variant: 'canary', status: 404 }),
      row({ variant: 'stable' }),
      row({ status: 500 }),
      row({ model: '1.1.0', status: 500, timestamp: '2026-01-05T11:59:59Z' }),
      row({ model: '1.1.0', status: 500, timestamp: '2026-01-05T13:00:00Z' }),
    ]);
    expect(reading).toEqual({
      kind: 'counts',
      totals: {
        canary: { ...NO_COUNTS, requests: 3, judged: 3, errors: 1 },
        stable: { ...NO_COUNTS, requests: 2, judged: 1, errors: 1 },
      },
    });
  });

  test('counts slow requests among those whose latency is known', async () => {
    const lines = [10, 100, 101, undefined].map((latency_ms) =>
      row({ model: '1.1.0', status: 200, latency_ms }),
    );
    const reading = await read(lines, { maxLatencyMs: 100 });
    expect(reading).toMatchObject({ totals: { canary: { requests: 4, timed: 3, slow: 1 } } });
  });

  test('that is not there yet is its own reading', async () => {
    const metrics = logMetrics('logs/*.jsonl', new MemoryFiles());
    expect(await metrics.read(LOOK)).toMatchObject({ kind: 'no-series' });
    expect(await metrics.baseline(LOOK)).toEqual({ canary: NO_COUNTS, stable: NO_COUNTS });
  });

  test('with a row that cannot be used is an error with its place', async () => {
    await expect(read([row({}), row({ timestamp: 'yesterday' })])).rejects.toThrow('logs/a.jsonl:2');
  });
});

describe('Prometheus', () => {
  const QUERIES = {
    'canary-requests': 'requests{version="{canary}"}',
    'canary-errors': 'errors{version="{canary}"}',
    'stable-requests': 'requests{digest="{stable-digest}"}',
    'stable-errors': 'errors{version="{stable}"}',
  };
  const vector = (...values: string[]) => ({
    status: 200,
    body: JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [0, value] })) },
    }),
  });
  const asked = (url: string) => new URL(url).searchParams.get('query') ?? '';
  const server = (answers: (query: string) => HttpResponse) => new MemoryHttp((url) => answers(asked(url)));
  const metrics = (answers: (query: string) => HttpResponse) =>
    prometheusMetrics('prometheus+http://prom:9090/base/', QUERIES, server(answers));

  test('is asked for raw counters at one instant, with the versions put in', async () => {
    const http = server((query) => vector(query.startsWith('errors') ? '2' : '100'));
    const source = prometheusMetrics('prometheus+https://me:p%40ss@prom/base/', QUERIES, http);
    const counts = { requests: 100, judged: 100, errors: 2, timed: 0, slow: 0 };
    expect(await source.read(LOOK)).toEqual({ kind: 'counts', totals: { canary: counts, stable: counts } });
    expect(http.requests.map(({ url }) => asked(url))).toEqual([
      'requests{version="1.1.0"}',
      'errors{version="1.1.0"}',
      `requests{digest="${LOOK.stable?.digest}"}`,
      'errors{version="1.0.0"}',
    ]);
    const urls = http.requests.map(({ url }) => new URL(url));
    expect(
      urls.every(
        ({ host, pathname, username }) => `${host}${pathname}${username}` === 'prom/base/api/v1/query',
      ),
    ).toBe(true);
    expect(new Set(urls.map(({ searchParams }) => searchParams.get('time')))).toEqual(
      new Set(['1767618000']),
    );
    expect(http.requests[0]?.request.headers).toEqual({ authorization: `Basic ${btoa('me:p@ss')}` });
  });

  test.each<[string, HttpResponse, string]>([
    ['an empty vector', vector(), 'no-series'],
    ['NaN', vector('NaN'), 'not-a-number'],
    ['an infinity', vector('+Inf'), 'not-a-number'],
    ['several series', vector('1', '2'), 'several-series'],
    ['a negative count', vector('-1'), 'inconsistent'],
    ['a count that is none', vector('1e308'), 'inconsistent'],
    [
      'HTTP 400',
      { status: 400, body: '{"status":"error","errorType":"bad_data","error":"parse"}' },
      'refused',
    ],
    ['HTTP 503', { status: 503, body: 'busy' }, 'unreachable'],
    ['a page of something else', { status: 200, body: '<html>' }, 'unreachable'],
    [
      'a matrix',
      { status: 200, body: '{"status":"success","data":{"resultType":"matrix","result":[]}}' },
      'unreachable',
    ],
  ])('%s is its own reading', async (_, answer, kind) => {
    expect(await metrics(() => answer).read(LOOK)).toMatchObject({ kind });
  });

  test('that cannot be reached is a reading, not an error', async () => {
    const down = metrics(() => {
      throw new UserError({ what: 'cannot be reached (ECONNREFUSED)', where: 'http://prom:9090' });
    });
    expect(await down.read(LOOK)).toMatchObject({ kind: 'unreachable' });
    expect(await down.baseline(LOOK)).toEqual({ canary: null, stable: null });
  });

  test('an error series that is missing beside its requests is not a reading: the query may be wrong', async () => {
    const reading = await metrics((query) => (query.startsWith('errors') ? vector() : vector('7'))).read(
      LOOK,
    );
    expect(reading).toMatchObject({ kind: 'no-series' });
    expect(reading).toMatchObject({ message: expect.stringContaining('canary-errors gave no series') });
  });

  test('a password that cannot be decoded is the user’s to fix, and is not shown', () => {
    const open = () =>
      prometheusMetrics(
        'prometheus+http://me:%zz@prom',
        QUERIES,
        server(() => vector()),
      );
    expect(open).toThrow(UserError);
    expect(open).not.toThrow(/zz/);
  });

  test('more errors than requests do not fit together', async () => {
    const reading = await metrics((query) => vector(query.startsWith('errors') ? '8' : '7')).read(LOOK);
    expect(reading).toMatchObject({ kind: 'inconsistent' });
  });

  test('a version without a series begins at nothing; a stable one is counted from where it is', async () => {
    const source = metrics((query) =>
      query.includes('1.1.0') ? vector() : vector(query.startsWith('errors') ? '10' : '1000'),
    );
    const base = await source.baseline(LOOK);
    expect(base.canary).toEqual(NO_COUNTS);
    expect(base.stable).toMatchObject({ requests: 1000, errors: 10 });
  });

  test('slow requests are counters too', async () => {
    const queries = { ...QUERIES, 'canary-slow': 'slow', 'stable-slow': 'slow' };
    const http = server((query) => vector(query === 'slow' ? '3' : query.startsWith('errors') ? '0' : '9'));
    const source = prometheusMetrics('prometheus+http://prom', queries, http);
    expect(await source.read({ ...LOOK, maxLatencyMs: 50 })).toMatchObject({
      totals: { canary: { timed: 9, slow: 3 } },
    });
  });

  test('queries that are missing or unknown are all named at once', () => {
    expect(() => checkQueries({ 'canary-request': 'x', 'stable-errors': 'x' }, true)).toThrow(
      /no query canary-request.*canary-requests[\s\S]*canary-errors is missing[\s\S]*stable-requests is missing[\s\S]*canary-slow is missing/,
    );
  });
});

describe('what is new between two looks', () => {
  const counts = (requests: number, errors: number) => ({ ...NO_COUNTS, requests, judged: requests, errors });

  test('is the difference', () => {
    expect(increase(counts(10, 1), counts(15, 3), true)).toEqual(counts(5, 2));
  });

  test('is nothing if one of them is not known', () => {
    expect(increase(null, counts(1e6, 1e4), true)).toEqual(NO_COUNTS);
    expect(increase(counts(1, 0), null, true)).toEqual(NO_COUNTS);
  });

  test('is all that a counter shows that began again, errors too', () => {
    expect(increase(counts(1000, 1), counts(20, 5), true)).toEqual(counts(20, 5));
  });

  test('is nothing if rows were removed from a log', () => {
    expect(increase(counts(1000, 1), counts(20, 5), false)).toEqual(NO_COUNTS);
  });
});
