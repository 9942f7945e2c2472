/** Addresses that a server gives: where else an answer is, or what comes next. */
import { isLoopback } from '../../ports/loopback.ts';
import type { StreamResponse } from '../../ports/ports.ts';
import { type Problem, UserError } from '../../problem/problem.ts';
import { readWhole } from './answer.ts';

const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * An address that a server gave, which must be one of https. On the loopback interface it may be one of http, if `from` is
 * there too.
 *
 * @param from the host of who gave it. @throws UserError with the problem otherwise.
 */
export function safeUrl(address: string, base: URL, from: string, problem: Problem): URL {
  const url = URL.canParse(address, base.href) ? new URL(address, base) : undefined;
  const inside = url !== undefined && isLoopback(url.host) && isLoopback(from);
  if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && inside))) return url;
  throw new UserError(problem);
}

/**
 * The answer behind all redirects.
 *
 * @param send asks at an address; what is secret is for it to leave out there. @param safe the address of a redirect.
 * @throws Error after five redirects; what `send` and `safe` throw.
 */
export async function followed(
  start: URL,
  send: (url: URL) => Promise<StreamResponse>,
  safe: (to: string, from: URL) => URL,
): Promise<StreamResponse> {
  let url = start;
  for (let redirects = 0; ; redirects++) {
    const answer = await send(url);
    const to = answer.headers.location;
    if (to === undefined || !REDIRECTS.includes(answer.status)) return answer;
    if (redirects === MOST_REDIRECTS) throw new Error(`more than ${MOST_REDIRECTS} redirects`);
    await readWhole(answer);
    url = safe(to, url);
  }
}
