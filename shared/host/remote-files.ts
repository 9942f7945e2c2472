/** Data at addresses, for `DiskFiles`: what is not large is copied once into a folder of the run, and read there. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource, Files, LocalBundle } from '../ports/ports.ts';
import { inParallel } from '../problem/parallel.ts';
import { MissingFile, UserError } from '../problem/problem.ts';
import { type CopyLimits, LIMITS, RemoteFile } from '../remote/file.ts';
import { openDataStore, schemeOf } from '../remote/open.ts';
import { patternOf } from '../remote/pattern.ts';
import type { DataPorts, DataStore } from '../remote/store.ts';
import { digestOf, sha256Text } from '../verdict/digest.ts';
import { type FileHash, hashFile } from '../verdict/hash.ts';
import type { StoreStates } from '../verdict/verdict.ts';
import { fileSource } from './file-source.ts';

/** A longer list would take minutes, and is more often a mistake than meant. */
const MOST_LISTED = 100_000;
/** Files that a verdict tells the state of. */
const MOST_TOLD = 100;

interface Known {
  readonly file: RemoteFile;
  copy?: Promise<string>;
}

export interface RemoteOptions {
  readonly ports: DataPorts;
  /** An empty folder, removed when the action ends. */
  readonly temporary: () => Promise<string>;
  readonly limits?: CopyLimits;
  readonly mostListed?: number;
}

export class RemoteFiles {
  readonly #options: Required<RemoteOptions>;
  readonly #stores = new Map<string, Promise<DataStore>>();
  readonly #known = new Map<string, Promise<Known>>();
  #copies = 0;
  #folder: Promise<string> | undefined;

  constructor(options: RemoteOptions) {
    this.#options = { limits: LIMITS, mostListed: MOST_LISTED, ...options };
  }

