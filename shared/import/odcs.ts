import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';
import { Builder } from './builder.ts';
import { DocumentReader, type Path } from './document.ts';
import { ageOf } from './numbers.ts';
import { carryQuality } from './odcs-quality.ts';
import { carryRelationships } from './odcs-references.ts';
import { logicalType } from './odcs-types.ts';
import type { ImportedContract, ImportOptions } from './types.ts';

/** What describes the data, and says nothing that a check could find broken. */
const DESCRIBING = [
  'classification',
  'criticalDataElement',
  'encryptedName',
  'partitioned',
  'transformLogic',
  'transformSourceObjects',
  'transformDescription',
  'authoritativeDefinitions',
  'customProperties',
  'tags',
  'synonyms',
  'semanticType',
];

/** What the standard has of a document, of both elements, of objects and of properties. */
const DOCUMENT =
  'version kind apiVersion id name tenant tags status servers dataProduct description domain context schema support price team roles slaDefaultElement slaProperties authoritativeDefinitions customProperties contractCreatedTs';
const ELEMENT =
  'id name physicalName physicalType logicalType description businessName deprecated synonyms authoritativeDefinitions tags customProperties relationships quality properties';
const OBJECT = `${ELEMENT} dataGranularityDescription context`;
const PROPERTY = `${ELEMENT} primaryKey primaryKeyPosition logicalTypeOptions required unique semanticType partitioned partitionKeyPosition classification encryptedName transformSourceObjects transformLogic transformDescription examples enum criticalDataElement items map`;

interface Table {
  readonly name: string;
  readonly map: DocumentMap;
  readonly path: Path;
}

/** A property as a column. */
interface Column {
  readonly name: string;
  readonly map: DocumentMap;
  readonly path: Path;
  /** May an object that it is part of be absent? */
  readonly optional: boolean;
}

/**
 * One object of an Open Data Contract Standard document, version 3. Every property is a column that has to be there;
 * nested ones by their path. A column goes by its `physicalName`, if it has one.
 *
 * @throws UserError with all that cannot be read, and where the object is not clear.
 */
export function importOdcs(
  document: DocumentMap,
  file: string,
  options: ImportOptions = {},
): ImportedContract {
  const reading = new DocumentReader(file, options);
  const version = String(document.apiVersion ?? '');
  if (!/^v3\./.test(version)) {
    reading.wrong(
      `apiVersion ${JSON.stringify(document.apiVersion ?? null)} is not read`,
      ['apiVersion'],
      'use version 3 of the standard',
    );
  }
  const tables = reading.list(document.schema, ['schema']).flatMap((entry, index): Table[] => {
    const path = ['schema', String(index)];
    const map = reading.map(entry, path);
    const name = reading.text(map.name, [...path, 'name']);
    if (name === undefined) reading.wrong('an object has no name', path);
    return name === undefined ? [] : [{ name, map, path }];
  });
  const table = reading.chosen(tables, 'object');
  reading.others(document, DOCUMENT.split(' '), [], 'the standard');
  reading.others(table.map, OBJECT.split(' '), table.path, `the object ${table.name}`);
  if (variablesOf(version, table.map).length > 0) {
    const what = `variables have no value here: ${variablesOf(version, table.map).join(', ')}`;
    reading.wrong(what, table.path, 'write their values');
  }
  const builder = new Builder(reading);
  builder.root('additionalProperties', true);
  const columns = columnsOf(reading, table.map.properties, [...table.path, 'properties'], '');
  const twice = columns.filter(({ name }, index) => columns.findIndex((one) => one.name === name) < index);
  for (const { name, path } of twice) reading.wrong(`the property ${name} is there already`, path);
  const known = new Map(columns.map((column) => [String(column.map.name), column.name]));
  for (const column of columns) carryColumn(builder, column, version);
  primaryKey(builder, columns);
  const references = { builder, document, table: table.map };
  for (const column of columns) {
    carryQuality(builder, column.map.quality, [...column.path, 'quality'], { column: column.name, known });
    carryRelationships(references, column.map.relationships, [...column.path, 'relationships'], column.name);
  }
  carryQuality(builder, table.map.quality, [...table.path, 'quality'], { column: undefined, known });
  carryRelationships(references, table.map.relationships, [...table.path, 'relationships'], undefined);
  serviceLevels(builder, document, table, known, tables);
  describing(reading, table, columns);
  reading.done();
  const contract = builder.finish({ title: table.name, description: textOf(table.map.description) });
  return {
    format: 'odcs',
    contract: options.nested === 'objects' ? withOptional(contract, columns) : contract,
    notCarried: reading.notCarried,
  };
}

/** In documents what may be null may be absent, too. */
function withOptional({ required, ...contract }: JsonObject, columns: readonly Column[]): JsonObject {
  const asked = columns.filter(({ map }) => map.required === true || map.primaryKey === true);
  const names = asked.map(({ name }) => name);
  return { ...contract, ...(names.length > 0 ? { required: names } : {}) };
}

/** Of 3.2: a measure, and a dimension that stands in no column of its own. */
function isComputed({ semanticType, transformLogic, physicalType, physicalName }: DocumentMap): boolean {
  if (semanticType !== 'dimension') return semanticType === 'measure';
  return !isEmpty(transformLogic) && isEmpty(physicalType) && isEmpty(physicalName);
}

