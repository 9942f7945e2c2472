import type { Categories, CellCounts } from '../profile/cells.ts';
import type { ColumnProfile, Profile, ReferenceCells } from '../profile/profile.ts';
import type { ProfiledRows } from '../profile/profiler.ts';

interface Common {
  readonly column: string;
  readonly referenceRows: number;
  readonly currentRows: number;
  readonly referenceNulls: number;
  /** Includes `currentUnreadable`: a value of another type has no place among the reference's. */
  readonly currentNulls: number;
  readonly currentUnreadable: number;
  /** Share of the reference's rows by which a distance from its counts may be off, because they are estimated. */
  readonly referenceError: number;
}

/** Numbers, dates (milliseconds) or booleans (0, 1), counted between the same cuts. */
export interface OrderedComparison extends Common {
  readonly kind: 'ordered';
  /** Ascending; cell 0 is at or below the first, the last cell above the last. */
  readonly cuts: readonly number[];
  /** Counts of the `cuts.length + 1` cells, without nulls. Cells may be empty on both sides. */
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** The current column in cells of its own, which reach as far as it does. */
  readonly currentCells: ReferenceCells;
}

/** Categories, counted by name. */
export interface CategoricalComparison extends Common {
  readonly kind: 'categorical';
  /** Values of one row may be among them: they are shown only with `samples: show`, or where they are common. */
  readonly categories: readonly string[];
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** Rows of values that are not in `categories`. */
  readonly referenceOther: number;
  readonly currentOther: number;
  /** Values that the reference does not have; null if the reference does not list all of its values. */
  readonly unseen: UnseenValues | null;
}

export interface UnseenValues {
  readonly rows: number;
  readonly distinct: number;
  /** Rows of the most frequent of them. */
  readonly largest: number;
  /** Different values of both samples together. */
  readonly pooledDistinct: number;
}

/** One column of a reference and of a current sample as aligned counts. */
export type ColumnComparison = OrderedComparison | CategoricalComparison;

/** New categories that get a cell of their own, most frequent first; others are counted as others. */
const MAX_NEW = 100;

/**
 * The columns that both have, in the reference's order.
 *
 * @param current profiled with this same `reference`.
 */
export function compareProfiles(reference: Profile, current: ProfiledRows): ColumnComparison[] {
  return reference.columns.flatMap((column): ColumnComparison[] => {
    const now = current.profile.columns.find(({ name }) => name === column.name);
    const counted = current.counted.get(column.name);
    if (now === undefined || counted === undefined) return [];
    const common = {
      column: column.name,
      referenceRows: reference.rows,
      currentRows: current.profile.rows,
      referenceNulls: column.nulls,
      currentNulls: now.nulls + counted.unreadable,
      currentUnreadable: counted.unreadable,
      referenceError: errorOf(column, reference.rows),
    };
    if (column.cells.kind === 'categories' && counted.cells.kind === 'categories') {
      return [{ ...common, ...categorical(column, column.cells, counted.cells, counted) }];
    }
    const { cells } = column;
    const cuts =
      cells.kind === 'values' ? cells.values.flatMap((value) => [below(value), value]) : cutsOf(cells);
    return [
      {
        ...common,
        kind: 'ordered',
        cuts,
        reference: cells.counts,
        current: counted.cells.counts,
        currentCells: now.cells,
      },
    ];
  });
}

/** Ranks that are off move a distance by as much; so do rows that are counted as others, not by their category. */
function errorOf({ cells, count, errors }: ColumnProfile, rows: number): number {
  if (errors === undefined || rows === 0) return 0;
  if (cells.kind !== 'categories') return ((errors.rank ?? 0) * count) / rows;
  return Math.min(cells.other, cells.categories.length * (errors.frequency ?? 0)) / rows;
}

function categorical(
  column: ColumnProfile,
  reference: Categories,
  current: Categories,
  { unseen, unseenDistinct }: CellCounts,
) {
  // Only a complete reference tells that it has none of a value; otherwise the value may be one of its others.
  const fresh = reference.complete ? unseen.slice(0, MAX_NEW) : [];
  const freshRows = fresh.reduce((sum, { count }) => sum + count, 0);
  return {
    kind: 'categorical' as const,
    categories: [...reference.categories, ...fresh.map(({ category }) => category)],
    reference: [...reference.counts, ...fresh.map(() => 0)],
    current: [...current.counts, ...fresh.map(({ count }) => count)],
    referenceOther: reference.other,
    currentOther: current.other - freshRows,
    unseen: reference.complete
      ? {
          rows: current.other,
          distinct: unseenDistinct,
          largest: unseen[0]?.count ?? 0,
          pooledDistinct: column.distinct + unseenDistinct,
        }
      : null,
  };
}

function cutsOf(cells: ReferenceCells): readonly number[] {
  return cells.kind === 'cuts' ? cells.cuts : [];
}

/** The next smaller double. */
function below(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
