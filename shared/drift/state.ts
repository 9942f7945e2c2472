import { validate } from '../schema/generated/drift-state.js';
import { requireShape } from '../schema/shape.ts';
import { checkNow } from '../state/now.ts';
import type { StateStore } from '../state/state.ts';
import type { Status } from '../verdict/status.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';

export const DRIFT_SCHEMA = 'ml-loop/drift@1';

/** Why a model is trained again. */
export const REASON_KINDS = ['performance', 'drift', 'new-rows', 'schedule'] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];

/** The model in production, by the digest of its bytes. */
export interface Champion {
  readonly digest: string;
  readonly version: string;
}

/** What a run compared, by digest. */
export interface ComparedData {
  readonly reference: string;
  readonly current: string;
}

/** A retrain that was asked for; its key stays the same however often its dispatch is tried. */
export interface RetrainRequest {
  readonly dedupeKey: string;
  /** ISO 8601. */
  readonly requestedAt: string;
  /** Null if no registry says what is in production. */
  readonly champion: Champion | null;
  readonly reasons: readonly ReasonKind[];
  /** What the run compared that asked first. */
  readonly compared?: ComparedData;
}

/**
 * The last retrain. `pending`: decided, and its dispatch not known to have arrived; `dispatched`: it has; `refused`: it
 * was not taken; `announced`: said in the outputs, for there is nothing to dispatch to; `superseded`: a new champion
 * came first.
 */
export interface RetrainRecord extends RetrainRequest {
  readonly status: 'pending' | 'dispatched' | 'refused' | 'announced' | 'superseded';
  /** When its dispatch was last tried: what the cool-down counts from. */
  readonly attemptedAt: string;
}

/** A point of a metric's history; the bounds are null if there are none. */
export interface HistoryPoint {
  readonly at: string;
  readonly value: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** What a run found. */
export interface DriftLook extends ComparedData {
  readonly at: string;
  /** Null if no registry says what was in production. */
  readonly champion: Champion | null;
  readonly status: Status;
  /** How many columns drifted materially. */
  readonly drifted: number;
  /** The request that this run asked for, by its key. */
  readonly retrain: string | null;
}

/** What check-drift remembers of a model, under the key `<name>/drift`. */
export interface DriftState {
  readonly schema: typeof DRIFT_SCHEMA;
  /** The first run and the last one, ISO 8601. */
  readonly firstRun: string;
  readonly lastRun: string;
  readonly retrain: RetrainRecord | null;
  /** By metric, oldest first, at most `HISTORY_LENGTH` points each. */
  readonly history: Readonly<Record<string, readonly HistoryPoint[]>>;
  /** Oldest first, at most `HISTORY_LENGTH`. */
  readonly looks?: readonly DriftLook[];
  /** The retrains before the last one, oldest first, at most `EARLIER_RETRAINS`. */
  readonly earlierRetrains?: readonly RetrainRecord[];
}

export const HISTORY_LENGTH = 200;
export const EARLIER_RETRAINS = 50;

const FIX =
  'restore an earlier revision; only if there is none, remove it (the cool-down and the history then start again)';

export interface StoredDriftState {
  readonly state: DriftState | null;
  /** What a write must name; null if there is none yet. */
  readonly revision: string | null;
  /** The time of this run, never earlier than the last one's. */
  readonly now: Date;
}

/**
 * Reads what earlier runs left.
 *
 * @throws UserError if it is damaged, or if `now` is earlier than the last run: a run that looks back would
 * count its looks twice.
 */
export async function readDriftState(store: StateStore, key: string, now: Date): Promise<StoredDriftState> {
  const { state, revision } = await storedDriftState(store, key);
  return { state, revision, now: state === null ? now : new Date(checkNow(now, state.lastRun, key)) };
}

/** What is stored, whenever it was written. @throws UserError if it is damaged. */
export async function storedDriftState(
  store: StateStore,
  key: string,
): Promise<Omit<StoredDriftState, 'now'>> {
  const stored = await store.read(key);
  if (stored === null) return { state: null, revision: null };
  const state = requireShape<DriftState>(validate, stored.value, `state ${key}`, FIX);
  return { state, revision: stored.revision };
}

/** The state as the JSON that is stored. */
export function driftStateJson(state: DriftState): Json {
  return structuredClone(state) as unknown as Json;
}

export function pointJson({ at, value, lower, upper }: HistoryPoint): JsonObject {
  return { at, value, lower, upper };
}

/** Adds a look at the end; one of the same instant is replaced. */
export function withLook({ looks = [] }: Pick<DriftState, 'looks'>, look: DriftLook): readonly DriftLook[] {
  return [...looks.filter(({ at }) => at !== look.at), look].slice(-HISTORY_LENGTH);
}

/** Adds a point at the end; one of the same instant is replaced, so a repeated run leaves no second point. */
export function withPoint(
  history: DriftState['history'],
  metric: string,
  point: HistoryPoint,
): DriftState['history'] {
  const before = (history[metric] ?? []).filter((old) => old.at !== point.at);
  return { ...history, [metric]: [...before, point].slice(-HISTORY_LENGTH) };
}
