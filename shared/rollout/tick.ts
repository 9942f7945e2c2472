import { UserError } from '../problem/problem.ts';
import { CHAMPION } from '../registry/champion.ts';
import type { Registry } from '../registry/registry.ts';
import type { Check } from '../verdict/verdict.ts';
import { atDeadline, type Deadline, decideStep, isPast, type RolloutDecision } from './decide.ts';
import type { Journal } from './journal.ts';
import { baselineOf, takeLook } from './measure.ts';
import type { MetricSource } from './metrics.ts';
import { type Router, sameWeights, type Weights, weightsText } from './router.ts';
import {
  isOver,
  REMEMBERED,
  type Release,
  type RolloutState,
  type SmokeTrial,
  wantedWeights,
} from './state.ts';

/** The last version that a person approved: validate-model compares with it, so that small losses cannot add up. */
export const ANCHOR = 'anchor';

/** What a tick works with. */
export interface Tools {
  readonly registry: Registry;
  /** The check `rollout.evidence` of a version (`checkJudged`). */
  readonly evidence: (release: Release, against: 'production' | 'any') => Promise<Check>;
  readonly router: Router;
  /** null if the operation reads none. */
  readonly metrics: MetricSource | null;
  /** null if none is configured. */
  readonly smokeTest: ((state: RolloutState, at: Date) => Promise<SmokeTrial>) | null;
  readonly replay: ((at: Date) => Promise<SmokeTrial>) | null;
  readonly deadline: Deadline;
}

/** The router held other weights than this rollout had put there. */
export interface Drift {
  readonly found: Weights;
  readonly wanted: Weights;
}

/**
 * One step of a rollout: reconciles the router to the state, tries the version out if that is not done, reads the
 * metrics, decides, writes the decision, and then acts on it. Every action may be repeated, so a tick that was killed
 * anywhere is made good by the next.
 *
 * @returns what somebody else had changed at the router.
 * @throws UserError if a tool failed; the state stays as it was written last, and the next tick tries again.
 * @throws StateConflict if another run is at work on the same rollout.
 */
export async function tick(journal: Journal, tools: Tools): Promise<readonly Drift[]> {
  const drifts: Drift[] = [];
  const route = async () => {
    const drift = await reconcile(journal, tools.router);
    if (drift !== null) drifts.push(drift);
  };
  if (journal.state.phase === 'planned') await journal.move({ phase: 'staged' }, 'staged');
  if (journal.state.phase !== 'promoting') await route();
  if (journal.state.phase === 'staged' || (journal.state.phase === 'held' && journal.state.step < 0))
    await tryOut(journal, tools);
  if (journal.state.phase === 'smoked') {
    await startTraffic(journal, tools);
    await route();
  } else if (journal.state.phase === 'awaiting-approval' && journal.state.step < 0) {
    if (isPast(journal.state, journal.now(), tools.deadline))
      await follow(journal, atDeadline(journal.state, tools.deadline), {});
  } else if (getsTraffic(journal.state)) {
    await judge(journal, tools);
    if (journal.state.phase !== 'promoting') await route();
  }
  if (journal.state.phase === 'promoting') await finishPromotion(journal, tools, route);
  if (journal.state.phase === 'rolling-back') await finishRollback(journal, tools, route);
  return drifts;
}

function getsTraffic({ phase, step }: RolloutState): boolean {
  return step >= 0 && (phase === 'step' || phase === 'awaiting-approval' || phase === 'held');
}

/** Puts the wanted weights in force and reads them back. Weights that a killed run left behind are not drift. */
async function reconcile(journal: Journal, router: Router): Promise<Drift | null> {
  const wanted = wantedWeights(journal.state);
  if (wanted === null) return null;
  const found = await router.read();
  const known = journal.routed;
  const ours = [known, journal.put, wanted];
  const drift = found !== null && known !== null && !ours.some((weights) => sameWeights(found, weights));
  if (!sameWeights(found, wanted)) {
    await router.write(wanted);
    const back = await router.read();
    if (back !== null && !sameWeights(back, wanted)) {
      throw new UserError({
        what: `the router holds ${weightsText(back)} after ${weightsText(wanted)} was written`,
        where: 'input router',
        fix: 'find out what else writes to the router, then run the operation advance',
      });
    }
  }
  journal.routed = wanted;
  return drift && found !== null ? { found, wanted } : null;
}

