import { UserError } from '../problem/problem.ts';
import { refuseSlip } from '../registry/champion.ts';
import { AliasConflict } from '../registry/registry.ts';
import { StateConflict } from '../state/state.ts';
import type { Check } from '../verdict/verdict.ts';
import { type ApprovalOrder, approve, checkOrder, unexpected } from './approval.ts';
import { begin } from './begin.ts';
import { Journal } from './journal.ts';
import type { RolloutOperation } from './plan.ts';
import { NO_ROLLOUT, type Result, type RolloutRequest, type Surroundings } from './request.ts';
import { sameWeights } from './router.ts';
import { isOver, ORDERED, type Phase, type RolloutState, wantedWeights } from './state.ts';
import { doorOf, type Tools, tick } from './tick.ts';
import { impossible, wayBack } from './way-back.ts';

/** Other runs may be at work on the same rollout; so often one begins again from what they wrote. */
const TRIES = 4;
/** The operations that tick until the rollout is over. */
const KEEPS_ON: readonly RolloutOperation[] = ['run', 'resume'];
/** The operations that end a rollout, whatever its clock says. */
const ENDS: readonly RolloutOperation[] = ['abort', 'rollback'];
/** Ticks in a row that may fail before `run` gives up. */
const FAILURES = 3;

/** No rollout of this model; of a model with a missing or misspelled name that would be a false answer. */
async function nothing({ model, nameIsGiven }: RolloutRequest, { registry }: Surroundings): Promise<Result> {
  const ifNew = 'start its first rollout';
  await refuseSlip(registry, { name: model.name, given: nameIsGiven, ifNew });
  return NO_ROLLOUT;
}

/** Carries out an operation. @throws UserError if it is not possible in the rollout's phase, and as `tick` does. */
export async function operate(
  operation: RolloutOperation,
  request: RolloutRequest,
  tools: Tools,
  around: Surroundings,
): Promise<Result> {
  if (operation === 'status') return status(request, tools, around);
  const first = await oneTick(operation, request, tools, around);
  return KEEPS_ON.includes(operation) ? keepOn(first, request, tools, around) : first;
}

async function oneTick(
  operation: RolloutOperation,
  request: RolloutRequest,
  tools: Tools,
  around: Surroundings,
): Promise<Result> {
  return uncontested(async () => {
    const { store, clock } = around;
    const found = await Journal.open(store, clock, request.key);
    const underWay = found !== null && !isOver(found.state);
    if (ENDS.includes(operation)) found?.setClock();
    else if (underWay) found.now();
    if (operation === 'start' || (operation === 'run' && (request.modelIsGiven || !underWay))) {
      const begun = await begin(found, request, tools, around);
      if (!(begun instanceof Journal)) return begun;
      return ticked(begun, tools);
    }
    if (found === null) {
      if (operation === 'advance' || operation === 'resume') return nothing(request, around);
      throw new UserError({
        what: `there is no rollout to ${operation}`,
        where: `state ${request.key}`,
        fix: 'start one',
      });
    }
    if (operation === 'approve' || operation === 'promote') {
      const evidence = isOver(found.state) ? null : await doorOf(found.state, tools);
      if (evidence?.status === 'fail') return { ...NO_ROLLOUT, state: found.state, evidence };
    }
    if (operation === 'rollback' && found.state.phase === 'promoted') await goBack(found, request, around);
    else if (request.to !== undefined && !isOneOf(found.state.phase, ['rolling-back', 'rolled-back']))
      throw impossible('rollback', found.state, '`to` is for a version that is promoted');
    else if (isOrder(operation)) await ORDERS[operation](found, request.order);
    const result = await ticked(found, tools);
    return operation === 'resume' && !underWay ? { ...result, wasOver: true } : result;
  });
}

async function ticked(journal: Journal, tools: Tools): Promise<Result> {
  const drifts = await tick(journal, tools);
  return { ...NO_ROLLOUT, state: journal.state, evidence: await told(journal.state, tools), drifts };
}

/** What the evidence shows at the end of an operation; a registry that cannot be read is told, and undoes nothing. */
async function told(state: RolloutState, tools: Tools): Promise<Check> {
  try {
    return await doorOf(state, tools);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { id: 'rollout.evidence', status: 'inconclusive', message: error.message };
  }
}

