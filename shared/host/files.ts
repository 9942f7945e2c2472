import { constants, existsSync, rmSync } from 'node:fs';
import { copyFile, type FileHandle, lstat, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { isAddress } from '../ports/address.ts';
import type { ByteSource, Files, LocalBundle, ReportFile } from '../ports/ports.ts';
import { MissingFile, messageOf, type Problem, systemCode, UserError } from '../problem/problem.ts';
import { textIn } from '../registry/remote/bytes.ts';
import type { DataPorts } from '../remote/store.ts';
import { isFull, writeDurably } from '../state/durable.ts';
import type { FileHash } from '../verdict/hash.ts';
import { AddressedFiles } from './addressed.ts';
import { hashedFiles, whileUnchanged } from './bundle.ts';
import { fileSource } from './file-source.ts';
import { globbed } from './glob.ts';
import { Links, nothingAt } from './links.ts';

/** Linux names an open file by its number, so what is copied is what was opened, whatever its path leads to since. */
const OPEN_FILES = '/proc/self/fd';

/** The files below a working directory, and one report folder that is written to. */
export class DiskFiles implements Files {
  readonly #root: string;
  readonly #report: string;
  readonly #links: Links;
  readonly #temporary: string[] = [];
  readonly #instead: ReadonlyMap<string, string>;
  readonly #remote: AddressedFiles;

  /**
   * Both absolute.
   *
   * @param followed as `follow-links` lists them.
   * @param instead by absolute path: the file that is read in place of it.
   * @param ports to read data at addresses by; without them these are refused.
   * @throws UserError as `Links`.
   */
  constructor(
    workingDirectory: string,
    reportFolder: string,
    followed: readonly string[] = [],
    instead: ReadonlyMap<string, string> = new Map(),
    ports?: DataPorts,
  ) {
    this.#root = workingDirectory;
    this.#report = reportFolder;
    this.#instead = instead;
    this.#links = new Links(workingDirectory, followed, instead);
    this.#remote = new AddressedFiles(ports, () => this.temporary());
  }

  resolve(path: string): string {
    return resolve(this.#root, path);
  }

  /** Where the bytes of a path are. */
  #place(path: string): string {
    const place = this.resolve(path);
    return this.#instead.get(place) ?? place;
  }

  async glob(patterns: readonly string[]): Promise<string[]> {
    const problems: Problem[] = [];
    const found = new Set<string>();
    for (const pattern of patterns) {
      const matches = isAddress(pattern)
        ? await this.#remote.glob(pattern, problems)
        : await this.#matches(pattern);
      if (matches.length === 0 && isAddress(pattern)) continue;
      if (matches.length === 0) problems.push(nothingAt(pattern, this.#root));
      for (const match of matches) found.add(match);
    }
    if (problems.length > 0) throw new MissingFile(problems);
    return [...found].sort();
  }

  async #matches(pattern: string): Promise<string[]> {
    if (await this.exists(pattern)) return [pattern];
    if (!/[*?{}[\]!()]/.test(pattern)) return [];
    return globbed(pattern, this.#root, this.#links);
  }

  async exists(path: string): Promise<boolean> {
    if (isAddress(path)) return this.#remote.exists(path);
    return lstat(this.#place(path)).then(
      () => true,
      () => false,
    );
  }

  async local(path: string): Promise<string> {
    return isAddress(path) ? this.#remote.local(path) : path;
  }

  async readText(path: string): Promise<string> {
    if (isAddress(path)) return textIn(this.source(path).open());
    return this.#reading(path, (file) => file.readFile('utf8'));
  }

  source(path: string): ByteSource {
    if (isAddress(path)) return this.#remote.source(path);
    return {
      ...fileSource(
        path,
        () => this.#opened(path),
        (error) => unreadable(path, this.#root, error),
      ),
      ...(existsSync(OPEN_FILES) ? { copyTo: (place: string) => this.#copy(path, place) } : {}),
    };
  }

  async #copy(path: string, place: string): Promise<void> {
    const file = await this.#opened(path);
    try {
      // The disk shares the blocks if it can.
      const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
      await whileUnchanged(file, path, () => copyFile(`${OPEN_FILES}/${file.fd}`, place, flags));
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      throw Object.assign(new Error(`${code} when ${path} was copied`, { cause: error }), { code });
    } finally {
      await file.close();
    }
  }

  /** Opens a file for reading, as all that is read is opened. @throws UserError if it cannot be. */
  async #opened(path: string): Promise<FileHandle> {
    try {
      return await this.#links.open(this.resolve(path), path);
    } catch (error) {
      throw unreadable(path, this.#root, error);
    }
  }

  async #reading<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await this.#opened(path);
    try {
      return await read(file);
    } catch (error) {
      throw unreadable(path, this.#root, error);
    } finally {
      await file.close();
    }
  }

  async bundle(...[paths, hash]: Parameters<Files['bundle']>): Promise<LocalBundle> {
    if (paths.some(isAddress)) return this.#remote.bundle(paths, hash);
    const own =
      hash &&
      ((path: string, shown: string, read: () => Promise<FileHash>) => hash(path, this.source(shown), read));
    const { digest, files, places } = await hashedFiles(paths, this.#root, this.#links, own);
    return { digest, files, source: (path) => this.source(places.get(path) ?? path) };
  }

  async writeReport(name: ReportFile, content: string | Uint8Array): Promise<string> {
    const path = join(this.#report, name);
    try {
      writeDurably(path, content);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError({
        what: `cannot be written (${systemCode(error) ?? messageOf(error)})`,
        where: path,
        fix: isFull(error)
          ? 'free space on this disk, or choose a folder on another one with the input report-directory'
          : 'choose another folder with the input report-directory',
      });
    }
    return relative(this.#root, path) || path;
  }

  async temporary(): Promise<string> {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'ml-loop-'));
    if (this.#temporary.length === 0) process.once('exit', this.#removeTemporary);
    this.#temporary.push(folder);
    return folder;
  }

  /** Removes what `temporary` gave out, as the end of the process does otherwise. */
  async close(): Promise<void> {
    process.off('exit', this.#removeTemporary);
    this.#removeTemporary();
  }

  readonly #removeTemporary = () => {
    for (const folder of this.#temporary.splice(0)) rmSync(folder, { recursive: true, force: true });
  };
}

function unreadable(path: string, root: string, error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof UserError || code === undefined) return error;
  if (code === 'ENOENT') return new MissingFile(nothingAt(path, root));
  if (code === 'EISDIR') return new UserError({ what: 'is a folder, not a file', where: path });
  const fix = code === 'EACCES' ? { fix: 'make it readable for this user' } : {};
  return new UserError({ what: `cannot be read (${code})`, where: path, ...fix });
}
