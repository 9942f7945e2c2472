import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

beforeEach(() => {
  space.write('contract.yml', 'properties: { id: { type: integer } }\nrequired: [id]\n');
  space.write('good.csv', ['id', '1', '2']);
  space.write('bad.csv', ['id', '1', 'x']);
});

describe('ml-loop', () => {
  test('tells its version, its commands and their inputs on standard output', async () => {
    const [told, short, help, action, root, nothing] = await Promise.all([
      space.cli(['--version']),
      space.cli(['-v']),
      space.cli(['--help']),
      space.cli(['validate-data', '--help']),
      space.cli(['run', '--help']),
      space.cli([]),
    ]);
    expect(told).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' });
    expect(short).toEqual(told);
    expect(help).toMatchObject({ exit: 0, stderr: '' });
    const commands = [
      'run',
      'validate-data',
      'validate-model',
      'register-model',
      'deploy-canary',
      'check-drift',
    ];
    for (const command of commands) expect(help.stdout).toMatch(new RegExp(`^ +${command} `, 'm'));
    expect(action.stdout).toMatch(/^ {2}--data \(required\)\n/m);
    expect(action.stdout).toMatch(/^ {2}--margin \(default: 0\.05\)\n/m);
    expect(root.stdout).toContain('--stage (default: auto)');
    expect(nothing).toMatchObject({ exit: 2, stdout: help.stdout });
    expect(space.files()).toEqual(['bad.csv', 'contract.yml', 'good.csv']);
  });

  test('refuses what it does not know, and names what comes near', async () => {
    const [command, flag, twice, word] = await Promise.all([
      space.cli(['validate-dta']),
      space.cli(['validate-data', '--dta', 'good.csv', '--contrct=contract.yml']),
      space.cli(['validate-data', '--data', 'good.csv', '--contract', 'a', '--contract', 'b']),
      space.cli(['validate-data', 'good.csv']),
    ]);
    for (const run of [command, flag, twice, word]) expect(run).toMatchObject({ exit: 2, stdout: '' });
    expect(command.stderr).toContain('there is no command "validate-dta"; did you mean validate-data?');
    expect(flag.stderr).toMatch(
      /--dta: there is no such flag.*data.*\n.*--contrct: there is no such flag.*contract/,
    );
    expect(twice.stderr).toContain('--contract: is given twice');
    expect(word.stderr).toContain('"good.csv" is not a flag');
  });
});

describe('exit codes', () => {
  test('are 0 by policy, 1 by fail-on, 2 if nothing could be judged', async () => {
    const run = (data: string, id: string, ...flags: string[]) =>
      space.cli(['validate-data', '--data', data, '--contract', 'contract.yml', '--report-id', id, ...flags]);
    const [good, bad, never, missing] = await Promise.all([
      run('good.csv', 'good'),
      run('bad.csv', 'bad'),
      run('bad.csv', 'never', '--fail-on', 'never'),
      run('none.csv', 'missing'),
    ]);
    expect(good).toMatchObject({ exit: 0, stdout: '' });
    expect(good.stderr).toMatch(/^validate-data: PASS: /m);
    expect(bad).toMatchObject({ exit: 1, stdout: '' });
    expect(bad.stderr).toMatch(
      /^ {2}fail +column\.type id: 1 value of id is not of type integer\n +at bad\.csv:3$/m,
    );
    expect(never.exit).toBe(0);
    expect(missing).toMatchObject({ exit: 2, stdout: '' });
    expect(missing.stderr).toMatch(/none\.csv: there is no such file → paths start at /);
    expect(space.files('ml-loop-report').filter((file) => file.endsWith('verdict.json'))).toEqual(
      ['bad', 'good', 'never'].map((id) => `validate-data-${id}/verdict.json`),
    );
  });
});

describe('--outputs', () => {
  test('prints name=value lines on standard output, and nothing else there', async () => {
    const run = await space.cli(['validate-data', '--data', 'good.csv', '--data', 'bad.csv', '--outputs']);
    expect(run.exit).toBe(0);
    expect(run.stdout.split('\n')).toEqual([
      'status=warn',
      'verdict=ml-loop-report/validate-data/verdict.json',
      'report=ml-loop-report/validate-data/report.html',
      'failed-checks=0',
      expect.stringMatching(/^summary=.* in 4 rows$/),
      'profile=ml-loop-report/validate-data/profile.json',
      'contract=ml-loop-report/validate-data/contract.yml',
      expect.stringMatching(/^violations=/),
      'rows=4',
      'invalid-rows=0',
      '',
    ]);
    expect(space.verdict('validate-data').configuration).toMatchObject({ data: ['good.csv', 'bad.csv'] });
  });

  test('says error if nothing could be judged', async () => {
    const run = await space.cli(['validate-data', '--data', 'none.csv', '--outputs']);
    expect(run).toMatchObject({
      exit: 2,
      stdout: expect.stringMatching(/^status=error\nsummary=none\.csv: /),
    });
  });
});

describe('ml-loop run', () => {
  test('runs the stages of the configuration file as the root action does', async () => {
    space.write('ml-loop.yml', 'validate-data: { data: good.csv, contract: contract.yml }\n');
    const run = await space.cli(['run', '--outputs']);
    expect(run).toMatchObject({ exit: 0, stdout: expect.stringContaining('status=pass\n') });
    expect(run.stdout).toContain('summary=validate-data: pass\n');
    expect(space.files('ml-loop-report')).toContain('index.html');
  });

  test('without a configuration file says what to do', async () => {
    const run = await space.cli(['run']);
    expect(run).toMatchObject({ exit: 2, stdout: '' });
    expect(run.stderr).toContain('there is no ml-loop.yml → write one');
  });
});

test('a flag wins over the configuration file, and the section over its defaults', async () => {
  space.write('ml-loop.yml', [
    'defaults: { fail-on: never }',
    'models:',
    '  demand:',
    '    validate-data: { data: bad.csv, contract: contract.yml, samples: show }',
  ]);
  const [file, flag] = await Promise.all([
    space.cli(['validate-data', '--report-id', 'file']),
    space.cli(['validate-data', '--report-id', 'flag', '--data', 'good.csv', '--fail-on=warn']),
  ]);
  expect(file.exit).toBe(0);
  expect(space.verdict('validate-data-file')).toMatchObject({ name: 'demand', status: 'fail' });
  expect(flag.exit).toBe(0);
  expect(space.verdict('validate-data-flag')).toMatchObject({
    status: 'pass',
    configuration: { data: ['good.csv'], samples: 'show' },
  });
});
