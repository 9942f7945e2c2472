import { UserError } from '../problem/problem.ts';
import { StateConflict, type StateStore } from '../state/state.ts';
import type { Deliver } from './dispatch.ts';
import {
  type DriftLook,
  type DriftState,
  driftStateJson,
  type HistoryPoint,
  readDriftState,
  type StoredDriftState,
  storedDriftState,
  withLook,
  withPoint,
} from './state.ts';
import { decideRetrain, type RetrainDecision, type TriggerFacts, type TriggerPolicy } from './triggers.ts';

export interface RetrainRun {
  readonly store: StateStore;
  readonly key: string;
  readonly now: Date;
  readonly facts: TriggerFacts;
  readonly policy: TriggerPolicy;
  /** This run's point of each metric's history. */
  readonly points: Readonly<Record<string, HistoryPoint>>;
  /** What this run found. */
  readonly look: Omit<DriftLook, 'retrain'>;
  /** Null if the decision is said in the outputs only. */
  readonly deliver: Deliver | null;
}

export interface RetrainResult {
  readonly decision: RetrainDecision;
  /** As it was stored. */
  readonly state: DriftState;
}

const ATTEMPTS = 4;

/**
 * Decides, writes the decision, delivers it, and writes that it was delivered, in this order. So whatever call a run
 * dies at, a later one delivers the same request under the same key, or knows that it was delivered.
 *
 * @throws UserError if the state or the receiver refuses; what was written stays, and the next run goes on there.
 */
export async function settleRetrain(run: RetrainRun): Promise<RetrainResult> {
  const { decision, state, revision } = await record(run);
  const { request } = decision;
  if (request === null || run.deliver === null) return { decision, state };
  const settle = (status: 'dispatched' | 'refused') =>
    confirm(run, request.dedupeKey, status, { state, revision });
  try {
    await run.deliver(request);
  } catch (error) {
    // Known not to have arrived, so that the next run need not wait for this one.
    if (error instanceof UserError) await settle('refused');
    throw error;
  }
  return { decision, state: await settle('dispatched') };
}

/** Decides and writes; if another run wrote in between, decides again on what that one left. */
async function record(run: RetrainRun): Promise<RetrainResult & { readonly revision: string }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = await readDriftState(run.store, run.key, run.now);
    const decision = decideRetrain(stored.state, run.facts, run.policy, stored.now);
    const state = complete(run, decision);
    const revision = await writeState(run, state, stored.revision, reasonText(decision));
    if (revision !== null) return { decision, state, revision };
  }
  throw new UserError({
    what: 'other runs keep changing it at the same time',
    where: `state ${run.key}`,
    fix: 'give the workflow a concurrency group, so that its runs wait for each other',
  });
}

/** The decision's state with this run's points; without a receiver, what is asked for counts as said. */
function complete(run: RetrainRun, { nextState, request }: RetrainDecision): DriftState {
  const { retrain } = nextState;
  const said =
    run.deliver === null && retrain?.status === 'pending'
      ? { ...retrain, status: 'announced' as const }
      : retrain;
  const history = Object.entries(run.points).reduce(
    (all, [metric, point]) => withPoint(all, metric, point),
    nextState.history,
  );
  const looks = withLook(nextState, { ...run.look, retrain: request?.dedupeKey ?? null });
  return { ...nextState, retrain: said, history, looks };
}

async function confirm(
  run: RetrainRun,
  dedupeKey: string,
  status: 'dispatched' | 'refused',
  written: Pick<StoredDriftState, 'state' | 'revision'>,
): Promise<DriftState> {
  let { state, revision } = written;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const retrain = state?.retrain;
    // Another run has gone on from here: what it wrote is later than what this one knows.
    if (state === null || retrain?.dedupeKey !== dedupeKey || retrain.status !== 'pending') break;
    const confirmed: DriftState = { ...state, retrain: { ...retrain, status } };
    if ((await writeState(run, confirmed, revision, `retrain ${status}`)) !== null) return confirmed;
    // A later run may have written while this one delivered: the time is not a matter here.
    ({ state, revision } = await storedDriftState(run.store, run.key));
  }
  if (state !== null) return state;
  throw new UserError({
    what: 'it was removed while the run went on',
    where: `state ${run.key}`,
    fix: 'run check-drift again',
  });
}

/** The new revision, or null if somebody else wrote first. */
async function writeState(run: RetrainRun, state: DriftState, revision: string | null, why: string) {
  try {
    return await run.store.write(run.key, driftStateJson(state), revision, `check-drift: ${why}`);
  } catch (error) {
    if (error instanceof StateConflict) return null;
    throw error;
  }
}

function reasonText({ request, suppressed }: RetrainDecision): string {
  if (request !== null) return `retrain pending (${request.reasons.join(', ')})`;
  return suppressed === undefined ? 'no retrain' : `no retrain (${suppressed})`;
}
