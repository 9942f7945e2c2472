import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';
import type { Builder, ComparisonOperator } from './builder.ts';
import { type Comparand, conditionRows, joinedParts, type RowCondition } from './condition.ts';

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
  return conditionRows(builder, found, keepsNulls);
}

/** A condition that is a text, alone or as the later versions 1 write it; undefined if it is an object of parts. */
export function conditionText(condition: unknown): string | undefined {
  const text =
    isMap(condition) && condition.type === 'pass_through' ? condition.pass_through_filter : condition;
  return typeof text === 'string' ? text : undefined;
}

function parsed(text: string): RowCondition | undefined {
  const cuts = /\s+(?:and|or)\s+|\s*&\s*|\s*\|\s*/g;
  return joinedParts(text, /"[^"]*"|'[^']*'|`[^`]*`/g, cuts, comparandOf);
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
function ofObject(condition: DocumentMap): RowCondition | undefined {
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
