import type { Commands, Files, Log } from '../ports/ports.ts';
import { runUserCommand } from '../ports/user-command.ts';
import type { ModelVersion, Registry } from '../registry/registry.ts';
import type { SmokeTrial } from './state.ts';

export interface SmokeTest {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/**
 * Runs the user's smoke test on the registered bytes, fetched into a folder of their own: `ML_LOOP_MODEL_DIR` names it,
 * `ML_LOOP_VERSION` and `ML_LOOP_DIGEST` the version. Exit code 0 within the time is a pass.
 *
 * @throws UserError if the program cannot be started or the bytes cannot be fetched.
 */
export async function runSmokeTest(
  { command, timeoutMs }: SmokeTest,
  version: ModelVersion,
  at: Date,
  {
    registry,
    commands,
    files,
    log,
  }: { registry: Registry; commands: Commands; files: Pick<Files, 'temporary'>; log: Log },
): Promise<SmokeTrial> {
  const folder = await files.temporary();
  await registry.fetch(version, folder);
  const env = { ML_LOOP_MODEL_DIR: folder, ML_LOOP_VERSION: version.version, ML_LOOP_DIGEST: version.digest };
  const result = await runUserCommand(commands, log, 'smoke test', command, { env, timeoutMs });
  const message = result.ok ? 'the smoke test passed' : `the smoke test ${result.reason}`;
  return { at: at.toISOString(), passed: result.ok, message, rows: 0, mismatches: 0 };
}
