import type { CommandOptions, CommandResult, Commands, Log } from './ports.ts';

export type CommandVerdict =
  | { readonly ok: true; readonly result: CommandResult }
  | { readonly ok: false; readonly reason: string; readonly result: CommandResult };

/** Lines of a failed command's error stream that are shown in the log. */
const SHOWN_LINES = 20;

/**
 * Runs a user's command. What it printed goes to the log alone, each line behind a label, so that none of it can be
 * taken for a command of the runner's and none of it reaches a report.
 *
 * @throws UserError if the program cannot be started.
 */
export async function runUserCommand(
  commands: Commands,
  log: Log,
  label: string,
  argv: readonly string[],
  options: CommandOptions & { readonly timeoutMs: number },
): Promise<CommandVerdict> {
  const result = await commands.run(argv, options);
  if (result.exitCode === 0 && !result.timedOut) return { ok: true, result };
  if (options.show === undefined)
    for (const line of result.stderr
      .trimEnd()
      .split(/\r\n|\r|\n/)
      .slice(-SHOWN_LINES))
      log.info(`${label}: ${line}`);
  const reason = result.timedOut
    ? `did not end within ${options.timeoutMs / 1000} s`
    : `ended with exit code ${result.exitCode}`;
  return { ok: false, reason, result };
}
