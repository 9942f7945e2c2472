import { isComplete, type OrderedCells } from '../profile/cells.ts';
import { COMMON_COUNT, type ReferenceCells } from '../profile/profile.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import type { OrderedComparison } from './counts.ts';

/** Bins of a histogram, at most; a sample's tails beyond the other's cells may add as many on either side. */
const BINS = 24;

type Side = 'reference' | 'current';

/** How many rows of a sample are at or below a value. */
interface Known {
  readonly at: number;
  readonly rows: number;
}

/** What is known of one sample: rows at or below ascending values, and all of them. */
interface Sample {
  readonly known: readonly Known[];
  readonly total: number;
}

/**
 * Both samples as `{edges, counts, open_below?, open_above?}`: bin i holds the values in (edges[i], edges[i + 1]], and all
 * of them. Of an open bin only the inner edge is known: its values lie anywhere beyond that. The current sample is cut at
 * its own cells if it lies beyond the reference's, so that nothing is drawn in a wrong place.
 */
export function histogramsOf(
  comparison: OrderedComparison,
  samples: 'hide' | 'show',
): Readonly<Record<Side, JsonObject>> {
  const values = valuesOf(comparison);
  return values === undefined ? byCuts(comparison, samples) : byValues(values, samples);
}

interface Value extends Readonly<Record<Side, number>> {
  readonly value: number;
}

/** All values of both samples with their rows; undefined if they are not all known. */
function valuesOf({ cuts, reference, current, currentCells }: OrderedComparison): Value[] | undefined {
  if (!isByValue(cuts) || !listsAll(reference)) return undefined;
  const own = ownCells(currentCells, current);
  const isListed = own?.kind === 'values' && isComplete(own);
  if (!isListed && !listsAll(current)) return undefined;
  const found = new Map<number, Value>();
  const add = (side: Side, value: number, rows: number) => {
    const known = found.get(value) ?? { value, reference: 0, current: 0 };
    found.set(value, { ...known, [side]: rows });
  };
  const listed = cuts.filter((_cut, i) => i % 2 === 1);
  for (const [i, value] of listed.entries()) {
    add('reference', value, reference[2 * i + 1] ?? 0);
    if (!isListed) add('current', value, current[2 * i + 1] ?? 0);
  }
  if (isListed)
    for (const [i, value] of own.values.entries()) add('current', value, own.counts[2 * i + 1] ?? 0);
  return [...found.values()].sort((a, b) => a.value - b.value);
}

/** No rows between, below or above the values. */
function listsAll(counts: readonly number[]): boolean {
  return counts.every((rows, i) => i % 2 === 1 || rows === 0);
}

/** The sample's own cells, if they hold the rows that were counted beside the reference. */
function ownCells(cells: ReferenceCells, counted: readonly number[]): OrderedCells | undefined {
  if (cells.kind === 'categories') return undefined;
  return sum(cells.counts) === sum(counted) ? cells : undefined;
}

/**
 * A bin around each value. With `samples: hide` rare values go with their neighbours, so that no bin shows where a
 * single row is, and a bin that ends in a rare value is open.
 */
function byValues(values: readonly Value[], samples: 'hide' | 'show'): Record<Side, JsonObject> {
  const bins = groupsOf(values, samples === 'show' ? 1 : COMMON_COUNT);
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined || bins.length < 2) return { reference: {}, current: {} };
  const inner = bins.slice(1).map((bin, i) => between(bins[i]?.at(-1)?.value ?? 0, bin[0]?.value ?? 0));
  const isTold = (value: Value | undefined) => samples === 'show' || pooled(value) >= COMMON_COUNT;
  const [low, high] = [first[0], last.at(-1)];
  const [left, right] = [inner[0] ?? 0, inner.at(-1) ?? 0];
  const edges = [
    isTold(low) ? mirrored(low?.value ?? 0, left) : left - widthAt(inner, 0),
    ...inner,
    isTold(high) ? mirrored(high?.value ?? 0, right) : right + widthAt(inner, inner.length - 2),
  ];
  const open = {
    ...(isTold(low) ? {} : { open_below: true }),
    ...(isTold(high) ? {} : { open_above: true }),
  };
  const side = (name: Side) => ({
    histogram: { edges, counts: bins.map((bin) => sum(bin.map((value) => value[name]))), ...open },
  });
  return { reference: side('reference'), current: side('current') };
}

function pooled(value: Value | undefined): number {
  return (value?.reference ?? 0) + (value?.current ?? 0);
}

/** Neighbouring values put together until each group has rows enough and there are few enough groups. */
function groupsOf(values: readonly Value[], least: number): Value[][] {
  const enough = values.length <= BINS ? least : Math.max(least, sum(values.map(pooled)) / BINS);
  const groups: Value[][] = [];
  let open: Value[] = [];
  for (const value of values) {
    open.push(value);
    if (sum(open.map(pooled)) < enough) continue;
    groups.push(open);
    open = [];
  }
  if (open.length === 0) return groups;
  return [...groups.slice(0, -1), [...(groups.at(-1) ?? []), ...open]];
}

/** A short number about midway between two; the lower if no other lies between. */
function between(low: number, high: number): number {
  const middle = low + (high - low) / 2;
  const step = 10 ** Math.floor(Math.log10((high - low) / 2));
  const short = Number((Math.round(middle / step) * step).toPrecision(12));
  if (low < short && short < high) return short;
  return middle < high ? middle : low;
}

/** As far beyond a value as the edge on its other side, so that its bin is around it. */
function mirrored(value: number, edge: number): number {
  return edge === value ? value - Math.max(1, Math.abs(value)) : 2 * value - edge;
}

