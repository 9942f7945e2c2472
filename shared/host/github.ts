import { setTimeout as sleep } from 'node:timers/promises';
import type { GitHub } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';

export interface GitHubOptions {
  readonly apiUrl: string;
  /** `OWNER/REPO`. */
  readonly repository: string;
  readonly token: string;
  /** Waits before each further try of a request, in milliseconds. */
  readonly retryDelays?: readonly number[];
}

const RETRY_DELAYS = [500, 2000];
const TIMEOUT_MS = 30_000;

/** What octokit throws for an answer of 400 and more (`response` is there), and for none at all. */
interface RequestFailure {
  readonly status: number;
  readonly response?: { readonly status: number; readonly data: unknown };
}

/**
 * GitHub's REST API by `@actions/github`, which honours a runner's proxy settings. `{owner}` and `{repo}` of a
 * route are filled in. Requests that may be repeated without harm are, where the server fails or is not reached.
 *
 * @throws UserError for a repository that is not `OWNER/REPO`; a request throws one where GitHub stays unreachable
 * or fails with 5xx.
 */
export async function openGitHub({
  apiUrl,
  repository,
  token,
  retryDelays = RETRY_DELAYS,
}: GitHubOptions): Promise<GitHub> {
  const [, owner, repo] = /^([^/\s]+)\/([^/\s]+)$/.exec(repository) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new UserError({
      what: `${JSON.stringify(repository)} is not OWNER/REPO`,
      where: 'GITHUB_REPOSITORY',
    });
  }
  const { getOctokit } = await toolkit();
  const quiet = () => {};
  const octokit = getOctokit(token, {
    baseUrl: apiUrl.replace(/\/$/, ''),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const attempt = async (route: string, parameters: Record<string, unknown>) => {
    try {
      const request = { signal: AbortSignal.timeout(TIMEOUT_MS) };
      const { status, data } = await octokit.request(route, { owner, repo, ...parameters, request });
      return { status: status as number, data: data as unknown };
    } catch (error) {
      if (!isRequestFailure(error)) throw error;
      return error.response ?? { status: 0, data: messageOf(error) };
    }
  };
  return {
    owner,
    repo,
    async request(route, parameters = {}) {
      let answer = await attempt(route, parameters);
      for (const delay of isRepeatable(route) ? retryDelays : []) {
        if (!isFailure(answer.status)) break;
        await sleep(delay);
        answer = await attempt(route, parameters);
      }
      if (isFailure(answer.status)) throw unreachable(apiUrl, route, answer);
      return { status: answer.status, data: answer.data };
    },
  };
}

/**
 * The package reads the event's file when it is loaded: it prints on standard output where there is none, and throws
 * where it is no JSON. Nothing here asks for the event.
 */
async function toolkit() {
  const { GITHUB_EVENT_PATH: event } = process.env;
  delete process.env.GITHUB_EVENT_PATH;
  try {
    return await import('@actions/github');
  } finally {
    if (event !== undefined) process.env.GITHUB_EVENT_PATH = event;
  }
}

function isRequestFailure(error: unknown): error is Error & RequestFailure {
  return (
    error instanceof Error &&
    error.name === 'HttpError' &&
    typeof (error as Partial<RequestFailure>).status === 'number'
  );
}

/** A server's failure, or no answer at all (0). */
function isFailure(status: number): boolean {
  return status === 0 || status >= 500;
}

/** Git objects are named by their content, so that making one twice is making it once; a dispatch would start twice. */
function isRepeatable(route: string): boolean {
  return !route.startsWith('POST ') || route.includes('/git/');
}

function unreachable(
  apiUrl: string,
  route: string,
  { status, data }: { status: number; data: unknown },
): UserError {
  const reason = status === 0 ? `was not reached (${String(data)})` : `failed with ${status}`;
  return new UserError({
    what: `GitHub’s API ${reason} on ${route}`,
    where: apiUrl,
    mend: 'run the job again; if it stays so, see https://www.githubstatus.com and the proxy settings of the runner',
  });
}
