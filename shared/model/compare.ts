import type { Margin } from '../inputs/kinds.ts';
import { grouped } from '../problem/numbers.ts';
import { detectableByPaired, rowsForPaired } from '../stats/paired.ts';
import { idPart } from '../verdict/check-id.ts';
import type { Check, Evidence, JsonObject } from '../verdict/verdict.ts';
import { contrastBounds } from './contrast.ts';
import { detectableLoss, type MetricBounds, rowsToClear, type Sampling, saidOfBounds } from './interval.ts';
import type { Metric } from './metric.ts';
import type { Part } from './question.ts';
import type { ScoredRows } from './rows.ts';
import { show } from './show.ts';

export const GAIN_READINGS = ['better', 'not-worse', 'worse', 'unknown'] as const;
export type GainReading = (typeof GAIN_READINGS)[number];

/** What the candidate is compared with. */
export type BaselineRole = 'production' | 'anchor';

/** The answer to "is the candidate better than the baseline, not worse, worse, or unknown?", for one metric. */
export interface Comparison {
  readonly metric: string;
  readonly baseline: BaselineRole;
  readonly reading: GainReading;
  readonly check: Check;
  /** Rows that would decide, if that is open and known. */
  readonly needed?: number;
  /** The smallest loss that this many rows exclude with a power of .8 when there is none. */
  readonly detectable?: number;
  /** The same at another error rate. */
  readonly detectableAt?: (alpha: number) => number;
  /** Tolerated loss in the metric's unit. */
  readonly margin: number;
  readonly measures: JsonObject;
}

export interface CompareOptions {
  readonly metric: Metric;
  readonly margin: Margin;
  readonly sampling: Sampling;
  /** Error rate of each one-sided statement. */
  readonly alpha: number;
  /** Metrics that are tested beside this one: "worse" is an alarm, whose level is split over them. */
  readonly tests?: number;
  readonly binding: 'bound' | 'declared';
  readonly baseline?: BaselineRole;
}

/** What the bounds of a gain show. */
interface Shown {
  readonly candidate: number;
  readonly theirs: number;
  readonly margin: number;
  /** Positive if the candidate is the better one. */
  readonly gain: MetricBounds;
  /** Of gain + margin; above zero if the loss is tolerated. */
  readonly room: MetricBounds;
  readonly refuted: boolean;
  readonly discordant?: { readonly candidateOnly: number; readonly baselineOnly: number };
}

/**
 * Paired non-inferiority of the candidate on the same rows. The gain is candidate − baseline if higher is better and
 * baseline − candidate otherwise, so that positive is good. Not worse: its one-sided bound clears −margin (of a relative
 * margin r: candidate − (1 − r)·baseline, or (1 + r)·baseline − candidate, clears 0); better: it clears 0; worse: the
 * upper bound lies below −margin; else unknown.
 */
export function compareRows(
  candidate: ScoredRows,
  baseline: ScoredRows,
  options: CompareOptions,
): Comparison {
  const shown = shownBy(candidate, baseline, options);
  const { gain, room, refuted, margin } = shown;
  const clears = room.lower !== null && room.lower > 0;
  const gains = gain.lower !== null && gain.lower > 0;
  const reading: GainReading = gains ? 'better' : clears ? 'not-worse' : refuted ? 'worse' : 'unknown';
  const planned = plannedOf(shown, candidate.n, options.alpha);
  const needed = reading === 'unknown' ? planned.needed : undefined;
  return {
    metric: options.metric.name,
    baseline: options.baseline ?? 'production',
    reading,
    margin,
    check: checkOf(candidate.n, options, shown, reading, { ...planned, needed }),
    ...(needed === undefined ? {} : { needed }),
    ...(planned.detectable === undefined ? {} : { detectable: planned.detectable }),
    ...(planned.detectableAt === undefined ? {} : { detectableAt: planned.detectableAt }),
    measures: measuresOf(candidate.n, options, shown, planned.detectable),
  };
}

