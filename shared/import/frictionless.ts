import { type DocumentMap, isMap, ownMember } from '../schema/map.ts';
import { Builder } from './builder.ts';
import { dialectOf } from './dialect.ts';
import { DocumentReader, type Path } from './document.ts';
import { carryField, missingValuesOf } from './frictionless-field.ts';
import type { Dialect, ImportedContract, ImportOptions } from './types.ts';

interface Resource {
  readonly name: string;
  readonly map: DocumentMap;
  readonly path: Path;
}

const MATCHES = ['exact', 'equal', 'subset', 'superset', 'partial'];

/**
 * A Table Schema, a resource, or one resource of a data package (v1 and v2).
 *
 * @throws UserError with all that cannot be read, and where the resource is not clear.
 */
export function importFrictionless(
  document: DocumentMap,
  file: string,
  options: ImportOptions = {},
): ImportedContract {
  const reading = new DocumentReader(file, options);
  if (Array.isArray(document.fields)) {
    const table = carrySchema(reading, document, [], {});
    const { contract, missing } = finish(reading, table, document);
    const dialect: Dialect = Object.keys(missing).length > 0 ? { missingValues: missing } : {};
    return {
      format: 'frictionless',
      contract,
      notCarried: reading.notCarried,
      ...(Object.keys(dialect).length > 0 ? { dialect } : {}),
    };
  }
  const resources = Array.isArray(document.resources)
    ? document.resources.map((entry: unknown, index): Resource => {
        const path = ['resources', String(index)];
        const map = reading.map(entry, path);
        return { name: reading.text(map.name, [...path, 'name']) ?? `resource ${index + 1}`, map, path };
      })
    : [{ name: String(document.name ?? 'resource'), map: document, path: [] }];
  const resource = reading.chosen(resources, 'resource');
  const { map, path } = resource;
  if (!isMap(map.schema)) {
    const what =
      typeof map.schema === 'string'
        ? `the schema of ${resource.name} is in another document`
        : `${resource.name} has no schema`;
    reading.wrong(what, [...path, 'schema'], 'give the Table Schema itself as the contract');
    reading.done();
  }
  const schema = map.schema as DocumentMap;
  const table = carrySchema(reading, schema, [...path, 'schema'], filesOf(resources, options));
  const { contract, missing } = finish(reading, table, schema, map);
  const data = paths(map);
  const dialect: Dialect = {
    ...dialectOf(reading, map, path),
    ...(Object.keys(missing).length > 0 ? { missingValues: missing } : {}),
  };
  reading.done();
  return {
    format: 'frictionless',
    contract,
    notCarried: reading.notCarried,
    dialect: dialect.header === false ? { ...dialect, columns: table.names } : dialect,
    ...(data.length > 0 ? { data } : {}),
  };
}

interface Carried {
  readonly builder: Builder;
  readonly names: readonly string[];
  readonly missing: Readonly<Record<string, readonly string[]>>;
}

function finish(
  reading: DocumentReader,
  { builder, missing }: Carried,
  schema: DocumentMap,
  resource: DocumentMap = {},
) {
  reading.done();
  const title = [resource.title, schema.title, resource.name, schema.name].find(
    (text) => typeof text === 'string',
  );
  const description = [resource.description, schema.description].find((text) => typeof text === 'string');
  return {
    contract: builder.finish({ title: title as string, description: description as string }),
    missing,
  };
}

