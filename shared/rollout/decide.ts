import { grouped } from '../problem/numbers.ts';
import { type EvidenceFinding, errorFinding, GUARD_REQUESTS, guardOf, latencyFinding } from './analysis.ts';
import { type Counts, subtract } from './metrics.ts';
import type { OnDeadline } from './plan.ts';
import { type RolloutState, weightOf } from './state.ts';

export interface Deadline {
  /** Milliseconds after the rollout's start. */
  readonly afterMs: number;
  readonly onDeadline: OnDeadline;
}

export type RolloutDecision =
  | { readonly to: 'stay' }
  | { readonly to: 'step'; readonly step: number }
  | { readonly to: 'awaiting-approval' }
  | { readonly to: 'promoting' }
  | { readonly to: 'held' | 'rolling-back'; readonly reason: string };

/**
 * What becomes of a version that gets traffic, from the state alone. Harm comes first, in every phase; then the
 * deadline, which never promotes; then the conditions of the step.
 *
 * @param look what was counted since the look before.
 */
export function decideStep(
  state: RolloutState,
  look: Counts,
  now: Date,
  deadline: Deadline,
): RolloutDecision {
  const harm = harmOf(state, look);
  if (harm !== null) return { to: 'rolling-back', reason: harm };
  if (isPast(state, now, deadline)) return atDeadline(state, deadline);
  if (state.phase === 'held') return { to: 'step', step: state.step };
  if (!mayLeaveStep(state, now)) return { to: 'stay' };
  if (state.plan.steps[state.step]?.approval === true && !state.approved) {
    return state.phase === 'awaiting-approval' ? { to: 'stay' } : { to: 'awaiting-approval' };
  }
  const last = state.step === state.plan.steps.length - 1;
  return last ? { to: 'promoting' } : { to: 'step', step: state.step + 1 };
}

export function isPast(state: RolloutState, now: Date, { afterMs }: Deadline): boolean {
  return now.getTime() >= Date.parse(state.startedAt) + afterMs;
}

/** The deadline's answer: a version on hold stays there, unless the answer is to take it back. */
export function atDeadline(state: RolloutState, deadline: Deadline): RolloutDecision {
  const reason = `the deadline came before the rollout was complete (phase ${state.phase}, ${weightOf(state)} % of the traffic)`;
  if (deadline.onDeadline === 'rollback') return { to: 'rolling-back', reason };
  return state.phase === 'held' ? { to: 'stay' } : { to: 'held', reason };
}

function harmOf(state: RolloutState, look: Counts): string | null {
  const { plan } = state;
  if (plan.maxErrorRate !== null) {
    const guard = guardOf(stepCounts(state), look, plan.maxErrorRate);
    if (guard.breached)
      return `${percentOrDash(guard.rate)} of ${grouped(guard.requests)} requests failed; at most ${percentOrDash(plan.maxErrorRate)} may`;
  }
  const [errors, latency] = findingsOf(state);
  if (errors === 'harm') return 'requests fail more often than with the stable version';
  if (latency === 'harm') return 'requests are slow more often than with the stable version';
  return null;
}

/** What the new version answered in this step. */
export function stepCounts(state: RolloutState): Counts {
  return subtract(state.totals.canary, state.stepStart);
}

/**
 * Time and requests of the step are met, the metrics could be read, and something is known of every metric (enough for the
 * guard, if there is one); on the last step, the evidence that promotion asks for is there. A first release has nothing to compare it with: its guards judge.
 */
function mayLeaveStep(state: RolloutState, now: Date): boolean {
  const { plan, reading } = state;
  const step = plan.steps[state.step];
  if (step === undefined || state.stepSince === null) return false;
  if (reading === null || (reading.kind !== 'counts' && reading.kind !== 'no-requests')) return false;
  if (now.getTime() < Date.parse(state.stepSince) + step.atLeastMs) return false;
  if (stepCounts(state).requests < Math.max(1, step.requests)) return false;
  const findings = findingsOf(state);
  if (findings.includes('no-data')) return false;
  if (plan.maxErrorRate !== null && stepCounts(state).judged < GUARD_REQUESTS) return false;
  const last = state.step === plan.steps.length - 1;
  if (!last || plan.promoteOn === 'steps' || state.stable === null) return true;
  return findings.every((finding) => finding === 'not-worse');
}

/** The findings of all judged metrics: errors, then latency. */
function findingsOf({ analysis, totals, plan, stable }: RolloutState): readonly EvidenceFinding[] {
  const latency = latencyFinding(analysis, totals, plan, stable === null);
  return [errorFinding(analysis, totals, plan, stable === null), ...(latency === null ? [] : [latency])];
}

/** `0.5 %`; a dash if there is none. */
export function percentOrDash(share: number | null): string {
  return share === null ? '–' : `${Number((share * 100).toPrecision(3))} %`;
}
