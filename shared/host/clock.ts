import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports/ports.ts';

/** The machine's clock, or one that starts at `from` and runs on at the machine's pace. */
export function clockFrom(from?: Date): Clock {
  const started = performance.now();
  return {
    now: () =>
      from === undefined ? new Date() : new Date(from.getTime() + Math.floor(performance.now() - started)),
    sleep: async (milliseconds) => {
      await setTimeout(milliseconds);
    },
  };
}
