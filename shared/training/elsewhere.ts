import type { Clock, Log } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { StateConflict, type StateStore } from '../state/state.ts';
import type { TrainingAnswer } from './answer.ts';
import type { Made } from './made.ts';
import { type Elsewhere, readTraining, type StoredTraining, type TrainingState } from './state.ts';

/** What is to be trained elsewhere. */
export interface TrainingRequest {
  /** The state's key, such as `demand/training`. */
  readonly stateKey: string;
  /** What asks for it: for one key one job is submitted. */
  readonly key: string;
  readonly deadlineMs: number;
  /** How long this run polls, and how often. */
  readonly budgetMs: number;
  readonly intervalMs: number;
  /** Submit again under a key whose job is late, or of which no one knows whether it has one? */
  readonly retry: boolean;
}

export interface Trainer {
  /** Starts the training. @throws UserError if its answer cannot be read, so that no one knows whether there is a job. */
  submit(): Promise<TrainingAnswer>;
  /** Asks how a job is; null without a command for it. */
  readonly poll: ((job: string) => Promise<TrainingAnswer>) | null;
}

export interface TrainingContext {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** How it stands: with the answer of a job that has ended in this run. */
export interface JobReport {
  readonly state: TrainingState;
  readonly answer: TrainingAnswer | null;
  /** Does the job belong to an earlier request? Then none was submitted for this one. */
  readonly isOfAnother: boolean;
}

/** Polls in a row that may fail before the run gives up; the state stays, and a later run goes on. */
const FAILURES = 3;

/**
 * Trains elsewhere: submits a job if none is under way, and polls it if it can. Every transition is written before it is
 * acted on, by compare-and-set, so two runs never submit two jobs for one key.
 *
 * @throws UserError if an earlier run was ended while it submitted: no one knows whether there is a job.
 */
export async function trainElsewhere(
  request: TrainingRequest,
  trainer: Trainer,
  around: TrainingContext,
): Promise<JobReport> {
  const found = await opened(request, around);
  if (found !== null && isOpen(found.state)) return carryOn(found, request, trainer, around);
  // A job that has failed is over, so another one may be submitted. A job that is late may still run.
  const settles = ['trained', ...(request.retry ? [] : ['expired'])];
  const isDone = found?.state.key === request.key && settles.includes(found.state.status);
  if (found !== null && isDone) return { state: found.state, answer: null, isOfAnother: false };
  const begun = await begin(found, request, around);
  const answer = await submitted(begun, trainer, around);
  const next = await settled(begun, answer, around);
  return answer.status === 'submitted' ? polled(next, request, trainer, around) : { ...result(next), answer };
}

/** Goes on with a job that is under way, and submits none; null if there is none. */
export async function resumeElsewhere(
  request: Omit<TrainingRequest, 'key' | 'retry'>,
  trainer: Trainer,
  around: TrainingContext,
): Promise<JobReport | null> {
  const found = await opened(request, around);
  if (found === null) return null;
  const asked = { ...request, key: found.state.key, retry: false };
  return isOpen(found.state) ? carryOn(found, asked, trainer, around) : result(found);
}

/**
 * Writes down that a dispatch says how a job has ended. Without a state there is nothing to write: whatever trained, this
 * repository did not submit it.
 *
 * @throws UserError if the dispatch is about another job than the one that is under way.
 */
export async function receive(
  {
    stateKey,
    job,
    made,
  }: { readonly stateKey: string; readonly job?: string | undefined; readonly made: Made },
  around: TrainingContext,
): Promise<void> {
  const found = await opened({ stateKey }, around);
  if (found === null) return;
  const { state } = found;
  if (job !== undefined && state.job !== null && job !== state.job) {
    throw new UserError({
      what: `the dispatch is about the job ${job}, and the job that was submitted last is ${state.job}`,
      where: `state ${stateKey}`,
      fix: 'nothing was judged; wait for the dispatch of that job, or take `job` out of the payload if it was trained by hand',
    });
  }
  if (state.status === 'trained' && state.made?.digest === made.digest) return;
  await move(found, { status: 'trained', made: elsewhereOf(made), reason: null }, around);
}

const isOpen = ({ status }: TrainingState) => status === 'submitting' || status === 'submitted';

const result = ({ state }: Stored): JobReport => ({ state, answer: null, isOfAnother: false });

interface Stored extends StoredTraining {
  readonly stateKey: string;
}

/** The stored training; one whose deadline has come is written down as expired. */
async function opened({ stateKey }: { stateKey: string }, around: TrainingContext): Promise<Stored | null> {
  const now = around.clock.now();
  const stored = await readTraining(around.store, stateKey, now);
  if (stored === null) return null;
  const found = { ...stored, stateKey };
  if (!isOpen(found.state) || now.getTime() < Date.parse(found.state.deadline)) return found;
  return move(found, { status: 'expired', reason: 'the deadline came before the job ended' }, around);
}

/** A job is under way, or its submission was. */
async function carryOn(
  found: Stored,
  request: TrainingRequest,
  trainer: Trainer,
  around: TrainingContext,
): Promise<JobReport> {
  if (found.state.status === 'submitted') {
    const isOfAnother = found.state.key !== request.key;
    return { ...(await polled(found, request, trainer, around)), isOfAnother };
  }
  if (!request.retry || found.state.key !== request.key) throw uncertain(found);
  const again = await move(found, { startedAt: around.clock.now().toISOString() }, around);
  const answer = await submitted(again, trainer, around);
  const next = await settled(again, answer, around);
  return answer.status === 'submitted' ? polled(next, request, trainer, around) : { ...result(next), answer };
}

function uncertain({ state, stateKey }: Stored): UserError {
  return new UserError({
    what: `a run began to submit a training at ${state.startedAt} and has not said how that ended: it is still at it, or was killed`,
    where: `state ${stateKey}`,
    fix: 'wait for that run. Only if it has ended: look whether there is a job, and end it; then run this again with retry: true',
  });
}

async function begin(
  found: Stored | null,
  request: TrainingRequest,
  around: TrainingContext,
): Promise<Stored> {
  const now = around.clock.now();
  const state: TrainingState = {
    schema: 'ml-loop/training@1',
    key: request.key,
    status: 'submitting',
    startedAt: now.toISOString(),
    updatedAt: now.toISOString(),
    deadline: new Date(now.getTime() + request.deadlineMs).toISOString(),
    job: null,
    reason: null,
    made: null,
  };
  const { stateKey } = request;
  const revision = await written(around, stateKey, state, found?.revision ?? null);
  return { state, revision, stateKey };
}

/** What the command answered; that it failed is an answer, too. */
async function submitted(
  found: Stored,
  { submit }: Trainer,
  around: TrainingContext,
): Promise<TrainingAnswer> {
  try {
    return await submit();
  } catch (error) {
    if (error instanceof UserError) await move(found, { reason: error.message.slice(0, 300) }, around);
    throw error;
  }
}

async function settled(found: Stored, answer: TrainingAnswer, around: TrainingContext): Promise<Stored> {
  const { status, job = null, reason = null } = answer;
  // Only a poll may answer `running`.
  const next = status === 'running' ? 'failed' : status;
  return move(
    found,
    { status: next, job: job ?? found.state.job, reason, made: elsewhereOf(answer) },
    around,
  );
}

/** Null if all is in the files that ml-loop.yml names. */
function elsewhereOf({ model, digest, profile, predictions }: Made): Elsewhere | null {
  const made = {
    ...(model === undefined ? {} : { model }),
    ...(digest === undefined ? {} : { digest }),
    ...(profile === undefined ? {} : { profile }),
    ...(predictions === undefined ? {} : { predictions }),
  };
  return Object.keys(made).length === 0 ? null : made;
}

/** Asks until the job has ended, the budget is spent, or the deadline has come. */
async function polled(
  found: Stored,
  request: TrainingRequest,
  { poll }: Trainer,
  around: TrainingContext,
): Promise<JobReport> {
  const { clock, log } = around;
  const { job, deadline } = found.state;
  if (poll === null || job === null) return result(found);
  const end = Math.min(clock.now().getTime() + request.budgetMs, Date.parse(deadline));
  for (let failures = 0; ; ) {
    const answer = await asked(() => poll(job), log);
    failures = answer === null ? failures + 1 : 0;
    if (answer !== null && (answer.status === 'trained' || answer.status === 'failed'))
      return { ...result(await settled(found, answer, around)), answer };
    if (failures >= FAILURES) return result(found);
    if (clock.now().getTime() + request.intervalMs > end) break;
    await clock.sleep(request.intervalMs);
  }
  const isLate = clock.now().getTime() + request.intervalMs > Date.parse(deadline);
  if (!isLate) return result(found);
  return result(
    await move(found, { status: 'expired', reason: 'the deadline came before the job ended' }, around),
  );
}

async function asked(poll: () => Promise<TrainingAnswer>, log: Log): Promise<TrainingAnswer | null> {
  try {
    const answer = await poll();
    log.info(`training: ${answer.status}`);
    return answer;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.info(`training: ${error.message}`);
    return null;
  }
}

async function move(
  found: Stored,
  changes: Partial<TrainingState>,
  around: TrainingContext,
): Promise<Stored> {
  const now = Math.max(around.clock.now().getTime(), Date.parse(found.state.updatedAt));
  const state = { ...found.state, ...changes, updatedAt: new Date(now).toISOString() };
  return { ...found, state, revision: await written(around, found.stateKey, state, found.revision) };
}

async function written(
  { store }: TrainingContext,
  stateKey: string,
  state: TrainingState,
  expected: string | null,
): Promise<string> {
  try {
    const job = state.job === null ? '' : ` (${state.job})`;
    return await store.write(stateKey, state, expected, `training: ${state.status}${job}`);
  } catch (error) {
    if (!(error instanceof StateConflict)) throw error;
    throw new UserError({
      what: 'another run is at work on the same training',
      where: `state ${stateKey}`,
      fix: 'nothing was submitted twice; run this again when the other run has ended',
    });
  }
}
