import type { Status } from '../verdict/status.ts';
import type { Check } from '../verdict/verdict.ts';
import { type Gain, gainText, readingOf } from './gains.ts';
import { isNumber } from './json.ts';

/** Estimates with intervals on one scale. */
export interface Forest {
  readonly title: string;
  readonly rows: readonly ForestRow[];
  /** Gains: left is worse, and what lies beyond the margin there is shaded. */
  readonly gains?: true;
}

export interface ForestRow {
  readonly label: string;
  readonly status?: Status;
  /** What stands for the status, in words. */
  readonly word?: string;
  /** The figures in words, if they are not those drawn. */
  readonly figures?: string;
  readonly estimate: number;
  /** null: open on that side. */
  readonly interval: readonly [number | null, number | null];
  /** What the estimate is judged against, on its own scale: a margin, or the threshold of a condition. */
  readonly limit?: number;
}

/**
 * Gains against their margins: on one scale if the margins are equal, else each in its own margin, so that −1 is the
 * limit of all; those without a margin by metric.
 */
export function gainForests(gains: readonly Gain[]): Forest[] {
  const limited = gains.filter(({ margin }) => margin !== undefined && margin > 0);
  const free = gains.filter((gain) => !limited.includes(gain));
  const metrics = [...new Set(limited.map(({ metric }) => metric))];
  const inMargins = new Set(limited.map(({ margin }) => margin)).size > 1;
  const title = inMargins ? 'gain, in margins of each metric' : `gain in ${metrics.join(', ')}`;
  const byMetric = [...new Set(free.map(({ metric }) => metric))].map((metric): Forest => {
    const rows = free.filter((gain) => gain.metric === metric).map((gain) => gainRow(gain, false));
    return { title: `gain in ${metric}`, rows, gains: true };
  });
  const rows = limited.map((gain) => gainRow(gain, inMargins));
  return [...(rows.length === 0 ? [] : [{ title, rows, gains: true as const }]), ...byMetric];
}

function gainRow(gain: Gain, inMargins: boolean): ForestRow {
  const { metric, baseline, estimate, interval, margin, check } = gain;
  const unit = inMargins ? (margin ?? 1) : 1;
  const [low, high] = interval.map((bound) => (bound === null ? null : bound / unit));
  return {
    label: `${metric} · ${baseline}`,
    ...(check === undefined ? {} : { status: check.status }),
    word: readingOf(gain),
    figures: gainText(gain),
    estimate: estimate / unit,
    interval: [low ?? null, high ?? null],
    ...(margin === undefined ? {} : { limit: -margin / unit }),
  };
}

/** Checks of one metric, or of one id if they name no metric, share a scale. */
export function evidenceForests(checks: readonly Check[]): Forest[] {
  const groups = new Map<string, ForestRow[]>();
  for (const check of checks) {
    const { metric, column, slice } = check.target ?? {};
    const title = metric ?? check.id;
    const parts = [metric === undefined ? undefined : check.id, column, slice];
    const label = parts.filter((part) => part !== undefined && part !== '').join(' · ');
    const row = forestRow(check, label === '' ? 'all' : label);
    if (row !== undefined) groups.set(title, [...(groups.get(title) ?? []), row]);
  }
  return [...groups].map(([title, rows]) => ({ title, rows }));
}

/** An estimate with its interval; none of a check without both. */
export function forestRow({ evidence, status }: Check, label: string): ForestRow | undefined {
  const { estimate, interval, margin, threshold } = evidence ?? {};
  const limit = threshold ?? margin;
  if (!isNumber(estimate) || interval === undefined) return undefined;
  const [low, high] = interval.map((bound) => (isNumber(bound) ? bound : null));
  return {
    label,
    status,
    estimate,
    interval: [low ?? null, high ?? null],
    ...(isNumber(limit) ? { limit } : {}),
  };
}
