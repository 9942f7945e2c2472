import type { Contract } from '../../shared/contract/contract.ts';
import { type ReadContract, readContract } from '../../shared/contract/read.ts';
import { notCarriedChecks } from '../../shared/import/not-carried.ts';
import type { Dialect, ImportedContract } from '../../shared/import/types.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

export interface GivenContract {
  readonly contract: Contract;
  /** What a document of another format says and the contract does not. */
  readonly checks: readonly Check[];
  /** How such a document says that the data are written. */
  readonly dialect?: Dialect;
  /** The imported contract, in the report folder. */
  readonly path?: string;
}

/** The contract of the inputs, imported if it is of another format. */
export async function givenContract(inputs: Inputs, ports: Ports): Promise<GivenContract | undefined> {
  const { contract: path, 'contract-table': table, 'contract-files': named } = inputs;
  if (path === undefined) {
    if (table === undefined && named === undefined) return undefined;
    const what = 'names a part of a contract, but there is no contract';
    throw new UserError({ what, where: 'input contract-table or contract-files', fix: 'give `contract`' });
  }
  const files =
    named && Object.fromEntries(Object.entries(named).map(([name, file]) => [name, String(file)]));
  const documents = inputs.data.every((name) => /\.(jsonl|ndjson)(\.(gz|zst))?$/i.test(name));
  const read = await readContract(await ports.files.readText(path), path, { table, files, documents });
  return read.imported === undefined
    ? { contract: read.contract, checks: [] }
    : adopted(read, read.imported, path, ports);
}

async function adopted(
  { contract }: ReadContract,
  imported: ImportedContract,
  source: string,
  { files }: Ports,
): Promise<GivenContract> {
  const [{ printImported }, { readerDialect }] = await Promise.all([
    import('../../shared/import/print.ts'),
    import('../../shared/import/reading.ts'),
  ]);
  const path = await files.writeReport('contract.yml', printImported(imported, source));
  const { dialect, notCarried } = readerDialect(imported.dialect ?? {}, source);
  return { contract, checks: notCarriedChecks([...imported.notCarried, ...notCarried]), path, dialect };
}
