import type { GitHub, Ports } from '../ports/ports.ts';
import { runUserCommand } from '../ports/user-command.ts';
import { UserError } from '../problem/problem.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import type { RetrainRequest } from './state.ts';

/** GitHub's limits of a `repository_dispatch`. */
export const DISPATCH_LIMITS = { keys: 10, bytes: 64 * 1024, eventType: 100 } as const;

/** Hands a request on, once its state is written. @throws UserError if it was not taken. */
export type Deliver = (request: RetrainRequest) => Promise<void>;

/**
 * What a retrain is told (`schemas/retrain-payload.schema.json`): names and digests, never commands.
 *
 * @throws UserError if it is beyond GitHub's limits, which only an overlong name can bring about.
 */
export function retrainPayload(name: string, request: RetrainRequest): JsonObject {
  const { champion, compared } = request;
  const payload: JsonObject = {
    schema: 'ml-loop/retrain@1',
    name,
    champion: champion === null ? null : { digest: champion.digest, version: champion.version },
    ...(compared === undefined ? {} : { compared: { ...compared } }),
    reasons: [...request.reasons],
    'requested-at': request.requestedAt,
    'dedupe-key': request.dedupeKey,
  };
  if (Buffer.byteLength(JSON.stringify(payload)) >= DISPATCH_LIMITS.bytes) {
    throw new UserError({
      what: 'the payload of the retrain would be 64 KiB or more',
      where: 'input name',
      fix: 'shorten the name',
    });
  }
  return payload;
}

/** @throws UserError if GitHub would refuse the event type. */
export function checkEventType(eventType: string): void {
  if (eventType.length <= DISPATCH_LIMITS.eventType) return;
  throw new UserError({
    what: `the event type has ${eventType.length} characters; GitHub takes ${DISPATCH_LIMITS.eventType}`,
    where: 'input dispatch',
    fix: 'shorten it, here and in the workflow’s on.repository_dispatch.types',
  });
}

/** Delivers as a `repository_dispatch` event of the repository. */
export function byRepositoryDispatch(
  github: () => Promise<GitHub>,
  eventType: string,
  name: string,
): Deliver {
  const retried = 'the retrain stays pending, and the next run dispatches it';
  return async (request) => sendDispatch(await github(), eventType, retrainPayload(name, request), retried);
}

/**
 * Sends a `repository_dispatch` to the repository, whose name goes with it.
 *
 * @param retried what happens after a refusal, to be told.
 * @throws UserError if GitHub refuses.
 */
export async function sendDispatch(
  api: GitHub,
  eventType: string,
  payload: JsonObject,
  retried: string,
): Promise<void> {
  const { owner, repo } = api;
  const { status, data } = await api.request('POST /repos/{owner}/{repo}/dispatches', {
    owner,
    repo,
    event_type: eventType,
    client_payload: { ...payload, repository: `${owner}/${repo}` },
  });
  if (status >= 200 && status < 300) return;
  throw new UserError({
    ...refusal(status, data, retried),
    where: `repository_dispatch ${eventType} of ${owner}/${repo}`,
  });
}

function refusal(status: number, data: unknown, retried: string): { what: string; fix: string } {
  if (status === 403 || status === 404) {
    return {
      what: `GitHub refused the dispatch (${status}): the token may not do it`,
      fix: `give the job \`permissions: contents: write\`; ${retried}`,
    };
  }
  const message = (data as { message?: unknown } | null)?.message;
  const said = typeof message === 'string' ? `: ${message.slice(0, 200)}` : '';
  return { what: `GitHub answered ${status}${said}`, fix: retried };
}

/**
 * Delivers to a program of the user's, by its argument array: `ML_LOOP_PAYLOAD` holds the path of the payload's JSON
 * file, `ML_LOOP_REASONS` the reasons, separated by commas, and `ML_LOOP_DEDUPE_KEY` the request's key.
 */
export function byCommand(
  { commands, files, log }: Pick<Ports, 'commands' | 'files' | 'log'>,
  { argv, timeoutMs }: { readonly argv: readonly string[]; readonly timeoutMs: number },
  name: string,
): Deliver {
  return async (request) => {
    const content = `${JSON.stringify(retrainPayload(name, request), null, 2)}\n`;
    const path = await files.writeReport('retrain.json', content);
    const env = {
      ML_LOOP_PAYLOAD: path,
      ML_LOOP_REASONS: request.reasons.join(','),
      ML_LOOP_DEDUPE_KEY: request.dedupeKey,
    };
    const result = await runUserCommand(commands, log, 'retrain', argv, { env, timeoutMs });
    if (result.ok) return;
    throw new UserError({
      what: `the command ${result.reason}; its standard error is in the log`,
      where: `input retrain-command (${argv[0]})`,
      fix: 'fix the command; the retrain stays pending, and the next run tries it again',
    });
  };
}
