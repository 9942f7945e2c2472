import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GitHub } from '../../../shared/ports/ports.ts';
import { fetchGitHub } from '../../support/fetch-github.ts';
import { type GitHubServer, startGitHubServer } from '../../support/github-server.ts';

let server: GitHubServer;
let github: GitHub;

beforeAll(async () => {
  server = await startGitHubServer({ now: () => new Date('2026-01-01T00:00:00Z') });
  github = fetchGitHub(server);
});
afterAll(() => server.close());

const git = (route: string, parameters?: Record<string, unknown>) => {
  const [method, path] = route.split(' ');
  return github.request(`${method} /repos/{owner}/{repo}/git/${path}`, parameters);
};
const shaOf = (answer: { data: unknown }) => (answer.data as { sha: string }).sha;

async function commit(content: string, parents: string[] = []): Promise<string> {
  const tree = shaOf(
    await git('POST trees', { tree: [{ path: 'a', mode: '100644', type: 'blob', content }] }),
  );
  return shaOf(await git('POST commits', { message: content, tree, parents }));
}

test('objects have the names that git gives them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'git-'));
  const who = { name: 'a b', email: 'a@b', date: '2026-01-01T00:00:00Z' };
  const tree = shaOf(
    await git('POST trees', {
      tree: ['b', 'a/x', 'a.b', 'a/y/z'].map((path) => ({ path, mode: '100644', content: `${path}\n` })),
    }),
  );
  const commit = shaOf(await git('POST commits', { message: 'one', tree, author: who }));
  const tag = shaOf(
    await git('POST tags', { tag: 'v1', message: 'first', object: commit, type: 'commit', tagger: who }),
  );
  try {
    server.git.refs.set('refs/tags/v1', tag);
    const run = (...argv: string[]) =>
      execFileSync('git', ['-C', folder, ...argv], { encoding: 'utf8' }).trim();
    server.clone(folder);
    expect(run('fsck', '--strict', '--no-dangling')).toBe('');
    expect(run('show', 'v1:a/y/z')).toBe('a/y/z');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the same commit made twice within a second is one commit', async () => {
  expect(await commit('same')).toBe(await commit('same'));
});

test('a ref is created once and moves forward only', async () => {
  const first = await commit('first');
  const second = await commit('second', [first]);
  const stranger = await commit('stranger');
  const ref = 'refs/ml-loop/x';
  expect((await git('POST refs', { ref, sha: first })).status).toBe(201);
  expect(await git('POST refs', { ref, sha: first })).toMatchObject({
    status: 422,
    data: { message: 'Reference already exists' },
  });
  expect((await git('PATCH refs/{ref}', { ref: 'ml-loop/x', sha: second, force: false })).status).toBe(200);
  expect(await git('PATCH refs/{ref}', { ref: 'ml-loop/x', sha: stranger, force: false })).toMatchObject({
    status: 422,
    data: { message: 'Update is not a fast forward' },
  });
  expect(server.ref(ref)).toBe(second);
  expect(await git('GET matching-refs/{ref}', { ref: 'ml-loop/' })).toMatchObject({ data: [{ ref }] });
  expect(await git('GET matching-refs/{ref}', { ref: 'nothing' })).toMatchObject({ status: 200, data: [] });
  expect((await git('PATCH refs/{ref}', { ref: 'nothing', sha: second })).status).toBe(422);
  expect((await git('POST refs', { ref: 'x', sha: second })).status).toBe(422);
});

test('objects that refer to nothing are refused', async () => {
  const nowhere = '0'.repeat(40);
  const tree = shaOf(await git('POST trees', { tree: [{ path: 'a', mode: '100644', content: 'x' }] }));
  expect((await git('POST trees', { tree: [{ path: 'a', mode: '100644', sha: nowhere }] })).status).toBe(422);
  expect((await git('POST commits', { message: 'm', tree: nowhere })).status).toBe(422);
  expect((await git('POST commits', { message: 'm', tree, parents: [nowhere] })).status).toBe(422);
  expect((await git('POST refs', { ref: 'refs/heads/x', sha: nowhere })).status).toBe(422);
});

test('tokens: none sees nothing, a wrong one is refused, a reader does not write', async () => {
  expect((await fetch(`${server.url}/repos/acme/models/git/matching-refs/x`)).status).toBe(404);
  expect(
    (await fetchGitHub(server, 'wrong').request('GET /repos/{owner}/{repo}/git/matching-refs/x')).status,
  ).toBe(401);
  const reader = fetchGitHub(server, 'read-token');
  expect((await reader.request('GET /repos/{owner}/{repo}/git/matching-refs/x')).status).toBe(200);
  expect((await reader.request('POST /repos/{owner}/{repo}/git/trees', { tree: [] })).status).toBe(403);
  expect((await reader.request('GET /repos/{owner}/other/git/matching-refs/x')).status).toBe(404);
});

test('a dispatch within the limits is taken and kept, one beyond them refused', async () => {
  const send = (event_type: string, client_payload?: Record<string, unknown>) =>
    github.request('POST /repos/{owner}/{repo}/dispatches', {
      event_type,
      ...(client_payload && { client_payload }),
    });
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  expect((await send('ml-retrain', keys(10))).status).toBe(204);
  expect(server.dispatches).toEqual([{ event_type: 'ml-retrain', client_payload: keys(10) }]);
  expect((await send('x'.repeat(101))).status).toBe(422);
  expect((await send('ml-retrain', keys(11))).status).toBe(422);
  expect(server.takeNonconforming()).toHaveLength(2);
  expect((await send('ml-retrain', { k: 'x'.repeat(66_000) })).status).toBe(422);
  expect(server.dispatches).toHaveLength(1);
});

test('a hook answers in a request’s place, once', async () => {
  server.before(/^GET .*matching-refs/, () => ({ status: 500, body: { message: 'broken' } }));
  expect((await git('GET matching-refs/x')).status).toBe(500);
  expect((await git('GET matching-refs/x')).status).toBe(200);
});

test('an empty repository takes no objects', async () => {
  const empty = await startGitHubServer({ empty: true });
  const answer = await fetchGitHub(empty).request('POST /repos/{owner}/{repo}/git/trees', { tree: [] });
  expect(answer).toMatchObject({ status: 409, data: { message: 'Git Repository is empty.' } });
  await empty.close();
});
