/**
 * A lock for registries that cannot compare and set: who moves an alias holds a git ref of the job's repository meanwhile,
 * which moves by compare-and-set. A run that is killed leaves it; it is void after two minutes.
 */
import type { Clock, GitHub, Log } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { gitState } from '../state/git.ts';
import { StateConflict, type StateEntry, type StateStore } from '../state/state.ts';

/** Not below `refs/ml-loop`, where a model of any name has its state. */
const LOCKS = 'refs/ml-loop-locks';
/** To move an alias takes seconds. */
const VOID_AFTER_MS = 120_000;
const POLL_MS = { first: 250, most: 4000 };

export interface AliasLockPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** @throws UserError without a repository or a token. */
  github(): Promise<GitHub>;
}

export type AliasLock = <T>(model: string, work: () => Promise<T>) => Promise<T>;

/** Runs work while no other run holds the model's lock; without the permission (`contents: write`) at once, which is said once. */
export function aliasLock(ports: AliasLockPorts): AliasLock {
  let store: Promise<StateStore | undefined> | undefined;
  return async (model, work) => {
    // No model's path ends so, and none is a folder of another one then.
    const key = `${model}/_lock`;
    store ??= ports.github().then(
      (github) => gitState(github, LOCKS),
      (error: unknown) => without(ports, error),
    );
    const locks = await store;
    const held = await (locks && take(locks, key, ports).catch((error: unknown) => without(ports, error)));
    if (locks === undefined || held === undefined) {
      store = Promise.resolve(undefined);
      return work();
    }
    try {
      return await work();
    } finally {
      await giveBack(locks, key, held, ports);
    }
  };
}

function without({ log }: AliasLockPorts, error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
  log.info(`Aliases move without a lock, so the last of two writers at once wins: ${error.message}`);
  return undefined;
}

/** The revision under which the lock is held. @throws UserError if it cannot be taken. */
async function take(locks: StateStore, key: string, { clock, log }: AliasLockPorts): Promise<string> {
  let isSaid = false;
  for (let delay = POLL_MS.first; ; delay = Math.min(POLL_MS.most, delay * 2)) {
    const found = await locks.read(key);
    if (!isHeld(found, clock.now())) {
      const value = { held: true, at: clock.now().toISOString() };
      const taken = await locks.write(key, value, found?.revision ?? null, `${key}: taken`).catch(orLost);
      if (taken !== undefined) return taken;
    }
    if (!isSaid) log.info(`Another run moves an alias (${key}); waiting for it, two minutes at most`);
    isSaid = true;
    await clock.sleep(delay * (0.5 + Math.random() / 2));
  }
}

function isHeld(found: StateEntry | null, now: Date): boolean {
  const { held, at } = (found?.value ?? {}) as { readonly held?: unknown; readonly at?: unknown };
  if (held !== true) return false;
  const since = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  // A time in the future is a clock that is wrong, not a lock for ever.
  return Math.abs(now.getTime() - since) < VOID_AFTER_MS;
}

function orLost(error: unknown): undefined {
  if (error instanceof StateConflict) return undefined;
  throw error;
}

/** The work is done; what fails here ends by itself in two minutes. */
async function giveBack(
  locks: StateStore,
  key: string,
  held: string,
  { log }: AliasLockPorts,
): Promise<void> {
  const value = { held: false };
  await locks.write(key, value, held, `${key}: given back`).catch((error: unknown) => {
    if (error instanceof StateConflict)
      log.info(`The lock of ${key} was taken over: this run held it for too long`);
    else if (!(error instanceof UserError)) throw error;
  });
}
