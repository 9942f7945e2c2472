import { readInstant } from '../inputs/instant.ts';
import { ASSERTIONS } from './assertions.ts';
import { FORMATS } from './formats.ts';
import { isMultiple } from './multiple.ts';
import { type Fields, isObject } from './object.ts';
import type { Judge, Violation } from './violation.ts';
import { ANNOTATIONS, byKeyword, RULE_OF } from './vocabulary.ts';

type Test = (value: unknown) => boolean;

interface PlainColumn {
  readonly name: string;
  readonly required: boolean;
  readonly type: Test | undefined;
  readonly tests: readonly { readonly rule: string; readonly keyword?: string; readonly test: Test }[];
  /** Do violations name the keyword? */
  readonly apart?: boolean;
}

const ROOT: readonly string[] = [
  ...ANNOTATIONS,
  '$schema',
  '$id',
  'type',
  'properties',
  'required',
  'additionalProperties',
];

/** The judge of a plain schema: an object of scalar columns with keywords of one value. Undefined for any other. */
export function plainJudge(schema: Fields): Judge | undefined {
  const { type, properties, required = [], additionalProperties = true } = schema;
  if (Object.keys(schema).some((key) => !ROOT.includes(key) && !key.startsWith('x-'))) return undefined;
  const annotations = Object.entries(schema).filter(([key]) => key === '$id' || isOneOf(key, ANNOTATIONS));
  if (!annotations.every(([key, value]) => isAnnotation(key, value))) return undefined;
  if (type !== 'object' || !isObject(properties) || typeof additionalProperties !== 'boolean')
    return undefined;
  if (!isNames(required)) return undefined;
  const needed = new Set(required);
  const columns: PlainColumn[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const column = plainColumn(name, property, needed.has(name), byKeyword(schema, property));
    if (column === undefined) return undefined;
    columns.push(column);
  }
  for (const name of needed) {
    if (!Object.hasOwn(properties, name)) columns.push({ name, required: true, type: undefined, tests: [] });
  }
  const known = new Set(Object.keys(properties));
  return (row) => {
    const violations: Violation[] = [];
    for (const column of columns) judgeColumn(column, row, violations);
    if (!additionalProperties) {
      for (const name of Object.keys(row)) {
        if (!known.has(name)) violations.push({ rule: 'column.unknown', column: name });
      }
    }
    return violations;
  };
}

function judgeColumn(
  { name, required, type, tests, apart }: PlainColumn,
  row: Fields,
  violations: Violation[],
): void {
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  if (value === undefined) {
    if (required) violations.push({ rule: 'column.missing', column: name });
  } else if (type !== undefined && !type(value)) {
    const keyword = apart === true ? { keyword: 'type' } : {};
    violations.push({
      rule: value === null ? 'column.nulls' : 'column.type',
      column: name,
      ...keyword,
      value,
    });
  } else {
    for (const { test, ...broken } of tests)
      if (!test(value)) violations.push({ ...broken, column: name, value });
  }
}

function plainColumn(
  name: string,
  schema: unknown,
  required: boolean,
  apart: boolean,
): PlainColumn | undefined {
  if (schema === true) return { name, required, type: undefined, tests: [] };
  if (!isObject(schema)) return undefined;
  let type: Test | undefined;
  const tests = new Map<string, { rule: string; keyword?: string; test: Test }>();
  for (const [keyword, value] of Object.entries(schema)) {
    if (isOneOf(keyword, ANNOTATIONS)) {
      if (!isAnnotation(keyword, value)) return undefined;
      continue;
    }
    if (keyword.startsWith('x-')) continue;
    const test = TESTS[keyword]?.(value);
    if (test === undefined) return undefined;
    if (keyword === 'type') type = test;
    else {
      const rule = RULE_OF[keyword] ?? 'column.rule';
      const before = tests.get(rule)?.test;
      if (apart) tests.set(keyword, { rule, keyword, test });
      else
        tests.set(rule, { rule, test: before === undefined ? test : (cell) => before(cell) && test(cell) });
    }
  }
  return { name, required, type, tests: [...tests.values()], apart };
}

