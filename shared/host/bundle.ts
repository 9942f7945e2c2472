/** Files and folders as a bundle: hashed, with names relative to the deepest folder that holds them all. */
import { type FileHandle, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { inParallel } from '../problem/parallel.ts';
import { MissingFile, type Problem, systemCode, UserError } from '../problem/problem.ts';
import { type BundleFile, digestOf } from '../verdict/digest.ts';
import { type FileHash, hashFile } from '../verdict/hash.ts';
import type { Links } from './links.ts';

/** As often one folder may be reached: links that fan out at each level would be walked for ever. */
const MOST_VISITS = 16;

interface HashedFiles {
  readonly digest: string;
  readonly files: readonly BundleFile[];
  /** Where each of the files is as the user knows it, by its path in the bundle. */
  readonly places: ReadonlyMap<string, string>;
}

/**
 * What a file of a bundle holds.
 *
 * @param path in the bundle.
 * @param shown where it is.
 * @param read hashes it there, and throws if it changes meanwhile.
 */
type Hash = (path: string, shown: string, read: () => Promise<FileHash>) => Promise<FileHash>;

/**
 * Hashes files and whole folders. A link that is followed has the bytes of its target and its own name, so the digest
 * is that of a copy without links.
 *
 * @param hash by default they are read where they are, and may change meanwhile.
 * @throws UserError with all problems: missing and special files, and links that are not followed.
 */
export async function hashedFiles(
  paths: readonly string[],
  root: string,
  links: Links,
  hash?: Hash,
): Promise<HashedFiles> {
  const entries = await entriesOf(paths, root, links);
  const files = await inParallel([...entries], async ([path, entry]) => ({
    path,
    ...(await (hash === undefined
      ? hashed(entry, links, hashFile)
      : hash(path, entry.shown, () => hashed(entry, links, hashUnchanged)))),
  }));
  const places = new Map([...entries].map(([path, { shown }]) => [path, shown]));
  return { digest: digestOf(files), files, places };
}

/** The files by their paths in the bundle. @throws as `hashedFiles`. */
async function entriesOf(
  paths: readonly string[],
  root: string,
  links: Links,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  const walker = new Walker(links);
  const base = commonFolder(await Promise.all(paths.map((path) => rootOf(resolve(root, path)))));
  for (const path of paths) {
    for await (const entry of walker.walk(resolve(root, path), path, [])) {
      const name = relative(base, entry.place).split(sep).join('/');
      if (!entries.has(name)) entries.set(name, entry);
    }
  }
  if (entries.size === 0 && walker.problems.length === 0)
    throw new MissingFile({
      what: 'holds no file',
      where: paths.join(', '),
      fix: 'check that the step before wrote these files',
    });
  if (walker.problems.length > 0)
    throw walker.onlyMissing ? new MissingFile(walker.problems) : new UserError(walker.problems);
  return entries;
}

interface Entry {
  readonly place: string;
  readonly shown: string;
}

class Walker {
  readonly problems: Problem[] = [];
  /** Is nothing wrong but that files are not there? */
  onlyMissing = true;
  readonly #links: Links;
  readonly #visits = new Map<string, number>();

  constructor(links: Links) {
    this.#links = links;
  }

  /** Files at and below a path; `above` are the real places of the folders that led there. */
  async *walk(place: string, shown: string, above: readonly string[]): AsyncGenerator<Entry> {
    let real: string;
    let found: Awaited<ReturnType<typeof stat>>;
    try {
      real = await this.#links.resolve(place, shown);
      found = await stat(real);
    } catch (error) {
      return this.#failed(error, shown);
    }
    if (found.isFile()) yield { place, shown };
    else if (!found.isDirectory())
      this.#problem({ what: 'is a special file', where: shown, fix: 'put a file there, or leave it out' });
    else if (this.#mayEnter(real, shown, above)) {
      for (const name of (await readdir(real)).sort())
        yield* this.walk(join(place, name), `${shown}/${name}`, [...above, real]);
    }
  }

  #mayEnter(real: string, shown: string, above: readonly string[]): boolean {
    const visits = (this.#visits.get(real) ?? 0) + 1;
    this.#visits.set(real, visits);
    const fix = 'remove the link';
    if (above.includes(real))
      this.#problem({ what: 'is a symbolic link to a folder that holds it', where: shown, fix });
    else if (visits > MOST_VISITS)
      this.#problem({ what: `is reached by more than ${MOST_VISITS} symbolic links`, where: shown, fix });
    else return true;
    return false;
  }

  #failed(error: unknown, shown: string): void {
    if (error instanceof UserError) {
      this.problems.push(...error.problems);
      if (!(error instanceof MissingFile)) this.onlyMissing = false;
      return;
    }
    const code = systemCode(error);
    if (code === undefined) throw error;
    this.#problem(unreadable(code, shown));
  }

  #problem(problem: Problem): void {
    this.problems.push(problem);
    this.onlyMissing = false;
  }
}

/** The folder itself, or the folder of a file. */
async function rootOf(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? path : dirname(path);
}

/** The deepest folder that holds all of them. */
function commonFolder(folders: readonly string[]): string {
  const [first = '/', ...others] = folders;
  return others.reduce((common, folder) => {
    let shared = common;
    while (folder !== shared && !folder.startsWith(shared.endsWith(sep) ? shared : shared + sep))
      shared = dirname(shared);
    return shared;
  }, first);
}

async function hashed(
  { place, shown }: Entry,
  links: Links,
  hash: (file: FileHandle, shown: string) => Promise<FileHash>,
): Promise<FileHash> {
  try {
    const file = await links.open(place, shown);
    try {
      return await hash(file, shown);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof UserError || code === undefined) throw error;
    throw new UserError(unreadable(code, shown));
  }
}

function unreadable(code: string, where: string): Problem {
  const fix = ['EACCES', 'EPERM'].includes(code) ? { fix: 'make it readable for this user' } : {};
  return { what: `cannot be read (${code})`, where, ...fix };
}

function hashUnchanged(file: FileHandle, shown: string): Promise<FileHash> {
  return whileUnchanged(file, shown, () => hashFile(file));
}

/** Reads an open file. @throws UserError if it is written to meanwhile. */
export async function whileUnchanged<T>(file: FileHandle, shown: string, read: () => Promise<T>): Promise<T> {
  const stamp = async () => {
    const { size, mtimeNs } = await file.stat({ bigint: true });
    return `${size} ${mtimeNs}`;
  };
  const before = await stamp();
  const result = await read();
  if ((await stamp()) === before) return result;
  throw new UserError({
    what: 'changed while it was being read',
    where: shown,
    fix: 'run this again when no other process writes to it',
  });
}
