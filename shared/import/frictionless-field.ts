import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';
import { timeRange } from './bounds.ts';
import type { Builder } from './builder.ts';
import type { DocumentReader, Path } from './document.ts';
import { type FieldType, fieldType, TYPES } from './frictionless-types.ts';
import { bounded, literal, portable } from './regex.ts';
import { ISO_DATE } from './times.ts';

const CONSTRAINTS = [
  'required',
  'unique',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'jsonSchema',
  'pattern',
  'enum',
];

export interface FieldContext {
  /** Texts that are null, of the whole table. */
  readonly missing: readonly string[];
  readonly inKey: boolean;
}

/** A field with its name, its missing values and its constraints. */
export function carryField(builder: Builder, field: DocumentMap, path: Path, context: FieldContext): void {
  const { reading } = builder;
  const name = String(field.name);
  const column = builder.column(name);
  for (const key of ['title', 'description'] as const) {
    if (typeof field[key] === 'string') column.annotate(key, field[key]);
  }
  if (field.example !== undefined && field.example !== null)
    column.annotate('examples', [field.example as Json]);
  if (field.type !== undefined && !TYPES.some((type) => type === field.type)) {
    reading.wrong(
      `the type ${JSON.stringify(field.type)} of ${name} is not known`,
      [...path, 'type'],
      `use one of: ${TYPES.join(', ')}`,
    );
    return;
  }
  const type = fieldType(reading, field, path);
  const at = [...path, 'constraints'];
  const constraints = reading.map(field.constraints, at);
  reading.others(constraints, CONSTRAINTS, at, 'Table Schema');
  const missing =
    field.missingValues === undefined
      ? context.missing
      : missingValuesOf(reading, field.missingValues, [...path, 'missingValues']);
  const required = context.inKey || reading.flag(constraints.required, [...at, 'required']) === true;
  const keywords = conjunction([type.keywords, ...constraintKeywords(reading, field, type, constraints, at)]);
  // NaN and the infinities lie inside no bounds but their own.
  const low = ['minimum', 'exclusiveMinimum'].some((key) => key in keywords);
  const high = ['maximum', 'exclusiveMaximum'].some((key) => key in keywords);
  const texts = (type.texts ?? []).filter((text) => {
    if (field.type !== 'number') return true;
    if ('enum' in keywords) return false;
    return text.startsWith('-') ? !low : text.startsWith('[nN]') ? !low && !high : !high;
  });
  const tokens = missing.filter((text) => text !== '');
  // If the empty text is one of them, they are nulls: in a contract, too, the empty field always is one.
  const nulls =
    missing.includes('') && tokens.length > 0 ? { 'x-ml-loop': { 'missing-values': tokens } } : {};
  column.raw({ ...withMissing({ ...type, texts }, keywords, missing, required), ...nulls }, !required);
  if (reading.flag(constraints.unique, [...at, 'unique']) === true) builder.unique([name], {});
  if (tokens.length > 0 && !missing.includes('') && constraints.unique === true) {
    const what = `${name}: ${tokens.join(', ')} are not nulls in its uniqueness`;
    reading.lost(what, [...path, 'missingValues'], 'leave missing cells empty');
  }
}

/** The texts of `missingValues`, also if each has a label. */
export function missingValuesOf(reading: DocumentReader, value: unknown, path: Path): readonly string[] {
  return reading.list(value, path).flatMap((entry, index) => {
    const text = isMap(entry) ? entry.value : entry;
    if (typeof text === 'string') return [text];
    if (typeof text === 'number') return [String(text)];
    return (
      reading.wrong('a missing value is neither a text nor has one as value', [...path, String(index)]) ?? []
    );
  });
}

/** All constraints of the field, each as keywords. */
function constraintKeywords(
  reading: DocumentReader,
  field: DocumentMap,
  type: FieldType,
  constraints: DocumentMap,
  path: Path,
): JsonObject[] {
  const found: JsonObject[] = [];
  const { pattern, jsonSchema, enum: values } = constraints;
  found.push(...lengths(reading, field, type, constraints, path));
  for (const key of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const) {
    if (constraints[key] !== undefined && constraints[key] !== null)
      found.push(...bound(reading, { field, type, key }, constraints[key], [...path, key]));
  }
  if (pattern !== undefined && pattern !== null) {
    const at = [...path, 'pattern'];
    const text = reading.text(pattern, at);
    // A pattern of XML Schema is one of the whole text.
    const own = text === undefined ? undefined : portable(text, 'xsd');
    if (field.type !== 'string')
      reading.lost(`pattern of ${String(field.name)}: only strings have patterns`, at);
    else if (own === undefined) reading.lost(`the pattern of ${String(field.name)} cannot be read here`, at);
    else found.push({ pattern: `^(?:${own})$` });
  }
  if (jsonSchema !== undefined && jsonSchema !== null)
    found.push(...ownSchema(reading, field, jsonSchema, path));
  const categories = field.categories;
  if (values !== undefined && values !== null)
    found.push(...set(reading, field, type, values, [...path, 'enum']));
  if (categories !== undefined && categories !== null) {
    const at = [...path.slice(0, -1), 'categories'];
    const list = reading.list(categories, at).map((one) => (isMap(one) ? one.value : one));
    found.push(...set(reading, field, type, list, at));
  }
  return found;
}

