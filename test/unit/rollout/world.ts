import type { ApprovalOrder } from '../../../shared/rollout/approval.ts';
import { rolloutChecks } from '../../../shared/rollout/checks.ts';
import type { Deadline } from '../../../shared/rollout/decide.ts';
import { checkJudged } from '../../../shared/rollout/judged.ts';
import type {
  CountedSoFar,
  Counts,
  MetricSource,
  MetricsLook,
  MetricsReading,
} from '../../../shared/rollout/metrics.ts';
import { increaseOf, NO_COUNTS } from '../../../shared/rollout/metrics.ts';
import { operate } from '../../../shared/rollout/operations.ts';
import {
  type PlanParts,
  type RolloutOperation,
  type RolloutStep,
  type RolloutTerms,
  rolloutPlan,
} from '../../../shared/rollout/plan.ts';
import type { Result, RolloutRequest } from '../../../shared/rollout/request.ts';
import { parseState, type RolloutState } from '../../../shared/rollout/state.ts';
import type { Tools } from '../../../shared/rollout/tick.ts';
import type { Status } from '../../../shared/verdict/status.ts';
import type { Baseline, Check } from '../../../shared/verdict/verdict.ts';
import { MemoryClock, MemoryRegistry, MemoryRouter, MemoryState } from '../../support/memory.ts';
import { modelVerdict } from '../../support/models.ts';

export const MINUTE = 60_000;
export const KEY = 'demand/rollout';

export function step(weight: number, parts: Partial<RolloutStep> = {}): RolloutStep {
  return { weight, atLeastMs: 2 * MINUTE, requests: 10, approval: false, ...parts };
}

export function plan(parts: Partial<PlanParts> = {}): RolloutTerms {
  return rolloutPlan({
    strategy: 'canary',
    steps: [step(10), step(50)],
    promoteOn: 'evidence',
    errorMargin: 2,
    errorFloor: 0.001,
    alpha: 0.05,
    dispersion: 1,
    maxErrorRate: null,
    maxLatencyMs: null,
    ...parts,
  });
}

/** Traffic of a steady rate: each version's totals follow from the time since traffic began. */
export interface Traffic {
  /** Requests of each version per minute. */
  readonly perMinute: number;
  readonly canaryErrors: number;
  readonly stableErrors: number;
}

export const HEALTHY: Traffic = { perMinute: 1000, canaryErrors: 0.01, stableErrors: 0.01 };
export const BROKEN: Traffic = { perMinute: 1000, canaryErrors: 0.3, stableErrors: 0.01 };

export class SteadyMetrics implements MetricSource {
  traffic: Traffic;
  /** Replaces the reading, if set. */
  instead: MetricsReading | null = null;

  constructor(traffic: Traffic) {
    this.traffic = traffic;
  }

  async baseline() {
    return { canary: NO_COUNTS, stable: NO_COUNTS };
  }

  async read({ since, now, stable }: MetricsLook, seen: CountedSoFar): Promise<MetricsReading> {
    if (this.instead !== null) return this.instead;
    const minutes = (now.getTime() - since.getTime()) / MINUTE;
    const { perMinute, canaryErrors, stableErrors } = this.traffic;
    const counts = (errors: number): Counts => {
      const requests = Math.floor(perMinute * minutes);
      return { requests, judged: requests, errors: Math.floor(requests * errors), timed: 0, slow: 0 };
    };
    const totals = { canary: counts(canaryErrors), stable: stable === null ? null : counts(stableErrors) };
    return increaseOf(totals, seen);
  }
}

/** A registry with demand 1.0.0 (champion) and 1.1.0 (candidate, judged), a router, a store and traffic. */
export class World {
  readonly clock = new MemoryClock();
  readonly store = new MemoryState();
  readonly registry = new MemoryRegistry();
  readonly router = new MemoryRouter();
  readonly metrics: SteadyMetrics;
  readonly log: string[] = [];
  plan = plan();
  deadline: Deadline = { afterMs: 24 * 60 * MINUTE, onDeadline: 'hold' };
  trials: Pick<Tools, 'smokeTest' | 'replay'> = { smokeTest: null, replay: null };
  retry = false;
  firstRelease: RolloutRequest['firstRelease'] = 'allow';
  which = '1.1.0';
  to: string | undefined;
  order: ApprovalOrder = { by: [], logins: undefined, preventSelf: false };
  /** What versions are judged against. */
  #production: Baseline | null = null;

