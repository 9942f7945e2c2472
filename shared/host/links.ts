/** Which symbolic links are followed, in one place for all that is read: data, contracts, models, predictions, verdicts. */
import { constants, existsSync, realpathSync } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { filePieces } from '../ports/file-pieces.ts';
import { MissingFile, type Problem, systemCode, UserError } from '../problem/problem.ts';

/** Places below the home folder that hold credentials. */
const SECRET = [
  '.ssh',
  '.aws',
  '.azure',
  '.config',
  '.docker',
  '.gnupg',
  '.kube',
  '.netrc',
  '.git-credentials',
];
const SECRET_FILES = ['.npmrc', '.pypirc', '.cache/huggingface/token', '.cache/huggingface/stored_tokens'];
/** Folders of the machine itself. */
const SYSTEM = ['/etc', '/proc', '/sys', '/dev', '/run', '/var/run', '/boot'];

/** The links that may be followed: to the working directory, and to folders that the user has listed. */
export class Links {
  readonly #root: string;
  readonly #folders: readonly string[];
  readonly #instead: ReadonlyMap<string, string>;

  /**
   * @param workingDirectory absolute.
   * @param followed folders as `follow-links` lists them; ones that are not there are left out.
   * @param instead by absolute path: the file that is read in place of it.
   * @throws UserError for each folder that holds credentials, or lies in one that does.
   */
  constructor(
    workingDirectory: string,
    followed: readonly string[] = [],
    instead: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#root = workingDirectory;
    this.#instead = instead;
    const folders = followed.map((text) => realOrSame(expanded(text, workingDirectory)));
    const problems = followed.flatMap((text, at) => problemOf(text, folders[at] ?? '/'));
    if (problems.length > 0) throw new UserError(problems);
    this.#folders = [realOrSame(workingDirectory), ...folders];
  }

  /**
   * The place of a path's bytes.
   *
   * @param named its absolute path.
   * @param shown the path as the user knows it.
   * @throws UserError for a link to another place, and for a cycle; MissingFile for a link to nothing, and where there
   * is not a file.
   */
  async resolve(named: string, shown: string): Promise<string> {
    const path = this.#instead.get(named) ?? named;
    let real: string;
    try {
      real = await realpath(path);
    } catch (error) {
      throw await unresolved(path, shown, error, this.#root);
    }
    if (real === path || (await this.#isAllowed(path, real))) return real;
    const folder = folderToList(real);
    const mayList = problemOf(folder, folder).length === 0;
    throw new UserError({
      what: `is a symbolic link to ${real}, outside of the working directory`,
      where: shown,
      fix: `put the file itself there${mayList ? `; only if you trust everything in the link’s folder, list it: follow-links: ${folder}` : ''}`,
    });
  }

  /**
   * Opens a file for reading. What was opened is compared with what the path names then: a link that is changed in
   * between leads nowhere else.
   *
   * @throws as `resolve`, and the error of the file system.
   */
  async open(named: string, shown: string): Promise<FileHandle> {
    const path = this.#instead.get(named) ?? named;
    const real = await this.resolve(path, shown);
    const file = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const again = await this.resolve(path, shown);
      if (real === path && again === path) return file;
      const [opened, named] = await Promise.all([file.stat({ bigint: true }), stat(again, { bigint: true })]);
      if (opened.ino === named.ino && opened.dev === named.dev) return file;
      throw new UserError({
        what: 'is a symbolic link that changed while it was opened',
        where: shown,
        fix: 'run this again when no other process writes there',
      });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes of a file from `from` to before `to`, each piece until the next is asked for. @throws as `open`. */
  async *bytes(path: string, shown: string, from: number, to: number): AsyncGenerator<Uint8Array> {
    if (from >= to) return;
    const file = await this.open(path, shown);
    try {
      yield* filePieces(file, from, to);
    } finally {
      await file.close();
    }
  }

  async #isAllowed(path: string, real: string): Promise<boolean> {
    // git's own folder holds the token of the checkout.
    const throughGit = real.split(sep).includes('.git') && !path.split(sep).includes('.git');
    if (this.#folders.some((folder) => isWithin(real, folder))) return !throughGit;
    // Whoever names a place outside means it, with the links of the machine on the way; a link there is a link.
    return (
      !isWithin(path, this.#root) &&
      join(await realpath(dirname(path)), relative(dirname(path), path)) === real
    );
  }
}

/** The cache that a file lies in, if it is one of the known ones; its own folder otherwise. */
function folderToList(real: string): string {
  return /^.*\/(\.dvc\/cache|huggingface\/hub)(?=\/)/.exec(real)?.[0] ?? dirname(real);
}

/** `~` is the home folder; other relative paths start at the working directory. */
function expanded(text: string, workingDirectory: string): string {
  return text === '~' || text.startsWith('~/')
    ? join(homedir(), text.slice(1))
    : resolve(workingDirectory, text);
}

function realOrSame(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function problemOf(text: string, folder: string): Problem[] {
  const home = realOrSame(homedir());
  const { RUNNER_TEMP } = process.env;
  const secret = [
    ...[...SECRET, ...SECRET_FILES].map((name) => join(home, name)),
    ...SYSTEM.map(realOrSame),
    ...(RUNNER_TEMP === undefined || RUNNER_TEMP === '' ? [] : [realOrSame(resolve(RUNNER_TEMP))]),
  ].find((place) => isWithin(place, folder) || isWithin(folder, place));
  if (secret === undefined) return [];
  return [
    {
      what: `${JSON.stringify(text)} contains, or lies in, a folder of credentials or of the system (${secret})`,
      where: 'input follow-links',
      fix: 'list only the cache, such as ~/.cache/huggingface/hub',
    },
  ];
}

/** Is the path the folder, or below it? */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

async function unresolved(path: string, shown: string, error: unknown, root: string): Promise<unknown> {
  const code = systemCode(error);
  if (code === 'ELOOP')
    return new UserError({
      what: 'is a symbolic link that leads back to itself',
      where: shown,
      fix: 'put the file itself there',
    });
  if (code === undefined) return error;
  // ENOTDIR: a part of the path is a file, so that nothing can be below it.
  if (code !== 'ENOENT' && code !== 'ENOTDIR')
    return new UserError({ what: `cannot be read (${code})`, where: shown });
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  if (!isLink) return new MissingFile(nothingAt(shown, root));
  const { fix = '' } = nothingAt(shown, root);
  const target = await readlink(path);
  return new MissingFile({
    what: `is a symbolic link to ${target}, which does not exist`,
    where: shown,
    fix: fix.includes('dvc') ? fix : 'fetch the link’s target first, or put the file itself there',
  });
}

/** That there is no file of that name, with how to get it. */
export function nothingAt(pattern: string, root: string): Problem {
  const pointer = dvcPointer(pattern, root);
  const fix =
    pointer === undefined
      ? `paths start at ${root}`
      : `run \`dvc pull\` first: ${pointer} stands for data that are kept elsewhere`;
  return { what: 'there is no such file', where: pattern, fix };
}

/** The DVC file of a path, or of a folder that would hold it. */
function dvcPointer(path: string, root: string): string | undefined {
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    if (existsSync(resolve(root, `${at}.dvc`))) return `${at}.dvc`;
  }
  return undefined;
}
