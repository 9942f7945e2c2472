import type { Commands, Log } from '../ports/ports.ts';
import { runUserCommand } from '../ports/user-command.ts';
import { UserError } from '../problem/problem.ts';
import type { Router, TrafficTarget, Weights } from './router.ts';

export interface ExecRouterOptions {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/**
 * The user's command, given the weights in its environment: `ML_LOOP_STABLE_WEIGHT`, `ML_LOOP_STABLE_VERSION`,
 * `ML_LOOP_STABLE_DIGEST`, and the same for `CANARY`; a version that is not there has weight 0 and empty texts.
 * It cannot tell what is in force, so every run gives the weights again: the command must bear being repeated.
 */
export function execRouter({ command, timeoutMs }: ExecRouterOptions, commands: Commands, log: Log): Router {
  return {
    read: async () => null,
    write: async (weights) => {
      const result = await runUserCommand(commands, log, 'router', command, {
        env: environmentOf(weights),
        timeoutMs,
      });
      if (result.ok) return;
      throw new UserError({
        what: `the router’s command ${result.reason}, so the weights may not be in force`,
        where: 'input router-command',
        fix: 'fix the command, and run the operation advance, which tries again',
      });
    },
  };
}

function environmentOf({ stable, canary }: Weights): Record<string, string> {
  return { ...variables('STABLE', stable), ...variables('CANARY', canary) };
}

function variables(arm: 'STABLE' | 'CANARY', target: TrafficTarget | null): Record<string, string> {
  return {
    [`ML_LOOP_${arm}_WEIGHT`]: String(target?.weight ?? 0),
    [`ML_LOOP_${arm}_VERSION`]: target?.version ?? '',
    [`ML_LOOP_${arm}_DIGEST`]: target?.digest ?? '',
  };
}
