import { inOrder, isComplete, listedRuns } from './cells.ts';
import { COMMON_COUNT, type ColumnProfile, type Profile } from './profile.ts';
import { isoOf } from './read.ts';

/** Values of a column with their counts, and what is open about others. */
export interface Listing {
  readonly counts: ReadonlyMap<string, number>;
  readonly complete: boolean;
  /** Rows by which a count may be too small. */
  readonly short: number;
  /** Rows that a value has at most that is not listed. */
  readonly unlisted: number;
}

/** @param samples of the profile: hidden values are rarer than those that are told. */
export function listingOf(
  { type, cells, top, count, errors }: ColumnProfile,
  samples: Profile['samples'],
): Listing {
  const isDate = type === 'date' || type === 'datetime';
  const nameOf = (value: number): string =>
    type === 'boolean' ? String(value === 1) : isDate ? isoOf(value) : String(value);
  const listed: readonly (readonly [string, number])[] =
    cells.kind === 'categories'
      ? cells.categories.map((category, i) => [category, cells.counts[i] ?? 0] as const)
      : cells.kind === 'values'
        ? listedRuns(cells).map((run) => [nameOf(run.value), run.count] as const)
        : top.map(({ value, count: own }) => [String(value), own] as const);
  const complete = isComplete(cells);
  const others = count - listed.reduce((sum, [, own]) => sum + own, 0);
  // The most frequent values are listed, and those that are not hidden.
  const least = listed.reduce((smallest, [, own]) => Math.min(smallest, own), others);
  const unlisted = errors?.unlisted ?? (samples === 'hide' ? Math.max(COMMON_COUNT - 1, least) : least);
  return {
    counts: new Map(listed),
    complete,
    short: errors?.frequency ?? 0,
    unlisted: complete ? 0 : Math.min(unlisted, others + (errors?.frequency ?? 0)),
  };
}

export interface FrequentValues {
  /** Most frequent first. */
  readonly sorted: readonly [string, number][];
  /** By how much the count of a value may be too small. */
  short(value: string): number;
  /** Rows of a value that no listing has. */
  readonly unlisted: number;
}

/** Counts add up; if a listing lacks a value, what it may have of it stays open. */
export function mergeListings(listings: readonly Listing[]): FrequentValues {
  const counts = new Map<string, number>();
  for (const listing of listings) {
    for (const [value, own] of listing.counts) counts.set(value, (counts.get(value) ?? 0) + own);
  }
  return {
    sorted: inOrder(counts),
    short: (value) =>
      listings.reduce((sum, one) => sum + (one.counts.has(value) ? one.short : one.unlisted), 0),
    unlisted: listings.reduce((sum, one) => sum + one.unlisted, 0),
  };
}
