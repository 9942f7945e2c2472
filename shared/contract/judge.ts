import type { Contract } from './contract.ts';

/** One rule that one row breaks. */
export interface Violation {
  /** A check's id: `column.type`, `row.rule`, … */
  readonly rule: string;
  readonly column?: string;
  /** What exactly is broken, where the rule itself does not say: a JSON pointer into the contract. */
  readonly detail?: string;
  /** The value, as JSON. */
  readonly value?: unknown;
}

/** A row as JSON; absent members are not there. */
export type Row = Readonly<Record<string, unknown>>;

/** What a contract says about one row. */
export type Judge = (row: Row) => readonly Violation[];

/**
 * The rows' rules of a contract. Plain schemas of scalar columns are judged without ajv, whose start costs more than
 * thousands of rows; its answers are the same.
 *
 * @throws UserError where the contract is not a valid schema.
 */
export async function judgeOf(contract: Contract): Promise<Judge> {
  const { plainJudge } = await import('./plain.ts');
  const plain = plainJudge(contract.schema);
  if (plain !== undefined) return plain;
  const { schemaJudge } = await import('./schema.ts');
  return schemaJudge(contract);
}
