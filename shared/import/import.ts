import { UserError } from '../problem/problem.ts';
import { isMap } from '../schema/map.ts';
import { importDbt } from './dbt.ts';
import { FORMAT_NAMES, foreignFormat } from './format.ts';
import { importFrictionless } from './frictionless.ts';
import { importGreatExpectations } from './gx.ts';
import { importOdcs } from './odcs.ts';
import type { ImportedContract, ImportOptions } from './types.ts';

export type { Dialect, ForeignFormat, ImportedContract, ImportOptions, LostPart } from './types.ts';

export { FORMAT_NAMES, foreignFormat };

const IMPORTERS = {
  dbt: importDbt,
  frictionless: importFrictionless,
  'great-expectations': importGreatExpectations,
  odcs: importOdcs,
} as const;

/**
 * The contract that a document of another format means, with a list of all that it could not carry.
 *
 * @param document parsed JSON or YAML.
 * @param file names it in messages.
 * @throws UserError with everything in the document that cannot be read, each with its place.
 */
export function importContract(
  document: unknown,
  file: string,
  options: ImportOptions = {},
): ImportedContract {
  const format = foreignFormat(document);
  if (format === undefined || !isMap(document)) {
    const known = Object.values(FORMAT_NAMES).join(', ');
    throw new UserError({
      what: 'the document does not have a format that ml-loop reads',
      where: file,
      fix: `use ${known}`,
    });
  }
  return IMPORTERS[format](document, file, options);
}
