import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

const TRAIN = `// node train.mjs --data data/rides.csv --out model --test test.csv
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const [head, ...rows] = readFileSync('data/rides.csv', 'utf8').trim().split('\\n');
const y = rows.map((row) => Number(row.split(',')[head.split(',').indexOf("minutes")]));
mkdirSync('model', { recursive: true });
writeFileSync('model/mean.json', JSON.stringify(y.reduce((a, b) => a + b) / y.length));
writeFileSync('test.csv', [head, ...rows.slice(-120)].join('\\n'));
`;
const PREDICT = `// node predict.mjs MODEL DATA OUT
import { readFileSync, writeFileSync } from 'node:fs';
const [model, data, out] = process.argv.slice(2);
const mean = JSON.parse(readFileSync(model + '/mean.json', 'utf8'));
const ids = readFileSync(data, 'utf8').trim().split('\\n').slice(1).map((row) => row.split(',')[0]);
writeFileSync(out, ['ride,prediction', ...ids.map((id) => id + ',' + mean)].join('\\n'));
`;

beforeEach(() => {
  const rows = Array.from(
    { length: 400 },
    (_, row) => `r${row},${row % 9},secret-${row},${10 + (row % 9) + (row % 4) / 10}`,
  );
  space.write('data/rides.csv', ['ride,distance,phone,minutes', ...rows]);
  space.write('train.mjs', TRAIN);
  space.write('predict.mjs', PREDICT);
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: space.folder });
});

const WRITTEN = [
  '.github/workflows/ml-ci.yml',
  '.gitignore',
  'contract.yml',
  'ml-loop.yml',
  'reference.json',
];

describe('ml-loop init', () => {
  test('writes a gate that runs green as it is, from the data and the scripts that are there', async () => {
    const before = space.files();
    const dry = await space.cli(['init', '--dry-run']);
    expect(dry).toMatchObject({ exit: 0, stderr: '' });
    expect(space.files()).toEqual(before);
    const run = await space.cli(['init']);
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(space.files().filter((file) => WRITTEN.includes(file))).toEqual(WRITTEN);
    expect(run.stdout).toMatch(
      /--train +node train\.mjs --data data\/rides\.csv --out model --test test\.csv\n/,
    );
    expect(run.stdout).toMatch(
      /--id +ride\n +it has another value in each of 400 rows|--id +ride\n +the first column/,
    );
    expect(run.stdout).toContain('--- /dev/null\n+++ b/ml-loop.yml\n@@');
    expect(run.stdout).toMatch(/git add ml-loop\.yml contract\.yml/);
    // Nothing of the data is printed except the names of columns.
    expect(run.stdout + dry.stdout).not.toMatch(/secret-|r399/);

    execFileSync('node', ['train.mjs'], { cwd: space.folder });
    const gate = await space.cli(['run']);
    expect(gate.exit).toBe(0);
    expect(space.verdict('validate-data').status).not.toBe('fail');
    expect(space.verdict('validate-model')).toMatchObject({ status: 'warn' });
    const enforced = await space.cli(['run', '--mode', 'enforce']);
    expect(enforced.exit).toBe(0);
  });

  test('changes nothing the second time, and overwrites nothing without --force', async () => {
    await space.cli(['init']);
    const first = space.snapshot();
    const again = await space.cli(['init']);
    expect(again.stdout).toMatch(/Nothing to do: all files are there\.\n$/);
    expect(space.snapshot()).toEqual(first);

    space.write('ml-loop.yml', `${space.read('ml-loop.yml')}\n# mine\n`);
    const mine = space.snapshot();
    const kept = await space.cli(['init', '--margin', '9%']);
    expect(kept.exit).toBe(0);
    expect(kept.stdout).toMatch(/^-# mine$/m);
    expect(kept.stdout).toMatch(/^\+ {2}margin: 9% /m);
    expect(kept.stdout).toContain(
      'Kept, because they are there and differ (--force overwrites them): ml-loop.yml',
    );
    expect(space.snapshot()).toEqual(mine);

    const forced = await space.cli(['init', '--margin', '9%', '--force']);
    expect(forced.stdout).toContain('Wrote: ml-loop.yml\n');
    expect(space.read('ml-loop.yml')).toContain('margin: 9%');
    expect(space.read('ml-loop.yml')).not.toContain('# mine');
  });

  test('says all that it cannot know, with the flags, and writes nothing', async () => {
    space.write('data/more.csv', 'a\n1\n');
    space.write('train.mjs', 'process.argv[2];\n');
    space.discard('predict.mjs');
    const before = space.snapshot();
    const run = await space.cli(['init', '--forse']);
    expect(run).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringContaining('--forse: there is no such flag → did you mean force?'),
    });
    const lacking = await space.cli(['init']);
    expect(lacking).toMatchObject({ exit: 2, stdout: '' });
    expect(lacking.stderr).toMatch(
      /^init: error\n {2}--data: there are 2 tables.*\n {2}--train: train\.mjs needs arguments/,
    );
    expect(space.snapshot()).toEqual(before);
    const below = await space.cli(['init', '--working-directory', 'data']);
    expect(below).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('data/ is not the root of its git repository'),
    });
    expect(space.snapshot()).toEqual(before);
  });
});

test('the commands of docs/start.md run as they stand, up to the push', async () => {
  const at = (path: string) => join(space.folder, path);
  const git = (folder: string, ...argv: string[]) => execFileSync('git', ['-C', at(folder), ...argv]);
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
  // What GitHub has of ml-loop, and the user's repository next to where it is cloned to.
  for (const path of ['dist', 'workflows-templates'])
    cpSync(path, at(`github/ml-loop/${path}`), { recursive: true });
  git('github/ml-loop', 'init', '-q', '-b', 'main');
  git('github/ml-loop', 'add', '.');
  git('github/ml-loop', ...identity, 'commit', '-qm', 'ml-loop');
  for (const path of ['data', 'train.mjs', 'predict.mjs'])
    cpSync(at(path), at(`rides/${path}`), { recursive: true });
  execFileSync('git', ['init', '-q', '--bare', at('github/rides.git')]);
  git('rides', 'init', '-q', '-b', 'main');
  git('rides', 'remote', 'add', 'origin', at('github/rides.git'));

  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(readFileSync('docs/start.md', 'utf8')) ?? [];
  expect(commands.trim().split('\n')).toHaveLength(3);
  const config = [
    [`url.file://${at('github')}/.insteadOf`, 'https://github.com/ml-loop/'],
    ['user.name', 'a'],
    ['user.email', 'a@example.org'],
  ].flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  const env = { ...process.env, GIT_CONFIG_COUNT: '3', ...Object.fromEntries(config) };
  execFileSync('bash', ['-euo', 'pipefail', '-c', commands], { cwd: at('rides'), env, stdio: 'pipe' });
  const pushed = git('github/rides.git', 'ls-tree', '-r', '--name-only', 'ml-loop')
    .toString()
    .trim()
    .split('\n');
  expect(pushed).toEqual(WRITTEN);
});
