import type { JsonObject } from '../verdict/verdict.ts';
import type { Builder } from './builder.ts';
import { type Comparand, conditionRows, joinedParts } from './condition.ts';
import { bare, comparison, constant, mirrored, NAME, OPERATOR } from './sql.ts';

const LITERAL =
  "(?:(?:date|timestamp)\\s*)?'(?:[^']|'')*'(?:::\\w+)?|[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|true|false";
const of = (pattern: string): RegExp => new RegExp(`^${pattern}$`, 'i');
const COMPARED = of(`(${NAME})\\s*(${OPERATOR})\\s*(${LITERAL})`);
const TURNED = of(`(${LITERAL})\\s*(${OPERATOR})\\s*(${NAME})`);
const LISTED = of(`(${NAME})\\s+(not\\s+)?in\\s*\\(((?:\\s*(?:${LITERAL})\\s*,?)+)\\)`);
const BETWEEN = new RegExp(`(${NAME})\\s+between\\s+(${LITERAL})\\s+and\\s+(${LITERAL})`, 'gi');
const NULLNESS = of(`(${NAME})\\s+is\\s+(not\\s+)?null`);

/**
 * The rows that a condition of SQL leaves, as a JSON Schema: comparisons of columns with constants, joined by `and` or
 * by `or`.
 *
 * @returns undefined if the condition is anything else.
 */
export function rowsOfSql(builder: Builder, condition: unknown): JsonObject | undefined {
  if (typeof condition !== 'string') return undefined;
  const whole = condition.trim().replaceAll(BETWEEN, '$1 >= $2 and $1 <= $3');
  const found = joinedParts(whole, /'(?:[^']|'')*'|"[^"]*"|`[^`]*`/g, /\s+(?:and|or)\s+/gi, comparandOf);
  return found && conditionRows(builder, found, false);
}

function comparandOf(part: string): Comparand | undefined {
  const text = part
    .trim()
    .replace(/^\(([^()]*)\)$/, '$1')
    .trim();
  const nullness = NULLNESS.exec(text);
  if (nullness !== null)
    return {
      column: bare(nullness[1] ?? ''),
      operator: nullness[2] === undefined ? 'is null' : 'is not null',
      values: [],
    };
  const compared = COMPARED.exec(text);
  if (compared !== null && !isConstant(compared[1])) {
    const [, column = '', operator = '', value = ''] = compared;
    return { column: bare(column), operator: comparison(operator), values: [literal(value)] };
  }
  const turned = TURNED.exec(text);
  if (turned !== null && !isConstant(turned[3])) {
    const [, value = '', operator = '', column = ''] = turned;
    return { column: bare(column), operator: mirrored(comparison(operator)), values: [literal(value)] };
  }
  const listed = LISTED.exec(text);
  if (listed === null) return undefined;
  const values = [...(listed[3] ?? '').matchAll(new RegExp(LITERAL, 'gi'))].map(([value]) => literal(value));
  return { column: bare(listed[1] ?? ''), operator: listed[2] === undefined ? 'in' : 'not in', values };
}

const isConstant = (name: string | undefined): boolean => /^(true|false|null)$/i.test(name ?? '');

/** A literal without the type that stands before or behind it. */
function literal(text: string): ReturnType<typeof constant> {
  return constant(text.replace(/^(?:date|timestamp)\s*(?=')/i, '').replace(/(?<=')::\w+$/, ''));
}