/** Begins again if another run wrote in between; what was done already is found done. */
async function uncontested(attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const contested = error instanceof StateConflict || error instanceof AliasConflict;
      if (!contested) throw error;
      if (tries < TRIES) continue;
      throw new UserError({
        what: 'other runs keep changing this rollout',
        fix: 'give its jobs a concurrency group, so that they wait for each other, and run again',
      });
    }
  }
}

/** What a person may order. */
type Ordered = 'approve' | 'promote' | 'abort' | 'rollback';

const isOrder = (operation: RolloutOperation): operation is Ordered => Object.hasOwn(ORDERS, operation);

/** Decisions of a person; each is written down, and the tick that follows acts on it. */
const ORDERS: Readonly<Record<Ordered, (journal: Journal, order: ApprovalOrder) => Promise<void>>> = {
  approve: (journal, order) => approve(journal, order, (why) => impossible('approve', journal.state, why)),
  promote: async (journal, order) => {
    const { phase, trafficAt } = journal.state;
    if (phase === 'promoting' || phase === 'promoted') return;
    if (trafficAt === null || !isOneOf(phase, ['step', 'awaiting-approval', 'held'])) {
      throw impossible('promote', journal.state, 'it gets no traffic');
    }
    checkOrder(journal.state, order);
    await journal.move(
      { phase: 'promoting', reason: null, forcedAt: journal.now().toISOString() },
      'promotion forced',
    );
  },
  abort: async (journal, { expected }) => {
    const { phase } = journal.state;
    if (isOneOf(phase, ['rolling-back', 'rolled-back', 'failed'])) return;
    const problems = unexpected(journal.state, expected);
    if (problems.length > 0) throw new UserError(problems);
    if (phase === 'promoted')
      throw impossible('abort', journal.state, 'run the operation rollback to go back');
    await journal.move({ phase: 'rolling-back', reason: ORDERED.abort }, 'aborted');
  },
  rollback: (journal, order) => ORDERS.abort(journal, order),
};

/** Takes a promoted version back. @throws UserError as `wayBack`. */
async function goBack(journal: Journal, request: RolloutRequest, { registry }: Surroundings): Promise<void> {
  const problems = unexpected(journal.state, request.order.expected);
  if (problems.length > 0) throw new UserError(problems);
  const stable = await wayBack(journal.state, request.to, registry);
  const reason = ORDERED.rollback;
  await journal.move({ phase: 'rolling-back', stable, reason }, 'rolled back by a person');
}

function isOneOf(phase: Phase, phases: readonly Phase[]): boolean {
  return phases.includes(phase);
}

/** Reads, and changes nothing: neither the state nor the router. */
async function status(request: RolloutRequest, tools: Tools, around: Surroundings): Promise<Result> {
  const { store, clock } = around;
  const journal = await Journal.open(store, clock, request.key);
  if (journal === null) return nothing(request, around);
  const evidence = await told(journal.state, tools);
  const result = { ...NO_ROLLOUT, state: journal.state, evidence };
  const wanted = wantedWeights(journal.state);
  if (wanted === null) return result;
  try {
    const found = await tools.router.read();
    const drifted = found !== null && !sameWeights(found, wanted);
    return { ...result, drifts: drifted ? [{ found, wanted }] : [] };
  } catch (error) {
    // Where the rollout is must be told, whatever else is broken.
    if (!(error instanceof UserError)) throw error;
    return { ...result, unread: error.message };
  }
}

/** Ticks at the interval until the rollout is over, a person must decide, or the budget is spent. */
async function keepOn(
  first: Result,
  request: RolloutRequest,
  tools: Tools,
  around: Surroundings,
): Promise<Result> {
  const { clock, log } = around;
  const end = clock.now().getTime() + request.budgetMs;
  let result = first;
  for (let failures = 0; isUnderWay(result.state) && clock.now().getTime() + request.intervalMs <= end; ) {
    await clock.sleep(request.intervalMs);
    try {
      const next = await oneTick('advance', request, tools, around);
      result = { ...next, drifts: [...result.drifts, ...next.drifts] };
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!(error instanceof UserError) || failures >= FAILURES) throw error;
      log.info(`${error.message}; trying again`);
    }
    if (result.state !== null)
      log.info(`${result.state.canary.name} ${result.state.canary.version}: ${result.state.phase}`);
  }
  return result;
}

function isUnderWay(state: RolloutState | null): boolean {
  return state !== null && !isOver(state) && state.phase !== 'held' && state.phase !== 'awaiting-approval';
}
