import { grouped } from '../problem/numbers.ts';
import { type Analysis, analyse, type EvidenceFinding, type MeasuredArms } from './analysis.ts';
import { type Counts, NO_COUNTS } from './metrics.ts';
import type { RolloutTerms } from './plan.ts';

/** What the evidence comes to, and after about how many more canary requests. */
export interface Outlook {
  readonly finding: 'harm' | 'not-worse';
  readonly requests: number;
}

export interface Course {
  readonly analysis: Analysis;
  readonly totals: MeasuredArms;
  readonly plan: RolloutTerms;
  /** The canary's share of the requests to come, in (0, 1]. */
  readonly share: number;
}

/** More requests than this decide nothing that a person would wait for. */
const MOST = 1e9;

/**
 * How the question ends if both versions go on at their observed rates: the test itself, asked again with the requests
 * to come at their mean. A real run crosses earlier or later, for its errors come by chance. Each logarithm of an
 * e-value then grows linearly and their mean is convex, so whatever is reached stays reached, and halving finds it.
 *
 * @param known the requests that this metric counts: those with a known outcome, or with a known latency.
 * @param findingOf the metric's own test.
 * @returns null if 1,000,000,000 further requests at these rates would not decide.
 */
export function outlookOf(
  { analysis, totals, plan, share }: Course,
  known: 'judged' | 'timed',
  findingOf: (analysis: Analysis) => EvidenceFinding | null,
): Outlook | null {
  const after = (requests: number) => {
    const canary = scaled(totals.canary, requests / totals.canary[known]);
    const beside = (requests * (1 - share)) / share;
    const stable = beside === 0 ? NO_COUNTS : scaled(totals.stable, beside / totals.stable[known]);
    return findingOf(analyse(analysis, { canary, stable }, plan));
  };
  const isDecided = (requests: number) => decided(after(requests)) !== null;
  if (!isDecided(MOST)) return null;
  let [low, high] = [0, 1];
  while (!isDecided(high)) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isDecided(middle)) high = middle;
    else low = middle;
  }
  const finding = decided(after(high));
  return finding === null ? null : { finding, requests: high };
}

/** @param rated what was measured, such as `the error rate`. @param limit what is to be shown of it. */
export function outlookWords(outlook: Outlook | null, rated: string, limit: string): string {
  if (outlook === null) return `at these rates, more requests would not decide whether ${rated} is ${limit}`;
  const requests = `at these rates, about ${grouped(roundedUp(outlook.requests))} more canary requests would show that ${rated} is`;
  return `${requests} ${outlook.finding === 'harm' ? 'higher than the stable one' : limit}`;
}

/** Two digits are all that such an estimate is worth; nothing of nothing. */
export function roundedUp(requests: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, requests))) - 1);
  return Math.ceil(requests / unit) * unit;
}

const decided = (finding: EvidenceFinding | null) =>
  finding === 'harm' || finding === 'not-worse' ? finding : null;

/** The counts of as many requests as `factor` times these, at the same rates. */
export function scaled(counts: Counts, factor: number): Counts {
  return {
    requests: counts.requests * factor,
    judged: counts.judged * factor,
    errors: counts.errors * factor,
    timed: counts.timed * factor,
    slow: counts.slow * factor,
  };
}