  /** Matching addresses; each file is in the state that it has now. @throws MissingFile if nothing matches. */
  async glob(address: string): Promise<string[]> {
    const store = await this.#storeOf(address);
    const pattern = patternOf(address);
    if (pattern === undefined) {
      await this.#refreshed(address, () => this.#find(address));
      return [address];
    }
    const listed = await store.list(pattern.prefix, this.#options.mostListed);
    const found = listed.filter(pattern.matches);
    if (found.length === 0)
      throw new MissingFile({
        what: `none of the ${listed.length} files that begin with ${pattern.prefix} matches`,
        where: address,
        fix: 'check the pattern for slips',
      });
    const again = found.filter((one) => this.#known.has(one));
    await inParallel(again, (one) => this.#refreshed(one, () => this.#find(one)));
    return found;
  }

  async exists(address: string): Promise<boolean> {
    try {
      await this.#file(address);
      return true;
    } catch (error) {
      if (error instanceof MissingFile) return false;
      throw error;
    }
  }

  source(address: string): ByteSource {
    const read = async () => {
      const known = await this.#file(address);
      if (!known.file.isCopied(this.#options.limits)) return known.file.source();
      const place = await this.#copied(known);
      return fileSource(address, () => open(place));
    };
    return {
      name: address,
      open: async function* () {
        yield* (await read()).open();
      },
      size: async () => (await (await read()).size?.()) ?? 0,
      slice: async (start, end) => (await (await read()).slice?.(start, end)) ?? new Uint8Array(),
    };
  }

  /** The path of a copy, whatever its size. */
  async local(address: string): Promise<string> {
    return this.#copied(await this.#file(address));
  }

  /** Names are relative to what all addresses begin with, as those of files here are to their folder. */
  async bundle(addresses: readonly string[], hash?: Parameters<Files['bundle']>[1]): Promise<LocalBundle> {
    const names = namesOf([...new Set(addresses)]);
    let ofState = false;
    const hashed = await inParallel([...names], async ([address, path]) => {
      const known = await this.#file(address);
      const read = async () => {
        const found = await this.#hashed(known);
        ofState ||= found.ofState;
        return { size: found.size, sha256: found.sha256 };
      };
      const file = { path, ...(await (hash?.(path, this.source(address), read) ?? read())) };
      return { file, told: { address, state: known.file.state.pin ?? null } };
    });
    const files = hashed.map(({ file }) => file);
    const told = hashed.map((one) => one.told);
    const more = told.length - MOST_TOLD;
    const stored: StoreStates = {
      digestOf: ofState ? 'state' : 'bytes',
      files: told.slice(0, MOST_TOLD),
      ...(more > 0 ? { more } : {}),
    };
    const places = new Map([...names].map(([address, path]) => [path, address]));
    return {
      digest: digestOf(files),
      files,
      stored,
      source: (path) => this.source(places.get(path) ?? path),
    };
  }

  /**
   * What a file holds. The SHA-256 is that of its bytes, as the store proves it or as they are read; only of Parquet that
   * is too large to be copied it is that of the state's name, since not all of its bytes are read.
   */
  async #hashed(known: Known): Promise<FileHash & { readonly ofState: boolean }> {
    const { file } = known;
    const { size = 0, pin, sha256 } = file.state;
    if (file.isCopied(this.#options.limits)) {
      const found = await using(await open(await this.#copied(known)), hashFile);
      if (sha256 === undefined || found.sha256 === sha256) return { ...found, ofState: false };
      throw new UserError({
        what: 'has other bytes than those of the SHA-256 that its store tells',
        where: file.address,
        fix: 'upload it again',
      });
    }
    if (sha256 !== undefined) return { size, sha256, ofState: false };
    if (isRead(file)) return { ...(await hashOf(file.bytes())), ofState: false };
    const name = `ml-loop/state@1\n${size}\n${pin}`;
    return { size, sha256: sha256Text(name).slice('sha256:'.length), ofState: true };
  }

  #file(address: string): Promise<Known> {
    const known = this.#known.get(address) ?? this.#find(address);
    this.#known.set(address, known);
    return known;
  }

  async #find(address: string): Promise<Known> {
    const store = await this.#storeOf(address);
    const state = await store.find(address);
    return { file: new RemoteFile(address, state, store) };
  }

  /** Keeps what is known of a file that is as it was. */
  async #refreshed(address: string, find: () => Promise<Known>): Promise<void> {
    const before = await this.#known.get(address)?.catch(() => undefined);
    this.#known.delete(address);
    const now = await find();
    const { pin, size } = now.file.state;
    const isSame =
      before !== undefined &&
      pin !== undefined &&
      before.file.state.pin === pin &&
      before.file.state.size === size;
    this.#known.set(address, Promise.resolve(isSame ? before : now));
    if (!isSame && before?.copy !== undefined) await rm(await before.copy, { force: true });
  }

  #storeOf(address: string): Promise<DataStore> {
    const scheme = schemeOf(address);
    const store = this.#stores.get(scheme) ?? openDataStore(address, this.#options.ports);
    this.#stores.set(scheme, store);
    return store;
  }

  #copied(known: Known): Promise<string> {
    known.copy ??= this.#copy(known.file).catch((error: unknown) => {
      delete known.copy;
      throw error;
    });
    return known.copy;
  }

  /** Copies the bytes into a file of its own, whose name ends as the address does: programs look at that. */
  async #copy(file: RemoteFile): Promise<string> {
    this.#folder ??= this.#options.temporary();
    const name = (lastPart(file.address).replace(/[^\w.=-]/g, '_') || 'file').slice(-100);
    const place = join(await this.#folder, `${this.#copies++}-${name}`);
    try {
      await using(await open(place, 'wx'), async (handle) => {
        for await (const chunk of file.bytes()) await handle.writeFile(chunk);
      });
      return place;
    } catch (error) {
      await rm(place, { force: true });
      throw error;
    }
  }
}

/** Plain formats are read to their end anyway. */
function isRead({ address, state }: RemoteFile): boolean {
  return state.pin === undefined || !/\.(parquet|pq)$/i.test(lastPart(address));
}

async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<FileHash> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}

async function using<T>(file: FileHandle, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** What stands behind the last `/`, without the query. */
function lastPart(address: string): string {
  const bare = /^https?:/i.test(address) ? address.replace(/[?#].*$/s, '') : address;
  return bare.slice(bare.lastIndexOf('/') + 1);
}

/** The names of the files in their bundle, by their addresses. */
function namesOf(addresses: readonly string[]): ReadonlyMap<string, string> {
  const [first = '', ...others] = addresses;
  if (others.length === 0) return new Map([[first, lastPart(first)]]);
  const folderOf = (address: string) => address.slice(0, address.lastIndexOf('/') + 1);
  const base = others.reduce((common, address) => {
    let shared = common;
    while (!address.startsWith(shared)) shared = folderOf(shared.slice(0, -1));
    return shared;
  }, folderOf(first));
  return new Map(addresses.map((address) => [address, address.slice(base.length)]));
}
