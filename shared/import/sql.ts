import type { Json } from '../verdict/verdict.ts';
import type { Builder, ComparisonOperator } from './builder.ts';
import type { CellKind, Keywords } from './column.ts';
import type { Path } from './document.ts';
import type { RuleGrade } from './numbers.ts';
import { like } from './regex.ts';
import { INSTANT, ISO_TIME, instantPattern } from './times.ts';

/** What a type of a database, of NumPy, Spark or Python is in a file; undefined if the name is not known. */
export function typeNamed(
  name: string,
): { readonly kinds: readonly CellKind[]; readonly keywords: Keywords } | undefined {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/^<m8/, 'datetime64')
    .replace(/\s*[(<].*$/s, '')
    .replace(/d?type$/, '');
  const kinds: readonly (readonly [RegExp, readonly CellKind[]])[] = [
    [
      /^(u?int\d*|integer|tinyint|smallint|mediumint|bigint|byteint|long|short|u(small|big|tiny)int|hugeint|int_|serial|bigserial)$/,
      ['integer'],
    ],
    [
      /^(float\d*|float_|double|double[ _]precision|real|decimal|numeric|number|bignumeric|bigdecimal|money)$/,
      ['number'],
    ],
    [/^(bool_?|boolean|bit)$/, ['boolean']],
    [
      /^(str_?|string|fixedstring|text|ntext|varchar\d*|nvarchar|char|nchar|bpchar|character|character varying|clob|unicode|string_types|uuid)$/,
      ['string'],
    ],
    [/^(list|array)$/, ['array']],
    [/^(dict|struct|map|record|object|variant|super|json|jsonb)$/, ['object']],
  ];
  const found = kinds.find(([pattern]) => pattern.test(plain))?.[1];
  // A json column may hold any value; an object column of pandas, too.
  if (found !== undefined)
    return /^(object|variant|super|jsonb?)$/.test(plain) ? undefined : { kinds: found, keywords: {} };
  if (/^date(32)?$/.test(plain)) return { kinds: ['string'], keywords: { format: 'date' } };
  // NumPy's times with a zone: `datetime64[ns, UTC]`.
  if (/^datetime64\[\w+, *.+\]$/.test(plain) || plain === 'datetimetzd')
    return { kinds: ['string'], keywords: { pattern: instantPattern('required', false) } };
  if (/^(timestamp|(small)?datetime)/.test(plain))
    return { kinds: ['string'], keywords: { pattern: INSTANT } };
  if (plain === 'time') return { kinds: ['string'], keywords: { pattern: ISO_TIME } };
  return undefined;
}

/** A column's name, plain or quoted. */
export const NAME = '[A-Za-z_]\\w*|"[^"]+"|`[^`]+`';
const NUMBER = '[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?';
const TEXT = "'(?:[^']|'')*'";
/** What compares in SQL. */
export const OPERATOR = '<=|>=|<>|!=|==|=|<|>';

/** Where an expression comes from and what it is called. */
interface Context {
  readonly grade: RuleGrade;
  readonly what: string;
  readonly path: Path;
  /** The column that an expression without its left side is about. */
  readonly column?: string | undefined;
}

/**
 * Carries an expression of SQL that compares a column with a constant or another column, or a sum with a column.
 *
 * @returns false if it is anything else; nothing is carried then.
 */
