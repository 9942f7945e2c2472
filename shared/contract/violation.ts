/** One rule that one row breaks. */
export interface Violation {
  /** A check's id: `column.type`, `row.rule`, … */
  readonly rule: string;
  readonly column?: string | undefined;
  /** What exactly is broken, if the rule itself does not say: a JSON pointer into the contract. */
  readonly detail?: string | undefined;
  /** The keyword that is broken, if the column's keywords are graded one by one, see `byKeyword`. */
  readonly keyword?: string | undefined;
  /** The value, as JSON. */
  readonly value?: unknown;
  /** All digits of a number that its double does not hold. */
  readonly digits?: string | undefined;
}

/** A row as JSON; absent members are not there. */
export type Row = Readonly<Record<string, unknown>>;

/** What a contract says about one row. */
export type Judge = (row: Row) => readonly Violation[];
