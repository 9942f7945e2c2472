import { compareInstants, readInstant } from '../inputs/instant.ts';
import { FORMATS } from './formats.ts';
import { isMultiple } from './multiple.ts';
import { isObject } from './object.ts';

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  array: Array.isArray,
  object: isObject,
};

type Assertion = (rule: unknown, value: unknown) => boolean;

const ofNumber = (holds: (value: number, bound: number) => boolean): Assertion => {
  return (rule, value) => typeof value !== 'number' || typeof rule !== 'number' || holds(value, rule);
};
const ofSize = (size: (value: unknown) => number | undefined, sign: 1 | -1): Assertion => {
  return (rule, value) => {
    const found = size(value);
    return found === undefined || (found - Number(rule)) * sign >= 0;
  };
};
const length = (value: unknown) => (typeof value === 'string' ? [...value].length : undefined);
const count = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const members = (value: unknown) => (isObject(value) ? Object.keys(value).length : undefined);

/** As ajv-formats has them, for dates and times; other texts have no limits. */
function ofTime(holds: (difference: number) => boolean): Assertion {
  return (rule, value) => {
    const difference =
      typeof rule === 'string' && typeof value === 'string' ? compareTimes(value, rule) : undefined;
    return difference === undefined || holds(difference);
  };
}

/** Orders dates and times; undefined for other texts. */
export function compareTimes(a: string, b: string): number | undefined {
  const [first, second] = [readInstant(a), readInstant(b)];
  return first === undefined || second === undefined ? undefined : compareInstants(first, second);
}

/** For each keyword of one value whether it holds, by JSON Schema Validation 2020-12, section 6. */
export const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  type: (rule, value) => [rule].flat().some((name) => TYPES[String(name)]?.(value) === true),
  enum: (rule, value) => Array.isArray(rule) && rule.some((one) => same(one, value)),
  const: same,
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
  uniqueItems: (rule, value) =>
    rule !== true ||
    !Array.isArray(value) ||
    (value.every((one) => typeof one !== 'object' || one === null)
      ? new Set(value).size === value.length
      : value.every((one, i) => value.slice(0, i).every((other) => !same(one, other)))),
  format: (rule, value) =>
    typeof value !== 'string' ||
    !Object.hasOwn(FORMATS, String(rule)) ||
    FORMATS[String(rule)]?.(value) === true,
};

/** Equality of JSON, by Core 2020-12, section 4.2.2. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}