/** The width of the bin from the edge at `index`; of a lone edge, a width in its order of size. */
function widthAt(edges: readonly number[], index: number): number {
  const [low, high] = [edges[index], edges[index + 1]];
  return low !== undefined && high !== undefined ? high - low : Math.max(1, Math.abs(edges[0] ?? 1));
}

/** The same edges for both if both have cells, and the current sample's own beyond. */
function byCuts(comparison: OrderedComparison, samples: 'hide' | 'show'): Record<Side, JsonObject> {
  const { cuts, reference, current, currentCells } = comparison;
  const both = cuts.map((_cut, i) => (reference[i] ?? 0) + (current[i] ?? 0));
  const isTold = (rows: number) => samples === 'show' || rows >= COMMON_COUNT;
  const isCut = (i: number) => isTold(both[i] ?? 0);
  const sample = (counts: readonly number[]) => ({ known: knownOf(cuts, counts, isCut), total: sum(counts) });
  const pooled = sample([...both, (reference.at(-1) ?? 0) + (current.at(-1) ?? 0)]);
  const shared = spaced(pooled.known, 0, pooled.total, leastOf(pooled.total)).map(({ at }) => at);
  const own = ownCells(currentCells, current);
  return {
    reference: histogram(sample(reference), shared),
    current: histogram(own === undefined ? sample(current) : extended(sample(current), own, isTold), shared),
  };
}

/** Rows at or below the cuts; of cuts in pairs, at the values that `isTold` of their places. */
function knownOf(
  cuts: readonly number[],
  counts: readonly number[],
  isTold: (index: number) => boolean,
): Known[] {
  let rows = 0;
  const all = cuts.map((at, i) => {
    rows += counts[i] ?? 0;
    return { at, rows };
  });
  if (!isByValue(cuts)) return all;
  const told = all.filter((_point, i) => i % 2 === 1 && isTold(i));
  if ((counts[0] ?? 0) > 0 || !isTold(1)) return told;
  // Nothing lies below the first value, at any distance.
  const [first, second] = [cuts[1] ?? 0, cuts[3]];
  const gap = second === undefined ? Math.max(1, Math.abs(first)) : second - first;
  return [{ at: first - gap, rows: 0 }, ...told];
}

function leastOf(rows: number): number {
  return Math.max(COMMON_COUNT, rows / BINS);
}

/** Of points between two counts, those that leave at least so many rows from one to the next; none if nothing is left. */
function spaced(points: readonly Known[], from: number, to: number, least: number): Known[] {
  const kept: Known[] = [];
  let last = from;
  for (const point of points) {
    const isEnd = point.rows === to && point.rows > last;
    if (isEnd || (point.rows - last >= least && to - point.rows >= least)) {
      kept.push(point);
      last = point.rows;
    }
    if (point.rows >= to) break;
  }
  return kept;
}

/** A sample with what its own cells tell beyond the points that are known; sketched counts are held within them. */
function extended({ known, total }: Sample, own: OrderedCells, isTold: (rows: number) => boolean): Sample {
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return { known, total };
  const cuts = own.kind === 'cuts' ? own.cuts : own.values.flatMap((value) => [value, value]);
  const points = knownOf(cuts, own.counts, (i) => isTold(own.counts[i] ?? 0));
  const below = points.filter(({ at, rows }) => at < first.at && rows <= first.rows);
  const above = points.filter(({ at, rows }) => at > last.at && rows >= last.rows);
  return { known: [...below, ...known, ...above], total };
}

function histogram({ known, total }: Sample, shared: readonly number[]): JsonObject {
  const [start, end] = [shared[0], shared.at(-1)];
  if (start === undefined || end === undefined || total === 0) return {};
  const least = leastOf(total);
  const rowsAt = (at: number) => known.findLast((point) => point.at <= at)?.rows ?? 0;
  const below = spaced(
    known.filter(({ at }) => at < start),
    0,
    rowsAt(start),
    least,
  );
  const above = spaced(
    known.filter(({ at }) => at > end),
    rowsAt(end),
    total,
    least,
  );
  const edges = [...below, ...shared.map((at) => ({ at, rows: rowsAt(at) })), ...above];
  return binned(edges, total, known[0]);
}

/** Bins between the edges; what lies beyond the outermost is an open bin on either side. */
function binned(edges: readonly Known[], total: number, lowest: Known | undefined): JsonObject {
  const [first, last] = [edges[0], edges.at(-1)];
  if (first === undefined || last === undefined) return {};
  const ats = edges.map(({ at }) => at);
  // The first bin begins where it is known that nothing lies below.
  const floor = lowest !== undefined && lowest.rows === 0 && lowest.at < first.at ? lowest.at : undefined;
  const [isBelow, isAbove] = [first.rows > 0, last.rows < total];
  const counts = edges.slice(1).map(({ rows }, i) => rows - (edges[i]?.rows ?? 0));
  return {
    histogram: {
      edges: [
        ...(isBelow ? [floor ?? first.at - widthAt(ats, 0)] : []),
        ...ats,
        ...(isAbove ? [last.at + widthAt(ats, ats.length - 2)] : []),
      ],
      counts: [...(isBelow ? [first.rows] : []), ...counts, ...(isAbove ? [total - last.rows] : [])],
      ...(isBelow && floor === undefined ? { open_below: true } : {}),
      ...(isAbove ? { open_above: true } : {}),
    },
  };
}

/** Cuts in pairs, just below a value and at it. */
function isByValue(cuts: readonly number[]): boolean {
  if (cuts.length === 0 || cuts.length % 2 === 1) return false;
  return cuts.every(
    (cut, i) => i % 2 === 1 || (cuts[i + 1] ?? Infinity) - cut <= 1e-12 * Math.abs(cut) + Number.MIN_VALUE,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
