import { Document, isCollection, isMap } from 'yaml';
import { grouped } from '../problem/numbers.ts';
import type { MissingTexts } from '../profile/describe.ts';
import { COMMON_COUNT, type ColumnProfile, type Profile } from '../profile/profile.ts';
import { isInfinite } from '../read/missing-text.ts';

export interface InferOptions {
  /** By column, the JSON types of its values and `absent`, if the data are JSON Lines. */
  readonly jsonTypes?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Are numbers among texts numbers, as in Parquet (NaN and integers beyond 2^53 are texts there), or spelled so? */
  readonly typed?: boolean;
  /** By column of numbers or times, the texts that were read as missing values. */
  readonly missing?: MissingTexts;
  /** The columns of JSON Lines with a number that no double holds, such as 1e999. */
  readonly infinite?: ReadonlySet<string>;
  /** By column of times, how these are written (`time-kind.ts`). */
  readonly timeKinds?: ReadonlyMap<string, number>;
}

/** How much wider than the data a range is, in times their own width. */
const GENEROUS = 9;
/** Bits of `timeKinds`, see `time-kind.ts`. */
const RFC_3339 = 1;
const SHORT = 4;
const FEW_ROWS = 100;
const MAX_ENUM = 20;
/** Dates and times in one column, or times without seconds: no format says so. */
const INSTANT =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?)?$';
const KEY_NAME = /^(id|key|uuid|guid)$|[_-](id|uuid)$/i;

/**
 * A contract that the profiled data keep, as YAML for a person to read and correct: types, nulls, generous ranges
 * (wider than the data by `GENEROUS` times their width, never below 0 if the data are not), sets of few common texts.
 * No value that fewer than 20 rows have appears in it.
 */
export function inferContract(profile: Profile, options: InferOptions = {}): string {
  const { jsonTypes } = options;
  const required = profile.columns.filter(({ name }) => jsonTypes?.get(name)?.has('absent') !== true);
  const key = profile.columns.filter((column) => isKey(column, profile.rows)).slice(0, 1);
  const document = new Document(
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: Object.fromEntries(
        profile.columns.map((column) => [
          column.name,
          withInfinite(columnSchema(column, options), column.name, options),
        ]),
      ),
      required: required.map(({ name }) => name),
      additionalProperties: false,
      'x-ml-loop': { ...(key.length > 0 ? { key: key.map(({ name }) => name) } : {}), rows: { min: 1 } },
    },
    // What YAML 1.1 reads as something else (NO, on, 1_000, 12:30:00) is quoted.
    { compat: 'yaml-1.1' },
  );
  document.commentBefore = [
    ` Proposed by validate-data from ${grouped(profile.rows)} rows: read it, correct it, and give it as \`contract\`.`,
    ' The ranges are wider than the data; say what you know to be true.',
  ].join('\n');
  for (const name of ['properties', 'x-ml-loop']) {
    const map = document.get(name);
    for (const { value } of isMap(map) ? map.items : []) if (isCollection(value)) value.flow = true;
  }
  const names = document.get('required');
  if (isCollection(names)) names.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function isKey({ name, type, distinct, distinctExact, nulls }: ColumnProfile, rows: number): boolean {
  const single = type === 'integer' || type === 'string';
  return KEY_NAME.test(name) && single && nulls === 0 && distinctExact && distinct === rows && rows > 1;
}

type Schema = Readonly<Record<string, unknown>>;

function columnSchema(column: ColumnProfile, options: InferOptions): Schema {
  if (column.type === 'empty') return {};
  const jsonTypes = options.jsonTypes?.get(column.name);
  const own = ownSchema(column, options.timeKinds?.get(column.name) ?? 0);
  if (options.typed === true && jsonTypes === undefined && column.type === 'string')
    return typedSchema(column, own);
  const schema = jsonTypes === undefined ? own : jsonSchema(own, jsonTypes);
  const nullable = jsonTypes === undefined ? mayBeNull(column) : jsonTypes.has('null');
  if (!nullable) return schema;
  const listed = Array.isArray(schema.enum) ? { enum: [...new Set([...schema.enum, null])] } : {};
  return { ...schema, ...listed, type: [schema.type, 'null'].flat() };
}

/**
 * A contract takes what is infinite for a fault, unless it is a text that is named as missing. In Parquet no text stands
 * for a missing value, so it is one beside the numbers; a number of JSON, such as 1e999, is of no type.
 */
function withInfinite(schema: Schema, name: string, options: InferOptions): Schema {
  if (options.infinite?.has(name) === true) return {};
  const infinite = [...(options.missing?.get(name)?.keys() ?? [])].filter(isInfinite).sort();
  if (infinite.length === 0) return schema;
  const isText = options.typed === true && options.jsonTypes?.has(name) !== true;
  const type = [...new Set([schema.type, isText ? 'string' : 'null'].flat())];
  return { ...schema, type, ...(isText ? {} : { 'x-ml-loop': { 'missing-values': infinite } }) };
}

/** So few rows show little of nulls: with none among 100, one row of 33 may still be null (the rule of three). */
function mayBeNull({ name, count, nulls }: ColumnProfile): boolean {
  return nulls > 0 || (count >= COMMON_COUNT && count < FEW_ROWS && !KEY_NAME.test(name));
}

/** Of a column that has texts: all types that it has. */
function typedSchema({ types, nulls }: ColumnProfile, own: Schema): Schema {
  const found = ['number', 'integer', 'boolean'].filter((type) => Object.hasOwn(types, type));
  const others = found.includes('number') ? found.filter((type) => type !== 'integer') : found;
  if (others.length === 0 && nulls === 0) return own;
  const listed = nulls > 0 && Array.isArray(own.enum) ? { enum: [...own.enum, null] } : {};
  return { ...own, ...listed, type: ['string', ...others, ...(nulls > 0 ? ['null'] : [])] };
}

