import { grouped } from '../problem/numbers.ts';
import { type RolloutOptions, requestsToPromote } from '../stats/eprocess.ts';
import type { Status } from '../verdict/status.ts';
import type { Check, Evidence as CheckEvidence, JsonObject } from '../verdict/verdict.ts';
import {
  type EvidenceFinding,
  errorBounds,
  errorFinding,
  GUARD_REQUESTS,
  guardOf,
  latencyBounds,
  latencyFinding,
} from './analysis.ts';
import { percentOrDash, stepCounts } from './decide.ts';
import { NO_COUNTS, rate } from './metrics.ts';
import { type Outlook, outlookOf, outlookWords } from './outlook.ts';
import { isCompared } from './plan.ts';
import { isOver, type RolloutState, weightOf } from './state.ts';

type Bounds = Required<RolloutOptions>;

interface Rates {
  readonly canary: number | null;
  readonly stable: number | null;
  readonly n: number;
  readonly stableN: number;
}

/** The check `rollout.error-rate`. */
export function errorCheck(state: RolloutState): Check {
  const { canary, stable } = state.totals;
  const rates: Rates = {
    canary: rate(canary.errors, canary.judged),
    stable: rate(stable.errors, stable.judged),
    n: canary.judged,
    stableN: stable.judged,
  };
  if (state.stable === null) return firstReleaseCheck(state, rates);
  return comparison(ERRORS, rates, errorBounds(state.plan), state);
}

/** The check `rollout.latency`; null if latency is not looked at. */
export function latencyCheck(state: RolloutState): Check | null {
  const { canary, stable } = state.totals;
  if (state.plan.maxLatencyMs === null) return null;
  const rates: Rates = {
    canary: rate(canary.slow, canary.timed),
    stable: rate(stable.slow, stable.timed),
    n: canary.timed,
    stableN: stable.timed,
  };
  const verb = `take longer than ${state.plan.maxLatencyMs} ms`;
  const metric = { ...LATENCY, verb };
  if (findingOf(metric, state) === null || state.stable === null) {
    return {
      id: 'rollout.latency',
      status: 'warn',
      observed: observed(rates),
      message: `${percentOrDash(rates.canary)} of ${grouped(rates.n)} requests ${verb}; this is not judged, because there is no stable traffic to compare with`,
    };
  }
  return comparison(metric, rates, latencyBounds(state.plan), state);
}

/** A first release has nothing to compare with; its absolute guard is what is judged. */
function firstReleaseCheck(state: RolloutState, rates: Rates): Check {
  const base = { id: 'rollout.error-rate', observed: observed(rates) };
  if (rates.canary === null) return { ...base, status: 'inconclusive', message: noData(state, 'outcome') };
  const seen = `first release, no stable version to compare with: ${percentOrDash(rates.canary)} of ${grouped(rates.n)} requests fail`;
  if (state.plan.maxErrorRate === null) {
    const fix =
      'give a limit, such as max-error-rate: 5%; with a greater share of failed requests, the release is taken back';
    return { ...base, status: 'warn', message: `${seen}; no limit is given, so nothing judges it`, fix };
  }
  return { ...base, status: 'pass', message: `${seen}; rollout.guard judges it` };
}

/** What a comparison is about. */
interface Metric {
  readonly id: 'rollout.error-rate' | 'rollout.latency';
  /** The requests that it counts. */
  readonly known: 'judged' | 'timed';
  readonly find: typeof latencyFinding;
  /** What the requests that count against a version do. */
  readonly verb: string;
  readonly rate: string;
}

const ERRORS: Metric = {
  id: 'rollout.error-rate',
  known: 'judged',
  find: errorFinding,
  verb: 'fail',
  rate: 'the error rate',
};
const LATENCY: Omit<Metric, 'verb'> = {
  id: 'rollout.latency',
  known: 'timed',
  find: latencyFinding,
  rate: 'the share of slow requests',
};

const findingOf = ({ find }: Metric, { analysis, totals, plan }: RolloutState) =>
  find(analysis, totals, plan);

function comparison(metric: Metric, rates: Rates, bounds: Bounds, state: RolloutState): Check {
  const gap = gapOf(state);
  const finding = findingOf(metric, state) ?? 'no-data';
  const seen = `${percentOrDash(rates.canary)} of ${grouped(rates.n)} requests ${metric.verb}, ${percentOrDash(rates.stable)} of ${grouped(rates.stableN)} with the stable version`;
  const message =
    finding === 'no-data'
      ? noData(state, metric.known === 'timed' ? 'latency' : 'outcome')
      : `${wordsFor(finding, metric, bounds, state)}: ${seen}${gap}`;
  return {
    id: metric.id,
    status: gap !== '' && finding !== 'harm' ? 'inconclusive' : statusFor(finding, state),
    observed: observed(rates),
    expected: isCompared(state.plan)
      ? { ratioBelow: bounds.margin, orRateBelow: bounds.floor }
      : { rateBelow: bounds.floor },
    message,
    evidence: evidenceFor(finding, rates, bounds, state),
  };
}

