/** Stores that keep models for themselves, and prove the SHA-256 of each file. */
import type { Ports } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import type { BundleFile } from '../../verdict/digest.ts';
import { manifestProblems } from '../manifest.ts';
import { checked, resumed } from '../remote/bytes.ts';

/** A file in its store; `sha256` is what the store proves, or what its bytes were hashed to. */
export interface StoredFile extends BundleFile {
  /** As `Origin.pins` keeps it. */
  readonly pin?: string;
}

export interface ModelStore {
  /**
   * The files, each with its SHA-256.
   *
   * @param known the files of a version, as they were pinned; without them, all that the reference names now.
   * @throws UserError if the store has no such files, has others by now, or cannot be asked.
   */
  list(known?: readonly StoredFile[]): Promise<readonly StoredFile[]>;
  /** The reference that names the same files for ever, after `list`. */
  readonly pinned: string;
  /** A file's bytes; a break is gone over. @throws UserError if they are not those of its SHA-256. */
  bytes(file: StoredFile): AsyncIterable<Uint8Array>;
}

/**
 * What a store calls before it asks for files by the paths that it found.
 *
 * @throws UserError for paths that must not become files, for those that clash, and if there are none.
 */
export function refusePaths(paths: readonly string[], where: string): void {
  const files = paths.map((path) => ({ path, size: 0, sha256: '' }));
  const problems = manifestProblems({ name: 'model', version: '1.0.0', files, evidence: [] });
  if (problems.length > 0) {
    const fix = 'rename it in its store, or name a folder without it';
    throw new UserError(problems.map(({ what }) => ({ what, where, fix })));
  }
  if (paths.length > 0) return;
  throw new UserError({ what: 'holds no file', where, fix: 'name what holds the model’s files' });
}

/** Opens bytes from `start` on, or from the beginning if the server cannot; `at` says which. */
export type OpenFrom = (
  start: number,
) => Promise<{ readonly body: AsyncIterable<Uint8Array>; readonly at: number }>;

/** The bytes of a file, whole and right, or an error. */
export function checkedBytes(
  { size, sha256 }: BundleFile,
  where: string,
  from: OpenFrom,
): AsyncIterable<Uint8Array> {
  const file = { digest: `sha256:${sha256}`, size, where, change: CHANGED };
  return checked(resumed(from, file), file);
}

const CHANGED = {
  what: 'its store gives other bytes than those of the SHA-256 that it told, or that was registered',
  fix: 'put the registered file back into its store, or register the new one as a version of its own',
};

/** What is said of a prefix that more objects begin with than are listed. */
export function tooManyObjects(where: string, most: number): UserError {
  return new UserError({
    what: `more than ${most} objects begin so`,
    where,
    fix: 'name a longer prefix, such as one folder for each day',
  });
}

export type StorePorts = Pick<Ports, 'http' | 'logins' | 'clock' | 'log' | 'stores' | 'runner'>;
