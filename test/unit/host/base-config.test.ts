import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../shared/config/config.ts';
import { gateConfig } from '../../../shared/host/base-config.ts';
import type { Start, Surface } from '../../../shared/host/surface.ts';
import { COMMON } from '../../../shared/inputs/common.ts';
import { startGitHubServer } from '../../support/github-server.ts';

const tables = { 'validate-data': COMMON, 'validate-model': COMMON };
const BASE = 'defaults: { allow-missing: [validate-model] }\nvalidate-data: {}\n';
const HEAD = 'defaults: { allow-missing: [validate-data] }\nvalidate-data: {}\n';
const checkedOut = loadConfig(HEAD, 'ml-loop.yml', tables, COMMON);

let folder: string;
let masked: string[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'base-')));
  masked = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};
const git = (...argv: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...argv], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();

/** A repository whose base commit has one file at `path`, changed since. */
function repository(path = 'ml-loop.yml'): string {
  put(path, BASE);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'base');
  put(path, HEAD);
  return git('rev-parse', 'HEAD');
}

function asked(
  event: string,
  payload: unknown,
  { values = {}, env = {} }: { values?: Record<string, string>; env?: Record<string, string> } = {},
) {
  put('event.json', JSON.stringify(payload));
  const surface = { mask: (secret: string) => masked.push(secret) } as unknown as Surface;
  const start: Start = {
    surface,
    tables,
    env: {
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
      GITHUB_WORKSPACE: folder,
      ...env,
    },
  };
  const given = { values: { 'working-directory': folder, ...values }, where: (name: string) => name };
  return gateConfig(given, checkedOut, start);
}

const allowed = (answer: Awaited<ReturnType<typeof gateConfig>>) =>
  answer.kind === 'known' ? (answer.config?.allowMissing ?? null) : answer.problem;

describe('which file holds', () => {
  test.each(['push', 'schedule', 'workflow_dispatch', ''])('on %s the one checked out', async (event) => {
    const sha = repository();
    const answer = await asked(event, { pull_request: { base: { sha } } });
    expect(answer).toMatchObject({ kind: 'known', from: 'checkout' });
    expect(allowed(answer)).toEqual(['validate-data']);
  });

  test.each(['pull_request', 'pull_request_target', 'pull_request_review'])(
    'on %s the base’s',
    async (event) => {
      const sha = repository();
      const answer = await asked(event, { pull_request: { base: { sha } } });
      expect(answer).toMatchObject({ kind: 'known', from: 'base' });
      expect(allowed(answer)).toEqual(['validate-model']);
    },
  );

  test('in a merge queue that of the branch it merges into', async () => {
    const sha = repository();
    expect(allowed(await asked('merge_group', { merge_group: { base_sha: sha } }))).toEqual([
      'validate-model',
    ]);
  });

  test.each([
    ['models/demand', 'ml-loop.yml'],
    ['.', 'models/demand/ml-loop.yml'],
    ['models', 'demand/my [1].yml'],
  ])('found by working-directory %s and config %s', async (directory, config) => {
    const sha = repository(join(directory, config));
    const values = { 'working-directory': join(folder, directory), config };
    expect(allowed(await asked('pull_request', { pull_request: { base: { sha } } }, { values }))).toEqual([
      'validate-model',
    ]);
  });

  test('none, if the base has no such file', async () => {
    const sha = repository('other.yml');
    expect(await asked('pull_request', { pull_request: { base: { sha } } })).toEqual({
      kind: 'known',
      config: null,
      from: 'base',
    });
  });

  test('not the one of a submodule’s place: the outermost repository counts', async () => {
    const sha = repository();
    put('models/.git/HEAD', 'ref: refs/heads/main\n');
    put('models/ml-loop.yml', HEAD);
    const values = { 'working-directory': join(folder, 'models') };
    expect(allowed(await asked('pull_request', { pull_request: { base: { sha } } }, { values }))).toBeNull();
  });
});

describe('a base that cannot be read is unknown, with what to do', () => {
  test.each([
    ['a commit that is not there', { pull_request: { base: { sha: 'a'.repeat(40) } } }],
    ['no commit in the event', {}],
    ['an option of git for a commit', { pull_request: { base: { sha: '--help' } } }],
  ])('%s', async (_what, payload) => {
    repository();
    const answer = await asked('pull_request', payload);
    expect(allowed(answer)).toMatchObject({
      what: expect.stringContaining('the configuration of the base branch cannot be read'),
      fix: expect.stringMatching(/contents: read.*fetch-depth: 0/),
    });
  });

  test('a file with errors', async () => {
    put('ml-loop.yml', 'validate-dta: {}\n');
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'base');
    const answer = await asked('pull_request', { pull_request: { base: { sha: git('rev-parse', 'HEAD') } } });
    expect(allowed(answer)).toMatchObject({ what: expect.stringContaining('did you mean validate-data') });
  });
});

describe('GitHub’s API comes first', () => {
  const sha = 'b'.repeat(40);
  const ask = async (answers: Record<string, { status: number; body?: unknown }>) => {
    const server = await startGitHubServer();
    try {
      for (const [path, answer] of Object.entries(answers)) server.before(new RegExp(path), () => answer);
      const answer = await asked(
        'pull_request',
        { pull_request: { base: { sha } } },
        {
          values: { 'github-token': 'read-token', config: 'a b/ml#loop.yml' },
          env: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository },
        },
      );
      return { answer, paths: server.requests.map(({ method, path }) => `${method} ${path}`) };
    } finally {
      await server.close();
    }
  };

  test('for the file at the base commit, by the token, which is masked', async () => {
    const body = { type: 'file', encoding: 'base64', content: Buffer.from(BASE).toString('base64') };
    const { answer, paths } = await ask({ contents: { status: 200, body } });
    expect(allowed(answer)).toEqual(['validate-model']);
    expect(paths).toEqual(['GET /repos/acme/models/contents/a b/ml#loop.yml']);
    expect(masked).toEqual(['read-token']);
  });

  test('a file that is not in a commit that can be seen is none', async () => {
    const { answer } = await ask({ contents: { status: 404 }, 'git/commits': { status: 200, body: {} } });
    expect(answer).toEqual({ kind: 'known', config: null, from: 'base' });
  });

  test('what the token may not see, and what is not a file, is unknown', async () => {
    for (const answers of [
      { contents: { status: 404 }, 'git/commits': { status: 404 } },
      { contents: { status: 403 } },
      { contents: { status: 200, body: [{ name: 'x' }] } },
    ])
      expect((await ask(answers)).answer.kind).toBe('unknown');
  });
});
