import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { NODES, type StepOptions, type StepRun } from '../support/bundle.ts';
import { startLoopback, startPrometheus } from '../support/loopback.ts';
import { at, DEPLOYMENT, logLines, registerVersion } from '../support/project.ts';
import { expectSchema, useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
let logged: string[];

beforeEach(() => {
  logged = [];
});

function deploy(
  minute: number,
  operation: string,
  inputs: Record<string, string> = {},
  options: Partial<StepOptions> = {},
): Promise<StepRun> {
  return space.step('deploy-canary', { ...DEPLOYMENT, now: at(minute), operation, ...inputs }, options);
}

function serve(minute: number, versions: Parameters<typeof logLines>[1]): void {
  logged.push(...logLines(minute, versions));
  space.write('logs/server.jsonl', logged);
}

const champion = () => space.json<{ value: unknown }>('registry/demand/aliases/champion.json').value;
const state = () => space.json<{ value: Record<string, unknown> }>('state/demand/rollout.json').value;

function routed(): { stable: unknown; canary: unknown } {
  const weights = space.json<{ stable: unknown; canary: unknown }>('router.json');
  expectSchema('router', weights);
  return weights;
}

/** Version 1.0.0 in production, and 1.1.0 as its candidate. */
async function twoVersions(): Promise<void> {
  await registerVersion(space, { version: '1.0.0', alias: 'champion', off: 6 });
  await registerVersion(space, { version: '1.1.0', alias: 'candidate', off: 4 });
}

/** Version 1.0.0 as the candidate of a first release. */
async function oneVersion(): Promise<void> {
  await registerVersion(space, { version: '1.0.0', alias: 'candidate', off: 6 });
}

describe('a rollout', () => {
  test('starts, advances with the log step by step, is promoted, and is over', async () => {
    await twoVersions();
    const started = await deploy(30, 'start');
    expect(started).toMatchObject({ exit: 0, stderr: '', temporary: [] });
    expect(started.outputs).toMatchObject({
      phase: 'step',
      weight: '10',
      'next-step-at': expect.stringContaining(at(35).slice(0, 19)),
      status: 'inconclusive',
    });
    expect(routed()).toMatchObject({
      stable: { weight: 90, version: '1.0.0' },
      canary: { weight: 10, version: '1.1.0' },
    });
    expectSchema('rollout-state', state());
    expectSchema('state', space.json('state/demand/rollout.json'));
    serve(31, { '1.0.0': { requests: 9000, errors: 90 }, '1.1.0': { requests: 1000, errors: 10 } });
    expect((await deploy(36, 'advance')).outputs).toMatchObject({
      phase: 'step',
      weight: '50',
      status: 'pass',
    });
    serve(37, { '1.0.0': { requests: 4000, errors: 40 }, '1.1.0': { requests: 4000, errors: 40 } });
    const promoted = await deploy(42, 'advance');
    expect(promoted).toMatchObject({
      exit: 0,
      outputs: { phase: 'promoted', weight: '100', 'next-step-at': '', status: 'pass' },
    });
    expect(champion()).toMatchObject({ version: '1.1.0' });
    expect(routed()).toMatchObject({ stable: { weight: 100, version: '1.1.0' }, canary: null });
    expect(space.statuses('deploy-canary')).toMatchObject({
      'rollout.error-rate': 'pass',
      'rollout.router': 'pass',
      'rollout.phase': 'pass',
    });
    expect(space.read('ml-loop-report/deploy-canary/report.html')).toContain('<svg');
    expectSchema('rollout-state', state());
    const before = space.snapshot('registry');
    expect((await deploy(50, 'start')).outputs).toMatchObject({ phase: 'promoted', status: 'pass' });
    expect(space.snapshot('registry')).toEqual(before);
  });

  test('is rolled back when the version fails more often; it does not start again by itself', async () => {
    await twoVersions();
    await deploy(30, 'start');
    serve(31, { '1.0.0': { requests: 900, errors: 9 }, '1.1.0': { requests: 100, errors: 30 } });
    const back = await deploy(32, 'advance');
    expect(back).toMatchObject({
      exit: 1,
      stderr: '',
      outputs: { phase: 'rolled-back', weight: '0', status: 'fail' },
    });
    expect(back.stdout).toMatch(/^::error title=fail · rollout\.error-rate::/m);
    expect(champion()).toMatchObject({ version: '1.0.0' });
    expect(routed()).toMatchObject({ stable: { weight: 100, version: '1.0.0' }, canary: null });
    const again = await deploy(40, 'start');
    expect(again).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(again.summary).toContain('was taken back before');
    expect((await deploy(40, 'start', { retry: 'true' })).outputs).toMatchObject({
      phase: 'step',
      weight: '10',
    });
  });

  test('waits for a person if a step says so, and is taken back by abort', async () => {
    await twoVersions();
    const steps = '[{weight: 20, at-least: 1m, requests: 50, approval: true}, {weight: 50, requests: 50}]';
    await deploy(30, 'start', { steps });
    const early = await deploy(30, 'approve', { steps });
    expect(early).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(early.summary).toContain('it does not wait for an approval');
    serve(31, { '1.0.0': { requests: 400, errors: 4 }, '1.1.0': { requests: 100, errors: 1 } });
    expect((await deploy(32, 'advance', { steps })).outputs.phase).toBe('awaiting-approval');
    expect((await deploy(33, 'approve', { steps })).outputs).toMatchObject({ phase: 'step', weight: '50' });
    const looked = await deploy(34, 'status', { steps });
    expect(looked.outputs).toMatchObject({ phase: 'step', weight: '50' });
    const aborted = await deploy(35, 'abort', { steps });
    expect(aborted).toMatchObject({
      exit: 0,
      outputs: { phase: 'rolled-back', weight: '0', status: 'pass' },
    });
    expect(champion()).toMatchObject({ version: '1.0.0' });
    expect(routed()).toMatchObject({ stable: { weight: 100, version: '1.0.0' }, canary: null });
  });
});

describe('a run', () => {
  const inputs = {
    steps: '[{weight: 100, at-least: 0s, requests: 100}]',
    'max-error-rate': '5%',
    interval: '200ms',
    budget: '10s',
  };

  test('waits inside the job until the rollout is over', async () => {
    await oneVersion();
    // Without errors: how many rows of the log a look sees depends on the machine's pace.
    serve(0, { '1.0.0': { requests: 6000, errors: 0 } });
    const run = await deploy(0, 'run', inputs);
    expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { phase: 'promoted', status: 'pass' } });
    expect(run.stdout).toContain('demand 1.0.0: promoted');
    expect(champion()).toMatchObject({ version: '1.0.0' });
  });

  describe('that is cancelled', () => {
    // What a program of the user's does until it is ended.
    const waiting = [
      "import { writeFileSync } from 'node:fs';",
      "writeFileSync('waiting', String(process.pid));",
      'setInterval(() => {}, 60_000);',
    ];
    const smoke = (script: string) => ({ ...inputs, 'smoke-test': JSON.stringify([NODES[24], script]) });

    /** Cancels a run while the smoke test waits; returns the process id of the smoke test, too. */
    async function cancelled(): Promise<StepRun & { readonly child: number }> {
      await oneVersion();
      space.write('waiting.mjs', waiting);
      const run = await deploy(0, 'run', smoke('waiting.mjs'), {
        onStart: async (step) => {
          while (!space.files().includes('waiting')) await setTimeout(10);
          step.kill('SIGTERM');
        },
      });
      return { ...run, child: Number(space.read('waiting')) };
    }

    /** A signal takes a moment to arrive, and longer on a busy machine. */
    const ENDED_MS = 60_000;

    /** One that has ended and waits for its parent counts as ended. */
    function isAlive(pid: number): boolean {
      try {
        return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      } catch {
        return false;
      }
    }

    test('ends with 143, its state whole, and is taken up by the next', async () => {
      const run = await cancelled();
      if (isAlive(run.child)) process.kill(run.child);
      expect(run.exit).toBe(143);
      expect(space.files('state')).toEqual(['demand/rollout.json', 'demand/rollout.log.jsonl']);
      expectSchema('rollout-state', state());
      expect(state().phase).toBe('staged');
      space.write('passing.mjs', '');
      const taken = await deploy(1, 'advance', smoke('passing.mjs'));
      expect(taken).toMatchObject({ exit: 0, outputs: { phase: 'step', weight: '100' } });
    });

    test('takes its child processes and temporary files with it', async () => {
      const { child, temporary } = await cancelled();
      for (let waited = 0; isAlive(child) && waited < ENDED_MS; waited += 20) await setTimeout(20);
      const left = isAlive(child);
      if (left) process.kill(child);
      expect(left).toBe(false);
      expect(temporary).toEqual([]);
    });
  });
});

