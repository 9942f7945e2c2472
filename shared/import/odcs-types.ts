import { type DocumentMap, isMap, ownMember } from '../schema/map.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';
import type { CellKind, Keywords } from './column.ts';
import type { DocumentReader, Path } from './document.ts';
import { type BoundOrder, boundOrderOf, boundsOf, numberBounds, timeBounds } from './odcs-bounds.ts';
import { portable } from './regex.ts';
import { typeNamed } from './sql.ts';
import { INSTANT, ISO_TIME, instantPattern, javaTime } from './times.ts';

export interface TypedProperty {
  readonly kinds: readonly CellKind[];
  readonly keywords: Keywords;
}

/** A date's digits; that it is in the calendar is `format`'s. */
const DAY = '^\\d{4}-\\d{2}-\\d{2}$';
const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
const FORMATS = [
  'email',
  'uuid',
  'uri',
  'hostname',
  'ipv4',
  'ipv6',
  'date',
  'date-time',
  'time',
  'duration',
  'regex',
  'uri-reference',
  'json-pointer',
];
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format'],
  date: [
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'format',
    'timezone',
    'defaultTimezone',
  ],
  object: ['minProperties', 'maxProperties', 'required'],
  array: ['minItems', 'maxItems', 'uniqueItems'],
  boolean: [],
  map: [],
  vector: [
    'dimensions',
    'elementType',
    'distanceMetric',
    'normalized',
    'embeddingModel',
    'embeddingModelVersion',
  ],
};
const LOGICAL = [
  'string',
  'date',
  'timestamp',
  'time',
  'number',
  'integer',
  'object',
  'array',
  'boolean',
  'map',
  'vector',
];

/** What a property's `logicalType` with its options allows; its `physicalType` counts if there is none. */
export function logicalType(
  reading: DocumentReader,
  name: string,
  map: DocumentMap,
  path: Path,
  version: string,
): TypedProperty {
  const type = map.logicalType;
  if (type === undefined || type === null) {
    if (map.logicalTypeOptions !== undefined)
      reading.lost(`logicalTypeOptions of ${name}, which has no logicalType`, path);
    const physical = typeof map.physicalType === 'string' ? typeNamed(map.physicalType) : undefined;
    if (physical === undefined && typeof map.physicalType === 'string') {
      reading.lost(
        `the physicalType ${map.physicalType} of ${name} is not known here`,
        path,
        'say its logicalType',
      );
    }
    return withEnum(reading, name, map, path, physical ?? { kinds: [], keywords: {} });
  }
  if (typeof type !== 'string' || !LOGICAL.includes(type)) {
    reading.wrong(
      `the logicalType ${JSON.stringify(type)} of ${name} is not known`,
      [...path, 'logicalType'],
      `use one of: ${LOGICAL.join(', ')}`,
    );
    return { kinds: [], keywords: {} };
  }
  const at = [...path, 'logicalTypeOptions'];
  const options = reading.map(map.logicalTypeOptions, at);
  const family = type === 'integer' ? 'number' : type === 'timestamp' || type === 'time' ? 'date' : type;
  reading.others(options, OPTIONS[family] ?? [], at, `the logicalType ${type}`);
  return withEnum(reading, name, map, path, typed(reading, name, map, { type, options, at, version, path }));
}

interface Context {
  readonly type: string;
  readonly options: DocumentMap;
  readonly at: Path;
  readonly path: Path;
  readonly version: string;
}

function typed(reading: DocumentReader, name: string, map: DocumentMap, context: Context): TypedProperty {
  const { type, options, at } = context;
  switch (type) {
    case 'string':
      return { kinds: ['string'], keywords: stringKeywords(reading, name, options, at) };
    case 'integer':
    case 'number':
      return { kinds: [type], keywords: numberKeywords(reading, name, options, at) };
    case 'boolean':
      return { kinds: ['boolean'], keywords: {} };
    case 'array':
      return { kinds: ['array'], keywords: arrayKeywords(reading, name, map, context) };
    case 'object':
      return { kinds: ['object'], keywords: objectKeywords(reading, name, map, context) };
    case 'vector':
      return { kinds: ['array'], keywords: vectorKeywords(reading, name, context) };
    case 'map':
      return { kinds: ['object'], keywords: mapKeywords(reading, name, map, context) };
    default:
      return { kinds: ['string'], keywords: timeKeywords(reading, name, context) };
  }
}

