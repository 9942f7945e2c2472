import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Dispatch } from '../config/dispatch.ts';
import { messageOf, UserError } from '../problem/problem.ts';

/**
 * The dispatch that this run answers; null on other events, and if its payload is not one of ml-loop's.
 *
 * @param config that of the checkout: GitHub runs these workflows from the default branch.
 * @throws UserError as `readDispatch`, and if the runner's file of the event cannot be read.
 */
export async function dispatchOf(config: Config, env: NodeJS.ProcessEnv): Promise<Dispatch | null> {
  const { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path = '', GITHUB_REPOSITORY: repository } = env;
  if (event !== 'repository_dispatch') return null;
  const { readDispatch } = await import('../config/dispatch.ts');
  return readDispatch(payloadIn(path), config, repository);
}

function payloadIn(path: string): unknown {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { client_payload?: unknown } | null)?.client_payload;
  } catch (error) {
    throw new UserError({
      what: `the event’s file cannot be read: ${messageOf(error)}`,
      where: 'GITHUB_EVENT_PATH',
      fix: 'run this in a job of GitHub Actions, or set GITHUB_EVENT_PATH to a JSON file with `client_payload`',
    });
  }
}
