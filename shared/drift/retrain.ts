import { UserError } from '../problem/problem.ts';
import { StateConflict, type StateStore } from '../state/state.ts';
import type { Deliver } from './dispatch.ts';
import {
  type DriftState,
  driftStateJson,
  type HistoryPoint,
  readDriftState,
  type StoredDriftState,
  withPoint,
} from './state.ts';
import { type Decision, decide, type TriggerFacts, type TriggerPolicy } from './triggers.ts';

export interface RetrainRun {
  readonly store: StateStore;
  readonly key: string;
  readonly now: Date;
  readonly facts: TriggerFacts;
  readonly policy: TriggerPolicy;
  /** This run's point of each metric's history. */
  readonly points: Readonly<Record<string, HistoryPoint>>;
  /** Null where the decision is said in the outputs only. */
  readonly deliver: Deliver | null;
}

export interface RetrainResult {
  readonly decision: Decision;
  /** As it was stored. */
  readonly state: DriftState;
}

const ATTEMPTS = 4;

/**
 * Decides, writes the decision, delivers it, and writes that it was delivered, in this order. So whatever call a run
 * dies at, the next one delivers the same request under the same key, or knows that it was delivered.
 *
 * @throws UserError where the state or the receiver refuses; what was written stays, and the next run goes on there.
 */
export async function settleRetrain(run: RetrainRun): Promise<RetrainResult> {
  const { decision, state, revision, foreign } = await record(run);
  if (decision.request === null || run.deliver === null || foreign) return { decision, state };
  await run.deliver(decision.request);
  return { decision, state: await confirm(run, decision.request.dedupeKey, { state, revision }) };
}

interface Recorded extends RetrainResult {
  readonly revision: string;
  /** The pending request is another run's, which is about to deliver it. */
  readonly foreign: boolean;
}

/** Decides and writes; where another run wrote in between, decides again on what that one left. */
async function record(run: RetrainRun): Promise<Recorded> {
  const pendingAtFirst = new Set<string>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = await readDriftState(run.store, run.key, run.now);
    const pending = stored.state?.retrain?.status === 'pending' ? stored.state.retrain.dedupeKey : null;
    if (attempt === 0 && pending !== null) pendingAtFirst.add(pending);
    const foreign = attempt > 0 && pending !== null && !pendingAtFirst.has(pending);
    const decided = decide(stored.state, run.facts, run.policy, stored.now);
    const decision = foreign && decided.request?.dedupeKey === pending ? leftToOther(decided) : decided;
    const state = complete(run, decision);
    const revision = await writeState(run, state, stored.revision, reasonText(decision));
    if (revision !== null) return { decision, state, revision, foreign };
  }
  throw new UserError({
    what: 'other runs keep changing it at the same time',
    where: `state ${run.key}`,
    mend: 'give the workflow a concurrency group, so that one run follows the other',
  });
}

function leftToOther(decision: Decision): Decision {
  return { ...decision, retrain: false, suppressed: 'duplicate', request: null };
}

/** The decision's state with this run's points; without a receiver, what is asked for counts as said. */
function complete(run: RetrainRun, { nextState }: Decision): DriftState {
  const { retrain } = nextState;
  const said =
    run.deliver === null && retrain?.status === 'pending'
      ? { ...retrain, status: 'announced' as const }
      : retrain;
  const history = Object.entries(run.points).reduce(
    (all, [metric, point]) => withPoint(all, metric, point),
    nextState.history,
  );
  return { ...nextState, retrain: said, history };
}

async function confirm(
  run: RetrainRun,
  dedupeKey: string,
  written: Pick<StoredDriftState, 'state' | 'revision'>,
): Promise<DriftState> {
  let { state, revision } = written;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const retrain = state?.retrain;
    // Another run has gone on from here: what it wrote is later than what this one knows.
    if (state === null || retrain?.dedupeKey !== dedupeKey || retrain.status !== 'pending') break;
    const confirmed: DriftState = { ...state, retrain: { ...retrain, status: 'dispatched' } };
    if ((await writeState(run, confirmed, revision, 'retrain dispatched')) !== null) return confirmed;
    ({ state, revision } = await readDriftState(run.store, run.key, run.now));
  }
  if (state !== null) return state;
  throw new UserError({
    what: 'it was removed while the run went on',
    where: `state ${run.key}`,
    mend: 'run check-drift again',
  });
}

/** The new revision, or null where somebody else wrote first. */
async function writeState(run: RetrainRun, state: DriftState, revision: string | null, why: string) {
  try {
    return await run.store.write(run.key, driftStateJson(state), revision, `check-drift: ${why}`);
  } catch (error) {
    if (error instanceof StateConflict) return null;
    throw error;
  }
}

function reasonText({ request, suppressed }: Decision): string {
  if (request !== null) return `retrain pending (${request.reasons.join(', ')})`;
  return suppressed === undefined ? 'no retrain' : `no retrain (${suppressed})`;
}
