import { endpoint } from '@octokit/endpoint';
import type { GitHubRepository } from '../ports/ports.ts';
import { messageOf, Unreachable, UserError } from '../problem/problem.ts';
import { TOOL } from '../verdict/tool.ts';
import { exchange } from './exchange.ts';
import { gitHubFiles } from './github-files.ts';
import { type Head, isFailure, type Patience, tried } from './github-tries.ts';

export interface GitHubOptions {
  readonly apiUrl: string;
  /** `OWNER/REPO`. */
  readonly repository: string;
  readonly token: string;
  readonly isForeign?: boolean;
  readonly patience?: Patience;
}

const TIMEOUT_MS = 30_000;
/** The most items that GitHub puts on a page. */
const PAGE = 100;

/** An answer of GitHub's; 0 if there is none, with the reason as data. */
interface Answer extends Head {
  readonly data: unknown;
}

/**
 * GitHub's REST API: `@octokit/endpoint` makes requests of routes, `exchange` sends them, through a runner's proxy if
 * there is one. `{owner}` and `{repo}` of a route are filled in. Requests that may be repeated without harm are, if
 * the server fails or is not reached; a limit is waited for.
 *
 * @throws UserError for a repository that is not `OWNER/REPO`; a request throws Unreachable if GitHub stays unreachable
 * or fails with 5xx, and UserError if something else than GitHub answers.
 */
export function openGitHub(options: GitHubOptions): GitHubRepository {
  const { apiUrl, repository, token, patience, isForeign = false } = options;
  const [, owner, repo] = /^([^/\s]+)\/([^/\s]+)$/.exec(repository) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new UserError({
      what: `${JSON.stringify(repository)} is not OWNER/REPO`,
      where: 'GITHUB_REPOSITORY',
    });
  }
  const agent = `${TOOL.name}/${TOOL.version}`;
  const request = endpoint.defaults({
    baseUrl: apiUrl.replace(/\/$/, ''),
    headers: { authorization: `token ${token}`, 'user-agent': agent },
    owner,
    repo,
  });
  const prepared = (route: string, parameters: Record<string, unknown>) => {
    const { method, url, headers, body } = request(route, parameters);
    return {
      method,
      url,
      headers: textsOf(headers),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  };
  const answered = async (route: string, parameters: Record<string, unknown>): Promise<Answer> => {
    const sent = { ...prepared(route, parameters), timeoutMs: TIMEOUT_MS };
    const answer = await tried(() => attempt(sent), isRepeatable(route), patience);
    const { status, data } = answer;
    if (isFailure(status)) throw unreachable(apiUrl, route, answer);
    if (status < 300 && typeof data === 'string') throw foreign(apiUrl, route, status);
    return answer;
  };
  return {
    owner,
    repo,
    isForeign,
    async request(route, parameters = {}) {
      const { status, data } = await answered(route, parameters);
      return { status, data };
    },
    async list(route, parameters = {}) {
      const items: unknown[] = [];
      for (let page = 1; ; page++) {
        const { status, data, headers } = await answered(route, { per_page: PAGE, ...parameters, page });
        if (status !== 200) return { status, data };
        items.push(...itemsOf(data, apiUrl, route));
        if (!/;\s*rel="next"/.test(headers.link ?? '')) return { status, data: items };
      }
    },
    ...gitHubFiles({ apiUrl, token, patience, prepared, dataOf, unreachable }),
  };
}

async function attempt(sent: Parameters<typeof exchange>[0]): Promise<Answer> {
  try {
    const { status, headers, body } = await exchange(sent);
    return { status, headers, data: dataOf(body.toString('utf8')) };
  } catch (error) {
    return { status: 0, headers: {}, data: messageOf(error) };
  }
}

/** A page's items: the page itself, or its one list. */
function itemsOf(data: unknown, apiUrl: string, route: string): unknown[] {
  const lists = Array.isArray(data)
    ? [data]
    : Object.values(data ?? {}).filter((value) => Array.isArray(value));
  if (lists.length === 1) return lists[0] as unknown[];
  throw new UserError({
    what: `the answer to ${route} is not a list, so it is not GitHub’s`,
    where: apiUrl,
    fix: 'check GITHUB_API_URL and the proxy settings of the runner',
  });
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

/** Git objects are named by their content, so that making one twice is making it once; a dispatch would start twice. */
function isRepeatable(route: string): boolean {
  return !route.startsWith('POST ') || route.includes('/git/');
}

function unreachable(apiUrl: string, route: string, { status, data }: { status: number; data: unknown }) {
  const reason = status === 0 ? `was not reached (${String(data)})` : `failed with ${status}`;
  return new Unreachable({
    what: `GitHub’s API ${reason} on ${route}`,
    where: apiUrl,
    fix: 'run the job again; if it fails again, see https://www.githubstatus.com and the proxy settings of the runner',
  });
}

/** A page of a proxy or of a login says nothing about the repository, least of all that something is not there. */
function foreign(apiUrl: string, route: string, status: number): UserError {
  return new UserError({
    what: `the answer to ${route} (status ${status}) is not JSON, so it is not GitHub’s`,
    where: apiUrl,
    fix: 'check GITHUB_API_URL and the proxy settings of the runner: a login page or a proxy may stand in between',
  });
}
