import { grouped } from '../problem/numbers.ts';
import { canonicalJson, sha256Text } from '../verdict/digest.ts';
import {
  type Champion,
  type ComparedData,
  DRIFT_SCHEMA,
  type DriftState,
  EARLIER_RETRAINS,
  REASON_KINDS,
  type ReasonKind,
  type RetrainRecord,
  type RetrainRequest,
} from './state.ts';

/** What a run found out that can ask for a retrain. */
export interface TriggerFacts {
  readonly name: string;
  /** Null if no registry says what is in production. */
  readonly champion: Champion | null;
  /** When the champion was registered; null if that is unknown. */
  readonly championSince: Date | null;
  /** The requirement that performance was shown to break, such as `mae <= 60`; null if none was. */
  readonly brokenRequirement: string | null;
  /** Columns with material drift. */
  readonly driftedColumns: readonly string[];
  /** Labelled rows later than the champion's training data; null if that cannot be counted. */
  readonly newRows: number | null;
  readonly compared?: ComparedData;
}

export interface TriggerPolicy {
  /** Milliseconds in which no second retrain is dispatched. */
  readonly cooldown: number;
  /** Milliseconds that a delivery may take: a request pending for less is another run's, which is at it. 0 by default. */
  readonly delivery?: number;
  /** Does material drift alone ask for a retrain? */
  readonly driftTriggers: boolean;
  /** New labelled rows that ask for a retrain. */
  readonly newRows?: number;
  /** Milliseconds after which a retrain is asked for in any case. */
  readonly retrainEvery?: number;
}

export interface RetrainReason {
  readonly kind: ReasonKind;
  readonly message: string;
}

/** Why reasons lead to no retrain: the same one was asked for already, or another one just now. */
export type Suppression = 'cooldown' | 'duplicate';

export interface RetrainDecision {
  readonly retrain: boolean;
  /** Also if they are suppressed. */
  readonly reasons: readonly RetrainReason[];
  readonly suppressed?: Suppression;
  /** The end of the cool-down that suppresses, ISO 8601. */
  readonly until?: string;
  /** What to dispatch; null if `retrain` is false. */
  readonly request: RetrainRequest | null;
  /** To be written before anything is dispatched; its request is `pending` in it. */
  readonly nextState: DriftState;
}

/**
 * Decides whether to train again, from what earlier runs left and what this one found. It decides alone by its
 * arguments, so a run that was killed decides the same again.
 *
 * A request for the same champion that was refused, or that is pending for longer than a delivery takes, is tried again
 * under its own key, whatever the cool-down says, for no one knows that it arrived. If a new champion came meanwhile,
 * it is dropped, and the cool-down counts from its last attempt.
 */
export function decideRetrain(
  state: DriftState | null,
  facts: TriggerFacts,
  policy: TriggerPolicy,
  now: Date,
): RetrainDecision {
  const at = now.toISOString();
  const last = superseded(state?.retrain ?? null, facts.champion);
  const base: DriftState = {
    history: {},
    firstRun: at,
    ...state,
    schema: DRIFT_SCHEMA,
    lastRun: at,
    retrain: last,
  };
  const reasons = reasonsOf(base, facts, policy, now);
  if (last !== null && isOpen(last)) {
    const free = Date.parse(last.attemptedAt) + (policy.delivery ?? 0);
    if (last.status === 'refused' || now.getTime() >= free) return retry(base, last, reasons, at);
    const until = new Date(free).toISOString();
    return { retrain: false, reasons, suppressed: 'duplicate', until, request: null, nextState: base };
  }
  if (reasons.length === 0) return { retrain: false, reasons, request: null, nextState: base };

  const request = requestOf(facts, reasons, at);
  const suppressed = suppression(last, request, policy, now);
  if (suppressed !== undefined && last !== null) {
    const until = new Date(Date.parse(last.attemptedAt) + policy.cooldown).toISOString();
    return { retrain: false, reasons, suppressed, until, request: null, nextState: base };
  }
  const earlierRetrains = [...(base.earlierRetrains ?? []), ...(last === null ? [] : [last])];
  const nextState: DriftState = {
    ...base,
    ...(last === null ? {} : { earlierRetrains: earlierRetrains.slice(-EARLIER_RETRAINS) }),
    retrain: { ...request, status: 'pending', attemptedAt: at },
  };
  return { retrain: true, reasons, request, nextState };
}

