import { describe, expect, test } from '@jest/globals';
import { openGitHub } from '../../../shared/host/github.ts';
import type { UserError } from '../../../shared/problem/problem.ts';
import { settlePromotion } from '../../../shared/rollout/promotion.ts';
import { useGitHubSpace } from '../../support/github-space.ts';
import { expectSchema } from '../../support/workspace.ts';
import { plan, step, World } from './world.ts';

const space = useGitHubSpace();
const PATH = '.ml-loop/promotions/demand.json';
const RUN = 'https://github.com/acme/models/actions/runs/7';

async function waiting() {
  space.server.push('refs/heads/main', 'README.md', 'hello');
  const world = new World();
  world.plan = plan({ steps: [step(10, { approval: true }), step(50)] });
  return world.until('awaiting-approval');
}

const gitHub = (token = 'write-token') =>
  openGitHub({ apiUrl: space.server.url, repository: space.server.repository, token });
type State = Awaited<ReturnType<typeof waiting>>;
const settle = (state: State, defaultBranch: string | undefined = 'main', token = 'write-token') =>
  settlePromotion(gitHub(token), state, { path: PATH, defaultBranch, run: RUN });
const refusal = (attempt: Promise<unknown>) =>
  attempt.then(
    () => [],
    (error: UserError) => error.problems,
  );

/** The file on the branch of the pull request. */
const fileAt = async (ref: string) => {
  const { data } = await gitHub().request(`GET /repos/{owner}/{repo}/contents/${PATH}`, { ref });
  return JSON.parse(Buffer.from((data as { content: string }).content, 'base64').toString('utf8')) as unknown;
};

describe('the promotion pull request', () => {
  test('is opened once for a version and its step, and changes one file', async () => {
    const state = await waiting();
    const url = 'https://github.com/acme/models/pull/1';
    expect(await settle(state)).toEqual({ number: 1, url, state: 'open' });
    expect(await settle(state, undefined)).toEqual({ number: 1, url, state: 'open' });
    expect(space.server.pulls.all).toHaveLength(1);
    const [pull] = space.server.pulls.all;
    expect(pull).toMatchObject({ title: 'Promote demand 1.1.0 past step 1', base: 'main' });
    expect(pull?.body).toContain(state.canary.digest);
    expect(pull?.body).toContain(RUN);
    const file = await fileAt(pull?.head ?? '');
    expectSchema('promotion', file);
    expect(file).toEqual({
      schema: 'ml-loop/promotion@1',
      name: 'demand',
      version: '1.1.0',
      digest: state.canary.digest,
      step: 1,
    });
  });

  test('goes on with the branch of a run that was killed', async () => {
    const state = await waiting();
    space.server.before(/^POST .*\/pulls$/, () => ({ status: 502, body: { message: 'down' } }));
    expect(await refusal(settle(state))).not.toEqual([]);
    expect(await settle(state)).toMatchObject({ number: 1, state: 'open' });
  });

  test('says who merged it', async () => {
    const state = await waiting();
    await settle(state);
    space.server.pulls.merge(1, 'alice');
    expect(await settle(state)).toEqual({ number: 1, mergedBy: ['alice'] });
  });

  test('is not opened again after it was rejected; the next rollout has one of its own', async () => {
    const state = await waiting();
    await settle(state);
    space.server.pulls.reject(1);
    expect(await settle(state)).toMatchObject({ number: 1, state: 'closed' });
    const later = { ...state, startedAt: '2026-02-01T00:00:00.000Z' };
    expect(await settle(later)).toMatchObject({ number: 2, state: 'open' });
  });

  test('does not approve what someone put in its place', async () => {
    const state = await waiting();
    await settle(state);
    const { head } = space.server.pulls.all[0] as { head: string };
    const forged = {
      schema: 'ml-loop/promotion@1',
      name: 'demand',
      version: '1.1.0',
      digest: `sha256:${'0'.repeat(64)}`,
      step: 1,
    };
    space.server.push(`refs/heads/${head}`, PATH, JSON.stringify(forged));
    space.server.pulls.merge(1, 'mallory');
    const [problem] = await refusal(settle(state));
    expect(problem?.what).toContain('the merge of pull request #1 approves demand 1.1.0 (sha256:000');
    expect(problem?.where).toBe(PATH);
    space.server.push(`refs/heads/main`, PATH, 'no JSON');
    const [pull] = space.server.pulls.all;
    if (pull?.merged !== undefined)
      Object.assign(pull.merged, { commit: space.server.ref('refs/heads/main') });
    expect((await refusal(settle(state)))[0]).toMatchObject({
      what: expect.stringContaining('is not JSON'),
      where: PATH,
    });
  });

  test('names the setting that forbids it, and the permissions', async () => {
    const state = await waiting();
    space.server.pulls.allowed = false;
    expect((await refusal(settle(state)))[0]?.fix).toContain(
      '“Allow GitHub Actions to create and approve pull requests”',
    );
    expect((await refusal(settle(state, 'main', 'read-token')))[0]?.fix).toContain('contents: write');
  });
});
