import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TABLES } from '../../../actions/catalog.ts';
import { matrixRun } from '../../../shared/host/matrix-run.ts';
import type { Surface } from '../../../shared/host/surface.ts';

const TWO =
  'models:\n  demand: { validate-data: { data: d/*.csv } }\n  price: { validate-data: { data: p/*.csv } }\n';

let folder: string;
let before: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'matrix-')));
  put('ml-loop.yml', TWO);
  put('d/a.csv', 'id\n1\n');
  git('init', '-q');
  before = commit('before');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function git(...argv: readonly string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  return execFileSync('git', [...who, ...argv], { cwd: folder, encoding: 'utf8' }).trim();
}

function commit(message: string): string {
  git('add', '-A');
  git('commit', '-qm', message);
  return git('rev-parse', 'HEAD');
}

interface Told {
  readonly exit: number;
  readonly outputs: Record<string, string>;
  readonly text: string;
}

async function run(event: string, payload: unknown, values: Record<string, string> = {}): Promise<Told> {
  const eventFile = join(tmpdir(), `${folder.split('/').at(-1)}-event.json`);
  writeFileSync(eventFile, JSON.stringify(payload));
  const outputs: Record<string, string> = {};
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  const surface = {
    log: { info: say, warning: say, error: say, debug: say },
    runner: { event },
    mask: () => undefined,
    annotate: ({ message }: { message: string }) => say(message),
    summarise: async (_: string, plain: string) => say(plain),
    output: (name: string, value: string) => {
      outputs[name] = value;
    },
  } as unknown as Surface;
  const env = {
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: eventFile,
    GITHUB_WORKSPACE: folder,
    GITHUB_REPOSITORY: 'acme/flights',
  };
  const given = {
    values: { 'working-directory': folder, config: 'ml-loop.yml', ...values },
    where: (name: string) => `input ${name}`,
  };
  const exit = await matrixRun(given, { surface, env, tables: async () => TABLES });
  rmSync(eventFile);
  return { exit, outputs, text: lines.join('\n') };
}

const pullRequest = () => ({ pull_request: { number: 7, base: { sha: before } } });

test('a pull request: the models of which it changes a file', async () => {
  put('p/b.csv', 'id\n1\n');
  commit('change');
  const { exit, outputs } = await run('pull_request', pullRequest());
  expect(exit).toBe(0);
  expect(JSON.parse(outputs.matrix ?? '')).toEqual([
    { name: 'price', sections: ['validate-data'], model: '', changed: ['p/b.csv'] },
  ]);
  expect(outputs).toMatchObject({ models: '["price"]', count: '1' });
});

test('a file that moves concerns the model that it leaves, too', async () => {
  mkdirSync(join(folder, 'p'));
  git('mv', 'd/a.csv', 'p/a.csv');
  commit('move');
  expect((await run('merge_group', { merge_group: { base_sha: before } })).outputs.models).toBe(
    '["demand","price"]',
  );
});

test('a model that the pull request takes out is still there: its verdict must be missed', async () => {
  put('ml-loop.yml', 'models:\n  demand: { validate-data: { data: d/*.csv } }\n');
  commit('remove price');
  expect((await run('pull_request', pullRequest())).outputs.models).toBe('["demand","price"]');
});

test('a push is compared with the branch before it; the first push concerns all', async () => {
  put('d/b.csv', 'id\n1\n');
  commit('change');
  expect((await run('push', { before })).outputs.models).toBe('["demand"]');
  expect((await run('push', { before: '0'.repeat(40) })).outputs.models).toBe('["demand","price"]');
});

test('without history all models are concerned, and the log says how to get it', async () => {
  const { outputs, text } = await run('push', { before: 'f'.repeat(40) });
  expect(outputs.models).toBe('["demand","price"]');
  expect(text).toContain('fetch-depth: 0');
});

test('other events are about all models, and a named model about itself', async () => {
  expect((await run('schedule', {})).outputs.models).toBe('["demand","price"]');
  expect((await run('workflow_dispatch', {}, { name: 'price' })).outputs.models).toBe('["price"]');
  put('d/b.csv', 'id\n1\n');
  commit('change');
  expect((await run('pull_request', pullRequest(), { name: 'price' })).outputs).toMatchObject({
    models: '[]',
    matrix: '[]',
    count: '0',
  });
});

test('a model that does not exist is an error that names those there are', async () => {
  const { exit, text, outputs } = await run('schedule', {}, { name: 'prices' });
  expect(exit).toBe(2);
  expect(text).toContain('did you mean price?');
  expect(outputs.models).toBeUndefined();
});

test('the only model has the repository’s name if the file gives it none', async () => {
  put('ml-loop.yml', 'validate-data: { data: d/*.csv }\n');
  expect((await run('schedule', {})).outputs.models).toBe('["flights"]');
});

test('a dispatch is about the model of its payload', async () => {
  const asks = (name: string) => ({
    client_payload: {
      schema: 'ml-loop/retrain@1',
      name,
      'dedupe-key': `sha256:${'a'.repeat(64)}`,
      'requested-at': '2026-01-31T12:00:00.000Z',
      champion: null,
      reasons: ['drift'],
    },
  });
  expect((await run('repository_dispatch', asks('price'))).outputs.models).toBe('["price"]');
  const { exit, text } = await run('repository_dispatch', asks('prices'));
  expect(exit).toBe(2);
  expect(text).toContain('prices');
});

test('without a configuration file there is an error with the way out', async () => {
  rmSync(join(folder, 'ml-loop.yml'));
  const { exit, text } = await run('schedule', {}, { config: '' });
  expect(exit).toBe(2);
  expect(text).toContain('ml-loop init');
});
