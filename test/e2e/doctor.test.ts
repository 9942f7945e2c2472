import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import { expectSchema, useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const CI = '.github/workflows/ml-ci.yml';
let server: GitHubServer | undefined;

beforeEach(async () => {
  space.write('data.csv', ['id,y', ...Array.from({ length: 60 }, (_, row) => `${row},${row % 2}`)]);
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: space.folder });
  await space.cli(['init', '--ref', 'v0']);
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('ml-loop doctor', () => {
  test('finds nothing in what init wrote, and says that GitHub was not asked', async () => {
    const run = await space.cli(['doctor']);
    expect(run).toMatchObject({ exit: 0, stdout: '' });
    expect(run.stderr).toMatch(/^doctor: INCONCLUSIVE: 1 of \d+ checks inconclusive/);
    expect(run.stderr).toMatch(/setup\.github: GitHub was not asked.*\n +fix: give --github-token/);
    expect(space.verdict('doctor').checks.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  test('names file, line and fix of each fault, and exits with 1', async () => {
    space.write('ml-loop.yml', space.read('ml-loop.yml').replace('contract:', 'contrat:'));
    space.write(
      CI,
      space
        .read(CI)
        .replace(/ {6}checks: write.*\n/, '')
        .replace('@v0', '@main'),
    );
    const run = await space.cli(['doctor', '--outputs']);
    expect(run.exit).toBe(1);
    expect(run.stdout).toContain('status=fail\n');
    expect(run.stderr).toMatch(
      /fail +setup\.config: there is no "contrat" here\n +at ml-loop\.yml:\d+\n +fix: did you mean contract\?/,
    );
    expect(run.stderr).toMatch(
      /fail +setup\.permissions: job ml-ci lacks checks: write .*\n +at \.github\/workflows\/ml-ci\.yml:\d+\n +fix: add to its permissions: checks: write\n/,
    );
    expect(run.stderr).toMatch(/warn +setup\.version: .*the branch main/);
    const json = await space.cli(['doctor', '--json']);
    expect(json).toMatchObject({ exit: 1, stderr: '' });
    expectSchema('verdict', JSON.parse(json.stdout));
  });

  test('asks GitHub with a token, as a stage of the root action too', async () => {
    const settings = { others: { 'ml-loop/ml-loop': ['v0'] }, required: ['ml-ci / gate'] };
    server = await startGitHubServer({ settings });
    const env = { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository };
    const clean = await space.cli(['doctor', '--github-token', 'read-token'], { env });
    expect(clean).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^doctor: PASS: /) });
    // On a machine of one's own the remote says which repository it is.
    const remote = `git@github.com:${server.repository}.git`;
    execFileSync('git', ['remote', 'add', 'origin', remote], { cwd: space.folder });
    const local = await space.cli(['doctor', '--github-token', 'read-token'], {
      env: { GITHUB_API_URL: server.url },
    });
    expect(local).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^doctor: PASS: /) });
    space.write(CI, space.read(CI).replace('@v0', '@v9'));
    const inputs = { stage: 'doctor', 'github-token': 'read-token' };
    const step = await space.step('root', inputs, { env });
    expect(step).toMatchObject({ exit: 1, outputs: { status: 'fail' } });
    expect(step.summary).toContain('ml-loop/ml-loop has no version v9');
    expect(step.stdout).toMatch(/^::error .*file=\.github\/workflows\/ml-ci\.yml,line=\d+.*no version v9/m);
  });

  test('stands alone among the stages', async () => {
    const run = await space.cli(['run', '--stage', 'doctor', '--stage', 'validate-data']);
    expect(run).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('`doctor` cannot stand with other stages → give it a step of its own'),
    });
    const known = await space.cli(['run', '--stage', 'docter']);
    expect(known.stderr).toContain('did you mean doctor?');
  });
});
