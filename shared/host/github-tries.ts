/** Tries of requests to GitHub: failures of its servers are gone over, and its limits are waited for as it says. */
import { setTimeout } from 'node:timers/promises';

/** Waits before each further try, in milliseconds. */
const DELAYS = [500, 2000, 8000];
/** A limit that lasts longer is for people to hear of. */
const LONGEST_WAIT_MS = 90_000;
/** What GitHub asks for if it does not say how long a limit lasts. */
const LIMIT_MS = 60_000;

/** An answer as far as it decides whether to ask again; status 0 if there is none. */
export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Patience {
  readonly delays?: readonly number[] | undefined;
  sleep?(milliseconds: number): Promise<unknown>;
}

/** A server's failure, or no answer at all (0). */
export function isFailure(status: number): boolean {
  return status === 0 || status >= 500;
}

/** Too many requests: nothing was done. */
export function isLimited({ status, headers }: Head): boolean {
  if (status === 429) return true;
  return status === 403 && ('retry-after' in headers || headers['x-ratelimit-remaining'] === '0');
}

/** @param isRepeatable may the request be made twice, if it is not known whether the first one was done? */
export async function tried<T extends Head>(
  attempt: () => Promise<T>,
  isRepeatable: boolean,
  { delays = DELAYS, sleep = setTimeout }: Patience = {},
): Promise<T> {
  for (const delay of delays) {
    const answer = await attempt();
    const limited = isLimited(answer);
    if (!limited && !(isRepeatable && isFailure(answer.status))) return answer;
    const wait = limited ? Math.max(delay, limitOf(answer)) : delay;
    if (wait > LONGEST_WAIT_MS) return answer;
    await sleep(wait);
  }
  return attempt();
}

/** How long a limit lasts: `retry-after` in seconds, or `x-ratelimit-reset`, a time in seconds, by GitHub's own clock. */
function limitOf({ headers }: Head): number {
  const { 'retry-after': after, 'x-ratelimit-reset': reset, 'x-ratelimit-remaining': remaining } = headers;
  if (after !== undefined && /^\d+$/.test(after)) return Number(after) * 1000;
  const now = Date.parse(headers.date ?? '');
  if (remaining !== '0' || Number.isNaN(now) || !/^\d+$/.test(reset ?? '')) return LIMIT_MS;
  return Math.max(0, Number(reset) * 1000 - now);
}
