import {
  type Categories,
  type CellCounts,
  cutCells,
  inOrder,
  isComplete,
  type OrderedCells,
  valueCells,
} from './cells.ts';
import { type ColumnCounts, typeOf } from './counts.ts';
import { registersOfCounts } from './different.ts';
import { quantileOf } from './number-list.ts';
import {
  type ColumnProfile,
  type ColumnType,
  MAX_VALUES,
  type Profile,
  type ProfileErrors,
  type ValueType,
} from './profile.ts';
import { isoOf } from './read.ts';
import { DISTINCT_ERROR } from './sketch/hyperloglog.ts';
import { RANK_ERROR } from './sketch/kll.ts';
import type { ExactRun } from './sketch/ordered-counts.ts';
import { listOf, mostFrequent, type Runs } from './sketch/runs.ts';

const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;
/** Most frequent values that are told. */
export const TOP = 10;

/** By column, the texts that were read as missing values, with their counts; of columns that have such. */
export type MissingTexts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The profile of a table whose columns have been counted, and what was counted in the cells of references. */
export function describeTable(
  columns: Iterable<ColumnCounts>,
  rows: number,
): {
  readonly profile: Profile;
  readonly counted: ReadonlyMap<string, CellCounts>;
  readonly missing: MissingTexts;
  /** By column of times, how these are written, as bits. */
  readonly timeKinds: ReadonlyMap<string, number>;
} {
  const counted = new Map<string, CellCounts>();
  const missing = new Map<string, ReadonlyMap<string, number>>();
  const timeKinds = new Map<string, number>();
  const profiles = Array.from(columns, (column) => {
    column.settle();
    if (column.timeKinds > 0) timeKinds.set(column.name, column.timeKinds);
    if (column.missing.size > 0) missing.set(column.name, column.missing);
    let known: ReadonlyMap<string, number> | undefined;
    const categories = (): ReadonlyMap<string, number> => {
      known ??= categoriesOf(column);
      return known;
    };
    const beside = countedOf(column, categories);
    if (beside !== undefined) counted.set(column.name, beside);
    return describeColumn(column, rows, categories);
  });
  return {
    profile: { schema: 'ml-loop/profile@1', rows, samples: 'show', columns: profiles },
    counted,
    missing,
    timeKinds,
  };
}

type Counts = () => ReadonlyMap<string, number>;

/** Files may lack the column, in which it is null. */
function describeColumn(column: ColumnCounts, rows: number, categories: Counts): ColumnProfile {
  const { name, types } = column;
  const type = typeOf(types);
  const nulls = column.nulls + rows - column.rows;
  const common = {
    name,
    type,
    count: rows - nulls,
    nulls,
    types: Object.fromEntries(Object.entries(types).filter(([, count]) => count > 0)) as Partial<
      Record<ValueType, number>
    >,
  };
  const rest =
    type === 'string' || type === 'empty'
      ? textPart(column, rows - nulls, categories())
      : orderedPart(column, type);
  if (isComplete(rest.cells)) return { ...common, ...rest };
  return { ...common, ...rest, hyperloglog: registersOfCounts(column).text };
}

function textPart(column: ColumnCounts, count: number, categories: ReadonlyMap<string, number>) {
  const { lengths, texts, numbers, instants, strings } = column;
  const sorted = inOrder(categories);
  // A value that may be no more frequent than those that were forgotten is not called frequent.
  const lost = texts.lost + numbers.lost + instants.lost;
  const listed = sorted.reduce((sum, [, own]) => sum + own, 0);
  const complete = texts.complete && numbers.complete && instants.complete;
  const cells: Categories = {
    kind: 'categories',
    categories: sorted.map(([category]) => category),
    counts: sorted.map(([, own]) => own),
    other: count - listed,
    complete,
  };
  return {
    distinct: complete ? sorted.length : Math.min(count, Math.max(sorted.length, distinctOf(column))),
    distinctExact: complete,
    ...(complete ? {} : { errors: { distinct: DISTINCT_ERROR, frequency: lost, unlisted: lost } }),
    top: sorted
      .filter(([, own]) => own > lost)
      .slice(0, TOP)
      .map(([value, own]) => ({ value, count: own })),
    ...(strings === 0
      ? {}
      : { lengths: { min: lengths.min, max: lengths.max, mean: lengths.sum / strings } }),
    cells,
  };
}

function distinctOf({ texts, numbers, instants, trues, falses }: ColumnCounts): number {
  return (
    texts.distinct() + numbers.distinct() + instants.distinct() + (trues > 0 ? 1 : 0) + (falses > 0 ? 1 : 0)
  );
}

/** Every value that is held as a text with its count; numbers and dates in one canonical spelling. */
function categoriesOf(column: ColumnCounts): Map<string, number> {
  const counts = new Map<string, number>(column.texts.entries());
  const add = (text: string, count: number): void => {
    if (count > 0) counts.set(text, (counts.get(text) ?? 0) + count);
  };
  for (const { value, count } of column.numbers.frequentExact()) add(String(value), count);
  for (const { value, count } of column.instants.frequentExact())
    add(typeof value === 'string' ? value : isoOf(value), count);
  add('true', column.trues);
  add('false', column.falses);
  return counts;
}

type Ordered = Exclude<ColumnType, 'string' | 'empty'>;