  constructor(traffic: Traffic = HEALTHY, first = false) {
    this.metrics = new SteadyMetrics(traffic);
    const old = this.registry.add('demand', '1.0.0', { 'model.json': 'one' });
    if (!first) {
      void this.registry.setAlias('demand', 'champion', old.version);
      this.#production = { name: 'model:demand@1.0.0', digest: old.digest };
    }
    this.addJudged('1.1.0', 'two');
    void this.registry.setAlias('demand', 'candidate', '1.1.0');
  }

  addJudged(version: string, content: string, status: Status = 'pass'): void {
    const made = this.registry.add('demand', version, { 'model.json': content });
    const production = this.#production;
    const verdict = modelVerdict(made.digest, {
      checks: [{ id: 'comparison.mae', status, message: 'm' }],
      compared: { binding: 'bound', production, anchor: null },
    });
    this.registry.attach(made, 'verdicts/validate-model.json', JSON.stringify(verdict));
  }

  /** The version is judged again, against this one (null: against nothing). */
  async judgeAgain(version: string, against: string | null, status: Status = 'pass'): Promise<void> {
    const versions = await this.registry.versions('demand');
    const find = (wanted: string | null) => versions.find((each) => each.version === wanted);
    const [made, baseline] = [find(version), find(against)];
    if (made === undefined) throw new Error(`there is no ${version}`);
    const production =
      baseline === undefined ? null : { name: `model:demand@${against}`, digest: baseline.digest };
    const verdict = modelVerdict(made.digest, {
      checks: [{ id: 'comparison.mae', status, message: 'm' }],
      compared: { binding: 'bound', production, anchor: null },
    });
    this.registry.attach(made, 'verdicts/validate-model.json', JSON.stringify(verdict));
  }

  get tools(): Tools {
    const { registry, router, metrics, deadline } = this;
    const evidence: Tools['evidence'] = (release, against) =>
      checkJudged(release, registry, { weaker: () => [] }, against);
    return { registry, evidence, router, metrics, deadline, ...this.trials };
  }

  get request(): RolloutRequest {
    return {
      key: KEY,
      model: { name: 'demand', which: this.which },
      nameIsGiven: true,
      modelIsGiven: true,
      plan: this.plan,
      retry: this.retry,
      firstRelease: this.firstRelease,
      order: this.order,
      to: this.to,
      intervalMs: MINUTE,
      budgetMs: 10 * MINUTE,
    };
  }

  /** One operation. */
  async do(operation: RolloutOperation): Promise<Result> {
    const { store, clock, registry } = this;
    const log = { info: (message: string) => void this.log.push(message) };
    return operate(operation, this.request, this.tools, { store, clock, registry, log });
  }

  /** Starts, and advances each minute until the phase is one of these. */
  async until(...phases: readonly string[]): Promise<RolloutState> {
    let { state } = await this.do('start');
    for (let minutes = 0; state !== null && !phases.includes(state.phase); minutes += 1) {
      if (minutes > 200)
        throw new Error(`still ${state.phase} (step ${state.step}) after ${minutes} minutes`);
      this.clock.advance(MINUTE);
      ({ state } = await this.do('advance'));
    }
    if (state === null) throw new Error('there is no rollout');
    return state;
  }

  async state(): Promise<RolloutState> {
    const stored = await this.store.read(KEY);
    if (stored === null) throw new Error('nothing is stored');
    return parseState(stored.value, KEY);
  }

  async champion(): Promise<string | null> {
    return (await this.registry.aliases('demand')).champion ?? null;
  }
}

export function check(result: Result, id: string): Check | undefined {
  if (result.state === null) return undefined;
  const { drifts, unread } = result;
  const facts = { readsBack: true, corrected: true, drifts, unread };
  return rolloutChecks(result.state, facts, result.evidence).find((candidate) => candidate.id === id);
}
