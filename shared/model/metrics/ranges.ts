/** Between which values a metric lies, whatever the model: the one place that knows it. */
import type { Margin } from '../../inputs/kinds.ts';
import type { Problem } from '../../problem/problem.ts';
import type { ItemRange, Metric } from '../metric.ts';

const SHARE: ItemRange = [0, 1];
const CORRELATION: ItemRange = [-1, 1];
const LOSS: ItemRange = [0, Infinity];

/** By the beginning of the name; what is not here is a share. */
const RANGES: readonly (readonly [begins: RegExp, range: ItemRange])[] = [
  [/^(matthews_corrcoef|cohen_kappa)/, CORRELATION],
  [/^r2$/, [-Infinity, 1]],
  // Of two classes at most 1, of more at most 2.
  [/^(smape|brier)$/, [0, 2]],
  [/^(mae|mse|rmse|mape|median_absolute_error|max_error|log_loss)$/, LOSS],
  [/^(mean_|latency_|model_size_bytes)/, LOSS],
];

/** The least and the greatest value that the metric can have, infinite if there is none. */
export function rangeOf({
  name,
  range,
  needs = [],
}: Pick<Metric, 'name' | 'range'> & Partial<Pick<Metric, 'needs'>>): ItemRange {
  if (name.startsWith('column(')) return range ?? [-Infinity, Infinity];
  // The mean of a column of its own range, such as a latency.
  if (needs.some((need) => need.startsWith('column:')) && range !== undefined) return range;
  return RANGES.find(([begins]) => begins.test(name))?.[1] ?? SHARE;
}

/** "between 0 and 1", "0 or more". */
export function rangeWords([low, high]: ItemRange): string {
  if (low === -Infinity) return high === Infinity ? 'any number' : `${high} or less`;
  return high === Infinity ? `${low} or more` : `between ${low} and ${high}`;
}

/** What was meant by a number of per cent where a share is asked for, as the end of a fix. */
export function asShare(value: number, [low, high]: ItemRange): string | undefined {
  const isPerCent = low >= -1 && high === 1 && Math.abs(value) > 1 && Math.abs(value) <= 100;
  return isPerCent ? `did you mean ${Number((value / 100).toPrecision(12))}?` : undefined;
}

/**
 * Why a margin would let any model pass: no loss is as large. Of what is better the higher, 100 % of the baseline is all
 * of it.
 */
export function marginWithin(
  metric: string,
  [low, high]: ItemRange,
  { kind, value }: Margin,
  better?: Metric['better'],
): Problem | undefined {
  const isAll = kind === 'absolute' ? value >= high - low : better === 'higher' && value >= 1;
  if (!isAll) return undefined;
  const given = kind === 'absolute' ? value : `${value * 100}%`;
  const meant = kind === 'absolute' ? asShare(value, [low, high]) : undefined;
  const fix = meant ?? 'give it as a share, such as 0.01 for one point, or 1% of the baseline’s';
  return { what: `a margin of ${given} allows any loss of ${metric}`, fix };
}
