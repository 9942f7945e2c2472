import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';
import { rangeKeywords } from './bounds.ts';
import type { Builder, ComparisonOperator } from './builder.ts';

/** One comparison of a column with a value, or with null. */
interface Comparand {
  readonly column: string;
  readonly operator: ComparisonOperator | 'in' | 'not in' | 'is null' | 'is not null';
  readonly values: readonly Json[];
}

interface Condition {
  readonly kind: 'allOf' | 'anyOf';
  readonly parts: readonly Comparand[];
}

const COLUMN = /^\s*(?:col\(\s*(?:"([^"]*)"|'([^']*)')\s*\)|`([^`]+)`|([A-Za-z_]\w*))\s*/;
const SCALAR = `"[^"]*"|'[^']*'|[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|True|False`;
const COMPARED = new RegExp(`^(==|!=|<=|>=|<|>)\\s*(${SCALAR})\\s*$`);
const LISTED = new RegExp(`^(not\\s+in|in|==|!=)\\s*[[(]((?:\\s*(?:${SCALAR})\\s*,?)+)[\\])]\\s*$`);
const ISIN = new RegExp(`^\\.isin\\(\\s*[[(]((?:\\s*(?:${SCALAR})\\s*,?)+)[\\])]\\s*\\)\\s*$`);
const NULLNESS = /^\.(notNull|notnull|notna|isNull|isnull|isna)\(\)\s*$/;

/**
 * The rows that a `row_condition` leaves, as a JSON Schema: comparisons of columns with constants, joined by `and` or
 * by `or`, in the notations of `col("x")`, of pandas and of the objects of version 1.
 *
 * @param parser the `condition_parser`; pandas keeps nulls for `!=` and `not in`, databases do not.
 * @returns undefined if the condition is anything else.
 */
export function rowsOfCondition(
  builder: Builder,
  condition: unknown,
  parser: unknown,
): JsonObject | undefined {
  const text = conditionText(condition);
  const found = text !== undefined ? parsed(text) : isMap(condition) ? ofObject(condition) : undefined;
  if (found === undefined) return undefined;
  // Objects name no parser; they mean what they mean over pandas, as the rest of a suite does.
  const keepsNulls = text === undefined || parser === 'pandas';
  const schemas = found.parts.map((part) => schemaOf(part, keepsNulls));
  if (schemas.includes(undefined)) return undefined;
  for (const { column, values } of found.parts) {
    builder.require(column);
    builder.column(column).hintFrom(values);
  }
  const [only] = schemas;
  return schemas.length === 1 && only !== undefined ? only : { [found.kind]: schemas as JsonObject[] };
}

/** A condition that is a text, alone or as the later versions 1 write it; undefined if it is an object of parts. */
export function conditionText(condition: unknown): string | undefined {
  const text =
    isMap(condition) && condition.type === 'pass_through' ? condition.pass_through_filter : condition;
  return typeof text === 'string' ? text : undefined;
}

function parsed(text: string): Condition | undefined {
  // Texts may hold anything, also what joins comparisons.
  const masked = text.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, (part) => '_'.repeat(part.length));
  const cuts = [...masked.matchAll(/\s+(?:and|or)\s+|\s*&\s*|\s*\|\s*/g)];
  const kinds = new Set(cuts.map(([token]) => (/or|\|/.test(token) ? 'anyOf' : 'allOf')));
  if (kinds.size > 1) return undefined;
  const starts = [0, ...cuts.map(({ index, 0: token }) => index + token.length)];
  const ends = [...cuts.map(({ index }) => index), text.length];
  const parts = starts.map((start, index) => comparandOf(text.slice(start, ends[index])));
  if (parts.includes(undefined)) return undefined;
  return { kind: kinds.has('anyOf') ? 'anyOf' : 'allOf', parts: parts as Comparand[] };
}

