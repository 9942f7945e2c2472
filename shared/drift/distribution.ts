import type { CategoricalComparison, ColumnComparison, OrderedComparison } from '../profile/compare.ts';
import type { JsonObject } from '../verdict/verdict.ts';

/** Both samples of a column as a report draws them: `histogram: {edges, counts}` or `categories: [{name?, share}]`. */
export interface Distribution {
  readonly reference: JsonObject;
  readonly current: JsonObject;
}

/** Bins of a histogram, at most. */
const BINS = 24;
/** Rows of both samples together that a bin must hold for its edges to be told: no value of a single row is. */
const BIN_ROWS = 20;
const CATEGORIES = 20;

/**
 * Bins of neighbouring cells, each with at least twenty rows, or the most frequent categories. The outermost edges
 * are no values of the data. With `samples: hide`, categories have no names.
 */
export function distributionOf(comparison: ColumnComparison, samples: 'hide' | 'show'): Distribution {
  return comparison.kind === 'ordered' ? histograms(comparison) : categories(comparison, samples);
}

interface Bin {
  readonly edge: number;
  readonly reference: number;
  readonly current: number;
}

function histograms(comparison: OrderedComparison): Distribution {
  const bins = merged(binsOf(comparison));
  const first = bins[0];
  const edges = bins.map(({ edge }) => edge);
  if (first === undefined || bins.length < 2) return { reference: {}, current: {} };
  const inner = edges.slice(0, -1);
  const left = (inner[0] ?? 0) - width(inner, 0);
  const right = (inner.at(-1) ?? 0) + width(inner, inner.length - 2);
  const side = (key: 'reference' | 'current') => ({
    histogram: { edges: [left, ...inner, right], counts: bins.map((bin) => bin[key]) },
  });
  return { reference: side('reference'), current: side('current') };
}

function width(edges: readonly number[], index: number): number {
  const [low, high] = [edges[index], edges[index + 1]];
  if (low !== undefined && high !== undefined) return high - low;
  return Math.max(1, Math.abs(edges[0] ?? 1));
}

/** Cells with their upper edges (the last has none); columns of few values have one cell a value, edges midway. */
function binsOf({ cuts, reference, current }: OrderedComparison): Bin[] {
  const at = (index: number) => ({ reference: reference[index] ?? 0, current: current[index] ?? 0 });
  if (!isByValue(cuts)) {
    return [...cuts, Number.POSITIVE_INFINITY].map((edge, index) => ({ edge, ...at(index) }));
  }
  const values = cuts.filter((_, index) => index % 2 === 1);
  return values.map((value, i) => {
    const next = values[i + 1];
    const [own, after] = [at(2 * i + 1), at(2 * i + 2)];
    const before = i === 0 ? at(0) : { reference: 0, current: 0 };
    return {
      edge: next === undefined ? Number.POSITIVE_INFINITY : value + (next - value) / 2,
      reference: before.reference + own.reference + after.reference,
      current: before.current + own.current + after.current,
    };
  });
}

/** Cuts in pairs, just below a value and at it. */
function isByValue(cuts: readonly number[]): boolean {
  if (cuts.length === 0 || cuts.length % 2 === 1) return false;
  return cuts.every(
    (cut, i) => i % 2 === 1 || (cuts[i + 1] ?? Infinity) - cut <= 1e-12 * Math.abs(cut) + Number.MIN_VALUE,
  );
}

/** Neighbours put together until each bin has rows enough and there are few enough bins. */
function merged(bins: readonly Bin[]): Bin[] {
  const rows = bins.reduce((sum, bin) => sum + bin.reference + bin.current, 0);
  // Few values keep a bin each where each is common.
  const least = bins.length <= BINS ? BIN_ROWS : Math.max(BIN_ROWS, rows / BINS);
  const result: Bin[] = [];
  let open = { reference: 0, current: 0 };
  for (const bin of bins) {
    open = { reference: open.reference + bin.reference, current: open.current + bin.current };
    if (open.reference + open.current < least) continue;
    result.push({ edge: bin.edge, ...open });
    open = { reference: 0, current: 0 };
  }
  const last = result.pop();
  if (last === undefined) return [];
  return [
    ...result,
    {
      edge: Number.POSITIVE_INFINITY,
      reference: last.reference + open.reference,
      current: last.current + open.current,
    },
  ];
}

function categories(comparison: CategoricalComparison, samples: 'hide' | 'show'): Distribution {
  const { referenceRows: m, currentRows: n } = comparison;
  if (m === 0 || n === 0) return { reference: {}, current: {} };
  const order = comparison.categories
    .map((name, i) => ({
      name,
      reference: comparison.reference[i] ?? 0,
      current: comparison.current[i] ?? 0,
    }))
    .sort((a, b) => b.reference / m + b.current / n - a.reference / m - a.current / n)
    .slice(0, CATEGORIES);
  const side = (key: 'reference' | 'current', rows: number) => ({
    categories: order.map((category) => ({
      ...(samples === 'show' ? { name: category.name } : {}),
      share: category[key] / rows,
    })),
  });
  return { reference: side('reference', m), current: side('current', n) };
}