/** Smoke test and replay, before any traffic; what has passed is not repeated. */
async function tryOut(journal: Journal, tools: Tools): Promise<void> {
  const { smokeTest, replay, deadline } = tools;
  const { state } = journal;
  if (isPast(state, journal.now(), deadline)) return follow(journal, atDeadline(state, deadline), {});
  if (state.phase === 'held' && (await closedBy(state, tools)) !== null)
    return follow(journal, { to: 'stay' }, {});
  if (state.phase === 'held')
    await journal.move({ phase: 'staged', reason: null }, 'staged again with a later deadline');
  if (smokeTest !== null && state.smoke?.passed !== true) {
    const smoke = await smokeTest(state, journal.now());
    if (!smoke.passed) return follow(journal, { to: 'rolling-back', reason: smoke.message }, { smoke });
    await journal.move({ smoke }, smoke.message);
  }
  if (replay !== null && state.replay?.passed !== true) {
    const found = await replay(journal.now());
    if (!found.passed)
      return follow(journal, { to: 'rolling-back', reason: `replay: ${found.message}` }, { replay: found });
    await journal.move({ replay: found, phase: 'smoked' }, found.message);
    return;
  }
  await journal.move({ phase: 'smoked' }, 'smoked');
}

/** @throws UserError if the registered bytes are no longer those that were judged. */
async function startTraffic(journal: Journal, tools: Tools): Promise<void> {
  const { registry, metrics, deadline } = tools;
  const now = journal.now();
  if (isPast(journal.state, now, deadline)) return follow(journal, atDeadline(journal.state, deadline), {});
  await registry.verify(journal.state.canary);
  const closed = await closedBy(journal.state, tools);
  if (closed !== null) return follow(journal, { to: 'held', reason: closed }, {});
  if (journal.state.plan.approval === 'before-traffic' && !journal.state.approved)
    return journal.move({ phase: 'awaiting-approval' }, 'awaiting-approval');
  const seen = await baselineOf(journal.state, metrics, now);
  const trafficAt = now.toISOString();
  await journal.move(
    { phase: 'step', step: 0, approved: false, stepSince: trafficAt, trafficAt, seen },
    'step 1',
  );
}

/** Reads the metrics, decides, and writes both down in one transition. */
async function judge(journal: Journal, tools: Tools): Promise<void> {
  const now = journal.now();
  const { changes, look } = await takeLook(journal.state, tools.metrics, now);
  const decision = decideStep({ ...journal.state, ...changes }, look, now, tools.deadline);
  // Held because the door is closed, it is held for as long as that is so, or until a person takes it back.
  const resumes = journal.state.phase === 'held' && decision.to === 'step';
  const stays = resumes && (await closedBy(journal.state, tools)) !== null;
  await follow(journal, stays ? { to: 'stay' } : decision, changes);
}

/** Writes a decision down, with what it was taken on. */
async function follow(
  journal: Journal,
  decision: RolloutDecision,
  changes: Partial<RolloutState>,
): Promise<void> {
  const { state } = journal;
  const totals = changes.totals ?? state.totals;
  switch (decision.to) {
    case 'stay':
      return journal.move(changes, `still in ${state.phase}`);
    case 'step': {
      const resumed = decision.step === state.step;
      const began = resumed
        ? {}
        : { stepSince: journal.now().toISOString(), stepStart: totals.canary, approved: false };
      const next = { ...changes, ...began, phase: 'step' as const, step: decision.step, reason: null };
      return journal.move(next, `step ${decision.step + 1}${resumed ? ' again' : ''}`);
    }
    case 'held':
    case 'rolling-back':
      return journal.move(
        { ...changes, phase: decision.to, reason: decision.reason },
        `${decision.to}: ${decision.reason}`,
      );
    default:
      return journal.move({ ...changes, phase: decision.to, reason: null }, decision.to);
  }
}

