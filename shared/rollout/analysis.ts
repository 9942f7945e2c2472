import {
  addLook,
  emptyEvidence,
  logEvidence,
  type RolloutEvidence,
  type RolloutOptions,
} from '../stats/eprocess.ts';
import { type Counts, rate } from './metrics.ts';
import { isCompared, type RolloutTerms } from './plan.ts';

/** Natural logarithms of e-values, as a state stores them. */
type Evidence = { readonly [K in keyof RolloutEvidence]: RolloutEvidence[K] };

/** The evidence of each metric that is judged, carried through all weights. */
export type Analysis = {
  readonly errors: Evidence;
  /** Of slow requests; null if latency is not judged. */
  readonly latency: Evidence | null;
};

/**
 * What the evidence of a metric says. `no-data`: the new version, or the stable one that it is compared with, has not
 * been measured at all, which is never a pass.
 */
export type EvidenceFinding = 'harm' | 'not-worse' | 'undecided' | 'no-data';

/** How many requests of the new version an absolute guard asks for before it acts. */
export const GUARD_REQUESTS = 20;

export interface MeasuredArms {
  readonly canary: Counts;
  readonly stable: Counts;
}

/**
 * What evidence is measured against. Without stable traffic to compare with, it is about the absolute limit: the rate
 * must be shown to be below `max-error-rate`.
 */
export function errorBounds(plan: RolloutTerms): Required<RolloutOptions> {
  const floor = isCompared(plan) ? plan.errorFloor : Math.max(plan.errorFloor, plan.maxErrorRate ?? 0);
  return { margin: plan.errorMargin, floor, dispersion: plan.dispersion };
}

export function latencyBounds(plan: RolloutTerms): Required<RolloutOptions> {
  return { margin: plan.errorMargin, floor: plan.errorFloor, dispersion: plan.dispersion };
}

/** Slow requests are judged if a limit is given and there is stable traffic to compare with. */
export function latencyIsJudged(plan: RolloutTerms): boolean {
  return plan.maxLatencyMs !== null && isCompared(plan);
}

export function noAnalysis(plan: RolloutTerms): Analysis {
  return {
    errors: emptyEvidence(errorBounds(plan)),
    latency: latencyIsJudged(plan) ? emptyEvidence(latencyBounds(plan)) : null,
  };
}

/** The analysis after the requests since the look before. */
export function analyse(analysis: Analysis, { canary, stable }: MeasuredArms, plan: RolloutTerms): Analysis {
  const errors = {
    canaryRequests: canary.judged,
    canaryErrors: canary.errors,
    stableRequests: stable.judged,
    stableErrors: stable.errors,
  };
  const slow = {
    canaryRequests: canary.timed,
    canaryErrors: canary.slow,
    stableRequests: stable.timed,
    stableErrors: stable.slow,
  };
  return {
    errors: addLook(analysis.errors, errors, errorBounds(plan)),
    latency: analysis.latency === null ? null : addLook(analysis.latency, slow, latencyBounds(plan)),
  };
}

/**
 * What the evidence on errors says; `totals` are those since traffic began. A first release is compared with nothing.
 */
export function errorFinding(
  analysis: Analysis,
  { canary, stable }: MeasuredArms,
  plan: RolloutTerms,
  isFirst = false,
): EvidenceFinding {
  const seen = rate(canary.errors, canary.judged);
  const finding = findingOf(analysis.errors, seen, errorBounds(plan).floor, analysis, plan);
  return ofBoth(finding, stable.judged, plan, isFirst);
}

/** What the evidence on slow requests says; null if latency is not judged. */
export function latencyFinding(
  analysis: Analysis,
  { canary, stable }: MeasuredArms,
  plan: RolloutTerms,
  isFirst = false,
): EvidenceFinding | null {
  if (analysis.latency === null) return null;
  const seen = rate(canary.slow, canary.timed);
  const finding = findingOf(analysis.latency, seen, latencyBounds(plan).floor, analysis, plan);
  return ofBoth(finding, stable.timed, plan, isFirst);
}

/** If nothing is known of the stable version, that no harm is shown says nothing. */
function ofBoth(
  finding: EvidenceFinding,
  stableRequests: number,
  plan: RolloutTerms,
  isFirst: boolean,
): EvidenceFinding {
  const isBlind = stableRequests === 0 && isCompared(plan) && !isFirst;
  return finding === 'undecided' && isBlind ? 'no-data' : finding;
}

/**
 * Harm is shown at α divided by the number of metrics, for any of them takes the version back; that it is not worse is
 * shown at α for each, for promotion needs all of them (an intersection–union test; Berger 1982). A rate below the
 * floor is not a harm, whatever the ratio.
 */
function findingOf(
  evidence: Evidence,
  seen: number | null,
  floor: number,
  { latency }: Analysis,
  { alpha }: RolloutTerms,
): EvidenceFinding {
  if (seen === null) return 'no-data';
  const metrics = latency === null ? 1 : 2;
  const log = logEvidence(evidence);
  if (log.rollback >= -Math.log(alpha / metrics) && seen >= floor) return 'harm';
  return log.promote >= -Math.log(alpha) ? 'not-worse' : 'undecided';
}

export interface Guard {
  readonly breached: boolean;
  /** The share of failed requests that counts, of the step or of the newest look; null with fewer than 20 requests. */
  readonly rate: number | null;
  readonly requests: number;
}

/** The hard limit on the share of failed requests, over the step and over the newest look, whichever is worse. */
export function guardOf(step: Counts, look: Counts, limit: number): Guard {
  const enough = [step, look].filter((counts) => counts.judged >= GUARD_REQUESTS);
  const [first, second] = enough;
  if (first === undefined) return { breached: false, rate: null, requests: step.judged };
  const worst =
    second !== undefined && second.errors / second.judged > first.errors / first.judged ? second : first;
  const share = worst.errors / worst.judged;
  return { breached: share > limit, rate: share, requests: worst.judged };
}