function lengths(
  reading: DocumentReader,
  field: DocumentMap,
  type: FieldType,
  constraints: DocumentMap,
  path: Path,
): JsonObject[] {
  const suffix = { string: 'Length', array: 'Items', object: 'Properties' }[String(field.type)];
  return (['minLength', 'maxLength'] as const).flatMap((key): JsonObject[] => {
    const count = reading.count(constraints[key], [...path, key]);
    if (count === undefined) return [];
    if (suffix !== undefined) return [{ [`${key.slice(0, 3)}${suffix}`]: count }];
    const fix = 'strings, arrays and objects have lengths';
    reading.lost(
      `${key} of ${String(field.name)}, of type ${type.kinds.length === 0 ? 'any' : String(field.type)}`,
      [...path, key],
      fix,
    );
    return [];
  });
}

type Bound = 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum';

function bound(
  reading: DocumentReader,
  { field, type, key }: { readonly field: DocumentMap; readonly type: FieldType; readonly key: Bound },
  value: unknown,
  at: Path,
): JsonObject[] {
  if (type.order === 'number') {
    const limit = reading.number(value, at);
    return limit === undefined ? [] : [{ [key]: limit }];
  }
  if (type.order === 'instant') {
    const strict = key.startsWith('exclusive');
    const range = timeRange(
      key.toLowerCase().endsWith('minimum')
        ? { min: value, strictMin: strict }
        : { max: value, strictMax: strict },
    );
    if (range === undefined) {
      reading.wrong(`${key} of ${String(field.name)} is not a valid datetime`, at);
      return [];
    }
    const { min, max } = range;
    return [
      {
        format: 'iso-date-time',
        ...(max === undefined ? { formatMinimum: min } : { formatMaximum: max }),
      } as JsonObject,
    ];
  }
  const form = { date: ISO_DATE, yearmonth: /^\d{4}-\d{2}$/, time: /^\d{2}:\d{2}:\d{2}$/ }[
    String(field.type)
  ];
  if (type.order === 'text' && form !== undefined) {
    if (typeof value !== 'string' || !form.test(value)) {
      reading.wrong(`${key} of ${String(field.name)} is not a valid ${String(field.type)}`, at);
      return [];
    }
    const side = key.toLowerCase().endsWith('minimum') ? 'min' : 'max';
    return [{ pattern: bounded(value, side, key.startsWith('exclusive')) }];
  }
  const reason = type.kinds[0] === 'string' && field.type !== 'string' ? 'as it is written here' : '';
  reading.lost(
    `${key} of ${String(field.name)}: its type ${String(field.type ?? 'any')} has no order ${reason}`.trim(),
    at,
  );
  return [];
}

