/** The models that a change concerns, from the bundles. */
import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { pullRequestInto } from '../support/base-branch.ts';
import type { StepOptions } from '../support/bundle.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const LOOP = `models:
  demand:
    validate-data: { data: "demand/*.csv" }
    validate-model: { model: [demand/model, demand/extra], metric: mae, margin: 2% }
  churn:
    validate-data: { data: "churn/*.csv" }
    validate-model: { model: "s3://models/churn/" }
`;
const DEMAND = {
  name: 'demand',
  sections: ['validate-data', 'validate-model'],
  model: 'demand/model\ndemand/extra',
  changed: ['demand/a.csv'],
};
const CHURN = { ...DEMAND, name: 'churn', model: '', changed: ['churn/new.csv'] };

/** What the change is, as the runner has checked it out. */
const commit = () => pullRequestInto(space);

beforeEach(() => {
  space.write('ml-loop.yml', LOOP);
  space.write('demand/a.csv', 'x\n1\n');
  space.write('churn/a.csv', 'x\n1\n');
});

async function matrix(options: Partial<StepOptions>, inputs: Record<string, string> = {}) {
  const run = await space.step('root', { stage: 'matrix', ...inputs }, options);
  const { matrix = 'null', models = 'null', count } = run.outputs;
  return { run, matrix: JSON.parse(matrix), models: JSON.parse(models), count };
}

describe('stage: matrix', () => {
  test('lists the models whose files a pull request changes', async () => {
    const event = pullRequestInto(space);
    space.write('demand/a.csv', 'x\n2\n');
    commit();
    const one = await matrix({ event });
    expect(one).toMatchObject({
      run: { exit: 0, stderr: '' },
      matrix: [DEMAND],
      models: ['demand'],
      count: '1',
    });
    space.write('features.py', 'pass\n');
    commit();
    expect((await matrix({ event })).models).toEqual(['demand', 'churn']);
  });

  test('none if it changes none of those asked for, and that is not an error', async () => {
    const event = pullRequestInto(space);
    space.write('demand/b.csv', 'x\n2\n');
    commit();
    const none = await matrix({ event }, { name: 'churn' });
    expect(none).toMatchObject({ run: { exit: 0 }, matrix: [], models: [], count: '0' });
  });

  test('all if ml-loop.yml is changed, also those that it removes', async () => {
    const event = pullRequestInto(space);
    const sales = '  sales: { validate-data: { data: "sales/*.csv" } }\n';
    space.write('ml-loop.yml', `${LOOP.slice(0, LOOP.indexOf('  churn'))}${sales}`);
    commit();
    expect((await matrix({ event })).models).toEqual(['demand', 'sales', 'churn']);
  });

  test('all if it is not known what is changed, and says why', async () => {
    for (const event of [
      { name: 'schedule' },
      { name: 'push', payload: { before: '0'.repeat(40) } },
      { name: 'push', payload: { before: 'a'.repeat(40) } },
      { name: 'pull_request', payload: {} },
    ]) {
      const { run, models } = await matrix({ event });
      expect([event, run.exit, models]).toEqual([event, 0, ['demand', 'churn']]);
      expect(run.stdout).toMatch(/all models: /);
    }
  });

  test('of a push, by the commit before it', async () => {
    const { payload } = pullRequestInto(space);
    space.write('churn/a.csv', 'x\n2\n');
    pullRequestInto(space);
    const push = { name: 'push', payload: { before: payload.pull_request.base.sha } };
    expect((await matrix({ event: push })).models).toEqual(['churn']);
  });

  test('asks GitHub if the checkout has no history', async () => {
    const server = await startGitHubServer();
    try {
      const [base, head] = ['a'.repeat(40), 'b'.repeat(40)];
      const pull = {
        number: 7,
        base: { sha: base },
        head: { sha: head, repo: { full_name: 'acme/models' } },
      };
      const options = {
        event: { name: 'pull_request', payload: { pull_request: pull } },
        env: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository },
      };
      const listed = (files: unknown[]) => server.before(/compare/, () => ({ status: 200, body: { files } }));
      listed([{ filename: 'churn/new.csv', previous_filename: 'churn/old.csv' }]);
      expect((await matrix(options, { 'github-token': 'read-token' })).models).toEqual(['churn']);
      expect(server.requests.map(({ path }) => path)).toContain(
        `/repos/acme/models/compare/${base}...${head}`,
      );
      listed(Array.from({ length: 300 }, (_, i) => ({ filename: `churn/${i}.csv` })));
      const many = await matrix(options, { 'github-token': 'read-token' });
      expect(many.models).toEqual(['demand', 'churn']);
      expect(many.run.stdout).toContain('GitHub lists only 300 files');
    } finally {
      await server.close();
    }
  });

  test('names the only model that has no name', async () => {
    space.write('ml-loop.yml', 'validate-data: { data: "demand/*.csv" }\n');
    const env = { GITHUB_REPOSITORY: 'acme/bikes' };
    expect((await matrix({ env, event: { name: 'schedule' } })).models).toEqual(['bikes']);
    expect(await space.step('root', { name: 'bikes' }, { env })).toMatchObject({ exit: 0 });
  });

  test('of a dispatch is its model', async () => {
    const payload = {
      schema: 'ml-loop/trained@1',
      name: 'churn',
      model: 's3://models/churn/',
      digest: `sha256:${'0'.repeat(64)}`,
    };
    const event = { name: 'repository_dispatch', payload: { client_payload: payload } };
    expect((await matrix({ event })).models).toEqual(['churn']);
    const other = { ...event, payload: { client_payload: { ...payload, name: 'sales' } } };
    expect((await matrix({ event: other })).run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
  });

  test('more than a matrix can have, an unknown name, and no file are errors with what to do', async () => {
    expect((await matrix({}, { name: 'chrun' })).run.stdout).toContain('did you mean churn?');
    const many = Array.from({ length: 257 }, (_, i) => `  m${i}: { validate-data: { data: x.csv } }`);
    space.write('ml-loop.yml', ['models:', ...many]);
    const { run } = await matrix({});
    expect(run).toMatchObject({ exit: 2 });
    expect(run.stdout).toContain('at most 256 jobs');
    space.write('ml-loop.yml', ['models:', ...many.slice(1)]);
    expect((await matrix({})).count).toBe('256');
    space.discard('ml-loop.yml');
    expect((await matrix({})).run.stdout).toContain('there is no ml-loop.yml');
  });
});

test('ml-loop matrix prints it, against a branch, with what is not committed yet', async () => {
  const { payload } = pullRequestInto(space);
  execFileSync('git', ['branch', 'start', payload.pull_request.base.sha], { cwd: space.folder });
  space.write('churn/new.csv', 'x\n2\n');
  const changed = await space.cli(['matrix', '--base', 'start']);
  expect(changed).toMatchObject({ exit: 0, stdout: `${JSON.stringify([CHURN])}\n` });
  const all = await space.cli(['matrix', '--base', 'start', '--all', '--outputs']);
  expect(all.stdout).toMatch(/^matrix=.*\nmodels=\["demand","churn"\]\ncount=2\nsummary=/);
  const plain = await space.cli(['matrix']);
  expect(plain.exit).toBe(0);
  expect(JSON.parse(plain.stdout)).toMatchObject([{ name: 'demand' }, { name: 'churn' }]);
  expect(plain.stderr).toContain('all models: no commit is named to compare with');
  for (const base of ['--help-me', 'nowhere']) {
    const wrong = await space.cli(['matrix', `--base=${base}`]);
    expect(wrong).toMatchObject({ exit: 2, stdout: '' });
    expect(wrong.stderr).toContain('give a branch, a tag or a commit that it has');
  }
});
