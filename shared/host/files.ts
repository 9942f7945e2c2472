import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Files, LocalBundle, Source } from '../ports/ports.ts';
import { MissingFile, messageOf, type Problem, systemCode, UserError } from '../problem/problem.ts';
import { type BundleFile, digestOf } from '../verdict/digest.ts';

const NOTHING_THERE = 'there is no such file';
const MIN_BUFFER = 4 * 1024;
const MAX_BUFFER = 1024 * 1024;

/** The files below a working directory, and one report folder that is written to. */
export class DiskFiles implements Files {
  readonly #root: string;
  readonly #report: string;
  readonly #temporary: string[] = [];

  /** Both absolute. */
  constructor(workingDirectory: string, reportFolder: string) {
    this.#root = workingDirectory;
    this.#report = reportFolder;
  }

  resolve(path: string): string {
    return resolve(this.#root, path);
  }

  async glob(patterns: readonly string[]): Promise<string[]> {
    const problems: Problem[] = [];
    const found = new Set<string>();
    for (const pattern of patterns) {
      const matches = await this.#matches(pattern);
      if (matches.length === 0) problems.push(nothingAt(pattern, this.#root));
      for (const match of matches) found.add(match);
    }
    if (problems.length > 0) throw new MissingFile(problems);
    return [...found].sort();
  }

  async #matches(pattern: string): Promise<string[]> {
    if (await this.exists(pattern)) return [pattern];
    if (!/[*?{}[\]!()]/.test(pattern)) return [];
    const { glob } = await import('tinyglobby');
    const absolute = isAbsolute(pattern);
    return glob(pattern, {
      cwd: this.#root,
      absolute,
      onlyFiles: true,
      dot: false,
      expandDirectories: false,
    });
  }

  async exists(path: string): Promise<boolean> {
    return lstat(this.resolve(path)).then(
      () => true,
      () => false,
    );
  }

  async readText(path: string): Promise<string> {
    try {
      return await readFile(this.resolve(path), 'utf8');
    } catch (error) {
      throw unreadable(path, this.#root, error);
    }
  }

  source(path: string): Source {
    const absolute = this.resolve(path);
    const root = this.#root;
    return {
      name: path,
      async *open() {
        try {
          // A buffer of the file's own size: many small files are read as often as one large one.
          const { size } = await stat(absolute);
          const highWaterMark = Math.min(Math.max(size + 1, MIN_BUFFER), MAX_BUFFER);
          for await (const chunk of createReadStream(absolute, { highWaterMark })) yield chunk as Uint8Array;
        } catch (error) {
          throw unreadable(path, root, error);
        }
      },
      async size() {
        try {
          return (await stat(absolute)).size;
        } catch (error) {
          throw unreadable(path, root, error);
        }
      },
      async slice(start, end) {
        try {
          return await sliceOf(absolute, start, end);
        } catch (error) {
          throw unreadable(path, root, error);
        }
      },
    };
  }

  async bundle(paths: readonly string[]): Promise<LocalBundle> {
    const files: BundleFile[] = [];
    const places = new Map<string, string>();
    const problems: Problem[] = [];
    const roots = await Promise.all(paths.map((path) => rootOf(this.resolve(path))));
    const base = commonFolder(roots);
    for (const path of paths) {
      for await (const entry of walk(this.resolve(path), path, problems)) {
        const name = relative(base, entry).split(sep).join('/');
        if (places.has(name)) continue;
        places.set(name, entry);
        files.push({ path: name, ...(await hashed(entry)) });
      }
    }
    if (files.length === 0 && problems.length === 0)
      problems.push({ what: 'holds no file', where: paths.join(', ') });
    if (problems.length > 0) {
      const missing = problems.every(({ what }) => what === NOTHING_THERE);
      throw missing ? new MissingFile(problems) : new UserError(problems);
    }
    return {
      digest: digestOf(files),
      files,
      source: (path) => this.source(places.get(path) ?? path),
    };
  }

  async writeReport(name: string, content: string): Promise<string> {
    const path = join(this.#report, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.part`, content);
      await rename(`${path}.part`, path);
    } catch (error) {
      throw new UserError({
        what: `cannot be written (${systemCode(error) ?? messageOf(error)})`,
        where: path,
        fix: 'choose another folder with the input report-directory',
      });
    }
    return relative(this.#root, path) || path;
  }

  async temporary(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'ml-loop-'));
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

async function sliceOf(path: string, start: number, end: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(Math.max(0, end - start));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

function nothingAt(pattern: string, root: string): Problem {
  const pointer = dvcPointer(pattern, root);
  const fix =
    pointer === undefined
      ? `paths start at ${root}`
      : `run \`dvc pull\` before: ${pointer} stands for data kept elsewhere`;
  return { what: NOTHING_THERE, where: pattern, fix };
}

/** The DVC file of a path, or of a folder that would hold it. */
function dvcPointer(path: string, root: string): string | undefined {
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    if (existsSync(resolve(root, `${at}.dvc`))) return `${at}.dvc`;
  }
  return undefined;
}

function unreadable(path: string, root: string, error: unknown): UserError {
  const code = systemCode(error);
  if (code === 'ENOENT') return new MissingFile(nothingAt(path, root));
  if (code === 'EISDIR') return new UserError({ what: 'is a folder, not a file', where: path });
  if (code === undefined) throw error;
  return new UserError({ what: `cannot be read (${code})`, where: path });
}

/** The folder itself, or the folder of a file. */
async function rootOf(path: string): Promise<string> {
  const isFolder = await lstat(path).then(
    (stat) => stat.isDirectory(),
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

/** Files below a path; links and what is neither file nor folder are problems, for a digest would not hold their bytes. */
async function* walk(absolute: string, shown: string, problems: Problem[]): AsyncGenerator<string> {
  let stat: Awaited<ReturnType<typeof lstat>>;
  try {
    stat = await lstat(absolute);
  } catch {
    problems.push({ what: NOTHING_THERE, where: shown });
    return;
  }
  if (stat.isFile()) yield absolute;
  else if (stat.isDirectory()) {
    for (const name of (await readdir(absolute)).sort())
      yield* walk(join(absolute, name), `${shown}/${name}`, problems);
  } else
    problems.push({ what: 'is a link or a special file', where: shown, fix: 'put the file itself there' });
}

async function hashed(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Uint8Array);
      size += (chunk as Uint8Array).length;
    }
  } catch (error) {
    throw unreadable(path, '/', error);
  }
  return { size, sha256: hash.digest('hex') };
}
