import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sourceOf } from '../../../shared/host/source.ts';

const MERGE = 'a'.repeat(40);
const HEAD = 'b'.repeat(40);
const base = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/demand',
  GITHUB_SHA: MERGE,
  GITHUB_RUN_ID: '99',
};
const repository = 'https://github.com/acme/demand';
const run = `${repository}/actions/runs/99`;
let folder = '';
const event = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-'));
  await writeFile(event('pull.json'), JSON.stringify({ pull_request: { number: 12, head: { sha: HEAD } } }));
  await writeFile(
    event('odd.json'),
    JSON.stringify({ pull_request: { number: 'x', head: { sha: '$(x)' } } }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

test('a push has its commit and its run', () => {
  expect(sourceOf({ ...base, GITHUB_EVENT_NAME: 'push' }, 'ml-loop.yml')).toEqual({
    repository,
    commit: MERGE,
    run,
    configurationFile: 'ml-loop.yml',
  });
});

test('a pull request has its number and the head of its branch, not the merge commit', () => {
  const env = { ...base, GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/12/merge' };
  const expected = { repository, commit: HEAD, pullRequest: 12, run };
  expect(sourceOf({ ...env, GITHUB_EVENT_PATH: event('pull.json') }, undefined)).toEqual(expected);
  // pull_request_target checks out the base branch.
  const target = { ...env, GITHUB_EVENT_NAME: 'pull_request_target', GITHUB_EVENT_PATH: event('pull.json') };
  expect(sourceOf(target, undefined)).toEqual({ ...expected, commit: MERGE });
});

test('a payload that cannot be read costs nothing but what it would tell', () => {
  for (const path of [event('odd.json'), event('missing.json')]) {
    const env = {
      ...base,
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/12/merge',
      GITHUB_EVENT_PATH: path,
    };
    expect(sourceOf(env, undefined)).toEqual({ repository, commit: MERGE, pullRequest: 12, run });
  }
});

test('what is not an address or digest is left out; elsewhere nothing is known but the file', () => {
  const odd = { ...base, GITHUB_SERVER_URL: 'javascript:x', GITHUB_SHA: '$(x)', GITHUB_RUN_ID: '9;x' };
  expect(sourceOf(odd, undefined)).toBeUndefined();
  expect(sourceOf({}, 'ml-loop.yml')).toEqual({ configurationFile: 'ml-loop.yml' });
});
