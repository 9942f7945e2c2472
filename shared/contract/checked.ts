import type { Check } from '../verdict/verdict.ts';

/** What is told of a table whose rows have been judged. */
export interface JudgedTable {
  readonly checks: readonly Check[];
  /** Rows that were found, also those that could not be read. */
  readonly rows: number;
  /** Rows that break a rule, repeat or lack a key, or could not be read. */
  readonly invalidRows: number;
}
