type Fields = Readonly<Record<string, unknown>>;

const FORMATS: readonly { readonly name: string; readonly is: (document: Fields) => boolean }[] = [
  {
    name: 'a Great Expectations suite',
    is: (document) => 'expectations' in document || 'expectation_suite_name' in document,
  },
  {
    name: 'a Frictionless Table Schema or data package',
    is: (document) => Array.isArray(document.fields) || Array.isArray(document.resources),
  },
  {
    name: 'an Open Data Contract Standard file',
    is: (document) => document.kind === 'DataContract' || 'dataContractSpecification' in document,
  },
  {
    name: 'a dbt schema.yml',
    is: (document) => Array.isArray(document.models) || Array.isArray(document.sources),
  },
];

/** A known format of others that is not read yet, as the problem it is. */
export function otherFormat(document: Fields): { what: string; mend: string } | undefined {
  const found = FORMATS.find(({ is }) => is(document));
  if (found === undefined || 'properties' in document || '$schema' in document) return undefined;
  return {
    what: `the contract is ${found.name}, which is not read yet; it comes in a later version`,
    mend: 'write a JSON Schema of one row; validate-data without a contract proposes one',
  };
}
