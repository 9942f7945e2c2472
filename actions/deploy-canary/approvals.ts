import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import {
  type ApprovalOrder,
  type Approvers,
  approvalCheck,
  expectText,
  type Promotion,
  parseExpected,
  peopleOf,
} from '../../shared/rollout/approval.ts';
import { operate } from '../../shared/rollout/operations.ts';
import type { Result, RolloutRequest, Surroundings } from '../../shared/rollout/request.ts';
import { isOver, type RolloutState } from '../../shared/rollout/state.ts';
import type { Tools } from '../../shared/rollout/tick.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/** Who gives the order of this run. @throws UserError as `peopleOf` and `parseExpected`. */
export function approvalOrder(inputs: Inputs, { runner }: Pick<Ports, 'runner'>): ApprovalOrder {
  const rules: Approvers = { logins: inputs.approvers, preventSelf: inputs['prevent-self-approval'] };
  const isDecision = inputs.operation === 'approve' || inputs.operation === 'promote';
  const by = isDecision ? peopleOf(runner, rules) : (runner.actors ?? []);
  const expected = inputs.expect === undefined ? undefined : parseExpected(inputs.expect);
  return { ...rules, by, expected };
}

/** A rollout that was carried on, and what its approval waits for. */
export interface CarriedRollout extends Result {
  /** The check `rollout.approval`; null if no approval is given or waited for. */
  readonly approval: Check | null;
  readonly pullRequest: string;
}

/** Carries the rollout on. If it then waits for an approval, the merge of a promotion pull request is one. */
export async function carryOn(
  inputs: Inputs,
  request: RolloutRequest,
  tools: Tools,
  { around, ports }: { readonly around: Surroundings; readonly ports: Ports },
): Promise<CarriedRollout> {
  const { operation } = inputs;
  const first = await operate(operation, request, tools, around);
  if (inputs.promotion === undefined || operation === 'status') return told(first, null);
  try {
    return await promoted(first, inputs.promotion);
  } catch (error) {
    // The rollout itself is where it was, and is told all the same.
    if (!(error instanceof UserError)) throw error;
    const [problem] = error.problems;
    return {
      ...first,
      approval: {
        id: 'rollout.approval',
        status: 'inconclusive',
        message: error.message,
        ...(problem?.fix === undefined ? {} : { fix: problem.fix }),
      },
      pullRequest: '',
    };
  }

  async function promoted(result: Result, path: string): Promise<CarriedRollout> {
    const { state } = result;
    if (!waits(state)) return told(result, null);
    const { settlePromotion } = await import('../../shared/rollout/promotion.ts');
    const { runner } = ports;
    const options = { path, defaultBranch: runner.defaultBranch?.(), run: runner.source?.run };
    const settled = await settlePromotion(await ports.github(), state, options);
    if (!('mergedBy' in settled)) return told(result, settled);
    const { logins, preventSelf } = request.order;
    const expected = parseExpected(expectText(state));
    const order = { logins, preventSelf, by: settled.mergedBy, pullRequest: settled.number, expected };
    const approved = await operate('approve', { ...request, order }, tools, around);
    // The evidence may forbid it, and then the rollout waits as before.
    if (approved.state === null || expectText(approved.state) === expectText(state))
      return told(approved, null);
    const goesOn = operation === 'run' || operation === 'resume';
    return promoted(goesOn ? await operate('resume', request, tools, around) : approved, path);
  }
}

function told(result: Result, promotion: Promotion | null): CarriedRollout {
  const approval = result.state === null ? null : approvalCheck(result.state, promotion);
  return { ...result, approval, pullRequest: promotion?.url ?? '' };
}

export function waits(state: RolloutState | null): state is RolloutState {
  return state !== null && !isOver(state) && state.phase === 'awaiting-approval';
}
