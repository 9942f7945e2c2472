import type { Ports } from '../../shared/ports/ports.ts';
import type { Inputs } from './inputs.ts';

/** The classes that the contract lists for the label's column; none without a contract, or if it lists none. */
export async function contractClasses(inputs: Inputs, { files }: Ports): Promise<readonly string[]> {
  const { contract: path, 'contract-table': table, classes, label, 'label-delimiter': delimiter } = inputs;
  // The contract of a column that holds several labels lists no single ones.
  if (path === undefined || classes !== undefined || delimiter !== undefined) return [];
  const [{ readContract }, { listedValues }] = await Promise.all([
    import('../../shared/contract/read.ts'),
    import('../../shared/contract/listed-values.ts'),
  ]);
  const { contract } = await readContract(await files.readText(path), path, { table });
  return listedValues(contract, label) ?? [];
}