function isOneOf(key: string, keys: readonly string[]): boolean {
  return keys.includes(key);
}

/** Wrong annotations make a schema invalid, too; ajv tells how. */
function isAnnotation(keyword: string, value: unknown): boolean {
  if (keyword === 'default') return true;
  if (keyword === 'examples') return Array.isArray(value);
  return ['deprecated', 'readOnly', 'writeOnly'].includes(keyword)
    ? typeof value === 'boolean'
    : typeof value === 'string';
}

/** For each keyword the test that its value means; undefined if the value is not plain, or not valid. */
const TESTS: Readonly<Record<string, (value: unknown) => Test | undefined>> = {
  type: typeTest,
  minimum: (limit) => numberTest(limit, (value, bound) => value >= bound),
  maximum: (limit) => numberTest(limit, (value, bound) => value <= bound),
  exclusiveMinimum: (limit) => numberTest(limit, (value, bound) => value > bound),
  exclusiveMaximum: (limit) => numberTest(limit, (value, bound) => value < bound),
  multipleOf: (unit) => (Number(unit) > 0 ? numberTest(unit, isMultiple) : undefined),
  minLength: (limit) => lengthTest(limit, (length, bound) => length >= bound),
  maxLength: (limit) => lengthTest(limit, (length, bound) => length <= bound),
  enum: (allowed) => {
    if (!Array.isArray(allowed) || allowed.length === 0 || !allowed.every(isScalar)) return undefined;
    const set = new Set<unknown>(allowed);
    return set.size === allowed.length ? (value) => set.has(value) : undefined;
  },
  const: (allowed) => (isScalar(allowed) ? (value) => value === allowed : undefined),
  pattern: (pattern) => {
    if (typeof pattern !== 'string') return undefined;
    try {
      const expression = new RegExp(pattern, 'u');
      return (value) => typeof value !== 'string' || expression.test(value);
    } catch {
      return undefined;
    }
  },
  format: formatTest,
  formatMinimum: (limit) => timeTest('formatMinimum', limit),
  formatMaximum: (limit) => timeTest('formatMaximum', limit),
};

const TYPES: Readonly<Record<string, Test>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
};

function typeTest(type: unknown): Test | undefined {
  const names = Array.isArray(type) ? type : [type];
  if (names.length === 0 || new Set(names).size !== names.length) return undefined;
  const tests = names.map((name) =>
    typeof name === 'string' && Object.hasOwn(TYPES, name) ? TYPES[name] : undefined,
  );
  const [only] = tests;
  if (tests.length === 1) return only;
  return tests.every((test) => test !== undefined) ? (value) => tests.some((test) => test(value)) : undefined;
}

function numberTest(limit: unknown, holds: (value: number, bound: number) => boolean): Test | undefined {
  if (typeof limit !== 'number' || !Number.isFinite(limit)) return undefined;
  return (value) => typeof value !== 'number' || holds(value, limit);
}

function lengthTest(limit: unknown, holds: (length: number, bound: number) => boolean): Test | undefined {
  if (!Number.isSafeInteger(limit) || Number(limit) < 0) return undefined;
  return (value) => typeof value !== 'string' || holds(codePoints(value), Number(limit));
}

/** JSON Schema counts characters, not UTF-16 units. */
function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count--;
      i++;
    }
  }
  return count;
}

function timeTest(keyword: 'formatMinimum' | 'formatMaximum', limit: unknown): Test | undefined {
  const holds = ASSERTIONS[keyword];
  return holds && readInstant(String(limit)) !== undefined ? (value) => holds(limit, value) : undefined;
}

function formatTest(name: unknown): Test | undefined {
  const holds = typeof name === 'string' && Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  return holds && ((value) => typeof value !== 'string' || holds(value));
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((name) => typeof name === 'string') &&
    new Set(value).size === value.length
  );
}
