import type { Status } from '../verdict/status.ts';
import type { Check, JsonObject } from '../verdict/verdict.ts';
import { errorCheck, guardCheck, latencyCheck } from './metric-checks.ts';
import { rate } from './metrics.ts';
import { weightsText } from './router.ts';
import { ORDERED, type RolloutState, type SmokeTrial, weightOf } from './state.ts';
import type { Drift } from './tick.ts';

/** Does the router tell what is in force? `exec:` does not. */
export interface RouterFacts {
  readonly readsBack: boolean;
  /** Were weights that somebody else had put there replaced, or only seen? */
  readonly corrected: boolean;
  readonly drifts: readonly Drift[];
  /** Why it could not be read. */
  readonly unread?: string | undefined;
}

/** What a rollout's state says, as checks, beside what its evidence shows. */
export function rolloutChecks(state: RolloutState, router: RouterFacts, evidence: Check | null): Check[] {
  const judged = state.trafficAt === null ? [] : [errorCheck(state), latencyCheck(state), guardCheck(state)];
  return [
    evidence,
    trialCheck('rollout.smoke', state.smoke),
    trialCheck('rollout.replay', state.replay),
    ...judged,
    routerCheck(state, router),
    phaseCheck(state),
  ].filter((check) => check !== null);
}

/** What a look at a rollout says that was over before: how it ended was told then. */
export function checksAfter(state: RolloutState, router: RouterFacts): Check[] {
  const { canary, phase, reason } = state;
  const ended = `${canary.name} ${canary.version} ${phaseWords(state)}${reason === null ? '' : `: ${reason}`}`;
  return [
    routerCheck(state, router),
    {
      id: 'rollout.phase',
      status: 'pass',
      observed: { phase, version: canary.version },
      message: `no rollout is under way; of the last one, ${ended}`,
    },
  ];
}

/** Was the version taken back because a person ordered it? Then the order was carried out, whatever the evidence says. */
export function isTakenBackByOrder({ phase, reason }: RolloutState): boolean {
  const ordered: readonly (string | null)[] = Object.values(ORDERED);
  return (phase === 'rolled-back' || phase === 'failed') && ordered.includes(reason);
}

/** What the order says that took the version back; without a version to go back to, no one serves. */
export function checksOfOrder(state: RolloutState, router: RouterFacts): Check[] {
  const status = state.phase === 'failed' ? 'warn' : 'pass';
  return [routerCheck(state, router), { ...phaseCheck(state), status }];
}

function trialCheck(id: 'rollout.smoke' | 'rollout.replay', trial: SmokeTrial | null): Check | null {
  if (trial === null) return null;
  const counts =
    id === 'rollout.replay' ? { observed: { rows: trial.rows, mismatches: trial.mismatches } } : {};
  return { id, status: trial.passed ? 'pass' : 'fail', message: trial.message, ...counts };
}

function routerCheck(state: RolloutState, { readsBack, corrected, drifts, unread }: RouterFacts): Check {
  const id = 'rollout.router';
  if (unread !== undefined)
    return { id, status: 'inconclusive', message: `what the router holds is not known: ${unread}` };
  const [drift] = drifts;
  if (drift !== undefined) {
    const end = corrected ? 'it was put back' : 'the operation advance puts it back';
    return {
      id,
      status: 'warn',
      observed: { ...drift.found },
      expected: { ...drift.wanted },
      message: `the router held ${weightsText(drift.found)} but this rollout had set ${weightsText(drift.wanted)}; ${end}`,
      fix: 'find out what else writes to the router',
    };
  }
  const weights = state.routed === null ? 'nothing yet' : weightsText(state.routed);
  const message = readsBack
    ? `the router holds ${weights}, read back`
    : `the router’s command was given ${weights} and ended with 0; it cannot be read back`;
  return { id, status: 'pass', message, ...(state.routed === null ? {} : { observed: { ...state.routed } }) };
}

function phaseCheck(state: RolloutState): Check {
  const { canary, stable, phase, reason, forcedAt } = state;
  const words = phaseWords(state);
  const forced = phase === 'promoted' && forcedAt !== null;
  const status: Status =
    phase === 'rolled-back' || phase === 'failed' || phase === 'rolling-back'
      ? 'fail'
      : phase === 'held'
        ? 'inconclusive'
        : forced
          ? 'warn'
          : 'pass';
  return {
    id: 'rollout.phase',
    status,
    observed: { phase, weight: weightOf(state), version: canary.version, stable: stable?.version ?? null },
    message: `${canary.name} ${canary.version} ${words}${reason === null ? '' : `: ${reason}`}`,
    ...(phase === 'held' ? { fix: 'promote it, abort it, or give a later deadline and run advance' } : {}),
    ...(phase === 'awaiting-approval' ? { fix: 'run the operation approve, or abort' } : {}),
  };
}

/** Where the rollout is, as a predicate: `is at step 1 of 3, with 10 % of the traffic`. */
export function phaseWords(state: RolloutState): string {
  const { phase, step, plan, stable, forcedAt } = state;
  const at = `step ${step + 1} of ${plan.steps.length}, with ${weightOf(state)} % of the traffic`;
  switch (phase) {
    case 'step':
      return `is at ${at}`;
    case 'awaiting-approval':
      return step < 0 ? 'awaits an approval before it gets any traffic' : `awaits an approval at ${at}`;
    case 'held':
      return step < 0 ? 'is held before it got any traffic' : `is held at ${at}`;
    case 'promoted':
      return forcedAt === null ? 'is promoted' : 'is promoted by force';
    case 'rolled-back':
      return `was rolled back to ${stable?.version ?? 'nothing'}`;
    case 'failed':
      return 'was taken back; there is no version to go back to';
    default:
      return `is ${phase}`;
  }
}

/** The rollout's numbers, for the verdict's `measures`. */
export function measuresOf(state: RolloutState): JsonObject {
  const { canary, stable } = state.totals;
  const arm = ({ requests, judged, errors, timed, slow }: typeof canary) => ({
    requests,
    error_rate: rate(errors, judged),
    slow_rate: rate(slow, timed),
  });
  const limit = state.plan.maxErrorRate;
  return {
    canary: arm(canary),
    stable: arm(stable),
    ...(limit === null ? {} : { max_error_rate: limit }),
    rollout: state.history.map((point) => ({ ...point })),
  };
}

/** When the step may be left at the earliest; null if time is not what is waited for. */
export function nextStepAt(state: RolloutState): string | null {
  const step = state.plan.steps[state.step];
  if (state.phase !== 'step' || step === undefined || state.stepSince === null) return null;
  return new Date(Date.parse(state.stepSince) + step.atLeastMs).toISOString();
}
