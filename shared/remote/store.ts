/** Where data live that are not on this machine: one interface to the stores of all clouds, and to servers of https. */
import type { Clock, Http, Identity, Logins, StoreSettings } from '../ports/ports.ts';

/** What a store says of a file now. */
export interface StoredState {
  /** In bytes; undefined if it is not told. */
  readonly size?: number | undefined;
  /** What names this state of the file, such as `etag="…"` or `versionId=…`; undefined if nothing does. */
  readonly pin?: string | undefined;
  /** In hexadecimal, if the store proves it. */
  readonly sha256?: string | undefined;
  /** Can a part of it be read? */
  readonly ranges: boolean;
}

export interface StoreBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where the body begins: at the byte that was asked for, or at 0 if the store cannot begin there. */
  readonly at: number;
  /** The state that the answer says it is of, if it says one: not every server heeds conditions. */
  readonly pin?: string | undefined;
}

export interface DataStore {
  /** @throws MissingFile if it is not there; UserError if it may not be read. */
  find(address: string): Promise<StoredState>;
  /**
   * The bytes of that very state from `start` to before `end`.
   *
   * @throws UserError if the file is in another state by now, or may not be read.
   */
  open(address: string, state: StoredState, start: number, end?: number): Promise<StoreBody>;
  /** The addresses of all files that begin with the prefix. @throws UserError for more than `most`. */
  list(prefix: string, most: number): Promise<readonly string[]>;
}

export interface DataPorts {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly http: Http;
  readonly logins: Pick<Logins, 'mask'>;
  readonly stores: () => StoreSettings;
  readonly identity?: Identity | undefined;
  /** The text of a file on this machine that a cloud's login action wrote. @throws UserError */
  readonly readText: (path: string) => Promise<string>;
}

/** What to say of a file that is in another state than at the beginning of the run. */
export const REPLACED = {
  what: 'changed while it was being read, so nothing can be said about its bytes',
  fix: 'run this again when nothing writes to it',
};
