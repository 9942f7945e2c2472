/**
 * The loop on GitHub's own runners, with the defaults alone: each job begins on an empty disk, with what the repository
 * holds. Models are in the container registry, the state in a ref of the repository; both are reached by their real names,
 * through a runner's proxy.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { StepRun } from '../support/bundle.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { startOciRegistry } from '../support/oci-registry.ts';
import { at, logLines, PREDICT_COMMAND, writeModel, writeProject } from '../support/project.ts';
import { startProxy } from '../support/proxy.ts';
import { startTlsFront } from '../support/tls-front.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const TOKEN = 'write-token';
/** What is outside of the runners: servers, and the file of weights that a load balancer reads. */
let world: Awaited<ReturnType<typeof startWorld>>;

beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

async function startWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'ml-loop-world-'));
  const github = await startGitHubServer({ repository: 'acme/demand' });
  const login = { user: 'octocat', password: TOKEN, scheme: 'basic' } as const;
  const containers = await startOciRegistry({ login });
  const fronts = {
    'api.github.com': await startTlsFront('api.github.com', Number(new URL(github.url).port)),
    'ghcr.io': await startTlsFront('ghcr.io', Number(new URL(`http://${containers.host}`).port)),
  };
  const hosts = Object.entries(fronts).map(([host, { port }]) => [`${host}:443`, port] as const);
  const proxy = await startProxy(Object.fromEntries(hosts));
  writeFileSync(
    join(folder, 'ca.pem'),
    Object.values(fronts)
      .map(({ cert }) => cert)
      .join('\n'),
  );
  const weights = join(folder, 'weights');
  const router = `require('node:fs').writeFileSync(process.argv[1], [process.env.ML_LOOP_STABLE_VERSION, process.env.ML_LOOP_STABLE_WEIGHT, process.env.ML_LOOP_CANARY_VERSION, process.env.ML_LOOP_CANARY_WEIGHT].join(' '))`;
  return {
    github,
    containers,
    routerCommand: JSON.stringify(['node', '-e', router, weights]),
    weights: () => readFileSync(weights, 'utf8').trim(),
    env: {
      RUNNER_ENVIRONMENT: 'github-hosted',
      GITHUB_API_URL: 'https://api.github.com',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/demand',
      GITHUB_ACTOR: 'octocat',
      https_proxy: proxy.url,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    },
    async close() {
      for (const front of Object.values(fronts)) front.close();
      await Promise.all([proxy.close(), github.close(), containers.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Step = (action: string, inputs?: Record<string, string>) => Promise<StepRun>;

/** A job: an empty disk, the repository's files, and steps at one time; all is gone when it ends. */
async function job(minute: number, work: (step: Step) => Promise<void>): Promise<void> {
  writeProject(space);
  const trained = Array.from({ length: 400 }, (_, i) => `t${i},${i % 24},${100 + 5 * (i % 24)}`);
  space.write('train.csv', ['id,hour,label', ...trained]);
  space.write('ml-loop.yml', CONFIG);
  await work((action, inputs = {}) =>
    space.step(action, { 'github-token': TOKEN, now: at(minute), ...inputs }, { env: world.env }),
  );
  for (const file of space.files()) space.discard(file);
}

const CONFIG = `
validate-data: { data: train.csv }
validate-model:
  predict: ${PREDICT_COMMAND}
  model: model
  test-data: test.csv
  metric: mae
  margin: 2%
  conditions: mae <= 20
register-model: { model: model }
deploy-canary:
  router: 'exec:'
  metrics: log:logs/*.jsonl
  steps: [{ weight: 50, at-least: 5m, requests: 100 }]
check-drift: { current: today.csv, dispatch: ml-retrain }
`;

/** Trains, judges and registers. */
async function train(step: Step, off: number): Promise<StepRun> {
  writeModel(space, 'model', off);
  const data = await step('validate-data');
  const judged = await step('validate-model');
  expect(judged).toMatchObject({ exit: 0, stderr: '' });
  return step('register-model', { profile: data.outputs.profile ?? '' });
}

/** A tick of the rollout in a job of its own, with the log that the servers have written so far. */
async function tick(
  minute: number,
  inputs: Record<string, string>,
  log: readonly string[],
): Promise<StepRun> {
  let run: StepRun | undefined;
  await job(minute, async (step) => {
    space.write('logs/server.jsonl', log);
    run = await step('deploy-canary', { 'router-command': world.routerCommand, ...inputs });
  });
  if (run === undefined) throw new Error('the step did not run');
  return run;
}

test('validate, register, deploy, watch, retrain and deploy again: each in a job of its own', async () => {
  await job(0, async (step) => {
    const registered = await train(step, 8);
    expect(registered).toMatchObject({ exit: 0, stderr: '', outputs: { version: '1.0.0', created: 'true' } });
    expect(registered.outputs.uri).toMatch(/^oci:\/\/ghcr\.io\/acme\/demand\/demand:1\.0\.0@sha256:/);
  });
  const first = await tick(10, { 'first-release': 'allow' }, []);
  expect(first).toMatchObject({ exit: 0, stderr: '', outputs: { phase: 'step' } });
  const alone = logLines(11, { '1.0.0': { requests: 1000, errors: 1 } });
  const released = await tick(30, { operation: 'advance' }, alone);
  expect(released).toMatchObject({ exit: 0, stderr: '', outputs: { phase: 'promoted' } });
  expect(world.weights()).toMatch(/^1\.0\.0 100\b/);

  await job(60, async (step) => {
    const rows = Array.from({ length: 400 }, (_, i) => `r${i},${(i % 24) + 20},120`);
    space.write('today.csv', ['id,hour,label', ...rows]);
    const drift = await step('check-drift');
    expect(drift).toMatchObject({ stderr: '', outputs: { drift: 'true', retrain: 'true' } });
    expect(world.github.dispatches).toHaveLength(1);
  });

  await job(90, async (step) => {
    writeModel(space, 'model', 4);
    const judged = await step('validate-model');
    expect(judged).toMatchObject({ exit: 0, stderr: '', outputs: { comparison: 'better' } });
    const registered = await step('register-model');
    expect(registered).toMatchObject({ exit: 0, stderr: '', outputs: { version: '1.1.0' } });
  });
  const started = await tick(100, {}, []);
  expect(started).toMatchObject({ exit: 0, stderr: '', outputs: { phase: 'step', weight: '50' } });
  const log = logLines(101, {
    '1.0.0': { requests: 6000, errors: 0 },
    '1.1.0': { requests: 6000, errors: 0 },
  });
  const ended = await tick(120, { operation: 'advance' }, log);
  expect(ended).toMatchObject({ exit: 0, stderr: '', outputs: { phase: 'promoted' } });
  await job(130, async (step) => {
    const listed = await step('register-model', { operation: 'list' });
    expect(listed.summary).toMatch(/\| `1\.1\.0` \| [^|]*champion/);
    const fetched = await step('register-model', { operation: 'fetch', to: 'served' });
    expect(fetched).toMatchObject({ exit: 0, outputs: { version: '1.1.0' } });
    expect(space.json('served/weights.json')).toEqual({ off: 4 });
  });
});