function isOpen({ status }: RetrainRecord): boolean {
  return status === 'pending' || status === 'refused';
}

/** An open request of an earlier champion is settled by the champion that followed. */
function superseded(last: RetrainRecord | null, champion: Champion | null): RetrainRecord | null {
  if (last === null || !isOpen(last) || last.champion?.digest === champion?.digest) return last;
  return { ...last, status: 'superseded' };
}

function retry(
  base: DriftState,
  pending: RetrainRecord,
  reasons: readonly RetrainReason[],
  at: string,
): RetrainDecision {
  const { status: _, attemptedAt: __, ...request } = pending;
  const { requestedAt, reasons: kinds } = request;
  const earlier = kinds
    .filter((kind) => !reasons.some((reason) => reason.kind === kind))
    .map((kind) => ({ kind, message: `asked for at ${requestedAt}, but perhaps not dispatched` }));
  return {
    retrain: true,
    reasons: [...reasons, ...earlier],
    request,
    nextState: { ...base, retrain: { ...pending, status: 'pending', attemptedAt: at } },
  };
}

function suppression(
  last: RetrainRecord | null,
  request: RetrainRequest,
  policy: TriggerPolicy,
  now: Date,
): Suppression | undefined {
  if (last === null) return undefined;
  // The very same run again: same instant, champion and reasons.
  if (last.dedupeKey === request.dedupeKey) return 'duplicate';
  if (now.getTime() - Date.parse(last.attemptedAt) >= policy.cooldown) return undefined;
  const sameChampion = last.champion?.digest === request.champion?.digest;
  return sameChampion && last.reasons.join() === request.reasons.join() ? 'duplicate' : 'cooldown';
}

function requestOf(
  facts: TriggerFacts,
  reasons: readonly RetrainReason[],
  requestedAt: string,
): RetrainRequest {
  const { name } = facts;
  const champion =
    facts.champion === null ? null : { digest: facts.champion.digest, version: facts.champion.version };
  const kinds = REASON_KINDS.filter((kind) => reasons.some((reason) => reason.kind === kind));
  const identity = { name, champion: champion?.digest ?? null, reasons: kinds, requestedAt };
  const { compared } = facts;
  return {
    dedupeKey: sha256Text(canonicalJson(identity)),
    requestedAt,
    champion,
    reasons: kinds,
    ...(compared === undefined ? {} : { compared }),
  };
}

function reasonsOf(
  state: DriftState,
  facts: TriggerFacts,
  policy: TriggerPolicy,
  now: Date,
): readonly RetrainReason[] {
  const reasons: RetrainReason[] = [];
  if (facts.brokenRequirement !== null) {
    reasons.push({
      kind: 'performance',
      message: `performance is shown to break ${facts.brokenRequirement}`,
    });
  }
  if (policy.driftTriggers && facts.driftedColumns.length > 0) {
    reasons.push({ kind: 'drift', message: `material drift of ${named(facts.driftedColumns)}` });
  }
  if (policy.newRows !== undefined && facts.newRows !== null && facts.newRows >= policy.newRows) {
    const message = `${grouped(facts.newRows)} labelled rows are later than the training data; a retrain is asked for from ${grouped(policy.newRows)} on`;
    reasons.push({ kind: 'new-rows', message });
  }
  const since = trainedSince(state, facts);
  if (policy.retrainEvery !== undefined && now.getTime() - since >= policy.retrainEvery) {
    reasons.push({
      kind: 'schedule',
      message: `the last training was asked for or registered at ${new Date(since).toISOString()}`,
    });
  }
  return reasons;
}

/** What the schedule counts from: the champion's registration or the last request, or else the first run. */
function trainedSince(state: DriftState, facts: TriggerFacts): number {
  const requested = state.retrain === null ? Number.NEGATIVE_INFINITY : Date.parse(state.retrain.attemptedAt);
  const latest = Math.max(facts.championSince?.getTime() ?? Number.NEGATIVE_INFINITY, requested);
  return Number.isFinite(latest) ? latest : Date.parse(state.firstRun);
}

const NAMED_COLUMNS = 5;

function named(columns: readonly string[]): string {
  const shown = columns.slice(0, NAMED_COLUMNS).join(', ');
  return columns.length > NAMED_COLUMNS
    ? `${shown} and ${grouped(columns.length - NAMED_COLUMNS)} more`
    : shown;
}
