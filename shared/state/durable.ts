/**
 * The one way in which state, ledger, aliases, router files and reports are written: whole, or not at all, whatever
 * fails or is killed. It is synchronous, so that a lock is held for milliseconds.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';
import { HERE_NAME, ownerHasEnded } from './owner.ts';
import { refuseTrackedLinks } from './tracked.ts';

/** A temporary file of another machine that is this old was left by a run that was killed. */
const ABANDONED_MS = 24 * 3_600_000;
/** The disk, or what this user may fill of it, is full. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/**
 * Writes a whole file, or leaves the old one: a new file beside it, synced, renamed, and the folder synced.
 *
 * @throws Error of the file system, also if a disk takes a part only; UserError for a link that git tracks.
 */
export function writeDurably(path: string, content: string | Uint8Array): void {
  refuseTrackedLinks(path);
  const folder = dirname(path);
  makeFolder(folder);
  removeAbandoned(folder);
  const temporary = temporaryBeside(path);
  try {
    writeNew(temporary, content);
    renameSync(temporary, path);
    syncFolder(folder);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A name beside a path that no other run takes, and that tells whose it is. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${HERE_NAME}-${randomUUID().slice(0, 8)}.tmp`);
}

/** Is it the name of a temporary file or folder of ours? */
export function isTemporary(name: string): boolean {
  return madeBy(name) !== undefined;
}

/** The process that `temporaryBeside`, or an older version with `.new-`, has named. */
function madeBy(name: string): string | undefined {
  return /(?:^\.new-|^\..*\.)([0-9a-f]{12}-\d+(?:-(?:\d+|unknown))?)-[0-9a-f]{8}(?:\.tmp)?$/.exec(name)?.[1];
}

/** Removes temporary files and folders of runs that were killed. */
export function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = madeBy(name);
    if (owner === undefined) continue;
    const place = join(folder, name);
    const age = Date.now() - (statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > ABANDONED_MS || ownerHasEnded(owner)) rmSync(place, { recursive: true, force: true });
  }
}

/** Writes a file that is not there yet, and syncs it. @throws Error if a disk takes a part only. */
export function writeNew(path: string, content: string | Uint8Array): void {
  withFile(path, 'wx', (file) => writeAll(file, content));
}

/** Appends a line whole; a last line that a crash cut short is closed first. @throws as `writeDurably`. */
export function appendLine(path: string, line: string): void {
  refuseTrackedLinks(path);
  const text = readIfThere(path) ?? '';
  const start = text === '' || text.endsWith('\n') ? '' : '\n';
  withFile(path, 'a', (file) => {
    const { size } = fstatSync(file);
    try {
      writeAll(file, `${start}${line}\n`);
    } catch (error) {
      ftruncateSync(file, size);
      throw error;
    }
  });
}

function withFile(path: string, flags: 'a' | 'wx', write: (file: number) => void): void {
  const file = openSync(path, flags);
  try {
    write(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A disk that fills up takes a part of what it is given, and says so only by its count. */
function writeAll(file: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; ) {
    const written = writeSync(file, bytes, at);
    if (written === 0) throw Object.assign(new Error('ENOSPC: nothing more was written'), { code: 'ENOSPC' });
    at += written;
  }
}

/** Makes a folder and those above it, durably. Returns the highest one that was not there; undefined if all were. */
export function makeFolder(path: string): string | undefined {
  if (existsSync(path)) return undefined;
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return undefined;
  for (let at = path; at.length >= first.length; at = dirname(at)) syncFolder(dirname(at));
  return first;
}

/** Removes a folder and those above it up to `highest`, as far as they are empty. */
export function removeEmpty(path: string, highest: string): void {
  for (let at = path; at.length >= highest.length; at = dirname(at)) {
    try {
      rmdirSync(at);
    } catch {
      return;
    }
  }
}

/** Makes what was renamed into or made in the folder durable, if the system can. */
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

/** The file's text, or undefined if there is no such file. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Did it fail because there is no room? */
export function isFull(error: unknown): boolean {
  return FULL.includes(systemCode(error) ?? '');
}

/** A failure of the file system as the user's problem; anything else unchanged. */
export function storageError(error: unknown, path: string, doing: string): unknown {
  // Node's own codes (ERR_…) are defects of ours.
  if (error instanceof UserError || !/^E[A-Z0-9]+$/.test(systemCode(error) ?? '')) return error;
  return new UserError({
    what: `cannot ${doing}: ${messageOf(error)}`,
    where: path,
    fix: isFull(error)
      ? 'free space on this disk, and run it again: what was there before is unchanged'
      : 'make the folder readable and writable for this user, or name another one',
  });
}
