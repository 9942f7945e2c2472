import type { Clock, Log } from '../ports/ports.ts';
import type { ModelReference } from '../registry/reference.ts';
import type { ModelVersion, Registry } from '../registry/registry.ts';
import type { StateStore } from '../state/state.ts';
import type { Check } from '../verdict/verdict.ts';
import type { ApprovalOrder } from './approval.ts';
import type { FirstRelease, RolloutTerms } from './plan.ts';
import type { RolloutState } from './state.ts';
import type { Drift } from './tick.ts';

/** What a rollout is asked for. */
export interface RolloutRequest {
  /** The state's key, such as `demand/rollout`. */
  readonly key: string;
  /** The version to release. */
  readonly model: ModelReference;
  /** Was the model's name given? Otherwise it is the default. */
  readonly nameIsGiven: boolean;
  /** Was the version named? Otherwise `run` goes on with the rollout that is under way, whichever it is of. */
  readonly modelIsGiven: boolean;
  readonly plan: RolloutTerms;
  /** Start again with a version that was taken back? */
  readonly retry: boolean;
  readonly firstRelease: FirstRelease;
  /** Who gives the order, if the operation is one of a person. */
  readonly order: ApprovalOrder;
  /** The version that `rollback` goes back to; undefined for the one before. */
  readonly to?: string | undefined;
  /** Of the operation `run`, in milliseconds. */
  readonly intervalMs: number;
  readonly budgetMs: number;
}

export interface Surroundings {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
}

/** What an operation came to. */
export interface Result {
  /** null if there is no rollout. */
  readonly state: RolloutState | null;
  /** The version that was not rolled out: it lacks evidence, or is the champion already. */
  readonly version: ModelVersion | null;
  /** What the evidence of the version shows: `rollout.evidence`; null without a rollout. */
  readonly evidence: Check | null;
  readonly drifts: readonly Drift[];
  /** Why the router could not be read. */
  readonly unread?: string;
  /** Was it over before `resume` looked, so that nothing of it is news? */
  readonly wasOver?: boolean;
}

export const NO_ROLLOUT: Result = { state: null, version: null, evidence: null, drifts: [] };
