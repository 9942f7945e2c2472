import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import type { CellKind, Keywords } from './column.ts';
import type { DocumentReader, Path } from './document.ts';
import { literal } from './regex.ts';
import { DATETIME, DURATION, PLAIN_TIME, strptime, TIME, YEARMONTH } from './times.ts';

/** What the values of a field are, without its constraints. */
export interface FieldType {
  readonly kinds: readonly CellKind[];
  readonly keywords: Keywords;
  /** Patterns of texts that are values beside those of `kinds`, such as `NaN`. */
  readonly texts?: readonly string[];
  /** How bounds are carried: as numbers, as the order of texts of one form, as instants, or not. */
  readonly order?: 'number' | 'text' | 'instant';
}

const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
const STRINGS: Readonly<Record<string, Keywords>> = {
  default: {},
  email: { format: 'email' },
  uri: { format: 'uri' },
  uuid: { format: 'uuid' },
  binary: { pattern: BASE64 },
};
const DEGREES = {
  lon: '[+-]?(?:180(?:\\.0*)?|(?:1[0-7]\\d|0?\\d{1,2})(?:\\.\\d*)?)',
  lat: '[+-]?(?:90(?:\\.0*)?|[0-8]?\\d(?:\\.\\d*)?)',
};
const LON = { type: 'number', minimum: -180, maximum: 180 };
const LAT = { type: 'number', minimum: -90, maximum: 90 };
const GEOJSON = [
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
  'Feature',
  'FeatureCollection',
];

export const TYPES = [
  'string',
  'number',
  'integer',
  'boolean',
  'object',
  'array',
  'list',
  'datetime',
  'date',
  'time',
  'year',
  'yearmonth',
  'duration',
  'geopoint',
  'geojson',
  'any',
] as const;

/** The values that a field's `type` and `format` allow. */
export function fieldType(reading: DocumentReader, field: DocumentMap, path: Path): FieldType {
  const format = (reading.text(field.format, [...path, 'format']) ?? 'default').replace(/^fmt:/, '');
  const noFormat = (type: FieldType): FieldType => {
    if (format !== 'default') reading.lost(`the format ${JSON.stringify(format)}`, [...path, 'format']);
    return type;
  };
  switch (field.type ?? 'any') {
    case 'string': {
      const keywords = Object.hasOwn(STRINGS, format) ? STRINGS[format] : undefined;
      return keywords === undefined
        ? noFormat({ kinds: ['string'], keywords: {} })
        : { kinds: ['string'], keywords };
    }
    case 'number':
    case 'integer':
      return noFormat(numberType(reading, field, path));
    case 'boolean':
      return noFormat(booleanType(reading, field, path));
    case 'object':
    case 'array':
      return noFormat({ kinds: [field.type as CellKind], keywords: {} });
    case 'list':
      return noFormat(listType(reading, field, path));
    case 'date':
    case 'time':
    case 'datetime':
      return timeType(reading, field, format, path);
    case 'year':
      return noFormat({ kinds: ['integer'], keywords: { minimum: 1000, maximum: 9999 }, order: 'number' });
    case 'yearmonth':
      return noFormat({ kinds: ['string'], keywords: { pattern: YEARMONTH }, order: 'text' });
    case 'duration':
      return noFormat({ kinds: ['string'], keywords: { pattern: DURATION } });
    case 'geopoint':
      return geopoint(reading, format, path);
    case 'geojson':
      reading.lost(`${String(field.name)}: the coordinates and members of geojson, beside its type`, path);
      return {
        kinds: ['object'],
        keywords: {
          required: ['type'],
          properties: { type: { enum: format === 'topojson' ? ['Topology'] : GEOJSON } },
        },
      };
    default:
      return { kinds: [], keywords: {} };
  }
}

/** Texts of numbers, by the characters that they are written with. */
function numberPattern(field: DocumentMap, whole: boolean): string {
  const point = literal(typeof field.decimalChar === 'string' ? field.decimalChar : '.');
  const group = typeof field.groupChar === 'string' ? literal(field.groupChar) : '';
  const digits = group === '' ? '\\d+' : `\\d(?:(?:${group})?\\d)*`;
  const number = whole
    ? `[+-]?${digits}`
    : `[+-]?(?:${digits}(?:${point}\\d*)?|${point}\\d+)(?:[eE][+-]?\\d+)?`;
  if (field.bareNumber === false) return `^[^\\d+-]*${number}\\D*$`;
  return whole ? `^\\s*${number}\\s*$` : `^\\s*(?:${number}|[nN][aA][nN]|-?[iI][nN][fF])\\s*$`;
}