/**
 * The check `rollout.evidence`, before traffic and before promotion: it fails if somebody else moved the champion, or if
 * the version's evidence does not hold against the one that is now.
 */
export async function doorOf(
  state: RolloutState,
  { registry, evidence }: Pick<Tools, 'registry' | 'evidence'>,
): Promise<Check> {
  if (isOver(state)) return evidence(state.canary, 'any');
  const champion = await championOf(state, registry);
  if (!wasMoved(state, champion))
    return evidence(state.canary, state.returns === true ? 'any' : 'production');
  return {
    id: 'rollout.evidence',
    status: 'fail',
    message: `another process moved ${CHAMPION} to ${champion ?? 'no version'} during the rollout`,
    fix: 'abort this rollout, run validate-model again, and start the version with the new verdict and retry: true',
  };
}

/** Why the door is closed; null if it is open. */
async function closedBy(state: RolloutState, tools: Tools): Promise<string | null> {
  const { status, message } = await doorOf(state, tools);
  return status === 'fail' ? message : null;
}

async function championOf({ canary }: RolloutState, registry: Registry): Promise<string | null> {
  return (await registry.aliases(canary.name))[CHAMPION] ?? null;
}

/** Does the alias name a version that is not of this rollout? */
function wasMoved({ canary, stable }: RolloutState, champion: string | null): boolean {
  return champion !== canary.version && champion !== (stable?.version ?? null);
}

/** Champion first, for it may have moved; then the anchor, if a person has approved; then all traffic. */
async function finishPromotion(journal: Journal, tools: Tools, route: () => Promise<void>): Promise<void> {
  const { registry } = tools;
  const { canary, stable, refused, returns } = journal.state;
  const champion = await championOf(journal.state, registry);
  if (champion !== canary.version) {
    const closed = await closedBy(journal.state, tools);
    if (closed !== null) {
      await follow(journal, { to: 'held', reason: closed }, {});
      return route();
    }
    await registry.verify(canary);
    await registry.setAlias(canary.name, CHAMPION, canary.version, champion);
  }
  if (byPerson(journal.state)) await registry.setAlias(canary.name, ANCHOR, canary.version);
  await route();
  const allowed = refused.filter((digest) => digest !== canary.digest);
  // To go back to the version before is to take back the one that it replaces.
  const left = returns === true && stable !== null ? [stable.digest] : [];
  const remembered = [...allowed.filter((digest) => !left.includes(digest)), ...left].slice(-REMEMBERED);
  await journal.move({ phase: 'promoted', refused: remembered }, 'promoted');
}

/** Has a person approved a step, without which no later one is reached, or ordered the promotion? */
function byPerson({ plan, forcedAt }: RolloutState): boolean {
  return forcedAt !== null || plan.approval !== undefined || plan.steps.some(({ approval }) => approval);
}

/** Traffic first, to end the harm; then the champion, if this version was made it. */
async function finishRollback(
  journal: Journal,
  { registry }: Tools,
  route: () => Promise<void>,
): Promise<void> {
  const { canary, stable, refused } = journal.state;
  await route();
  if ((await championOf(journal.state, registry)) === canary.version)
    await registry.setAlias(canary.name, CHAMPION, stable?.version ?? null, canary.version);
  // Only a version that had been promoted is the anchor: what took its place back is what a person stands for now.
  if (stable !== null && (await registry.aliases(canary.name))[ANCHOR] === canary.version)
    await registry.setAlias(canary.name, ANCHOR, stable.version);
  const remembered = [...refused.filter((digest) => digest !== canary.digest), canary.digest].slice(
    -REMEMBERED,
  );
  const phase = stable === null ? 'failed' : 'rolled-back';
  await journal.move({ phase, refused: remembered }, phase);
}