export function carryExpression(builder: Builder, text: string, context: Context): boolean {
  const whole = context.column === undefined ? text.trim() : `${quoted(context.column)} ${text.trim()}`;
  const masked = whole.replaceAll(/'(?:[^']|'')*'/g, (part) => 'x'.repeat(part.length));
  if (/\{\{|\bor\b|\bcase\b|--|\/\*/i.test(masked)) return false;
  const cut = [...masked.matchAll(/\s+and\s+/gi)];
  const between = /\bbetween\b/i.test(masked);
  if (cut.length > 0 && !between) {
    if (/[()]/.test(masked)) return false;
    // More than one rule under one allowance would allow more than the expression did.
    if (context.grade.tolerance !== undefined) return false;
    const parts = pieces(whole, cut);
    const { column, ...rest } = context;
    const steps = parts.map((part) => carrier(builder, part, rest));
    if (steps.some((one) => one === undefined)) return false;
    for (const one of steps) one?.();
    return true;
  }
  const { column, ...rest } = context;
  const carry = carrier(builder, whole, rest);
  carry?.();
  return carry !== undefined;
}

function pieces(text: string, cuts: readonly RegExpMatchArray[]): string[] {
  const found: string[] = [];
  let from = 0;
  for (const { index = 0, 0: token } of cuts) {
    found.push(text.slice(from, index));
    from = index + token.length;
  }
  return [...found, text.slice(from)];
}

function carrier(
  builder: Builder,
  expression: string,
  { grade, what, path }: Context,
): (() => void) | undefined {
  const text = expression
    .trim()
    .replace(/^\(([^()]*)\)$/, '$1')
    .trim();
  const add = (name: string, keywords: Keywords) => () => builder.keywords(name, keywords, grade, what, path);
  const pair = new RegExp(`^(${NAME})\\s*(${OPERATOR})\\s*(${NAME})$`).exec(text);
  if (pair !== null && !/^(true|false|null)$/i.test(pair[3] ?? '')) {
    const [, left = '', operator = '', right = ''] = pair;
    return () => builder.compare(what, [bare(left), comparison(operator), bare(right)], grade);
  }
  const single = new RegExp(`^(${NAME})\\s*(${OPERATOR})\\s*(${NUMBER}|${TEXT}|true|false)$`, 'i').exec(text);
  if (single !== null) {
    const [, name = '', operator = '', value = ''] = single;
    const keywords = compared(comparison(operator), constant(value));
    return keywords && add(bare(name), keywords);
  }
  const turned = new RegExp(`^(${NUMBER})\\s*(${OPERATOR})\\s*(${NAME})$`).exec(text);
  if (turned !== null) {
    const [, value = '', operator = '', name = ''] = turned;
    const keywords = compared(mirrored(comparison(operator)), constant(value));
    return keywords && add(bare(name), keywords);
  }
  const range = new RegExp(`^(${NAME})\\s+between\\s+(${NUMBER})\\s+and\\s+(${NUMBER})$`, 'i').exec(text);
  if (range !== null)
    return add(bare(range[1] ?? ''), { minimum: Number(range[2]), maximum: Number(range[3]) });
  const nulls = new RegExp(`^(${NAME})\\s+is\\s+not\\s+null$`, 'i').exec(text);
  if (nulls !== null) {
    const name = bare(nulls[1] ?? '');
    return () => builder.notNull(name, grade, what);
  }
  const values = `(?:${NUMBER}|${TEXT})`;
  const set = new RegExp(
    `^(${NAME})\\s+(not\\s+)?in\\s*\\((\\s*${values}(?:\\s*,\\s*${values})*)\\s*\\)$`,
    'i',
  ).exec(text);
  if (set !== null) {
    const list = [...(set[3] ?? '').matchAll(new RegExp(values, 'g'))].map(([value]) => constant(value));
    return add(bare(set[1] ?? ''), set[2] === undefined ? { enum: list } : { not: { enum: list } });
  }
  const alike = new RegExp(`^(${NAME})\\s+like\\s+(${TEXT})$`, 'i').exec(text);
  if (alike !== null) return add(bare(alike[1] ?? ''), { pattern: like(String(constant(alike[2] ?? ''))) });
  return lengthOrSum(builder, text, { grade, what, path });
}

function lengthOrSum(
  builder: Builder,
  text: string,
  { grade, what, path }: Context,
): (() => void) | undefined {
  const length = new RegExp(
    `^(?:length|len|char_length)\\s*\\(\\s*(${NAME})\\s*\\)\\s*(${OPERATOR})\\s*(\\d+)$`,
    'i',
  ).exec(text);
  if (length !== null) {
    const count = Number(length[3]);
    const bounds: Partial<Record<ComparisonOperator, Keywords>> = {
      '==': { minLength: count, maxLength: count },
      '>=': { minLength: count },
      '>': { minLength: count + 1 },
      '<=': { maxLength: count },
      ...(count > 0 ? { '<': { maxLength: count - 1 } } : {}),
    };
    const keywords = bounds[comparison(length[2] ?? '')];
    return keywords && (() => builder.keywords(bare(length[1] ?? ''), keywords, grade, what, path));
  }
  const sum = new RegExp(`^((?:${NAME})(?:\\s*\\+\\s*(?:${NAME}))+)\\s*={1,2}\\s*(${NAME}|${NUMBER})$`).exec(
    text,
  );
  if (sum === null) return undefined;
  const columns = (sum[1] ?? '').split('+').map((name) => bare(name.trim()));
  if (new Set(columns).size < columns.length) return undefined;
  const total = sum[2] ?? '';
  const equals = new RegExp(`^${NUMBER}$`).test(total) ? Number(total) : bare(total);
  const all = typeof equals === 'number' ? columns : [...columns, equals];
  return () => builder.rule({ name: what, sum: columns, equals }, all, grade);
}

function compared(operator: ComparisonOperator, value: Json): Keywords | undefined {
  if (operator === '==') return { enum: [value] };
  if (operator === '!=') return { not: { enum: [value] } };
  if (typeof value !== 'number') return undefined;
  const keyword = { '<': 'exclusiveMaximum', '<=': 'maximum', '>': 'exclusiveMinimum', '>=': 'minimum' }[
    operator
  ];
  return { [keyword]: value };
}

/** An operator of SQL as a rule of a contract writes it. */
export function comparison(operator: string): ComparisonOperator {
  return operator === '=' ? '==' : operator === '<>' ? '!=' : (operator as ComparisonOperator);
}

/** The operator that says the same of both sides changed. */
export function mirrored(operator: ComparisonOperator): ComparisonOperator {
  return operator.startsWith('<')
    ? (operator.replace('<', '>') as ComparisonOperator)
    : (operator.replace('>', '<') as ComparisonOperator);
}

/** The value of a literal of SQL. */
export function constant(text: string): Json {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return Number(text);
}

/** A column's name without the quotes of SQL. */
export function bare(name: string): string {
  return /^["`]/.test(name) ? name.slice(1, -1) : name;
}

/** Is the text the name of a column, and no expression? */
export function isName(text: string): boolean {
  return new RegExp(`^(?:${NAME})$`).test(text);
}

function quoted(name: string): string {
  return isName(name) ? name : `"${name}"`;
}
