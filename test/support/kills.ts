/** Runs that are killed at what they do to the disk, each followed by one that is not. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { withLock } from '../../shared/state/lock.ts';
import { NODES } from './bundle.ts';

const START = Date.parse('2026-01-05T12:00:00Z');
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
const STORES = { name: 'demand', state: 'dir:state', registry: 'dir:registry' };

/** Hourly demand is 100 and 5 an hour; a model is how far it is off. */
const PREDICT = `
import { readFileSync, writeFileSync } from 'node:fs';
const [model, data, out] = process.argv.slice(2);
const { off } = JSON.parse(readFileSync(model + '/weights.json', 'utf8'));
const rows = readFileSync(data, 'utf8').trim().split('\\n').slice(1).map((line) => line.split(','));
const predicted = rows.map(([id, hour], i) => id + ',' + (100 + 5 * hour + off * (((i * 31) % 17) / 8 - 1)));
writeFileSync(out, ['id,prediction', ...predicted, ''].join('\\n'));
`;

interface Step {
  readonly action: string;
  readonly inputs: Readonly<Record<string, string>>;
}

const validate = (model: string, minutes: number): Step => ({
  action: 'validate-model',
  inputs: {
    ...STORES,
    predict: JSON.stringify([NODES[24], 'predict.mjs', '{model}', '{data}', '{out}']),
    model,
    'test-data': 'test.csv',
    metric: 'mae',
    margin: '2%',
    conditions: 'mae <= 20',
    ledger: 'strict',
    now: at(minutes),
  },
});
const register = (model: string, minutes: number): Step => ({
  action: 'register-model',
  inputs: { ...STORES, model, now: at(minutes) },
});
const deploy = (operation: string, minutes: number): Step => ({
  action: 'deploy-canary',
  inputs: {
    ...STORES,
    router: 'file:router.json',
    metrics: 'log:logs/*.jsonl',
    steps: '[{weight: 10, at-least: 5m, requests: 100}, {weight: 50, at-least: 5m, requests: 100}]',
    operation,
    now: at(minutes),
  },
});

export interface Scenario {
  readonly name: string;
  readonly before: readonly Step[];
  readonly step: Step;
  /** What the story comes to: the part of the files that must be as if nothing had been killed. */
  readonly files: RegExp;
}

const FIRST = [validate('model1', 0), register('model1', 0), deploy('start', 1), deploy('promote', 2)];
const SECOND = [...FIRST, validate('model2', 20), register('model2', 21)];

const LEDGER = /^state\/demand\/ledger\/|^ml-loop-report\/validate-model\//;
const REGISTRY = /^registry\//;
const TRAFFIC = /^registry\/|^router\.json$/;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'validate-model, the first use of a test set',
    before: [],
    step: validate('model1', 0),
    files: LEDGER,
  },
  { name: 'validate-model, a further use', before: FIRST, step: validate('model2', 20), files: LEDGER },
  {
    name: 'register-model, the first version',
    before: [validate('model1', 0)],
    step: register('model1', 0),
    files: REGISTRY,
  },
  {
    name: 'register-model, a further version',
    before: [...FIRST, validate('model2', 20)],
    step: register('model2', 21),
    files: REGISTRY,
  },
  {
    name: 'deploy-canary start, the first release',
    before: FIRST.slice(0, 2),
    step: deploy('start', 1),
    files: TRAFFIC,
  },
  { name: 'deploy-canary start', before: SECOND, step: deploy('start', 30), files: TRAFFIC },
  ...(['advance', 'promote'] as const).map((operation) => ({
    name: `deploy-canary ${operation}`,
    before: [...SECOND, deploy('start', 30)],
    step: deploy(operation, 36),
    files: TRAFFIC,
  })),
];

interface Run {
  readonly exit: number | null;
  readonly killed: boolean;
  readonly stderr: string;
}

