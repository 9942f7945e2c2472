import { FORMAT_NAMES, formatOf } from '../import/format.ts';
import type { Fields } from './object.ts';

/** A document of a format that is not read, as the problem it is. */
export function refusedFormat(document: Fields): { what: string; fix: string } | undefined {
  if ('dataContractSpecification' in document && document.properties === undefined) {
    return {
      what: 'the contract is a document of the Data Contract Specification, which ml-loop does not read',
      fix: 'convert it to the Open Data Contract Standard (`datacontract export --format odcs`), or write a JSON Schema of one row',
    };
  }
  return undefined;
}

/** A document that has to be imported, as the problem it is where only a JSON Schema is read. */
export function otherFormat(document: Fields): { what: string; fix: string } | undefined {
  const format = formatOf(document);
  if (format === undefined) return refusedFormat(document);
  return {
    what: `the contract is ${FORMAT_NAMES[format]}, but this action reads only a JSON Schema`,
    fix: 'write a JSON Schema of one row; validate-data imports the other formats',
  };
}
