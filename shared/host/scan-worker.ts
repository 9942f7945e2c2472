/** What a thread runs: it scans the part of a file that it is given, and answers with what it found. */
import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type Problem, UserError } from '../problem/problem.ts';
import { type PartResult, type PartTask, scanPart } from '../scan/parts.ts';
import { DiskSpill } from './disk-spill.ts';

/** What a thread answers: its result, or the user's problems that ended it. */
export type Answer = { readonly result: PartResult } | { readonly problems: readonly Problem[] };

interface Work {
  readonly task: PartTask;
  /** Absolute. */
  readonly path: string;
  readonly spillFolder: string | undefined;
}

const { task, path, spillFolder } = workerData as Work;
const chunks = createReadStream(path, {
  start: task.from,
  end: task.to - 1,
  highWaterMark: 1 << 18,
});
const spill = spillFolder === undefined ? undefined : new DiskSpill(spillFolder);
try {
  parentPort?.postMessage({ result: await scanPart(task, chunks as AsyncIterable<Uint8Array>, spill) });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  // A clone would be an error of no kind.
  parentPort?.postMessage({ problems: error.problems });
} finally {
  spill?.close();
}
