import { fullFormats } from 'ajv-formats/dist/formats.js';
import { nearest } from '../problem/nearest.ts';
import { jsonTypeOf } from '../read/batch.ts';
import { type DocumentMap, isMap } from '../schema/map.ts';
import { FORMATS } from './formats.ts';

/** What a check calls a broken keyword of a column's schema; any other keyword is `column.rule`. */
export const RULE_OF: Readonly<Record<string, string>> = {
  type: 'column.type',
  minimum: 'column.range',
  maximum: 'column.range',
  exclusiveMinimum: 'column.range',
  exclusiveMaximum: 'column.range',
  multipleOf: 'column.multiple',
  enum: 'column.enum',
  const: 'column.enum',
  pattern: 'column.pattern',
  format: 'column.format',
  formatMinimum: 'column.format',
  formatMaximum: 'column.format',
  minLength: 'column.length',
  maxLength: 'column.length',
};

/** Keywords that say nothing about validity. */
export const ANNOTATIONS = [
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
] as const;

const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'] as const;
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
const SINGLES = [
  'items',
  'additionalItems',
  'additionalProperties',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;
const KNOWN: readonly string[] = [
  ...Object.keys(RULE_OF),
  ...ANNOTATIONS,
  ...MAPS,
  ...LISTS,
  ...SINGLES,
  '$schema',
  '$id',
  '$ref',
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$vocabulary',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'dependencies',
  'dependentRequired',
  'maxContains',
  'minContains',
  'maxItems',
  'minItems',
  'maxProperties',
  'minProperties',
  'required',
  'uniqueItems',
];

export interface UnknownKeyword {
  readonly path: readonly string[];
  readonly nearest: string | undefined;
  /** If it is not the keyword that is not known, but the format that it names. */
  readonly format?: string;
}

function isKnownFormat(name: string): boolean {
  return Object.hasOwn(FORMATS, name) || Object.hasOwn(fullFormats, name);
}

const OWN = 'x-ml-loop';

/** Our vocabulary is read at the root, and in its `properties`. */
function isOwnPlace(path: readonly string[]): boolean {
  return path.length === 0 || (path.length === 2 && path[0] === 'properties');
}

/**
 * Keywords and formats that JSON Schema does not have and therefore ignores; names with `x-` are meant to be ignored, except for
 * `x-ml-loop` if it is not read.
 */
export function unknownKeywords(schema: unknown, path: readonly string[] = []): UnknownKeyword[] {
  if (!isMap(schema)) return [];
  const own = Object.keys(schema)
    .filter((key) => (key === OWN ? !isOwnPlace(path) : !KNOWN.includes(key) && !key.startsWith('x-')))
    .map((key) => ({ path: [...path, key], nearest: nearest(key, KNOWN) }));
  const { format } = schema;
  const formats =
    typeof format === 'string' && !isKnownFormat(format)
      ? [{ path: [...path, 'format'], nearest: nearest(format, Object.keys(FORMATS)), format }]
      : [];
  const below = Object.entries(schema).flatMap(([key, value]): UnknownKeyword[] => {
    const holdsMap = MAPS.some((name) => name === key);
    if ((holdsMap && isMap(value)) || (LISTS.some((name) => name === key) && Array.isArray(value))) {
      return Object.entries(value as object).flatMap(([name, inner]) =>
        unknownKeywords(inner, [...path, key, name]),
      );
    }
    return SINGLES.some((name) => name === key) ? unknownKeywords(value, [...path, key]) : [];
  });
  return [...own, ...formats, ...below];
}

/** Every value of the keyword `format` that is not known; JSON Schema lets them pass. */
export function unknownFormats(schema: unknown): string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isMap(value) && typeof value.format === 'string' && !isKnownFormat(value.format)) {
      found.add(value.format);
    }
    Object.values(value).forEach(walk);
  };
  walk(schema);
  return [...found];
}

