import { axisX, barX, line, rectY, ruleX, ruleY, text } from '@observablehq/plot';
import type { Bin, Category, Distribution } from './chart-data.ts';
import { CURRENT, draw, figure, MUTED, REFERENCE } from './draw.ts';
import { clip, formatNumber, percent } from './format.ts';
import { escapeHtml } from './page.ts';

/** The reference as grey bars, the current values over them as an outline or as narrower bars. */
export function distributionFigure(distribution: Distribution): string {
  const { column, distance, bins, categories } = distribution;
  const title = `${escapeHtml(clip(column, 30))}${
    distance === undefined ? '' : ` <span class="note">distance ${formatNumber(distance)}</span>`
  }`;
  const label = `${column}: reference and current`;
  if (bins !== undefined) return figure(title, histogram(label, bins.reference, bins.current));
  return figure(title, categoryBars(label, categories ?? []));
}

const SMALL = { width: 270, height: 130, marginLeft: 6, marginRight: 6, marginTop: 6 } as const;

function histogram(label: string, reference: readonly Bin[], current: readonly Bin[]): string {
  return draw(label, {
    ...SMALL,
    marginBottom: 24,
    x: { label: null },
    y: { axis: null, domain: [0, 1.05 * Math.max(...[...reference, ...current].map((bin) => bin.density))] },
    marks: [
      rectY(reference, { x1: 'from', x2: 'to', y: 'density', fill: REFERENCE, inset: 0 }),
      line(outline(current), { x: 'x', y: 'y', stroke: CURRENT, strokeWidth: 1.75, strokeLinejoin: 'miter' }),
      ruleY([0], { stroke: MUTED }),
      axisX({ ticks: 4, tickSize: 3, color: MUTED, tickFormat: formatNumber }),
    ],
  });
}

/** The outline of a histogram's bars, from the axis back to the axis. */
function outline(bins: readonly Bin[]): { x: number; y: number }[] {
  const first = bins[0];
  const last = bins.at(-1);
  if (first === undefined || last === undefined) return [];
  const tops = bins.flatMap(({ from, to, density }) => [
    { x: from, y: density },
    { x: to, y: density },
  ]);
  return [{ x: first.from, y: 0 }, ...tops, { x: last.to, y: 0 }];
}

function categoryBars(label: string, categories: readonly Category[]): string {
  const data = categories.map((category, index) => ({ ...category, index }));
  return draw(label, {
    ...SMALL,
    marginLeft: 92,
    marginRight: 18,
    marginBottom: 24,
    height: Math.max(SMALL.height, 30 + 16 * data.length),
    x: { label: null, domain: [0, Math.max(...data.flatMap((one) => [one.reference, one.current]))] },
    y: { type: 'band', domain: data.map((one) => one.index), padding: 0.2, axis: null },
    marks: [
      barX(data, { x: 'reference', y: 'index', fill: REFERENCE }),
      barX(data, { x: 'current', y: 'index', fill: CURRENT, insetTop: 3.5, insetBottom: 3.5 }),
      ruleX([0], { stroke: MUTED }),
      text(data, {
        frameAnchor: 'left',
        textAnchor: 'end',
        dx: -6,
        y: 'index',
        text: (one) => clip(one.name, 14),
      }),
      axisX({ ticks: 3, tickSize: 3, color: MUTED, tickFormat: percent }),
    ],
  });
}
