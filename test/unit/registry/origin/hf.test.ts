/** Models that stay on the Hugging Face Hub: large files are proved, small ones are read, and nothing that moves is named. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../../shared/problem/problem.ts';
import { type FakeHub, type FakeHubOptions, REPO, refusal, startFakeHub } from '../../../support/fake-hub.ts';
import type { Asked, Given } from '../../../support/faulty-server.ts';
import { newVersion } from '../../../support/models.ts';
import { useStoreSpace } from '../../../support/store-space.ts';

const SHA = '0123456789abcdef'.repeat(3).slice(0, 40);
const LARGE = 'weights '.repeat(50_000);
const MODEL = { 'config.json': '{"a":1}', 'sub/ü a+b?.txt': 'text', 'model.safetensors': LARGE, empty: '' };
const DIGEST = newVersion(MODEL).bundle.digest;
const REFERENCE = `hf:${REPO}@${SHA}`;

const space = useStoreSpace();
let hub: FakeHub;
async function start(options: FakeHubOptions = {}): Promise<void> {
  hub = await startFakeHub(options);
  hub.commit(SHA, { ...MODEL, 'model.safetensors': { content: LARGE, large: true } });
  hub.branch('main', SHA);
  hub.branch('v1.0', SHA);
  hub.branch('f'.repeat(40), SHA);
}
afterEach(() => hub.close());
const env = () => ({ HF_ENDPOINT: hub.url });
const bundle = (reference = REFERENCE) => space.bundle(reference, env());
const reads = () =>
  hub.requests.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path.split('/').at(-1));

test('a commit: the large file is not read', async () => {
  await start();
  const { digest, files, origin } = await bundle();
  expect(digest).toBe(DIGEST);
  expect(files.map(({ path }) => path)).toEqual([
    'config.json',
    'empty',
    'model.safetensors',
    'sub/ü a+b?.txt',
  ]);
  expect(origin).toEqual({ reference: REFERENCE });
  expect(reads().sort()).toEqual(['%C3%BC%20a%2Bb%3F.txt', 'config.json', 'empty']);
  expect(hub.storage.requests).toEqual([]);
});

test.each([1, 2])('a list in pages of %i', async (page) => {
  await start({ page });
  expect((await bundle()).digest).toBe(DIGEST);
  expect(hub.requests.filter(({ path }) => path.includes('/tree/')).length).toBeGreaterThan(2);
});

test('a registered model verifies without its large file, and is fetched', async () => {
  await start();
  const made = await space.register(REFERENCE, env());
  await (await space.registry(env())).verify(made);
  expect(hub.storage.requests).toEqual([]);
  expect(await space.fetched(made, env())).toEqual(MODEL);
});

test('the token goes to the hub alone, and is masked', async () => {
  await start({ token: 'hf_hunter2' });
  const known = { ...env(), HF_TOKEN: 'hf_hunter2' };
  const made = await space.register(REFERENCE, known);
  expect(await space.fetched(made, known)).toEqual(MODEL);
  expect(hub.storage.requests.length).toBeGreaterThan(0);
  for (const { headers } of hub.storage.requests) expect(headers.authorization).toBeUndefined();
  for (const { headers } of hub.requests) expect(headers.authorization).toBe('Bearer hf_hunter2');
  expect([...new Set(space.masked)]).toEqual(['hf_hunter2']);
});

describe('what moves is refused with the commit that it names now', () => {
  test.each([
    [`hf:${REPO}`, 'names no commit'],
    [`hf:${REPO}@main`, 'names "main", which is not a commit and may move'],
    [`hf:${REPO}@v1.0`, 'names "v1.0", which is not a commit'],
    [`hf:${REPO}@${'f'.repeat(40)}`, `names "${'f'.repeat(40)}", which is not a commit`],
  ])('%s', async (reference, what) => {
    await start();
    const asking = bundle(reference);
    await expect(asking).rejects.toThrow(`input model: ${what}`);
    await expect(asking).rejects.toThrow(`write hf:${REPO}@${SHA}, which it names now`);
  });
});

describe('what cannot be', () => {
  const at = (part: string, given: Given) => (asked: Asked) =>
    asked.path.includes(part) ? given : undefined;
  const json = (body: unknown, headers = {}): Given => ({ status: 200, headers, body: JSON.stringify(body) });
  const entry = { type: 'file', path: 'x', size: 1, oid: '0'.repeat(40) };
  test.each<[string, string, FakeHubOptions['answer'], RegExp]>([
    [
      'no such repository',
      'hf:acme/none@main',
      undefined,
      /refused to find acme\/none@main: 404 RepoNotFound .*set HF_TOKEN for this step, from a secret/s,
    ],
    [
      'no such commit',
      `hf:${REPO}@${'1'.repeat(40)}`,
      undefined,
      /RevisionNotFound.*name a commit that its history shows/s,
    ],
    [
      'a gated model',
      REFERENCE,
      at('/tree/', refusal(403, 'GatedRepo')),
      /accept the conditions on the page of acme\/demand/,
    ],
    [
      'a file that is gone',
      REFERENCE,
      at('/resolve/', refusal(404, 'EntryNotFound')),
      /the file is not in that commit/,
    ],
    [
      'a web page',
      REFERENCE,
      at('/revision/', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }),
      /answered with a web page/,
    ],
    [
      'no JSON',
      REFERENCE,
      at('/tree/', { status: 200, body: 'no' }),
      /the answer of Hugging Face is not what it should be: is not JSON/,
    ],
    ['another shape', REFERENCE, at('/tree/', json({ error: 'x' })), /is not what it should be/],
    [
      'a hash that is none',
      REFERENCE,
      at('/tree/', json([{ ...entry, lfs: { oid: 'x', size: 1 } }])),
      /is not what it should be/,
    ],
    ['a negative size', REFERENCE, at('/tree/', json([{ ...entry, size: -1 }])), /is not what it should be/],
    ['an empty commit', REFERENCE, at('/tree/', json([])), /holds no file/],
    [
      'a submodule',
      REFERENCE,
      at('/tree/', json([{ ...entry, type: 'commit' }])),
      /"x" is a "commit", not a file/,
    ],
    [
      'a path that leaves its folder',
      REFERENCE,
      at('/tree/', json([{ ...entry, path: '../x' }])),
      /"..\/x" leaves its folder/,
    ],
    ['a path twice', REFERENCE, at('/tree/', json([entry, entry])), /"x" is there twice/],
    [
      'a file that is a folder',
      REFERENCE,
      at('/tree/', json([entry, { ...entry, path: 'x/y' }])),
      /"x" is a file and a folder/,
    ],
    [
      'a small file that is large',
      REFERENCE,
      at('/tree/', json([{ ...entry, size: 1e9 }])),
      /has 1000000000 bytes and no SHA-256/,
    ],
    [
      'a small file that git does not know',
      REFERENCE,
      at('/resolve/', { status: 200, body: '{"a":2}' }),
      /config\.json: is not the file of that commit/,
    ],
    [
      'a list that goes on elsewhere',
      REFERENCE,
      at('/tree/', json([], { link: '<https://evil.example.org/x>; rel="next"' })),
      /goes on at another server/,
    ],
    [
      'a list in a circle',
      REFERENCE,
      at('/tree/', json([], { link: `</api/models/${REPO}/tree/${SHA}?recursive=true&a=1>; rel="next"` })),
      /goes round in a circle/,
    ],
    [
      'a way out of TLS',
      REFERENCE,
      at('/resolve/', { status: 302, headers: { location: 'http://evil.example.org/x' } }),
      /not reached by https/,
    ],
    [
      'redirects without end',
      REFERENCE,
      at('/resolve/', { status: 302, headers: { location: '/acme/demand/resolve/x' } }),
      /more than 5 redirects/,
    ],
  ])('%s', async (_, reference, answer, message) => {
    await start(answer === undefined ? {} : { answer });
    const error = await bundle(reference).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(message);
  });

  test('a token that may not, or has expired', async () => {
    await start({ token: 'right' });
    const asking = space.bundle(REFERENCE, { ...env(), HF_TOKEN: 'hf_hunter2' });
    await expect(asking).rejects.toThrow(/401 RepoNotFound.*the one that is set may not, or has expired/s);
    await expect(asking).rejects.not.toThrow(/hunter2/);
  });

  test('a large file whose bytes are others', async () => {
    await start();
    const made = await space.register(REFERENCE, env());
    hub.commit(SHA, { ...MODEL, 'model.safetensors': { content: LARGE.replace('w', 'W'), large: true } });
    await expect((await space.registry(env())).verify(made)).rejects.toThrow(
      /model\.safetensors: does not hold the bytes that were registered/,
    );
    await expect(space.fetched(made, env())).rejects.toThrow(/model\.safetensors/);
    expect(space.left()).toEqual([]);
  });

  test('a repository that is gone', async () => {
    await start();
    const made = await space.register(REFERENCE, env());
    await hub.close();
    hub = await startFakeHub();
    await expect((await space.registry(env())).verify(made)).rejects.toThrow(/404 RevisionNotFound/);
  });
});

test('the token is not sent where it would be read on the way', async () => {
  await start();
  const asked: Readonly<Record<string, string>>[] = [];
  const http = {
    request: async () => ({ status: 500, body: '' }),
    stream: async (_: string, { headers = {} }: { headers?: Readonly<Record<string, string>> }) => {
      asked.push(headers);
      return { status: 404, headers: {}, body: (async function* () {})() };
    },
  };
  const { modelBundle } = await import('../../../../shared/registry/origin/model.ts');
  for (const endpoint of ['http://mirror.example.org', 'https://mirror.example.org']) {
    const ports = space.ports({ HF_ENDPOINT: endpoint, HF_TOKEN: 't' });
    await expect(modelBundle([REFERENCE], 'model', { ...ports, http })).rejects.toThrow(UserError);
  }
  expect(asked.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer t']);
});