/** The JSON types that a property's schema allows by `type`, `enum`, `const`, local `$ref` or a combination; none if it says nothing. */
export function allowedTypes(schema: unknown, root: DocumentMap, depth = 0): ReadonlySet<string> {
  if (!isMap(schema) || depth > 20) return new Set();
  const { type, $ref } = schema;
  if (typeof type === 'string') return new Set([type]);
  if (Array.isArray(type)) return new Set(type.map(String));
  if (Array.isArray(schema.enum)) return new Set(schema.enum.map(jsonTypeOf));
  if ('const' in schema) return new Set([jsonTypeOf(schema.const)]);
  if (typeof $ref === 'string') return allowedTypes(referencedPart($ref, root), root, depth + 1);
  const branches = [schema.anyOf, schema.oneOf, schema.allOf].find(Array.isArray) ?? [];
  const types = new Set(branches.flatMap((branch) => [...allowedTypes(branch, root, depth + 1)]));
  if (types.size > 0) return types;
  return new Set(LIMITS.some((keyword) => keyword in schema) ? ['number'] : []);
}

/** The JSON types that a row's schema allows for a column, also if a part of it says so. */
export function columnTypes(
  name: string,
  schema: unknown,
  root: DocumentMap,
  depth = 0,
): ReadonlySet<string> {
  if (!isMap(schema) || depth > 20) return new Set();
  const { properties, patternProperties, additionalProperties, $ref } = schema;
  if (isMap(properties) && Object.hasOwn(properties, name)) {
    const own = allowedTypes(properties[name], root);
    if (own.size > 0) return own;
  }
  const patterns = Object.entries(isMap(patternProperties) ? patternProperties : {});
  const matching = patterns
    .filter(([pattern]) => new RegExp(pattern, 'u').test(name))
    .map(([, inner]) => inner);
  const parts = [
    ...LISTS.flatMap((keyword) => (Array.isArray(schema[keyword]) ? (schema[keyword] as unknown[]) : [])),
    ...['if', 'then', 'else', 'not'].map((keyword) => schema[keyword]),
    ...Object.values(isMap(schema.dependentSchemas) ? schema.dependentSchemas : {}),
    ...(typeof $ref === 'string' ? [referencedPart($ref, root)] : []),
  ];
  const found = [
    ...matching.flatMap((inner) => [...allowedTypes(inner, root)]),
    ...parts.flatMap((part) => [...columnTypes(name, part, root, depth + 1)]),
  ];
  return new Set(found.length > 0 ? found : allowedTypes(additionalProperties, root));
}

