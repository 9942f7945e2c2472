import type { Runner } from '../ports/ports.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Journal } from './journal.ts';
import { type Approval, approvalStep, isOver, type RolloutState } from './state.ts';

/** Who may approve and force a promotion. */
export interface Approvers {
  /** Logins on GitHub; undefined lets everyone who can start the run. */
  readonly logins: readonly string[] | undefined;
  /** May those who started the rollout not approve it? */
  readonly preventSelf: boolean;
}

/** A person's decision: whose it is, and what it is bound to. */
export interface ApprovalOrder extends Approvers {
  /** Logins of those behind it, all of whom must be allowed; empty if nothing says who it was. */
  readonly by: readonly string[];
  readonly pullRequest?: number;
  /** What the person saw; undefined takes what is there. */
  readonly expected?: ExpectedVersion | undefined;
}

/** A version by its number or its digest, and the step that it waits at. */
export interface ExpectedVersion {
  readonly version: string;
  readonly step?: number;
}

/** @throws UserError for a text that is not `VERSION`, `sha256:…`, or one of them with `#STEP`. */
export function parseExpected(text: string): ExpectedVersion {
  const [, version = '', step] = /^((?:sha256:)?[A-Za-z0-9][\w.+-]*)(?:#(\d{1,3}))?$/.exec(text) ?? [];
  if (version !== '') return { version, ...(step === undefined ? {} : { step: Number(step) }) };
  throw new UserError({
    what: `${JSON.stringify(text)} is not a version`,
    where: 'input expect',
    fix: 'write VERSION or sha256:DIGEST, with #STEP after it if you like, as the check rollout.approval says it',
  });
}

/**
 * The people behind `approve` and `promote`. A branch could bring another list of approvers, so a workflow run must be one
 * of the default branch. If there is a list, the run must be one that a person started by hand.
 *
 * @throws UserError if it is not, or if GitHub does not say who they are.
 */
export function peopleOf(runner: Runner, { logins }: Approvers): readonly string[] {
  const { actors = [], event, ref } = runner;
  const branch = runner.defaultBranch?.();
  if (event !== undefined && branch !== undefined && ref !== undefined && ref !== `refs/heads/${branch}`) {
    throw new UserError({
      what: `this run is of ${ref}, and only the default branch says who may approve`,
      where: 'input operation',
      fix: `run the workflow again, and choose the branch ${branch} under “Run workflow”`,
    });
  }
  if (logins === undefined) return actors;
  if (event !== 'workflow_dispatch' || branch === undefined || actors.length === 0)
    throw new UserError({
      what:
        event === undefined
          ? '`approvers` is set, and outside of a workflow no one says who approves'
          : event === 'workflow_dispatch'
            ? 'GitHub does not say who approves, or what the default branch is'
            : `\`approvers\` is set, and on the event ${event} no one has decided to approve`,
      where: 'input approvers',
      fix: 'start the workflow by hand (workflow_dispatch) with the operation approve; or merge the promotion pull request, if the input promotion is set',
    });
  return actors;
}

/** @throws UserError if the order is not one that may be given, or is about something else than what is there. */
export function checkOrder(state: RolloutState, order: ApprovalOrder): void {
  const problems: Problem[] = [];
  const { logins, by, expected, preventSelf } = order;
  const allowed = new Set(logins?.map(lower));
  const strangers = logins === undefined ? [] : by.filter((login) => !allowed.has(lower(login)));
  if (strangers.length > 0 || (logins !== undefined && by.length === 0)) {
    problems.push({
      what: `${strangers.join(' and ') || 'no one that GitHub names'} may not approve ${state.canary.name}`,
      where: 'input approvers',
      fix: `ask one of: ${logins?.join(', ') || 'no one is listed'}; only if this person is to approve from now on, add the login to approvers on the default branch`,
    });
  }
  const starters = new Set(state.startedBy?.map(lower));
  const own = preventSelf ? by.filter((login) => starters.has(lower(login))) : [];
  if (own.length > 0) {
    problems.push({
      what: `${own.join(' and ')} started this rollout, so someone else must approve it`,
      where: 'input prevent-self-approval',
      fix: 'ask another approver',
    });
  }
  problems.push(...unexpected(state, expected));
  if (problems.length > 0) throw new UserError(problems);
}

/** What is wrong if the order is about something else than what is there. */
export function unexpected(state: RolloutState, expected: ExpectedVersion | undefined): Problem[] {
  if (expected === undefined || isExpected(state, expected)) return [];
  const { version, digest, name } = state.canary;
  return [
    {
      what: `the rollout is of ${name} ${version} (${digest}), ${atStep(approvalStep(state))}, not of ${shown(expected)}`,
      where: 'input expect',
      fix: `look at it first; then give expect: ${expectText(state)}`,
    },
  ];
}

const lower = (login: string) => login.toLowerCase();
const shown = ({ version, step }: ExpectedVersion) =>
  `${version}${step === undefined ? '' : ` ${atStep(step)}`}`;
const atStep = (step: number) => (step === 0 ? 'before traffic' : `at step ${step}`);

function isExpected(state: RolloutState, { version, step }: ExpectedVersion): boolean {
  const { canary } = state;
  return (
    [canary.version, canary.digest].includes(version) && (step === undefined || step === approvalStep(state))
  );
}

/** What to give as `expect` for the approval that is waited for. */
export function expectText(state: RolloutState): string {
  return `${state.canary.digest}#${approvalStep(state)}`;
}

/** Writes an approval down, bound to the version and its step. @throws UserError if the rollout does not wait for one. */
export async function approve(
  journal: Journal,
  order: ApprovalOrder,
  refuse: (why: string) => Error,
): Promise<void> {
  const { state } = journal;
  const { phase, approved, step, approvals = [], canary } = state;
  if (phase === 'step' && approved) return;
  // The same approval a second time, such as that of a job that is run again.
  if (
    order.expected !== undefined &&
    approvals.some((one) => isOf(one, order.expected as ExpectedVersion, state))
  )
    return;
  checkOrder(state, order);
  if (phase !== 'awaiting-approval') throw refuse('it does not wait for an approval');
  const { by, pullRequest } = order;
  const approval: Approval = {
    at: journal.now().toISOString(),
    step: approvalStep(state),
    digest: canary.digest,
    by,
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
  const next = step < 0 ? ('smoked' as const) : ('step' as const);
  await journal.move(
    { phase: next, approved: true, approvals: [...approvals, approval] },
    `approved${by.length === 0 ? '' : ` by ${by.join(', ')}`}`,
  );
}

function isOf(approval: Approval, { version, step }: ExpectedVersion, { canary }: RolloutState): boolean {
  return (
    step === approval.step &&
    approval.digest === canary.digest &&
    [canary.version, canary.digest].includes(version)
  );
}

/** The pull request whose merge is the approval. */
export interface Promotion {
  readonly number: number;
  readonly url: string;
  /** `closed`: without a merge. */
  readonly state: 'open' | 'closed';
}

/** The check `rollout.approval`: who approved what, and what is waited for; null if there is neither. */
export function approvalCheck(state: RolloutState, promotion: Promotion | null): Check | null {
  const given = (state.approvals ?? []).map(told);
  const waits = !isOver(state) && state.phase === 'awaiting-approval';
  if (!waits && given.length === 0) return null;
  const base = { id: 'rollout.approval', observed: { approvals: [...(state.approvals ?? [])] } };
  if (!waits) return { ...base, status: 'pass', message: given.join('; ') };
  const { name, version } = state.canary;
  const rejected = promotion?.state === 'closed';
  const waiting = `${name} ${version} waits for an approval ${atStep(approvalStep(state))}`;
  const asked =
    promotion === null
      ? ''
      : rejected
        ? `: pull request #${promotion.number} was closed without a merge, which rejects it (${promotion.url})`
        : `: merge pull request #${promotion.number} (${promotion.url})`;
  return {
    ...base,
    status: rejected ? 'inconclusive' : 'warn',
    message: [`${waiting}${asked}`, ...given].join('; '),
    fix: rejected
      ? 'run the operation abort; or reopen the pull request and merge it'
      : `run the operation approve with expect: ${expectText(state)}${promotion === null ? '' : ', or merge the pull request'}; to reject it, run the operation abort`,
  };
}

function told({ by, at, step, pullRequest }: Approval): string {
  const who = by.length === 0 ? 'someone whom nothing names' : by.join(' and ');
  const how = pullRequest === undefined ? '' : ` by merging pull request #${pullRequest}`;
  return `approved ${atStep(step)} by ${who}${how} at ${at}`;
}
