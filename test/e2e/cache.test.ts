import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type CacheServer, type Fault, startCacheServer } from '../support/cache-server.ts';
import { Workspace } from '../support/workspace.ts';

const space = new Workspace();
let server: CacheServer;
/** What is judged if there is no cache. */
let alone: Pick<Awaited<ReturnType<typeof look>>, 'verdict' | 'annotations'>;

/** Longer than 4 MiB together: what is shorter is not worth a question. */
const ROWS = 80_000;
const CITIES = ['Bern', 'Basel', 'Genf', 'Zürich'];

beforeAll(async () => {
  space.create();
  const reference = Array.from({ length: ROWS }, (_, i) => {
    const amount = ((i * 7919) % 100_003) / 7;
    return `${i},${amount},${CITIES[i % 4]},only-${i}-of-the-rows-of-this-file-${i}`;
  });
  space.write('train.csv', ['id,amount,city,note', ...reference]);
  const current = Array.from({ length: 3000 }, (_, i) => `${i},${i * 4.5},${CITIES[i % 3]},new-${i}`);
  space.write('today.csv', ['id,amount,city,note', ...current]);
  const { said, verdict, annotations } = await look({});
  expect(said).toEqual([]);
  alone = { verdict, annotations };
});
afterAll(() => space.remove());
beforeEach(async () => {
  server = await startCacheServer();
});
afterEach(() => server.close());

/** The verdict's text, the annotations, and what the log says of the cache. */
async function look(env: Readonly<Record<string, string>>) {
  rmSync(join(space.folder, 'state'), { recursive: true, force: true });
  const run = await space.step(
    'check-drift',
    { reference: 'train.csv', current: 'today.csv', state: 'dir:state', now: '2026-03-01T00:00:00Z' },
    { env },
  );
  expect(run).toMatchObject({ exit: 0, stderr: '', temporary: [] });
  expect(space.statuses('check-drift')['drift.feature']).toContain('fail');
  const lines = run.stdout.split('\n');
  return {
    verdict: space.read('ml-loop-report/check-drift/verdict.json'),
    annotations: lines.filter((line) => /^::(error|warning|notice) /.test(line)),
    said: lines.filter((line) => /cache/.test(line)),
    secret: lines.filter((line) => line.includes(server?.token)),
  };
}

test('a large reference is profiled once, and judged alike', async () => {
  const miss = await look(server.env);
  const hit = await look(server.env);
  expect(miss.said).toEqual(['The profile of the reference was put into the cache.']);
  expect(hit.said).toEqual(['The profile of the reference was in the cache.']);
  expect(server.requests).toEqual(['find', 'reserve', 'upload', 'finish', 'find', 'download']);
  expect(miss).toMatchObject(alone);
  expect(hit).toMatchObject(alone);
  expect(hit.secret).toEqual([`::add-mask::${server.token}`]);
  const [kept] = [...server.entries.values()];
  expect(kept?.toString('latin1')).not.toMatch(/Bern|amount|only-/);
});

const FORBIDDEN: Fault = { status: 403, body: '{"code":"permission_denied","msg":"cache read denied"}' };
const SEALED_BY_OTHERS: Fault = { status: 200, body: 'x'.repeat(1000) };

test.each([
  ['is forbidden', 'find', FORBIDDEN, /^The reference is profiled again.*403: cache read denied$/],
  [
    'is read-only',
    'reserve',
    FORBIDDEN,
    /^The profile of the reference was not put.*403: cache read denied$/,
  ],
  ['answers with nonsense', 'find', { status: 200, body: '<html>' }, /^The reference is profiled again/],
  [
    'holds something else',
    'download',
    SEALED_BY_OTHERS,
    /again, because the cache does not hold its profile/,
  ],
  ['is evicted in between', 'download', { status: 404, body: '' }, /^The reference is profiled again.*404$/],
  [
    'does not answer',
    'find',
    'hang',
    /^The reference is profiled again.*the answer was not complete within 5 s$/,
  ],
] as const)('a cache that %s changes nothing', async (_, request, fault, said) => {
  if (request === 'download') await look(server.env);
  server.faults.set(request, fault);
  const run = await look(server.env);
  expect(run).toMatchObject(alone);
  expect(run.said).toEqual([expect.stringMatching(said)]);
});
