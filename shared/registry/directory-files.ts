/** The folders of a `dir:` registry: written whole, read back, verified. */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, renameSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type Problem, systemCode, UserError } from '../problem/problem.ts';
import {
  isTemporary,
  makeFolder,
  removeAbandoned,
  storageError,
  syncFolder,
  temporaryBeside,
} from '../state/durable.ts';
import { withLock } from '../state/lock.ts';
import { refuseTrackedLinks } from '../state/tracked.ts';
import { type BundleFile, digestOf } from '../verdict/digest.ts';
import { keptFiles, type Manifest } from './manifest.ts';
import { type NewVersion, VersionTaken } from './registry.ts';

/** @throws UserError if there is a problem. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new UserError(problems);
}

/** Runs something on the disk; its failures are the user's to fix. */
export async function storage<T>(path: string, doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw storageError(error, path, doing);
  }
}

/** Writes everything beside its place, reads it back, and then names it with one rename. */
export async function createFolder(folder: string, version: NewVersion, manifest: Manifest): Promise<void> {
  const versions = dirname(folder);
  refuseTrackedLinks(folder);
  makeFolder(versions);
  removeAbandoned(versions);
  if (await exists(folder)) throw taken(version);
  const temporary = temporaryBeside(folder);
  try {
    await mkdir(temporary);
    for (const { path } of keptFiles(manifest))
      await write(join(temporary, 'files', path), version.file(path).open());
    for (const { name, content } of version.evidence)
      await write(join(temporary, 'evidence', name), [Buffer.from(content)]);
    await write(join(temporary, 'manifest.json'), [Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)]);
    await verify(
      { ...manifest, kept: keptFiles(manifest) },
      join(temporary, 'files'),
      'changed while it was being registered',
      'register the model again when no other process writes to it',
    );
    refuse(await differences(manifest.evidence, (path) => join(temporary, 'evidence', path)));
    await syncFolders(temporary);
    await publish(temporary, folder, version);
    syncFolder(versions);
  } catch (error) {
    if (await isOccupied(error, folder)) throw taken(version);
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Names a version that is whole. Of runs that register the same bytes under several versions at once, one publishes: the
 * lock is held for as long as it takes to look and to rename.
 */
async function publish(temporary: string, folder: string, version: NewVersion): Promise<void> {
  const versions = dirname(folder);
  await withLock(join(versions, '.create.lock'), (held) => {
    const others = readdirSync(versions).filter((name) => !name.startsWith('.'));
    if (others.some((other) => holds(join(versions, other), version.bundle.digest))) throw taken(version);
    held.check();
    renameSync(temporary, folder);
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

function taken({ name, version }: NewVersion): VersionTaken {
  return new VersionTaken(`${name} ${version}, or another version with its bytes, exists already`);
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

/** Writes a new file and syncs it; one that is there already is not replaced. */
async function write(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws UserError for each file whose stored bytes are not those of the manifest. */
async function verify(
  manifest: Model & { readonly kept?: readonly BundleFile[] },
  folder: string,
  what: string,
  fix: string,
): Promise<void> {
  const problems = await differences(manifest.kept ?? manifest.files, (path) => join(folder, path));
  refuse(problems.map(({ where = '' }) => ({ what, where, fix })));
  if (digestOf(manifest.files) !== manifest.digest) {
    throw new UserError({
      what: 'the digest is not the digest of the files',
      where: `${manifest.name} ${manifest.version}`,
      fix,
    });
  }
}

/** A problem for each file that is missing, is not a plain file, or has other bytes. */
export async function differences(
  files: readonly BundleFile[],
  locate: (path: string) => string,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { path, size, sha256 } of files) {
    const place = locate(path);
    const plain = await lstat(place).then(
      (found) => found.isFile() && found.size === size,
      () => false,
    );
    if (plain && (await hashOf(place)) === sha256) continue;
    problems.push({
      what: 'is missing or does not hold the bytes that were registered',
      where: place,
      fix: 'restore its last good copy',
    });
  }
  return problems;
}

/** What a version's folder holds, beside a manifest that is being written. */
const PARTS = ['manifest.json', 'files', 'evidence'];

/**
 * A problem for each difference between a version's folder and its manifest: files of the model that are missing, hold
 * other bytes, or were never registered. What was judged is exactly what is in the manifest.
 */
export async function stored(manifest: Manifest, folder: string): Promise<Problem[]> {
  const files = join(folder, 'files');
  const kept = keptFiles(manifest);
  const registered = new Set(kept.map(({ path }) => path));
  const found = (await readdir(files, { recursive: true, withFileTypes: true }).catch(noFolder))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(files, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !registered.has(path))
    .map((path) => join(files, path));
  const beside = (await readdir(folder))
    .filter((name) => !PARTS.includes(name) && !isTemporary(name))
    .map((name) => join(folder, name));
  const extra = [...found, ...beside].sort().map((where) => ({
    what: 'was not registered with this version',
    where,
    fix: 'move it out of the registry; to release it, register a model that holds it',
  }));
  return [...(await differences(kept, (path) => join(files, path))), ...extra];
}

/** That the folder is missing is said of each of its files. */
function noFolder(error: unknown): never[] {
  if (systemCode(error) === 'ENOENT') return [];
  throw error;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Copies a version's model into an empty folder and verifies the copies; nothing is left there otherwise. */
export async function fetchFiles(manifest: Manifest, folder: string, directory: string): Promise<void> {
  const files = join(folder, 'files');
  await refuseFull(directory);
  refuse(await stored(manifest, folder));
  await fillFolder(directory, manifest, ({ path }) => createReadStream(join(files, path)));
}

/** What is written into a folder, and how its copies are proved. */
type Model = Pick<Manifest, 'name' | 'version' | 'digest' | 'files'>;

/**
 * Writes a model's files into an empty folder and verifies the copies; nothing is left there otherwise.
 *
 * @param open the bytes of a file.
 */
export async function fillFolder(
  directory: string,
  model: Model,
  open: (file: BundleFile) => AsyncIterable<Uint8Array>,
): Promise<void> {
  await refuseFull(directory);
  try {
    for (const file of model.files) await write(join(directory, file.path), open(file));
    await verify(model, directory, 'changed while it was being fetched', 'fetch the model again');
  } catch (error) {
    await Promise.all(
      (await readdir(directory)).map((name) => rm(join(directory, name), { recursive: true, force: true })),
    );
    throw error;
  }
}

async function refuseFull(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length === 0) return;
  throw new UserError({
    what: 'is not empty',
    where: directory,
    fix: 'fetch the model into an empty folder',
  });
}
