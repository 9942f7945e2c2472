/** Files that are written into a folder of ours: new ones only, synced, and hashed as they are stored. */
import { chmod, type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ByteSource } from '../ports/ports.ts';
import { inParallel } from '../problem/parallel.ts';
import { type Problem, systemCode } from '../problem/problem.ts';
import type { BundleFile } from '../verdict/digest.ts';
import { type FileHash, hashFile } from '../verdict/hash.ts';

/** What a file system without permissions answers. */
const NO_PERMISSIONS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'];

/**
 * Copies the bytes into a new file, and reads it back: what is told is what is stored.
 *
 * @throws Error of the file system, also if the file is there already; what the source throws.
 */
export async function copied(source: Pick<ByteSource, 'open' | 'copyTo'>, place: string): Promise<FileHash> {
  if (source.copyTo === undefined) return written(source.open(), place);
  await mkdir(dirname(place), { recursive: true });
  await source.copyTo(place);
  await givePermissions(place);
  return within(await open(place, 'r+'), readBack);
}

/** A copy has the permissions of the original, with which it may be hidden from others who use the folder. */
async function givePermissions(place: string): Promise<void> {
  try {
    await chmod(place, 0o666 & ~process.umask());
  } catch (error) {
    // Some network file systems have no permissions of their own; who may not read the copy is told next.
    if (!NO_PERMISSIONS.includes(systemCode(error) ?? '')) throw error;
  }
}

/** Writes a new file, and reads it back. @throws as `copied`. */
export async function written(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  place: string,
): Promise<FileHash> {
  await mkdir(dirname(place), { recursive: true });
  return within(await open(place, 'wx+'), async (file) => {
    for await (const chunk of chunks) await file.writeFile(chunk);
    return readBack(file);
  });
}

/** The file is hashed while the disk takes it. */
async function readBack(file: FileHandle): Promise<FileHash> {
  const [hashed, synced] = await Promise.allSettled([hashFile(file), file.sync()]);
  if (hashed.status === 'rejected') throw hashed.reason;
  if (synced.status === 'rejected') throw synced.reason;
  return hashed.value;
}

async function within<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Are they the bytes that are listed? */
export function isSame(found: FileHash, listed: FileHash): boolean {
  return found.size === listed.size && found.sha256 === listed.sha256;
}

/** A problem for each file that is missing, is not a plain file, or has other bytes. */
export async function differences(
  files: readonly BundleFile[],
  locate: (path: string) => string,
): Promise<Problem[]> {
  const problems = await inParallel(files, async ({ path, ...listed }) => {
    const place = locate(path);
    const isThere = await isPlainFile(place, listed.size);
    return isThere && isSame(await within(await open(place, 'r'), hashFile), listed) ? [] : [lost(place)];
  });
  return problems.flat();
}

/** Is it a file of that size, and no link? */
export function isPlainFile(place: string, size: number): Promise<boolean> {
  return lstat(place).then(
    (found) => found.isFile() && found.size === size,
    () => false,
  );
}

/** That a stored file is not what was registered. */
export function lost(place: string): Problem {
  return {
    what: 'is missing or does not hold the bytes that were registered',
    where: place,
    fix: 'restore its last good copy',
  };
}
