import { areaY, axisX, axisY, dot, gridY, lineY, ruleY } from '@observablehq/plot';
import type { History, Rollout, RolloutPoint } from './chart-data.ts';
import { CURRENT, drawBroad, FAINT, figure, INK, key, MUTED } from './draw.ts';
import { clip, formatNumber, percent } from './format.ts';
import { escapeHtml } from './page.ts';

const SERIES = [CURRENT, 'var(--series-2)', 'var(--series-3)', 'var(--series-4)'];
const DAY = 86_400_000;
/** Lines with more points than this are drawn without dots. */
const DOTTED = 60;

/** Measures over time with their bands, and the limit as a dashed line. */
export function historyFigure({ series, limit }: History): string {
  const lines = series.map(({ name, points }, index) => ({
    name: escapeHtml(clip(name, 40)),
    points,
    stroke: SERIES[index % SERIES.length] ?? CURRENT,
    band: points.filter((point) => point.lower !== undefined && point.upper !== undefined),
  }));
  const during = period(series.flatMap((one) => one.points));
  const svg = drawBroad('measures over time', (isNarrow) => ({
    ...SIZE,
    height: 260,
    x: utc(during),
    y: { label: null, nice: true },
    marks: [
      ...axes(formatNumber, during, isNarrow),
      limit === undefined ? null : ruleY([limit], { stroke: INK, strokeDasharray: '4 3' }),
      ...lines.flatMap(({ points, stroke, band }) => [
        areaY(band, { x: 'at', y1: 'lower', y2: 'upper', fill: stroke, fillOpacity: 0.15 }),
        ...valueLine(points, stroke),
      ]),
    ],
  }));
  const names =
    lines.length === 1 ? [lines[0]?.name ?? ''] : lines.map(({ name, stroke }) => key(stroke, name));
  const note = limit === undefined ? '' : ` <span class="note">limit ${formatNumber(limit)}, dashed</span>`;
  return figure(names.join('') + note, svg);
}

/** The canary's weight over time and, if they are known, its error rate, stable's, and the rate that is the limit. */
export function rolloutFigures({ points, limit }: Rollout): string[] {
  const during = period(points);
  const step = { x: 'at', y: 'weight', curve: 'step-after' } as const;
  const weights = drawBroad('weight of the canary over time', (isNarrow) => ({
    ...SIZE,
    height: 170,
    x: utc(during),
    y: { label: null, domain: [0, 100] },
    marks: [
      ...axes((y) => `${formatNumber(y)} %`, during, isNarrow),
      areaY(points, { ...step, fill: CURRENT, fillOpacity: 0.12 }),
      lineY(points, { ...step, stroke: CURRENT, strokeWidth: 1.75 }),
      dot(points, { x: 'at', y: 'weight', fill: CURRENT, r: 2.5 }),
    ],
  }));
  const canary = rates(points, 'canary');
  const stable = rates(points, 'stable');
  const figures = [figure('weight of the canary', weights)];
  if (canary.length + stable.length === 0) return figures;
  const errors = drawBroad('error rates of canary and stable', (isNarrow) => ({
    ...SIZE,
    height: 170,
    x: utc(during),
    y: { label: null, zero: true, nice: true },
    marks: [
      ...axes(percent, during, isNarrow),
      limit === undefined ? null : ruleY([limit], { stroke: INK, strokeDasharray: '4 3' }),
      ...valueLine(stable, MUTED),
      ...valueLine(canary, CURRENT),
    ],
  }));
  const note = limit === undefined ? '' : ` <span class="note">limit ${percent(limit)}, dashed</span>`;
  return [...figures, figure(`error rate ${key(CURRENT, 'canary')}${key(MUTED, 'stable')}${note}`, errors)];
}

const SIZE = { marginLeft: 56, marginRight: 24 } as const;

interface Point {
  readonly at: Date;
  readonly value: number;
}

function valueLine(points: readonly Point[], color: string) {
  const dots = points.length > DOTTED ? points.slice(-1) : points;
  return [
    lineY(points, { x: 'at', y: 'value', stroke: color, strokeWidth: 1.75 }),
    dot(dots, { x: 'at', y: 'value', fill: color, r: 2.5, title: pointTitle }),
  ];
}

function pointTitle({ at, value }: Point): string {
  return `${at.toISOString().slice(0, 16)}: ${formatNumber(value)}`;
}

function rates(points: readonly RolloutPoint[], side: 'canary' | 'stable'): Point[] {
  return points.flatMap((point) => {
    const value = point[side];
    return value === undefined ? [] : [{ at: point.at, value }];
  });
}

function utc(domain: readonly [Date, Date]) {
  return { type: 'utc', label: null, domain } as const;
}

/** First and last time; a day around a single one. */
function period(points: readonly { readonly at: Date }[]): [Date, Date] {
  const times = points.map((point) => point.at.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return first === last
    ? [new Date(first - DAY / 2), new Date(last + DAY / 2)]
    : [new Date(first), new Date(last)];
}

function axes(tickFormat: (y: number) => string, [first, last]: readonly [Date, Date], isNarrow: boolean) {
  const short = last.getTime() - first.getTime() < 2 * DAY;
  return [
    gridY({ ticks: 5, stroke: FAINT, strokeOpacity: 1 }),
    axisY({ ticks: 5, tickSize: 0, color: MUTED, tickFormat }),
    axisX({
      ticks: isNarrow ? 3 : 7,
      tickSize: 3,
      color: MUTED,
      ...(short ? { tickFormat: timeOfDay } : {}),
    }),
  ];
}

/** `06:30`, with the date below the first and below midnight. */
function timeOfDay(at: Date, index: number): string {
  const [date, time = ''] = at.toISOString().slice(0, 16).split('T');
  return index === 0 || time === '00:00' ? `${time}\n${date}` : time;
}