function set(
  reading: DocumentReader,
  field: DocumentMap,
  type: FieldType,
  values: unknown,
  path: Path,
): JsonObject[] {
  const list = reading.list(values, path);
  if (list.length === 0) {
    reading.wrong(`the set of ${String(field.name)} is empty`, path);
    return [];
  }
  if (field.type === 'boolean' && type.kinds[0] === 'string') {
    reading.lost(`the set of ${String(field.name)}: its texts for true and false are others`, path);
    return [];
  }
  const numeric = type.order === 'number';
  if (type.kinds[0] === 'string' && ['number', 'integer'].includes(String(field.type))) {
    reading.lost(`the set of ${String(field.name)}: its numbers are written in several ways`, path);
    return [];
  }
  const cast = (value: unknown, index: number): Json[] => {
    if (numeric) return [reading.number(value, [...path, String(index)]) ?? []].flat();
    if (field.type === 'boolean' && typeof value === 'string' && /^(true|false)$/i.test(value)) {
      return [value.toLowerCase() === 'true'];
    }
    if (type.kinds[0] === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
      return [String(value)];
    return [value as Json];
  };
  const found = list.flatMap(cast);
  // The texts that are not read as booleans are values of the set by what they stand for.
  const stands = (truth: boolean, texts: unknown, usual: string): Json[] =>
    field.type === 'boolean' && found.includes(truth)
      ? Array.isArray(texts)
        ? (texts as Json[])
        : [usual]
      : [];
  const spelled = [...stands(true, field.trueValues, '1'), ...stands(false, field.falseValues, '0')];
  return [{ enum: [...new Set([...found, ...spelled])] }];
}

/** The field's own JSON Schema, where it stands by itself. */
function ownSchema(reading: DocumentReader, field: DocumentMap, schema: unknown, path: Path): JsonObject[] {
  const at = [...path, 'jsonSchema'];
  if (!isMap(schema)) {
    reading.wrong(`jsonSchema of ${String(field.name)} is not a map`, at);
    return [];
  }
  const { $schema, $id: _, ...rest } = schema;
  const foreign = typeof $schema === 'string' && !/(2020-12|2019-09|draft-0[67])/.test($schema);
  if (foreign || JSON.stringify(rest).includes('"$ref"')) {
    const fix = 'write a schema of draft-07 or 2020-12 without references';
    reading.lost(`jsonSchema of ${String(field.name)} refers to definitions or is of another draft`, at, fix);
    return [];
  }
  return [{ allOf: [rest as JsonObject] }];
}

/** Schemas that all hold, as one: a keyword that is there twice goes into `allOf`. */
function conjunction(schemas: readonly JsonObject[]): JsonObject {
  const all: Record<string, Json> = {};
  const further: Json[] = [];
  for (const schema of schemas) {
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === 'allOf' && Array.isArray(value)) further.push(...(value as Json[]));
      else if (!(keyword in all)) all[keyword] = value;
      else if (keyword === 'minimum') all.minimum = Math.max(Number(all.minimum), Number(value));
      else if (keyword === 'maximum') all.maximum = Math.min(Number(all.maximum), Number(value));
      else further.push({ [keyword]: value });
    }
  }
  return further.length === 0 ? all : { ...all, allOf: further };
}

/** The values of the type, and the texts that stand for null if null is allowed. An empty cell is read as null. */
function withMissing(
  type: FieldType,
  keywords: JsonObject,
  missing: readonly string[],
  required: boolean,
): JsonObject {
  const tokens = missing.filter((text) => text !== '');
  const empty = missing.includes('');
  const { kinds, texts = [] } = type;
  const isText = kinds.length === 1 && kinds[0] === 'string';
  // If the empty text is not a missing value, an empty cell is the empty text.
  const nullable = empty ? !required : kinds.length === 0 || (isText && acceptsEmpty(keywords));
  const types = [...kinds, ...(texts.length > 0 ? ['string'] : []), ...(nullable ? ['null'] : [])];
  const named = kinds.length === 0 && !nullable ? ['string', 'number', 'boolean', 'object', 'array'] : types;
  const alternatives = texts.length === 0 ? {} : { pattern: `^(?:${texts.join('|')})$` };
  const values = Array.isArray(keywords.enum) && nullable ? { enum: [...keywords.enum, null] } : {};
  const core: JsonObject = {
    ...(kinds.length === 0 && nullable ? {} : { type: named.length === 1 ? (named[0] as string) : named }),
    ...keywords,
    ...values,
    ...alternatives,
  };
  if (tokens.length === 0) return core;
  const numbers = tokens.filter((text) => text.trim() !== '' && Number.isFinite(Number(text))).map(Number);
  const all: Json[] = [
    ...tokens,
    ...new Set(kinds.some((kind) => kind === 'number' || kind === 'integer') ? numbers : []),
  ];
  if (required) {
    const excluded = isText || kinds.length === 0 || all.length > tokens.length;
    return excluded ? { ...core, not: { enum: all } } : core;
  }
  if (kinds.length === 0) return core;
  if (
    isText ||
    all.length > tokens.length ||
    'enum' in core ||
    kinds.includes('object') ||
    kinds.includes('array')
  ) {
    return { anyOf: [{ enum: all }, core] };
  }
  const pattern = `^(?:${[...texts, ...tokens.map(literal)].join('|')})$`;
  return { ...core, type: [...new Set([...kinds, 'string', ...(nullable ? ['null'] : [])])], pattern };
}

function acceptsEmpty(keywords: JsonObject): boolean {
  if (typeof keywords.minLength === 'number' && keywords.minLength > 0) return false;
  if (typeof keywords.pattern === 'string' && !new RegExp(keywords.pattern, 'u').test('')) return false;
  if (Array.isArray(keywords.enum) && !keywords.enum.includes('')) return false;
  return keywords.format === undefined;
}
