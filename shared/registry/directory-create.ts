/** How a version of a `dir:` registry comes and goes: whole, by one rename. */
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteSource } from '../ports/ports.ts';
import { systemCode, UserError } from '../problem/problem.ts';
import { makeFolder, removeAbandoned, removeEmpty, syncFolder, temporaryBeside } from '../state/durable.ts';
import { withLock } from '../state/lock.ts';
import { refuseTrackedLinks } from '../state/tracked.ts';
import { digestOf, textFile } from '../verdict/digest.ts';
import type { FileHash } from '../verdict/hash.ts';
import { copied, isSame, written } from './directory-copies.ts';
import { keptFiles, type Manifest } from './manifest.ts';
import { type NewVersion, VersionTakenError } from './registry.ts';

/** A folder beside the versions in which one is made. One that a killed run leaves is removed by the next run. */
export class VersionFolder {
  readonly #versions: string;
  readonly #folder: string;
  readonly #stored = new Map<string, FileHash>();
  /** The highest folder that was made for it. */
  #made: string | undefined;

  /** @param versions the folder of the model's versions; it is made when a file is stored. */
  constructor(versions: string) {
    this.#versions = versions;
    this.#folder = temporaryBeside(join(versions, 'draft'));
  }

  /** Copies a file of the model, and tells what is stored. @throws UserError if it changes meanwhile; as `copied`. */
  async store(path: string, source: ByteSource): Promise<FileHash> {
    this.#make();
    const hashed = await copied(source, join(this.#folder, 'files', path));
    this.#stored.set(path, hashed);
    return hashed;
  }

  /**
   * Names the version when it is whole.
   *
   * @throws VersionTaken if it is there, or another one with its bytes; the draft can then become another version.
   */
  async publish(version: NewVersion, manifest: Manifest): Promise<void> {
    const folder = join(this.#versions, version.version);
    this.#refuseOthers(manifest);
    this.#make();
    if (await exists(folder)) throw taken(version);
    await this.#describe(version, manifest);
    await syncFolders(this.#folder);
    try {
      await this.#rename(folder, version);
    } catch (error) {
      if (await isOccupied(error, folder)) throw taken(version);
      throw error;
    }
    syncFolder(this.#versions);
  }

  /** Removes what has not become a version, and the folders that were made for it alone. */
  async discard(): Promise<void> {
    if (this.#made === undefined) return;
    await rm(this.#folder, { recursive: true, force: true });
    removeEmpty(this.#versions, this.#made);
  }

  #make(): void {
    if (this.#made !== undefined) return;
    refuseTrackedLinks(this.#folder);
    this.#made = makeFolder(this.#versions) ?? this.#folder;
    removeAbandoned(this.#versions);
    // Another run, which made the folder above, may be removing it because it registers nothing.
    mkdirSync(this.#folder, { recursive: true });
  }

  /** @throws UserError if what is stored is not what the manifest lists. */
  #refuseOthers(manifest: Manifest): void {
    const files = keptFiles(manifest);
    const others = files.filter((file) => {
      const stored = this.#stored.get(file.path);
      return stored === undefined || !isSame(stored, file);
    });
    if (others.length > 0) throw new UserError(others.flatMap(({ path }) => changed(path).problems));
    if (digestOf(manifest.files) === manifest.digest && this.#stored.size === files.length) return;
    throw new UserError({
      what: 'the digest is not the digest of the files',
      where: `${manifest.name} ${manifest.version}`,
      fix: 'register the model again when no other process writes to it',
    });
  }

  /** Writes evidence and manifest beside the files, in the place of those of a number that was taken. */
  async #describe({ evidence }: NewVersion, manifest: Manifest): Promise<void> {
    const place = (...path: string[]) => join(this.#folder, ...path);
    for (const name of ['evidence', 'manifest.json']) await rm(place(name), { recursive: true, force: true });
    const texts = [
      ...evidence.map(({ name, content }) => ({ path: `evidence/${name}`, content })),
      { path: 'manifest.json', content: `${JSON.stringify(manifest, null, 2)}\n` },
    ];
    for (const { path, content } of texts) {
      const found = await written([Buffer.from(content)], place(path));
      if (!isSame(found, textFile(path, content))) throw changed(place(path));
    }
  }

  /**
   * Of runs that register the same bytes under several versions at once, one names its version: the lock is held for as
   * long as it takes to look and to rename.
   */
  async #rename(folder: string, version: NewVersion): Promise<void> {
    await withLock(join(this.#versions, '.create.lock'), (held) => {
      const others = readdirSync(this.#versions).filter((name) => !name.startsWith('.'));
      if (others.some((other) => holds(join(this.#versions, other), version.bundle.digest)))
        throw taken(version);
      held.check();
      renameSync(this.#folder, folder);
    });
  }
}

function changed(where: string): UserError {
  return new UserError({
    what: 'changed while it was being registered',
    where,
    fix: 'register the model again when no other process writes to it',
  });
}

/** Has the version these bytes? One whose manifest cannot be read is told by whoever reads it. */
function holds(folder: string, digest: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { digest?: unknown };
    return manifest.digest === digest;
  } catch {
    return false;
  }
}

/** One rename takes the version away whole; what is left of it by a run that ended is removed by the next one. */
export async function removeFolder(folder: string): Promise<void> {
  refuseTrackedLinks(folder);
  const removed = temporaryBeside(folder);
  await rename(folder, removed);
  syncFolder(dirname(folder));
  await rm(removed, { recursive: true, force: true });
}

export function taken({ name, version }: Pick<NewVersion, 'name' | 'version'>): VersionTakenError {
  return new VersionTakenError(`${name} ${version}, or another version with its bytes, exists already`);
}

/** Did a rename fail because a version is there already? */
async function isOccupied(error: unknown, folder: string): Promise<boolean> {
  return ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemCode(error) ?? '') && exists(folder);
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Makes the names of all files below durable; their bytes are synced as they are written. */
async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await syncFolders(join(folder, entry.name));
  syncFolder(folder);
}
