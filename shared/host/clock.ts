import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports/ports.ts';

/**
 * The machine's clock; or one that stands at `from` except for what the run itself has waited, so that two runs on the same
 * inputs write the same bytes, however fast the machine is.
 */
export function clockFrom(from?: Date): Clock {
  let waited = 0;
  return {
    now: () => (from === undefined ? new Date() : new Date(from.getTime() + waited)),
    sleep: async (milliseconds) => {
      await setTimeout(milliseconds);
      waited += milliseconds;
    },
  };
}
