/** octokit as ml-loop uses it: what it repeats, and what it waits for. */
import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { RequestError } from '@octokit/request-error';
import { messageOf, Unreachable, UserError } from '../problem/problem.ts';
import { TOOL } from '../verdict/tool.ts';
import { apiFetch } from './github-fetch.ts';

/** How often a request is repeated at most; that takes 7 s. */
const REPEATS = 3;
/** The same, of what may be missing: 0.5 s. */
const FEW_REPEATS = 1;
/** A limit that lasts longer is for people to hear of. */
const LONGEST_WAIT_S = 90;
/** A refusal stays one; limits are for the throttling plugin. */
const REFUSALS = Array.from({ length: 100 }, (_, index) => 400 + index);
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
/** The plugin lets a second pass between writes. A step of a state is three of them, and a run makes few. */
const AT_ONCE = { key: () => ({ schedule: (_: unknown, job: () => Promise<void>) => job() }) } as never;

export interface OctokitOptions {
  readonly apiUrl: string;
  readonly token: string;
  /** How long a second of waiting is, in milliseconds. */
  readonly secondMs: number;
  /** May what is asked for or written be missing? Then a server that fails is not waited for. */
  readonly isOptional?: boolean;
}

/** An answer, whatever its status. */
export interface HubAnswer {
  readonly status: number;
  readonly data: unknown;
}

export type Client = ReturnType<typeof openOctokit>;

/** @returns octokit with its plugins; a request that may not be made twice gives `request: { retries: 0 }`. */
export function openOctokit({ apiUrl, token, secondMs, isOptional = false }: OctokitOptions) {
  const Client = Octokit.plugin(plainErrors, retry, throttling, paginateRest);
  const isShort = (seconds: number, _options: unknown, _octokit: unknown, repeats: number) =>
    seconds <= LONGEST_WAIT_S && repeats < REPEATS;
  const client = new Client({
    baseUrl: apiUrl.replace(/\/$/, ''),
    auth: token,
    userAgent: `${TOOL.name}/${TOOL.version}`,
    log: QUIET,
    request: { fetch: apiFetch(apiUrl), log: QUIET },
    retry: {
      retries: isOptional ? FEW_REPEATS : REPEATS,
      doNotRetry: REFUSALS,
      retryAfterBaseValue: secondMs / 2,
    },
    throttle: {
      onRateLimit: isShort,
      onSecondaryRateLimit: isShort,
      retryAfterBaseValue: secondMs,
      write: AT_ONCE,
      notifications: AT_ONCE,
    },
  });
  client.hook.after('request', ({ data, status, url }, { method }) => {
    const isText = (typeof data === 'string' && data !== '') || data instanceof ArrayBuffer;
    if (isText)
      throw foreign(url, `the answer to ${method} ${new URL(url).pathname} (status ${status}) is not JSON`);
  });
  return client;
}

/**
 * The throttling plugin knows a secondary limit by GitHub's words; proxies and older servers send its status alone.
 * What is the user's to fix is not repeated.
 */
function plainErrors(octokit: Octokit): void {
  octokit.hook.error('request', (error) => {
    if (!(error instanceof RequestError)) throw error;
    if (error.cause instanceof UserError) error.status = 0;
    const { status, headers = {} } = error.response ?? {};
    const isLimit = status === 429 || (status === 403 && headers['retry-after'] !== undefined);
    const isPrimary = headers['x-ratelimit-remaining'] === '0';
    if (isLimit && !isPrimary) error.message = `secondary rate limit: ${error.message}`;
    throw error;
  });
}

/**
 * What GitHub answered, also if it refused.
 *
 * @throws Unreachable if GitHub failed or was not reached; the UserError with which a request ended.
 */
export async function settled(route: string, send: () => Promise<HubAnswer>): Promise<HubAnswer> {
  try {
    const { status, data } = await send();
    return { status, data: data === '' ? undefined : data };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.cause instanceof UserError) throw error.cause;
    const { response } = error;
    if (response === undefined)
      throw unreachable(error, `was not reached (${messageOf(error.cause)}) on ${route}`);
    if (response.status >= 500) throw unreachable(error, `failed with ${response.status} on ${route}`);
    return { status: response.status, data: response.data === '' ? undefined : response.data };
  }
}

function unreachable({ request }: RequestError, what: string): Unreachable {
  return new Unreachable({
    what: `GitHub’s API ${what}`,
    where: new URL(request.url).origin,
    fix: 'run the job again; if it fails again, see https://www.githubstatus.com and the proxy settings of the runner',
  });
}

/** A page of a proxy or of a login says nothing about the repository, least of all that something is not there. */
export function foreign(url: string, what: string): UserError {
  return new UserError({
    what: `${what}, so it is not GitHub’s`,
    where: new URL(url).origin,
    fix: 'check GITHUB_API_URL and the proxy settings of the runner: a login page or a proxy may stand in between',
  });
}