function wordsFor(
  finding: EvidenceFinding,
  metric: Metric,
  { margin, floor }: Bounds,
  state: RolloutState,
): string {
  const times = margin === 2 ? 'twice' : `${margin} times`;
  const limit = isCompared(state.plan)
    ? `below ${times} the stable one, or below ${percentOrDash(floor)}`
    : `below ${percentOrDash(floor)}`;
  if (finding === 'harm') return `${metric.rate} is shown to be higher than the stable one`;
  if (finding === 'not-worse') return `${metric.rate} is shown to be ${limit}`;
  if (!isOpen(state)) return `no harm was found, but ${metric.rate} was not shown to be ${limit}`;
  return `no harm found so far; ${outlookWords(outlookFor(metric, state), metric.rate, limit)}`;
}

function outlookFor(metric: Metric, state: RolloutState): Outlook | null {
  const { analysis, totals, plan } = state;
  const course = { analysis, totals, plan, share: weightOf(state) / 100 };
  return outlookOf(course, metric.known, (later) => metric.find(later, totals, plan));
}

/** Will more requests be judged? */
function isOpen(state: RolloutState): boolean {
  return ['step', 'awaiting-approval', 'held'].includes(state.phase) && weightOf(state) > 0;
}

/** Undecided is a pass while the rollout goes on, a warning if it was promoted all the same. */
function statusFor(finding: EvidenceFinding, state: RolloutState): Status {
  if (finding === 'harm') return 'fail';
  if (finding === 'not-worse') return 'pass';
  if (finding === 'no-data') return 'inconclusive';
  if (state.phase === 'promoted' || state.phase === 'promoting') return 'warn';
  return isOver(state) || state.phase === 'held' ? 'inconclusive' : 'pass';
}

function evidenceFor(
  finding: EvidenceFinding,
  rates: Rates,
  bounds: Bounds,
  state: RolloutState,
): CheckEvidence {
  const ratio =
    rates.canary !== null && rates.stable !== null && rates.stable > 0 ? rates.canary / rates.stable : null;
  const compared = isCompared(state.plan);
  const share = compared ? weightOf(state) / 100 : 1;
  const needed = requestsToPromote({ rate: rates.stable ?? 0, share, alpha: state.plan.alpha, ...bounds });
  return {
    method: compared
      ? 'e-process on the split of failed requests, mixture of ratios; assumes independent requests'
      : 'Bernoulli e-process against the limit; assumes independent requests',
    level: 1 - state.plan.alpha,
    margin: compared ? bounds.margin : bounds.floor,
    n: rates.n,
    ...(ratio === null ? {} : { estimate: ratio }),
    ...(finding === 'undecided' && Number.isFinite(needed) ? { needed } : {}),
  };
}

function observed({ canary, stable, n, stableN }: Rates): JsonObject {
  return { canary, stable, canaryRequests: n, stableRequests: stableN };
}

/** What the newest look lacked, while the rollout still looks. */
function gapOf(state: RolloutState): string {
  const { reading } = state;
  if (reading?.left !== undefined) return `; of the log, ${reading.left}`;
  if (reading === null || reading.kind === 'counts' || reading.kind === 'no-requests' || isOver(state))
    return '';
  return `; at the last look, ${reading.message} (${reading.kind})`;
}

/** Which of the versions has not been measured, and why. */
function noData({ totals, reading, canary, stable }: RolloutState, what: 'outcome' | 'latency'): string {
  const known = what === 'latency' ? 'timed' : 'judged';
  const isStable = stable !== null && totals.canary[known] > 0;
  const { version } = isStable ? stable : canary;
  const { requests } = isStable ? totals.stable : totals.canary;
  if (requests > 0) return `none of ${grouped(requests)} requests of ${version} has a known ${what}`;
  const why = reading === null || reading.kind === 'counts' ? '' : `: ${reading.message} (${reading.kind})`;
  return `no request of ${version} has been seen${why}`;
}

/** The check `rollout.guard`; null if no limit is given. */
export function guardCheck(state: RolloutState): Check | null {
  const limit = state.plan.maxErrorRate;
  if (limit === null) return null;
  const step = stepCounts(state);
  const last = state.history.at(-1);
  const look =
    last === undefined
      ? NO_COUNTS
      : {
          ...NO_COUNTS,
          judged: last.canaryRequests,
          errors: (last.canaryErrorRate ?? 0) * last.canaryRequests,
        };
  const guard = guardOf(step, look, limit);
  const base = { id: 'rollout.guard', expected: { errorRateAtMost: limit, fromRequests: GUARD_REQUESTS } };
  if (guard.rate === null) {
    const message = `only ${grouped(step.judged)} requests in this step so far; the guard acts from ${grouped(GUARD_REQUESTS)} on`;
    return { ...base, status: 'inconclusive', observed: { requests: step.judged }, message };
  }
  const message = `${percentOrDash(guard.rate)} of ${grouped(guard.requests)} requests failed; at most ${percentOrDash(limit)} may`;
  return {
    ...base,
    status: guard.breached ? 'fail' : 'pass',
    observed: { errorRate: guard.rate, requests: guard.requests },
    message,
  };
}
