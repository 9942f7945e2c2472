import type { Check } from '../verdict/verdict.ts';
import type { Deadline } from './decide.ts';
import type { RolloutOperation } from './plan.ts';
import { aboutTime, type Remaining, remainingOf, remainingWords } from './remaining.ts';
import { isOver, type RolloutState } from './state.ts';

/** A rollout that has not ended, and what it still needs. */
export interface UnfinishedRollout {
  /** Plain words, such as `about 3900 more canary requests, about 2 days at this traffic`. */
  readonly needs: string;
  /** `rollout.unfinished` */
  readonly check: Check;
}

/** The operations that were to carry a rollout to its end; that they did not is told as a warning. */
const TO_THE_END: readonly RolloutOperation[] = ['run', 'resume'];

/** Null if the rollout has ended. */
export function unfinishedOf(
  state: RolloutState,
  now: Date,
  { operation, deadline }: { readonly operation: RolloutOperation; readonly deadline: Deadline },
): UnfinishedRollout | null {
  if (isOver(state)) return null;
  const { phase, canary } = state;
  const remaining = phase === 'held' ? null : remainingOf(state, now);
  const needs = needsOf(state, remaining);
  const late = phase === 'held' ? '' : lateness(state, remaining, now, deadline);
  // What is waited for says `rollout.approval`.
  const isLoud =
    (TO_THE_END.includes(operation) && phase !== 'awaiting-approval') || phase === 'held' || late !== '';
  const check: Check = {
    id: 'rollout.unfinished',
    status: isLoud ? 'warn' : 'pass',
    ...(remaining === null
      ? {}
      : { observed: { requests: remaining.requests, minutes: minutesOf(remaining) } }),
    message: `the rollout of ${canary.name} ${canary.version} has not ended; it still needs ${needs}${late}`,
    fix: fixOf(phase, late !== ''),
  };
  return { needs, check };
}

function needsOf(state: RolloutState, remaining: Remaining | null): string {
  const { phase, step, plan } = state;
  if (phase === 'held') return 'a decision: promote it, abort it, or give a later deadline';
  const rest = remaining === null ? '' : remainingWords(remaining);
  if (phase === 'awaiting-approval')
    return ['an approval', rest].filter((part) => part !== '').join(', then ');
  if (remaining === null) return 'a further run, which goes on where this one ended';
  const people = plan.steps.filter(
    ({ approval }, index) => approval && index >= step && !(index === step && state.approved),
  );
  const approvals =
    people.length === 0 ? '' : people.length === 1 ? ', and an approval' : `, and ${people.length} approvals`;
  return `${rest}${approvals}`;
}

/** What happens if the deadline comes before the requests do. */
function lateness(
  state: RolloutState,
  remaining: Remaining | null,
  now: Date,
  { afterMs, onDeadline }: Deadline,
): string {
  const left = Date.parse(state.startedAt) + afterMs - now.getTime();
  if (remaining?.ms == null || remaining.ms <= left) return '';
  const then = onDeadline === 'hold' ? 'it is held' : 'it is taken back';
  return `; the deadline comes first, in ${aboutTime(Math.max(0, left))}, and then ${then}`;
}

const minutesOf = ({ ms }: Remaining) => (ms === null ? null : Math.ceil(ms / 60_000));

function fixOf(phase: RolloutState['phase'], isLate: boolean): string {
  if (phase === 'held')
    return 'run the operation promote or abort; or give a later deadline and run the operation advance';
  if (phase === 'awaiting-approval') return 'run the operation approve, or abort';
  const on = 'run the operation resume again, or by a schedule, until the output finished is true';
  return isLate ? `give a later deadline; ${on}` : on;
}