function carrySchema(
  reading: DocumentReader,
  schema: DocumentMap,
  path: Path,
  files: Readonly<Record<string, string>>,
): Carried {
  const builder = new Builder(reading);
  const defaults =
    schema.missingValues === undefined
      ? ['']
      : missingValuesOf(reading, schema.missingValues, [...path, 'missingValues']);
  const key = reading.texts(schema.primaryKey, [...path, 'primaryKey']);
  const names: string[] = [];
  const missing: Record<string, readonly string[]> = {};
  reading.list(schema.fields, [...path, 'fields']).forEach((entry, index) => {
    const at = [...path, 'fields', String(index)];
    const field = reading.map(entry, at);
    const name = reading.text(field.name, [...at, 'name']);
    if (name === undefined) {
      reading.wrong('a field has no name', at);
      return;
    }
    if (names.includes(name)) {
      reading.lost(`a second field ${name}`, at, 'give each column a name of its own');
      return;
    }
    names.push(name);
    carryField(builder, { ...field, name }, at, { missing: defaults, inKey: key.includes(name) });
    const own =
      field.missingValues === undefined ? defaults : missingValuesOf(reading, field.missingValues, at);
    if (own.length !== 1 || own[0] !== '') missing[name] = own;
  });
  if (names.length === 0) reading.wrong('the schema has no fields', [...path, 'fields']);
  const known = (columns: readonly string[], at: Path): boolean => {
    const strange = columns.filter((name) => !names.includes(name));
    for (const name of strange) reading.wrong(`there is no field ${JSON.stringify(name)}`, at);
    return columns.length > 0 && strange.length === 0;
  };
  carryMatch(builder, schema, path, names);
  if (key.length > 0 && known(key, [...path, 'primaryKey'])) builder.key(key);
  reading.list(schema.uniqueKeys, [...path, 'uniqueKeys']).forEach((entry, index) => {
    const at = [...path, 'uniqueKeys', String(index)];
    const columns = reading.texts(entry, at);
    if (known(columns, at)) builder.unique(columns, {});
  });
  foreignKeys(builder, schema, path, files, known);
  return { builder, names, missing };
}

/** Which columns have to be there, and in which order. */
function carryMatch(builder: Builder, schema: DocumentMap, path: Path, names: readonly string[]): void {
  const { reading } = builder;
  // The first texts of version 2 have the word in a list.
  const [match = 'exact'] = reading.texts(schema.fieldsMatch, [...path, 'fieldsMatch']);
  if (!MATCHES.includes(match)) {
    reading.wrong(
      `fieldsMatch ${JSON.stringify(match)} is not known`,
      [...path, 'fieldsMatch'],
      `use one of: ${MATCHES.join(', ')}`,
    );
  }
  if (match === 'exact' || match === 'equal' || match === 'subset') builder.require(...names);
  if (match === 'exact') builder.order(names);
  builder.root('additionalProperties', match === 'subset' || match === 'partial');
  if (match === 'partial')
    builder.root(
      'anyOf',
      names.map((name) => ({ required: [name] })),
    );
}

function foreignKeys(
  builder: Builder,
  schema: DocumentMap,
  path: Path,
  files: Readonly<Record<string, string>>,
  known: (columns: readonly string[], at: Path) => boolean,
): void {
  const { reading } = builder;
  reading.list(schema.foreignKeys, [...path, 'foreignKeys']).forEach((entry, index) => {
    const at = [...path, 'foreignKeys', String(index)];
    const map = reading.map(entry, at);
    const reference = reading.map(map.reference, [...at, 'reference']);
    const columns = reading.texts(map.fields, [...at, 'fields']);
    const references = reading.texts(reference.fields, [...at, 'reference', 'fields']);
    const resource = typeof reference.resource === 'string' ? reference.resource : '';
    if (columns.length === 0 || columns.length !== references.length) {
      reading.wrong('the foreign key does not have the same number of fields on both sides', at);
      return;
    }
    if (!known(columns, at)) return;
    const target =
      resource === ''
        ? reading.options.files?.['']
        : (ownMember(reading.options.files ?? {}, resource) ?? ownMember(files, resource));
    if (target === undefined) {
      const what = resource === '' ? 'to the table itself' : `to ${resource}, whose file is not known`;
      reading.lost(
        `the foreign key of ${columns.join(', ')} ${what}`,
        at,
        'write it in x-ml-loop.foreign-keys with its file',
      );
    } else builder.foreignKey(columns, target, references);
  });
}

/** The files of the package's resources, if each has one. */
function filesOf(resources: readonly Resource[], options: ImportOptions): Readonly<Record<string, string>> {
  const found = resources.flatMap(({ name, map }): [string, string][] => {
    const files = paths(map);
    const [only] = files;
    return files.length === 1 && only !== undefined && !/^[a-z][a-z0-9+.-]*:\/\//i.test(only)
      ? [[name, only]]
      : [];
  });
  return { ...Object.fromEntries(found), ...options.files };
}

function paths({ path }: DocumentMap): readonly string[] {
  return [path ?? []].flat().filter((one) => typeof one === 'string');
}
