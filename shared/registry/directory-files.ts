/** The folders of a `dir:` registry, read: verified and fetched. */
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { inParallel } from '../problem/parallel.ts';
import { type Problem, systemCode, UserError } from '../problem/problem.ts';
import { isTemporary, storageError } from '../state/durable.ts';
import { type BundleFile, digestOf } from '../verdict/digest.ts';
import type { FileHash } from '../verdict/hash.ts';
import { copied, differences, isPlainFile, isSame, lost, written } from './directory-copies.ts';
import { keptFiles, type Manifest } from './manifest.ts';

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

/** What a version's folder holds, beside a manifest that is being written. */
const PARTS = ['manifest.json', 'files', 'evidence'];

/**
 * A problem for each difference between a version's folder and its manifest: files of the model that are missing, hold
 * other bytes, or were never registered. What was judged is exactly what is in the manifest.
 */
export async function folderProblems(manifest: Manifest, folder: string): Promise<Problem[]> {
  const different = await differences(keptFiles(manifest), (path) => join(folder, 'files', path));
  return [...different, ...(await strangers(manifest, folder))];
}

/** A problem for each file in a version's folder that was never registered. */
async function strangers(manifest: Manifest, folder: string): Promise<Problem[]> {
  const files = join(folder, 'files');
  const registered = new Set(keptFiles(manifest).map(({ path }) => path));
  const found = (await readdir(files, { recursive: true, withFileTypes: true }).catch(noFolder))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(files, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !registered.has(path))
    .map((path) => join(files, path));
  const beside = (await readdir(folder))
    .filter((name) => !PARTS.includes(name) && !isTemporary(name))
    .map((name) => join(folder, name));
  return [...found, ...beside].sort().map((where) => ({
    what: 'was not registered with this version',
    where,
    fix: 'move it out of the registry; to release it, register a model that holds it',
  }));
}

/** That the folder is missing is said of each of its files. */
function noFolder(error: unknown): never[] {
  if (systemCode(error) === 'ENOENT') return [];
  throw error;
}

/**
 * Copies a version's model into an empty folder, each byte once, and reads the copies; nothing is left there if they are
 * not what was registered.
 */
export async function fetchFiles(manifest: Manifest, folder: string, directory: string): Promise<void> {
  const place = (path: string) => join(folder, 'files', path);
  await refuseFull(directory);
  const missing = await inParallel(manifest.files, async ({ path, size }) =>
    (await isPlainFile(place(path), size)) ? [] : [lost(place(path))],
  );
  refuse([...missing.flat(), ...(await strangers(manifest, folder))]);
  await fill(directory, manifest, async (file, to) => {
    const copy = await copied(fileAt(place(file.path)), to);
    // Of a copy that is wrong, is the original wrong?
    if (!isSame(copy, file)) refuse(await differences([file], place));
    return copy;
  });
}

/** A file of a folder of ours as a source. */
function fileAt(place: string) {
  return {
    open: () => createReadStream(place),
    copyTo: (to: string) => copyFile(place, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE),
  };
}

/** What is written into a folder, and how its copies are proved. */
type Model = Pick<Manifest, 'name' | 'version' | 'digest' | 'files'>;

/**
 * Writes a model's files into an empty folder and reads them back; nothing is left there if they are not those of the
 * model.
 *
 * @param open the bytes of a file.
 */
export async function fillFolder(
  directory: string,
  model: Model,
  open: (file: BundleFile) => AsyncIterable<Uint8Array>,
): Promise<void> {
  await refuseFull(directory);
  await fill(directory, model, (file, to) => written(open(file), to));
}

async function fill(
  directory: string,
  { name, version, digest, files }: Model,
  copy: (file: BundleFile, to: string) => Promise<FileHash>,
): Promise<void> {
  const fix = 'fetch the model again';
  try {
    await inParallel(files, async (file) => {
      const to = join(directory, file.path);
      if (isSame(await copy(file, to), file)) return;
      throw new UserError({ what: 'changed while it was being fetched', where: to, fix });
    });
    if (digestOf(files) === digest) return;
    throw new UserError({ what: 'the files do not have its digest', where: `${name} ${version}`, fix });
  } catch (error) {
    await Promise.all(
      (await readdir(directory)).map((entry) => rm(join(directory, entry), { recursive: true, force: true })),
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
