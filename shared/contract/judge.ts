import type { Contract } from './contract.ts';
import type { RowTerms, TermsOptions } from './row-terms.ts';
import { needsRows } from './terms.ts';

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
