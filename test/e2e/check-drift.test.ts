import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NODES, type StepRun } from '../support/bundle.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { expectSchema, useWorkspace } from '../support/workspace.ts';

const HOUR = 3_600_000;
const WEEK_END = Date.parse('2026-01-08T00:00:00Z');
const REF = 'refs/ml-loop/demand/drift';

const space = useWorkspace();
let server: GitHubServer;

beforeEach(async () => {
  server = await startGitHubServer();
  space.write('train.csv', [
    'temp,hour',
    ...Array.from({ length: 2000 }, (_, i) => `${temperature(i)},${i % 24}`),
  ]);
});
afterEach(() => server.close());

function temperature(i: number): number {
  return 10 + ((i * 7919) % 101) / 10;
}

/** A week of predictions, each off by `off`, and their labels. */
function writeWeek({ warmer = 0, off = 10 } = {}): void {
  const hours = Array.from({ length: 168 }, (_, i) => i);
  space.write(
    'logs/week.jsonl',
    hours.map((i) =>
      JSON.stringify({
        id: `r${i}`,
        timestamp: new Date(WEEK_END - (168 - i) * HOUR).toISOString(),
        model: '1.0.0',
        prediction: 100 + 5 * (i % 24) + (i % 2 === 0 ? off : -off),
        status: 200,
        temp: temperature(i) + warmer,
        hour: i % 24,
      }),
    ),
  );
  space.write('labels.csv', ['id,label', ...hours.map((i) => `r${i},${100 + 5 * (i % 24)}`)]);
}

/** Runs the check `hours` after the week's end, with its state in the repository on the loopback GitHub. */
function check(hours: number, inputs: Record<string, string> = {}): Promise<StepRun> {
  return space.step(
    'check-drift',
    {
      name: 'demand',
      reference: 'train.csv',
      predictions: 'logs/*.jsonl',
      dispatch: 'ml-retrain',
      now: new Date(WEEK_END + hours * HOUR).toISOString(),
      'github-token': 'write-token',
      ...inputs,
    },
    {
      env: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository },
      event: { name: 'schedule' },
    },
  );
}

const reasons = () => space.json<Record<string, unknown>>('ml-loop-report/check-drift/reasons.json');

