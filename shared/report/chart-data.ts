import { grouped } from '../problem/numbers.ts';
import type { Check, Json, JsonObject, Verdict } from '../verdict/verdict.ts';
import { evidenceForests, type Forest, type ForestRow, forestRow, gainForests } from './forest-data.ts';
import { mostSevereFirst } from './format.ts';
import { gainsOf } from './gains.ts';
import { type Grouping, groupingsOf } from './group-data.ts';
import { elementsOf, isJsonObject, isNumber } from './json.ts';
import { type Curves, shownCurves } from './model-data.ts';

/**
 * What a verdict has that can be drawn, found without loading anything that draws:
 *
 * - comparisons of models (gains.ts), curves (model-data.ts) and rates by group (group-data.ts);
 * - `checks[].evidence` of other checks with an estimate and an interval, against `evidence.threshold` or `evidence.margin` on
 *   the estimate's own scale;
 * - `measures.columns.<column>`: `distance` with `distance_lower`, `distance_upper`, `margin`; and below `current`
 *   and `reference` either `histogram: {edges, counts, open_below?, open_above?}` (one edge more than counts; of an open
 *   bin the outer edge means nothing) or `categories: [{name?, share}]`;
 * - `measures.history`: `{<series>: [{at, value, lower?, upper?}], limit?: number}`, `at` in ISO 8601;
 * - `measures.rollout`: `[{at, weight, canaryErrorRate?, stableErrorRate?}]`, weights in percent, rates in [0, 1], and
 *   `measures.max_error_rate`.
 */
export interface ChartData {
  readonly gains: readonly Forest[];
  readonly curves: readonly Curves[];
  readonly groupings: readonly Grouping[];
  readonly evidence: readonly Forest[];
  /** Checks with an interval that are beyond the limit of rows. */
  readonly evidenceLeftOut: number;
  readonly distances: Forest | undefined;
  readonly distributions: readonly DistributionChart[];
  readonly history: History | undefined;
  readonly rollout: Rollout | undefined;
}

/** One column's values now and in the reference, as densities or as shares of categories. */
export interface DistributionChart {
  readonly column: string;
  readonly distance: number | undefined;
  readonly bins?: { readonly reference: readonly HistogramBin[]; readonly current: readonly HistogramBin[] };
  readonly categories?: readonly Category[];
}

/** An open bin reaches from its one edge to the end of the axis, and its rows lie anywhere beyond that edge. */
export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly density: number;
  readonly open?: 'below' | 'above';
}

export interface Category {
  readonly name: string;
  readonly reference: number;
  readonly current: number;
}

export interface History {
  readonly series: readonly { readonly name: string; readonly points: readonly ChartPoint[] }[];
  readonly limit: number | undefined;
}

