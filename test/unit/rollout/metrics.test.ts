import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { logMetrics } from '../../../shared/rollout/log-metrics.ts';
import {
  type CountedSoFar,
  increaseOf,
  type MetricsLook,
  NO_COUNTS,
  NOTHING_SEEN,
} from '../../../shared/rollout/metrics.ts';
import { checkQueries, prometheusMetrics } from '../../../shared/rollout/prometheus.ts';
import { MemoryFiles, MemoryHttp } from '../../support/memory.ts';

const LOG = { pattern: 'logs/*.jsonl', maxUnreadable: 0.01 };

const LOOK: MetricsLook = {
  canary: { version: '1.1.0', digest: `sha256:${'b'.repeat(64)}` },
  stable: { version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` },
  since: new Date('2026-01-05T12:00:00Z'),
  now: new Date('2026-01-05T13:00:00Z'),
  maxLatencyMs: null,
};

describe('a prediction log', () => {
  let ids = 0;
  const row = (fields: object) =>
    JSON.stringify({ id: `r${ids++}`, timestamp: '2026-01-05T12:30:00Z', ...fields });
  const read = (lines: readonly string[], look: Partial<MetricsLook> = {}) =>
    logMetrics(LOG, new MemoryFiles({ 'logs/a.jsonl': `${lines.join('\n')}\n` })).read(
      {
        ...LOOK,
        ...look,
      },
      { canary: NO_COUNTS, stable: NO_COUNTS },
    );

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
    const counts = {
      canary: { ...NO_COUNTS, requests: 3, judged: 3, errors: 1 },
      stable: { ...NO_COUNTS, requests: 2, judged: 1, errors: 1 },
    };
    expect(reading).toEqual({ kind: 'counts', counts, seen: counts });
  });

  test('counts slow requests among those whose latency is known', async () => {
    const lines = [10, 100, 101, undefined].map((latency_ms) =>
      row({ model: '1.1.0', status: 200, latency_ms }),
    );
    const reading = await read(lines, { maxLatencyMs: 100 });
    expect(reading).toMatchObject({ counts: { canary: { requests: 4, timed: 3, slow: 1 } } });
  });

  test('that is not there yet is its own reading', async () => {
    const metrics = logMetrics(LOG, new MemoryFiles());
    expect(await metrics.read(LOOK, NOTHING_SEEN)).toMatchObject({ kind: 'no-series' });
    expect(await metrics.baseline(LOOK)).toEqual({ canary: NO_COUNTS, stable: NO_COUNTS });
  });

  test('leaves out lines that cannot be used, with the first place, up to a share of them', async () => {
    const sound = Array.from({ length: 200 }, () => row({ model: '1.1.0', status: 200 }));
    const bad = [
      row({ timestamp: 'yesterday' }),
      '{"id":"x","timest',
      row({ status: 200 }).replace('200', 'NaN'),
    ];
    for (const line of bad) {
      const reading = await read([...sound, line, row({ model: '1.1.0', status: 500 })]);
      expect(reading).toMatchObject({
        kind: 'counts',
        counts: { canary: { requests: 201, errors: 1 } },
        left: expect.stringMatching(
          /^1 line cannot be used, the first at logs.a.jsonl:201(:2)?; it is left out$/,
        ),
      });
    }
    expect(await read([row({ model: '1.1.0' }), bad[0] ?? ''])).toMatchObject({ kind: 'counts' });
  });

  test('that is unreadable beyond that is a gap, as a server that cannot be reached', async () => {
    const sound = Array.from({ length: 50 }, () => row({ model: '1.1.0' }));
    const reading = await read([...sound, row({ timestamp: 'x' }), row({ status: 'fine' })]);
    expect(reading).toEqual({
      kind: 'unreadable',
      message: 'logs/a.jsonl:51:2: timestamp is not usable, and 1 more problems',
    });
    const files = new MemoryFiles({ 'logs/a.jsonl': '{"time":1}\n' });
    expect(await logMetrics(LOG, files).read(LOOK, NOTHING_SEEN)).toMatchObject({ kind: 'unreadable' });
  });

  test('that is delivered twice counts each request once, and others of the same id or time by themselves', async () => {
    const lines = [
      row({ id: 'a', model: '1.1.0', status: 500 }),
      row({ id: 'b', model: '1.1.0', status: 200 }),
      row({ id: 'a', model: '1.1.0', status: 200, timestamp: '2026-01-05T12:30:01Z' }),
    ];
    expect(await read([...lines, ...lines, ...lines])).toMatchObject({
      counts: { canary: { requests: 3, errors: 1 } },
      left: '6 lines repeat an earlier one; they are left out',
    });
  });
});

/** `[labels, values]`: the values of a series, one a look, the first at the baseline; null while it is not there. */
type Course = readonly [labels: object, values: readonly (number | null)[]];

describe('Prometheus', () => {
  const QUERIES = {
    'canary-requests': 'requests{version="{canary}"}',
    'canary-errors': 'errors{version="{canary}"}',
    'stable-requests': 'requests{digest="{stable-digest}"}',
    'stable-errors': 'errors{version="{stable}"}',
  };
  const vector = (series: readonly (readonly [object, number | string])[]) => ({
    status: 200,
    body: JSON.stringify({
      status: 'success',
      data: {
        resultType: 'vector',
        result: series.map(([metric, value]) => ({ metric, value: [0, String(value)] })),
      },
    }),
  });
  const START = LOOK.since.getTime() / 1000;
  const LENGTH = 600;
  /** A server that has one value of each series a look, ten minutes apart. */
  const answer = (url: string, courses: readonly Course[]): HttpResponse => {
    const look = (Number(new URL(url).searchParams.get('time')) - START) / LENGTH;
    const there = courses.flatMap(([labels, values]) => {
      const value = values[look] ?? null;
      return value === null ? [] : [[labels, value] as const];
    });
    return vector(there);
  };
  const asked = (url: string) => new URL(url).searchParams.get('query') ?? '';
  const metrics = (answers: (query: string, url: string) => HttpResponse, queries = QUERIES) =>
    prometheusMetrics(
      'prometheus+http://prom:9090/base/',
      queries,
      new MemoryHttp((url) => answers(asked(url), url)),
    );
  const lookAt = (look: number): MetricsLook => ({ ...LOOK, now: new Date((START + look * LENGTH) * 1000) });
  const of = (courses: Readonly<Record<string, readonly Course[]>>, queries = QUERIES) =>
    metrics(
      (query, url) =>
        answer(url, courses[query.split('{')[0]!.concat(query.includes('1.1.0') ? '-canary' : '')]!),
      queries,
    );

  /** All looks: what each counts. */
  async function looks(courses: Readonly<Record<string, readonly Course[]>>, count: number) {
    const source = of(courses);
    let seen: CountedSoFar = await source.baseline(lookAt(0));
    const told: unknown[] = [];
    for (let look = 1; look <= count; look++) {
      const reading = await source.read(lookAt(look), seen);
      seen = reading.seen ?? seen;
      if (reading.kind !== 'counts') told.push(reading.kind);
      else
        told.push(
          [reading.counts.canary, reading.counts.stable].map(({ requests, errors }) => [requests, errors]),
        );
    }
    return told;
  }

  test('is asked for raw counters at one instant, with the versions put in', async () => {
    const http = new MemoryHttp((url) => answer(url, [[{ pod: 'a' }, [100, 160]]]));
    const source = prometheusMetrics('prometheus+https://me:p%40ss@prom/base/', QUERIES, http);
    const seen = await source.baseline(lookAt(0));
    http.requests.length = 0;
    const counts = { requests: 60, judged: 60, errors: 60, timed: 0, slow: 0 };
    expect(await source.read(lookAt(1), seen)).toMatchObject({ counts: { canary: counts, stable: counts } });
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
      new Set([String(START + LENGTH)]),
    );
    expect(http.requests[0]?.request.headers).toEqual({ authorization: `Basic ${btoa('me:p@ss')}` });
  });

  const one = (value: string) => vector([[{ pod: 'a' }, value]]);
  test.each<[string, HttpResponse, string]>([
    ['no series', vector([]), 'no-series'],
    ['NaN', one('NaN'), 'not-a-number'],
    ['an infinity', one('+Inf'), 'not-a-number'],
    [
      'more series than can be remembered',
      vector(Array.from({ length: 1001 }, (_, pod) => [{ pod }, 1] as const)),
      'several-series',
    ],
    ['a negative count', one('-1'), 'inconsistent'],
    ['a count that is none', one('1e308'), 'inconsistent'],
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
  ])('%s is its own reading', async (_, given, kind) => {
    expect(await metrics(() => given).read(LOOK, NOTHING_SEEN)).toMatchObject({ kind });
  });

  test('that cannot be reached is a reading, not an error', async () => {
    const down = metrics(() => {
      throw new UserError({ what: 'cannot be reached (ECONNREFUSED)', where: 'http://prom:9090' });
    });
    expect(await down.read(LOOK, NOTHING_SEEN)).toMatchObject({ kind: 'unreachable' });
    expect(await down.baseline(LOOK)).toEqual(NOTHING_SEEN);
  });

  test('an error series that is missing beside its requests is not a reading: the query may be wrong', async () => {
    const source = metrics((query) => (query.startsWith('errors') ? vector([]) : one('7')));
    const reading = await source.read(LOOK, NOTHING_SEEN);
    expect(reading).toMatchObject({ kind: 'no-series' });
    expect(reading).toMatchObject({ message: expect.stringContaining('canary-errors gave no series') });
  });

  test('a password that cannot be decoded is the user’s to fix, and is not shown', () => {
    const open = () =>
      prometheusMetrics('prometheus+http://me:%zz@prom', QUERIES, new MemoryHttp(() => vector([])));
    expect(open).toThrow(UserError);
    expect(open).not.toThrow(/zz/);
  });

  test('more errors than requests do not fit together', async () => {
    const source = metrics((query) => one(query.startsWith('errors') ? '8' : '7'));
    expect(await source.read(LOOK, NOTHING_SEEN)).toMatchObject({ kind: 'inconsistent' });
  });

  const QUIET: readonly Course[] = [[{ pod: 'c' }, [0, 0, 0, 0, 0]]];
  const canary = {
    'requests-canary': [[{ pod: 'c' }, [null, 100, 200, 300, 400]]],
    'errors-canary': QUIET,
  } as const;

  test('a version without a series begins at nothing; a stable one is counted from where it is', async () => {
    const stable = {
      requests: [[{ pod: 'a' }, [1000, 1100, 1300]]],
      errors: [[{ pod: 'a' }, [10, 11, 11]]],
    } as const;
    expect(await looks({ ...canary, ...stable }, 2)).toEqual([
      [
        [100, 0],
        [100, 1],
      ],
      [
        [100, 0],
        [200, 0],
      ],
    ]);
  });

  test('of a pod that is scaled down nothing is new, nor of those that go on', async () => {
    const stable = {
      requests: [
        [{ pod: 'a' }, [1_000_000, 1_000_100, 1_000_200, 1_000_300]],
        [{ pod: 'b' }, [1_000_000, 1_000_100, null, null]],
      ],
      errors: [
        [{ pod: 'a' }, [30_000, 30_001, 30_002, 30_003]],
        [{ pod: 'b' }, [30_000, 30_001, null, null]],
      ],
    } as const;
    expect(await looks({ ...canary, ...stable }, 3)).toEqual([
      [
        [100, 0],
        [200, 2],
      ],
      [
        [100, 0],
        [100, 1],
      ],
      [
        [100, 0],
        [100, 1],
      ],
    ]);
  });

  test('a pod that begins again counts what it shows; one that was not scraped for a look, what it has more', async () => {
    const stable = {
      requests: [
        [{ pod: 'a' }, [5000, 40, 140, 240]],
        [{ pod: 'b' }, [7000, null, null, 7300]],
      ],
      errors: [[{ pod: 'a' }, [50, 4, 5, 6]]],
    } as const;
    expect(await looks({ ...canary, ...stable }, 3)).toEqual([
      [
        [100, 0],
        [40, 4],
      ],
      [
        [100, 0],
        [100, 1],
      ],
      [
        [100, 0],
        [400, 1],
      ],
    ]);
  });

  test('the first error of a pod makes its series, and is counted; of a pod that turns up, neither past nor errors are', async () => {
    const stable = {
      requests: [
        [{ pod: 'a' }, [1000, 1100, 1200, 1300]],
        [{ pod: 'b' }, [null, null, 500_000, 500_100]],
      ],
      errors: [
        [{ pod: 'z' }, [0, 0, 0, 0]],
        [{ pod: 'a' }, [null, 3, 3, 3]],
        [{ pod: 'b' }, [null, null, 9000, 9002]],
      ],
    } as const;
    expect(await looks({ ...canary, ...stable }, 3)).toEqual([
      [
        [100, 0],
        [100, 3],
      ],
      [
        [100, 0],
        [100, 0],
      ],
      [
        [100, 0],
        [200, 2],
      ],
    ]);
  });

  test('a sum over all pods that falls is a gap, and the next look counts from there', async () => {
    const stable = {
      requests: [[{}, [10_000, 10_200, 9100, 9200, 9300]]],
      errors: [[{}, [300, 302, 272, 273, 274]]],
    } as const;
    expect(await looks({ ...canary, ...stable }, 4)).toEqual([
      [
        [100, 0],
        [200, 2],
      ],
      'inconsistent',
      [
        [100, 0],
        [100, 1],
      ],
      [
        [100, 0],
        [100, 1],
      ],
    ]);
  });

  test('if the first look failed, later ones count from the first that answers', async () => {
    const stable = { requests: [[{ pod: 'a' }, [1000, 1100, 1300]]], errors: QUIET } as const;
    const source = of({ ...canary, ...stable });
    const first = await source.read(lookAt(1), NOTHING_SEEN);
    expect(first).toMatchObject({ counts: { canary: NO_COUNTS, stable: NO_COUNTS } });
    const second = await source.read(lookAt(2), first.seen ?? NOTHING_SEEN);
    expect(second).toMatchObject({ counts: { canary: { requests: 100 }, stable: { requests: 200 } } });
  });

  test('slow requests are counters too', async () => {
    const queries = { ...QUERIES, 'canary-slow': 'slow', 'stable-slow': 'slow' };
    const source = metrics(
      (query, url) =>
        answer(url, [[{ pod: 'a' }, [0, query === 'slow' ? 3 : query.startsWith('errors') ? 0 : 9]]]),
      queries,
    );
    const look = { maxLatencyMs: 50 };
    const seen = await source.baseline({ ...lookAt(0), ...look });
    expect(await source.read({ ...lookAt(1), ...look }, seen)).toMatchObject({
      counts: { canary: { timed: 9, slow: 3 } },
    });
  });

  test('queries that are missing or unknown are all named at once', () => {
    expect(() => checkQueries({ 'canary-request': 'x', 'stable-errors': 'x' }, true)).toThrow(
      /no query canary-request.*canary-requests[\s\S]*canary-errors is missing[\s\S]*stable-requests is missing[\s\S]*canary-slow is missing/,
    );
  });
});

describe('what is new between two looks of totals', () => {
  const counts = (requests: number, errors: number) => ({ ...NO_COUNTS, requests, judged: requests, errors });
  const grown = (before: CountedSoFar['canary'], now: CountedSoFar['canary']) =>
    increaseOf({ canary: now, stable: null }, { canary: before, stable: null }).counts.canary;

  test('is the difference', () => {
    expect(grown(counts(10, 1), counts(15, 3))).toEqual(counts(5, 2));
  });

  test('is nothing if one of them is not known', () => {
    expect(grown(null, counts(1e6, 1e4))).toEqual(NO_COUNTS);
    expect(grown(counts(1, 0), null)).toEqual(NO_COUNTS);
  });

  test('is nothing if rows were removed from a log', () => {
    expect(grown(counts(1000, 1), counts(20, 5))).toEqual(NO_COUNTS);
  });
});