describe('on GitHub', () => {
  test('drift asks for a retrain once; the state is a ref whose history tells it', async () => {
    writeWeek({ warmer: 6 });
    const first = await check(0);
    expect(first).toMatchObject({ exit: 0, stderr: '', temporary: [] });
    expect(first.outputs).toMatchObject({
      status: 'fail',
      drift: 'true',
      retrain: 'true',
      reasons: 'ml-loop-report/check-drift/reasons.json',
      profile: 'ml-loop-report/check-drift/profile.json',
    });
    expect(server.dispatches).toHaveLength(1);
    expect(server.dispatches[0]?.event_type).toBe('ml-retrain');
    const payload = server.dispatches[0]?.client_payload;
    expectSchema('retrain-payload', payload);
    expect(payload).toMatchObject({
      name: 'demand',
      repository: server.repository,
      champion: null,
      reasons: ['drift'],
    });
    expect(reasons()).toMatchObject({ retrain: true, 'dedupe-key': payload?.['dedupe-key'] });
    expect(server.log(REF)).toEqual([
      'check-drift: retrain dispatched',
      'check-drift: retrain pending (drift)',
    ]);
    expect(space.files()).toEqual([
      'labels.csv',
      'logs/week.jsonl',
      ...['profile.json', 'reasons.json', 'report.html', 'verdict.json'].map(
        (file) => `ml-loop-report/check-drift/${file}`,
      ),
      'train.csv',
    ]);
    expect(space.read('ml-loop-report/check-drift/report.html')).toContain('<figure>');
    expect(workflowCommands(first.stdout).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['add-mask', 'error']),
    );

    const second = await check(1);
    expect(second).toMatchObject({ exit: 0, outputs: { drift: 'true', retrain: 'false' } });
    expect(reasons()).toMatchObject({ retrain: false, suppressed: 'duplicate' });
    expect(server.dispatches).toHaveLength(1);

    const third = await check(24);
    expect(third).toMatchObject({ exit: 0, outputs: { retrain: 'true' } });
    expect(server.dispatches).toHaveLength(2);
    expect(server.dispatches[1]?.client_payload['dedupe-key']).not.toBe(payload?.['dedupe-key']);
  });

  test('a quiet week asks for nothing', async () => {
    writeWeek();
    const run = await check(0, { labels: 'labels.csv', 'minimum-performance': 'mae <= 20', margin: '20%' });
    expect(run).toMatchObject({ exit: 0, outputs: { status: 'pass', drift: 'false', retrain: 'false' } });
    expect(server.dispatches).toEqual([]);
    expect(server.log(REF)).toEqual(['check-drift: no retrain']);
  });

  test('runs at once dispatch one retrain', async () => {
    writeWeek({ off: 40 });
    const inputs = { labels: 'labels.csv', 'minimum-performance': 'mae <= 20', 'drift-triggers': 'false' };
    const runs = await Promise.all(['a', 'b', 'c'].map((id) => check(0, { ...inputs, 'report-id': id })));
    expect(runs.map(({ exit }) => exit)).toEqual([0, 0, 0]);
    expect(server.dispatches).toHaveLength(1);
    expect(server.dispatches[0]?.client_payload).toMatchObject({ reasons: ['performance'] });
  });

  test('a refused dispatch stays pending, names the permission, and is made up for under the same key', async () => {
    writeWeek({ warmer: 6 });
    server.before(/^POST .*\/dispatches$/, () => ({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    }));
    const refused = await check(0);
    expect(refused).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    expect(refused.summary.replaceAll(/&#58;|&#8203;/g, '')).toContain('contents');
    expect(workflowCommands(refused.stdout).find(({ name }) => name === 'error')?.data).toContain(
      'permissions: contents: write',
    );
    expect(space.files()).not.toContain('ml-loop-report/check-drift/verdict.json');
    expect(server.log(REF)).toEqual(['check-drift: retrain refused', 'check-drift: retrain pending (drift)']);
    const made = await check(1);
    expect(made).toMatchObject({ exit: 0, outputs: { retrain: 'true' } });
    expect(server.dispatches).toHaveLength(1);
    expect(server.dispatches[0]?.client_payload['requested-at']).toBe(new Date(WEEK_END).toISOString());
  });

  test('a token that may only read is told which permission it lacks, and nothing is dispatched', async () => {
    writeWeek({ warmer: 6 });
    const run = await check(0, { 'github-token': 'read-token' });
    expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    const [error] = workflowCommands(run.stdout).filter(({ name }) => name === 'error');
    expect(error?.data).toContain('contents: write');
    expect(server.dispatches).toEqual([]);
    expect(server.ref(REF)).toBeUndefined();
  });

  test('a time before what the state has seen is refused', async () => {
    writeWeek();
    await check(5);
    const head = server.ref(REF);
    const run = await check(4);
    expect(run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(server.ref(REF)).toBe(head);
  });
});

test('elsewhere the state is a folder, and a command is handed the request', async () => {
  writeWeek({ off: 40 });
  space.write('retrain.mjs', [
    "import { copyFileSync } from 'node:fs';",
    'const { ML_LOOP_PAYLOAD, ML_LOOP_REASONS } = process.env;',
    "copyFileSync(ML_LOOP_PAYLOAD, 'asked-' + ML_LOOP_REASONS + '.json');",
  ]);
  const run = await check(0, {
    dispatch: '',
    'retrain-command': JSON.stringify([NODES[24], 'retrain.mjs']),
    state: 'dir:state',
    labels: 'labels.csv',
    'minimum-performance': 'mae <= 20',
    'drift-triggers': 'false',
    'fail-on': 'fail',
  });
  expect(run).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'fail', retrain: 'true' } });
  expectSchema('retrain-payload', space.json('asked-performance.json'));
  expectSchema('drift-state', space.json<{ value: unknown }>('state/demand/drift.json').value);
  expect(server.requests).toEqual([]);
});
