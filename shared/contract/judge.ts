import type { Contract } from './contract.ts';
import type { RowTerms, TermsOptions } from './row-terms.ts';
import { needsRows } from './terms.ts';
import type { Judge } from './violation.ts';

/**
 * The rows' rules of a contract. Plain schemas of scalar columns are judged without ajv, whose start costs more than
 * thousands of rows; its answers are the same.
 *
 * @throws UserError if the contract is not a valid schema.
 */
export async function judgeOf(contract: Contract): Promise<Judge> {
  const { plainJudge } = await import('./plain.ts');
  const plain = plainJudge(contract.schema);
  if (plain !== undefined) return plain;
  const { schemaJudge } = await import('./schema.ts');
  return schemaJudge(contract);
}

/**
 * The contract's rules that look at rows or at whole columns; their code is loaded only if there are such.
 *
 * @throws UserError if the schema of a rule is not valid.
 */
export async function termsOf(contract: Contract, options: TermsOptions): Promise<RowTerms | undefined> {
  if (!needsRows(contract.table)) return undefined;
  const { RowTerms } = await import('./row-terms.ts');
  return RowTerms.of(contract, options);
}