describe('before any traffic', () => {
  test('a version that no passing verdict names is not released', async () => {
    await oneVersion();
    const path = 'registry/demand/versions/1.0.0/manifest.json';
    const manifest = space.json<{ evidence: unknown[] }>(path);
    space.write(path, JSON.stringify({ ...manifest, evidence: [] }));
    const run = await deploy(0, 'start');
    expect(run).toMatchObject({ exit: 1, outputs: { status: 'fail', phase: '' } });
    expect(space.statuses('deploy-canary')).toEqual({ 'rollout.evidence': 'fail' });
    expect(space.files().filter((file) => /^(state|router)/.test(file))).toEqual([]);
  });

  test('a smoke test sees the registered bytes; one that fails takes the version back', async () => {
    await oneVersion();
    const script = [
      "import { readFileSync } from 'node:fs';",
      'const { ML_LOOP_MODEL_DIR, ML_LOOP_VERSION } = process.env;',
      "const { off } = JSON.parse(readFileSync(ML_LOOP_MODEL_DIR + '/weights.json', 'utf8'));",
      "if (ML_LOOP_VERSION !== '1.0.0' || off !== Number(process.argv[2])) { console.error('other bytes'); process.exit(1); }",
    ];
    space.write('smoke.mjs', script);
    const smoke = (off: number) => ({ 'smoke-test': JSON.stringify([NODES[24], 'smoke.mjs', String(off)]) });
    const failed = await deploy(0, 'start', smoke(7));
    expect(failed).toMatchObject({ exit: 1, temporary: [], outputs: { phase: 'failed', status: 'fail' } });
    expect(failed.stdout).toContain('smoke test: other bytes');
    expect(routed()).toMatchObject({ stable: null, canary: null });
    const passed = await deploy(1, 'start', { ...smoke(6), retry: 'true' });
    expect(passed).toMatchObject({ exit: 0, temporary: [], outputs: { phase: 'step', weight: '100' } });
  });

  test('judged rows are replayed, and what is served must be what was judged', async () => {
    await oneVersion();
    space.write('judged.csv', ['hour,city,prediction', '1,007,105.5', '2,a1,110.25']);
    let wrong = 0;
    const server = await startLoopback((_url, body) => {
      const { hour, city } = JSON.parse(body) as { hour: number; city: string };
      return { body: { prediction: (city === '007' ? 105.5 : 110.25) + wrong * (hour - 1) } };
    });
    try {
      const inputs = { replay: 'judged.csv', endpoint: `${server.url}/predict` };
      wrong = 1;
      const other = await deploy(0, 'start', inputs);
      expect(other).toMatchObject({ exit: 1, outputs: { phase: 'failed' } });
      expect(space.statuses('deploy-canary')).toMatchObject({ 'rollout.replay': 'fail' });
      expect(other.summary).toContain('1 with another prediction');
      wrong = 0;
      expect(await deploy(1, 'start', { ...inputs, retry: 'true' })).toMatchObject({
        exit: 0,
        outputs: { phase: 'step', weight: '100' },
      });
      expect(server.requests).toHaveLength(4);
    } finally {
      await server.close();
    }
  });
});

