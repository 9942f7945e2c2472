import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SUMMARY_BYTES } from '../../shared/report/limits.ts';
import { pullRequestInto } from '../support/base-branch.ts';
import type { Permissions } from '../support/github-conversations.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const TOKENS: Readonly<Record<string, Permissions>> = {
  writes: { contents: 'read', checks: 'write', 'pull-requests': 'write' },
  reads: { contents: 'read' },
};
const CONTRACT =
  'properties: { id: { type: integer }, temp: { type: number, maximum: 50 } }\nrequired: [id, temp]\n';
const GOOD = ['id,temp', ...Array.from({ length: 60 }, (_, i) => `${i},${10 + (i % 20)}`)];
const LOOP = `
defaults: { validate-data: { contract: contract.yml } }
models:
  demand: { validate-data: { data: demand.csv } }
  churn: { validate-data: { data: churn.csv } }
`;

let server: GitHubServer;
let base: string;
let head: string;

beforeEach(async () => {
  server = await startGitHubServer({ tokens: TOKENS });
  space.write('contract.yml', CONTRACT);
  space.write('ml-loop.yml', LOOP);
  space.write('demand.csv', GOOD);
  space.write('churn.csv', GOOD);
  server.push('refs/heads/main', 'contract.yml', CONTRACT);
  base = server.push('refs/heads/main', 'ml-loop.yml', LOOP);
  head = server.push('refs/heads/change', 'demand.csv', 'x');
});
afterEach(() => server.close());

interface How {
  readonly token?: string;
  readonly from?: string;
  readonly event?: string;
  readonly attempt?: number;
}

/** A step of a job on pull request 7. */
function step(bundle: string, inputs: Record<string, string>, how: How = {}) {
  const { token = 'writes', from = 'acme/models', event = 'pull_request', attempt = 1 } = how;
  const isPull = event === 'pull_request';
  const pull = { number: 7, head: { sha: head, repo: { full_name: from } }, base: { sha: base } };
  return space.step(
    bundle,
    { 'github-token': token, ...inputs },
    {
      event: {
        name: event,
        payload: { repository: { default_branch: 'main' }, ...(isPull && { pull_request: pull }) },
      },
      env: {
        GITHUB_API_URL: server.url,
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: server.repository,
        GITHUB_SHA: isPull ? 'f'.repeat(40) : head,
        GITHUB_REF: isPull ? 'refs/pull/7/merge' : 'refs/heads/main',
        GITHUB_RUN_ID: '5',
        GITHUB_RUN_ATTEMPT: String(attempt),
      },
    },
  );
}

const writes = () =>
  server.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
const runs = () => server.conversations.checkRuns.map(({ name, conclusion }) => `${name}: ${conclusion}`);
const comment = () => server.conversations.comments.map(({ body }) => body).join('\n\n=====\n\n');
const spoil = (file: string, lines: number, value = 'warm') =>
  space.write(
    file,
    GOOD.map((line, at) => (at >= 5 && at < 5 + 2 * lines && at % 2 === 1 ? `${at},${value}` : line)),
  );

