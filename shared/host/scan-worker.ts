/** What a thread runs: it scans the part of a file that it is given, and answers with what it found. */
import { resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type Problem, UserError } from '../problem/problem.ts';
import { type PartResult, type PartTask, scanPart } from '../scan/parts.ts';
import { DiskSpill } from './disk-spill.ts';
import { Links } from './links.ts';

/** What a thread answers: its result, or the user's problems that ended it. */
export type PartAnswer = { readonly result: PartResult } | { readonly problems: readonly Problem[] };

export interface Work {
  readonly task: PartTask;
  /** Where the file's name starts. */
  readonly workingDirectory: string;
  /** Folders that symbolic links may lead to. */
  readonly followed?: readonly string[];
  /** By absolute path: the file that is read in place of it. */
  readonly instead?: ReadonlyMap<string, string> | undefined;
  readonly spillFolder: string | undefined;
}

const { task, workingDirectory, followed, instead, spillFolder } = workerData as Work;
const spill = spillFolder === undefined ? undefined : new DiskSpill(spillFolder);

async function scanned(): Promise<PartResult> {
  if (task.syntax === 'parquet') {
    const [{ scanGroups }, { DiskFiles }] = await Promise.all([
      import('../scan/parquet-scan.ts'),
      import('./files.ts'),
    ]);
    return scanGroups(
      task,
      new DiskFiles(workingDirectory, workingDirectory, followed, instead).source(task.file),
      spill,
    );
  }
  const place = resolve(workingDirectory, task.file);
  const chunks = new Links(workingDirectory, followed, instead).bytes(place, task.file, task.from, task.to);
  return scanPart(task, chunks, spill);
}

try {
  parentPort?.postMessage({ result: await scanned() });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  // A clone would be an error of no kind.
  parentPort?.postMessage({ problems: error.problems });
} finally {
  spill?.close();
}
