import { createContext, Script } from 'node:vm';

/** Work took longer than it may. */
export class OutOfTime extends Error {}

/**
 * Runs work that may run users' regular expressions, which can backtrack without end: a time limit of `node:vm` is
 * what ends them from within one thread.
 *
 * @throws OutOfTime after the limit, in milliseconds.
 */
export function timeLimited(limitMs: number): (work: () => void) => void {
  const context = createContext({ work: () => {} });
  const script = new Script('work()');
  return (work) => {
    context.work = work;
    try {
      script.runInContext(context, { timeout: limitMs });
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new OutOfTime();
    }
  };
}
