import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ACTIONS, TABLES } from '../../../actions/catalog.ts';
import { main } from '../../../shared/host/main.ts';
import type { Verdict } from '../../../shared/verdict/verdict.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gate-files-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
const git = (...argv: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...argv], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();
/** A table whose temperatures begin at `from`. */
const table = (from: number) =>
  ['id,temp', ...Array.from({ length: 200 }, (_, id) => `${id},${from + ((id * 37) % 20)}`), ''].join('\n');

/** Commits what is there as the base branch. */
function base() {
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'base');
  const sha = git('rev-parse', 'HEAD');
  writeFileSync(join(folder, 'event.json'), JSON.stringify({ pull_request: { number: 7, base: { sha } } }));
}

/** validate-data on the pull request: its exit code and what it says. */
async function judge(values: Record<string, string>) {
  const exit = await main(ACTIONS['validate-data'], {
    surface: {
      log: { info: () => {} },
      runner: { github: true, hosted: false, event: 'pull_request' },
      given: () => ({
        values: { 'working-directory': folder, integrity: 'off', ...values },
        where: (name) => `input ${name}`,
      }),
      mask: () => {},
      annotate: () => {},
      summarise: async () => {},
      output: () => {},
    },
    env: {
      PATH: process.env.PATH,
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
      GITHUB_WORKSPACE: folder,
    },
    tables: async () => TABLES,
  });
  const text = readFileSync(join(folder, 'ml-loop-report/validate-data/verdict.json'), 'utf8');
  const { checks } = JSON.parse(text) as Verdict;
  const said = (id: string) => checks.find((check) => check.id === id)?.message;
  return {
    exit,
    changed: said('gate.changed'),
    added: said('gate.added'),
    unknown: said('gate.unknown'),
    checks,
  };
}

describe('the data of a reference are those of the base branch', () => {
  beforeEach(() => {
    put('data/new.csv', table(10));
    put('reference/a.csv', table(10));
    put('reference/b.csv', table(10));
    base();
    put('data/new.csv', table(40));
  });
  const against = (reference: string) => judge({ data: 'data/*.csv', reference });

  test('unchanged, nothing is told of them', async () => {
    expect(await against('reference/*.csv')).toMatchObject({ exit: 1, changed: undefined, added: undefined });
  });

  test.each(['reference/*.csv', '[reference/a.csv, reference/b.csv]'])('changed in %s', async (reference) => {
    put('reference/a.csv', table(40));
    put('reference/b.csv', table(40));
    const { exit, changed, checks } = await against(reference);
    expect([exit, changed]).toEqual([1, expect.stringContaining('reference/a.csv is changed')]);
    expect(checks.find(({ id }) => id === 'gate.changed')?.locations).toContainEqual({
      file: 'reference/b.csv',
      line: 2,
    });
  });

  test('removed and added within a pattern', async () => {
    rmSync(join(folder, 'reference/a.csv'));
    put('reference/c.csv', table(40));
    const { exit, changed } = await against('reference/*.csv');
    expect(exit).toBe(1);
    expect(changed).toContain('reference/a.csv is removed');
    expect(changed).toContain('reference/c.csv is added to reference: it counts once it is merged');
  });

  test('also if the same file is judged, which is then the change’s', async () => {
    put('reference/a.csv', table(40));
    const { exit, checks } = await judge({
      data: '[data/new.csv, reference/a.csv]',
      reference: 'reference/*.csv',
    });
    expect(exit).toBe(1);
    expect(checks.filter(({ id, status }) => id.startsWith('drift.') && status === 'fail')).not.toEqual([]);
  });

  test('with other line ends they are the same', async () => {
    put('reference/a.csv', table(10).replaceAll('\n', '\r\n'));
    expect((await against('reference/*.csv')).changed).toBeUndefined();
  });

  test('not kept in git, they are the job’s, and that is told', async () => {
    put('elsewhere/a.csv', table(40));
    expect(await against('elsewhere/*.csv')).toMatchObject({
      exit: 0,
      added: expect.stringContaining('the base branch has no elsewhere/a.csv in git yet'),
    });
  });
});

describe('of Git LFS, git has the digest alone', () => {
  const pointer = (text: string) =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${createHash('sha256').update(text).digest('hex')}\nsize ${text.length}\n`;
  beforeEach(() => {
    put('data.csv', table(10));
    put('reference.csv', pointer(table(10)));
    base();
  });

  test('the same file is read', async () => {
    put('reference.csv', table(10));
    expect(await judge({ data: 'data.csv', reference: 'reference.csv' })).toMatchObject({
      exit: 0,
      changed: undefined,
    });
  });

  test('another one does not pass', async () => {
    put('reference.csv', table(11));
    expect(await judge({ data: 'data.csv', reference: 'reference.csv', 'fail-on': 'never' })).toMatchObject({
      exit: 1,
      unknown: expect.stringContaining('Git LFS'),
    });
  });
});

describe('the contract', () => {
  const contract = (maximum: number) =>
    `properties:\n  id: { type: integer }\n  temp: { type: number, maximum: ${maximum} }\nrequired: [id, temp]\nx-ml-loop:\n  foreign-keys:\n    - { columns: id, file: ids.csv, references: id }\n`;
  beforeEach(() => {
    put('data.csv', table(10));
    put('rules/contract.yml', contract(50));
    put('rules/ids.csv', table(10));
    base();
  });
  const judged = () => judge({ data: 'data.csv', contract: 'rules/contract.yml' });

  test('names tables that are the base branch’s too', async () => {
    put('rules/ids.csv', `${table(10)}1000,1\n`);
    put('data.csv', `${table(10)}1000,12\n`);
    expect(await judged()).toMatchObject({
      exit: 1,
      changed: expect.stringMatching(
        /rules\/ids.csv is changed.*by the new contract, no check of these data would fail/,
      ),
    });
  });

  test('may name what is judged, which is the change’s', async () => {
    put('rules/contract.yml', contract(50).replace('ids.csv', '../data.csv'));
    git('commit', '-qam', 'self');
    base();
    put('data.csv', `${table(10)}1000,12\n`);
    expect(await judged()).toMatchObject({ exit: 0, changed: undefined });
  });

  test.each([
    ['stricter', contract(20), 0, 'by the new contract, 1 check of these data would fail: column.range (1)'],
    ['broken', 'properties: {temp: {maximum: a}}', 0, 'the new contract cannot judge these data: '],
  ])('is tried if it is %s, and decides nothing', async (_how, text, exit, told) => {
    put('rules/contract.yml', text);
    const { changed, ...found } = await judged();
    expect([found.exit, changed]).toEqual([exit, expect.stringContaining(told)]);
  });
});
