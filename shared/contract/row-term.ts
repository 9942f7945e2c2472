import type { Profile } from '../profile/profile.ts';
import type { Batch } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Row } from './violation.ts';

/** What is known of the table when its rows were read. */
export interface TableFacts {
  readonly columns: ReadonlySet<string>;
  readonly rows: number;
  /** Of the same pass; only where statistics are judged. */
  readonly profile?: Profile | undefined;
  /** Columns whose quantiles in the profile are a sketch's, not exact. */
  readonly sketched?: ReadonlySet<string> | undefined;
}

/** One rule of the vocabulary that looks at rows. */
export interface RowTerm {
  /** Does the row, as JSON, break it? */
  add(batch: Batch, index: number, row: Row): boolean;
  checks(facts: TableFacts): readonly Check[];
}
