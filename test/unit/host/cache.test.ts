import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RunnerCache } from '../../../shared/host/cache.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { type CacheServer, type Fault, startCacheServer } from '../../support/cache-server.ts';

let server: CacheServer;
let cache: RunnerCache;
const BYTES = Buffer.from([0, 255, 10, 13, 128]);

beforeEach(async () => {
  server = await startCacheServer();
  cache = new RunnerCache({ url: server.url, token: server.token, timeLimitMs: 300 });
});
afterEach(() => server.close());

test('gives back the bytes that were put', async () => {
  expect(await cache.get('a')).toBeUndefined();
  await cache.put('a', BYTES);
  expect(Buffer.from((await cache.get('a')) ?? [])).toEqual(BYTES);
  expect(server.requests).toEqual(['find', 'reserve', 'upload', 'finish', 'find', 'download']);
});

test('an entry whose key only begins so is none', async () => {
  await cache.put('a-longer', BYTES);
  expect(await cache.get('a')).toBeUndefined();
});

test('what is kept stays', async () => {
  await cache.put('a', BYTES);
  await expect(cache.put('a', Buffer.from('other'))).rejects.toThrow(/409: cache entry already exists/);
  expect(Buffer.from((await cache.get('a')) ?? [])).toEqual(BYTES);
});

const FORBIDDEN: Fault = { status: 403, body: '{"code":"permission_denied","msg":"read\\n::error::only"}' };
const GARBAGE: Fault = { status: 200, body: '<html>' };

test.each([
  ['find', FORBIDDEN, 'GetCacheEntryDownloadURL was answered with 403: read ::error::only'],
  ['find', GARBAGE, 'GetCacheEntryDownloadURL was not answered with a JSON object'],
  ['find', 'hang', 'GetCacheEntryDownloadURL failed: the answer was not complete within'],
  [
    'find',
    { status: 200, body: '{"ok":true,"matched_key":"a"}' },
    'the cache service did not give an address',
  ],
  ['find', { status: 200, body: 'x'.repeat(70_000) }, 'its answer is longer than 65536 bytes'],
  ['download', { status: 404, body: '' }, 'the download was answered with 404'],
  ['download', 'hang', 'the download failed: the answer was not complete within'],
] as const)('a fault of %s is an error: %j', async (request, fault, message) => {
  await cache.put('a', BYTES);
  server.faults.set(request, fault);
  await expect(cache.get('a')).rejects.toThrow(message);
  await expect(cache.get('a')).rejects.not.toThrow(/sig=|runtime-token|127\.0\.0\.1/);
});

test.each([
  ['reserve', FORBIDDEN, 'CreateCacheEntry was answered with 403'],
  ['reserve', { status: 200, body: '{"ok":false,"message":"cache write denied: fork"}' }, 'denied: fork'],
  ['upload', { status: 500, body: '' }, 'the upload was answered with 500'],
  ['upload', 'hang', 'the upload failed: the answer was not complete within'],
  ['finish', GARBAGE, 'FinalizeCacheEntryUpload was not answered with a JSON object'],
] as const)('a fault of %s keeps nothing, and is an error: %j', async (request, fault, message) => {
  server.faults.set(request, fault);
  await expect(cache.put('a', BYTES)).rejects.toThrow(message);
  expect(server.entries.size).toBe(0);
});

test('a service that is not there is an error', async () => {
  await server.close();
  await expect(cache.get('a')).rejects.toThrow(/GetCacheEntryDownloadURL failed: .*ECONNREFUSED/);
  server = await startCacheServer();
});

test('is offered if the runner offers it, and its token is masked before it is used', async () => {
  const masked: string[] = [];
  const mask = (secret: string) => masked.push(secret);
  const offered = { workingDirectory: '.', reportFolder: 'report', env: server.env, mask };
  expect(await createPorts(offered).cache?.get('a')).toBeUndefined();
  expect(masked).toEqual([server.token]);
  for (const name of Object.keys(server.env)) {
    const env = { ...server.env, [name]: '' };
    expect(createPorts({ ...offered, env }).cache).toBeUndefined();
  }
});
