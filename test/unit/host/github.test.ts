import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openGitHub } from '../../../shared/host/github.ts';
import { Unreachable, UserError } from '../../../shared/problem/problem.ts';
import { type Answer, type GitHubServer, startGitHubServer } from '../../support/github-server.ts';

let server: GitHubServer;
const MATCHING = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
const DISPATCH = 'POST /repos/{owner}/{repo}/dispatches';

beforeAll(async () => {
  server = await startGitHubServer();
});
afterAll(() => server.close());

const open = (token = 'write-token') =>
  openGitHub({ apiUrl: server.url, repository: server.repository, token, secondMs: 2 });
const broken = () => ({ status: 502, body: { message: 'Bad Gateway' } });

test('fills in the repository, and returns what GitHub refuses instead of throwing it', async () => {
  const github = open();
  expect([github.owner, github.repo]).toEqual(['acme', 'models']);
  expect(await github.request(MATCHING, { ref: 'ml-loop/x' })).toEqual({ status: 200, data: [] });
  const sha = '0'.repeat(40);
  expect(
    await github.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', { file_sha: sha }),
  ).toMatchObject({ status: 404, data: { message: 'Not Found' } });
  expect((await open('wrong').request(MATCHING, { ref: 'x' })).status).toBe(401);
  expect((await open('read-token').request(DISPATCH, { event_type: 'x' })).status).toBe(403);
});

test('sends a body without the route’s own parameters', async () => {
  const github = open();
  expect(
    (await github.request(DISPATCH, { event_type: 'ml-retrain', client_payload: { name: 'demand' } })).status,
  ).toBe(204);
  expect(server.requests.at(-1)?.body).toEqual({
    event_type: 'ml-retrain',
    client_payload: { name: 'demand' },
  });
});

describe('a list', () => {
  const RELEASES = 'GET /repos/{owner}/{repo}/releases';
  test('is read to its last page', async () => {
    const paged = await startGitHubServer({ page: 2 });
    const github = openGitHub({ apiUrl: paged.url, repository: paged.repository, token: 'write-token' });
    const POST = 'POST /repos/{owner}/{repo}/releases';
    for (const tag_name of ['a', 'b', 'c', 'd', 'e']) await github.request(POST, { tag_name, draft: true });
    const { status, data } = await github.list(RELEASES);
    expect([status, (data as { tag_name: string }[]).map(({ tag_name }) => tag_name)]).toEqual([
      200,
      ['e', 'd', 'c', 'b', 'a'],
    ]);
    await paged.close();
  });

  test('is unwrapped if GitHub wraps its pages', async () => {
    server.before(/releases/, () => ({ status: 200, body: { total_count: 1, check_runs: [{ id: 7 }] } }));
    expect(await open().list(RELEASES)).toEqual({ status: 200, data: [{ id: 7 }] });
  });

  test('goes on only at the API itself, which alone gets the token', async () => {
    const headers = { link: '<https://evil.test/x>; rel="next"' };
    server.before(/releases/, () => ({ status: 200, body: [], headers }));
    await expect(open().list(RELEASES)).rejects.toThrow(/at https:\/\/evil\.test, which gets no token/);
  });

  test('that is refused is returned, and what is not a list is not GitHub’s', async () => {
    expect((await open('wrong').list(RELEASES)).status).toBe(401);
    server.before(/releases/, () => ({ status: 200, body: { message: 'hello' } }));
    await expect(open().list(RELEASES)).rejects.toThrow(/is not a list/);
  });
});

test('repeats what may be repeated if the server fails', async () => {
  server.before(/matching-refs/, broken);
  server.before(/matching-refs/, broken);
  expect((await open().request(MATCHING, { ref: 'x' })).status).toBe(200);
});

test('gives up with an error that names the address', async () => {
  for (let i = 0; i < 4; i++) server.before(/matching-refs/, broken);
  const failed = open().request(MATCHING, { ref: 'x' });
  await expect(failed).rejects.toThrow(UserError);
  await expect(failed).rejects.toThrow(/failed with 502.*matching-refs/s);
});

test('what may be missing is repeated once', async () => {
  for (let i = 0; i < 2; i++) server.before(/matching-refs/, broken);
  const { url: apiUrl, repository } = server;
  const before = server.requests.length;
  const github = openGitHub({ apiUrl, repository, token: 'write-token', secondMs: 2, isOptional: true });
  await expect(github.request(MATCHING, { ref: 'x' })).rejects.toThrow(/502/);
  expect(server.requests.length).toBe(before + 2);
});

test('a dispatch is never repeated: it might start two runs', async () => {
  server.before(/dispatches/, broken);
  const before = server.requests.length;
  await expect(open().request(DISPATCH, { event_type: 'x' })).rejects.toThrow(/502/);
  expect(server.requests.length).toBe(before + 1);
});

test('a server that is not there is the user’s to fix', async () => {
  const gone = await startGitHubServer();
  await gone.close();
  const github = openGitHub({ apiUrl: gone.url, repository: 'a/b', token: 't', secondMs: 2 });
  await expect(github.request(MATCHING, { ref: 'x' })).rejects.toThrow(/was not reached/);
  expect(() => openGitHub({ apiUrl: gone.url, repository: 'nonsense', token: 't' })).toThrow(/OWNER\/REPO/);
});

