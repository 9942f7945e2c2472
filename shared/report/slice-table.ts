import { formatEstimate, formatNumber } from './format.ts';
import type { MeasureInterval, SliceGain } from './model-data.ts';
import { escapeHtml, tableHtml } from './page.ts';

const ROWS = 30;

/**
 * Slices as a table, in the order given, each gain with a small bar of its interval beside zero and its metric's margin.
 * HTML.
 */
export function sliceTable(slices: readonly SliceGain[], margins: ReadonlyMap<string, number>): string {
  const shown = slices.slice(0, ROWS);
  const metrics = [...new Set(slices.map(({ metric }) => metric))];
  const scales = new Map(
    metrics.map((metric) => [
      metric,
      Math.max(margins.get(metric) ?? 0, scaleOf(shown.filter((slice) => slice.metric === metric))),
    ]),
  );
  const rows = shown.map((slice) => [
    escapeHtml(metrics.length > 1 ? `${slice.name} · ${slice.metric}` : slice.name),
    slice.n === undefined ? '' : formatNumber(slice.n),
    figuresHtml(slice.candidate),
    slice.production === undefined ? '' : formatNumber(slice.production),
    figuresHtml(slice.gain),
    bar(slice.gain, scales.get(slice.metric) ?? 0, margins.get(slice.metric)),
  ]);
  const metric = metrics.length === 1 && metrics[0] !== '' ? `${escapeHtml(metrics[0] ?? '')}, ` : '';
  const header = ['slice', 'rows', `${metric}candidate`, 'production', 'gain', 'worse | better'];
  const left = slices.length - shown.length;
  const note =
    left === 0
      ? ''
      : `<p class="note">${formatNumber(left)} more, with smaller losses, are in the verdict file.</p>`;
  return tableHtml(header, rows, 'measures slices') + note;
}

/** An estimate with its interval, as HTML; an open side is infinite. */
export function figuresHtml({ estimate, lower, upper }: MeasureInterval): string {
  const open = lower === undefined && upper === undefined;
  if (estimate === undefined && open) return '';
  return escapeHtml(formatEstimate(estimate, open ? undefined : [lower ?? null, upper ?? null]));
}

/** The farthest end from zero. */
function scaleOf(slices: readonly SliceGain[]): number {
  const ends = slices.flatMap(({ gain: { estimate, lower, upper } }) => [estimate, lower, upper]);
  return Math.max(0, ...ends.map((end) => Math.abs(end ?? 0)));
}

const HALF = 56;

/** The interval on a scale with zero in its middle; its figures stand beside it. */
function bar({ estimate, lower, upper }: MeasureInterval, scale: number, margin: number | undefined): string {
  if (estimate === undefined || scale === 0) return '';
  const at = (value: number) => Math.round(10 * (HALF + 4 + (HALF * value) / scale)) / 10;
  const [from, to] = [at(lower ?? -scale), at(upper ?? scale)];
  const side = upper !== undefined && upper < 0 ? 'fail' : lower !== undefined && lower > 0 ? 'pass' : '';
  const range =
    lower === undefined && upper === undefined ? '' : `<path class="range" d="M${from} 8H${to}"/>`;
  const limit = margin === undefined ? '' : `<path class="limit" d="M${at(-margin)} 1V15"/>`;
  return `<svg class="bar ${side}" viewBox="0 0 120 16" width="120" height="16" aria-hidden="true"><path class="zero" d="M60 0V16"/>${range}${limit}<circle cx="${at(estimate)}" cy="8" r="3.5"/></svg>`;
}
