/** Tries of a request that a registry, or the way to it, failed. */
import type { Clock } from '../../ports/ports.ts';
import { messageOf, Unreachable, UserError } from '../../problem/problem.ts';
import { isHtml, type TextAnswer } from './answer.ts';

/** Waits before each further try, in milliseconds. */
export const DELAYS = [500, 2000, 8000];
const LONGEST_WAIT_MS = 60_000;

/** Too many requests, or the server's own failure; 501 is an answer: it does not do such things. */
export function isServerFailure(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

export interface Tries {
  readonly clock: Pick<Clock, 'sleep'>;
  /** What is asked for, in errors. */
  readonly where: string;
  /** What does not answer, and what to check then; a registry if it is left out. */
  readonly server?: { readonly noun: string; readonly fix: string; readonly half?: string };
  /** Is it to be tried once only? */
  readonly once?: boolean | undefined;
}

type Head = Pick<TextAnswer, 'status' | 'headers'>;

/**
 * An answer that is not a failure, after some tries.
 *
 * @throws Unreachable; a UserError of the attempt at once.
 */
export async function repeated<T extends Head>(
  { clock, where, once = false, server = REGISTRY }: Tries,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    const [answer, error] = await attempt().then(
      (given) => [given, undefined] as const,
      (thrown: unknown) => [undefined, thrown] as const,
    );
    if (error instanceof UserError) throw error;
    if (answer !== undefined && !isServerFailure(answer.status)) return answer;
    const delay = once ? undefined : DELAYS[tries];
    if (delay === undefined) throw unreachable(server, where, answer ?? messageOf(error));
    await clock.sleep(Math.max(delay, retryAfter(answer)));
  }
}

/**
 * Does something until it is done.
 *
 * @param attempt answers undefined if it is to be done again; the last time it may only throw or answer.
 */
export async function untilDone<T>(
  clock: Pick<Clock, 'sleep'>,
  attempt: (isLast: boolean) => Promise<T | undefined>,
): Promise<T> {
  for (const delay of DELAYS) {
    const done = await attempt(false);
    if (done !== undefined) return done;
    await clock.sleep(delay);
  }
  const last = await attempt(true);
  if (last === undefined) throw new TypeError('the last attempt neither threw nor answered');
  return last;
}

/** In milliseconds, from seconds only; a date would need clocks that agree. */
function retryAfter(answer: Head | undefined): number {
  const seconds = /^\d{1,6}$/.exec(answer?.headers['retry-after']?.trim() ?? '')?.[0];
  return Math.min(LONGEST_WAIT_MS, Number(seconds ?? 0) * 1000);
}

const REGISTRY = {
  noun: 'the registry',
  fix: 'check the address in the input registry and the proxy settings of the runner',
};

function unreachable(
  server: NonNullable<Tries['server']>,
  where: string,
  reason: Head | string,
): Unreachable {
  const what =
    typeof reason === 'string'
      ? `${server.noun} cannot be reached (${reason})`
      : `${server.noun} failed with ${reason.status}${isHtml(reason) ? ' and a web page' : ''}`;
  const problem = {
    what: `${what}, also when it was asked again`,
    where,
    fix: `${server.fix}, and run the job again; nothing is left half ${server.half ?? 'registered'}`,
  };
  return new Unreachable(problem, typeof reason === 'string' ? undefined : reason.status);
}
