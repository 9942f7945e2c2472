import { foreignFormat } from '../import/format.ts';
import type { ImportedContract, ImportOptions } from '../import/types.ts';
import { refusedFormat } from '../import/unread-format.ts';
import { UserError } from '../problem/problem.ts';
import { type Contract, contractOf, parseContractDocument } from './contract.ts';
import { longNumbers } from './long-numbers.ts';

export interface ContractOptions {
  /** The model, resource or object, if a document of another format has several. */
  readonly table?: string | undefined;
  /** Files of other tables by name, relative to the contract, for foreign keys of other formats. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Are the data documents (JSON Lines), in which objects nest and what is optional may be absent? */
  readonly documents?: boolean | undefined;
}

export interface ReadContract {
  readonly contract: Contract;
  /** Only if the document is of another format: what its importer made of it. */
  readonly imported?: ImportedContract;
}

/**
 * Reads a contract: a JSON Schema, or a document of another format, which is imported.
 *
 * @param where names the file in messages; foreign keys are relative to it.
 * @throws UserError with every fault found, and for options that only documents of other formats have.
 */
export async function readContract(
  text: string,
  where: string,
  options: ContractOptions = {},
): Promise<ReadContract> {
  const { document, place } = parseContractDocument(text, where);
  const refused = refusedFormat(document);
  if (refused !== undefined) throw new UserError({ ...refused, where });
  if (foreignFormat(document) === undefined) {
    refuseOptions(options, where);
    return { contract: contractOf(document, where, place, longNumbers(text)) };
  }
  const { importContract } = await import('../import/import.ts');
  const { table, files, documents } = options;
  const importOptions: ImportOptions = {
    place,
    ...(table === undefined ? {} : { table }),
    ...(files === undefined ? {} : { files }),
    ...(documents === true ? { nested: 'objects' } : {}),
  };
  const imported = importContract(document, where, importOptions);
  return { contract: contractOf(imported.contract, where, () => where, longNumbers(text)), imported };
}

function refuseOptions({ table, files }: ContractOptions, where: string): void {
  const what = 'the contract is a JSON Schema, which describes one table and names its files itself';
  const given = [
    ...(table === undefined ? [] : ['contract-table']),
    ...(files === undefined ? [] : ['contract-files']),
  ];
  if (given.length > 0) throw new UserError({ what, where, fix: `leave out ${given.join(' and ')}` });
}
