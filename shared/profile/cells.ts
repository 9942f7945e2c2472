import { COMMON_COUNT, GROUP_ROWS, MAX_GROUPS, type ReferenceCells } from './profile.ts';
import type { Runs, ValueRun } from './sketch/runs.ts';

export type Categories = Extract<ReferenceCells, { kind: 'categories' }>;
export type OrderedCells = Exclude<ReferenceCells, { kind: 'categories' }>;

/** What another sample holds, counted in the cells of a reference. */
export interface CellCounts {
  readonly cells: ReferenceCells;
  /** Values that are not of the reference's type and have no place among its cells. */
  readonly unreadable: number;
  /** Counts of values that a complete reference does not have, largest first; those of others are not known. */
  readonly unseen: readonly CategoryCount[];
  /** How many different values the reference does not have, with those that are not named in `unseen`. */
  readonly unseenDistinct: number;
}

/** A category with its count. */
export interface CategoryCount {
  readonly category: string;
  readonly count: number;
}

/** Value by value. */
export function valueCells(runs: readonly ValueRun[]): OrderedCells {
  return {
    kind: 'values',
    values: runs.map(({ value }) => value),
    counts: [0, ...runs.flatMap(({ count }) => [count, 0])],
  };
}

/** The values of cells of the kind `values` with their counts, without what is between them. */
export function listedRuns({ values, counts }: Extract<ReferenceCells, { kind: 'values' }>): ValueRun[] {
  return values.map((value, i) => ({ value, count: counts[2 * i + 1] ?? 0 }));
}

/** Cut points at quantiles (inverse of the distribution function), so many that a group has `GROUP_ROWS` rows. */
export function cutCells(
  { values, counts }: Runs,
  most = MAX_GROUPS,
): Extract<ReferenceCells, { kind: 'cuts' }> {
  let rows = 0;
  for (let i = 0; i < counts.length; i++) rows += counts[i]!;
  const groups = Math.min(most, Math.max(1, Math.floor(rows / GROUP_ROWS)));
  const cuts: number[] = [];
  const cells: number[] = [];
  let below = 0;
  let told = 0;
  let next = 1;
  let bound = rows / groups;
  for (let i = 0; i < values.length; i++) {
    below += counts[i]!;
    if (below < bound || next >= groups) continue;
    // The largest value is a cut only if it is common, so that no extreme of one row is told.
    if (i < values.length - 1 || counts[i]! >= COMMON_COUNT) {
      cuts.push(values[i]!);
      cells.push(below - told);
      told = below;
    }
    next = Math.floor((below * groups) / rows) + 1;
    bound = (next * rows) / groups;
  }
  return { kind: 'cuts', cuts, counts: [...cells, rows - told] };
}

/** Categories, most frequent first, equals by text. */
export function inOrder(counts: ReadonlyMap<string, number>): [string, number][] {
  const byCount = new Map<number, string[]>();
  for (const [text, count] of counts) {
    const texts = byCount.get(count);
    if (texts === undefined) byCount.set(count, [text]);
    else texts.push(text);
  }
  return [...byCount]
    .sort(([a], [b]) => b - a)
    .flatMap(([count, texts]) => texts.sort().map((text): [string, number] => [text, count]));
}

/** Lists only the categories that are kept; the rest are others. */
export function listedOnly(
  cells: Categories,
  keep: (category: string, count: number) => boolean,
): Categories {
  const all = cells.categories.map((category, i) => ({ category, count: cells.counts[i] ?? 0 }));
  const kept = all.filter(({ category, count }) => keep(category, count));
  const sum = (list: readonly CategoryCount[]): number => list.reduce((rows, { count }) => rows + count, 0);
  return {
    ...cells,
    categories: kept.map(({ category }) => category),
    counts: kept.map(({ count }) => count),
    other: cells.other + sum(all) - sum(kept),
    complete: cells.complete && kept.length === all.length,
  };
}

/** Rows that the cells hold. */
export function cellRows(cells: ReferenceCells): number {
  return cells.counts.reduce((sum, count) => sum + count, cells.kind === 'categories' ? cells.other : 0);
}

/** Do the cells list every value of the sample? */
export function isComplete(cells: ReferenceCells): boolean {
  if (cells.kind === 'categories') return cells.complete;
  return cells.kind === 'values' && cells.counts.every((count, i) => i % 2 === 1 || count === 0);
}