function counts(
  reading: DocumentReader,
  options: DocumentMap,
  names: readonly string[],
  path: Path,
): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const count = reading.count(options[name], [...path, name]);
      return count === undefined ? [] : [[name, count]];
    }),
  );
}

function stringKeywords(reading: DocumentReader, name: string, options: DocumentMap, path: Path): JsonObject {
  const found: Record<string, Json> = { ...counts(reading, options, ['minLength', 'maxLength'], path) };
  const pattern = reading.text(options.pattern, [...path, 'pattern']);
  const own = pattern === undefined ? undefined : portable(pattern, 'ecma');
  if (own !== undefined) found.pattern = own;
  else if (pattern !== undefined)
    reading.lost(`the pattern of ${name} cannot be read here`, [...path, 'pattern']);
  const format = reading.text(options.format, [...path, 'format']);
  if (format === undefined || format === 'password') return found;
  if (FORMATS.includes(format)) found.format = format;
  else if (format === 'byte' && found.pattern === undefined) found.pattern = BASE64;
  else if (format !== 'binary') reading.lost(`the format ${format} of ${name}`, [...path, 'format']);
  return found;
}

const WIDTHS: Readonly<Record<string, readonly [number, number] | undefined>> = {
  i8: [-(2 ** 7), 2 ** 7 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
};

function numberKeywords(reading: DocumentReader, name: string, options: DocumentMap, path: Path): JsonObject {
  const multiple = reading.number(options.multipleOf, [...path, 'multipleOf']);
  if (multiple !== undefined && !(multiple > 0))
    reading.wrong(`multipleOf of ${name} is not above 0`, [...path, 'multipleOf']);
  const found: Record<string, Json> = {
    ...numberBounds(reading, options, path),
    ...(multiple !== undefined && multiple > 0 ? { multipleOf: multiple } : {}),
  };
  const format = reading.text(options.format, [...path, 'format']);
  if (format === undefined || /^(i64|i128|f32|f64)$/.test(format)) return found;
  const width = /^u(64|128)$/.test(format) ? ([0, undefined] as const) : ownMember(WIDTHS, format);
  if (width === undefined) {
    reading.lost(`the format ${format} of ${name}`, [...path, 'format']);
    return found;
  }
  const [least, most] = width;
  found.minimum = Math.max(least, typeof found.minimum === 'number' ? found.minimum : least);
  if (most !== undefined)
    found.maximum = Math.min(most, typeof found.maximum === 'number' ? found.maximum : most);
  return found;
}

function timeKeywords(
  reading: DocumentReader,
  name: string,
  { type, options, at, version }: Context,
): Keywords {
  const format = reading.text(options.format, [...at, 'format']);
  const zone = options.timezone === true ? 'required' : options.timezone === false ? 'none' : 'optional';
  if (options.defaultTimezone !== undefined)
    reading.lost(`defaultTimezone of ${name}`, [...at, 'defaultTimezone']);
  // Until 3.1 instants were dates, too.
  const old = type === 'date' && /^v3\.0\b/.test(version);
  let form = type === 'time' ? ISO_TIME : old ? INSTANT : type === 'date' ? DAY : instantPattern(zone);
  let order: BoundOrder = type === 'time' ? 'none' : form === DAY ? 'characters' : 'instants';
  if (format !== undefined) {
    const pattern = javaTime(format);
    if (pattern === undefined) {
      reading.lost(`the format ${format} of ${name} has letters that are not known here`, [...at, 'format']);
    } else {
      form = format === 'yyyy-MM-dd' || format === 'YYYY-MM-DD' ? DAY : pattern;
      order = boundOrderOf(format);
    }
  }
  const day: Keywords = form === DAY ? { format: 'date' } : {};
  const limits = boundsOf(options);
  const range = limits.length === 0 ? undefined : timeBounds(form, order, limits);
  if (limits.length > 0 && range === undefined) {
    reading.lost(
      `the bounds of ${name}: they are compared if they have the form of the values, whose fields come from the year on`,
      at,
    );
  }
  if (range === undefined) return form === DAY ? day : { pattern: form };
  return { ...day, ...range };
}

function arrayKeywords(
  reading: DocumentReader,
  name: string,
  map: DocumentMap,
  { options, at, path, version }: Context,
): JsonObject {
  const unique = reading.flag(options.uniqueItems, [...at, 'uniqueItems']);
  const items = isMap(map.items) ? nested(reading, `${name}[]`, map.items, [...path, 'items'], version) : {};
  return {
    ...counts(reading, options, ['minItems', 'maxItems'], at),
    ...(unique === true ? { uniqueItems: true } : {}),
    ...(Object.keys(items).length > 0 ? { items } : {}),
  };
}

/** An embedding of 3.2: so many numbers. */
function vectorKeywords(reading: DocumentReader, name: string, { options, at }: Context): JsonObject {
  const count = reading.count(options.dimensions, [...at, 'dimensions']);
  if (count === undefined) reading.wrong(`the vector ${name} does not say its dimensions`, at);
  if (options.normalized === true) reading.lost(`normalized of ${name}`, [...at, 'normalized']);
  const element = String(options.elementType ?? 'float32');
  return {
    ...(element === 'binary' ? {} : { items: { type: element.includes('int') ? 'integer' : 'number' } }),
    ...(count === undefined ? {} : { minItems: count, maxItems: count }),
  };
}

function mapKeywords(
  reading: DocumentReader,
  name: string,
  map: DocumentMap,
  { path, version }: Context,
): JsonObject {
  const { key, value } = reading.map(map.map, [...path, 'map']);
  if (!isMap(key) || !isMap(value)) {
    reading.wrong(`the map ${name} does not say its key and its value`, [...path, 'map']);
    return {};
  }
  const inner = nested(reading, `${name}.value`, value, [...path, 'map', 'value'], version);
  const { type, ...keys } = nested(reading, `${name}.key`, key, [...path, 'map', 'key'], version);
  const texts = type === undefined || [type].flat().includes('string');
  if (!texts) reading.lost(`the keys of ${name}, which are texts in a file`, [...path, 'map', 'key']);
  return {
    ...(Object.keys(inner).length > 0 ? { additionalProperties: inner } : {}),
    ...(texts && Object.keys(keys).length > 0 ? { propertyNames: keys } : {}),
  };
}

function objectKeywords(
  reading: DocumentReader,
  name: string,
  map: DocumentMap,
  { options, at, path, version }: Context,
): JsonObject {
  const properties: Record<string, Json> = {};
  const required = new Set(reading.texts(options.required, [...at, 'required']));
  reading.list(map.properties, [...path, 'properties']).forEach((entry, index) => {
    const here = [...path, 'properties', String(index)];
    const inner = reading.map(entry, here);
    const own = reading.text(inner.physicalName ?? inner.name, here);
    if (own === undefined) reading.wrong('a property has no name', here);
    else {
      properties[own] = nested(reading, `${name}.${own}`, inner, here, version);
      if (inner.required === true) required.add(own);
    }
  });
  return {
    ...counts(reading, options, ['minProperties', 'maxProperties'], at),
    ...(required.size > 0 ? { required: [...required] } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  };
}

/** The schema of a value inside a column; its rules of the table have no place there. */
function nested(
  reading: DocumentReader,
  name: string,
  map: DocumentMap,
  path: Path,
  version: string,
): JsonObject {
  const { kinds, keywords } = logicalType(reading, name, map, path, version);
  for (const key of ['unique', 'primaryKey', 'quality', 'relationships']) {
    const value = map[key];
    if (value === true || (Array.isArray(value) && value.length > 0))
      reading.lost(`${key} of ${name}, inside a column`, path);
  }
  const types = map.required === true ? kinds : [...kinds, 'null'];
  const values =
    Array.isArray(keywords.enum) && map.required !== true
      ? { enum: [...(keywords.enum as Json[]), null] }
      : {};
  return {
    ...(kinds.length === 0 ? {} : { type: types.length === 1 ? (types[0] as string) : [...types] }),
    ...keywords,
    ...values,
  };
}

/** `enum` of 3.2: a list of values with their descriptions. */
function withEnum(
  reading: DocumentReader,
  name: string,
  map: DocumentMap,
  path: Path,
  type: TypedProperty,
): TypedProperty {
  if (map.enum === undefined || map.enum === null) return type;
  const values = reading.list(map.enum, [...path, 'enum']).map((one) => (isMap(one) ? one.value : one));
  if (values.length === 0 || values.some((value) => value === undefined || typeof value === 'object')) {
    reading.wrong(`enum of ${name} is not a list of values`, [...path, 'enum']);
    return type;
  }
  return { ...type, keywords: { ...type.keywords, enum: [...new Set(values)] as Json } };
}
