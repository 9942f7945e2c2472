import { axisX, barX, line, rectY, ruleX, ruleY, text } from '@observablehq/plot';
import type { Category, DistributionChart, HistogramBin } from './chart-data.ts';
import { CURRENT, draw, figure, MUTED, REFERENCE } from './draw.ts';
import { clip, formatNumber, percent } from './format.ts';
import { escapeHtml } from './page.ts';

/** The reference as grey bars, the current values over them as an outline or as narrower bars. */
export function distributionFigure(distribution: DistributionChart): string {
  const { column, distance, bins, categories } = distribution;
  const title = `${escapeHtml(clip(column, 30))}${
    distance === undefined ? '' : ` <span class="note">distance ${formatNumber(distance)}</span>`
  }`;
  const label = `${column}: reference and current`;
  if (bins !== undefined) return figure(title, histogram(label, bins.reference, bins.current));
  return figure(title, categoryBars(label, categories ?? []));
}

const SMALL = { width: 270, height: 130, marginLeft: 18, marginRight: 26, marginTop: 6 } as const;

/** Closed bins as they are; open ones faint or dashed up to the edge of the chart, with their one bound in words. */
function histogram(
  label: string,
  reference: readonly HistogramBin[],
  current: readonly HistogramBin[],
): string {
  const all = [...reference, ...current];
  const words = [openWords(reference, REFERENCE_WORDS), openWords(current, CURRENT)].flat();
  const isOpen = ({ open }: HistogramBin) => open !== undefined;
  const top = 14 * Math.max(0, ...words.map(({ row }) => row + 1));
  return draw(`${label}${words.map((word) => `, ${word.text}`).join('')}`, {
    ...SMALL,
    height: SMALL.height + top,
    marginTop: SMALL.marginTop + top,
    marginBottom: 24,
    x: {
      label: null,
      domain: [Math.min(...all.map(({ from }) => from)), Math.max(...all.map(({ to }) => to))],
    },
    y: { axis: null, domain: [0, 1.05 * Math.max(...all.map((bin) => bin.density))] },
    marks: [
      rectY(
        reference.filter((bin) => !isOpen(bin)),
        { ...BAR, fill: REFERENCE },
      ),
      rectY(reference.filter(isOpen), { ...BAR, fill: REFERENCE, fillOpacity: 0.45, strokeDasharray: '2 3' }),
      line(outline(current.filter((bin) => !isOpen(bin))), LINE),
      ...current.filter(isOpen).map((bin) => line(openOutline(bin), { ...LINE, strokeDasharray: '2 3' })),
      ruleY([0], { stroke: MUTED }),
      axisX({ ticks: 4, tickSize: 3, color: MUTED, tickFormat: formatNumber }),
      ...words.map(({ text: said, side, color, row }) =>
        text([said], {
          text: (one: string) => one,
          frameAnchor: side === 'below' ? 'top-left' : 'top-right',
          dy: 14 * row - top,
          fill: color,
        }),
      ),
    ],
  });
}

const BAR = { x1: 'from', x2: 'to', y: 'density', inset: 0 } as const;
const LINE = { x: 'x', y: 'y', stroke: CURRENT, strokeWidth: 1.75, strokeLinejoin: 'miter' } as const;
/** Grey enough for bars is too faint for words. */
const REFERENCE_WORDS = MUTED;

interface OpenWord {
  readonly text: string;
  readonly side: 'below' | 'above';
  readonly color: string;
  readonly row: number;
}

/** `≤ 3` and `> 40` of the open bins. */
function openWords(bins: readonly HistogramBin[], color: string): OpenWord[] {
  return bins.flatMap(({ from, to, open }) => {
    if (open === undefined) return [];
    const words = open === 'below' ? `≤ ${formatNumber(to)}` : `> ${formatNumber(from)}`;
    return [{ text: words, side: open, color, row: color === CURRENT ? 1 : 0 }];
  });
}

/** An open bin has no outer edge. */
function openOutline({ from, to, density, open }: HistogramBin): { x: number; y: number }[] {
  const tops = [
    { x: from, y: density },
    { x: to, y: density },
  ];
  return open === 'below' ? [...tops, { x: to, y: 0 }] : [{ x: from, y: 0 }, ...tops];
}

/** The outline of a histogram's bars, from the axis back to the axis. */
function outline(bins: readonly HistogramBin[]): { x: number; y: number }[] {
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
