import type { GitHubRepository } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { gitHubFiles } from './github-files.ts';
import { type Client, foreign, type HubAnswer, openOctokit, settled } from './octokit.ts';

export interface GitHubOptions {
  readonly apiUrl: string;
  /** `OWNER/REPO`. */
  readonly repository: string;
  readonly token: string;
  readonly isForeign?: boolean;
  /** May what is asked for or written be missing? Then a server that fails is not waited for. */
  readonly isOptional?: boolean;
  /** How long a second of waiting is, in milliseconds; less in tests. */
  readonly secondMs?: number;
}

/** The most items that GitHub puts on a page. */
const PAGE = 100;

/**
 * GitHub's REST API by octokit. `{owner}` and `{repo}` of a route are filled in. Requests that may be repeated without
 * harm are, if the server fails or is not reached; a limit is waited for.
 *
 * @throws UserError for a repository that is not `OWNER/REPO`; a request throws Unreachable if GitHub stays unreachable
 * or fails with 5xx, and UserError if something else than GitHub answers.
 */
export function openGitHub(options: GitHubOptions): GitHubRepository {
  const { apiUrl, repository, token, secondMs = 1000, isForeign = false, isOptional = false } = options;
  const [, owner, repo] = /^([^/\s]+)\/([^/\s]+)$/.exec(repository) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new UserError({
      what: `${JSON.stringify(repository)} is not OWNER/REPO`,
      where: 'GITHUB_REPOSITORY',
    });
  }
  const octokit = openOctokit({ apiUrl, token, secondMs, isOptional });
  // octokit puts what is not in the route into the query.
  const place = (route: string) => (route.includes('{owner}') ? { owner, repo } : {});
  return {
    owner,
    repo,
    isForeign,
    request(route, parameters = {}) {
      const request = isRepeatable(route) ? {} : { retries: 0 };
      return settled(route, () => octokit.request(route, { ...place(route), ...parameters, request }));
    },
    list(route, parameters = {}) {
      const asked = { ...place(route), per_page: PAGE, ...parameters };
      return settled(route, () => allPages(octokit, route, asked));
    },
    ...gitHubFiles({ octokit, apiUrl, owner, repo }),
  };
}

async function allPages(octokit: Client, route: string, asked: Record<string, unknown>): Promise<HubAnswer> {
  const items: unknown[] = [];
  for await (const { data, url } of octokit.paginate.iterator(route, asked)) {
    if (!Array.isArray(data)) throw foreign(url, `the answer to ${route} is not a list`);
    items.push(...data);
  }
  return { status: 200, data: items };
}

/**
 * Git objects are named by their content, so that making one twice is making it once. A dispatch would start twice, and a
 * check run would have its annotations twice.
 */
function isRepeatable(route: string): boolean {
  if (route.includes('/git/')) return true;
  return !route.startsWith('POST ') && !(route.startsWith('PATCH ') && route.includes('/check-runs/'));
}
