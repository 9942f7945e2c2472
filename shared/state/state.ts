import { UserError } from '../problem/problem.ts';
import type { Json } from '../verdict/verdict.ts';

/** A stored value and the revision that a later write must name. */
export interface StateEntry {
  readonly value: Json;
  readonly revision: string;
}

/**
 * Keeps what must outlive a run, by compare-and-set always.
 * Keys are POSIX paths of letters, digits, `.`, `_`, `-`, such as `demand/rollout`.
 */
export interface StateStore {
  /** @throws UserError if the store cannot be read or holds something that is not a state. */
  read(key: string): Promise<StateEntry | null>;
  /**
   * Replaces the value of the key; `message` says why, for the audit log.
   *
   * @param expected the revision that was read, or null if there was none.
   * @returns the new revision.
   * @throws StateConflict if somebody else wrote in between; nothing is written then.
   * @throws UserError if the store cannot be written.
   */
  write(key: string, value: Json, expected: string | null, message: string): Promise<string>;
}

/** Somebody else wrote between a read and its write. */
export class StateConflict extends Error {
  constructor(key: string) {
    super(`the state ${key} was changed by another run at the same time`);
    this.name = 'StateConflict';
  }
}

/** This run may not do that: its token only reads, it has none, or it is a pull request's. */
export class PermissionError extends UserError {}
