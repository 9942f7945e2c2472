import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { VerdictSource } from '../verdict/verdict.ts';

/**
 * Where a verdict is made, as the runner's environment tells: repository, commit, pull request and run; on pull requests
 * the commit is the head of the branch, for the merge commit that GitHub checks out is in no one's history. What is not
 * known, or no address or digest, is left out; undefined if nothing is known.
 */
export async function sourceOf(
  env: NodeJS.ProcessEnv,
  configurationFile: string | undefined,
): Promise<VerdictSource | undefined> {
  const { number, head } = await pullRequestOf(env);
  const repository = repositoryOf(env);
  const commit = env.GITHUB_EVENT_NAME === 'pull_request' ? (head ?? env.GITHUB_SHA) : env.GITHUB_SHA;
  const run = /^\d+$/.exec(env.GITHUB_RUN_ID ?? '')?.[0];
  const source = {
    ...(repository === undefined ? {} : { repository }),
    ...(commit !== undefined && isCommit(commit) ? { commit } : {}),
    ...(number === undefined ? {} : { pullRequest: number }),
    ...(repository === undefined || run === undefined ? {} : { run: `${repository}/actions/runs/${run}` }),
    ...(configurationFile === undefined ? {} : { configurationFile }),
  };
  return Object.keys(source).length === 0 ? undefined : source;
}

function repositoryOf({ GITHUB_SERVER_URL: server = '', GITHUB_REPOSITORY: name = '' }: NodeJS.ProcessEnv) {
  const isAddress = /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?$/.test(server) && /^[\w.-]+\/[\w.-]+$/.test(name);
  return isAddress ? `${server}/${name}` : undefined;
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

interface PullRequest {
  readonly number?: number;
  readonly head?: string;
}

/** From the event's payload, or from the ref alone. */
async function pullRequestOf(env: NodeJS.ProcessEnv): Promise<PullRequest> {
  const [, ref] = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '') ?? [];
  const fromRef = ref === undefined ? {} : { number: Number(ref) };
  if (env.GITHUB_EVENT_NAME?.startsWith('pull_request') !== true || !env.GITHUB_EVENT_PATH) return fromRef;
  try {
    const payload = JSON.parse(await readFile(env.GITHUB_EVENT_PATH, 'utf8'));
    const { number, head } = payload?.pull_request ?? {};
    return {
      ...(Number.isSafeInteger(number) && number > 0 ? { number } : fromRef),
      ...(typeof head?.sha === 'string' && isCommit(head.sha) ? { head: head.sha } : {}),
    };
  } catch {
    // The payload is there to name the run, which must not fail for the want of it.
    return fromRef;
  }
}

/** The name of the default branch, which the payload of most events tells. */
export function defaultBranchOf({ GITHUB_EVENT_PATH: path }: NodeJS.ProcessEnv): string | undefined {
  if (!path) return undefined;
  try {
    const branch = JSON.parse(readFileSync(path, 'utf8'))?.repository?.default_branch;
    return typeof branch === 'string' && branch !== '' ? branch : undefined;
  } catch {
    return undefined;
  }
}
