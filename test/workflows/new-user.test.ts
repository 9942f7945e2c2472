/**
 * A new user's path: from a CSV and a training script to a green gate in three commands and no edit; from there, with two
 * edits, to the first release and the first drift check, on GitHub's own runners.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NODES } from '../support/bundle.ts';
import { Platform } from './support/platform.ts';
import { World } from './support/world.ts';

const EXAMPLE = 'examples/delivery-times';
/** What the team has before it knows ml-loop: its data, its programs, and the one that asks its platform. */
const THEIRS = ['data', 'ops', 'train.py', 'predict.py', 'features.py', 'requirements.txt', 'test_model.py'];
const WATCH = '17 5 * * 1';

let folder: string;
let world: World;
let platform: Platform;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'new-user-'));
  const files = join(folder, 'new-user');
  for (const path of THEIRS) cpSync(join(EXAMPLE, path), join(files, path), { recursive: true });
  world = await World.start({ files, runners: 'github-hosted' });
  platform = await Platform.start(join(folder, 'platform'));
  world.commit({ 'ops/platform.json': JSON.stringify({ address: platform.url }) });
});
afterAll(async () => {
  await platform?.stop();
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A command, as the user types it in the repository. */
function command(program: string, ...args: readonly string[]): string {
  const cwd = world.repository.folder;
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function init(): void {
  command(NODES[24], resolve('dist/cli.mjs'), 'init');
}

/** Customers ask now. */
async function ask(count: number, from: number): Promise<void> {
  const [header = '', ...lines] = readFileSync(join(EXAMPLE, 'data/deliveries.csv'), 'utf8').split('\n');
  const columns = header.split(',');
  const rows = lines.slice(from, from + count).map((line) => {
    const row = Object.fromEntries(line.split(',').map((cell, at) => [columns[at] ?? '', cell]));
    return { ...row, placed_at: new Date().toISOString() };
  });
  await platform.ask(rows);
}

test('three commands and no edit: the pull request is green', async () => {
  command('git', 'checkout', '--quiet', '-b', 'ml-loop');
  init();
  command('git', 'add', '--all');
  command('git', 'commit', '--quiet', '--message', 'Check data and model with ml-loop');
  command('git', 'checkout', '--quiet', 'main');
  world.adopt();
  const [run] = await world.pullRequest('ml-loop');
  expect(run?.jobs).toMatchObject({
    'ml-ci/plan': 'success',
    'ml-ci/test': 'success',
    'ml-ci/gate': 'success',
  });
  expect(Object.values(run?.jobs ?? {})).toEqual(Array(4).fill('success'));
  command('git', 'merge', '--quiet', 'ml-loop');
});

test('two edits: how production is reached, and how its log comes to a runner', async () => {
  const config = world.repository.read('ml-loop.yml');
  const asked = config.slice(0, config.indexOf('# To release by canary'));
  const production = `deploy-canary:
  router: "exec:"
  router-command: [python, ops/platform.py, weights]
  smoke-test: [python, ops/platform.py, stage]
  metrics: prometheus+${platform.url}
  queries:
    canary-requests: requests{version="{canary}"}
    canary-errors: errors{version="{canary}"}
    stable-requests: requests{version="{stable}"}
    stable-errors: errors{version="{stable}"}
  steps: [{ weight: 50, at-least: 0s, requests: 60 }]
  max-error-rate: 20%
  interval: 3s

check-drift:
  predictions: logs/predictions.jsonl
  labels: logs/labels.csv
  id: delivery_id
  label: minutes
  window: 7d
  dispatch: ml-retrain
`;
  const setup = '.github/ml-loop/setup/action.yml';
  world.commit({
    'ml-loop.yml': asked + production,
    [setup]: readFileSync(join(EXAMPLE, setup), 'utf8'),
  });
  init();
  world.commit({});
});

test('the first release, while customers ask', async () => {
  const push = world.push();
  const isOver = push.then(() => true);
  // The job waits for their requests.
  const second = () => new Promise<boolean>((done) => setTimeout(() => done(false), 1000));
  while (!(await Promise.race([isOver, second()])))
    if (Object.keys(platform.weights).length > 0 && platform.asked < 200) await ask(30, platform.asked);
  expect((await push).map(({ workflow, exit }) => [workflow, exit])).toEqual([
    ['ml-cd.yml', 0],
    ['ml-ci.yml', 0],
  ]);
  expect(await world.model('models')).toEqual({ versions: ['1.0.0'], champion: '1.0.0' });
  expect(platform.weights).toEqual({ '1.0.0': 100 });
});

test('the first drift check', async () => {
  await ask(150, 300);
  const [run] = await world.schedule(WATCH);
  expect(run?.jobs).toEqual({ 'ml-ct/watch': 'success' });
  expect(run?.log).toMatch(/check-drift.*(pass|warn|inconclusive)/);
});
