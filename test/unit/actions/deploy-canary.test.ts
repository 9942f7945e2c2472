import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/deploy-canary/inputs.ts';
import { run } from '../../../actions/deploy-canary/run.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import type { Outcome } from '../../../shared/ports/outcome.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import type { Status } from '../../../shared/verdict/status.ts';
import { modelVerdict } from '../../support/models.ts';

let folder: string;
let minute: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  minute = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (minutes: number) => new Date(Date.parse('2026-01-05T12:00:00Z') + minutes * 60_000);
const portsAt = (minutes: number) =>
  createPorts({ workingDirectory: folder, reportFolder: 'report', now: at(minutes) });

/** Registers a version with a passing verdict, and an alias. */
async function register(version: string, alias: string, status: Status = 'pass'): Promise<string> {
  mkdirSync(join(folder, 'models'), { recursive: true });
  writeFileSync(join(folder, 'models', `${version}.json`), version);
  const ports = portsAt(-60);
  const registry = await openRegistry(
    { registry: 'dir:registry', 'registry-timeout': 60_000, 'state-persistent': false },
    ports,
  );
  const bundle = await ports.files.bundle([`models/${version}.json`]);
  const checks = [{ id: 'comparison.mae', status, message: 'm' }];
  const { champion } = await registry.aliases('demand');
  const { digest } = (await registry.versions('demand')).find((each) => each.version === champion) ?? {};
  const production = digest === undefined ? null : { name: `model:demand@${champion}`, digest };
  const verdict = modelVerdict(bundle.digest, {
    checks,
    compared: { binding: 'bound', production, anchor: null },
  });
  await registry.create({
    name: 'demand',
    version,
    bundle,
    file: (path) => bundle.source(path),
    metadata: {},
    evidence: [{ name: 'verdicts/validate-model.json', content: JSON.stringify(verdict) }],
    createdAt: at(-60),
  });
  await registry.setAlias('demand', alias, version);
  return bundle.digest;
}

async function champion(): Promise<string | undefined> {
  const registry = await openRegistry(
    { registry: 'dir:registry', 'registry-timeout': 60_000, 'state-persistent': false },
    portsAt(minute),
  );
  return (await registry.aliases('demand')).champion;
}

/** Runs the action `minutes` later. */
async function deploy(values: Record<string, unknown> = {}, minutes = 0): Promise<Outcome> {
  minute += minutes;
  const common = {
    name: 'demand',
    state: 'dir:state',
    registry: 'dir:registry',
    router: 'file:router.json',
    metrics: 'log:logs/*.jsonl',
    steps: '[{weight: 10, at-least: 5m, requests: 100}, {weight: 50, at-least: 5m, requests: 100}]',
  };
  const layer = { values: { ...common, ...values }, where: (name: string) => `input ${name}` };
  const ports = portsAt(minute);
  try {
    return await run(parseInputs(definition.inputs, [layer]), ports);
  } finally {
    await ports.close();
  }
}

/** Logs requests of both versions in the last minutes, with errors spread evenly. */
function serve(requests: number, canaryErrors: number, stableErrors: number): void {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const lines = ['1.1.0', '1.0.0'].flatMap((model, arm) =>
    Array.from({ length: requests }, (_, index) => {
      const status = index < (arm === 0 ? canaryErrors : stableErrors) ? 500 : 200;
      const timestamp = new Date(at(minute).getTime() + 1000 + index).toISOString();
      return JSON.stringify({ id: `${model}-${minute}-${index}`, timestamp, model, status, latency_ms: 5 });
    }),
  );
  appendFileSync(join(folder, 'logs', 'predictions.jsonl'), `${lines.join('\n')}\n`);
}

const routed = () =>
  JSON.parse(readFileSync(join(folder, 'router.json'), 'utf8')) as Record<
    string,
    { weight: number; version: string } | null
  >;