function comparandOf(text: string): Comparand | undefined {
  const inner = text.trim().replace(/^\((.*)\)$/s, '$1');
  const named = COLUMN.exec(inner);
  const column = named?.slice(1).find((name) => name !== undefined);
  if (named === null || column === undefined) return undefined;
  const rest = inner.slice(named[0].length);
  const nullness = NULLNESS.exec(rest)?.[1];
  if (nullness !== undefined)
    return { column, operator: nullness.startsWith('not') ? 'is not null' : 'is null', values: [] };
  const compared = COMPARED.exec(rest);
  if (compared !== null)
    return { column, operator: compared[1] as ComparisonOperator, values: [constantOf(compared[2] ?? '')] };
  const listed = LISTED.exec(rest);
  const list = listed?.[2] ?? ISIN.exec(rest)?.[1];
  if (list === undefined) return undefined;
  const negated = /^(not|!)/.test(listed?.[1] ?? '');
  const values = [...list.matchAll(new RegExp(SCALAR, 'g'))].map(([token]) => constantOf(token));
  return { column, operator: negated ? 'not in' : 'in', values };
}

function constantOf(token: string): Json {
  if (/^["']/.test(token)) return token.slice(1, -1);
  return token === 'True' ? true : token === 'False' ? false : Number(token);
}

/** A condition of version 1: `{type, column: {name}, operator, parameter}`, of nulls, or several of them. */
function ofObject(condition: DocumentMap): Condition | undefined {
  const { type, conditions } = condition;
  if (type !== 'and' && type !== 'or') {
    const one = comparandOfObject(condition);
    return one && { kind: 'allOf', parts: [one] };
  }
  const parts = Array.isArray(conditions)
    ? conditions.map((one) => (isMap(one) ? comparandOfObject(one) : undefined))
    : [];
  if (parts.length === 0 || parts.includes(undefined)) return undefined;
  return { kind: type === 'or' ? 'anyOf' : 'allOf', parts: parts as Comparand[] };
}

function comparandOfObject({
  type,
  column,
  operator,
  parameter,
  is_null: isNull,
}: DocumentMap): Comparand | undefined {
  const name = isMap(column) ? column.name : column;
  if (typeof name !== 'string') return undefined;
  if (type === 'nullity')
    return { column: name, operator: isNull === true ? 'is null' : 'is not null', values: [] };
  if (type !== 'comparison') return undefined;
  const words = String(operator).toLowerCase().replaceAll('_', ' ');
  const known = ['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'].find((one) => one === words);
  const values = [parameter].flat();
  const scalar = (value: unknown): value is Json => ['string', 'number', 'boolean'].includes(typeof value);
  if (known === undefined || values.length === 0 || !values.every(scalar)) return undefined;
  if (values.length > 1 && !known.endsWith('in')) return undefined;
  return { column: name, operator: known as Comparand['operator'], values };
}

function schemaOf({ column, operator, values }: Comparand, keepsNulls: boolean): JsonObject | undefined {
  const isPresent = (schema: JsonObject): JsonObject => ({
    required: [column],
    properties: { [column]: schema },
  });
  if (operator === 'is null') return { properties: { [column]: { type: 'null' } } };
  if (operator === 'is not null') return isPresent({ not: { type: 'null' } });
  // A text stands for the number or boolean that it spells, if the column's values are read as texts.
  const all = [...new Set(values.flatMap((value) => [value, ...spellings(value)]))];
  if (operator === '==' || operator === 'in') return isPresent({ enum: all });
  if (operator === '!=' || operator === 'not in') {
    return keepsNulls
      ? { properties: { [column]: { not: { enum: all } } } }
      : isPresent({ not: { enum: [...all, null] } });
  }
  const limit = { [operator.startsWith('>') ? 'min' : 'max']: values[0] };
  const strict = operator.length === 1;
  const [value] = values;
  const range =
    typeof value === 'boolean'
      ? undefined
      : rangeKeywords({ ...limit, strictMin: strict, strictMax: strict });
  if (range === undefined) return undefined;
  return isPresent({ type: 'anyOf' in range ? 'string' : 'number', ...range });
}

function spellings(value: Json): readonly Json[] {
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'boolean' ? (value ? ['True', 'true'] : ['False', 'false']) : [];
}
