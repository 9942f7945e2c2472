import { UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/rollout-state.js';
import { requireShape } from '../schema/shape.ts';
import type { Json } from '../verdict/verdict.ts';
import type { Analysis } from './analysis.ts';
import type { CountedSoFar, Counts, ReadingKind } from './metrics.ts';
import type { RolloutTerms } from './plan.ts';
import type { Weights } from './router.ts';

export const ROLLOUT_SCHEMA = 'ml-loop/rollout@1';

/**
 * - `planned`: recorded; nothing has been done.
 * - `staged`: the router knows the new version, at weight 0; smoke test and replay come next.
 * - `smoked`: both have passed, or are not configured.
 * - `step`: the new version gets the traffic of a step.
 * - `awaiting-approval`: the step may be left once a person approves; it is still being judged. Before the first step,
 *   nothing is served yet.
 * - `held`: the deadline has come, or the champion was moved by somebody else; a person decides.
 * - `promoting`, `rolling-back`: decided, not yet done.
 * - `promoted`, `rolled-back`: done. `failed`: rolled back with no version to go back to.
 */
export const PHASES = [
  'planned',
  'staged',
  'smoked',
  'step',
  'awaiting-approval',
  'held',
  'promoting',
  'rolling-back',
  'promoted',
  'rolled-back',
  'failed',
] as const;
export type Phase = (typeof PHASES)[number];

/** Why a version was taken back, if a person ordered it. */
export const ORDERED = { abort: 'it was aborted', rollback: 'a person rolled it back' } as const;

/** A registered version. */
export type Release = {
  /** The model's name in the registry. */
  readonly name: string;
  readonly version: string;
  readonly digest: string;
};

/** What a rollout keeps of a version. */
export function releaseOf({ name, version, digest }: Release): Release {
  return { name, version, digest };
}

/** A person's approval of a version. */
export type Approval = {
  readonly at: string;
  /** The step that may be left, from 1; 0 for the approval before traffic. */
  readonly step: number;
  readonly digest: string;
  /** Logins on GitHub; empty if nothing says who it was. */
  readonly by: readonly string[];
  /** The pull request whose merge it was. */
  readonly pullRequest?: number;
};

/** What a smoke test or a replay found. */
export type SmokeTrial = {
  readonly at: string;
  readonly passed: boolean;
  readonly message: string;
  /** Rows replayed, and those that did not match; 0 for a smoke test. */
  readonly rows: number;
  readonly mismatches: number;
};

/** A point of the rollout's history, for people. */
export type HistoryEntry = {
  readonly at: string;
  readonly weight: number;
  /** Shares of the requests since the point before; null without requests. */
  readonly canaryErrorRate: number | null;
  readonly stableErrorRate: number | null;
  readonly canaryRequests: number;
  readonly stableRequests: number;
};

/** When a rollout came into a phase, or to another step. */
export type Passage = {
  readonly at: string;
  readonly phase: Phase;
  /** From 1; 0 before the first. */
  readonly step: number;
  /** The share of the traffic, in per cent. */
  readonly weight: number;
};

/** A rollout that has ended. */
export type PastRollout = Pick<
  RolloutState,
  'canary' | 'stable' | 'phase' | 'startedAt' | 'updatedAt' | 'reason'
> & {
  readonly passages: readonly Passage[];
};

/** How many passages of a rollout, and rollouts before it, a state keeps, the newest. */
export const KEPT_PASSAGES = 200;
export const KEPT_ROLLOUTS = 20;

/** How many points a state keeps, the newest. */
export const HISTORY_POINTS = 200;
/** How many versions taken back a state remembers, the newest. */
export const REMEMBERED = 100;

/** Everything that the next run needs to carry on; `schemas/rollout-state.schema.json`. Instants are ISO 8601, UTC. */
export type RolloutState = {
  readonly schema: typeof ROLLOUT_SCHEMA;
  readonly canary: Release;
  /** The champion when the rollout began; null for a first release. */
  readonly stable: Release | null;
  readonly plan: RolloutTerms;
  readonly phase: Phase;
  /** Index of the plan's step, from 0; -1 before the first. */
  readonly step: number;
  /** When the step began; null before the first. */
  readonly stepSince: string | null;
  /** The totals of the new version when the step began. */
  readonly stepStart: Counts;
  /** Has a person approved that this step be left? */
  readonly approved: boolean;
  /** All approvals of this rollout, the oldest first. */
  readonly approvals?: readonly Approval[];
  /** Logins of those who started it, if GitHub says. */
  readonly startedBy?: readonly string[];
  readonly startedAt: string;
  /** The latest time the state has seen. */
  readonly updatedAt: string;
  /** When the new version first got traffic. */
  readonly trafficAt: string | null;
  /** Why it was held, rolled back or failed. */
  readonly reason: string | null;
  /** When a person forced the promotion. */
  readonly forcedAt: string | null;
  readonly smoke: SmokeTrial | null;
  readonly replay: SmokeTrial | null;
  /** What the source had counted at the last look that gave counts. */
  readonly seen: CountedSoFar;
  /** What was counted since traffic began. */
  readonly totals: { readonly canary: Counts; readonly stable: Counts };
  readonly reading: {
    readonly at: string;
    readonly kind: ReadingKind;
    readonly message: string;
    /** What the source left out, as a clause. */
    readonly left?: string;
  } | null;
  readonly analysis: Analysis;
  /** The weights that were last seen in force, or given to a router that cannot tell. */
  readonly routed: Weights | null;
  readonly history: readonly HistoryEntry[];
  /** The oldest first. */
  readonly passages?: readonly Passage[];
  /** The rollouts before this one, the oldest first. */
  readonly past?: readonly PastRollout[];
  /** Is it the version that the champion replaced? To go back, it need not be compared with what it replaces. */
  readonly returns?: boolean;
  /** Digests of versions that were taken back; they need `retry`. */
  readonly refused: readonly string[];
};

const FIX =
  'restore the last good state from the store’s history; only if there is none, remove it and start the rollout again';

const ENDED: readonly Phase[] = ['promoted', 'rolled-back', 'failed'];

/** The number of the step that an approval is about: from 1, and 0 before traffic. */
export function approvalStep({ step }: Pick<RolloutState, 'step'>): number {
  return step + 1;
}

/** Is there nothing left to do? */
export function isOver(state: RolloutState): boolean {
  return ENDED.includes(state.phase);
}

/** The share of the traffic, in per cent, that the new version is to have; a first release has no other to share with. */
export function weightOf(state: RolloutState): number {
  if (state.phase === 'promoting' || state.phase === 'promoted') return 100;
  if (state.phase === 'rolling-back' || state.phase === 'rolled-back' || state.phase === 'failed') return 0;
  const step = state.plan.steps[state.step];
  if (step === undefined) return 0;
  return state.stable === null ? 100 : step.weight;
}

/** The state with a passage of this time, if it has come into another phase or step. */
export function withPassage(state: RolloutState): RolloutState {
  const { phase, updatedAt: at, passages = [] } = state;
  const passage = { at, phase, step: approvalStep(state), weight: weightOf(state) };
  const last = passages.at(-1);
  if (last?.phase === phase && last.step === passage.step && last.weight === passage.weight) return state;
  return { ...state, passages: [...passages, passage].slice(-KEPT_PASSAGES) };
}

/** All rollouts that the state knows of, the oldest first. */
export function rolloutsOf({ past = [], passages = [], ...state }: RolloutState): readonly PastRollout[] {
  const { canary, stable, phase, startedAt, updatedAt, reason } = state;
  return [...past, { canary, stable, phase, startedAt, updatedAt, reason, passages }];
}

/** The weights that the state asks for; null if it asks for none yet. */
export function wantedWeights(state: RolloutState): Weights | null {
  const { phase, canary, stable } = state;
  if (phase === 'planned') return null;
  const target = ({ version, digest }: Release, weight: number) => ({ version, digest, weight });
  if (phase === 'promoting' || phase === 'promoted') return { stable: target(canary, 100), canary: null };
  if (phase === 'rolling-back' || phase === 'rolled-back' || phase === 'failed') {
    return { stable: stable === null ? null : target(stable, 100), canary: null };
  }
  const weight = weightOf(state);
  return { stable: stable === null ? null : target(stable, 100 - weight), canary: target(canary, weight) };
}

/**
 * A stored value as a rollout's state (`schemas/rollout-state.schema.json`).
 *
 * @throws UserError with every field that is not as it must be; the state is left as it is.
 */
export function parseState(value: Json, key: string): RolloutState {
  const where = `state ${key}`;
  const state = requireShape<RolloutState>(validate, value, where, FIX);
  const { step, plan } = state;
  if (step < plan.steps.length) return state;
  throw new UserError({
    what: `must be one of the plan’s ${plan.steps.length} steps, from 0`,
    where: `${where}#/step`,
    fix: FIX,
  });
}