describe('deploy-canary', () => {
  test('releases step by step from files alone, and moves the champion', async () => {
    await register('1.0.0', 'champion');
    const digest = await register('1.1.0', 'candidate');
    const first = await deploy();
    expect(first.outputs).toEqual({
      phase: 'step',
      weight: '10',
      'next-step-at': expect.stringMatching(/^2026-01-05T12:05:00/),
      finished: 'false',
      needs: 'requests of the canary: no outcome of one is known yet',
      approval: '',
      'pull-request': '',
    });
    expect(first.verdict).toMatchObject({
      action: 'deploy-canary',
      name: 'demand',
      status: 'inconclusive',
      subjects: [
        { role: 'model', name: 'demand@1.1.0', digest },
        { role: 'production', name: 'demand@1.0.0' },
      ],
    });
    expect(routed()).toMatchObject({
      stable: { weight: 90 },
      canary: { weight: 10, version: '1.1.0', digest },
    });
    serve(1000, 10, 10);
    const second = await deploy({ operation: 'advance' }, 6);
    expect(second.outputs).toMatchObject({ phase: 'step', weight: '50' });
    expect(second.verdict.status).toBe('pass');
    for (let looks = 0; looks < 5; looks += 1) {
      serve(1000, 10, 10);
      await deploy({ operation: 'advance' }, 6);
    }
    const last = await deploy({ operation: 'advance' }, 6);
    expect(last.outputs).toEqual({
      phase: 'promoted',
      weight: '100',
      'next-step-at': '',
      finished: 'true',
      needs: '',
      approval: '',
      'pull-request': '',
    });
    expect(last.verdict.status).toBe('pass');
    expect(routed()).toMatchObject({ stable: { weight: 100, version: '1.1.0' }, canary: null });
    expect(await champion()).toBe('1.1.0');
    expect(last.verdict.measures.rollout).toEqual(
      expect.arrayContaining([expect.objectContaining({ weight: 10, canaryErrorRate: 0.01 })]),
    );
    expect((await deploy()).verdict).toMatchObject({ status: 'pass', summary: 'demand 1.1.0 is promoted' });
  });

  test('takes back a version that fails, and refuses it until retry', async () => {
    await register('1.0.0', 'champion');
    await register('1.1.0', 'candidate');
    await deploy();
    serve(100, 40, 1);
    const { outputs, verdict } = await deploy({ operation: 'advance' }, 1);
    expect(outputs).toMatchObject({ phase: 'rolled-back', weight: '0' });
    // How it ended was told then: a schedule that finds it over is green.
    const later = await deploy({ operation: 'resume' }, 60);
    expect(later.verdict.status).toBe('pass');
    expect(later.verdict.checks.at(-1)?.message).toMatch(/^no rollout is under way; of the last one, /);
    expect(later.outputs).toMatchObject({ phase: 'rolled-back', finished: 'true' });
    expect(verdict.status).toBe('fail');
    expect(verdict.checks.filter(({ status }) => status === 'fail').map(({ id }) => id)).toEqual([
      'rollout.error-rate',
      'rollout.phase',
    ]);
    expect(routed()).toMatchObject({ stable: { weight: 100, version: '1.0.0' }, canary: null });
    expect(await champion()).toBe('1.0.0');
    await expect(deploy({}, 1)).rejects.toThrow('retry: true');
    expect((await deploy({ retry: 'true' }, 1)).outputs.phase).toBe('step');
  });

  test('runs in one job until it is over', async () => {
    await register('1.0.0', 'champion');
    await register('1.1.0', 'candidate');
    serve(1000, 10, 10);
    const { outputs, verdict } = await deploy({
      operation: 'run',
      steps: '[{weight: 50, requests: 100}]',
      'promote-on': 'steps',
      interval: '250ms',
      budget: '10s',
    });
    expect(verdict.status).toBe('warn');
    expect(outputs.phase).toBe('promoted');
  });

  test('tries the bytes and the endpoint before any traffic', async () => {
    await register('1.0.0', 'champion');
    await register('1.1.0', 'candidate');
    writeFileSync(join(folder, 'judged.csv'), 'x,prediction\n1,2\n2,4\n');
    const { server, url } = await endpoint((x) => (x === 1 ? 2 : 5));
    const script =
      'const fs = require("fs"); process.exit(fs.readdirSync(process.env.ML_LOOP_MODEL_DIR).length > 0 && process.env.ML_LOOP_VERSION === "1.1.0" ? 0 : 9)';
    try {
      const { verdict, outputs } = await deploy({
        'smoke-test': [process.execPath, '-e', script],
        replay: 'judged.csv',
        endpoint: url,
      });
      expect(outputs.phase).toBe('rolled-back');
      const checks = Object.fromEntries(verdict.checks.map((check) => [check.id, check]));
      expect(checks['rollout.smoke']).toMatchObject({ status: 'pass' });
      expect(checks['rollout.replay']).toMatchObject({
        status: 'fail',
        observed: { rows: 2, mismatches: 1 },
      });
      expect(checks['rollout.error-rate']).toBeUndefined();
      expect(routed()).toMatchObject({ canary: null });
    } finally {
      server.close();
    }
  });

  test('hands the weights to a command, and tries again after it failed', async () => {
    await register('1.0.0', 'champion');
    await register('1.1.0', 'candidate');
    const script = (code: number) => [
      process.execPath,
      '-e',
      `require("fs").appendFileSync("weights.txt", process.env.ML_LOOP_CANARY_WEIGHT + "\\n"); process.exit(${code})`,
    ];
    const exec = { router: 'exec:', 'router-command': script(1) };
    await expect(deploy(exec)).rejects.toThrow('ended with exit code 1');
    const { outputs, verdict } = await deploy({ ...exec, 'router-command': script(0) });
    expect(outputs.phase).toBe('step');
    expect(readFileSync(join(folder, 'weights.txt'), 'utf8')).toBe('0\n0\n10\n');
    expect(verdict.checks.find(({ id }) => id === 'rollout.router')?.message).toMatch('cannot be read back');
  });

  test('refuses a version that no passing verdict names, and writes nothing', async () => {
    await register('1.1.0', 'candidate', 'fail');
    const { verdict, outputs } = await deploy();
    expect(verdict).toMatchObject({
      status: 'fail',
      checks: [{ id: 'rollout.evidence' }],
      subjects: [{ name: 'demand@1.1.0' }],
    });
    expect(outputs.phase).toBe('');
    expect(existsSync(join(folder, 'router.json'))).toBe(false);
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });

  test('keeps the plan that a rollout began with, and says so', async () => {
    await register('1.0.0', 'champion');
    await register('1.1.0', 'candidate');
    await deploy();
    const { verdict } = await deploy({ operation: 'advance', steps: '[{weight: 90}]' }, 1);
    expect(verdict.checks.find(({ id }) => id === 'rollout.plan')).toMatchObject({ status: 'warn' });
    expect(routed()).toMatchObject({ canary: { weight: 10 } });
  });

  test('says if there is no rollout', async () => {
    const { verdict } = await deploy({ operation: 'status', metrics: '' });
    expect(verdict).toMatchObject({ status: 'inconclusive', summary: 'no rollout has been started' });
  });

  test('names all inputs that do not fit together', async () => {
    await expect(deploy({ metrics: '', replay: 'judged.csv', interval: '0' })).rejects.toThrow(
      /input metrics[\s\S]*input endpoint[\s\S]*input interval/,
    );
    await expect(deploy({ router: 'exec:' })).rejects.toThrow('input router-command');
    await expect(deploy({ router: 'haproxy:x' })).rejects.toThrow('must be file:PATH');
    await expect(deploy({ model: 'model:churn@candidate' })).rejects.toThrow(
      /input model: belongs to churn, but the state and the reports belong to demand/,
    );
    await expect(deploy({ model: 'demand' })).rejects.toThrow('model:NAME@VERSION');
    await expect(deploy()).rejects.toThrow('there is no demand@candidate');
  });

  test('a router file that is half written, or a state, is refused and left as it is', async () => {
    await register('1.0.0', 'champion');
    await register('1.1.0', 'candidate');
    writeFileSync(join(folder, 'router.json'), '{"schema":"ml-l');
    await expect(deploy()).rejects.toThrow('is not a router file');
    expect(readFileSync(join(folder, 'router.json'), 'utf8')).toBe('{"schema":"ml-l');
    const state = join(folder, 'state', 'demand', 'rollout.json');
    writeFileSync(state, '{"schema":"ml-l');
    await expect(deploy()).rejects.toThrow(/rollout/);
    expect(readFileSync(state, 'utf8')).toBe('{"schema":"ml-l');
  });
});

async function endpoint(predict: (x: number) => number): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    request.on('end', () =>
      response.end(JSON.stringify({ prediction: predict((JSON.parse(body) as { x: number }).x) })),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict` };
}
