import { compareInstants, readInstant } from '../inputs/instant.ts';
import { isMap } from '../schema/map.ts';
import { FORMATS } from './formats.ts';
import { isMultiple } from './multiple.ts';

type Test = (value: unknown) => boolean;

const TYPES: Readonly<Record<string, Test>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  array: Array.isArray,
  object: isMap,
};
const NEVER: Test = () => false;
const ALWAYS: Test = () => true;

const ofNumber = (holds: (value: number, bound: number) => boolean) => {
  return (rule: unknown): Test =>
    typeof rule === 'number' ? (value) => typeof value !== 'number' || holds(value, rule) : ALWAYS;
};
const ofSize = (size: (value: unknown) => number | undefined, sign: 1 | -1) => {
  return (rule: unknown): Test => {
    const limit = Number(rule);
    return (value) => {
      const found = size(value);
      return found === undefined || (found - limit) * sign >= 0;
    };
  };
};
const length = (value: unknown) => (typeof value === 'string' ? codePoints(value) : undefined);
const count = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const members = (value: unknown) => (isMap(value) ? Object.keys(value).length : undefined);

/** As ajv-formats has them, for dates and times; other texts have no limits. */
const ofTime = (holds: (difference: number) => boolean) => {
  return (rule: unknown): Test => {
    if (typeof rule !== 'string') throw new SyntaxError(`${JSON.stringify(rule)} is not a date or a time`);
    const limit = readInstant(rule);
    if (limit === undefined) return ALWAYS;
    return (value) => {
      const found = typeof value === 'string' ? readInstant(value) : undefined;
      return found === undefined || holds(compareInstants(found, limit));
    };
  };
};

/** For each keyword of one value the test that its rule means, by JSON Schema Validation 2020-12, section 6. */
export const ASSERTIONS: Readonly<Record<string, (rule: unknown) => Test>> = {
  type: (rule) => {
    const tests = [rule].flat().map((name) => TYPES[String(name)] ?? NEVER);
    const [only] = tests;
    return only !== undefined && tests.length === 1 ? only : (value) => tests.some((test) => test(value));
  },
  enum: (rule) => {
    const values = Array.isArray(rule) ? (rule as unknown[]) : [];
    const scalars = new Set(values.filter(isScalar));
    const others = values.filter((value) => !isScalar(value));
    return (value) => scalars.has(value) || others.some((one) => same(one, value));
  },
  const: (rule) => (isScalar(rule) ? (value) => value === rule : (value) => same(rule, value)),
  minimum: ofNumber((value, bound) => value >= bound),
  maximum: ofNumber((value, bound) => value <= bound),
  exclusiveMinimum: ofNumber((value, bound) => value > bound),
  exclusiveMaximum: ofNumber((value, bound) => value < bound),
  multipleOf: ofNumber(isMultiple),
  formatMinimum: ofTime((difference) => difference >= 0),
  formatMaximum: ofTime((difference) => difference <= 0),
  minLength: ofSize(length, 1),
  maxLength: ofSize(length, -1),
  minItems: ofSize(count, 1),
  maxItems: ofSize(count, -1),
  minProperties: ofSize(members, 1),
  maxProperties: ofSize(members, -1),
  uniqueItems: (rule) => (rule === true ? (value) => !Array.isArray(value) || isUnique(value) : ALWAYS),
  format: (rule) => {
    const name = String(rule);
    const holds = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
    return holds === undefined ? ALWAYS : (value) => typeof value !== 'string' || holds(value);
  },
};

function isUnique(items: readonly unknown[]): boolean {
  return items.every(isScalar)
    ? new Set(items).size === items.length
    : items.every((one, i) => items.slice(0, i).every((other) => !same(one, other)));
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
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

/** Equality of JSON, by Core 2020-12, section 4.2.2. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}
