/** Training in the job, and elsewhere: one job for one dispatch, and what it has made enters at validation. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../../shared/verdict/digest.ts';
import type { StepRun } from '../support/bundle.ts';
import { type FakeS3, startFakeS3 } from '../support/fake-s3.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import { expectSchema, useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
let github: GitHubServer;
let s3: FakeS3;
let base: string;

beforeEach(async () => {
  github = await startGitHubServer({ repository: 'acme/demand' });
  s3 = await startFakeS3();
  base = github.push('refs/heads/main', 'README.md', 'hello');
});
afterEach(async () => {
  await Promise.all([github.close(), s3.close()]);
});

const KEY = `sha256:${'1'.repeat(64)}`;
const RETRAIN = {
  schema: 'ml-loop/retrain@1',
  name: 'demand',
  champion: null,
  reasons: ['drift'],
  'requested-at': '2026-01-05T11:00:00.000Z',
  'dedupe-key': KEY,
};

interface Told {
  readonly event?: string;
  readonly payload?: unknown;
  readonly run?: string;
}

function step(action: string, inputs: Record<string, string>, told: Told = {}): Promise<StepRun> {
  const { event = 'push', payload, run = '7' } = told;
  const env = {
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/demand',
    GITHUB_RUN_ID: run,
    AWS_ENDPOINT_URL_S3: s3.url,
  };
  const change = event === 'pull_request' ? { pull_request: { base: { sha: base } } } : {};
  const given = { name: 'demand', 'github-token': 'write-token', now: '2026-01-05T12:00:00Z', ...inputs };
  return space.step(action, given, {
    env,
    event: { name: event, payload: { client_payload: payload, ...change } },
  });
}

/** A program by its source, as an argument array. */
const node = (source: string) => `[node, -e, ${JSON.stringify(source)}]`;
const answers = (answer: unknown) =>
  `require('fs').writeFileSync(process.env.ML_LOOP_TRAINING, ${JSON.stringify(JSON.stringify(answer))})`;

describe('training in the job', () => {
  test('runs the command, shows what it prints, and needs no state', async () => {
    const command = node(
      `console.log('epoch 1'); console.log('::set-output name=x::y'); require('fs').writeFileSync('model.json', process.env.ML_LOOP_NAME)`,
    );
    const run = await step('train', { command }, { event: 'pull_request' });
    expect(run).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { status: 'pass', training: 'trained', job: '', model: '', digest: '' },
    });
    expect(run.stdout).toContain('command: epoch 1');
    expect(run.stdout).not.toMatch(/^::set-output/m);
    expect(space.read('model.json')).toBe('demand');
    expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('fails with the command, and tells how it ended', async () => {
    const failed = await step('train', { command: node(`console.error('no data'); process.exit(3)`) });
    expect(failed).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'fail', training: 'failed' } });
    expect(failed.stdout).toContain('command: no data');
    expect(failed.outputs.summary).toBe('the training failed: `command` ended with exit code 3');
    const missing = await step('train', { command: '[no-such-program]' });
    expect(missing).toMatchObject({ exit: 1, outputs: { training: 'failed' } });
    expect(missing.summary).toContain('cannot be started');
    const none = await step('train', {});
    expect(none).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(none.stdout).toContain('input command');
  });

  test('refuses an answer that nothing would remember, and one that cannot be read', async () => {
    const submitted = await step('train', {
      command: node(answers({ status: 'submitted', job: 'demand-17' })),
    });
    expect(submitted).toMatchObject({ exit: 2, stderr: '' });
    expect(submitted.stdout).toContain(
      'submitted the job demand-17, and with `where: here` nothing remembers it',
    );
    const wrong = await step('train', { command: node(answers({ status: 'done' })) });
    expect(wrong.exit).toBe(2);
    expect(wrong.stdout).toContain('the answer of `command`#/status');
  });
});

