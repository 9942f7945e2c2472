/** What GitHub's answers say, and what its refusals mean. */
import type { GitHub } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { PermissionError } from './state.ts';

export type GitHubAnswer = Awaited<ReturnType<GitHub['request']>>;

/** GitHub said no for a reason that another try does not change. */
export class GitHubRefusal extends UserError {}

/** What to do if the job has the permission. */
function besideOf({ isForeign = false, owner, repo }: GitHub): string {
  return isForeign
    ? `a job’s own token knows no repository but the job’s: give the input github-token one that may do this in ${owner}/${repo}`
    : 'pull requests of forks and of Dependabot have a read-only token, so another job must write';
}

/** @throws as `refusal` if GitHub answers anything else. */
export function expectStatus(github: GitHub, answer: GitHubAnswer, status: number, doing: string): void {
  if (answer.status !== status) throw gitHubRefusal(github, answer, doing);
}

/**
 * GitHub's refusal, naming the permission that is missing.
 *
 * @param doing such as `read the state x`; anything else than reading needs `contents: write`.
 * @returns NotPermitted, Refused, or for a limit a UserError.
 */
export function gitHubRefusal(github: GitHub, answer: GitHubAnswer, doing: string): UserError {
  const reason = reasonOf(answer);
  const isLimit = /rate limit/i.test(reason) || answer.status === 429;
  const isPermission = answer.status === 403 || answer.status === 404;
  const Refusal = isLimit ? UserError : isPermission ? PermissionError : GitHubRefusal;
  return new Refusal({
    what: `GitHub refused to ${doing}: ${answer.status} ${reason}`,
    where: `${github.owner}/${github.repo}`,
    fix: isLimit
      ? 'wait until the limit is lifted, and run fewer jobs an hour'
      : fixOf(answer.status, doing, besideOf(github)),
  });
}

function fixOf(status: number, doing: string, beside: string): string {
  if (status === 401) return 'give a valid token as github-token';
  if (status === 409) return 'the repository has no commit yet: push a first one';
  if (status !== 403 && status !== 404) return 'see GitHub’s answer';
  const level = doing.startsWith('read') ? 'read' : 'write';
  return `give the job \`permissions: { contents: ${level} }\`; ${beside}`;
}

/** GitHub's own words, with those of the fields that it found wrong, on one line. */
export function reasonOf({ data }: GitHubAnswer): string {
  const errors = fieldOf(data, 'errors');
  const details = (Array.isArray(errors) ? errors : [])
    .map((error) => fieldOf(error, 'message') ?? fieldOf(error, 'code') ?? error)
    .filter((text) => typeof text === 'string');
  const message = fieldOf(data, 'message');
  const said = typeof message === 'string' ? message : 'no reason given';
  const all = details.length === 0 ? said : `${said} (${details.join('; ')})`;
  return all.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 300);
}

export function fieldOf(data: unknown, name: string): unknown {
  return data !== null && typeof data === 'object' ? (data as Record<string, unknown>)[name] : undefined;
}

/** @throws UserError if the answer has no such text. */
export function answerText(data: unknown, name: string): string {
  const value = fieldOf(data, name);
  if (typeof value === 'string') return value;
  throw new UserError({
    what: `GitHub’s answer has no ${name}`,
    where: 'GitHub’s API',
    fix: 'check the address of the API',
  });
}