describe('a step on a pull request', () => {
  test('with good data writes a green check run and nothing else', async () => {
    const run = await step('validate-data', { name: 'demand' });
    expect(run).toMatchObject({ exit: 0, stderr: '', temporary: [] });
    expect(writes()).toEqual(['POST /repos/acme/models/check-runs']);
    expect(runs()).toEqual(['ml-loop / validate-data (demand): success']);
    expect(workflowCommands(run.stdout).filter(({ name }) => name !== 'add-mask')).toEqual([]);
  });

  test('with bad data marks its lines, and comments; the next good push says so', async () => {
    spoil('demand.csv', 3);
    const run = await step('validate-data', { name: 'demand' });
    expect(run.exit).toBe(1);
    const [check] = server.conversations.checkRuns;
    expect(check?.head_sha).toBe(head);
    expect(check?.annotations.map(({ path, start_line }) => `${path}:${start_line}`)).toEqual(
      expect.arrayContaining(['demand.csv:6', 'demand.csv:8', 'demand.csv:10']),
    );
    // What the check run marks, the step does not mark a second time.
    expect(workflowCommands(run.stdout).filter(({ properties }) => properties.file !== undefined)).toEqual(
      [],
    );
    expect(run.stdout).toContain('at demand.csv:6, 8, 10');
    expect(comment()).toMatch(/\*\*❌ ml-loop: not ready to merge\.\*\* `validate-data \(demand\)`/);

    space.write('demand.csv', GOOD);
    head = server.push('refs/heads/change', 'demand.csv', 'y');
    expect((await step('validate-data', { name: 'demand' })).exit).toBe(0);
    expect(server.conversations.comments).toHaveLength(1);
    expect(comment()).toMatch(/✅ ml-loop: the check passed[\s\S]*was ❌&nbsp;fail at/);
  });

  test('that cannot judge says why', async () => {
    space.write('demand.csv', Buffer.from([0x50, 0x41, 0x52, 0x31, 0, 0]));
    space.write('contract.yml', 'properties: [');
    const run = await step('validate-data', { name: 'demand' });
    expect(run.exit).toBe(2);
    expect(runs()).toEqual(['ml-loop / validate-data (demand): failure']);
    expect(comment()).toContain('a check could not judge');
  });

  test('of a fork writes nothing, asks for the gate alone, and is as red as it would be', async () => {
    spoil('demand.csv', 3);
    const run = await step('validate-data', { name: 'demand' }, { from: 'someone/models', token: 'reads' });
    expect(run.exit).toBe(1);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /repos/acme/models/contents/ml-loop.yml',
      'GET /repos/acme/models/contents/contract.yml',
    ]);
    expect(run.summary).toContain('validate-data · demand: ❌ fail');
    expect(workflowCommands(run.stdout).some(({ properties }) => properties.file === 'demand.csv')).toBe(
      true,
    );
  });

  test('with a token that only reads is as green as it would be, and says what to add', async () => {
    const run = await step('validate-data', { name: 'demand' }, { token: 'reads' });
    expect(run.exit).toBe(0);
    expect(workflowCommands(run.stdout).filter(({ name }) => name === 'notice')).toEqual([
      expect.objectContaining({
        data: expect.stringContaining('permissions: { checks: write, pull-requests: write }'),
      }),
    ]);
    expect(run.summary).toContain('✅ pass');
  });

  test('with a GitHub that is down is as green as it would be, by the history of the checkout', async () => {
    base = pullRequestInto(space).payload.pull_request.base.sha;
    await server.close();
    const run = await step('validate-data', { name: 'demand', comment: 'false' });
    expect(run.exit).toBe(0);
    expect(run.stdout).toContain('The check runs could not be written');
    server = await startGitHubServer();
  });

  test('with mode: observe is green and neutral, and says so', async () => {
    spoil('demand.csv', 3);
    const run = await step('validate-data', { name: 'demand', mode: 'observe' });
    expect(run.exit).toBe(0);
    expect(run.outputs.status).toBe('fail');
    expect(runs()).toEqual(['ml-loop / validate-data (demand): neutral']);
    for (const text of [comment(), run.summary]) expect(text).toContain('`mode: observe`: this is told only');
  });

  test('with more marks than a step may have: 10 of a level, or all of them by the check run', async () => {
    spoil('demand.csv', 25);
    const marks = async (how: How) =>
      workflowCommands((await step('validate-data', { name: 'demand' }, how)).stdout).filter(
        ({ name }) => name === 'error',
      );
    expect(await marks({ token: 'reads' })).toHaveLength(10);
    expect(await marks({})).toEqual([]);
    expect(server.conversations.checkRuns[0]?.annotations.length).toBeGreaterThan(20);
  });
});