describe('training elsewhere', () => {
  const submits = {
    where: 'elsewhere',
    command: node(
      `require('fs').appendFileSync('jobs.txt', process.env.ML_LOOP_TRAINING_KEY + '\\n'); ${answers({ status: 'submitted', job: 'demand-17' })}`,
    ),
  };
  const PREDICTIONS = `id,label,prediction\n${Array.from({ length: 300 }, (_, i) => `r${i},${100 + (i % 24)},${100 + (i % 24) + (i % 5) - 2}`).join('\n')}\n`;
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const MODEL = { 'model.json': '{"error":1}', 'weights.bin': 'abc' };
  const digest = digestOf(
    Object.entries(MODEL).map(([path, text]) => ({ path, size: text.length, sha256: sha256(text) })),
  );
  const TRAINED = {
    schema: 'ml-loop/trained@1',
    name: 'demand',
    repository: 'acme/demand',
    model: 's3://models/demand/17/',
    digest,
    predictions: { uri: 's3://models/demand/17-predictions.csv', sha256: sha256(PREDICTIONS) },
    job: 'demand-17',
    'dedupe-key': KEY,
  };

  beforeEach(() => {
    for (const [path, text] of Object.entries(MODEL)) s3.put(`demand/17/${path}`, text);
    s3.put('demand/17-predictions.csv', PREDICTIONS);
    space.write(
      'ml-loop.yml',
      'models: { demand: { train: { models-from: [s3://models/demand/] }, validate-model: { metric: mae, conditions: mae <= 20 } } }\n',
    );
  });

  test('one dispatch submits one job, whatever runs again; then its model enters at validation', async () => {
    expectSchema('trained-payload', TRAINED);
    const asked = { event: 'repository_dispatch', payload: RETRAIN };
    const first = await step('train', submits, asked);
    expect(first).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { status: 'pass', training: 'submitted', job: 'demand-17' },
    });
    expect(first.outputs.summary).toBe(
      'the training demand-17 is under way until 2026-01-06T12:00:00.000Z at most; it ends with the dispatch ml-trained',
    );
    const again = await step('train', submits, { ...asked, run: '8' });
    expect(again.outputs).toMatchObject({ training: 'submitted', job: 'demand-17' });
    const other = await step('train', submits, {
      event: 'repository_dispatch',
      payload: { ...RETRAIN, 'dedupe-key': `sha256:${'2'.repeat(64)}` },
    });
    expect(other.outputs).toMatchObject({ status: 'warn', training: 'submitted', job: 'demand-17' });
    expect(space.read('jobs.txt').trim()).toMatch(/^[0-9a-f]{32}$/);
    expect(github.log('refs/ml-loop/demand/training')).toEqual([
      'training: submitted (demand-17)',
      'training: submitting',
    ]);

    const done = { event: 'repository_dispatch', payload: TRAINED };
    const taken = await step('train', submits, done);
    expect(taken).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: {
        status: 'pass',
        training: 'trained',
        job: 'demand-17',
        model: TRAINED.model,
        digest,
        profile: '',
      },
    });
    const { model = '', predictions = '' } = taken.outputs;
    expect(space.read(predictions)).toBe(PREDICTIONS);
    const judged = await step(
      'validate-model',
      { model, candidate: predictions, 'model-digest': digest },
      done,
    );
    expect(judged).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'pass' } });
    expect(
      space.json<{ subjects: unknown[] }>('ml-loop-report/validate-model/verdict.json').subjects,
    ).toContainEqual({
      role: 'candidate',
      name: model,
      digest,
    });
    const registry = { registry: 'dir:registry', 'state-persistent': 'true' };
    const registered = await step('register-model', { model, ...registry }, done);
    expect(registered).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { version: '1.0.0', digest, created: 'true' },
    });
    s3.put('demand/17/weights.bin', 'other');
    const swapped = await step(
      'validate-model',
      { model, candidate: predictions, 'model-digest': digest },
      done,
    );
    expect(swapped.exit).toBe(2);
    expect(swapped.stdout).toContain(`and ${digest} is expected`);
  });

  test('what is not what the payload says fails, and nothing is passed on', async () => {
    s3.put('demand/17/weights.bin', 'other');
    const model = await step('train', submits, { event: 'repository_dispatch', payload: TRAINED });
    expect(model).toMatchObject({
      exit: 1,
      stderr: '',
      outputs: { status: 'fail', training: 'failed', model: '', predictions: '' },
    });
    expect(model.outputs.summary).toContain(`and client_payload says ${digest}`);
    // The right one may still come.
    expect(github.ref('refs/ml-loop/demand/training')).toBeUndefined();
    s3.put('demand/17/weights.bin', 'abc');
    s3.put('demand/17-predictions.csv', 'id,label,prediction\n');
    const predictions = await step('train', submits, { event: 'repository_dispatch', payload: TRAINED });
    expect(predictions).toMatchObject({ exit: 1, outputs: { training: 'failed', predictions: '' } });
  });

  test.each([
    [
      'another repository',
      { repository: 'acme/price' },
      'a model of the repository acme/price',
      'client_payload#/repository',
    ],
    ['another model', { name: 'price' }, 'the dispatch is about the model "price"', 'client_payload#/name'],
    [
      'another place',
      { model: 's3://models/demand-of-others/17/' },
      'in a place that this repository does not take models from',
      'client_payload#/model',
    ],
    [
      'a way out of the place',
      { model: 's3://models/demand/../price/17/' },
      'does not take models from',
      'client_payload#/model',
    ],
    [
      'a path out of the workspace',
      { predictions: { uri: '../x.csv', sha256: '0'.repeat(64) } },
      'leaves its folder',
      'client_payload#/predictions/uri',
    ],
    ['a command', { run: 'rm -rf /' }, 'is not a field of such a file', 'client_payload#/run'],
    [
      'another job',
      { job: 'demand-16' },
      'the job that was submitted last is demand-17',
      'state demand/training',
    ],
  ])('a dispatch about %s is refused', async (_, changes, what, where) => {
    await step('train', submits, { event: 'repository_dispatch', payload: RETRAIN });
    const run = await step('train', submits, {
      event: 'repository_dispatch',
      payload: { ...TRAINED, ...changes },
    });
    expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    expect(run.stdout).toContain(what);
    expect(run.stdout).toContain(where);
  });

  test('a poll takes the place of the dispatch, in later runs too', async () => {
    const poll = node(
      `const fs = require('fs'); const n = fs.existsSync('polls.txt') ? Number(fs.readFileSync('polls.txt', 'utf8')) : 0; fs.writeFileSync('polls.txt', String(n + 1)); if (process.env.ML_LOOP_JOB !== 'demand-17') process.exit(9); fs.writeFileSync(process.env.ML_LOOP_TRAINING, JSON.stringify(n < 2 ? { status: 'running' } : { status: 'trained', model: 's3://models/demand/17/', digest: ${JSON.stringify(digest)} }))`,
    );
    const polling = { ...submits, poll, interval: '1s', budget: '1s' };
    const first = await step('train', polling);
    expect(first).toMatchObject({ exit: 0, stderr: '', outputs: { training: 'submitted' } });
    expect(space.read('polls.txt')).toBe('2');
    const resumed = await step('train', { ...polling, operation: 'resume' }, { event: 'schedule', run: '9' });
    expect(resumed).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { training: 'trained', model: TRAINED.model, digest },
    });
    // A schedule has no jobs that judge: the dispatch starts them.
    const { dispatches } = github;
    expect(dispatches).toMatchObject([
      { event_type: 'ml-trained', client_payload: { name: 'demand', job: 'demand-17', digest } },
    ]);
    const payload = dispatches[0]?.client_payload;
    expectSchema('trained-payload', payload);
    const taken = await step('train', submits, { event: 'repository_dispatch', payload });
    expect(taken).toMatchObject({ exit: 0, outputs: { training: 'trained', model: TRAINED.model } });
    await step('train', { ...polling, operation: 'resume' }, { event: 'schedule', run: '10' });
    expect(dispatches).toHaveLength(1);
    const idle = await step(
      'train',
      { ...polling, operation: 'resume', name: 'price' },
      { event: 'schedule', run: '9' },
    );
    expect(idle).toMatchObject({ exit: 2 });
  });

  test('a pull request submits nothing', async () => {
    const run = await step('train', submits, { event: 'pull_request' });
    expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'warn', training: 'none' } });
    expect(run.stdout).toContain('a pull request submits no training');
    expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
