import type { InputTable } from '../inputs/table.ts';
import { main } from './main.ts';
import { runnerSurface } from './runner.ts';
import type { Action } from './stage.ts';

/** Starts an action as a step of a workflow. */
export async function startStep(action: Action, tables: Readonly<Record<string, InputTable>>): Promise<void> {
  const { env } = process;
  finish(await main(action, { surface: runnerSurface(env), env, tables }));
}

/** Ends the process with the code, also where a socket left open would keep it alive. */
export function finish(exitCode: number): void {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), 500).unref();
}
