import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FilePart, RandomAccess, Spill, Threads } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { PartTask } from '../scan/parts.ts';
import { DiskSpill } from './disk-spill.ts';
import { Links } from './links.ts';
import type { PartAnswer, Work } from './scan-worker.ts';

/** Files shorter than this are scanned by one thread: two take a fifth more of the machine in all. */
const WORTHWHILE = 256 * 1024 * 1024;
/** So are Parquet files with fewer values: 20 columns of 6.7 million rows. A thread takes 100 MB of memory. */
const WORTHWHILE_VALUES = 2 ** 27;
const HEAD = 64;
/** First bytes of what is not a plain text, or has a byte order mark. */
const SPECIAL = [
  '\x1f\x8b',
  'PAR1',
  '\x28\xb5\x2f\xfd',
  'PK\x03\x04',
  '\xff\xfe',
  '\xfe\xff',
  '\xef\xbb\xbf',
  'version ',
];

/** What a thread runs: `scan-worker.ts` beside this file, or its bundle beside the action's or a folder above its chunks. */
function workerFile(): URL {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return new URL('./scan-worker.ts', here);
  const beside = new URL('./scan-worker.mjs', here);
  return existsSync(beside) ? beside : new URL('../scan-worker.mjs', here);
}

export interface WorkerThreadsOptions {
  /** Threads, this one included. */
  readonly count: number;
  /** Where the names of sources start. */
  readonly workingDirectory: string;
  /** Folders that symbolic links may lead to. */
  readonly followed?: readonly string[];
  /** By absolute path: the file that is read in place of it. */
  readonly instead?: ReadonlyMap<string, string>;
  /** Gives the folder where keys beyond memory go, in folders of their own; without it they stay in memory. */
  readonly folder?: () => Promise<string>;
  /** The shortest file that is split: bytes of text, and values of Parquet. */
  readonly least?: number;
}

/** Parts of files in worker threads. */
export class WorkerThreads implements Threads {
  readonly count: number;
  readonly #workingDirectory: string;
  readonly #followed: readonly string[];
  readonly #instead: ReadonlyMap<string, string> | undefined;
  readonly #links: Links;
  readonly #makeFolder: (() => Promise<string>) | undefined;
  #folder: Promise<string> | undefined;
  readonly #spills = new Map<string, DiskSpill>();
  readonly #least: number;
  readonly #leastValues: number;

  constructor({ count, workingDirectory, followed = [], instead, folder, least }: WorkerThreadsOptions) {
    this.count = count;
    this.#workingDirectory = workingDirectory;
    this.#followed = followed;
    this.#instead = instead;
    this.#links = new Links(workingDirectory, followed, instead);
    this.#makeFolder = folder;
    this.#least = least ?? WORTHWHILE;
    this.#leastValues = least ?? WORTHWHILE_VALUES;
  }

  async open(name: string): Promise<RandomAccess | undefined> {
    const path = resolve(this.#workingDirectory, name);
    const file = await this.#links.open(path, name);
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size < this.#least) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
      const head = buffer.toString('latin1', 0, bytesRead);
      if (SPECIAL.some((signature) => head.startsWith(signature))) return undefined;
      const read = (from: number, to: number) => this.#links.bytes(path, name, from, to);
      return { size: stat.size, read };
    } finally {
      await file.close();
    }
  }

  isWorth(values: number): boolean {
    return values >= this.#leastValues;
  }

  async run(task: PartTask): Promise<unknown> {
    this.#folder ??= this.#makeFolder?.();
    const folder = await this.#folder;
    const spillFolder = folder && join(folder, nameOf(task));
    if (spillFolder !== undefined) this.#spills.set(nameOf(task), new DiskSpill(spillFolder));
    return this.#start(task, spillFolder);
  }

  async #start(task: PartTask, spillFolder: string | undefined): Promise<unknown> {
    const { Worker } = await import('node:worker_threads');
    return new Promise((done, reject) => {
      const worker = new Worker(workerFile(), {
        workerData: {
          task,
          workingDirectory: this.#workingDirectory,
          followed: this.#followed,
          instead: this.#instead,
          spillFolder,
        } satisfies Work,
        resourceLimits: { maxYoungGenerationSizeMb: 16 },
      });
      worker.once('message', (answer: PartAnswer) => {
        if ('result' in answer) done(answer.result);
        else reject(new UserError(answer.problems));
      });
      worker.once('error', reject);
      worker.once('exit', () =>
        reject(new Error(`a thread that scanned ${task.file} ended without a result`)),
      );
    });
  }

  spillOf(task: FilePart): Spill | undefined {
    return this.#spills.get(nameOf(task));
  }
}

function nameOf({ fileIndex, from }: FilePart): string {
  return `${fileIndex}-${from}`;
}
