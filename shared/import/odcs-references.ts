import { type DocumentMap, isMap, ownMember } from '../schema/map.ts';
import type { Builder } from './builder.ts';
import type { Path } from './document.ts';

/** What a reference names: an object, by its name where it is in the document, and a column of it. */
interface Target {
  /** Names that the object goes by. */
  readonly objects: readonly string[];
  readonly column: string | undefined;
}

/** The document that references are resolved in, and what they are written for. */
export interface OdcsReferences {
  readonly builder: Builder;
  readonly document: DocumentMap;
  /** The chosen object. */
  readonly table: DocumentMap;
}

/**
 * Foreign keys of 3.1 and later, in both notations: `schema/<id>/properties/<id>` and `object.property`.
 *
 * @param column the column whose relationships these are; undefined for those of the object.
 */
export function carryRelationships(
  { builder, document, table }: OdcsReferences,
  value: unknown,
  path: Path,
  column: string | undefined,
): void {
  const { reading } = builder;
  reading.list(value, path).forEach((entry, index) => {
    const at = [...path, String(index)];
    const map = reading.map(entry, at);
    if (map.type !== undefined && map.type !== null && map.type !== 'foreignKey') {
      reading.lost(`the relationship ${String(map.type)}`, at);
      return;
    }
    const fault = faultOf(map, column);
    if (fault !== undefined) {
      reading.wrong(`the relationship ${fault}`, at);
      return;
    }
    const read = (key: string): readonly Target[] =>
      reading.texts(map[key], [...at, key]).map((text) => targetOf(document, text));
    const to = read('to');
    const from = column === undefined ? read('from').map((one) => own(table, one)) : [column];
    const file = fileOf(reading.options.files ?? {}, to);
    const columns = from.filter((name) => name !== undefined && builder.has(name)) as readonly string[];
    const references = to.flatMap((one) => one.column ?? []);
    if (file === undefined || columns.length < from.length || references.length < to.length) {
      const what = `the foreign key to ${reading.texts(map.to, at).join(', ')}`;
      const reason =
        columns.length < from.length ? 'whose own columns are not known' : 'whose file is not known';
      reading.lost(`${what}, ${reason}`, at, 'write it in x-ml-loop.foreign-keys with its file');
    } else builder.foreignKey(columns, file, references);
  });
}

/** What the standard says is rejected. */
function faultOf(map: DocumentMap, column: string | undefined): string | undefined {
  if (map.to === undefined || map.to === null) return 'has no `to`';
  if (column !== undefined) {
    if (map.from !== undefined && map.from !== null)
      return 'of a property has a `from`, which is the property';
    if (Array.isArray(map.to) && map.to.length !== 1) return 'of a property names several in `to`';
    return undefined;
  }
  if (map.from === undefined || map.from === null) return 'of an object has no `from`';
  if (Array.isArray(map.from) !== Array.isArray(map.to))
    return 'has one property on one side and a list on the other';
  if (Array.isArray(map.from) && Array.isArray(map.to) && map.from.length !== map.to.length) {
    return 'has lists of different lengths';
  }
  return undefined;
}

function targetOf(document: DocumentMap, reference: string): Target {
  const cut = reference.lastIndexOf('#');
  const external = cut > 0;
  const inside = reference.slice(cut + 1).replace(/^\//, '');
  const objects = external || !Array.isArray(document.schema) ? [] : (document.schema as readonly unknown[]);
  const [first = '', ...rest] = inside.startsWith('schema/') ? inside.slice(7).split('/') : inside.split('.');
  // Behind each `properties` stands one member of the path.
  const steps = inside.startsWith('schema/') ? rest.filter((_, index) => index % 2 === 1) : rest;
  const key = inside.startsWith('schema/') ? 'id' : 'name';
  const object = found(objects, first, key);
  // Elsewhere an id says nothing of a column's name.
  if (object === undefined) return { objects: [first], column: key === 'name' ? joined(steps) : undefined };
  const names: string[] = [];
  let place: DocumentMap | undefined = object;
  for (const step of steps) {
    const list: readonly unknown[] = Array.isArray(place?.properties) ? (place.properties as unknown[]) : [];
    place = found(list, step, key);
    if (place === undefined) return { objects: namesOf(object), column: undefined };
    names.push(String(place.physicalName ?? place.name));
  }
  return { objects: namesOf(object), column: joined(names) };
}

function joined(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : names.join('.');
}

function found(list: readonly unknown[], name: string, key: string): DocumentMap | undefined {
  return list.filter(isMap).find((one) => one[key] === name);
}

function namesOf(object: DocumentMap): readonly string[] {
  return [object.name, object.physicalName, object.id].filter((name) => typeof name === 'string');
}

/** The column of the chosen object itself. */
function own(table: DocumentMap, { objects, column }: Target): string | undefined {
  return objects.includes(String(table.name)) ? column : undefined;
}

function fileOf(files: Readonly<Record<string, string>>, targets: readonly Target[]): string | undefined {
  const [first] = targets;
  if (first === undefined || targets.some(({ objects }) => objects[0] !== first.objects[0])) return undefined;
  const name = first.objects.find((one) => Object.hasOwn(files, one));
  return name === undefined ? undefined : ownMember(files, name);
}
