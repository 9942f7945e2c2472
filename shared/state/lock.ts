/**
 * Locks as files, which outlive the death of their holder. A lock is made whole: it is written beside its place and
 * linked there (link(2) is exclusive), so it names its owner from the first moment on.
 *
 * A holder that is gone is succeeded, never removed by others: whoever links `LOCK.<token of the dead one>` comes next,
 * and if it dies too it is succeeded in the same way. So of many that take over one wins, and a death in the take-over
 * is a death like any other. The last of the chain that is alive holds the lock. It gives the lock up by removing the
 * chain from its root on; a link that was made to a chain whose root is gone by then counts for nothing, which its
 * maker sees by walking the chain once more.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode, UserError } from '../problem/problem.ts';
import { makeFolder, removeAbandoned, temporaryBeside, writeNew } from './durable.ts';
import { HERE, isGone, OWNER_LIFE_MS, type Owner } from './owner.ts';
import { refuseTrackedLinks } from './tracked.ts';

const TRY_EVERY_MS = 20;
/** What a file system without hard links answers. */
const NO_LINKS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];

/** A lock that is held. */
export interface HeldLock {
  /** @throws UserError if another machine has taken the lock over since, for this one did not answer. */
  check(): void;
}

/**
 * Runs `action` while this process alone holds the lock file, waiting for a holder that is alive. One that is gone is
 * succeeded at once; one of another machine, which cannot be looked for, after a minute.
 *
 * @param patienceMs how long to wait for another holder.
 * @throws UserError naming the lock file if it stays held.
 */
export async function withLock<T>(
  path: string,
  action: (held: HeldLock) => T,
  patienceMs = 10_000,
): Promise<T> {
  refuseTrackedLinks(path);
  makeFolder(dirname(path));
  const claim = claimOf(path);
  return whileHeld(claim, await chainFor(claim, patienceMs), action);
}

/** Waits until the claim ends the chain. */
async function chainFor(claim: Claim, patienceMs: number): Promise<readonly string[]> {
  try {
    for (let waited = 0; ; waited += TRY_EVERY_MS) {
      const chain = acquired(claim, waited);
      if (chain !== undefined) return chain;
      if (waited >= patienceMs) throw stillHeld(claim.path);
      await sleep(TRY_EVERY_MS);
    }
  } finally {
    rmSync(claim.file, { force: true });
  }
}

interface Claim {
  /** The lock's place. */
  readonly path: string;
  /** Beside it, with this process as its owner. */
  readonly file: string;
  readonly token: string;
  /** When it was made, by the clock of the disk. */
  readonly at: number;
}

function claimOf(path: string): Claim {
  const file = temporaryBeside(path);
  const content = JSON.stringify({ ...HERE, token: randomUUID() });
  writeNew(file, content);
  return { path, file, token: tokenOf(content), at: statSync(file).mtimeMs };
}

function tokenOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The places of the chain that this claim ends, or undefined while another process holds the lock. */
function acquired({ path, file, token, at }: Claim, waited: number): string[] | undefined {
  const chain: string[] = [];
  for (const { place, holder } of chainOf(path)) {
    chain.push(place);
    if (holder === undefined) {
      if (!isLinked(file, place)) return undefined;
      if ([...chainOf(path)].some((link) => link.holder?.token === token)) return chain;
      rmSync(place, { force: true });
      return undefined;
    }
    if (holder.owner !== undefined && !isGone(holder.owner, at + waited - holder.at)) return undefined;
  }
  return undefined;
}

/** The holders from the root on, each the successor of the one before, and the free place after the last. */
function* chainOf(path: string): Generator<{ readonly place: string; readonly holder: Holder | undefined }> {
  const seen = new Set<string>();
  for (let place = path; !seen.has(place); ) {
    seen.add(place);
    const holder = holderAt(place);
    yield { place, holder };
    if (holder === undefined) return;
    place = `${path}.${holder.token}`;
  }
}

/** Links the claim to a place that must be free. */
function isLinked(file: string, place: string): boolean {
  try {
    linkSync(file, place);
    return true;
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.includes(code)) throw error;
    throw new UserError({
      what: `this disk has no hard links (${code}), by which a lock is taken`,
      where: place,
      fix: 'keep state and registry on another disk',
    });
  }
}

interface Holder {
  readonly token: string;
  /** Undefined for a lock that was never written whole, which older versions could leave behind. */
  readonly owner: Owner | undefined;
  readonly at: number;
}

function holderAt(place: string): Holder | undefined {
  let file: number;
  try {
    file = openSync(place, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { ino, mtimeMs } = fstatSync(file);
    const text = readFileSync(file, 'utf8');
    const owner = ownerOf(text);
    return { token: tokenOf(owner === undefined ? `${ino} ${mtimeMs} ${text}` : text), owner, at: mtimeMs };
  } finally {
    closeSync(file);
  }
}

function ownerOf(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return typeof owner?.host === 'string' && typeof owner.pid === 'number' ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

function whileHeld<T>({ path, token }: Claim, chain: readonly string[], action: (held: HeldLock) => T): T {
  const successor = `${path}.${token}`;
  try {
    removeLeftOvers(path, [...chain, successor]);
    return action({
      check: () => {
        if (existsSync(successor)) throw stillHeld(path);
      },
    });
  } finally {
    // The root goes first: from then on the rest of the chain counts for nothing.
    if (!existsSync(successor)) for (const place of chain) rmSync(place, { force: true });
  }
}

/** What runs that were killed have left beside the lock, and no one counts any more. */
function removeLeftOvers(path: string, kept: readonly string[]): void {
  const folder = dirname(path);
  removeAbandoned(folder);
  for (const name of readdirSync(folder)) {
    const place = join(folder, name);
    const isSuccessor = name.startsWith(`${basename(path)}.`) && /\.[0-9a-f]{16}$/.test(name);
    if (isSuccessor && !kept.includes(place)) rmSync(place, { force: true });
  }
}

function stillHeld(path: string): UserError {
  const holder = [...chainOf(path)].findLast((link) => link.holder !== undefined)?.holder?.owner;
  const who =
    holder === undefined
      ? 'another run'
      : `process ${holder.pid} of ${holder.host === HERE.host ? 'this' : 'another'} machine`;
  return new UserError({
    what: `${who} holds this lock`,
    where: path,
    fix: `wait for it, and run this again; a lock is taken over when its process has ended (of another machine: after ${OWNER_LIFE_MS / 1000} s)`,
  });
}