function shownBy(candidate: ScoredRows, baseline: ScoredRows, options: CompareOptions): Shown {
  const { metric, margin, alpha, tests = 1, sampling } = options;
  const sign = metric.better === 'higher' ? 1 : -1;
  const parts = (ours: number, theirs: number): Part[] => [
    { coefficient: ours, metric, rows: candidate },
    { coefficient: theirs, metric, rows: baseline },
  ];
  const theirs = metric.evaluator(baseline)();
  const ours = metric.evaluator(candidate)();
  const gain = contrastBounds(parts(sign, -sign), alpha, sampling);
  const tolerated = margin.kind === 'relative' ? margin.value * theirs : margin.value;
  const roomAt = (level: number): MetricBounds => {
    if (margin.kind === 'absolute') {
      const same = level === alpha ? gain : contrastBounds(parts(sign, -sign), level, sampling);
      return moved(same, tolerated);
    }
    return contrastBounds(parts(sign, -sign * (1 - sign * margin.value)), level, sampling, { zero: true });
  };
  const room = withoutBaseline(margin, theirs) ?? roomAt(alpha);
  const alarm = tests === 1 || room.none !== undefined ? room : roomAt(alpha / tests);
  return {
    candidate: ours,
    theirs,
    margin: tolerated,
    gain,
    room,
    refuted: alarm.upper !== null && alarm.upper < 0,
    ...discordance(metric, candidate, baseline),
  };
}

/** The bounds of a gain, moved to those of gain + margin. */
function moved(bounds: MetricBounds, margin: number): MetricBounds {
  const move = (bound: number | null) => (bound === null ? null : bound + margin);
  return {
    ...bounds,
    estimate: bounds.estimate + margin,
    lower: move(bounds.lower),
    upper: move(bounds.upper),
  };
}

/** A share of nothing, or of less, is not a margin. */
function withoutBaseline(margin: Margin, theirs: number): MetricBounds | undefined {
  if (margin.kind === 'absolute' || theirs > 0 || Number.isNaN(theirs)) return undefined;
  const none = `the baseline’s value is ${show(theirs)}, so a share of it is not a margin: give the margin in the metric’s unit`;
  return { method: 'none', estimate: Number.NaN, alpha: Number.NaN, lower: null, upper: null, none };
}

function discordance(metric: Metric, candidate: ScoredRows, baseline: ScoredRows): Pick<Shown, 'discordant'> {
  if (metric.binary !== true || candidate.weights !== undefined) return {};
  const ours = metric.items?.(candidate) ?? [];
  const theirs = metric.items?.(baseline) ?? [];
  let [candidateOnly, baselineOnly] = [0, 0];
  for (let i = 0; i < candidate.n; i++) {
    if (ours[i]! > theirs[i]!) candidateOnly++;
    else if (ours[i]! < theirs[i]!) baselineOnly++;
  }
  return { discordant: { candidateOnly, baselineOnly } };
}

interface Planned {
  readonly needed?: number | undefined;
  readonly detectable?: number | undefined;
  readonly detectableAt?: (alpha: number) => number;
}

/** Times as many rows as there are, which no one gathers to tell a loss of about the margin from the margin. */
const BEYOND_REACH = 1000;

/** Of shares; what is nearer is rounding. */
const SMALLEST_DISTANCE = 1e-6;

/** Planned for equal models, or for the loss that was seen: what would decide if it were the truth. */
function plannedOf({ gain, room, margin, discordant }: Shown, n: number, alpha: number): Planned {
  const loss = Math.min(gain.estimate, 0);
  const distance = Math.abs(margin + loss);
  if (discordant !== undefined && /score/.test(gain.method)) {
    const wins = discordant.candidateOnly + discordant.baselineOnly;
    // No row on which the models differ is no evidence that there is none.
    const discordance = Math.max(wins, 1) / n;
    // A loss of just the margin is told from it by no number of rows.
    const rows =
      distance > SMALLEST_DISTANCE ? rowsForPaired({ discordance, margin: distance, alpha }) : Infinity;
    const detectableAt = (level: number) => detectableByPaired(n, { discordance, alpha: level });
    return {
      detectable: detectableAt(alpha),
      detectableAt,
      ...(Number.isSafeInteger(rows) ? { needed: Math.max(n + 1, rows) } : {}),
    };
  }
  const needed = rowsToClear(n, { ...room, alpha }, distance);
  const { standardError } = gain;
  if (standardError === undefined) return needed === undefined ? {} : { needed };
  const detectableAt = (level: number) => detectableLoss(standardError, level);
  return { needed, detectable: detectableAt(alpha), detectableAt };
}

const STATUS = { better: 'pass', 'not-worse': 'pass', worse: 'fail', unknown: 'inconclusive' } as const;