describe('limits', () => {
  const secondMs = 10;
  /** What is answered after a limit, how often was asked, and how many seconds passed at least. */
  const limitedBy = async (refused: Answer) => {
    const { url: apiUrl, repository } = server;
    const github = openGitHub({ apiUrl, repository, token: 'write-token', secondMs });
    const asked = server.requests.length;
    server.before(/dispatches/, () => refused);
    const start = performance.now();
    const { status } = await github.request(DISPATCH, { event_type: 'limited' });
    const seconds = (performance.now() - start) / secondMs;
    return { status, requests: server.requests.length - asked, seconds };
  };
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);

  test.each<[string, Answer, number]>([
    ['says how long', { status: 403, body: { message }, headers: { 'retry-after': '30' } }, 30],
    ['does not say how long', { status: 403, body: { message } }, 60],
    [
      'is an older server’s',
      { status: 403, body: { message: 'abuse' }, headers: { 'retry-after': '30' } },
      30,
    ],
    ['is a proxy’s', { status: 429, body: { message: 'slow down' }, headers: { 'retry-after': '30' } }, 30],
    [
      'is the hour’s',
      {
        status: 403,
        body: { message: 'API rate limit exceeded' },
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(80) },
      },
      10,
    ],
  ])(
    'one that %s is waited for, also by what must not be repeated: nothing was done',
    async (_, refused, most) => {
      const { status, requests, seconds } = await limitedBy(refused);
      expect([status, requests]).toEqual([204, 2]);
      // A timer may fire a millisecond early.
      expect(seconds).toBeGreaterThanOrEqual(most - 0.1);
    },
  );

  test.each<[string, Answer]>([
    ['lasts long', { status: 403, body: { message }, headers: { 'retry-after': '1800' } }],
    [
      'lasts for most of the hour',
      {
        status: 403,
        body: { message: 'API rate limit exceeded' },
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(1800) },
      },
    ],
    ['is none', { status: 403, body: { message: 'Resource not accessible by integration' } }],
  ])('one that %s is answered at once', async (_, refused) => {
    expect(await limitedBy(refused)).toMatchObject({ status: 403, requests: 1 });
  });

  test('that stay are given up after three more tries', async () => {
    const asked = server.requests.length;
    for (let i = 0; i < 4; i++)
      server.before(/dispatches/, () => ({ status: 429, body: {}, headers: { 'retry-after': '1' } }));
    expect((await open().request(DISPATCH, { event_type: 'limited' })).status).toBe(429);
    expect(server.requests.length - asked).toBe(4);
  });
});

test('a web page in the place of an answer is an error, and is not quoted', async () => {
  const faulty = await startGitHubServer({ fault: () => 'html' });
  const github = openGitHub({ apiUrl: faulty.url, repository: 'acme/models', token: 'write-token' });
  const failed = github.request(MATCHING, { ref: 'x' });
  await expect(failed).rejects.toThrow(/is not JSON, so it is not GitHub’s/);
  await expect(failed).rejects.not.toThrow(/script/);
  await expect(github.list('GET /repos/{owner}/{repo}/releases')).rejects.toThrow(/is not JSON/);
  await faulty.close();
});

describe('files', () => {
  const file = { name: 'a.bin', size: 3, body: () => bytes('abc') };
  async function* bytes(text: string) {
    yield Buffer.from(text);
  }

  test('are not sent to a server that is not GitHub’s, nor without TLS', async () => {
    const github = openGitHub({ apiUrl: 'https://api.github.com', repository: 'a/b', token: 't' });
    for (const address of ['https://evil.test/x{?name}', 'https://uploads.github.com.evil.test/x'])
      await expect(github.upload(address, file)).rejects.toThrow(/is not GitHub’s, and gets no token/);
    for (const address of ['http://uploads.github.com/x', 'nonsense:x'])
      await expect(github.upload(address, file)).rejects.toThrow(/not reached by https/);
  });

  test('are sent where the release says, and read from where GitHub redirects to, without the token', async () => {
    const github = open();
    const made = await github.request('POST /repos/{owner}/{repo}/releases', { tag_name: 'v1', draft: true });
    const { upload_url } = made.data as { upload_url: string };
    const { status, data } = await github.upload(upload_url, file);
    expect([status, data]).toEqual([
      201,
      expect.objectContaining({ name: 'a.bin', size: 3, state: 'uploaded' }),
    ]);
    const route = 'GET /repos/{owner}/{repo}/releases/assets/{asset_id}';
    const read = async (from: number) => {
      const answer = await github.download(route, { asset_id: (data as { id: number }).id }, from);
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.bytes ?? []) chunks.push(chunk);
      return [answer.status, Buffer.concat(chunks).toString()];
    };
    expect(await read(0)).toEqual([200, 'abc']);
    expect(await read(1)).toEqual([206, 'bc']);
    expect(await github.download(route, { asset_id: 1 }, 0)).toMatchObject({ status: 404 });
  });

  test('that may have come through are told apart from those that were refused', async () => {
    const gone = await startGitHubServer();
    await gone.close();
    const github = openGitHub({ apiUrl: gone.url, repository: 'a/b', token: 't', secondMs: 2 });
    await expect(github.upload(`${gone.url}/x`, file)).rejects.toThrow(Unreachable);
    const failing = { ...file, body: () => failed() };
    await expect(open().upload(`${server.url}/x`, failing)).rejects.toThrow(/changed meanwhile/);
  });
  // biome-ignore lint/correctness/useYield: it fails before it yields
  async function* failed(): AsyncGenerator<Uint8Array> {
    throw new UserError({ what: 'changed meanwhile' });
  }
});
