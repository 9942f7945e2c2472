import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { baseOf } from '../../../shared/host/base.ts';
import type { Start, Surface } from '../../../shared/host/surface.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import { startGitHubServer } from '../../support/github-server.ts';

const tables = { 'validate-data': COMMON_INPUTS, 'validate-model': COMMON_INPUTS };
const BASE = 'defaults: { allow-missing: [validate-model] }\nvalidate-data: {}\n';
const HEAD = 'defaults: { allow-missing: [validate-data] }\nvalidate-data: {}\n';

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
    tables: async () => tables,
    env: {
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
      GITHUB_WORKSPACE: folder,
      ...env,
    },
  };
  const given = { values: { 'working-directory': folder, ...values }, where: (name: string) => name };
  return baseOf(given, start);
}

type Answer = Awaited<ReturnType<typeof baseOf>>;
const allowed = (answer: Answer) =>
  answer.kind === 'commit'
    ? (answer.config?.allowMissing ?? null)
    : answer.kind === 'unknown'
      ? answer.problem
      : 'own';
const fileOf = async (answer: Answer, path: string) => {
  if (answer.kind !== 'commit') throw new Error(answer.kind);
  const file = await answer.tree.file(join(folder, path));
  return file && Buffer.from(await file.bytes()).toString('utf8');
};

describe('which file holds', () => {
  test.each(['push', 'schedule', 'workflow_dispatch', ''])('on %s the one checked out', async (event) => {
    const sha = repository();
    expect(await asked(event, { pull_request: { base: { sha } } })).toEqual({ kind: 'none' });
  });

  test.each(['pull_request', 'pull_request_target', 'pull_request_review'])(
    'on %s the base’s',
    async (event) => {
      const sha = repository();
      const answer = await asked(event, { pull_request: { base: { sha } } });
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
    expect(allowed(await asked('pull_request', { pull_request: { base: { sha } } }))).toBeNull();
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
      what: expect.stringContaining('the base branch cannot be read'),
      fix: expect.stringMatching(/contents: read.*fetch-depth: 0/),
    });
  });

  test('but one that has errors does not stop the change that corrects it', async () => {
    put('ml-loop.yml', 'validate-dta: {}\n');
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'base');
    const answer = await asked('pull_request', { pull_request: { base: { sha: git('rev-parse', 'HEAD') } } });
    expect(answer).toMatchObject({
      kind: 'commit',
      config: null,
      broken: expect.stringContaining('did you mean validate-data'),
    });
  });
});

describe('the links of the base commit are followed, not those of the change', () => {
  test('of folders and files, within the repository', async () => {
    put('evil/contract.yml', 'evil');
    put('good/contract.yml', 'good');
    symlinkSync('good', join(folder, 'models'));
    symlinkSync('good/contract.yml', join(folder, 'contract.yml'));
    symlinkSync('/etc/hostname', join(folder, 'outside'));
    symlinkSync('circle', join(folder, 'circle'));
    const sha = repository();
    for (const path of ['models', 'contract.yml']) rmSync(join(folder, path));
    symlinkSync('evil', join(folder, 'models'));
    symlinkSync('evil/contract.yml', join(folder, 'contract.yml'));
    const answer = await asked('pull_request', { pull_request: { base: { sha } } });
    expect(await fileOf(answer, 'models/contract.yml')).toBe('good');
    expect(await fileOf(answer, 'contract.yml')).toBe('good');
    expect(await fileOf(answer, 'outside')).toBeNull();
    await expect(fileOf(answer, 'circle')).rejects.toThrow(/in a circle/);
    expect(await fileOf(answer, 'none.yml')).toBeNull();
    expect(await fileOf(answer, '../elsewhere.yml')).toBeUndefined();
    await expect(fileOf(answer, 'good')).rejects.toThrow(/is a folder/);
    expect(await fileOf(answer, 'a\nb')).toBeNull();
  });

  test('also if GitHub answers', async () => {
    const sha = 'b'.repeat(40);
    const link = (target: string) => ({ status: 200, body: { type: 'symlink', target } });
    const folderOf = { status: 200, body: [{ name: 'x' }] };
    const text = (content: string) => ({
      status: 200,
      body: { type: 'file', encoding: 'base64', content: Buffer.from(content).toString('base64') },
    });
    const answers: Record<string, { status: number; body?: unknown }> = {
      'contents/ml-loop.yml': text(BASE),
      'contents/models': link('shared/good'),
      'contents/shared': folderOf,
      'contents/shared/good': folderOf,
      'contents/shared/good/contract.yml': text('good'),
      'contents/outside.yml': link('/etc/hostname'),
      'contents/up': link('../../x'),
      'contents/circle': link('circle'),
      [`git/commits/${sha}`]: { status: 200, body: {} },
      'contents/large.json': {
        status: 200,
        body: { type: 'file', encoding: 'none', content: '', sha: 'c'.repeat(40) },
      },
      [`git/blobs/${'c'.repeat(40)}`]: text('large'),
    };
    const server = await startGitHubServer();
    try {
      const hook = ({ path }: { readonly path: string }) =>
        answers[path.replace('/repos/acme/models/', '')] ?? { status: 404 };
      for (let request = 0; request < 60; request += 1) server.before(/repos/, hook);
      const answer = await asked(
        'pull_request',
        { pull_request: { base: { sha } } },
        {
          values: { 'github-token': 'read-token' },
          env: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository },
        },
      );
      expect(await fileOf(answer, 'models/contract.yml')).toBe('good');
      expect(await fileOf(answer, 'large.json')).toBe('large');
      for (const path of ['outside.yml', 'up/contract.yml', 'shared/none.yml', 'none/none.yml'])
        expect([path, await fileOf(answer, path)]).toEqual([path, null]);
      await expect(fileOf(answer, 'circle')).rejects.toThrow(/in a circle/);
    } finally {
      await server.close();
    }
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
    expect(allowed(answer)).toBeNull();
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