function run(folder: string, { action, inputs }: Step, env: Record<string, string> = {}): Promise<Run> {
  const argv = ['--import', resolve('test/support/kill-at.mjs'), resolve('dist/cli.mjs'), action];
  const flags = Object.entries(inputs).map(([name, value]) => `--${name}=${value}`);
  return new Promise((ended, failed) => {
    const child = spawn(NODES[24], [...argv, ...flags], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: join(folder, 'tmp'), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', failed);
    child.on('close', (exit, signal) => ended({ exit, killed: signal === 'SIGKILL', stderr }));
  });
}

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/**
 * The files that a scenario is about, by path. Of reports only the names: a question that was counted before its run was
 * killed is told as asked before. An entry that a log lacks is made up for when its state is next written.
 */
async function storyOf(folder: string, { files }: Scenario): Promise<Record<string, string>> {
  for (const path of filesOf(folder)) {
    // A lock that is left blocks no one: the next one to lock removes it.
    if (path.endsWith('.lock')) await withLock(join(folder, path), () => undefined, 0);
  }
  const found = filesOf(folder).filter((path) => files.test(path) && !path.endsWith('.log.jsonl'));
  return Object.fromEntries(
    found.map((path) => [
      path,
      path.startsWith('ml-loop-report/') ? '' : readFileSync(join(folder, path), 'utf8'),
    ]),
  );
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** What one kill came to. */
export interface Outcome {
  readonly at: string;
  readonly operation: string;
  /** Why it did not recover; undefined if it did. */
  readonly problem?: string;
}

/** A scenario that has been run once unharmed, to be killed. */
export interface Prepared {
  /** The places to kill at: before each operation, and in the middle of each write. */
  readonly places: readonly string[];
  kill(place: string): Promise<Outcome>;
  remove(): void;
}

/** @throws Error if the unharmed story does not end well. */
export async function prepare(scenario: Scenario): Promise<Prepared> {
  const root = mkdtempSync(join(tmpdir(), 'kills-'));
  const base = join(root, 'base');
  await makeWorld(base, scenario.before);
  const reference = copyOf(base, join(root, 'reference'));
  const { run: whole, seen } = await counted(reference, scenario.step);
  if (whole.exit !== 0) throw new Error(`${scenario.name}: ${whole.stderr}`);
  const expected = await storyOf(reference, scenario);
  let number = 0;
  return {
    places: seen.flatMap((name, n) => (name.endsWith('*') ? [`${n + 1}`, `${n + 1}-half`] : [`${n + 1}`])),
    kill: async (place) => {
      number += 1;
      const folder = copyOf(base, join(root, `${number}`));
      const problem = await killedAt(folder, scenario, place, expected);
      rmSync(folder, { recursive: true, force: true });
      const operation = seen[Number.parseInt(place, 10) - 1] ?? '';
      return { at: place, operation, ...(problem === undefined ? {} : { problem }) };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

async function makeWorld(folder: string, steps: readonly Step[]): Promise<void> {
  write(folder, 'predict.mjs', PREDICT);
  write(folder, 'tmp/.keep', '');
  const rows = Array.from(
    { length: 1000 },
    (_, i) => `r${i},${i % 24},${100 + 5 * (i % 24) + ((i * 7919) % 13) - 6}`,
  );
  write(folder, 'test.csv', ['id,hour,label', ...rows, ''].join('\n'));
  for (const [model, off] of [
    ['model1', 6],
    ['model2', 4],
  ] as const)
    write(folder, `${model}/weights.json`, JSON.stringify({ off }));
  const logged = ['1.0.0', '1.1.0'].flatMap((version) =>
    Array.from({ length: 400 }, (_, i) =>
      JSON.stringify({
        id: `${version}-${i}`,
        timestamp: at(31),
        model: version,
        status: 200,
        latency_ms: 5,
      }),
    ),
  );
  write(folder, 'logs/a.jsonl', [...logged, ''].join('\n'));
  for (const step of steps) {
    const { exit, stderr } = await run(folder, step);
    if (exit !== 0) throw new Error(`${step.action}: ${stderr}`);
  }
}

function copyOf(from: string, to: string): string {
  cpSync(from, to, { recursive: true });
  return to;
}

async function counted(folder: string, step: Step) {
  const file = join(folder, 'count.json');
  const ended = await run(folder, step, { KILL_COUNT: file });
  const { seen, waits } = JSON.parse(readFileSync(file, 'utf8')) as { seen: string[]; waits: number };
  rmSync(file);
  return { run: ended, seen, waits };
}

async function killedAt(
  folder: string,
  scenario: Scenario,
  place: string,
  expected: Record<string, string>,
): Promise<string | undefined> {
  const dead = await run(folder, scenario.step, { KILL_AT: place });
  if (!dead.killed) return `was not killed, but ended with ${dead.exit}`;
  const verdict = join(folder, 'ml-loop-report', scenario.step.action, 'verdict.json');
  if (existsSync(verdict) && !isWhole(verdict)) return 'left a verdict that is not whole';
  const { run: next, waits } = await counted(folder, scenario.step);
  if (next.exit !== 0) return `the next run ended with ${next.exit}: ${next.stderr}`;
  if (waits > 0) return `the next run waited ${waits} times`;
  try {
    return differenceOf(expected, await storyOf(folder, scenario));
  } catch (error) {
    return String(error);
  }
}

function isWhole(path: string): boolean {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { schema: string }).schema === 'ml-loop/verdict@1';
  } catch {
    return false;
  }
}

function differenceOf(expected: Record<string, string>, found: Record<string, string>): string | undefined {
  const paths = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  const other = paths.filter((path) => expected[path] !== found[path]);
  if (other.length === 0) return undefined;
  const how = (path: string) =>
    found[path] === undefined ? 'is missing' : expected[path] === undefined ? 'was left' : 'differs';
  return other.map((path) => `${path} ${how(path)}`).join(', ');
}
