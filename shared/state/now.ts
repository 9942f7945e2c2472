import { UserError } from '../problem/problem.ts';

/** Machines' clocks differ by about this much; less is not time running backwards. */
const CLOCK_SKEW_MS = 60_000;

/**
 * The time to record in a state: `now`, never earlier than the time the state has seen.
 *
 * @param seen ISO 8601, as the state recorded it; undefined for a new state.
 * @param key names the state in the message.
 * @param wayOut what leads out if the state is wrong, and not the clock.
 * @returns ISO 8601 with milliseconds, UTC.
 * @throws UserError if `now` is more than a minute before `seen`.
 */
export function checkNow(now: Date, seen: string | undefined, key: string, wayOut?: string): string {
  const before = seen === undefined ? Number.NEGATIVE_INFINITY : Date.parse(seen);
  if (Number.isNaN(before)) {
    throw new UserError({
      what: `the state ${key} holds a time that is none: ${JSON.stringify(seen)}`,
      where: 'state',
    });
  }
  if (now.getTime() < before - CLOCK_SKEW_MS) {
    throw new UserError({
      what: `${now.toISOString()} is before ${seen}, which the state ${key} has seen`,
      where: 'input now',
      fix: `give a later instant, or leave \`now\` out to take the clock${wayOut === undefined ? '' : `; ${wayOut}`}`,
    });
  }
  return new Date(Math.max(now.getTime(), before)).toISOString();
}
