import type { ColumnAccumulator } from './accumulator.ts';
import { runs } from './accumulator.ts';
import { type Cells, COMMON, type ColumnType, GROUP_ROWS, MAX_GROUPS, MAX_VALUES } from './profile.ts';

export interface ValueCount {
  readonly value: number;
  readonly count: number;
}

/** Cells of a column's own: value by value where there are few values, else groups of about equal size. */
export function ownCells(accumulator: ColumnAccumulator, type: ColumnType): Cells {
  if (type === 'string' || type === 'empty')
    return categoryCells(accumulator.categories(), accumulator.lumped);
  const all = [...runs(accumulator.ordered(type))];
  return all.length <= MAX_VALUES ? valueCells(all) : cutCells(all);
}

function categoryCells(counts: ReadonlyMap<string, number>, other: number): Cells {
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    kind: 'categories',
    categories: sorted.map(([category]) => category),
    counts: sorted.map(([, count]) => count),
    other,
    complete: other === 0,
  };
}

function valueCells(all: readonly ValueCount[]): Cells {
  return {
    kind: 'values',
    values: all.map(({ value }) => value),
    counts: [0, ...all.flatMap(({ count }) => [count, 0])],
  };
}

/** Cut points at quantiles (inverse of the distribution function), so many that a group has `GROUP_ROWS` rows. */
export function cutCells(all: readonly ValueCount[]): Cells {
  const rows = all.reduce((sum, { count }) => sum + count, 0);
  const groups = Math.min(MAX_GROUPS, Math.max(1, Math.floor(rows / GROUP_ROWS)));
  const cuts: number[] = [];
  let below = 0;
  let next = 1;
  all.forEach(({ value, count }, index) => {
    below += count;
    if (below < (next * rows) / groups || next >= groups) return;
    // The largest value is a cut only where it is common, so that no extreme of one row is told.
    if (index < all.length - 1 || count >= COMMON) cuts.push(value);
    next = Math.floor((below * groups) / rows) + 1;
  });
  return { kind: 'cuts', cuts, counts: countByCuts(cuts, all) };
}

function countByCuts(cuts: readonly number[], all: Iterable<ValueCount>): number[] {
  const counts = new Array<number>(cuts.length + 1).fill(0);
  let cell = 0;
  for (const { value, count } of all) {
    while (cell < cuts.length && value > (cuts[cell] ?? 0)) cell++;
    counts[cell] = (counts[cell] ?? 0) + count;
  }
  return counts;
}

function countByValues(values: readonly number[], all: Iterable<ValueCount>): number[] {
  const counts = new Array<number>(2 * values.length + 1).fill(0);
  let at = 0;
  for (const { value, count } of all) {
    while (at < values.length && value > (values[at] ?? 0)) at++;
    const cell = 2 * at + (values[at] === value ? 1 : 0);
    counts[cell] = (counts[cell] ?? 0) + count;
  }
  return counts;
}

/** What another sample holds, counted in the cells of a reference. */
export interface Counted {
  readonly cells: Cells;
  /** Values that are not of the reference's type and have no place among its cells. */
  readonly unreadable: number;
  /** Counts of values that a complete reference does not have, largest first; those of others are not known. */
  readonly unseen: readonly CategoryCount[];
}

/** A category with its count. */
export interface CategoryCount {
  readonly category: string;
  readonly count: number;
}

export function countIn(reference: Cells, type: ColumnType, accumulator: ColumnAccumulator): Counted {
  if (reference.kind === 'categories') return countCategories(reference, accumulator);
  const ordered = accumulator.ordered(type);
  const unreadable = accumulator.rows - accumulator.nulls - ordered.length;
  const cells: Cells =
    reference.kind === 'values'
      ? { ...reference, counts: countByValues(reference.values, runs(ordered)) }
      : { ...reference, counts: countByCuts(reference.cuts, runs(ordered)) };
  return { cells, unreadable, unseen: [] };
}

function countCategories(
  reference: Extract<Cells, { kind: 'categories' }>,
  accumulator: ColumnAccumulator,
): Counted {
  const counts = accumulator.categories();
  const known = new Set(reference.categories);
  const rest = [...counts].filter(([category]) => !known.has(category));
  const other = rest.reduce((sum, [, count]) => sum + count, accumulator.lumped);
  const unseen = rest.map(([category, count]) => ({ category, count })).sort((a, b) => b.count - a.count);
  return {
    cells: { ...reference, counts: reference.categories.map((category) => counts.get(category) ?? 0), other },
    unreadable: 0,
    unseen,
  };
}
