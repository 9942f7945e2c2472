/**
 * A training that a job elsewhere does, with a store that only a login reads: what ml-ct and ml-cd do until its model is
 * there, whose model they take, and how it comes into production.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NODES } from '../support/bundle.ts';
import { type FakeS3, startFakeS3 } from '../support/fake-s3.ts';
import type { ActRun } from './support/act.ts';
import { Bikes, NAME } from './support/bikes.ts';

const RETRAIN = '.github/workflows/ml-retrain.yml';
const SUBMIT =
  "console.log('a job is submitted now'); require('fs').writeFileSync(process.env.ML_LOOP_TRAINING, JSON.stringify({ status: 'submitted', job: 'bikes-' + process.env.ML_LOOP_TRAINING_KEY }))";
const KEY = `sha256:${'1'.repeat(64)}`;
const SEND = resolve('examples/training-elsewhere/send_trained.py');

let bikes: Bikes;
let s3: FakeS3;
/** The id of the job that was submitted. */
let job: string;
beforeAll(async () => {
  s3 = await startFakeS3();
  const login = {
    AWS_ENDPOINT_URL: s3.url,
    AWS_ACCESS_KEY_ID: 'AKIABIKES',
    AWS_SECRET_ACCESS_KEY: 's3cr3t-of-bikes',
  };
  const lines = Object.entries(login).map(([name, value]) => `${name}=${value}\n`);
  bikes = await Bikes.start(10, { ML_LOOP_ENV: lines.join('') });
  const { repository } = bikes.world;
  const text = repository.read(RETRAIN);
  bikes.world.commit({
    'submit.cjs': SUBMIT,
    'ml-loop.yml': repository
      .read('ml-loop.yml')
      .replace('  demand:\n', "  demand:\n    train: { models-from: ['s3://models/demand/'] }\n"),
    [RETRAIN]: `${text.replace(/ train: .*/, ' train: node submit.cjs\n      train-elsewhere: true\n      install: node ops/prepare.mjs')}    secrets:
      ML_LOOP_ENV: \${{ secrets.ML_LOOP_ENV }}
`,
  });
});
afterAll(async () => {
  await bikes?.stop();
  await s3?.close();
});

async function dispatch(event_type: string, client_payload: Record<string, unknown>): Promise<ActRun> {
  const [run] = await bikes.world.send({
    name: 'repository_dispatch',
    payload: { action: event_type, client_payload },
  });
  return run as ActRun;
}

const asked = {
  schema: 'ml-loop/retrain@1',
  name: NAME,
  champion: null,
  reasons: ['drift'],
  'requested-at': '2011-03-01T00:00:00.000Z',
  'dedupe-key': KEY,
};

test('a request submits one job, and the run ends without a candidate; again, it submits no other', async () => {
  const first = await dispatch('ml-retrain', asked);
  job = first.outputs['training.train']?.job ?? '';
  expect(job).toMatch(/^bikes-/);
  const runs = [first, await bikes.world.again(first, 'training'), await dispatch('ml-retrain', asked)];
  for (const run of runs) {
    expect(run.exit).toBe(0);
    expect(run.jobs).toEqual({ 'ml-ct/request': 'success', 'ml-cd/training': 'success' });
    expect(run.outputs['training.train']).toMatchObject({ training: 'submitted', job });
  }
  expect(runs.filter(({ log }) => log.includes('a job is submitted now'))).toEqual([first]);
  expect((await bikes.production()).versions).toEqual([]);
});

test('a model from a place that is not allowed goes no further than the training job', async () => {
  const run = await dispatch('ml-trained', {
    schema: 'ml-loop/trained@1',
    name: NAME,
    model: 's3://others/demand/17/',
    digest: `sha256:${'0'.repeat(64)}`,
  });
  expect(run.exit).not.toBe(0);
  expect(run.jobs).toMatchObject({ 'ml-cd/training': 'failure' });
  expect(Object.keys(run.jobs).filter((job) => /register|release/.test(job))).toEqual([]);
});

/** What the job elsewhere does: it trains, uploads, and tells GitHub; returns the runs that follow. */
async function trainElsewhere(): Promise<ActRun[]> {
  const { folder } = bikes.world.repository;
  const node = (...argv: string[]) => execFileSync(NODES[24], argv, { cwd: folder, stdio: 'pipe' });
  node('ops/prepare.mjs');
  node('model/train.mjs', '--data', 'training/train.csv', '--out', 'candidate');
  const model = join(folder, 'candidate');
  for (const name of readdirSync(model)) s3.put(`demand/17/${name}`, readFileSync(join(model, name), 'utf8'));
  const argv = [
    '-B',
    SEND,
    '--model',
    model,
    '--uri',
    's3://models/demand/17/',
    '--name',
    NAME,
    '--job',
    job,
  ];
  const { github } = bikes.world;
  const env = {
    GITHUB_REPOSITORY: github.repository,
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: 'write-token',
  };
  return bikes.world.following(() =>
    promisify(execFile)('python3', argv, { env: { ...process.env, ...env } }),
  );
}

test('when the job has ended, its model is judged, registered and released', async () => {
  const [run, ...more] = await trainElsewhere();
  expect(more).toEqual([]);
  expect(run?.jobs).toEqual({
    'ml-ct/request': 'success',
    'ml-cd/training': 'success',
    'ml-ci/plan': 'success',
    [`ml-ci/validate (${NAME})`]: 'success',
    'ml-ci/gate': 'success',
    'ml-cd/register': 'success',
    'ml-cd/release': 'success',
  });
  const [sent] = bikes.world.github.dispatches;
  expect(run?.outputs['register.register']).toMatchObject({
    version: '1.0.0',
    digest: sent?.client_payload.digest,
    created: 'true',
  });
  expect(await bikes.production()).toEqual({ versions: ['1.0.0'], champion: undefined });
  expect(run?.outputs['release.release']).toMatchObject({ finished: 'false' });
});

test('a second attempt of it registers nothing, and finds the rollout that is under way', async () => {
  const first = bikes.world.runs.at(-1) as ActRun;
  const weights = bikes.weights;
  const run = await bikes.world.again(first, 'register');
  expect(run.exit).toBe(0);
  const { version, digest } = first.outputs['register.register'] ?? {};
  expect(run.outputs['register.register']).toMatchObject({ version, digest, created: 'false' });
  expect(await bikes.production()).toEqual({ versions: ['1.0.0'], champion: undefined });
  expect(bikes.weights).toEqual(weights);
});