function orderedPart(column: ColumnCounts, type: Ordered) {
  if (type === 'boolean') return booleanPart(column);
  const isDate = type === 'date' || type === 'datetime';
  const counts = isDate ? column.instants : column.numbers;
  const shown = (value: number | string): number | string =>
    isDate && typeof value === 'number' ? isoOf(value) : value;
  const runs = counts.runs();
  const { count, mean, squares } = counts.moments();
  const [min, max] = counts.extremes();
  const frequent: readonly ExactRun[] = counts.exact
    ? mostFrequent(counts.frequent(), TOP + 1, counts.lost)
    : counts
        .frequentExact()
        .filter((run) => run.count > counts.lost)
        .toSorted((a, b) => b.count - a.count)
        .slice(0, TOP + 1);
  const unlisted = counts.lost + (frequent[TOP]?.count ?? 0);
  const errors: ProfileErrors = {
    rank: RANK_ERROR,
    distinct: DISTINCT_ERROR,
    frequency: counts.lost,
    unlisted,
  };
  const cells: OrderedCells =
    counts.exact && counts.complete && runs.values.length <= MAX_VALUES
      ? valueCells(listOf(runs))
      : cutCells(runs);
  return {
    distinct: counts.distinct(),
    distinctExact: counts.complete,
    ...(counts.complete ? {} : { errors }),
    top: frequent.slice(0, TOP).map((run) => ({ value: shown(run.value), count: run.count })),
    min: shown(min),
    max: shown(max),
    ...(isDate ? {} : { mean, ...deviation(squares, count) }),
    quantiles: quantilesOf(
      runs,
      isDate && runs.values.every(Number.isInteger) ? (at) => isoOf(Math.round(at)) : shown,
    ),
    cells,
  };
}

/** The standard deviation of a sample, if there is one that a double can hold. */
export function deviation(squares: number, count: number): { sd?: number } {
  const sd = Math.sqrt(squares / (count - 1));
  return count < 2 || !Number.isFinite(sd) ? {} : { sd };
}

export function booleanPart({ trues, falses }: { readonly trues: number; readonly falses: number }) {
  const runs = [
    { value: 0, count: falses },
    { value: 1, count: trues },
  ].filter(({ count }) => count > 0);
  return {
    distinct: runs.length,
    distinctExact: true,
    top: runs
      .toSorted((a, b) => b.count - a.count)
      .map(({ value, count }) => ({ value: value === 1, count })),
    mean: trues / (trues + falses),
    cells: valueCells(runs),
  };
}

/** Quantiles of all runs, of which `shown` makes what people read. */
export function quantilesOf({ values, counts }: Runs, shown: (value: number) => number | string) {
  const ends = new Float64Array(values.length);
  let total = 0;
  for (let i = 0; i < ends.length; i++) {
    total += counts[i]!;
    ends[i] = total;
  }
  const statistic = (rank: number): number => {
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! > rank) high = middle;
      else low = middle + 1;
    }
    return values[low] ?? Number.NaN;
  };
  return byProbability((probability) => shown(quantileOf(statistic, total, probability)));
}

/** What is said of each probability; undefined is left out. */
export function byProbability<T>(of: (probability: number) => T | undefined): Record<string, T> {
  const found = PROBABILITIES.map((probability) => [String(probability), of(probability)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Record<string, T>;
}

/** The column counted in the cells of its reference, exactly; if sketched, only frequent new values are named. */
function countedOf(column: ColumnCounts, categories: Counts): CellCounts | undefined {
  const { reference } = column;
  if (reference === undefined) return undefined;
  const { cells, type } = reference;
  const values = column.rows - column.nulls;
  const none = { unseen: [], unseenDistinct: 0 };
  if (cells.kind === 'categories') return countedCategories(cells, column, categories());
  if (type === 'boolean') {
    const counts = booleanCounts(cells, column);
    return { cells: { ...cells, counts }, unreadable: values - column.trues - column.falses, ...none };
  }
  const counts = type === 'date' || type === 'datetime' ? column.instants : column.numbers;
  return { cells: { ...cells, counts: counts.cells() }, unreadable: values - counts.total, ...none };
}

function countedCategories(
  cells: Categories,
  column: ColumnCounts,
  counts: ReadonlyMap<string, number>,
): CellCounts {
  const known = new Set(cells.categories);
  const listed = cells.categories.map((category) => counts.get(category) ?? 0);
  const unseen = [...counts]
    .filter(([category]) => !known.has(category))
    .map(([category, count]) => ({ category, count }))
    .sort((a, b) => b.count - a.count);
  const { texts, numbers, instants, rows, nulls } = column;
  const complete = texts.complete && numbers.complete && instants.complete;
  const found = listed.filter((count) => count > 0).length;
  return {
    cells: { ...cells, counts: listed, other: rows - nulls - listed.reduce((sum, count) => sum + count, 0) },
    unreadable: 0,
    unseen,
    unseenDistinct: complete ? unseen.length : Math.max(unseen.length, distinctOf(column) - found),
  };
}

/** False and true counted as 0 and 1 in a reference's cells. */
function booleanCounts(cells: OrderedCells, { trues, falses }: ColumnCounts): number[] {
  const points = cells.kind === 'values' ? cells.values : cells.cuts;
  const counts = new Array<number>(cells.counts.length).fill(0);
  for (const [value, count] of [
    [0, falses],
    [1, trues],
  ] as const) {
    const below = points.filter((point) => point < value).length;
    const cell = cells.kind === 'cuts' ? below : 2 * below + (points.includes(value) ? 1 : 0);
    counts[cell] = (counts[cell] ?? 0) + count;
  }
  return counts;
}
