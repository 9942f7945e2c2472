import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { NODES } from '../support/bundle.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const CONTRACT = 'type: object\nproperties: {id: {type: integer, maximum: 3}}\n';
const reports = (folder = 'validate-data') => space.files(`ml-loop-report/${folder}`);
const validate = (data: string, more: readonly string[] = []) =>
  space.cli(['validate-data', '--data', data, '--contract', 'c.yml', ...more]);
const given = () => {
  space.write('c.yml', CONTRACT);
  space.write('good.csv', ['id', '1', '2']);
  space.write('bad.csv', ['id', '1', '99']);
};

/** Runs the command line on a disk that takes so many KiB a file. */
function onFullDisk(kibibytes: number, args: readonly string[]) {
  const argv = [
    '-c',
    `ulimit -f ${kibibytes}; exec "$@"`,
    'x',
    NODES[24],
    join(process.cwd(), 'dist/cli.mjs'),
    ...args,
  ];
  return spawnSync('bash', argv, { cwd: space.folder, encoding: 'utf8' });
}

describe('the report folder holds this run only', () => {
  test('whatever an earlier run has left', async () => {
    given();
    expect(await validate('bad.csv')).toMatchObject({ exit: 1 });
    expect(reports()).toEqual(['profile.json', 'report.html', 'verdict.json', 'violations.csv']);
    space.write('ml-loop-report/validate-data/verdict.json.part', 'of an older version');
    space.write('ml-loop-report/validate-data/notes.txt', 'of the user');
    expect(await validate('good.csv')).toMatchObject({ exit: 0 });
    expect(reports()).toEqual(['notes.txt', 'profile.json', 'report.html', 'verdict.json']);
    expect(await validate('gone.csv')).toMatchObject({ exit: 2 });
    expect(reports()).toEqual(['notes.txt']);
  });

  test('and a contract of one’s own stays, in a folder that happens to have the name', async () => {
    given();
    space.write('validate-data/contract.yml', CONTRACT);
    expect(await validate('good.csv', ['--report-directory', '.'])).toMatchObject({ exit: 0 });
    expect(space.read('validate-data/contract.yml')).toBe(CONTRACT);
    expect(await space.cli(['validate-data', '--data', 'good.csv'])).toMatchObject({ exit: 0 });
    expect(reports()).toContain('contract.yml');
    expect(await validate('good.csv')).toMatchObject({ exit: 0 });
    expect(reports()).not.toContain('contract.yml');
  });

  test('so what is to be read is refused there, and kept', async () => {
    given();
    await space.cli(['validate-data', '--data', 'good.csv']);
    const before = reports();
    for (const input of ['--contract', '--reference']) {
      const file = `ml-loop-report/validate-data/${input === '--contract' ? 'contract.yml' : 'profile.json'}`;
      const run = await space.cli(['validate-data', '--data', 'good.csv', input, file]);
      expect(run).toMatchObject({
        exit: 2,
        stderr: expect.stringMatching(/is an input in the report folder/),
      });
      expect(reports()).toEqual(before);
    }
  });

  test('of several stages too: an old index and old verdicts go when the configuration is wrong', async () => {
    given();
    space.write('ml-loop.yml', 'validate-data: { data: good.csv, contract: c.yml }\n');
    space.write('ml-loop-report/stages.txt', 'of the user');
    expect(await space.cli(['run'])).toMatchObject({ exit: 0 });
    expect(reports('.')).toContain('index.html');
    space.write('ml-loop.yml', 'validate-dta: {}\n');
    expect(await space.cli(['run'])).toMatchObject({ exit: 2 });
    expect(reports('.').filter((file) => /verdict|index|stages/.test(file))).toEqual(['stages.txt']);
  });
});

describe('a run that ends with an error leaves no verdict', () => {
  test('on a disk that is full, wherever it meets that', async () => {
    given();
    for (const room of [0, 1, 2, 4, 8, 16, 32]) {
      const { status, stderr } = onFullDisk(room, [
        'validate-data',
        '--data',
        'good.csv',
        '--contract',
        'c.yml',
      ]);
      expect({ room, status, verdict: reports().includes('verdict.json') }).toEqual({
        room,
        status: status === 0 ? 0 : 2,
        verdict: status === 0,
      });
      if (status !== 0) expect(stderr).toMatch(/EFBIG.*free space/);
    }
  });

  test('in the index of several stages', async () => {
    given();
    space.write('ml-loop.yml', 'validate-data: { data: good.csv, contract: c.yml }\n');
    mkdirSync(join(space.folder, 'ml-loop-report/index.html'), { recursive: true });
    expect(await space.cli(['run'])).toMatchObject({ exit: 2 });
    expect(reports()).not.toContain('verdict.json');
  });
});

test('a verdict whose outputs cannot be made known is taken back', async () => {
  given();
  const run = await space.step(
    'validate-data',
    { data: 'good.csv', contract: 'c.yml' },
    { env: { GITHUB_OUTPUT: '/dev/full' } },
  );
  expect(run).toMatchObject({ exit: 2, stderr: expect.stringMatching(/a disk is full: ENOSPC.*free space/) });
  expect(reports()).not.toContain('verdict.json');
});

test('the verdict is written last', async () => {
  given();
  mkdirSync(join(space.folder, 'ml-loop-report/validate-data'), { recursive: true });
  // A folder where the report should be cannot be replaced by it.
  mkdirSync(join(space.folder, 'ml-loop-report/validate-data/report.html/x'), { recursive: true });
  expect(await validate('good.csv')).toMatchObject({ exit: 2 });
  expect(reports()).not.toContain('verdict.json');
});

test('a configuration file that is a link to nothing is not passed over', async () => {
  given();
  symlinkSync('gone.yml', join(space.folder, 'ml-loop.yml'));
  expect(await validate('good.csv')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('ml-loop.yml'),
  });
});

test('links in data, contract and model are followed here and into listed folders, and named elsewhere', async () => {
  given();
  mkdirSync(join(space.folder, 'work'));
  mkdirSync(join(space.folder, 'cache'));
  space.write('cache/1', ['id', '1', '2']);
  space.write('cache/2', CONTRACT);
  const at = (path: string) => join(space.folder, 'work', path);
  symlinkSync('../cache/1', at('d.csv'));
  symlinkSync('../cache/2', at('c.yml'));
  const args = ['validate-data', '--working-directory', 'work', '--data', 'd.csv', '--contract', 'c.yml'];
  const refused = await space.cli(args);
  expect(refused).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/c\.yml: is a symbolic link.*follow-links/),
  });
  expect(existsSync(at('ml-loop-report/validate-data/verdict.json'))).toBe(false);
  expect(await space.cli([...args, '--follow-links', '../cache'])).toMatchObject({ exit: 0 });
  const { subjects } = space.json<{ subjects: { digest: string }[] }>(
    'work/ml-loop-report/validate-data/verdict.json',
  );
  space.write('work/copy/d.csv', ['id', '1', '2']);
  await space.cli([
    ...args.slice(0, 3),
    '--data',
    'copy/d.csv',
    '--contract',
    'c.yml',
    '--follow-links',
    '../cache',
  ]);
  const copied = space.json<{ subjects: { digest: string }[] }>(
    'work/ml-loop-report/validate-data/verdict.json',
  );
  expect(subjects[0]?.digest).toBe(copied.subjects[0]?.digest);
  expect(await space.cli([...args, '--follow-links', '/'])).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/input follow-links/),
  });
});