function numberType(reading: DocumentReader, field: DocumentMap, path: Path): FieldType {
  const whole = field.type === 'integer';
  for (const key of ['decimalChar', 'groupChar']) {
    if (field[key] !== undefined && field[key] !== null && field[key] !== '')
      reading.text(field[key], [...path, key]);
  }
  const grouped = typeof field.groupChar === 'string' && field.groupChar !== '';
  const pointed = !whole && typeof field.decimalChar === 'string' && field.decimalChar !== '.';
  const bare = reading.flag(field.bareNumber, [...path, 'bareNumber']) ?? true;
  if (grouped || pointed || !bare) {
    const own = { ...field, ...(grouped ? {} : { groupChar: undefined }) };
    return { kinds: ['string'], keywords: { pattern: numberPattern(own, whole) } };
  }
  if (whole) return { kinds: ['integer'], keywords: {}, order: 'number' };
  return {
    kinds: ['number'],
    keywords: {},
    order: 'number',
    texts: ['[nN][aA][nN]', '[iI][nN][fF]', '-[iI][nN][fF]'],
  };
}

function booleanType(reading: DocumentReader, field: DocumentMap, path: Path): FieldType {
  const yes =
    field.trueValues === undefined ? undefined : reading.texts(field.trueValues, [...path, 'trueValues']);
  const no =
    field.falseValues === undefined ? undefined : reading.texts(field.falseValues, [...path, 'falseValues']);
  const all = [...(yes ?? ['true', 'True', 'TRUE', '1']), ...(no ?? ['false', 'False', 'FALSE', '0'])];
  const plain = ['true', 'True', 'TRUE', 'false', 'False', 'FALSE'];
  // If all spellings of true and false are values, cells may be read as booleans, and as texts else.
  if (plain.every((text) => all.includes(text))) {
    return {
      kinds: ['boolean'],
      keywords: {},
      texts: all.filter((text) => !plain.includes(text)).map(literal),
    };
  }
  return { kinds: ['string'], keywords: { enum: [...new Set(all)] } };
}

function listType(reading: DocumentReader, field: DocumentMap, path: Path): FieldType {
  const delimiter = literal(typeof field.delimiter === 'string' ? field.delimiter : ',');
  const inner = (pattern: string): string => pattern.replace(/^\^/, '').replace(/\$$/, '');
  const items: Readonly<Record<string, string>> = {
    string: `(?:(?!${delimiter})[\\s\\S])*`,
    integer: '[+-]?\\d+',
    number: inner(numberPattern({}, false)),
    boolean: '(?:true|True|TRUE|1|false|False|FALSE|0)',
    date: inner(strptime('%Y-%m-%d') ?? ''),
    time: inner(TIME),
    datetime: inner(DATETIME),
  };
  const type = typeof field.itemType === 'string' ? field.itemType : 'string';
  const item = Object.hasOwn(items, type) ? items[type] : undefined;
  if (item === undefined)
    reading.wrong(`itemType ${JSON.stringify(type)} is not known`, [...path, 'itemType']);
  if (type === 'string') return { kinds: ['string'], keywords: {} };
  const one =
    type === 'date'
      ? '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])'
      : type === 'datetime'
        ? inner(DATETIME)
        : item;
  return { kinds: ['string'], keywords: { pattern: `^(?:${one ?? ''})(?:${delimiter}(?:${one ?? ''}))*$` } };
}

/** Times with a zone or a fraction have no order as texts: if there are limits, they are plain. */
const LIMITS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];

function timeType(reading: DocumentReader, field: DocumentMap, format: string, path: Path): FieldType {
  const type = String(field.type);
  if (format === 'default') {
    if (type === 'date') return { kinds: ['string'], keywords: { format: 'date' }, order: 'text' };
    if (type === 'time') {
      const limited =
        isMap(field.constraints) &&
        LIMITS.some((limit) => isMap(field.constraints) && limit in field.constraints);
      return { kinds: ['string'], keywords: { pattern: limited ? PLAIN_TIME : TIME }, order: 'text' };
    }
    return { kinds: ['string'], keywords: { pattern: DATETIME }, order: 'instant' };
  }
  const pattern = format === 'any' ? undefined : strptime(format);
  if (pattern === undefined || !format.includes('%')) {
    const fix = 'write a format of strptime, such as %d/%m/%Y';
    reading.lost(`the ${type} format ${JSON.stringify(format)}: any text is taken`, [...path, 'format'], fix);
    return { kinds: ['string'], keywords: {} };
  }
  return { kinds: ['string'], keywords: { pattern } };
}

function geopoint(reading: DocumentReader, format: string, path: Path): FieldType {
  if (format === 'array') {
    const pair: Json = [LON, LAT];
    return { kinds: ['array'], keywords: { prefixItems: pair, items: false, minItems: 2 } };
  }
  if (format === 'object') {
    const keywords = {
      properties: { lon: LON, lat: LAT },
      required: ['lon', 'lat'],
      additionalProperties: false,
    };
    return { kinds: ['object'], keywords };
  }
  if (format !== 'default') reading.wrong(`the geopoint format ${JSON.stringify(format)} is not known`, path);
  return { kinds: ['string'], keywords: { pattern: `^${DEGREES.lon},\\s?${DEGREES.lat}$` } };
}
