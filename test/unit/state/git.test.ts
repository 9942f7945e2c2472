import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { gitState } from '../../../shared/state/git.ts';
import { StateConflict } from '../../../shared/state/state.ts';
import { fetchGitHub } from '../../support/fetch-github.ts';
import { type GitHubServer, startGitHubServer } from '../../support/github-server.ts';

let server: GitHubServer;
const REF = 'refs/ml-loop/demand/rollout';
const KEY = 'demand/rollout';
// One second for all commits: equal commits would have equal names.
const now = () => new Date('2026-01-01T00:00:00Z');

beforeEach(async () => {
  server = await startGitHubServer({ now });
});
afterEach(() => server.close());

const store = (token?: string) => gitState(fetchGitHub(server, token), 'refs/ml-loop');

test('a state is a ref, a transition a commit with its message', async () => {
  const state = store();
  expect(await state.read(KEY)).toBeNull();
  const first = await state.write(KEY, { weight: 10 }, null, 'start at 10 %');
  expect(await state.read(KEY)).toEqual({ value: { weight: 10 }, revision: first });
  const second = await state.write(KEY, { weight: 50, note: 'ü'.repeat(200) }, first, 'advance to 50 %');
  expect(await state.read(KEY)).toEqual({ value: { weight: 50, note: 'ü'.repeat(200) }, revision: second });
  expect(server.ref(REF)).toBe(second);
  expect(server.log(REF)).toEqual(['advance to 50 %', 'start at 10 %']);
});

test('keys that begin alike are kept apart', async () => {
  await store().write('demand/rollout2', 2, null, 'two');
  expect(await store().read(KEY)).toBeNull();
});

test.each([
  ['the first transition', 0],
  ['a later transition', 1],
])('of two runs that make %s at once, the same value even, exactly one wins', async (_, before) => {
  const revision = before === 0 ? null : await store().write(KEY, 0, null, 'start');
  const runs = await Promise.allSettled(
    Array.from({ length: 5 }, () => store().write(KEY, 1, revision, 'same')),
  );
  const won = runs.filter((run) => run.status === 'fulfilled');
  expect(won).toHaveLength(1);
  for (const run of runs) if (run.status === 'rejected') expect(run.reason).toBeInstanceOf(StateConflict);
  expect(server.log(REF)).toHaveLength(before + 1);
  expect(won[0]).toMatchObject({ value: server.ref(REF) });
});

test('a write on an old revision, or on a deleted ref, is a conflict and writes nothing', async () => {
  const first = await store().write(KEY, 1, null, 'one');
  const second = await store().write(KEY, 2, first, 'two');
  await expect(store().write(KEY, 3, first, 'late')).rejects.toThrow(StateConflict);
  await expect(store().write(KEY, 3, null, 'late')).rejects.toThrow(StateConflict);
  await expect(store().write(KEY, 3, 'f'.repeat(40), 'unknown')).rejects.toThrow(StateConflict);
  expect(server.ref(REF)).toBe(second);
  server.deleteRef(REF);
  await expect(store().write(KEY, 3, second, 'gone')).rejects.toThrow(StateConflict);
  expect(server.ref(REF)).toBeUndefined();
});

test('a conflict that GitHub answers with 409 is a conflict too', async () => {
  const first = await store().write(KEY, 1, null, 'one');
  server.before(/^PATCH/, () => {
    server.push(REF, 'state.json', '{}');
    return { status: 409, body: { message: 'Conflict' } };
  });
  await expect(store().write(KEY, 2, first, 'two')).rejects.toThrow(StateConflict);
});

test('a repeated request whose first answer was lost has won, not lost', async () => {
  const github = fetchGitHub(server);
  const twice = {
    ...github,
    request: async (route: string, parameters?: Record<string, unknown>) => {
      if (/^POST .*\/refs$/.test(route)) await github.request(route, parameters);
      return github.request(route, parameters);
    },
  };
  const revision = await gitState(twice, 'refs/ml-loop').write(KEY, 1, null, 'one');
  expect(server.ref(REF)).toBe(revision);
});

test('a refusal that is not a race is told as GitHub tells it', async () => {
  server.before(/^POST .*\/git\/refs$/, () => ({
    status: 422,
    body: { message: 'Repository rule violations found' },
  }));
  await expect(store().write(KEY, 1, null, 'one')).rejects.toThrow(/422 Repository rule violations found/);
});

test('a missing permission is named', async () => {
  await expect(store('read-token').write(KEY, 1, null, 'one')).rejects.toThrow(/403.*contents: write/);
  await expect(store('wrong').read(KEY)).rejects.toThrow(/401.*github-token/);
  server.before(/matching-refs/, () => ({ status: 404, body: { message: 'Not Found' } }));
  await expect(store().read(KEY)).rejects.toThrow(/404.*contents: read/);
  server.before(/git\/trees/, () => ({
    status: 403,
    body: { message: 'API rate limit exceeded for installation' },
  }));
  await expect(store().write(KEY, 1, null, 'one')).rejects.toThrow(/rate limit.*wait/s);
  expect(server.ref(REF)).toBeUndefined();
});

test('an empty repository is the user’s to fix', async () => {
  const empty = await startGitHubServer({ empty: true });
  const state = gitState(fetchGitHub(empty), 'refs/ml-loop');
  await expect(state.read(KEY)).rejects.toThrow(/push a first one/);
  await empty.close();
});

test.each([
  ['another file', 'readme.md', 'x', /holds no state\.json/],
  ['half a state', 'state.json', '{"schema":"ml-loop/sta', /not JSON/],
  ['a foreign state', 'state.json', '{"schema":"other","value":1}', /#\/schema must be "ml-loop\/state@1"/],
  [
    'another key’s state',
    'state.json',
    '{"schema":"ml-loop/state@1","key":"x","write":"w","value":1}',
    /the state of x, not of demand\/rollout/,
  ],
])('a ref that holds %s is refused and left alone', async (_, path, content, message) => {
  const sha = server.push(REF, path, content);
  const reading = store().read(KEY);
  await expect(reading).rejects.toThrow(UserError);
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toThrow(new RegExp(sha));
  expect(server.ref(REF)).toBe(sha);
});

test('prefixes and keys that git or GitHub would read otherwise are refused', async () => {
  const github = fetchGitHub(server);
  expect(() => gitState(github, '../x')).toThrow(/input state/);
  expect(() => gitState(github, 'refs/a b')).toThrow(UserError);
  for (const key of ['', '../x', 'a//b', 'a/..', '.a', 'a.lock', 'a b', 'a\nb', 'ä', 'a.']) {
    await expect(async () => store().read(key)).rejects.toThrow(UserError);
  }
  await gitState(github, 'staging/loop').write('a', 1, null, 'one');
  expect(server.ref('refs/staging/loop/a')).toBeDefined();
});
