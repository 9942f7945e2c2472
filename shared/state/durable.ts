/**
 * What the folder backends of state and registry share: writes that survive a crash whole, and locks that
 * survive the death of their holder. It is synchronous, so that a lock is held for milliseconds.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';

/** Where and as whom a file is held: this machine and this process. */
export const HERE = {
  host: createHash('sha256').update(hostname()).digest('hex').slice(0, 12),
  pid: process.pid,
};

/** A lock is held for milliseconds; older than this, its holder is gone, whatever its machine. */
const LOCK_LIFE_MS = 10 * 60_000;

/** Writes a whole file, or leaves the old one: temporary file, fsync, rename, fsync of the folder. */
export function writeDurably(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  writeSynced(temporary, text, 'w');
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Appends a line; a last line that a crash cut short is closed first. */
export function appendLine(path: string, line: string): void {
  writeSynced(path, `${endsInside(path) ? '\n' : ''}${line}\n`, 'a');
}

function endsInside(path: string): boolean {
  const text = readIfThere(path);
  return text !== undefined && text !== '' && !text.endsWith('\n');
}

function writeSynced(path: string, text: string, flags: 'w' | 'a' | 'wx'): void {
  const file = openSync(path, flags);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename in the folder durable, where the system can. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (error) {
    // Windows and some network file systems cannot open or sync a folder; the file itself is synced.
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error;
  }
}

/** The file's text, or undefined where there is no such file. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Is the process of this machine alive? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/**
 * Runs `action` while this process alone holds the lock file, waiting for a holder that is alive.
 * A lock whose process of this machine is dead, or that is ten minutes old, is taken over.
 *
 * @param patienceMs how long to wait for another holder.
 * @throws UserError naming the lock file where it stays held.
 */
export async function withLock<T>(path: string, action: () => T, patienceMs = 10_000): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const content = JSON.stringify({ ...HERE, token: randomUUID() });
  for (let waited = 0; !acquire(path, content); waited += 20) {
    if (waited >= patienceMs) {
      throw new UserError({
        what: 'another run holds this lock',
        where: path,
        fix: 'wait for that run; if there is none, delete this file',
      });
    }
    await sleep(20);
  }
  try {
    return action();
  } finally {
    if (readIfThere(path) === content) rmSync(path, { force: true });
  }
}

function acquire(path: string, content: string): boolean {
  try {
    writeSynced(path, content, 'wx');
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    removeStale(path);
    return false;
  }
}

/**
 * Removes a dead holder's lock. Of all who see the same dead lock only the one that creates its marker removes
 * it, after looking again: otherwise a slow one would remove the lock of whoever came after.
 */
function removeStale(path: string): void {
  const seen = identify(path);
  if (seen === undefined || !isStale(path, seen)) return;
  const marker = `${path}.${createHash('sha256').update(seen).digest('hex').slice(0, 16)}`;
  try {
    closeSync(openSync(marker, 'wx'));
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    throw error;
  }
  try {
    if (identify(path) === seen) rmSync(path, { force: true });
  } finally {
    rmSync(marker, { force: true });
  }
}

/** A lock's content and time: a later lock differs in its token. */
function identify(path: string): string | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : `${ageOf(path).modified} ${text}`;
}

function ageOf(path: string): { modified: number; age: number } {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return { modified, age: Date.now() - modified };
}

function isStale(path: string, seen: string): boolean {
  if (ageOf(path).age > LOCK_LIFE_MS) return true;
  const holder = /"host":"([0-9a-f]+)","pid":(\d+)/.exec(seen);
  return holder !== null && holder[1] === HERE.host && !isAlive(Number(holder[2]));
}

/** A failure of the file system as the user's problem; anything else unchanged. */
export function storageError(error: unknown, path: string, doing: string): unknown {
  // Node's own codes (ERR_…) are defects of ours.
  if (error instanceof UserError || !/^E[A-Z0-9]+$/.test(systemCode(error) ?? '')) return error;
  return new UserError({
    what: `cannot ${doing}: ${messageOf(error)}`,
    where: path,
    fix: 'make the folder readable and writable for this user, with room on its disk, or name another one',
  });
}
