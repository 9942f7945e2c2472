import { type ColumnAccumulator, isoOf, runs } from './accumulator.ts';
import { ownCells } from './cells.ts';
import type { Cells, ColumnProfile, ColumnType, ValueType } from './profile.ts';

const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;
const TOP = 10;

type Top = ColumnProfile['top'];

/** The profile of one column; `rows` is the table's, for files may lack the column. */
export function describeColumn(name: string, accumulator: ColumnAccumulator, rows: number): ColumnProfile {
  const { type, lengths, types } = accumulator;
  const nulls = accumulator.nulls + rows - accumulator.rows;
  const cells = ownCells(accumulator, type);
  const common = {
    name,
    type,
    count: rows - nulls,
    nulls,
    types: Object.fromEntries(Object.entries(types).filter(([, count]) => count > 0)) as Partial<
      Record<ValueType, number>
    >,
  };
  if (cells.kind === 'categories') {
    const shown =
      types.string === 0
        ? {}
        : { lengths: { min: lengths.min, max: lengths.max, mean: lengths.sum / types.string } };
    return {
      ...common,
      distinct: cells.categories.length,
      distinctExact: cells.complete,
      top: cells.categories.slice(0, TOP).map((value, i) => ({ value, count: cells.counts[i] ?? 0 })),
      ...shown,
      cells,
    };
  }
  return { ...common, ...orderedPart(accumulator.ordered(type), type), cells };
}

function orderedPart(sorted: Float64Array, type: ColumnType) {
  const isDate = type === 'date' || type === 'datetime';
  const shown = (value: number): number | string => (isDate ? isoOf(value) : value);
  const all = [...runs(sorted)];
  const top: Top = all
    .toSorted((a, b) => b.count - a.count || a.value - b.value)
    .slice(0, TOP)
    .map(({ value, count }) => ({ value: type === 'boolean' ? value === 1 : shown(value), count }));
  const described = { distinct: all.length, distinctExact: true, top };
  if (type === 'boolean') return { ...described, mean: mean(sorted) };
  return {
    ...described,
    min: shown(sorted[0] ?? Number.NaN),
    max: shown(sorted[sorted.length - 1] ?? Number.NaN),
    ...(isDate ? {} : { mean: mean(sorted), ...deviation(sorted) }),
    quantiles: Object.fromEntries(PROBABILITIES.map((p) => [String(p), shown(quantile(sorted, p))])),
  };
}

function mean(values: Float64Array): number {
  // Scaled before adding, so that a sum of large numbers stays finite.
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

function deviation(values: Float64Array): { sd?: number } {
  if (values.length < 2) return {};
  const centre = mean(values);
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2 / (values.length - 1), 0));
  return Number.isFinite(sd) ? { sd } : {};
}

/** Linear interpolation of order statistics, type 7 of Hyndman & Fan (1996), of an ascending list. */
export function quantile(sorted: Float64Array, probability: number): number {
  const at = (sorted.length - 1) * probability;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  const weight = at - Math.floor(at);
  return low * (1 - weight) + high * weight;
}

/** Rows that the cells hold. */
export function cellRows(cells: Cells): number {
  return cells.counts.reduce((sum, count) => sum + count, cells.kind === 'categories' ? cells.other : 0);
}
