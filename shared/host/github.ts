import { setTimeout as sleep } from 'node:timers/promises';
import { endpoint } from '@octokit/endpoint';
import type { GitHub } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { TOOL } from '../verdict/tool.ts';
import { exchange } from './exchange.ts';

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

/** An answer of GitHub's; 0 if there is none, with the reason as data. */
interface Answer {
  readonly status: number;
  readonly data: unknown;
}

/**
 * GitHub's REST API: `@octokit/endpoint` makes requests of routes, `exchange` sends them, through a runner's proxy if
 * there is one. `{owner}` and `{repo}` of a route are filled in. Requests that may be repeated without harm are, if
 * the server fails or is not reached.
 *
 * @throws UserError for a repository that is not `OWNER/REPO`; a request throws one if GitHub stays unreachable
 * or fails with 5xx.
 */
export function openGitHub({ apiUrl, repository, token, retryDelays = RETRY_DELAYS }: GitHubOptions): GitHub {
  const [, owner, repo] = /^([^/\s]+)\/([^/\s]+)$/.exec(repository) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new UserError({
      what: `${JSON.stringify(repository)} is not OWNER/REPO`,
      where: 'GITHUB_REPOSITORY',
    });
  }
  const request = endpoint.defaults({
    baseUrl: apiUrl.replace(/\/$/, ''),
    headers: { authorization: `token ${token}`, 'user-agent': `${TOOL.name}/${TOOL.version}` },
    owner,
    repo,
  });
  return {
    owner,
    repo,
    async request(route, parameters = {}) {
      const { method, url, headers, body } = request(route, parameters);
      const sent = {
        method,
        url,
        headers: textsOf(headers),
        timeoutMs: TIMEOUT_MS,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      let answer = await attempt(sent);
      for (const delay of isRepeatable(route) ? retryDelays : []) {
        if (!isFailure(answer.status)) break;
        await sleep(delay);
        answer = await attempt(sent);
      }
      if (isFailure(answer.status)) throw unreachable(apiUrl, route, answer);
      return answer;
    },
  };
}

async function attempt(sent: Parameters<typeof exchange>[0]): Promise<Answer> {
  try {
    const { status, body } = await exchange(sent);
    return { status, data: dataOf(body.toString('utf8')) };
  } catch (error) {
    return { status: 0, data: messageOf(error) };
  }
}

/** JSON, or the text of what stands between GitHub and us. */
function dataOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textsOf(headers: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
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

function unreachable(apiUrl: string, route: string, { status, data }: Answer): UserError {
  const reason = status === 0 ? `was not reached (${String(data)})` : `failed with ${status}`;
  return new UserError({
    what: `GitHub’s API ${reason} on ${route}`,
    where: apiUrl,
    fix: 'run the job again; if it fails again, see https://www.githubstatus.com and the proxy settings of the runner',
  });
}