/** References `${NAME}` of 3.2 in what decides; in queries and descriptions they do no harm. */
function variablesOf(version: string, value: unknown): readonly string[] {
  if (/^v3\.[01]\b/.test(version)) return [];
  if (typeof value === 'string') return value.match(/\$\{[A-Za-z_]\w*(?::-[^}]*)?\}/g) ?? [];
  if (Array.isArray(value)) return value.flatMap((one) => variablesOf(version, one));
  if (!isMap(value)) return [];
  const idle = ['query', 'implementation', 'description', 'examples', ...DESCRIBING];
  return Object.entries(value).flatMap(([key, one]) => (idle.includes(key) ? [] : variablesOf(version, one)));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The columns, those of nested objects by their path. */
function columnsOf(
  reading: DocumentReader,
  value: unknown,
  path: Path,
  prefix: string,
  optional = false,
): readonly Column[] {
  return reading.list(value, path).flatMap((entry, index): readonly Column[] => {
    const at = [...path, String(index)];
    const map = reading.map(entry, at);
    const own = reading.text(map.name, [...at, 'name']);
    if (own === undefined) {
      reading.wrong('a property has no name', at);
      return [];
    }
    const name = prefix + (textOf(map.physicalName) ?? own);
    reading.others(map, PROPERTY.split(' '), at, `the property ${name}`);
    if (isComputed(map)) {
      reading.lost(
        `${name}, a ${String(map.semanticType)}: it is computed from the data, no column of them`,
        at,
      );
      return [];
    }
    const nested = Array.isArray(map.properties) && map.properties.length > 0 && map.logicalType !== 'array';
    if (!nested || reading.options.nested === 'objects') return [{ name, map, path: at, optional }];
    if (map.logicalTypeOptions !== undefined || map.quality !== undefined) {
      reading.lost(`rules of the object ${name}: its members are columns`, at);
    }
    return columnsOf(
      reading,
      map.properties,
      [...at, 'properties'],
      `${name}.`,
      optional || map.required !== true,
    );
  });
}

function carryColumn(builder: Builder, { name, map, path, optional }: Column, version: string): void {
  const { reading } = builder;
  builder.require(name);
  const column = builder.column(name);
  column.annotate('description', textOf(map.description));
  column.annotate('title', textOf(map.businessName));
  if (Array.isArray(map.examples) && map.examples.length > 0)
    column.annotate('examples', map.examples as Json);
  const { kinds, keywords } = logicalType(reading, name, map, path, version);
  if (kinds.length > 0) column.type(kinds);
  for (const [keyword, value] of Object.entries(keywords)) {
    builder.keywords(name, { [keyword]: value }, {}, `${keyword} of ${name}`, path);
  }
  const required = reading.flag(map.required, [...path, 'required']) === true;
  const key = reading.flag(map.primaryKey, [...path, 'primaryKey']) === true;
  if (required && optional) {
    reading.lost(`required of ${name}: an object that it is part of need not be there`, path);
  } else if (required || key) column.notNull();
  if (reading.flag(map.unique, [...path, 'unique']) === true) builder.unique([name], {});
}

function primaryKey(builder: Builder, columns: readonly Column[]): void {
  const keys = columns.filter(({ map }) => map.primaryKey === true);
  if (keys.length === 0) return;
  const at = ({ map }: Column): number => {
    const position = Number(map.primaryKeyPosition ?? -1);
    return position > 0 ? position : Number.POSITIVE_INFINITY;
  };
  const ordered = keys.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
  builder.key(ordered.map(({ name }) => name));
}

/** `latency` and `freshness` of one column; other agreements are about the service. */
function serviceLevels(
  builder: Builder,
  document: DocumentMap,
  table: Table,
  known: ReadonlyMap<string, string>,
  tables: readonly Table[],
): void {
  const { reading } = builder;
  reading.list(document.slaProperties, ['slaProperties']).forEach((entry, index) => {
    const at = ['slaProperties', String(index)];
    const map = reading.map(entry, at);
    const property = String(map.property);
    const element = textOf(map.element) ?? textOf(document.slaDefaultElement);
    const [object, column] = element?.includes('.')
      ? (element.split('.', 2) as [string, string])
      : [undefined, element];
    const own = ({ name, map: one }: Table): boolean =>
      object === name || object === textOf(one.physicalName);
    // What another object of the document is promised is not a matter of this one's.
    if (object !== undefined && !own(table) && tables.some(own)) return;
    if (object === undefined ? tables.length > 1 : !own(table)) {
      reading.lost(`${property}: it names no object of the document`, at, 'say element as object.property');
      return;
    }
    if (!/^(latency|ly|freshness)$/i.test(property)) {
      reading.lost(`the service level ${property} is none of the data's`, at);
      return;
    }
    const age = ageOf(Number(map.value), String(map.unit ?? ''));
    const name = column === undefined ? undefined : (known.get(column) ?? column);
    if (age === undefined || name === undefined || !builder.has(name)) {
      reading.lost(`${property}: it needs a value, a unit and a column as element`, at);
    } else if (!builder.freshness(name, age)) reading.lost(`${property}: a second one`, at);
  });
}

function describing(reading: DocumentReader, table: Table, columns: readonly Column[]): void {
  const used = DESCRIBING.filter(
    (key) => columns.some(({ map }) => !isEmpty(map[key])) || !isEmpty(table.map[key]),
  );
  if (used.length > 0) reading.lost(`descriptions that no check needs: ${used.join(', ')}`, table.path);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return Array.isArray(value)
    ? value.length === 0
    : isMap(value) && Object.keys(value as JsonObject).length === 0;
}
