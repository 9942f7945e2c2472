import type { Check, Evidence } from '../verdict/verdict.ts';
import { metricBounds } from './bounds.ts';
import { show } from './compare.ts';
import { type Condition, meets } from './conditions.ts';
import { type Bounds, LEVEL, rowsToClear, type Sampling } from './interval.ts';
import type { Metric } from './metric.ts';
import type { Judged } from './predictions.ts';

/** A condition with the metric that it names. */
export interface Threshold {
  readonly condition: Condition;
  readonly metric: Metric;
}

/** Bounds by model and metric, each worked out once. */
export type KnownBounds = Readonly<Record<Condition['model'], ReadonlyMap<string, Bounds>>>;

export interface ThresholdResult {
  readonly checks: readonly Check[];
  readonly bounds: KnownBounds;
}

/**
 * Decides each condition by a one-sided bound at level .95: it holds where the bound on its far side does, and is
 * refuted where the other bound does; otherwise the rows cannot tell. All must hold, so no level is split.
 */
export function judgeThresholds(
  judged: Judged,
  thresholds: readonly Threshold[],
  given: { readonly sampling: Sampling; readonly binding: 'bound' | 'declared' },
): ThresholdResult {
  const bounds = { candidate: new Map<string, Bounds>(), production: new Map<string, Bounds>() };
  const checks = thresholds.map(({ condition, metric }) => {
    const rows = judged[condition.model];
    if (rows === undefined) return withoutProduction(condition);
    const known = bounds[condition.model].get(metric.name) ?? metricBounds(metric, rows, given.sampling);
    bounds[condition.model].set(metric.name, known);
    return checkOf(condition, known, judged.n, given.binding);
  });
  return { checks, bounds };
}

function common(condition: Condition) {
  return {
    id: `condition.${condition.metric}`,
    target: { metric: `${condition.model}.${condition.metric}` },
    expected: condition.text,
  };
}

function withoutProduction(condition: Condition): Check {
  const message = `${condition.text}: there is no production model to judge`;
  return { ...common(condition), status: 'inconclusive', message };
}

/** Does the whole interval meet the condition, none of it, or a part? */
function reading(condition: Condition, { lower, upper }: Bounds): 'pass' | 'fail' | 'inconclusive' {
  const [least, most] = [lower ?? -Infinity, upper ?? Infinity];
  const wantsMore = condition.operator.startsWith('>');
  if (meets(condition, wantsMore ? least : most)) return 'pass';
  return meets(condition, wantsMore ? most : least) ? 'inconclusive' : 'fail';
}

const SAID = {
  pass: 'holds',
  warn: 'holds',
  fail: 'does not hold',
  inconclusive: 'cannot be decided',
} as const;

function checkOf(condition: Condition, bounds: Bounds, n: number, binding: 'bound' | 'declared'): Check {
  const { estimate, lower, upper, method, weak, none } = bounds;
  const found = reading(condition, bounds);
  const status = found === 'pass' && weak !== undefined ? 'warn' : found;
  const distance = Math.abs(estimate - condition.threshold);
  const needed = found === 'inconclusive' ? rowsToClear(n, bounds.standardError, distance) : undefined;
  const evidence: Evidence = {
    method,
    ...(Number.isFinite(estimate) ? { estimate } : {}),
    ...(lower === null && upper === null ? {} : { interval: [lower, upper] }),
    level: LEVEL,
    n,
    ...(needed === undefined ? {} : { needed }),
    binding,
  };
  const parts = [`${condition.text}: ${SAID[status]}`];
  if (Number.isFinite(estimate)) parts.push(`${show(estimate)} on ${n} rows`);
  if (lower !== null && upper !== null) parts.push(`bounds ${show(lower)} to ${show(upper)}`);
  if (none !== undefined) parts.push(none);
  if (needed !== undefined) parts.push(`about ${needed - n} more labelled rows would decide`);
  if (weak !== undefined) parts.push(weak);
  return {
    ...common(condition),
    status,
    observed: Number.isFinite(estimate) ? estimate : null,
    message: parts.join('; '),
    evidence,
  };
}
