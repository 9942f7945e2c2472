import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import { HERE, withLock } from '../../../shared/state/durable.ts';
import { StateConflict } from '../../../shared/state/state.ts';

let root: string;
const KEY = 'demand/rollout';
const file = () => join(root, 'demand/rollout.json');
const lock = () => join(root, 'demand/rollout.json.lock');
const log = () =>
  readFileSync(join(root, 'demand/rollout.log.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => (JSON.parse(line) as { message: string }).message);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const store = () => directoryState(root);
/** The number of a process that has ended. */
const deadPid = () => spawnSync('true').pid;

test('what was written is read again, by another run too', async () => {
  expect(await store().read(KEY)).toBeNull();
  const revision = await store().write(KEY, { phase: 'canary', weight: 10 }, null, 'start');
  expect(await store().read(KEY)).toEqual({ value: { phase: 'canary', weight: 10 }, revision });
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({
    schema: 'ml-loop/state@1',
    key: KEY,
    revision,
  });
  expect(readdirSync(join(root, 'demand')).sort()).toEqual(['rollout.json', 'rollout.log.jsonl']);
});

test('a value that comes back is another revision, so that an old reader loses', async () => {
  const first = await store().write(KEY, 'a', null, 'one');
  const second = await store().write(KEY, 'b', first, 'two');
  const third = await store().write(KEY, 'a', second, 'three');
  expect(third).not.toBe(first);
  await expect(store().write(KEY, 'c', first, 'late')).rejects.toThrow(StateConflict);
  await expect(store().write(KEY, 'c', null, 'late')).rejects.toThrow(StateConflict);
  expect(await store().read(KEY)).toEqual({ value: 'a', revision: third });
  expect(log()).toEqual(['one', 'two', 'three']);
});

test('of many runs that write at once exactly one wins', async () => {
  const runs = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => store().write(KEY, i, null, `run ${i}`)),
  );
  expect(runs.filter((run) => run.status === 'fulfilled')).toHaveLength(1);
  for (const run of runs) if (run.status === 'rejected') expect(run.reason).toBeInstanceOf(StateConflict);
  expect(log()).toHaveLength(1);
});

test('the log makes up for a run that was killed between the state and its entry', async () => {
  const first = await store().write(KEY, 1, null, 'one');
  writeFileSync(join(root, 'demand/rollout.log.jsonl'), '{"revi');
  await store().write(KEY, 2, first, 'two');
  expect(log()).toEqual(['one', 'two']);
});

test('a temporary file of a killed run does no harm', async () => {
  mkdirSync(join(root, 'demand'));
  writeFileSync(`${file()}.tmp`, '{"schema":"ml-lo');
  expect(await store().read(KEY)).toBeNull();
  await store().write(KEY, 1, null, 'one');
  expect(existsSync(`${file()}.tmp`)).toBe(false);
});

test.each([
  ['half written', (text: string) => text.slice(0, text.length / 2), /is not JSON/],
  ['empty', () => '', /not JSON/],
  ['foreign', () => '{"schema":"other"}', /#\/schema: must be "ml-loop\/state@1"/],
  ['another key’s', (text: string) => text.replace(KEY, 'other'), /state of "other"/],
  ['without a revision', (text: string) => text.replace(/"revision".*/, ''), /#\/revision: is missing/],
  ['edited by hand', (text: string) => text.replace('10', '90'), /not the one its revision/],
])('a state file that is %s is refused by name and not overwritten', async (_, damage, message) => {
  const revision = await store().write(KEY, { weight: 10 }, null, 'start');
  const damaged = damage(readFileSync(file(), 'utf8'));
  writeFileSync(file(), damaged);
  const reading = store().read(KEY);
  await expect(reading).rejects.toThrow(UserError);
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toThrow(/rollout\.json.*put its last good copy back/);
  await expect(store().write(KEY, { weight: 20 }, revision, 'next')).rejects.toThrow(UserError);
  await expect(store().write(KEY, { weight: 20 }, null, 'next')).rejects.toThrow(UserError);
  expect(readFileSync(file(), 'utf8')).toBe(damaged);
  expect(existsSync(lock())).toBe(false);
});

test('a folder that cannot be written is the user’s to fix', async () => {
  writeFileSync(join(root, 'occupied'), '');
  const state = directoryState(join(root, 'occupied'));
  await expect(state.write(KEY, 1, null, 'one')).rejects.toThrow(/cannot write the state.*writable/s);
  await expect(state.read(KEY)).rejects.toThrow(UserError);
});

test('keys do not leave the folder', async () => {
  for (const key of ['../x', '/etc/x', 'a/../../x', '', 'a\\b', 'a.lock']) {
    await expect(store().write(key, 1, null, 'x')).rejects.toThrow(UserError);
  }
  expect(readdirSync(root)).toEqual([]);
});

const holder = (host: string, pid: number) => JSON.stringify({ host, pid, token: 'x' });

test('the lock of a dead process is taken over', async () => {
  mkdirSync(join(root, 'demand'));
  writeFileSync(lock(), holder(HERE.host, deadPid()));
  await store().write(KEY, 1, null, 'one');
  expect(existsSync(lock())).toBe(false);
});

test('so is one that is ten minutes old, whoever made it', async () => {
  mkdirSync(join(root, 'demand'));
  writeFileSync(lock(), holder('0123456789ab', 1));
  const old = new Date(Date.now() - 11 * 60_000);
  utimesSync(lock(), old, old);
  await store().write(KEY, 1, null, 'one');
});

test.each([
  ['a living process', () => holder(HERE.host, process.pid)],
  ['another machine', () => holder('0123456789ab', 1)],
  ['nobody known', () => ''],
])('the lock of %s is waited for, and then named', async (_, content) => {
  const path = join(root, 'x.lock');
  writeFileSync(path, content());
  const waiting = withLock(path, () => 1, 60);
  await expect(waiting).rejects.toThrow(UserError);
  await expect(waiting).rejects.toThrow(/x\.lock: another run holds this lock.*delete this file/);
  expect(readFileSync(path, 'utf8')).toBe(content());
});

test('a lock is given up when what was done under it fails', async () => {
  const path = join(root, 'x.lock');
  await expect(
    withLock(path, () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await withLock(path, () => 1)).toBe(1);
});

test('processes that count together under one lock lose no count, dead locks included', async () => {
  const module = new URL('../../../shared/state/directory.ts', import.meta.url).href;
  mkdirSync(join(root, 'demand'));
  writeFileSync(lock(), holder(HERE.host, deadPid()));
  const script = `
    const { directoryState } = await import(${JSON.stringify(module)});
    const store = directoryState(${JSON.stringify(root)});
    for (let done = 0; done < 10;) {
      const found = await store.read(${JSON.stringify(KEY)});
      try { await store.write(${JSON.stringify(KEY)}, (found?.value ?? 0) + 1, found?.revision ?? null, 'count'); done++; }
      catch (error) { if (error.name !== 'StateConflict') throw error; }
    }`;
  const { spawn } = await import('node:child_process');
  const codes = await Promise.all(
    Array.from(
      { length: 3 },
      () =>
        new Promise((resolve) => {
          spawn(process.execPath, ['--input-type=module', '-e', script], {
            stdio: ['ignore', 'inherit', 'inherit'],
          }).on('exit', resolve);
        }),
    ),
  );
  expect(codes).toEqual([0, 0, 0]);
  expect(await store().read(KEY)).toMatchObject({ value: 30 });
  expect(log()).toHaveLength(30);
});
