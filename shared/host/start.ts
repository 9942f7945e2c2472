import { messageOf } from '../problem/problem.ts';
import { isFull } from '../state/durable.ts';
import { EXIT } from '../verdict/status.ts';
import { main } from './main.ts';
import { runnerSurface } from './runner.ts';
import type { Action } from './stage.ts';
import type { Start } from './surface.ts';

/** Starts an action as a step of a workflow. */
export async function startStep(action: Action, tables: Start['tables']): Promise<void> {
  const { env } = process;
  await runToEnd(() => main(action, { surface: runnerSurface(env), env, tables }));
}

/** Runs a program of ours, and ends the process with its exit code. */
export async function runToEnd(program: () => Promise<number>): Promise<void> {
  // State and reports are written whole or not at all, so that a run may end anywhere.
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
  process.once('SIGTERM', () => process.exit(EXIT.terminated));
  try {
    endProcess(await program());
  } catch (error) {
    if (isFull(error)) {
      process.stderr.write(`a disk is full: ${messageOf(error)} → free space on it, and run this again\n`);
      return endProcess(EXIT.user);
    }
    // Not even the result could be made known; Node's own exit code would read as that of a failed policy.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    endProcess(EXIT.defect);
  }
}

/** Ends the process with the code, also if a socket left open would keep it alive. */
export function endProcess(exitCode: number): void {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), 500).unref();
}
