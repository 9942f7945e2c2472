import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import { temporaryBeside } from '../../../shared/state/durable.ts';
import { withLock } from '../../../shared/state/lock.ts';
import { HERE } from '../../../shared/state/owner.ts';
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

test('a temporary file of a killed run does no harm, and goes', async () => {
  mkdirSync(join(root, 'demand'));
  const own = temporaryBeside(file());
  const killed = own.replace(`-${process.pid}-`, `-${deadPid()}-`);
  for (const path of [own, killed]) writeFileSync(path, '{"schema":"ml-lo');
  expect(await store().read(KEY)).toBeNull();
  await store().write(KEY, 1, null, 'one');
  expect(existsSync(killed)).toBe(false);
  expect(existsSync(own)).toBe(true);
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
  await expect(reading).rejects.toThrow(/rollout\.json.*restore its last good copy/);
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

const dead = () => JSON.stringify({ ...HERE, pid: deadPid(), token: Math.random() });
const living = () => JSON.stringify({ ...HERE, token: 'x' });
const elsewhere = () => JSON.stringify({ host: '0123456789ab', pid: 1, token: 'x' });
const minutesOld = (path: string, minutes: number) => {
  const old = new Date(Date.now() - minutes * 60_000);
  utimesSync(path, old, old);
};
/** The place of whoever succeeds the holder with this content, as a lock that was left names it. */
const successorOf = (content: string) =>
  `${lock()}.${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;

describe('a lock whose holder is gone is taken over without waiting', () => {
  test.each([
    ['a dead process', dead],
    [
      'a dead process, by an older version',
      () => JSON.stringify({ host: HERE.host, pid: deadPid(), token: 'x' }),
    ],
    ['a process whose number was given again', () => JSON.stringify({ ...HERE, pid: 1, token: 'x' })],
    [
      'a process before the machine was started again',
      () => JSON.stringify({ ...HERE, boot: 'x', machine: HERE.machine ?? 'm' }),
    ],
    ['no one: the file is empty', () => ''],
    ['no one: the file was cut', () => '{"host":"01'],
  ])('%s', async (_, content) => {
    if (HERE.machine === undefined && content().includes('"machine":"m"')) return;
    mkdirSync(join(root, 'demand'));
    writeFileSync(lock(), content());
    expect(await withLock(lock(), () => 1, 0)).toBe(1);
    expect(readdirSync(join(root, 'demand'))).toEqual([]);
  });

  test('one that has ended and was not waited for', async () => {
    // The child ends only once the shell has become a program that waits for no one: so it stays as a zombie.
    const child = '(until [ "$(cat /proc/$$/comm)" = sleep ]; do sleep 0.01; done)';
    const shell = spawn('bash', ['-c', `${child} & echo $!; exec sleep 100`]);
    try {
      const pid = Number(await new Promise<Buffer>((resolve) => shell.stdout.once('data', resolve)));
      while (!/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await setTimeout(5);
      writeFileSync(join(root, 'x.lock'), JSON.stringify({ host: HERE.host, pid, token: 'x' }));
      expect(await withLock(join(root, 'x.lock'), () => 1, 0)).toBe(1);
    } finally {
      shell.kill('SIGKILL');
    }
  });

  test('one of another machine, after a minute', async () => {
    mkdirSync(join(root, 'demand'));
    writeFileSync(lock(), elsewhere());
    minutesOld(lock(), 0.1);
    await expect(withLock(lock(), () => 1, 0)).rejects.toThrow(/of another machine holds this lock/);
    minutesOld(lock(), 1.1);
    expect(await withLock(lock(), () => 1, 0)).toBe(1);
  });

  test('also when those who took over have died, at any point of it', async () => {
    mkdirSync(join(root, 'demand'));
    const [first, second, third] = [dead(), dead(), dead()];
    writeFileSync(lock(), first);
    writeFileSync(successorOf(first), second);
    writeFileSync(successorOf(second), third);
    // Written beside, and not linked yet; or linked, and the first name not removed yet.
    writeFileSync(temporaryBeside(lock()).replace(`-${process.pid}-`, `-${deadPid()}-`), third);
    // Left by one who had given the lock up to its root.
    writeFileSync(`${lock()}.0123456789abcdef`, dead());
    expect(await withLock(lock(), () => readdirSync(join(root, 'demand')).length, 0)).toBe(4);
    expect(readdirSync(join(root, 'demand'))).toEqual([]);
  });

  test('and not while the last who took over is alive', async () => {
    mkdirSync(join(root, 'demand'));
    const first = dead();
    writeFileSync(lock(), first);
    writeFileSync(successorOf(first), living());
    await expect(withLock(lock(), () => 1, 0)).rejects.toThrow(/of this machine holds this lock/);
    expect(readdirSync(join(root, 'demand')).sort()).toEqual(
      ['rollout.json.lock', basename(successorOf(first))].sort(),
    );
  });

  test('files that name each other do not hold anyone for ever', async () => {
    mkdirSync(join(root, 'demand'));
    const content = dead();
    for (const path of [lock(), successorOf(content)]) writeFileSync(path, content);
    await expect(withLock(lock(), () => 1, 0)).rejects.toThrow(UserError);
  });
});

test('a holder that another machine has taken for gone does not write any more', async () => {
  const path = join(root, 'x.lock');
  const late = withLock(path, (held) => {
    const content = readFileSync(path, 'utf8');
    writeFileSync(`${path}.${createHash('sha256').update(content).digest('hex').slice(0, 16)}`, living());
    held.check();
  });
  await expect(late).rejects.toThrow(/holds this lock/);
  expect(readdirSync(root)).toHaveLength(2);
});

test.each([
  ['a living process', living, /process \d+ of this machine holds this lock/],
  ['another machine', elsewhere, /process 1 of another machine holds this lock.*after 60 s/],
])('the lock of %s is waited for, and then named', async (_, content, message) => {
  const path = join(root, 'x.lock');
  writeFileSync(path, content());
  const waiting = withLock(path, () => 1, 60);
  await expect(waiting).rejects.toThrow(UserError);
  await expect(waiting).rejects.toThrow(message);
  expect(readFileSync(path, 'utf8')).toBe(content());
  expect(readdirSync(root)).toEqual(['x.lock']);
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
  writeFileSync(lock(), dead());
  const script = `
    const { directoryState } = await import(${JSON.stringify(module)});
    const store = directoryState(${JSON.stringify(root)});
    for (let done = 0; done < 10;) {
      const found = await store.read(${JSON.stringify(KEY)});
      try { await store.write(${JSON.stringify(KEY)}, (found?.value ?? 0) + 1, found?.revision ?? null, 'count'); done++; }
      catch (error) { if (error.name !== 'StateConflict') throw error; }
    }`;
  const codes = await Promise.all(
    Array.from(
      { length: 4 },
      () =>
        new Promise((resolve) => {
          spawn(process.execPath, ['--input-type=module', '-e', script], {
            stdio: ['ignore', 'inherit', 'inherit'],
          }).on('exit', resolve);
        }),
    ),
  );
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(await store().read(KEY)).toMatchObject({ value: 40 });
  expect(log()).toHaveLength(40);
});