/** The part of the document that a local reference names; undefined if there is none. */
export function referencedPart(reference: string, root: DocumentMap): unknown {
  if (!reference.startsWith('#')) return undefined;
  const pointer = decoded(reference.slice(1));
  let found: unknown = pointer === undefined ? undefined : root;
  for (const part of (pointer ?? '').split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isMap(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

/** A reference that is spelt wrong leads nowhere; a schema with such a one is refused. */
function decoded(reference: string): string | undefined {
  try {
    return decodeURIComponent(reference);
  } catch {
    return undefined;
  }
}

/** Does the schema, or any part of it, hold regular expressions? That of ajv-formats for `url` may backtrack, too. */
export function hasPatterns(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  return Object.entries(schema).some(
    ([key, value]) =>
      key === 'pattern' ||
      key === 'patternProperties' ||
      (key === 'format' && value === 'url') ||
      hasPatterns(value),
  );
}

const LIMITS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const;

/** The first limit of numbers in a column's schema that nothing keeps texts away from; they would pass it. */
export function untypedLimit(schema: unknown): string | undefined {
  if (!isMap(schema) || isComposed(schema)) return undefined;
  if (['type', 'enum', 'const'].some((keyword) => keyword in schema)) return undefined;
  return LIMITS.find((keyword) => keyword in schema);
}

/** Keywords of a row's schema that relate columns to each other. */
const COMPOSING = [
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'minProperties',
  'maxProperties',
  'propertyNames',
  'unevaluatedProperties',
] as const;

/** Does the row's schema say more than its columns do one by one? */
export function isComposed(schema: Readonly<Record<string, unknown>>): boolean {
  return COMPOSING.some((keyword) => keyword in schema);
}

/** Keywords of a column's schema that stand for other rules; what breaks them is `column.rule`. */
export const COMPOSED = [
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  '$ref',
  '$dynamicRef',
  'items',
  'properties',
  'contains',
] as const;

/**
 * Does each keyword of the column count by itself? So it is where rows may break it, or where the keywords have
 * grades of their own; else a check is of all limits of a range, of both limits of a length.
 */
export function byKeyword(schema: DocumentMap, property: unknown): boolean {
  const own = isMap(property) ? property['x-ml-loop'] : undefined;
  const table = schema['x-ml-loop'];
  if (isMap(own) && (own.keywords !== undefined || (own.tolerance ?? 0) !== 0)) return true;
  return isMap(table) && (table.tolerance ?? 0) !== 0;
}

/** `columnTypes` of a contract's schema; what says nothing there may be said by a rule across columns. */
export function rowTypes(name: string, schema: DocumentMap): ReadonlySet<string> {
  const own = columnTypes(name, schema, schema);
  const table = schema['x-ml-loop'];
  if (own.size > 0 || !isMap(table) || !Array.isArray(table.rules)) return own;
  const rules = (table.rules as unknown[]).map((rule) => (isMap(rule) ? rule.schema : undefined));
  return new Set(
    rules.flatMap((rule) => [...columnTypes(name, rule, isMap(rule) ? { ...schema, ...rule } : {})]),
  );
}

/** Keywords of a row's schema that look at members which it does not name. */
const OF_ALL = [
  'additionalProperties',
  'const',
  'enum',
  'maxProperties',
  'minProperties',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
  '$dynamicRef',
];

/** The columns that a row's schema names; undefined if it may look at others, too. */
export function namedColumns(schema: unknown, root: DocumentMap, depth = 0): readonly string[] | undefined {
  if (!isMap(schema)) return [];
  if (depth > 20 || OF_ALL.some((keyword) => keyword in schema)) return undefined;
  const { properties, required, dependentRequired, dependentSchemas, dependencies, $ref } = schema;
  const dependent = [dependentRequired, dependentSchemas, dependencies].filter(isMap);
  const all = depth === 0 ? { ...root, ...schema } : root;
  // What an anchor names is not looked for here.
  const target = typeof $ref !== 'string' || (/^#($|\/)/.test($ref) ? referencedPart($ref, all) : undefined);
  if (target === undefined) return undefined;
  const names = [
    ...Object.keys(isMap(properties) ? properties : {}),
    ...(Array.isArray(required) ? required.map(String) : []),
    ...dependent.flatMap((one) => [...Object.keys(one), ...Object.values(one).filter(Array.isArray).flat()]),
  ];
  const parts = [
    ...['allOf', 'anyOf', 'oneOf'].flatMap((key) =>
      Array.isArray(schema[key]) ? (schema[key] as unknown[]) : [],
    ),
    ...['if', 'then', 'else', 'not'].map((keyword) => schema[keyword]),
    ...dependent.flatMap((one) => Object.values(one)),
    target,
  ].map((part) => namedColumns(part, all, depth + 1));
  return parts.includes(undefined)
    ? undefined
    : [...new Set([...names.map(String), ...parts.flatMap((part) => part ?? [])])];
}

/** Where the schemas of a column are in a row's schema, by their keys; beside `properties` it may have others. */
export function columnKeys(name: string, schema: DocumentMap): readonly (readonly string[])[] {
  const { properties, patternProperties, additionalProperties } = schema;
  const patterns = Object.keys(isMap(patternProperties) ? patternProperties : {});
  const keys = [
    ...(isMap(properties) && Object.hasOwn(properties, name) ? [['properties', name]] : []),
    ...patterns
      .filter((pattern) => new RegExp(pattern, 'u').test(name))
      .map((pattern) => ['patternProperties', pattern]),
  ];
  // Which columns may not be there is told of headers and members.
  return keys.length > 0 || !isMap(additionalProperties) ? keys : [['additionalProperties']];
}