function checkOf(
  n: number,
  options: CompareOptions,
  shown: Shown,
  reading: GainReading,
  { needed, detectable }: Planned,
): Check {
  const { metric, margin, binding, alpha, baseline = 'production' } = options;
  const { gain, room } = shown;
  const fix = room.fix ?? gain.fix;
  const evidence: Evidence = {
    method: `paired ${room.method}`,
    ...(Number.isFinite(gain.estimate) ? { estimate: gain.estimate } : {}),
    ...(gain.lower === null && gain.upper === null ? {} : { interval: [gain.lower, gain.upper] }),
    level: 1 - alpha,
    ...(Number.isFinite(shown.margin) ? { margin: shown.margin } : {}),
    n,
    ...(needed === undefined ? {} : { needed }),
    binding,
  };
  const given = margin.kind === 'relative' ? `${margin.value * 100}%` : margin.value;
  return {
    ...(baseline === 'anchor'
      ? { id: `anchor.${idPart(metric.name)}` }
      : { id: `comparison.${idPart(metric.name)}` }),
    target: { metric: metric.name },
    status: STATUS[reading],
    observed: Number.isFinite(gain.estimate) ? gain.estimate : null,
    expected: { margin: given },
    message: messageOf(n, options, shown, reading, { needed, detectable }),
    evidence,
    ...(reading === 'unknown' && fix !== undefined ? { fix } : {}),
  };
}

function saidOf(reading: GainReading, baseline: BaselineRole): string {
  const than = baseline === 'anchor' ? 'the anchor' : 'production';
  if (reading === 'better') return `the candidate is better than ${than}`;
  if (reading === 'not-worse') return `the candidate is not worse than ${than}`;
  return reading === 'worse'
    ? `the candidate is worse than ${than}`
    : `it is unknown whether the candidate is worse than ${than}`;
}

function messageOf(
  n: number,
  { metric, margin, baseline = 'production' }: CompareOptions,
  shown: Shown,
  reading: GainReading,
  { needed, detectable }: Planned,
): string {
  const { candidate, theirs, gain, room } = shown;
  const relative = margin.kind === 'relative' ? ` (${show(margin.value * 100)} % of the baseline’s)` : '';
  const bounds = gain.lower === null && gain.upper === null ? '' : `, ${saidOfBounds(gain)}`;
  const parts = [`${metric.name}: ${saidOf(reading, baseline)}`];
  if (Number.isFinite(gain.estimate)) {
    parts.push(
      `${show(candidate)} against ${show(theirs)} on ${grouped(n)} rows, a gain of ${show(gain.estimate)}${bounds}, with a margin of ${show(shown.margin)}${relative}`,
    );
  }
  if (metric.estimand !== undefined) parts.push(metric.estimand);
  const none = room.none ?? gain.none;
  if (none !== undefined) parts.push(none);
  if (reading === 'unknown' && detectable !== undefined && detectable > shown.margin) {
    // What can be shown shrinks with the root of the rows.
    const rows = shown.margin > 0 ? Math.ceil(n * ((detectable / shown.margin) ** 2 - 1)) : undefined;
    const buys =
      rows === undefined
        ? ''
        : `; about ${grouped(rows)} more labelled rows could show a loss of ${show(shown.margin)}`;
    const more = needed === undefined ? 0 : needed - n;
    const decides =
      more <= (rows ?? 0) || more > BEYOND_REACH * n
        ? ''
        : `; about ${grouped(more)} more would decide at the present gain`;
    parts.push(`the smallest loss that these rows can show is ${show(detectable)}${buys}${decides}`);
  } else if (needed !== undefined) parts.push(`about ${grouped(needed - n)} more labelled rows would decide`);
  return parts.join('; ');
}

function measuresOf(
  n: number,
  { metric }: CompareOptions,
  { gain, margin, discordant }: Shown,
  detectable: number | undefined,
): JsonObject {
  const finite = Object.entries({
    gain: gain.estimate,
    gain_lower: gain.lower,
    gain_upper: gain.upper,
    margin,
    minimum_detectable_drop: detectable,
  }).filter((entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]));
  return {
    metric: metric.name,
    n,
    ...Object.fromEntries(finite),
    ...(discordant === undefined
      ? {}
      : {
          candidate_only_correct: discordant.candidateOnly,
          production_only_correct: discordant.baselineOnly,
        }),
  };
}
