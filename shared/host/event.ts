import { commitOf, type EventPayload, eventFile, pullNumberOf } from './event-file.ts';

/** What the workflow runs for, as far as it decides what a pull request is told. */
export interface WorkflowEvent {
  /** `push`, `pull_request`, …; empty outside of workflows. */
  readonly name: string;
  /** The commit that a check run belongs to: on a pull request the head of its branch, not the merge commit. */
  readonly commit: string | undefined;
  readonly pullRequest: number | undefined;
  /** The pull request comes from another repository: the token of `pull_request` only reads, whatever the job asks for. */
  readonly isFork: boolean;
  /** Dependabot started the run: GitHub gives it a token that only reads, unless the workflow says otherwise. */
  readonly isDependabot: boolean;
  /** A push to the default branch. */
  readonly isDefaultBranch: boolean;
  /** 0 if it is not known. */
  readonly run: { readonly id: number; readonly attempt: number };
}

/** Is the event about a change that is to be merged? */
export function isToBeMerged(event = ''): boolean {
  return /^(pull_request|merge_group)/.test(event);
}

/** The commit that a change will be merged into, as the event's payload names it: a pull request's, or a merge queue's. */
export function baseOfPayload({ pull_request: pull, merge_group: group }: EventPayload): string | undefined {
  return commitOf(pull?.base?.sha ?? group?.base_sha);
}

/** From the runner's variables and the event's file; what is not there is not known. */
export function eventOf(env: NodeJS.ProcessEnv): WorkflowEvent {
  const { GITHUB_EVENT_NAME: name = '', GITHUB_REPOSITORY: repository = '', GITHUB_REF: ref } = env;
  const { pull_request: pull, repository: about } = eventFile(env).payload;
  const isPull = /^pull_request(_target)?$/.test(name) && pull != null;
  const from = pull?.head?.repo?.full_name;
  return {
    name,
    commit: commitOf(isPull ? pull.head?.sha : env.GITHUB_SHA),
    pullRequest: isPull ? pullNumberOf(pull.number) : undefined,
    isFork: isPull && !(typeof from === 'string' && from.toLowerCase() === repository.toLowerCase()),
    isDependabot: env.GITHUB_ACTOR === 'dependabot[bot]',
    isDefaultBranch: name === 'push' && ref !== undefined && ref === `refs/heads/${about?.default_branch}`,
    run: { id: wholeOf(env.GITHUB_RUN_ID), attempt: wholeOf(env.GITHUB_RUN_ATTEMPT) },
  };
}

function wholeOf(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** The token may write to the pull request, if its job gives it the permission. */
function mayWrite({ name, isFork, isDependabot }: WorkflowEvent): boolean {
  return !isDependabot && (name === 'pull_request_target' || (name === 'pull_request' && !isFork));
}

/** Should the pull request have a comment? */
export function wantsComment(event: WorkflowEvent, setting: 'auto' | boolean): boolean {
  if (event.pullRequest === undefined || event.commit === undefined) return false;
  return setting === 'auto' ? mayWrite(event) : setting;
}

/** Should the commit have a check run? A branch's own pushes leave it to the pull request, which has the same head. */
export function wantsCheckRun(event: WorkflowEvent, setting: 'auto' | boolean): boolean {
  if (event.commit === undefined) return false;
  if (setting !== 'auto') return setting;
  return mayWrite(event) || event.name === 'merge_group' || event.isDefaultBranch;
}
