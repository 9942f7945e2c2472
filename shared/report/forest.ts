import { axisX, dot, gridX, link, rect, ruleX, text, tickX } from '@observablehq/plot';
import { CURRENT, draw, FAINT, figure, INK, MUTED, WIDTH } from './draw.ts';
import type { Forest, ForestRow } from './forest-data.ts';
import { clip, formatEstimate, formatNumber } from './format.ts';
import { escapeHtml } from './page.ts';

function statusColor(row: ForestRow): string {
  return row.status === undefined ? CURRENT : `var(--${row.status})`;
}

/** A forest plot: name, estimate with interval, margin, and the figures in words. */
export function forestFigure({ title, rows, gains }: Forest): string {
  const [from, to] = gains ? gainDomain(rows) : forestDomain(rows);
  const within = (x: number) => from <= x && x <= to;
  const data = rows.map((row, index) => ({
    ...row,
    index,
    low: Math.max(from, Math.min(to, row.interval[0] ?? from)),
    high: Math.min(to, Math.max(from, row.interval[1] ?? to)),
    color: statusColor(row),
    word: row.word ?? row.status ?? '',
    figures: row.figures ?? formatEstimate(row.estimate, row.interval),
  }));
  const margins = data.filter((row) => row.margin !== undefined);
  const ends = data.flatMap(({ index, color, interval }) =>
    interval.flatMap((x) => (x === null || !within(x) ? [] : [{ index, color, x }])),
  );
  const svg = draw(`${title}: estimates and intervals, in words beside them`, {
    width: WIDTH,
    height: (gains ? 50 : 30) + 26 * rows.length,
    marginLeft: 230,
    marginRight: 290,
    marginTop: gains ? 24 : 4,
    marginBottom: 26,
    x: { domain: [from, to], label: null },
    y: { type: 'band', domain: data.map((row) => row.index), padding: 0, axis: null },
    marks: [
      gridX({ ticks: 5, stroke: FAINT, strokeOpacity: 1 }),
      gains ? beyondMargin(margins, from) : null,
      axisX({ ticks: 5, tickSize: 0, color: MUTED, tickFormat: formatNumber }),
      within(0) ? ruleX([0], { stroke: MUTED, strokeOpacity: 0.6 }) : null,
      tickX(margins, { x: 'margin', y: 'index', stroke: INK, strokeWidth: 1.5 }),
      link(data, { x1: 'low', x2: 'high', y1: 'index', y2: 'index', stroke: 'color', strokeWidth: 2 }),
      tickX(ends, { x: 'x', y: 'index', stroke: 'color', strokeWidth: 1.5, insetTop: 9, insetBottom: 9 }),
      dot(
        data.filter((row) => within(row.estimate)),
        { x: 'estimate', y: 'index', fill: 'color', r: 4.5, title: 'figures' },
      ),
      gains ? directions() : null,
      text(data, {
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: -230,
        y: 'index',
        text: (row) => clip(row.label, 36),
      }),
      text(data, { ...RIGHT, dx: 16, text: 'word', fill: 'color', fontWeight: 600 }),
      text(data, { ...RIGHT, dx: 108, text: 'figures', fontVariant: 'tabular-nums' }),
    ],
  });
  return figure(escapeHtml(title), svg);
}

const RIGHT = { frameAnchor: 'right', textAnchor: 'start', y: 'index' } as const;

/** The losses that are not tolerated, row by row. */
function beyondMargin(rows: readonly (ForestRow & { readonly index: number })[], from: number) {
  const x1 = () => from;
  return rect(rows, { x1, x2: 'margin', y: 'index', fill: 'var(--fail)', fillOpacity: 0.1, inset: 0 });
}

function directions() {
  const above = { frameAnchor: 'top', dy: -14, fill: MUTED, x: () => 0 } as const;
  return [
    text([0], { ...above, text: () => '← worse', textAnchor: 'end', dx: -8 }),
    text([0], { ...above, text: () => 'better →', textAnchor: 'start', dx: 8 }),
  ];
}

/** From the least to the greatest of what is shown, with zero where it is near. */
function forestDomain(rows: readonly ForestRow[]): [number, number] {
  const [low, high, span] = extent(rows);
  const from = low > 0 && low < span ? 0 : low;
  const to = high < 0 && -high < span ? 0 : high;
  return [from === 0 ? 0 : from - 0.05 * span, to === 0 ? 0 : to + 0.05 * span];
}

/** Margins beyond which an interval is cut at the edge: it would make all others points. */
const REACH = 20;

/** With zero, the margin and room for the words beside zero. */
function gainDomain(rows: readonly ForestRow[]): [number, number] {
  const margin = Math.max(...rows.map((row) => -(row.margin ?? 0)));
  const [low, high] = extent([...rows, { label: '', estimate: 0, interval: [null, null] }]);
  const reach = margin > 0 ? REACH * margin : Number.POSITIVE_INFINITY;
  const [from, to] = [Math.max(-reach, low), Math.min(reach, high)];
  const span = to - from || 1;
  return [Math.min(from - 0.06 * span, -0.2 * span), Math.max(to + 0.06 * span, 0.2 * span)];
}

function extent(rows: readonly ForestRow[]): [low: number, high: number, span: number] {
  const shown = rows.flatMap(({ estimate, interval, margin }) =>
    [estimate, ...interval, margin].filter((x): x is number => typeof x === 'number'),
  );
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  return [low, high, high - low || Math.abs(high) || 1];
}
