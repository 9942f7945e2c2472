/** A training that a job elsewhere does: what ml-ct and ml-cd do until its model is there, and whose model they take. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ActRun } from './support/act.ts';
import { Bikes, NAME } from './support/bikes.ts';

const RETRAIN = '.github/workflows/ml-retrain.yml';
const SUBMIT =
  "require('fs').writeFileSync(process.env.ML_LOOP_TRAINING, JSON.stringify({ status: 'submitted', job: 'bikes-' + process.env.ML_LOOP_TRAINING_KEY }))";
const KEY = `sha256:${'1'.repeat(64)}`;

let bikes: Bikes;
beforeAll(async () => {
  bikes = await Bikes.start(10);
  const { repository } = bikes.world;
  const text = repository.read(RETRAIN);
  bikes.world.commit({
    'submit.cjs': SUBMIT,
    'ml-loop.yml': repository
      .read('ml-loop.yml')
      .replace('  demand:\n', "  demand:\n    train: { models-from: ['s3://bikes/demand/'] }\n"),
    [RETRAIN]: text.replace(/ train: .*/, ' train: node submit.cjs\n      train-elsewhere: true'),
  });
});
afterAll(() => bikes?.stop());

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
  for (let times = 0; times < 2; times += 1) {
    const run = await dispatch('ml-retrain', asked);
    expect(run.exit).toBe(0);
    expect(run.jobs).toEqual({ 'ml-ct/request': 'success', 'ml-cd/training': 'success' });
  }
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
