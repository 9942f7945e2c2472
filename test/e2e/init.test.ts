import { execFileSync } from 'node:child_process';
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
  });
});
