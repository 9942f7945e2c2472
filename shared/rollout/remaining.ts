import { grouped } from '../problem/numbers.ts';
import { type Analysis, analyse, errorFinding, GUARD_REQUESTS, latencyFinding } from './analysis.ts';
import { stepCounts } from './decide.ts';
import type { Counts } from './metrics.ts';
import { outlookOf, roundedUp, scaled } from './outlook.ts';
import { isOver, type RolloutState } from './state.ts';

/** What a rollout that gets traffic still needs, if traffic and rates stay as they were observed so far. */
export interface Remaining {
  /** Further requests of the canary; null if not even a great many would decide. */
  readonly requests: number | null;
  /** Milliseconds; null without a request so far, for then no one knows. */
  readonly ms: number | null;
  /** What these requests show; `unknown` if nothing was measured yet. */
  readonly end: 'not-worse' | 'harm' | 'steps' | 'unknown';
}

/** Goes through the steps to come, each with its own share of the traffic; null if it gets no traffic. */
export function remainingOf(state: RolloutState, now: Date): Remaining | null {
  const { plan, stepSince } = state;
  if (isOver(state) || state.step < 0 || stepSince === null) return null;
  const traffic = trafficOf(state);
  let [analysis, requests, ms] = [state.analysis, 0, 0];
  for (const [index, step] of plan.steps.entries()) {
    if (index < state.step) continue;
    const isCurrent = index === state.step;
    const share = state.stable === null ? 1 : step.weight / 100;
    const counted = isCurrent ? stepCounts(state) : null;
    const elapsed = isCurrent ? now.getTime() - Date.parse(stepSince) : 0;
    const guard = plan.maxErrorRate === null ? 0 : GUARD_REQUESTS - (counted?.judged ?? 0);
    const asked = Math.max(0, Math.max(1, step.requests) - (counted?.requests ?? 0), guard);
    const isLast = index === plan.steps.length - 1;
    const evidence = isLast ? evidenceFor(state, analysis, share) : 0;
    if (evidence === 'unknown') return { requests: null, ms: null, end: 'unknown' };
    if (evidence === 'never') return { requests: null, ms: null, end: 'steps' };
    const wanted = Math.max(asked, typeof evidence === 'number' ? evidence : evidence.requests);
    const lasts = Math.max(0, step.atLeastMs - elapsed, wanted === 0 ? 0 : wanted / (traffic * share));
    requests += wanted;
    ms += lasts;
    if (isLast) {
      const end = typeof evidence === 'number' ? 'steps' : evidence.finding;
      return { requests: Math.ceil(requests), ms: Number.isFinite(ms) ? ms : null, end };
    }
    if (traffic > 0) analysis = after(state, analysis, lasts * traffic * share, share);
  }
  return null;
}

/** Requests of both versions in a millisecond, since traffic began. */
function trafficOf({ totals, trafficAt, reading }: RolloutState): number {
  const ms = trafficAt === null || reading === null ? 0 : Date.parse(reading.at) - Date.parse(trafficAt);
  return ms <= 0 ? 0 : (totals.canary.requests + totals.stable.requests) / ms;
}

/** What the last step asks of the evidence, in further requests of the canary. */
function evidenceFor(state: RolloutState, analysis: Analysis, share: number) {
  const { plan, totals, stable } = state;
  if (plan.promoteOn === 'steps' || stable === null) return 0;
  const course = { analysis, totals, plan, share };
  const outlooks = (
    [
      ['judged', (later: Analysis) => errorFinding(later, totals, plan)],
      ['timed', (later: Analysis) => latencyFinding(later, totals, plan)],
    ] as const
  )
    .filter(([, find]) => find(analysis) !== null)
    .map(([known, find]) => {
      if (find(analysis) === 'not-worse') return { finding: 'not-worse' as const, requests: 0 };
      if (find(analysis) === 'no-data' || totals.canary[known] === 0) return 'unknown' as const;
      const outlook = outlookOf(course, known, find);
      if (outlook === null) return 'never' as const;
      return { ...outlook, requests: outlook.requests * (totals.canary.requests / totals.canary[known]) };
    });
  const harm = outlooks.find((one) => typeof one === 'object' && one.finding === 'harm');
  if (harm !== undefined) return harm;
  for (const open of ['unknown', 'never'] as const) if (outlooks.includes(open)) return open;
  return outlooks
    .filter((one) => typeof one === 'object')
    .reduce((most, one) => (one.requests > most.requests ? one : most));
}

/** The analysis after further requests of the canary, at the rates so far. */
function after({ totals, plan, stable }: RolloutState, analysis: Analysis, requests: number, share: number) {
  const grown = (counts: Counts, by: number) =>
    counts.requests === 0 ? counts : scaled(counts, by / counts.requests);
  const canary = grown(totals.canary, requests);
  const beside = grown(totals.stable, stable === null ? 0 : (requests * (1 - share)) / share);
  return analyse(analysis, { canary, stable: beside }, plan);
}

/** `about 3900 more canary requests, about 2 days at this traffic`. */
export function remainingWords({ requests, ms, end }: Remaining): string {
  if (end === 'unknown') return 'requests of the canary: no outcome of one is known yet';
  if (requests === null)
    return 'a decision: at these rates, more requests would not show whether the canary is worse';
  const more = requests === 0 ? '' : `about ${grouped(roundedUp(requests))} more canary requests`;
  const time = ms === null ? 'how long that takes is not known, because no request was seen' : aboutTime(ms);
  const needed = [more, ms !== null && more !== '' ? `${time} at this traffic` : time].filter(
    (part) => part !== '',
  );
  return `${needed.join(', ')}${end === 'harm' ? ', to show that the canary is worse and take it back' : ''}`;
}

const MINUTE = 60_000;

/** `about 20 minutes`, `about 5 hours`, `about 2 days`: of what is this uncertain, more digits would be false. */
export function aboutTime(ms: number): string {
  const [value, unit] =
    ms <= 90 * MINUTE
      ? [ms / MINUTE, 'minute']
      : ms <= 36 * 60 * MINUTE
        ? [ms / (60 * MINUTE), 'hour']
        : [ms / (24 * 60 * MINUTE), 'day'];
  const whole = Math.max(1, Math.ceil(value));
  return `about ${whole} ${unit}${whole === 1 ? '' : 's'}`;
}
