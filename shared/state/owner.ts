/** Who holds a lock or has left a temporary file behind, and whether that process is still there. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../problem/problem.ts';

/** A process, as another one can look for it. What the system does not tell is left out. */
export interface Owner {
  /** A hash of the machine's name. */
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own count: a number that is given again differs here. */
  readonly started?: string;
  /** The start of the machine, and the name space in which `pid` counts. */
  readonly boot?: string;
  readonly pids?: string;
  /** A hash of the machine's own id, which other machines of the same name do not have. */
  readonly machine?: string;
}

/** What another machine, or one that cannot be looked at, is given before its owner counts as gone. */
export const OWNER_LIFE_MS = 60_000;

const UNKNOWN = 'unknown';

/** This process. */
export const HERE: Owner = {
  host: hashOf(hostname()),
  pid: process.pid,
  ...named('started', startOf(process.pid)?.started),
  ...named('boot', systemText('/proc/sys/kernel/random/boot_id')),
  ...named(
    'pids',
    quietly(() => readlinkSync('/proc/self/ns/pid')),
  ),
  ...named(
    'machine',
    quietly(() => hashOf(readFileSync('/etc/machine-id', 'utf8').trim())),
  ),
};

/**
 * Is the process gone for certain? One that cannot be looked for is, when its mark is a minute old: a mark is made for
 * milliseconds.
 *
 * @param ageMs of its mark.
 */
export function isGone(owner: Owner, ageMs: number): boolean {
  const old = ageMs > OWNER_LIFE_MS;
  if (owner.host !== HERE.host) return old;
  if (owner.boot !== undefined && owner.boot !== HERE.boot)
    return old || (owner.machine !== undefined && owner.machine === HERE.machine);
  if (owner.pids !== undefined && owner.pids !== HERE.pids) return old;
  if (!isAlive(owner.pid)) return true;
  const found = startOf(owner.pid);
  // Without a start it is not known whether the number was given again.
  if (owner.started === undefined || found === undefined) return old;
  return found.started !== owner.started;
}

/** Where process numbers mean what they mean here: this machine, since its start, in this name space. */
const PLACE = hashOf([HERE.host, HERE.boot, HERE.pids].join(' '));

/** What names this process in a file's name. */
export const HERE_NAME = `${PLACE}-${HERE.pid}-${HERE.started ?? UNKNOWN}`;

/** Has the process that `HERE_NAME` named ended? Unknown of one that counted elsewhere. Older versions named no start. */
export function ownerHasEnded(name: string): boolean {
  const [place, pid, started] = name.split('-');
  if (place !== (started === undefined ? HERE.host : PLACE)) return false;
  return isGone({ host: HERE.host, pid: Number(pid), ...named('started', started) }, 0);
}

/** A process of this machine that runs; one that has ended and was not yet waited for does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  return startOf(pid)?.ended !== true;
}

/** From Linux's /proc: fields 3 (state) and 22 (start) of proc_pid_stat(5); the name before them may hold anything. */
function startOf(pid: number): { readonly started: string; readonly ended: boolean } | undefined {
  const text = systemText(`/proc/${pid}/stat`);
  const [state, ...fields] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const started = fields[18];
  if (state === undefined || started === undefined) return undefined;
  return { started, ended: state === 'Z' || state === 'X' };
}

function systemText(path: string): string | undefined {
  return quietly(() => readFileSync(path, 'utf8').trim());
}

function quietly(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function named<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return value === undefined || value === UNKNOWN ? {} : ({ [key]: value } as { [key in K]: string });
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