export interface ChartPoint {
  readonly at: Date;
  readonly value: number;
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

export interface Rollout {
  readonly points: readonly RolloutPoint[];
  /** The canary's error rate at which it is taken back. */
  readonly limit: number | undefined;
}

export interface RolloutPoint {
  readonly at: Date;
  readonly weight: number;
  readonly canary: number | undefined;
  readonly stable: number | undefined;
}

const GAINS = 40;
const GROUPINGS = 3;
const EVIDENCE_ROWS = 40;
const DISTANCE_ROWS = 40;
const DISTRIBUTIONS = 6;
const CATEGORIES = 7;

export function chartData(verdict: Verdict): ChartData {
  const { checks, measures } = verdict;
  const columns = isJsonObject(measures.columns) ? measures.columns : {};
  const gains = gainsOf(verdict);
  const compared = new Set(gains.map(({ check }) => check));
  const measured = mostSevereFirst(checks).filter(
    (check) => !compared.has(check) && forestRow(check, '') !== undefined,
  );
  return {
    gains: gainForests(gains.slice(0, GAINS)),
    curves: shownCurves(verdict),
    groupings: groupingsOf(verdict).slice(0, GROUPINGS),
    evidence: evidenceForests(measured.slice(0, EVIDENCE_ROWS)),
    evidenceLeftOut: Math.max(0, measured.length - EVIDENCE_ROWS),
    distances: distances(columns, measured),
    distributions: distributions(columns),
    history: history(measures.history),
    rollout: rollout(measures),
  };
}

/** Is there anything to draw? */
export function hasCharts(data: ChartData): boolean {
  const { gains, curves, groupings, evidence, distances, distributions, history, rollout } = data;
  const lists = [gains, curves, groupings, evidence, distributions];
  const single = [distances, history, rollout];
  return single.some((one) => one !== undefined) || lists.some((one) => one.length > 0);
}

/** The columns' distances, unless the evidence already shows each of them. */
function distances(columns: JsonObject, measured: readonly Check[]): Forest | undefined {
  const shown = new Set(measured.slice(0, EVIDENCE_ROWS).map((check) => check.target?.column));
  const rows = Object.entries(columns).flatMap(([label, column]): ForestRow[] => {
    if (!isJsonObject(column) || !isNumber(column.distance)) return [];
    const { distance, distance_lower: low, distance_upper: high, margin } = column;
    const interval = [isNumber(low) ? low : distance, isNumber(high) ? high : distance] as const;
    return [{ label, estimate: distance, interval, ...(isNumber(margin) ? { limit: margin } : {}) }];
  });
  if (rows.every((row) => shown.has(row.label))) return undefined;
  const largest = rows.sort((a, b) => b.estimate - a.estimate).slice(0, DISTANCE_ROWS);
  const title =
    largest.length < rows.length
      ? `the ${grouped(largest.length)} largest of ${grouped(rows.length)}`
      : 'all columns';
  return { title, rows: largest };
}

function distributions(columns: JsonObject): DistributionChart[] {
  const found = Object.entries(columns).flatMap(([name, column]): DistributionChart[] => {
    if (!isJsonObject(column)) return [];
    const [reference, current] = [column.reference, column.current].map((side) =>
      isJsonObject(side) ? side : {},
    );
    const distance = isNumber(column.distance) ? column.distance : undefined;
    const bins = histograms(reference?.histogram, current?.histogram);
    if (bins.reference.length + bins.current.length > 0) return [{ column: name, distance, bins }];
    const shares = categories(elementsOf(reference?.categories), elementsOf(current?.categories));
    return shares.length === 0 ? [] : [{ column: name, distance, categories: shares }];
  });
  return found.sort((a, b) => (b.distance ?? 0) - (a.distance ?? 0)).slice(0, DISTRIBUTIONS);
}

interface Counted {
  readonly from: number;
  readonly to: number;
  readonly share: number;
  readonly open?: 'below' | 'above';
}

/** Densities, so that histograms with different edges can lie on one another, on an axis that covers both. */
function histograms(reference: Json | undefined, current: Json | undefined) {
  const sides = { reference: counted(reference), current: counted(current) };
  const all = [...sides.reference, ...sides.current];
  // The inner edges of open bins, and both edges of the others.
  const ends = all.flatMap(({ from, to, open }) => [
    ...(open === 'below' ? [] : [from]),
    ...(open === 'above' ? [] : [to]),
  ]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = OPEN_ROOM * (most - least || Math.max(1, Math.abs(least)));
  const low = all.some(({ open }) => open === 'below') ? least - room : least;
  const high = all.some(({ open }) => open === 'above') ? most + room : most;
  const bin = ({ share, ...ends }: Counted): HistogramBin[] => {
    const [from, to] = [ends.open === 'below' ? low : ends.from, ends.open === 'above' ? high : ends.to];
    const density = share / (to - from);
    return isNumber(density) ? [{ ...ends, from, to, density }] : [];
  };
  return { reference: sides.reference.flatMap(bin), current: sides.current.flatMap(bin) };
}

/** Room on the axis for an open bin, as a share of what is closed. */
const OPEN_ROOM = 0.08;

function counted(value: Json | undefined): Counted[] {
  if (!isJsonObject(value)) return [];
  const edges = elementsOf(value.edges);
  const counts = elementsOf(value.counts).map((n) => (isNumber(n) && n > 0 ? n : 0));
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total <= 0 || edges.length !== counts.length + 1) return [];
  return counts.flatMap((n, index): Counted[] => {
    const [from, to] = [edges[index], edges[index + 1]];
    if (!isNumber(from) || !isNumber(to) || to <= from) return [];
    const below = index === 0 && value.open_below === true;
    const above = index === counts.length - 1 && value.open_above === true;
    const open = below ? ({ open: 'below' } as const) : above ? ({ open: 'above' } as const) : {};
    return [{ from, to, share: n / total, ...open }];
  });
}

/** Shares side by side: by name where every category has one, by place otherwise; the small ones are lumped. */
function categories(reference: readonly Json[], current: readonly Json[]): Category[] {
  const shares = new Map<string, { reference: number; current: number }>();
  const add = (side: 'reference' | 'current') => (entry: Json, index: number) => {
    if (!isJsonObject(entry) || !isNumber(entry.share) || entry.share < 0) return;
    const name = typeof entry.name === 'string' ? entry.name : `category ${index + 1}`;
    const both = shares.get(name) ?? { reference: 0, current: 0 };
    shares.set(name, { ...both, [side]: both[side] + entry.share });
  };
  reference.forEach(add('reference'));
  current.forEach(add('current'));
  const all = [...shares]
    .map(([name, both]) => ({ name, ...both }))
    .sort((a, b) => Math.max(b.reference, b.current) - Math.max(a.reference, a.current));
  if (all.length <= CATEGORIES + 1) return all;
  const rest = all.slice(CATEGORIES);
  const sum = (side: 'reference' | 'current') => rest.reduce((total, one) => total + one[side], 0);
  const others = {
    name: `${grouped(rest.length)} others`,
    reference: sum('reference'),
    current: sum('current'),
  };
  return [...all.slice(0, CATEGORIES), others];
}

function history(value: Json | undefined): History | undefined {
  if (!isJsonObject(value)) return undefined;
  const series = Object.entries(value).flatMap(([name, entries]) => {
    const points = byTime(elementsOf(entries).flatMap(historyPoint));
    return points.length === 0 ? [] : [{ name, points }];
  });
  return series.length === 0 ? undefined : { series, limit: isNumber(value.limit) ? value.limit : undefined };
}

function historyPoint(entry: Json): ChartPoint[] {
  if (!isJsonObject(entry) || !isNumber(entry.value)) return [];
  const { lower, upper, value } = entry;
  const at = date(entry.at);
  if (at === undefined) return [];
  return [
    { at, value, lower: isNumber(lower) ? lower : undefined, upper: isNumber(upper) ? upper : undefined },
  ];
}

function rollout({ rollout: entries, max_error_rate: limit }: JsonObject): Rollout | undefined {
  const points = byTime(elementsOf(entries).flatMap(rolloutPoint));
  return points.length === 0 ? undefined : { points, limit: isNumber(limit) ? limit : undefined };
}

function rolloutPoint(entry: Json): RolloutPoint[] {
  if (!isJsonObject(entry) || !isNumber(entry.weight)) return [];
  const { weight, canaryErrorRate: canary, stableErrorRate: stable } = entry;
  const at = date(entry.at);
  if (at === undefined) return [];
  return [
    {
      at,
      weight,
      canary: isNumber(canary) ? canary : undefined,
      stable: isNumber(stable) ? stable : undefined,
    },
  ];
}

function byTime<T extends { readonly at: Date }>(points: readonly T[]): T[] {
  return [...points].sort((a, b) => a.at.getTime() - b.at.getTime());
}

function date(value: Json | undefined): Date | undefined {
  const at = new Date(typeof value === 'string' ? value : Number.NaN);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
