import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workflow-steps-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { name?: string; run?: string }[] }>>;
}

/** Runs a step's script as GitHub does: bash, which ends at the first failure. */
function run(workflow: string, job: string, name: string, env: Readonly<Record<string, string>> = {}) {
  const { jobs } = parse(readFileSync(`.github/workflows/${workflow}.yml`, 'utf8')) as Workflow;
  const script = jobs[job]?.steps.find((step) => step.name === name)?.run;
  if (script === undefined) throw new Error(`${workflow}.yml has no step ${name} in ${job}`);
  writeFileSync(join(folder, '.output'), '');
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, GITHUB_OUTPUT: join(folder, '.output'), ...env },
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr, output: readFileSync(join(folder, '.output'), 'utf8') };
}

describe('the gate', () => {
  const gate = (results: string) => run('ml-ci', 'gate', 'Has every job passed?', { RESULTS: results });

  test('passes if all jobs passed or had nothing to do', () => {
    expect(gate('plan success\ntest skipped\nvalidate success\nimage skipped\n')).toMatchObject({
      status: 0,
      stdout: '',
    });
  });

  test.each(['failure', 'cancelled', 'anything else'])('fails for %s, and names every such job', (result) => {
    const { status, stdout } = gate(`plan success\ntest ${result}\nvalidate success\nimage ${result}\n`);
    expect(status).toBe(1);
    expect(stdout.split('\n').filter((line) => line.startsWith('::error'))).toHaveLength(2);
    expect(stdout).toContain('The job test');
    expect(stdout).toContain('The job image');
  });
});

describe('the approval of an environment', () => {
  function approval(answer: string | undefined) {
    const place = join(folder, 'approvals.json');
    if (answer !== undefined) writeFileSync(place, answer);
    const env = { RUN: `file://${place}`, TOKEN: 't', ENVIRONMENT: 'Production EU', VERSION: '1.1.0' };
    return run('ml-cd', 'approval', 'Has someone approved?', env);
  }
  type Review = readonly [name: string, state: string, comment?: string];
  const reviews = (...all: readonly Review[]) =>
    JSON.stringify(
      all.map(([name, state, comment = '']) => ({ state, comment, environments: [{ name }] })),
      null,
      1,
    );
  const review = (name: string, state = 'approved') => reviews([name, state]);

  test('is one that a person gave in this run', () => {
    expect(approval(review('production eu'))).toMatchObject({
      status: 0,
      stdout: 'Version 1.1.0 may be released.\n',
    });
  });

  test.each([
    ['asked no one, as one that GitHub made for the job', '[]'],
    ['is not the one that was approved', review('staging')],
    ['was rejected', review('Production EU', 'rejected')],
    [
      'was rejected, and another was approved',
      reviews(['Production EU', 'rejected'], ['staging', 'approved']),
    ],
    ['is in a comment alone', reviews(['staging', 'approved', '{"name":"Production EU"}'])],
  ])('fails if it %s', (_name, answer) => {
    const { status, stdout } = approval(answer);
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/^::error.*no required reviewers.*ml-loop\.yml/),
    ]);
  });

  test.each(['', '{"message": "no"}', '<html>'])('fails for the answer %p', (answer) => {
    const { status, stdout } = approval(answer);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^::error/)]);
  });

  test('fails without jq, and names it', () => {
    writeFileSync(join(folder, 'approvals.json'), review('Production EU'));
    // All that the step needs beside it.
    for (const name of ['bash', 'curl']) {
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(folder, name));
    }
    const env = {
      PATH: folder,
      RUN: `file://${folder}/approvals.json`,
      TOKEN: 't',
      ENVIRONMENT: 'production eu',
    };
    const { status, stdout } = run('ml-cd', 'approval', 'Has someone approved?', {
      ...env,
      VERSION: '1.1.0',
    });
    expect([status, stdout]).toEqual([1, expect.stringContaining('Install jq')]);
  });

  test('fails if it cannot be read, with the permission that lacks', () => {
    const { status, stdout } = approval(undefined);
    expect([status, stdout]).toEqual([1, expect.stringContaining('actions: read')]);
  });
});

