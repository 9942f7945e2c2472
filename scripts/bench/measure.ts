/** What programs used, by `measure.py`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface Used {
  /** Seconds, user and system, of the process and the children it waited for. */
  readonly cpu: number;
  /** Bytes, of the largest of its processes. */
  readonly peak: number;
  /** Seconds. */
  readonly wall: number;
  /** null if it was ended for its time; below zero if a signal ended it. */
  readonly exit: number | null;
}

export interface Program {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs it with its output in the file `out`; ends it after `limit` seconds. */
export function measure({ command, env = {}, cwd }: Program, out: string, limit: number): Used {
  const script = join(import.meta.dirname, 'measure.py');
  const { status, stdout, stderr } = spawnSync('python3', [script, String(limit), out, ...command], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (status !== 0) throw new Error(`measure.py ended with ${status}: ${stderr}`);
  const used = JSON.parse(stdout) as Used;
  if (used.exit !== 0) console.error(stderr.slice(-2000));
  return used;
}

/** The run of the middle CPU seconds. */
export function middle(runs: readonly Used[]): Used {
  const run = runs.toSorted((a, b) => a.cpu - b.cpu)[runs.length >> 1];
  if (run === undefined) throw new RangeError('no runs');
  return run;
}
