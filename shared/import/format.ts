import { isMap } from '../schema/map.ts';
import type { ForeignFormat } from './types.ts';

/** The formats by their names. */
export const FORMAT_NAMES: Readonly<Record<ForeignFormat, string>> = {
  dbt: 'a dbt schema.yml',
  frictionless: 'a Frictionless Table Schema or data package',
  'great-expectations': 'a Great Expectations suite',
  odcs: 'an Open Data Contract Standard file',
};

/** Which format of others a parsed document is; undefined for JSON Schema and anything else. */
export function foreignFormat(document: unknown): ForeignFormat | undefined {
  if (!isMap(document)) return undefined;
  const { $schema, properties } = document;
  const frictionless = typeof $schema === 'string' && /(datapackage\.org|frictionlessdata)/.test($schema);
  if (isMap(properties) || ($schema !== undefined && !frictionless && !('expectations' in document)))
    return undefined;
  if (Array.isArray(document.expectations) || 'expectation_suite_name' in document)
    return 'great-expectations';
  if (document.kind === 'DataContract') return 'odcs';
  if (
    typeof document.apiVersion === 'string' &&
    /^v\d/.test(document.apiVersion) &&
    Array.isArray(document.schema)
  )
    return 'odcs';
  if (Array.isArray(document.fields) || Array.isArray(document.resources)) return 'frictionless';
  if (isMap(document.schema) && Array.isArray(document.schema.fields)) return 'frictionless';
  if (['models', 'seeds', 'snapshots', 'sources'].some((key) => Array.isArray(document[key]))) return 'dbt';
  return undefined;
}