test('the root action tells of all models in one comment; a re-run changes it in place', async () => {
  spoil('demand.csv', 2);
  spoil('churn.csv', 2);
  expect((await step('root', {})).exit).toBe(1);
  expect(runs()).toHaveLength(2);
  expect(comment()).toContain('1 more check did not pass');
  space.write('churn.csv', GOOD);
  expect((await step('root', {}, { attempt: 2 })).exit).toBe(1);
  expect(server.conversations.comments).toHaveLength(1);
  expect(comment()).toContain('<summary>✅ 1 check passed</summary>');
});

test('jobs that only read, and a gate that tells for them', async () => {
  spoil('demand.csv', 2);
  const quiet = { comment: 'false', 'check-run': 'false' };
  for (const name of ['demand', 'churn'])
    await step(
      'validate-data',
      { name, ...quiet, 'report-directory': `reports/ml-loop-report-${name}` },
      { token: 'reads' },
    );
  expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  const expected = JSON.stringify(['demand', 'churn'].map((name) => ({ name, sections: ['validate-data'] })));
  // The gate has no checkout.
  for (const file of ['ml-loop.yml', 'contract.yml', 'demand.csv', 'churn.csv']) space.discard(file);
  const gate = await step('root', { stage: 'report', 'report-directory': 'reports', expect: expected });
  expect(gate).toMatchObject({ exit: 1, stderr: '' });
  expect(gate.outputs).toMatchObject({
    status: 'fail',
    summary: 'validate-data demand: fail, validate-data churn: pass',
  });
  expect(runs()).toEqual([
    'ml-loop / validate-data (demand): failure',
    'ml-loop / validate-data (churn): success',
  ]);
  expect(space.read('reports/index.html')).toContain('ml-loop-report-demand/validate-data/report.html');
  space.discard('reports/ml-loop-report-churn');
  const missing = await step('root', { stage: 'report', 'report-directory': 'reports', expect: expected });
  expect(missing.exit).toBe(1);
  expect(missing.summary).toContain('it left no verdict below');
});

test('hostile names and values ping no one and break out of nothing', async () => {
  const hostile = '@octocat #1 <img src=x onerror=y> </details><!-- ml-loop:comment -->';
  space.write(
    'contract.yml',
    `properties: { ${JSON.stringify(hostile)}: { type: integer }, id: { type: integer } }\n`,
  );
  space.write('demand.csv', [`id,"${hostile}"`, ...Array.from({ length: 30 }, (_, i) => `${i},${hostile}`)]);
  const run = await step('validate-data', { name: 'demand', samples: 'show' });
  expect(run.exit).toBe(1);
  const { output } = server.conversations.checkRuns[0] ?? { output: { summary: '', text: '' } };
  for (const text of [comment(), output.summary ?? '', output.text ?? '', run.summary]) {
    expect(text).not.toMatch(/@octocat|(?<!&)#1\b|<img/);
    expect(text.replaceAll(/<!-- ml-loop:\S+( \S+)? -->/g, '')).not.toContain('<!--');
  }
  expect(comment().match(/<!-- ml-loop:comment -->/g)).toHaveLength(1);
});

test('a result of two thousand checks stays within every limit', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `column_with_a_long_name_${i}`);
  space.write(
    'contract.yml',
    `properties:\n${names.map((name) => `  ${name}: { type: integer, maximum: 3 }\n`).join('')}`,
  );
  space.write('demand.csv', [
    names.join(','),
    names.map(() => 'x').join(','),
    names.map(() => '9').join(','),
  ]);
  const run = await step('validate-data', { name: 'demand' });
  expect(run.exit).toBe(1);
  expect(Buffer.byteLength(run.summary)).toBeLessThan(SUMMARY_BYTES);
  expect(run.stdout).not.toContain('could not be written');
  expect(runs()).toEqual(['ml-loop / validate-data (demand): failure']);
  expect(server.conversations.checkRuns[0]?.annotations).toHaveLength(200);
  expect(comment()).toContain('not ready to merge');
});
