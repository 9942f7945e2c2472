import type { Json, JsonObject } from '../verdict/verdict.ts';
import { rangeKeywords } from './bounds.ts';
import type { Builder, ComparisonOperator } from './builder.ts';

/** One comparison of a column with a value, or with null. */
export interface Comparand {
  readonly column: string;
  readonly operator: ComparisonOperator | 'in' | 'not in' | 'is null' | 'is not null';
  readonly values: readonly Json[];
}

/** Comparisons that all hold, or of which one does. */
export interface RowCondition {
  readonly kind: 'allOf' | 'anyOf';
  readonly parts: readonly Comparand[];
}

/**
 * The rows that keep a condition, as a JSON Schema; its columns must be there.
 *
 * @param keepsNulls does a null differ from a value, as in pandas, or is nothing known of it, as in SQL?
 * @returns undefined if a limit is neither a number nor a time.
 */
export function conditionRows(
  builder: Builder,
  { kind, parts }: RowCondition,
  keepsNulls: boolean,
): JsonObject | undefined {
  const schemas = parts.map((part) => schemaOf(part, keepsNulls));
  if (schemas.includes(undefined)) return undefined;
  for (const { column, values } of parts) {
    builder.require(column);
    builder.column(column).hintFrom(values);
  }
  const [only] = schemas;
  return schemas.length === 1 && only !== undefined ? only : { [kind]: schemas as JsonObject[] };
}

/**
 * Comparisons that one kind of word joins.
 *
 * @param texts what may hold anything, also the words that join.
 * @param cuts the words that join; those that hold `or` or `|` join alternatives.
 * @returns undefined if both kinds join, or a part cannot be read.
 */
export function joinedParts(
  text: string,
  texts: RegExp,
  cuts: RegExp,
  read: (part: string) => Comparand | undefined,
): RowCondition | undefined {
  const masked = text.replaceAll(texts, (part) => '_'.repeat(part.length));
  const found = [...masked.matchAll(cuts)];
  const kinds = new Set(found.map(([token]) => (/or|\|/i.test(token) ? 'anyOf' : 'allOf')));
  if (kinds.size > 1) return undefined;
  const starts = [0, ...found.map(({ index, 0: token }) => index + token.length)];
  const ends = [...found.map(({ index }) => index), text.length];
  const parts = starts.map((start, index) => read(text.slice(start, ends[index])));
  if (parts.includes(undefined)) return undefined;
  return { kind: kinds.has('anyOf') ? 'anyOf' : 'allOf', parts: parts as Comparand[] };
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
