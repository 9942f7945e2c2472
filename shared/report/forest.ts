import { axisX, dot, gridX, link, ruleX, text, tickX } from '@observablehq/plot';
import type { Forest, ForestRow } from './chart-data.ts';
import { CURRENT, draw, FAINT, figure, INK, MUTED, WIDTH } from './draw.ts';
import { clip, formatEstimate, formatNumber } from './format.ts';
import { escapeHtml } from './page.ts';

function statusColor(row: ForestRow): string {
  return row.status === undefined ? CURRENT : `var(--${row.status})`;
}

/** A forest plot: name, estimate with interval, margin, and the figures in words. */
export function forestFigure({ title, rows }: Forest): string {
  const [from, to] = forestDomain(rows);
  const data = rows.map((row, index) => ({
    ...row,
    index,
    low: row.interval[0] ?? from,
    high: row.interval[1] ?? to,
    color: statusColor(row),
    figures: formatEstimate(row.estimate, row.interval),
  }));
  const margins = data.filter((row) => row.margin !== undefined);
  const ends = data.flatMap(({ index, color, interval }) =>
    interval.flatMap((x) => (x === null ? [] : [{ index, color, x }])),
  );
  const svg = draw(`${title}: estimates and intervals`, {
    width: WIDTH,
    height: 30 + 26 * rows.length,
    marginLeft: 230,
    marginRight: 290,
    marginTop: 4,
    marginBottom: 26,
    x: { domain: [from, to], label: null },
    y: { type: 'band', domain: data.map((row) => row.index), padding: 0, axis: null },
    marks: [
      gridX({ ticks: 5, stroke: FAINT, strokeOpacity: 1 }),
      axisX({ ticks: 5, tickSize: 0, color: MUTED, tickFormat: formatNumber }),
      from <= 0 && to >= 0 ? ruleX([0], { stroke: MUTED, strokeOpacity: 0.6 }) : null,
      tickX(margins, { x: 'margin', y: 'index', stroke: INK, strokeWidth: 1.5 }),
      link(data, { x1: 'low', x2: 'high', y1: 'index', y2: 'index', stroke: 'color', strokeWidth: 2 }),
      tickX(ends, { x: 'x', y: 'index', stroke: 'color', strokeWidth: 1.5, insetTop: 9, insetBottom: 9 }),
      dot(data, { x: 'estimate', y: 'index', fill: 'color', r: 4.5, title: 'figures' }),
      text(data, {
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: -230,
        y: 'index',
        text: (row) => clip(row.label, 36),
      }),
      text(data, { ...RIGHT, dx: 16, text: (row) => row.status ?? '', fill: 'color', fontWeight: 600 }),
      text(data, { ...RIGHT, dx: 108, text: 'figures', fontVariant: 'tabular-nums' }),
    ],
  });
  return figure(escapeHtml(title), svg);
}

const RIGHT = { frameAnchor: 'right', textAnchor: 'start', y: 'index' } as const;

/** From the least to the greatest of what is shown, with zero where it is near. */
function forestDomain(rows: readonly ForestRow[]): [number, number] {
  const shown = rows.flatMap(({ estimate, interval, margin }) =>
    [estimate, ...interval, margin].filter((x): x is number => typeof x === 'number'),
  );
  let [low, high] = [Math.min(...shown), Math.max(...shown)];
  const span = high - low || Math.abs(high) || 1;
  if (low > 0 && low < span) low = 0;
  if (high < 0 && -high < span) high = 0;
  return [low === 0 ? 0 : low - 0.05 * span, high === 0 ? 0 : high + 0.05 * span];
}
