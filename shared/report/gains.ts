import type { Status } from '../verdict/status.ts';
import type { Check, Json, JsonObject, Verdict } from '../verdict/verdict.ts';
import { formatEstimate, formatNumber } from './format.ts';
import { isJsonObject, isNumber, numberOf, records } from './json.ts';

export type ShownReading = 'better' | 'not worse' | 'worse' | 'unknown';

/** The candidate compared with a baseline in one metric; a positive gain is the candidate's. */
export interface Gain {
  readonly metric: string;
  readonly baseline: 'production' | 'anchor';
  readonly estimate: number;
  /** null: open on that side. */
  readonly interval: readonly [number | null, number | null];
  readonly margin: number | undefined;
  readonly n: number | undefined;
  /** The smallest loss that this many rows can show. */
  readonly detectable: number | undefined;
  readonly candidateOnly: number | undefined;
  readonly baselineOnly: number | undefined;
  /** The check that judges it. */
  readonly check: Check | undefined;
}

/**
 * The comparisons of a verdict: of `measures.comparisons`, of `measures.comparison` and of the checks `comparison.*` and
 * `anchor.*` with an estimate, each once; production's first.
 */
export function gainsOf({ measures, checks }: Verdict): readonly Gain[] {
  const judged = new Map(checks.flatMap((check) => checkKey(check).map((key) => [key, check] as const)));
  const found = new Map<string, Gain>();
  const add = (key: string, gain: Gain | undefined) => {
    if (gain !== undefined && !found.has(key)) found.set(key, gain);
  };
  for (const entry of [...records(measures.comparisons), ...only(measures.comparison)]) {
    const { metric } = entry;
    if (typeof metric !== 'string') continue;
    const baseline = entry.baseline === 'anchor' ? 'anchor' : 'production';
    const key = `${baseline}.${metric}`;
    add(key, measuredGain(entry, metric, baseline, judged.get(key)));
  }
  for (const [key, check] of judged) add(key, checkedGain(check));
  const all = [...found.values()];
  return ['production', 'anchor'].flatMap((baseline) => all.filter((gain) => gain.baseline === baseline));
}

function only(value: Json | undefined): readonly JsonObject[] {
  return isJsonObject(value) ? [value] : [];
}

function baselineOf({ id }: Check): Gain['baseline'] | undefined {
  if (id.startsWith('comparison.')) return 'production';
  return id.startsWith('anchor.') ? 'anchor' : undefined;
}

function metricOf({ id, target }: Check): string {
  return target?.metric ?? id.slice(id.indexOf('.') + 1);
}

function checkKey(check: Check): string[] {
  const baseline = baselineOf(check);
  return baseline === undefined ? [] : [`${baseline}.${metricOf(check)}`];
}

function measuredGain(
  entry: JsonObject,
  metric: string,
  baseline: Gain['baseline'],
  check: Check | undefined,
): Gain | undefined {
  if (!isNumber(entry.gain)) return undefined;
  return {
    metric,
    baseline,
    estimate: entry.gain,
    interval: [numberOf(entry.gain_lower) ?? null, numberOf(entry.gain_upper) ?? null],
    margin: numberOf(entry.margin),
    n: numberOf(entry.n),
    detectable: numberOf(entry.minimum_detectable_drop),
    candidateOnly: numberOf(entry.candidate_only_correct),
    baselineOnly: numberOf(entry[`${baseline}_only_correct`]) ?? numberOf(entry.production_only_correct),
    check,
  };
}

function checkedGain(check: Check): Gain | undefined {
  const { estimate, interval, margin, n } = check.evidence ?? {};
  const baseline = baselineOf(check);
  if (baseline === undefined || !isNumber(estimate) || interval === undefined) return undefined;
  return {
    metric: metricOf(check),
    baseline,
    estimate,
    interval: [numberOf(interval[0]) ?? null, numberOf(interval[1]) ?? null],
    margin: numberOf(margin),
    n,
    detectable: undefined,
    candidateOnly: undefined,
    baselineOnly: undefined,
    check,
  };
}

const STATUS_READING = { fail: 'worse', inconclusive: 'unknown' } as const;

/** What a comparison shows: as it was judged, or by its interval if no check judges it. */
export function readingOf({ check, interval: [lower, upper], margin }: Gain): ShownReading {
  const status: Status | undefined = check?.status;
  if (status === 'fail' || status === 'inconclusive') return STATUS_READING[status];
  if (lower !== null && lower > 0) return 'better';
  if (status !== undefined) return 'not worse';
  if (margin === undefined) return 'unknown';
  if (lower !== null && lower > -margin) return 'not worse';
  return upper !== null && upper < -margin ? 'worse' : 'unknown';
}

/** `0.012 [−0.003, 0.02]`. */
export function gainText({ estimate, interval }: Gain): string {
  return formatEstimate(estimate, interval);
}

/** `58 only the candidate, 41 only production got right`, if it was counted. */
export function discordantText({ baseline, candidateOnly, baselineOnly }: Gain): string {
  if (candidateOnly === undefined || baselineOnly === undefined) return '';
  return `right: ${formatNumber(candidateOnly)} only the candidate, ${formatNumber(baselineOnly)} only ${
    baseline === 'anchor' ? 'the anchor' : baseline
  }`;
}