function jsonSchema(own: Schema, jsonTypes: ReadonlySet<string>): Schema {
  const types = [...jsonTypes].filter((type) => type !== 'null' && type !== 'absent');
  const plain = types.includes('number') ? types.filter((type) => type !== 'integer') : types;
  const numeric = plain.every((type) => type === 'integer' || type === 'number');
  const [only] = plain;
  // Texts that look like numbers or booleans are texts in JSON.
  const same =
    plain.length === 1 && (only === 'string' ? own.type === 'string' : numeric || only === own.type);
  return same ? { ...own, type: only } : { type: plain.length === 1 ? only : plain };
}

function ownSchema(column: ColumnProfile, timeKinds: number): Schema {
  switch (column.type) {
    case 'integer':
    case 'number':
      return { type: column.type, ...rangeOf(column) };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'string', format: 'date', ...timeLimits(column) };
    case 'datetime':
      return { type: 'string', ...timesOf(column, timeKinds) };
    default:
      return { type: 'string', ...textLimits(column) };
  }
}

function textLimits(column: ColumnProfile): Schema {
  const set = setOf(column);
  return 'enum' in set ? set : lengthOf(column);
}

function setOf({ cells, types }: ColumnProfile): Schema {
  // Among texts, a profile tells what numbers and times are, and not how each is spelled: 5, 5.0 and 05.
  if (Object.keys(types).some((type) => type !== 'string')) return {};
  if (cells.kind !== 'categories' || !cells.complete || cells.categories.length > MAX_ENUM) return {};
  if (!cells.counts.every((count) => count >= COMMON_COUNT)) return {};
  return { enum: [...cells.categories] };
}

/** By how its times are written: in RFC 3339, in ISO 8601 with seconds, or otherwise. */
function timesOf(column: ColumnProfile, timeKinds: number): Schema {
  if ((column.types.date ?? 0) > 0 || timeKinds === 0 || (timeKinds & SHORT) !== 0)
    return { pattern: INSTANT, ...timeLimits(column) };
  return { format: timeKinds === RFC_3339 ? 'date-time' : 'iso-date-time', ...timeLimits(column) };
}

/** The decades around the times, and as many again as they span, 10 years at least. */
function timeLimits({ type, min, max }: ColumnProfile): Schema {
  const [first, last] = [min, max].map((text) => Number(String(text).slice(0, 4)));
  if (first === undefined || last === undefined || !Number.isInteger(first + last)) return {};
  const apart = Math.max(10, last - first);
  const from = Math.floor((first - apart) / 10) * 10;
  const to = Math.ceil((last + apart) / 10) * 10;
  const text = (year: number, day: string) =>
    `${String(year).padStart(4, '0')}-${day}${type === 'date' ? '' : 'T00:00:00Z'}`;
  return {
    ...(from >= 0 ? { formatMinimum: text(from, '01-01') } : {}),
    ...(to <= 9999 ? { formatMaximum: text(to, '12-31') } : {}),
  };
}

/** Codes: capitals, digits and marks, or hexadecimal digits. */
const CODE = /^(?:[\p{Lu}\d](?:[\p{Lu}\d._:/-]*)|[\da-f-]+)$/u;

/** The length of codes, if all have the same; those without letters or leading zeros are counted as numbers. */
function lengthOf({ cells, lengths, types, count }: ColumnProfile): Schema {
  const others = Object.keys(types).some((type) => type !== 'string' && type !== 'integer');
  if (others || count < COMMON_COUNT || cells.kind !== 'categories' || !cells.complete) return {};
  const size = lengths?.min;
  if (size === undefined || size < 2) return {};
  if (!cells.categories.every((text) => text.length === size && CODE.test(text))) return {};
  return { minLength: size, maxLength: size };
}

/** Seconds of the years 2000 to 2100, and finer units of time. */
const EPOCHS = [1, 1e3, 1e6, 1e9].map((unit) => [946_684_800 * unit, 4_102_444_800 * unit] as const);

/** Do later rows have larger values: is it an identifier, or a time counted from 1970? */
function isGrowing(
  { name, type, count, distinct, distinctExact, errors }: ColumnProfile,
  min: number,
  max: number,
) {
  if (type !== 'integer' && type !== 'number') return false;
  if (EPOCHS.some(([first, last]) => min >= first && max <= last)) return true;
  if (type !== 'integer') return false;
  const near = distinctExact ? count : count * (1 - 4 * (errors?.distinct ?? 0));
  return KEY_NAME.test(name) || (count >= COMMON_COUNT && distinct >= near);
}

function rangeOf(column: ColumnProfile): Schema {
  const [min, max] = [Number(column.min), Number(column.max)];
  if (!Number.isFinite(min) || !Number.isFinite(max)) return {};
  const span = max > min ? max - min : Math.max(1, Math.abs(max));
  const wide = GENEROUS * span;
  const step = 10 ** Math.floor(Math.log10(wide));
  const outward = (value: number, round: (value: number) => number) =>
    Number((round(value / step) * step).toPrecision(12));
  const growing = isGrowing(column, min, max);
  const minimum = min >= 0 ? 0 : outward(min - wide, Math.floor);
  // Shares stay shares, if some come near to 1.
  const maximum =
    column.type === 'number' && min >= 0 && max >= 0.9 && max <= 1 ? 1 : outward(max + wide, Math.ceil);
  return {
    ...(Number.isFinite(minimum) && !(growing && min < 0) ? { minimum } : {}),
    ...(Number.isFinite(maximum) && !growing ? { maximum } : {}),
  };
}
