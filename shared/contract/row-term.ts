import type { RowSet } from '../keys/row-set.ts';
import type { Profile } from '../profile/profile.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import type { RowCells } from './row.ts';

/** What is known of the table when its rows were read. */
export interface TableFacts {
  readonly columns: ReadonlySet<string>;
  readonly rows: number;
  /** Of the same pass; only if statistics are judged. */
  readonly profile?: Profile | undefined;
}

/** Where rows that were read as a part of the table are in it. */
export interface PartPlace {
  /** Rows of the table before the part's. */
  readonly rows: number;
  /** Lines of its file before its first one. */
  readonly lines: number;
  /** The columns of the file, if the part may have taken them for others. */
  readonly fields: readonly string[] | undefined;
}

/** A location in a part as one in the table. */
export function placedIn({ lines, fields }: PartPlace, at: Location, column: string | undefined): Location {
  const moved = { ...at, line: (at.line ?? 0) + lines };
  if (at.column === undefined || column === undefined || fields === undefined) return moved;
  return { ...moved, column: fields.indexOf(column) + 1 };
}

/** One rule of the vocabulary that looks at rows; what it has found of some rows can be cloned, and added to another. */
export interface RowTerm<State = unknown> {
  /** The columns that it looks at; undefined if it looks at all. */
  readonly columns: readonly string[] | undefined;
  /**
   * Does the row break it?
   *
   * @param order the row's number in the table.
   */
  add(row: RowCells, order: number): boolean;
  readonly state: State;
  /** Adds what another has found in later rows. */
  merge(later: State, part: PartPlace): void;
  /** Adds the rows of which only all of them tell that they break it; once, before `checks`. */
  end?(broken: RowSet): void;
  checks(facts: TableFacts): readonly Check[];
}
