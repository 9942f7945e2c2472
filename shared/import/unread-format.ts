import { type DocumentMap, isMap } from '../schema/map.ts';
import { FORMAT_NAMES, foreignFormat } from './format.ts';

interface UnreadFormat {
  readonly name: string;
  readonly is: (document: DocumentMap) => boolean;
  readonly fix?: string;
}

const WRITE_SCHEMA = 'write a JSON Schema of one row';

/** Formats that people have and that are not read, by what only they hold. */
const UNREAD: readonly UnreadFormat[] = [
  {
    name: 'a document of the Data Contract Specification',
    is: (document) => 'dataContractSpecification' in document,
    fix: `convert it to the Open Data Contract Standard (\`datacontract export --format odcs\`), or ${WRITE_SCHEMA}`,
  },
  {
    name: 'metadata of CSV on the Web (CSVW)',
    is: ({ '@context': context, tableSchema }) =>
      [context].flat().some((one) => typeof one === 'string' && one.includes('/ns/csvw')) ||
      (isMap(tableSchema) && Array.isArray(tableSchema.columns)),
    fix: `write a Frictionless Table Schema, or ${WRITE_SCHEMA}`,
  },
  {
    name: 'a Croissant description of a data set',
    is: ({ '@context': context, conformsTo, recordSet }) =>
      context !== undefined && (Array.isArray(recordSet) || String(conformsTo).includes('croissant')),
  },
  { name: 'JSON-LD', is: (document) => '@context' in document && '@type' in document },
  { name: 'an Avro schema', is: ({ type, fields }) => type === 'record' && Array.isArray(fields) },
  { name: 'a Pandera schema', is: ({ schema_type: type }) => type === 'dataframe' },
  {
    name: 'a file of Soda checks',
    is: (document) => Object.keys(document).some((key) => /^(checks|filter|for each) /.test(key)),
  },
  {
    name: 'an OpenAPI document',
    is: ({ openapi, swagger }) => typeof openapi === 'string' || typeof swagger === 'string',
    fix: 'take the JSON Schema of one row out of its `components.schemas`',
  },
  {
    name: 'the result of a Great Expectations validation',
    is: ({ success, results }) => typeof success === 'boolean' && Array.isArray(results),
    fix: 'give the suite itself, which holds `expectations`',
  },
  {
    name: 'a manifest of dbt',
    is: ({ metadata }) => isMap(metadata) && 'dbt_schema_version' in metadata,
    fix: 'give the schema.yml of the model',
  },
];

/** A document of a format that is not read, as the problem it is. */
export function refusedFormat(document: DocumentMap): { what: string; fix: string } | undefined {
  if (document.properties !== undefined) return undefined;
  const found = UNREAD.find(({ is }) => is(document));
  if (found === undefined) return undefined;
  const what = `the contract is ${found.name}, which ml-loop does not read`;
  return { what, fix: found.fix ?? WRITE_SCHEMA };
}

/** A document that has to be imported, as the problem it is where only a JSON Schema is read. */
export function otherFormat(document: DocumentMap): { what: string; fix: string } | undefined {
  const refused = refusedFormat(document);
  if (refused !== undefined) return refused;
  const format = foreignFormat(document);
  if (format === undefined) return undefined;
  return {
    what: `the contract is ${FORMAT_NAMES[format]}, but this action reads only a JSON Schema`,
    fix: 'write a JSON Schema of one row; validate-data imports the other formats',
  };
}
