import { grouped } from '../problem/numbers.ts';
import { UserError } from '../problem/problem.ts';
import { analyse } from './analysis.ts';
import {
  add,
  type CountedSoFar,
  type Counts,
  type MetricSource,
  type MetricsLook,
  NO_COUNTS,
  rate,
} from './metrics.ts';
import { HISTORY_POINTS, type HistoryEntry, type RolloutState, weightOf } from './state.ts';

/** What the rollout's counts begin from. @throws UserError if there are no metrics. */
export async function baselineOf(
  state: RolloutState,
  metrics: MetricSource | null,
  now: Date,
): Promise<CountedSoFar> {
  return needed(metrics).baseline(lookOf(state, now, now));
}

/**
 * One look at the metrics.
 *
 * @returns what it changes in the state, and what the new version answered since the look before.
 * @throws UserError if there are no metrics.
 */
export async function takeLook(
  state: RolloutState,
  source: MetricSource | null,
  now: Date,
): Promise<{ changes: Partial<RolloutState>; look: Counts }> {
  const metrics = needed(source);
  const at = now.toISOString();
  const reading = await metrics.read(lookOf(state, new Date(state.trafficAt ?? at), now), state.seen);
  if (reading.kind !== 'counts') {
    const point = pointOf(at, state, NO_COUNTS, NO_COUNTS);
    return {
      look: NO_COUNTS,
      changes: {
        ...(reading.seen === undefined ? {} : { seen: reading.seen }),
        reading: { at, kind: reading.kind, message: reading.message },
        history: grown(state, point),
      },
    };
  }
  const { canary, stable } = reading.counts;
  const silent = canary.requests === 0;
  const left = reading.left === undefined ? {} : { left: reading.left };
  const changes = {
    seen: reading.seen,
    totals: { canary: add(state.totals.canary, canary), stable: add(state.totals.stable, stable) },
    analysis: analyse(state.analysis, { canary, stable }, state.plan),
    reading: silent
      ? {
          at,
          kind: 'no-requests' as const,
          message: `the new version has not answered any further request${left}`,
        }
      : {
          at,
          kind: 'counts' as const,
          message: `${grouped(canary.requests)} further requests of the new version`,
          ...left,
        },
    history: grown(state, pointOf(at, state, canary, stable)),
  };
  return { changes, look: canary };
}

function pointOf(at: string, state: RolloutState, canary: Counts, stable: Counts): HistoryEntry {
  return {
    at,
    weight: weightOf(state),
    canaryErrorRate: rate(canary.errors, canary.judged),
    stableErrorRate: rate(stable.errors, stable.judged),
    canaryRequests: canary.requests,
    stableRequests: stable.requests,
  };
}

function grown({ history }: RolloutState, point: HistoryEntry): readonly HistoryEntry[] {
  return [...history, point].slice(-HISTORY_POINTS);
}

function lookOf({ canary, stable, plan }: RolloutState, since: Date, now: Date): MetricsLook {
  return { canary, stable, since, now, maxLatencyMs: plan.maxLatencyMs };
}

function needed(metrics: MetricSource | null): MetricSource {
  if (metrics !== null) return metrics;
  throw new UserError({
    what: 'is required: a version is judged by it',
    where: 'input metrics',
    fix: 'write log:GLOB or prometheus+http://HOST:PORT',
  });
}
