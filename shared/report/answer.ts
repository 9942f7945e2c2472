import type { Verdict } from '../verdict/verdict.ts';
import { count, formatNumber, targetParts } from './format.ts';
import { type Gain, gainsOf, readingOf, type ShownReading } from './gains.ts';

export interface Answer {
  /** One sentence: is the candidate better, not worse, worse, or unknown, and what follows. */
  readonly sentence: string;
  /** The rest of the verdict's summary. */
  readonly scope: string;
}

/** The answer of a verdict that compares a candidate with production; undefined for every other. */
export function answerOf(verdict: Verdict): Answer | undefined {
  const judged = gainsOf(verdict).filter(
    ({ baseline, check }) => baseline === 'production' && check !== undefined,
  );
  const reading = readingOfAll(judged);
  if (reading === undefined) return undefined;
  const decisive = judged.filter((gain) => readingOf(gain) === reading);
  const { summary, checks } = verdict;
  const headline = checks.find(({ message }) => message !== '' && summary.startsWith(`${message}; `));
  return {
    sentence: `${SAID[reading]}: ${findings(decisive, reading)}${besides(judged, reading)}${others(verdict, decisive)}.`,
    scope: headline === undefined ? summary : summary.slice(headline.message.length + 2),
  };
}

/** Worse or unknown in one metric is so in all; better is what is better in the first and not worse in the others. */
function readingOfAll(gains: readonly Gain[]): ShownReading | undefined {
  const readings = gains.map(readingOf);
  return (['worse', 'unknown'] as const).find((one) => readings.includes(one)) ?? readings[0];
}

const SAID: Readonly<Record<ShownReading, string>> = {
  better: 'The candidate is better than production',
  'not worse': 'The candidate is not worse than production',
  worse: 'The candidate is worse than production',
  unknown: 'It is unknown whether the candidate is worse than production',
};

const METRICS = 3;

function findings(gains: readonly Gain[], reading: ShownReading): string {
  const shown = gains.slice(0, reading === 'unknown' ? 1 : METRICS);
  const parts = shown.map((gain) => finding(gain, reading));
  const more = gains.length - shown.length;
  if (more > 0) parts.push(`the same in ${count(more, 'more metric')}`);
  return parts.join(reading === 'better' ? ', ' : '; ');
}

/** In what else the candidate is better, or is not. */
function besides(gains: readonly Gain[], reading: ShownReading): string {
  if (reading !== 'better' && reading !== 'not worse') return '';
  const other = reading === 'better' ? 'not worse' : 'better';
  const metrics = gains.filter((gain) => readingOf(gain) === other).map(({ metric }) => metric);
  if (metrics.length === 0) return '';
  return `; ${other} in ${metrics.length > METRICS ? count(metrics.length, 'metric') : metrics.join(', ')}`;
}

function finding(gain: Gain, reading: ShownReading): string {
  const { metric, margin, n } = gain;
  const [lower, upper] = gain.interval;
  const tolerated = margin === undefined ? '' : `, and ${formatNumber(margin)} is tolerated`;
  if (reading === 'better') {
    const least = lower === null ? 'more than 0' : `at least ${formatNumber(lower)}`;
    return `a gain of ${least} in ${metric}`;
  }
  if (reading === 'not worse') return `${lossAtMost(lower, margin)} in ${metric}${tolerated}`;
  if (reading === 'worse') return `${lossAtLeast(upper, margin)} in ${metric}${tolerated}`;
  const rows = n === undefined ? 'these rows' : `these ${formatNumber(n)} rows`;
  const possible =
    lower === null
      ? `${rows} bound no loss`
      : lower < 0
        ? `${rows} allow a loss of up to ${formatNumber(-lower)}`
        : `${rows} do not decide it`;
  return `${possible} in ${metric}${tolerated}${remedy(gain)}`;
}

/** A relative margin is tested on its own scale, so that the bound of the gain may lie beyond it. */
function lossAtMost(lower: number | null, margin: number | undefined): string {
  if (lower === null || (margin !== undefined && -lower > margin)) return 'no loss beyond the margin';
  return lower < 0 ? `a loss of at most ${formatNumber(-lower)}` : 'no loss';
}

function lossAtLeast(upper: number | null, margin: number | undefined): string {
  if (upper === null || upper >= 0 || (margin !== undefined && -upper < margin))
    return 'a loss beyond the margin';
  return `a loss of at least ${formatNumber(-upper)}`;
}

/** What these rows can show, and how many would decide. */
function remedy({ check, n, margin, detectable }: Gain): string {
  const needed = check?.evidence?.needed;
  const tooFew = detectable !== undefined && (margin === undefined || detectable > margin);
  return [
    tooFew ? `; the smallest loss that they can show is ${formatNumber(detectable)}` : '',
    needed !== undefined && n !== undefined && needed > n
      ? `; label about ${formatNumber(needed - n)} more rows to decide`
      : '',
  ].join('');
}

const DID = { fail: 'failed', inconclusive: 'inconclusive', warn: 'warned' } as const;

/** The checks beside the comparison that make the verdict what it is. */
function others({ checks, status }: Verdict, decisive: readonly Gain[]): string {
  if (status === 'pass') return '';
  const own = decisive.map(({ check }) => check);
  const worst = checks.filter((check) => check.status === status && !own.includes(check));
  const [first, ...more] = worst;
  if (first === undefined) return '';
  const is = status === 'inconclusive' ? (worst.length === 1 ? ' is' : ' are') : '';
  if (own.some((check) => check?.status === status))
    return `; ${count(worst.length, 'other check')}${is} ${DID[status]} as well`;
  const target = targetParts(first);
  const about = target.length === 0 ? '' : ` (${target.join(', ')})`;
  const rest = more.length === 0 ? '' : ` and ${count(more.length, 'more check')}`;
  return `; but ${first.id}${about}${rest}${is} ${DID[status]}`;
}
