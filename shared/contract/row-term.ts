import type { RowSet } from '../keys/row-set.ts';
import type { Profile } from '../profile/profile.ts';
import type { Batch } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Row } from './violation.ts';

/** What is known of the table when its rows were read. */
export interface TableFacts {
  readonly columns: ReadonlySet<string>;
  readonly rows: number;
  /** Of the same pass; only if statistics are judged. */
  readonly profile?: Profile | undefined;
}

/** One rule of the vocabulary that looks at rows. */
export interface RowTerm {
  /**
   * Does the row, as JSON, break it?
   *
   * @param order the row's number in the table.
   */
  add(batch: Batch, index: number, row: Row, order: number): boolean;
  /** Adds the rows of which only all of them tell that they break it; once, before `checks`. */
  end?(broken: RowSet): void;
  checks(facts: TableFacts): readonly Check[];
}
