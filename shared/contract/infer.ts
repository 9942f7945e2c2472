import { Document, isCollection, isMap } from 'yaml';
import { grouped } from '../problem/numbers.ts';
import { COMMON, type ColumnProfile, type Profile } from '../profile/profile.ts';

export interface InferOptions {
  /** By column, the JSON types of its values and `absent`, if the data are JSON Lines. */
  readonly jsonTypes?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Are numbers among texts numbers, as in Parquet (NaN and integers beyond 2^53 are texts there), or spelled so? */
  readonly typed?: boolean;
}

const MAX_ENUM = 20;
/** What is read as an instant, see `instantMs`. */
const INSTANT = '^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?)?$';
const KEY_NAME = /^(id|key|uuid|guid)$|[_-](id|uuid)$/i;

/**
 * A contract that the profiled data keep, as YAML for a person to read and correct: types, nulls, generous ranges
 * (wider than the data by their own width, never below 0 if the data are not), sets of few common texts.
 * No value that fewer than 20 rows have appears in it.
 */
export function inferContract(profile: Profile, { jsonTypes, typed = false }: InferOptions = {}): string {
  const required = profile.columns.filter(({ name }) => jsonTypes?.get(name)?.has('absent') !== true);
  const key = profile.columns.filter((column) => isKey(column, profile.rows)).slice(0, 1);
  const document = new Document({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(
      profile.columns.map((column) => [
        column.name,
        columnSchema(column, jsonTypes?.get(column.name), typed),
      ]),
    ),
    required: required.map(({ name }) => name),
    additionalProperties: false,
    'x-ml-loop': { ...(key.length > 0 ? { key: key.map(({ name }) => name) } : {}), rows: { min: 1 } },
  });
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

function columnSchema(
  column: ColumnProfile,
  jsonTypes: ReadonlySet<string> | undefined,
  typed: boolean,
): Schema {
  if (column.type === 'empty') return {};
  if (typed && jsonTypes === undefined && column.type === 'string') return typedSchema(column);
  const own = jsonTypes === undefined ? ownSchema(column) : jsonSchema(column, jsonTypes);
  const nullable = jsonTypes === undefined ? column.nulls > 0 : jsonTypes.has('null');
  return nullable ? { ...own, type: [own.type, 'null'].flat() } : own;
}

/** Of a column that has texts: all types that it has. */
function typedSchema(column: ColumnProfile): Schema {
  const { types, nulls } = column;
  const found = ['number', 'integer', 'boolean'].filter((type) => Object.hasOwn(types, type));
  const others = found.includes('number') ? found.filter((type) => type !== 'integer') : found;
  if (others.length === 0 && nulls === 0) return ownSchema(column);
  return { ...ownSchema(column), type: ['string', ...others, ...(nulls > 0 ? ['null'] : [])] };
}

function jsonSchema(column: ColumnProfile, jsonTypes: ReadonlySet<string>): Schema {
  const types = [...jsonTypes].filter((type) => type !== 'null' && type !== 'absent');
  const plain = types.includes('number') ? types.filter((type) => type !== 'integer') : types;
  const numeric = plain.every((type) => type === 'integer' || type === 'number');
  const own = ownSchema(column);
  const [only] = plain;
  // Texts that look like numbers or booleans are texts in JSON.
  const same =
    plain.length === 1 && (only === 'string' ? own.type === 'string' : numeric || only === own.type);
  return same ? { ...own, type: only } : { type: plain.length === 1 ? only : plain };
}

function ownSchema(column: ColumnProfile): Schema {
  switch (column.type) {
    case 'integer':
    case 'number':
      return { type: column.type, ...rangeOf(column) };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'string', format: 'date' };
    case 'datetime':
      return { type: 'string', pattern: INSTANT };
    default:
      return { type: 'string', ...setOf(column) };
  }
}

function setOf({ cells, nulls, types }: ColumnProfile): Schema {
  // Among texts, a profile tells what numbers and times are, and not how each is spelled: 5, 5.0 and 05.
  if (Object.keys(types).some((type) => type !== 'string')) return {};
  if (cells.kind !== 'categories' || !cells.complete || cells.categories.length > MAX_ENUM) return {};
  if (!cells.counts.every((count) => count >= COMMON)) return {};
  return { enum: nulls > 0 ? [...cells.categories, null] : [...cells.categories] };
}

function rangeOf({ type, min, max }: ColumnProfile): Schema {
  if (typeof min !== 'number' || typeof max !== 'number') return {};
  if (type === 'integer' && min >= 0 && max <= 1) return { minimum: 0, maximum: 1 };
  const span = max > min ? max - min : Math.max(1, Math.abs(max));
  const step = 10 ** Math.floor(Math.log10(span));
  const outward = (value: number, round: (value: number) => number) =>
    Number((round(value / step) * step).toPrecision(12));
  const minimum = min >= 0 ? 0 : outward(min - span, Math.floor);
  const maximum = type === 'number' && min >= 0 && max <= 1 ? 1 : outward(max + span, Math.ceil);
  return Number.isFinite(minimum) && Number.isFinite(maximum) ? { minimum, maximum } : {};
}