describe('the exec: router', () => {
  test('is given the weights in its environment; after a failure the next tick tries again', async () => {
    await oneVersion();
    space.write('route.mjs', [
      "import { appendFileSync, existsSync } from 'node:fs';",
      'const { ML_LOOP_STABLE_WEIGHT: stable, ML_LOOP_CANARY_WEIGHT: canary, ML_LOOP_CANARY_VERSION: version } = process.env;',
      "if (!existsSync('open')) { console.error('::error::the gate is shut'); process.exit(4); }",
      "const secret = Object.keys(process.env).some((name) => name.startsWith('INPUT_'));",
      "appendFileSync('weights.txt', [process.argv[2], stable, canary, version, secret].join(' ') + '\\n');",
    ]);
    const router = {
      router: 'exec:',
      'router-command': JSON.stringify([NODES[24], 'route.mjs', '$(touch x)']),
    };
    const shut = await deploy(0, 'start', router);
    expect(shut).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(shut.stdout).toContain('router: ::error::the gate is shut');
    expect(shut.summary).toContain('ended with exit code 4');
    space.write('open', '');
    const opened = await deploy(1, 'advance', router);
    expect(opened).toMatchObject({ exit: 0, outputs: { phase: 'step', weight: '100' } });
    expect(space.read('weights.txt').trim().split('\n')).toEqual([
      '$(touch x) 0 0 1.0.0 false',
      '$(touch x) 0 100 1.0.0 false',
    ]);
    expect(space.files()).not.toContain('x');
  });
});

describe('Prometheus', () => {
  test('gives the counts; a server that cannot be reached or has no series is not a pass', async () => {
    await oneVersion();
    const counters: Record<string, number> = {};
    const server = await startPrometheus(counters);
    const queries = JSON.stringify(
      Object.fromEntries(
        ['canary', 'stable'].flatMap((arm) =>
          ['requests', 'errors'].map((what) => [`${arm}-${what}`, `${what}{version="{${arm}}"}`]),
        ),
      ),
    );
    const inputs = {
      queries,
      metrics: `prometheus+${server.url}`,
      steps: '[{weight: 100, at-least: 1m, requests: 100}]',
      'max-error-rate': '5%',
    };
    try {
      await deploy(0, 'start', inputs);
      const silent = await deploy(2, 'advance', inputs);
      expect(silent).toMatchObject({ exit: 0, outputs: { phase: 'step', status: 'inconclusive' } });
      expect(silent.summary).toContain('no-series');
      counters['requests{version="1.0.0"}'] = 500;
      counters['errors{version="1.0.0"}'] = 5;
      expect((await deploy(3, 'advance', inputs)).outputs).toMatchObject({
        phase: 'promoted',
        status: 'pass',
      });
      expect(server.requests.every((request) => request.startsWith('/api/v1/query?query='))).toBe(true);
    } finally {
      await server.close();
    }
    await registerVersion(space, { version: '1.1.0', alias: 'candidate', off: 4 });
    await deploy(10, 'start', inputs);
    const dead = await deploy(12, 'advance', inputs);
    expect(dead).toMatchObject({ exit: 0, outputs: { phase: 'step', status: 'inconclusive' } });
    expect(dead.summary).toContain('unreachable');
  });
});
