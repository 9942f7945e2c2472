import type { VerdictSource } from '../verdict/verdict.ts';
import { commitOf, eventFile, pullNumberOf } from './event-file.ts';

/**
 * Where a verdict is made, as the runner's environment tells: repository, commit, pull request and run; on pull requests
 * the commit is the head of the branch, for the merge commit that GitHub checks out is in no one's history. What is not
 * known, or no address or digest, is left out; undefined if nothing is known.
 */
export function sourceOf(
  env: NodeJS.ProcessEnv,
  configurationFile: string | undefined,
): VerdictSource | undefined {
  const { number, head } = pullRequestOf(env);
  const repository = repositoryOf(env);
  const commit = commitOf((env.GITHUB_EVENT_NAME === 'pull_request' && head) || env.GITHUB_SHA);
  const run = /^\d+$/.exec(env.GITHUB_RUN_ID ?? '')?.[0];
  const source = {
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
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

/** From the event's payload, or from the ref alone: a run must not fail because the payload cannot be read. */
function pullRequestOf(env: NodeJS.ProcessEnv) {
  const [, ref] = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '') ?? [];
  const isPull = env.GITHUB_EVENT_NAME?.startsWith('pull_request') === true;
  const { number, head } = (isPull && eventFile(env).payload.pull_request) || {};
  return {
    number: pullNumberOf(number) ?? (ref === undefined ? undefined : Number(ref)),
    head: commitOf(head?.sha),
  };
}

/** The name of the default branch, which the payload of most events tells. */
export function defaultBranchOf(env: NodeJS.ProcessEnv): string | undefined {
  const branch = eventFile(env).payload.repository?.default_branch;
  return typeof branch === 'string' && branch !== '' ? branch : undefined;
}
