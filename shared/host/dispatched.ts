import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Dispatch } from '../config/dispatch.ts';
import type { DispatchedRetrain } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { eventFile } from './event-file.ts';

/**
 * The dispatch that this run answers; null on other events, and if its payload is not one of ml-loop's.
 *
 * @param config that of the checkout: GitHub runs these workflows from the default branch.
 * @throws UserError as `readDispatch`, and if the runner's file of the event cannot be read.
 */
export async function dispatchOf(config: Config, env: NodeJS.ProcessEnv): Promise<Dispatch | null> {
  const { GITHUB_EVENT_NAME: event, GITHUB_REPOSITORY: repository } = env;
  if (event !== 'repository_dispatch') return null;
  const { readDispatch } = await import('../config/dispatch.ts');
  return readDispatch(dispatchedPayload(env), config, repository);
}

/**
 * The retrain that this run answers: of the dispatch that started it, or of the file that check-drift gave to the command
 * that retrains here. Undefined if there is none.
 *
 * @throws UserError if what should say so cannot be read.
 */
export async function requestedBy(env: NodeJS.ProcessEnv): Promise<DispatchedRetrain | undefined> {
  const { GITHUB_EVENT_NAME: event, ML_LOOP_PAYLOAD: file } = env;
  if (event !== 'repository_dispatch' && !file) return undefined;
  const { readPayload } = await import('../config/dispatch.ts');
  const payload = readPayload(file ? requestIn(file) : dispatchedPayload(env));
  const { name, 'dedupe-key': dedupeKey } = payload ?? {};
  if (payload === null || name === undefined || dedupeKey === undefined) return undefined;
  if (payload.schema !== 'ml-loop/retrain@1') return { name, dedupeKey };
  const { 'requested-at': requestedAt, champion, reasons, compared } = payload;
  return { name, dedupeKey, requestedAt, champion, reasons, ...(compared && { compared }) };
}

function dispatchedPayload(env: NodeJS.ProcessEnv): unknown {
  const { payload, fault } = eventFile(env);
  if (fault === undefined) return payload.client_payload;
  throw new UserError({
    what: fault,
    where: 'GITHUB_EVENT_PATH',
    fix: 'run this in a job of GitHub Actions, or set GITHUB_EVENT_PATH to a JSON file with `client_payload`',
  });
}

function requestIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError({
      what: `the request of check-drift cannot be read: ${messageOf(error)}`,
      where: 'ML_LOOP_PAYLOAD',
      fix: 'run this in the command of `retrain-command`, or unset the variable',
    });
  }
}
