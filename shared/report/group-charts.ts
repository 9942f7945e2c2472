import { axisX, dot, gridX, link, text } from '@observablehq/plot';
import { CURRENT, draw, FAINT, figure, MUTED } from './draw.ts';
import { clip, count, formatEstimate, formatNumber } from './format.ts';
import type { Grouping, GroupRate, ShownModel } from './group-data.ts';
import type { MeasureInterval } from './model-data.ts';
import { escapeHtml } from './page.ts';

/** Groups of one chart: those with the most rows. */
const GROUPS = 12;
const RATES = 8;

/** Which models are drawn, and how far from a group's middle. */
const DRAWN = [
  { model: 'candidate', shift: -0.17, color: CURRENT, symbol: 'circle', fill: CURRENT },
  { model: 'production', shift: 0.17, color: MUTED, symbol: 'square', fill: 'var(--paper)' },
] as const satisfies readonly { readonly model: ShownModel; readonly [key: string]: unknown }[];

/** A chart a rate: a dot with its interval for each group and model. HTML. */
export function groupFigures(grouping: Grouping): string {
  const { groups, rates } = grouping;
  const shown = groups
    .map(({ n = 0 }, index) => ({ n, index }))
    .sort((a, b) => b.n - a.n)
    .slice(0, GROUPS)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
  const figures = rates.slice(0, RATES).map((rate) => rateFigure(grouping, rate, shown));
  const left = groups.length - shown.length;
  const more = left === 0 ? '' : `<p class="note">${count(left, 'smaller group')} not drawn.</p>`;
  return `<div class="grid">${figures.join('')}</div>${more}`;
}

function rateFigure({ column, groups, models }: Grouping, rate: GroupRate, shown: readonly number[]): string {
  const alone = models.length === 1;
  const rows = shown.flatMap((group, place) =>
    DRAWN.flatMap(({ model, shift, color, symbol, fill }) => {
      const figure = rate.figures[group]?.[model];
      if (figure?.estimate === undefined) return [];
      const { lower: low, upper: high, estimate } = figure;
      return [
        {
          y: alone ? place : place + shift,
          estimate,
          low,
          high,
          color,
          symbol,
          fill,
          words: words(model, figure),
        },
      ];
    }),
  );
  if (rows.length === 0) return '';
  const ends = rows.flatMap(({ estimate, low, high }) => [estimate, low ?? estimate, high ?? estimate]);
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  const pad = 0.05 * (to - from || Math.abs(to) || 1);
  const names = shown.map((group, place) => ({ place, name: groups[group]?.name ?? '' }));
  const svg = draw(`${rate.name} by ${column}: ${models.join(' and ')}, in figures below`, {
    width: 290,
    height: 34 + 26 * shown.length,
    marginLeft: 92,
    marginRight: 14,
    marginTop: 4,
    marginBottom: 24,
    x: { domain: [from - pad, to + pad], label: null },
    y: { domain: [shown.length - 0.5, -0.5], axis: null },
    marks: [
      gridX({ ticks: 3, stroke: FAINT, strokeOpacity: 1 }),
      axisX({ ticks: 3, tickSize: 0, color: MUTED, tickFormat: formatNumber }),
      ...DRAWN.flatMap(({ color, symbol, fill }) => {
        const own = rows.filter((row) => row.symbol === symbol);
        const withInterval = own.filter(({ low, high }) => low !== undefined && high !== undefined);
        return [
          link(withInterval, { x1: 'low', x2: 'high', y1: 'y', y2: 'y', stroke: color, strokeWidth: 1.75 }),
          dot(own, { x: 'estimate', y: 'y', symbol, stroke: color, fill, r: 3.25, title: 'words' }),
        ];
      }),
      text(names, {
        frameAnchor: 'left',
        textAnchor: 'end',
        dx: -6,
        y: 'place',
        text: ({ name }) => clip(name, 14),
      }),
    ],
  });
  return figure(escapeHtml(clip(rate.name, 60)), svg);
}

function words(model: ShownModel, { estimate, lower, upper }: MeasureInterval): string {
  const interval = lower === undefined && upper === undefined ? undefined : ([lower, upper] as const);
  return `${model} ${formatEstimate(estimate, interval && [interval[0] ?? null, interval[1] ?? null])}`;
}
