/** Approvals by a person: by hand from a list, and by merging a pull request. The state is in a ref of the repository. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StepRun } from '../support/bundle.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import { at, DEPLOYMENT, logLines, registerVersion } from '../support/project.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const PROMOTION = '.ml-loop/promotions/demand.json';
let github: GitHubServer;

beforeEach(async () => {
  github = await startGitHubServer({ repository: 'acme/demand' });
  github.push('refs/heads/main', 'README.md', 'hello');
  await registerVersion(space, { version: '1.0.0', alias: 'champion', off: 6 });
  await registerVersion(space, { version: '1.1.0', alias: 'candidate', off: 4 });
});
afterEach(() => github.close());

interface By {
  readonly event?: string;
  readonly actor?: string;
  readonly again?: string;
  readonly ref?: string;
}

function deploy(minute: number, inputs: Record<string, string>, by: By = {}): Promise<StepRun> {
  const { event = 'push', actor = 'octocat', again, ref = 'refs/heads/main' } = by;
  const env = {
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/demand',
    GITHUB_RUN_ID: '7',
    GITHUB_RUN_ATTEMPT: again === undefined ? '1' : '2',
    GITHUB_REF: ref,
    GITHUB_ACTOR: actor,
    ...(again === undefined ? {} : { GITHUB_TRIGGERING_ACTOR: again }),
  };
  const given = { ...DEPLOYMENT, state: 'auto', 'github-token': 'write-token', now: at(minute), ...inputs };
  const payload = { repository: { default_branch: 'main' } };
  return space.step('deploy-canary', given, { env, event: { name: event, payload } });
}

const WEIGHTS = '[{weight: 50, at-least: 1m, requests: 100}]';

test('by hand: only those on the list, on the default branch, for what they saw; and it is on record', async () => {
  const rules = {
    steps: WEIGHTS,
    approval: 'before-traffic',
    approvers: '[alice, bob]',
    'prevent-self-approval': 'true',
  };
  const started = await deploy(0, { ...rules, operation: 'start' }, { actor: 'bob' });
  expect(started).toMatchObject({
    exit: 0,
    stderr: '',
    outputs: { phase: 'awaiting-approval', weight: '0', finished: 'false', needs: 'an approval' },
  });
  const { approval = '' } = started.outputs;
  expect(approval).toMatch(/^sha256:[0-9a-f]{64}#0$/);
  expect(started.summary).toContain('waits for an approval before traffic');
  const approve = (by: By, inputs: Record<string, string> = {}) =>
    deploy(
      1,
      { ...rules, operation: 'approve', expect: approval, ...inputs },
      { event: 'workflow_dispatch', ...by },
    );

  const refused: [Promise<StepRun>, string][] = [
    [approve({ actor: 'mallory' }), 'mallory may not approve demand'],
    [approve({ actor: 'alice', again: 'mallory' }), 'mallory may not approve demand'],
    [approve({ actor: 'bob' }), 'bob started this rollout, so someone else must approve it'],
    [approve({ actor: 'alice', ref: 'refs/heads/mine' }), 'this run is of refs/heads/mine'],
    [approve({ actor: 'alice', event: 'push' }), 'on the event push no one has decided to approve'],
    [approve({ actor: 'alice' }, { expect: '1.2.0' }), 'the rollout is of demand 1.1.0'],
  ];
  for (const [attempt, words] of refused) {
    const run = await attempt;
    expect(run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(run.stdout).toContain(words);
    expect(run.stderr).toBe('');
  }
  const approved = await approve({ actor: 'Alice' });
  expect(approved).toMatchObject({
    exit: 0,
    stderr: '',
    outputs: { phase: 'step', weight: '50', approval: '' },
  });
  expect(approved.summary).toContain('approved before traffic by Alice at ');
  expect(github.log('refs/ml-loop/demand/rollout')).toContain('rollout of demand 1.1.0: approved by Alice');
  // Run again, the job finds that it has approved already.
  expect(await approve({ actor: 'Alice', again: 'alice' })).toMatchObject({
    exit: 0,
    outputs: { phase: 'step' },
  });
});

describe('by a promotion pull request', () => {
  const rules = {
    steps: '[{weight: 20, at-least: 1m, requests: 50, approval: true}, {weight: 50, requests: 50}]',
    promotion: PROMOTION,
  };

  async function waiting(): Promise<StepRun> {
    await deploy(0, { ...rules, operation: 'start' });
    space.write(
      'logs/server.jsonl',
      logLines(1, { '1.0.0': { requests: 400, errors: 4 }, '1.1.0': { requests: 100, errors: 1 } }),
    );
    return deploy(2, { ...rules, operation: 'advance' }, { event: 'schedule' });
  }

  test('it is opened once, and its merge lets the rollout go on', async () => {
    const opened = await waiting();
    expect(opened).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { phase: 'awaiting-approval', 'pull-request': 'https://github.com/acme/demand/pull/1' },
    });
    const again = await deploy(3, { ...rules, operation: 'resume' }, { event: 'schedule' });
    expect(again.outputs).toMatchObject({ phase: 'awaiting-approval', finished: 'false' });
    expect(again.summary).toMatch(/merge pull request #&#8203;1/);
    expect(github.pulls.all).toHaveLength(1);
    github.pulls.merge(1, 'alice');
    const gone = await deploy(4, { ...rules, operation: 'advance' }, { event: 'schedule' });
    expect(gone).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { phase: 'step', weight: '50', 'pull-request': '' },
    });
    expect(gone.summary).toContain('approved at step 1 by alice by merging pull request #');
  });

  test('whoever merges it must be on the list', async () => {
    await waiting();
    github.pulls.merge(1, 'mallory');
    const run = await deploy(
      4,
      { ...rules, operation: 'advance', approvers: '[alice]' },
      { event: 'schedule' },
    );
    expect(run).toMatchObject({ exit: 0, outputs: { phase: 'awaiting-approval' } });
    expect(run.summary).toContain('mallory may not approve demand');
  });

  test('closed without a merge, it is a rejection, and one command leads out', async () => {
    await waiting();
    github.pulls.reject(1);
    const rejected = await deploy(4, { ...rules, operation: 'advance' }, { event: 'schedule' });
    expect(rejected.outputs).toMatchObject({ phase: 'awaiting-approval', status: 'inconclusive' });
    expect(rejected.summary).toContain('was closed without a merge, which rejects it');
    expect(github.pulls.all).toHaveLength(1);
    const aborted = await deploy(5, { ...rules, operation: 'abort' }, { event: 'workflow_dispatch' });
    expect(aborted.outputs).toMatchObject({ phase: 'rolled-back', finished: 'true' });
  });

  test('the rollout is told although GitHub refuses the pull request', async () => {
    github.pulls.allowed = false;
    const run = await waiting();
    expect(run).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { phase: 'awaiting-approval', status: 'inconclusive' },
    });
    expect(run.summary).toContain('Allow GitHub Actions to create and approve pull requests');
  });
});
