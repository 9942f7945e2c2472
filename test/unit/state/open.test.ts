import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Files } from '../../../shared/ports/ports.ts';
import { checkNow } from '../../../shared/state/now.ts';
import { openState } from '../../../shared/state/open.ts';
import { fetchGitHub } from '../../support/fetch-github.ts';
import { startGitHubServer } from '../../support/github-server.ts';

const noGitHub = () => Promise.reject(new Error('GitHub was asked for'));
const filesOf = (root: string) => ({ resolve: (path: string) => resolve(root, path) }) as Files;

test('auto is a git ref on GitHub, hosted or not, and a folder elsewhere', async () => {
  const server = await startGitHubServer();
  const root = mkdtempSync(join(tmpdir(), 'state-'));
  const inputs = { state: 'auto', 'state-persistent': false };
  for (const hosted of [true, false]) {
    const ports = {
      runner: { github: true, hosted },
      files: filesOf(root),
      github: async () => fetchGitHub(server),
    };
    await (await openState(inputs, ports)).write(`demand/${hosted}`, 1, null, 'one');
    expect(server.ref(`refs/ml-loop/demand/${hosted}`)).toBeDefined();
  }
  const local = await openState(inputs, {
    runner: { github: false, hosted: false },
    files: filesOf(root),
    github: noGitHub,
  });
  await local.write('demand/rollout', 1, null, 'one');
  expect(
    await (
      await openState(
        { ...inputs, state: 'dir:.ml-loop' },
        { runner: { github: false, hosted: false }, files: filesOf(root), github: noGitHub },
      )
    ).read('demand/rollout'),
  ).toMatchObject({ value: 1 });
  rmSync(root, { recursive: true });
  await server.close();
});

test('a folder on a hosted runner is refused unless it is declared persistent', async () => {
  const ports = { runner: { github: true, hosted: true }, files: filesOf('/nowhere'), github: noGitHub };
  await expect(openState({ state: 'dir:state', 'state-persistent': false }, ports)).rejects.toThrow(
    /input state: dir:state is on a hosted runner.*state-persistent: true/,
  );
  expect(await openState({ state: 'dir:state', 'state-persistent': true }, ports)).toBeDefined();
  await expect(openState({ state: 'ftp:x', 'state-persistent': true }, ports)).rejects.toThrow(
    /is not a state store/,
  );
});

test('now may not be before what the state has seen', () => {
  const seen = '2026-01-02T00:00:00.000Z';
  expect(checkNow(new Date('2026-01-01T00:00:00Z'), undefined, 'k')).toBe('2026-01-01T00:00:00.000Z');
  expect(checkNow(new Date('2026-01-03T00:00:00Z'), seen, 'k')).toBe('2026-01-03T00:00:00.000Z');
  expect(() => checkNow(new Date('2026-01-01T23:00:00Z'), seen, 'demand/drift')).toThrow(
    /input now: 2026-01-01T23:00:00.000Z is before 2026-01-02T00:00:00.000Z, which the state demand\/drift has seen/,
  );
  expect(() => checkNow(new Date(), 'yesterday', 'k')).toThrow(/holds a time that is none/);
});

test('clocks of machines that differ by seconds are not time running backwards, and record none', () => {
  const seen = '2026-01-02T00:00:00.000Z';
  expect(checkNow(new Date('2026-01-01T23:59:30Z'), seen, 'k')).toBe(seen);
});

test.each(['pull_request', 'pull_request_target', 'pull_request_review'])(
  'a run on %s reads what is there and writes nothing',
  async (event) => {
    const root = mkdtempSync(join(tmpdir(), 'state-'));
    const inputs = { state: 'dir:state', 'state-persistent': false };
    const open = (name: string) => {
      const runner = { github: true, hosted: false, event: name };
      return openState(inputs, { runner, files: filesOf(root), github: noGitHub });
    };
    const revision = await (await open('push')).write('demand/drift', 1, null, 'one');
    const store = await open(event);
    expect(await store.read('demand/drift')).toEqual({ value: 1, revision });
    await expect(store.write('demand/drift', 2, revision, 'two')).rejects.toThrow(
      `input state: pull requests only read, so on the event ${event}`,
    );
    expect(await store.read('demand/drift')).toMatchObject({ value: 1 });
    rmSync(root, { recursive: true });
  },
);
