import { validate } from '../schema/generated/training-state.js';
import { requireShape } from '../schema/shape.ts';
import { checkNow } from '../state/now.ts';
import type { StateStore } from '../state/state.ts';
import type { Json } from '../verdict/verdict.ts';

/**
 * The last training elsewhere of a model. `submitting`: the command was started, and its answer is not known; `expired`:
 * the deadline came before the job's end. Instants are ISO 8601, UTC.
 */
export type TrainingState = {
  readonly schema: 'ml-loop/training@1';
  /** What asked for it: a dispatch's dedupe key, or a run. */
  readonly key: string;
  readonly status: 'submitting' | 'submitted' | 'trained' | 'failed' | 'expired';
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly deadline: string;
  readonly job: string | null;
  readonly reason: string | null;
  /** What the job has made, and where. */
  readonly made: Elsewhere | null;
};

export type Elsewhere = {
  readonly model?: string;
  readonly digest?: string;
  readonly profile?: { readonly uri: string; readonly sha256: string };
  readonly predictions?: { readonly uri: string; readonly sha256: string };
};

export interface StoredTraining {
  readonly state: TrainingState;
  readonly revision: string;
}

const FIX =
  'restore the last good state from the store’s history; only if there is none, remove it (the job that it names is then forgotten)';

export function trainingKey(name: string): string {
  return `${name}/training`;
}

/** A stored value as the state of a training. @throws UserError with every field that is not as it must be. */
export function parseTraining(value: Json, key: string): TrainingState {
  return requireShape<TrainingState>(validate, value, `state ${key}`, FIX);
}

/** @throws UserError as `parseTraining`, and if it has seen a later time than `now`. */
export async function readTraining(
  store: StateStore,
  key: string,
  now: Date,
): Promise<StoredTraining | null> {
  const stored = await store.read(key);
  if (stored === null) return null;
  const state = parseTraining(stored.value, key);
  checkNow(now, state.updatedAt, key);
  return { state, revision: stored.revision };
}