describe('a model between two jobs', () => {
  test('is packed and unpacked with its paths, also with spaces, and with links as the files that they name', () => {
    mkdirSync(join(folder, 'a model'), { recursive: true });
    writeFileSync(join(folder, 'a model/weights'), 'w');
    writeFileSync(join(folder, 'cache'), 'linked');
    symlinkSync('../cache', join(folder, 'a model/link'));
    writeFileSync(join(folder, '-v'), 'an option?');
    expect(run('ml-ci', 'validate', 'Pack the model', { PATHS: 'a model\n\n-v\n' }).status).toBe(0);
    for (const path of ['a model', 'cache', '-v']) rmSync(join(folder, path), { recursive: true });
    expect(run('ml-cd', 'register', 'Unpack the model').status).toBe(0);
    expect(readFileSync(join(folder, 'a model/weights'), 'utf8')).toBe('w');
    expect(readFileSync(join(folder, 'a model/link'), 'utf8')).toBe('linked');
    expect(readFileSync(join(folder, '-v'), 'utf8')).toBe('an option?');
  });

  test('that is missing fails the job', () => {
    const { status, stderr } = run('ml-ci', 'validate', 'Pack the model', { PATHS: 'model' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('model');
  });

  test('that stays in a store of its own needs no unpacking', () => {
    expect(run('ml-cd', 'register', 'Unpack the model').status).toBe(0);
  });
});

describe('the release of a version', () => {
  test('names the model and the version', () => {
    const { status, output } = run('ml-cd', 'release', 'Which model is it?', {
      NAME: 'demand',
      VERSION: '1.4.0',
    });
    expect(status).toBe(0);
    expect(output).toBe('model=model:demand@1.4.0\n');
  });

  test('without a name is refused: the newest candidate of another model must not be taken for it', () => {
    const { status, stdout } = run('ml-cd', 'release', 'Which model is it?', { NAME: '', VERSION: '1.4.0' });
    expect(status).toBe(1);
    expect(stdout).toContain('Give the input name');
  });
});

describe('an operation', () => {
  test.each([
    ['ml-cd', 'release', ['start', 'resume', 'approve', 'promote', 'abort', 'rollback']],
    ['ml-ct', 'request', ['auto', 'watch', 'retrain']],
  ])('that %s does not know fails, in place of doing nothing', (workflow, job, known) => {
    const tried = (OPERATION: string) => run(workflow, job, 'Is the operation known?', { OPERATION });
    for (const operation of known) expect(tried(operation)).toMatchObject({ status: 0, stdout: '' });
    for (const operation of ['wacth', '', 'start resume']) {
      const { status, stdout } = tried(operation);
      expect(status).toBe(1);
      expect(stdout).toContain(`There is no operation "${operation}". Give one of: ${known.join(', ')}.`);
    }
  });
});

describe('the place of an image', () => {
  const placed = (IMAGE: string, HAS_PASSWORD: string) =>
    run('ml-cd', 'package', 'Where does the image go?', {
      ...{ IMAGE, HAS_PASSWORD },
      ...{ GITHUB_SERVER_URL: 'https://git.acme.example' },
      ...{ GITHUB_REPOSITORY: 'Acme/Models', NAME: 'Demand' },
    });

  test.each([
    ['', 'ghcr.io/acme/models/demand-server', 'ghcr.io'],
    ['ghcr.io/acme/server', 'ghcr.io/acme/server', 'ghcr.io'],
    [
      'containers.git.acme.example/acme/server',
      'containers.git.acme.example/acme/server',
      'containers.git.acme.example',
    ],
  ])('on GitHub (%j) needs no password but the job’s token', (given, image, registry) => {
    expect(placed(given, 'false')).toMatchObject({
      status: 0,
      output: `image=${image}\nregistry=${registry}\n`,
    });
  });

  test.each([
    ['docker.io/acme/server', 'docker.io'],
    ['acme/server', 'docker.io'],
    ['containers.example.org/server', 'containers.example.org'],
    ['localhost:5000/server', 'localhost:5000'],
  ])('elsewhere (%s) needs the secret: the job’s token is not sent there', (image, registry) => {
    expect(placed(image, 'true')).toMatchObject({
      status: 0,
      output: `image=${image}\nregistry=${registry}\n`,
    });
    const { status, stdout, output } = placed(image, 'false');
    expect([status, output]).toEqual([1, '']);
    expect(stdout).toContain(`The secret REGISTRY_PASSWORD for ${registry} is missing or empty`);
  });
});

describe('the schedule of a public repository', () => {
  const watch = () =>
    spawnSync('bash', [resolve('actions/setup/idle.sh')], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, GITHUB_WORKSPACE: folder },
      encoding: 'utf8',
    });

  function lastCommit(days: number): void {
    const date = new Date(Date.now() - days * 86_400_000).toISOString();
    const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@acme.example'];
    execFileSync('git', ['init', '--quiet'], { cwd: folder });
    execFileSync('git', [...who, 'commit', '--quiet', '--allow-empty', '-m', 'x'], { cwd: folder, env });
  }

  test('is said to stop soon if the last commit is old', () => {
    lastCommit(45);
    expect(watch()).toMatchObject({ status: 0, stdout: expect.stringContaining('is 45 days old') });
  });

  test('is not spoken of before', () => {
    lastCommit(39);
    expect(watch()).toMatchObject({ status: 0, stdout: '' });
  });

  test('is said not to be known without git', () => {
    expect(watch()).toMatchObject({ status: 0, stdout: expect.stringContaining('is not known') });
  });
});
