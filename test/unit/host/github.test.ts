import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openGitHub } from '../../../shared/host/github.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { type GitHubServer, startGitHubServer } from '../../support/github-server.ts';

let server: GitHubServer;
const MATCHING = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
const DISPATCH = 'POST /repos/{owner}/{repo}/dispatches';

beforeAll(async () => {
  server = await startGitHubServer();
});
afterAll(() => server.close());

const open = (token = 'write-token') =>
  openGitHub({ apiUrl: server.url, repository: server.repository, token, retryDelays: [1, 1] });
const broken = () => ({ status: 502, body: { message: 'Bad Gateway' } });

test('fills in the repository, and returns what GitHub refuses instead of throwing it', async () => {
  const github = open();
  expect([github.owner, github.repo]).toEqual(['acme', 'models']);
  expect(await github.request(MATCHING, { ref: 'ml-loop/x' })).toEqual({ status: 200, data: [] });
  expect(await github.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ref: 'ml-loop/x' })).toMatchObject(
    {
      status: 404,
      data: { message: 'Not Found' },
    },
  );
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

test('repeats what may be repeated if the server fails', async () => {
  server.before(/matching-refs/, broken);
  server.before(/matching-refs/, broken);
  expect((await open().request(MATCHING, { ref: 'x' })).status).toBe(200);
});

test('gives up with an error that names the address', async () => {
  for (let i = 0; i < 3; i++) server.before(/matching-refs/, broken);
  const failed = open().request(MATCHING, { ref: 'x' });
  await expect(failed).rejects.toThrow(UserError);
  await expect(failed).rejects.toThrow(/failed with 502.*matching-refs/s);
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
  const github = openGitHub({ apiUrl: gone.url, repository: 'a/b', token: 't', retryDelays: [] });
  await expect(github.request(MATCHING, { ref: 'x' })).rejects.toThrow(/was not reached/);
  expect(() => openGitHub({ apiUrl: gone.url, repository: 'nonsense', token: 't' })).toThrow(/OWNER\/REPO/);
});
