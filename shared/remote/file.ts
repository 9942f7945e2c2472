/** One file at an address, in the state in which this run met it first. */
import type { ByteSource } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { isParquet } from '../read/names.ts';
import { resumed } from '../registry/remote/bytes.ts';
import { type DataStore, REPLACED, type StoreBody, type StoredState } from './store.ts';

/** In bytes. */
export interface CopyLimits {
  /** Larger files are read where they are; others are copied once. */
  readonly copied: number;
  /** So are larger Parquet files whose SHA-256 the store proves: only the columns that are needed are read. */
  readonly proven: number;
}

export const LIMITS: CopyLimits = { copied: 2 * 2 ** 30, proven: 16 * 2 ** 20 };

export class RemoteFile {
  readonly address: string;
  readonly state: StoredState;
  readonly #store: DataStore;

  constructor(address: string, state: StoredState, store: DataStore) {
    this.address = address;
    this.state = state;
    this.#store = store;
  }

  /** Is it copied before it is read? Files whose state has no name must be: no second request could prove to read the same. */
  isCopied({ copied, proven }: CopyLimits): boolean {
    const { size, pin, ranges, sha256 } = this.state;
    if (size === undefined || pin === undefined) return true;
    if (!isParquet(this.address)) return size <= copied;
    if (ranges) return size <= (sha256 === undefined ? copied : proven);
    if (size <= copied) return true;
    throw new UserError({
      what: `the server answers every request with the whole file, which has ${size} bytes, and Parquet is read in parts`,
      where: this.address,
      fix: 'put it on a server that knows ranges, such as s3:, gs: or az:, or fetch it in a step before',
    });
  }

  /** All bytes, of this state alone; a break is gone over. @throws UserError if they changed, or break off for good. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    let seen = 0;
    for await (const chunk of this.#chunks()) {
      seen += chunk.length;
      yield chunk;
    }
    if (this.state.size !== undefined && seen !== this.state.size)
      throw new UserError({ ...REPLACED, where: this.address });
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    const { size, pin } = this.state;
    if (size === 0) return;
    const open = (start: number) => this.#open(start);
    if (size !== undefined && pin !== undefined) {
      yield* resumed(open, { size, digest: '', where: this.address });
      return;
    }
    // What nothing names cannot be gone on with.
    const { body } = await open(0);
    try {
      yield* body;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw this.#broken(messageOf(error));
    }
  }

  /** The bytes from `start` to before `end`. @throws UserError as `bytes`, and for an answer with others. */
  async slice(start: number, end: number): Promise<Uint8Array> {
    const last = Math.min(end, this.state.size ?? end);
    const bytes = new Uint8Array(Math.max(0, last - start));
    if (bytes.length === 0) return bytes;
    const open = async (from: number) => {
      const { body, at } = await this.#open(start + from, last);
      if (at === 0 && start + from > 0) {
        for await (const _ of body) break;
        throw new UserError({
          what: 'a request for a part was answered with the whole file',
          where: this.address,
          fix: 'put it on a server that knows ranges, or fetch it in a step before',
        });
      }
      return { body, at: at - start };
    };
    let filled = 0;
    for await (const chunk of resumed(open, { size: bytes.length, digest: '', where: this.address })) {
      const part = chunk.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (filled === bytes.length) break;
    }
    if (filled === bytes.length) return bytes;
    throw this.#broken(`${filled} of ${bytes.length} bytes came`);
  }

  async #open(start: number, end?: number): Promise<StoreBody> {
    const opened = await this.#store.open(this.address, this.state, start, end);
    if (opened.pin === undefined || opened.pin === this.state.pin) return opened;
    for await (const _ of opened.body) break;
    throw new UserError({ ...REPLACED, where: this.address });
  }

  /** Reads it where it is. */
  source(): ByteSource {
    const { size } = this.state;
    return {
      name: this.address,
      open: () => this.bytes(),
      ...(size === undefined ? {} : { size: async () => size }),
      slice: (start, end) => this.slice(start, end),
    };
  }

  #broken(how: string): UserError {
    return new UserError({
      what: `was broken off (${how})`,
      where: this.address,
      fix: 'run the job again; if it stays so, see the server’s log',
    });
  }
}
