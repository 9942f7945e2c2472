import type { Margin } from '../inputs/kinds.ts';
import type { Check, Evidence, JsonObject } from '../verdict/verdict.ts';
import { LEVEL, type Sampling } from './interval.ts';
import type { Metric } from './metric.ts';
import { type Paired, pairedBounds } from './paired.ts';
import type { Judged } from './predictions.ts';

export const READINGS = ['better', 'not-worse', 'worse', 'unknown'] as const;
export type Reading = (typeof READINGS)[number];

/** The answer to "is the candidate better than production, not worse, worse, or unknown?" */
export interface Comparison {
  readonly reading: Reading;
  readonly check: Check;
  /** More labelled rows that would decide, where that is known. */
  readonly labelsNeeded?: number;
  readonly measures: JsonObject;
}

export interface CompareOptions {
  readonly metric: Metric;
  readonly margin: Margin;
  readonly sampling: Sampling;
  readonly binding: 'bound' | 'declared';
}

/**
 * Paired non-inferiority of the candidate on the same rows. The gain is candidate − production where higher is better
 * and production − candidate otherwise, so that positive is good. Not worse: its one-sided bound at level .95
 * clears −margin; better: it clears 0; worse: the upper bound lies below −margin; else unknown.
 *
 * @throws UserError for a relative margin of 0/1 correctness.
 */
export function compare(judged: Judged, options: CompareOptions): Comparison {
  const paired = pairedBounds(judged, options);
  const reading = readingOf(paired);
  const open = reading === 'unknown' && paired.needed !== undefined;
  const labelsNeeded = open ? Math.max(0, (paired.needed ?? 0) - judged.n) : undefined;
  return {
    reading,
    check: checkOf(judged, options, paired, reading, labelsNeeded),
    ...(labelsNeeded === undefined ? {} : { labelsNeeded }),
    measures: measuresOf(judged, options, paired),
  };
}

function readingOf({ gains, clears, refuted, undecided }: Paired): Reading {
  if (undecided !== undefined) return 'unknown';
  if (gains) return 'better';
  if (clears) return 'not-worse';
  return refuted ? 'worse' : 'unknown';
}

const STATUS = { better: 'pass', 'not-worse': 'pass', worse: 'fail', unknown: 'inconclusive' } as const;

function checkOf(
  judged: Judged,
  { metric, margin, binding }: CompareOptions,
  paired: Paired,
  reading: Reading,
  labelsNeeded: number | undefined,
): Check {
  const { gain, lower, upper, weak } = paired;
  const status = STATUS[reading];
  const evidence: Evidence = {
    method: paired.method,
    ...(Number.isFinite(gain) ? { estimate: gain } : {}),
    ...(lower === null && upper === null ? {} : { interval: [lower, upper] }),
    level: LEVEL,
    ...(Number.isFinite(paired.margin) ? { margin: paired.margin } : {}),
    n: judged.n,
    ...(labelsNeeded === undefined ? {} : { needed: judged.n + labelsNeeded }),
    binding,
  };
  return {
    id: `comparison.${metric.name}`,
    target: { metric: metric.name },
    // A weak bound may not hold its level, so that what it shows is a warning, not a pass.
    status: status === 'pass' && weak !== undefined ? 'warn' : status,
    observed: Number.isFinite(gain) ? gain : null,
    expected: { margin: margin.kind === 'relative' ? `${margin.value * 100}%` : margin.value },
    message: messageOf(judged, metric.name, margin, paired, reading, labelsNeeded),
    evidence,
  };
}

const SAID: Readonly<Record<Reading, string>> = {
  better: 'the candidate is better than production',
  'not-worse': 'the candidate is not worse than production',
  worse: 'the candidate is worse than production',
  unknown: 'unknown whether the candidate is worse than production',
};

function messageOf(
  judged: Judged,
  name: string,
  margin: Margin,
  paired: Paired,
  reading: Reading,
  labelsNeeded: number | undefined,
): string {
  const { candidate, production, gain, lower, upper, weak, undecided } = paired;
  const relative = margin.kind === 'relative' ? ` (${show(margin.value * 100)} % of production’s)` : '';
  const bounds = lower === null || upper === null ? '' : `, bounds ${show(lower)} to ${show(upper)}`;
  const parts = [`${name}: ${SAID[reading]}`];
  if (Number.isFinite(gain)) {
    parts.push(
      `${show(candidate)} against ${show(production)} on ${judged.n} rows, a gain of ${show(gain)}${bounds}, with a margin of ${show(paired.margin)}${relative}`,
    );
  }
  if (undecided !== undefined) parts.push(undecided);
  if (labelsNeeded !== undefined) parts.push(`about ${labelsNeeded} more labelled rows would decide`);
  if (weak !== undefined) parts.push(weak);
  return parts.join('; ');
}

/** Four significant digits: enough to read, and the verdict's evidence has them all. */
export function show(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function measuresOf(judged: Judged, { metric }: CompareOptions, paired: Paired): JsonObject {
  const { gain, lower, upper, margin, detectable = null, discordant } = paired;
  const finite = Object.entries({
    gain,
    gain_lower: lower,
    gain_upper: upper,
    margin,
    minimum_detectable_drop: detectable,
  }).filter(([, value]) => value !== null && Number.isFinite(value));
  return {
    metric: metric.name,
    n: judged.n,
    ...Object.fromEntries(finite),
    ...(discordant === undefined
      ? {}
      : {
          candidate_only_correct: discordant.candidateOnly,
          production_only_correct: discordant.productionOnly,
        }),
  };
}
