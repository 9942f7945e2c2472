import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { compareTimes } from './assertions.ts';
import type { Contract } from './contract.ts';
import { type Broken, evaluator } from './evaluate.ts';
import { FORMATS } from './formats.ts';
import { isMultiple } from './multiple.ts';
import { type Fields, isObject } from './object.ts';
import type { Judge, Row, Violation } from './violation.ts';
import { byKeyword, COMPOSED, RULE_OF, unknownFormats } from './vocabulary.ts';

/** Alternatives of which a row took none: what each of them lacked is not told beside them. */
const ALTERNATIVES = ['anyOf', 'oneOf', 'not', 'contains', 'propertyNames'];

/**
 * The judge that ajv makes of a schema.
 *
 * @throws UserError if the schema is not valid, or refers to another document.
 */
export function schemaJudge(contract: Contract): Judge {
  // Without `ownProperties` a row would have `constructor`, which every object inherits.
  const options = {
    allErrors: true,
    strict: false,
    strictNumbers: true,
    ownProperties: true,
    logger: false,
  } as const;
  const ajv = contract.draft === 'draft-07' ? new Ajv(options) : new Ajv2020(options);
  // What it notes for `unevaluated…` may fail within `oneOf`, and such schemas are not its own to judge.
  ajv.opts.unevaluated = false;
  addFormats.default(ajv);
  for (const [name, validate] of Object.entries(FORMATS))
    ajv.addFormat(name, { validate, compare: compareTimes });
  // ajv divides doubles: 19.99 would be no multiple of 0.01.
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (unit: number, value: number) => isMultiple(value, unit),
  });
  for (const name of unknownFormats(contract.schema)) ajv.addFormat(name, true);
  if (ajv.validateSchema(contract.schema) !== true)
    throw new UserError(schemaProblems(contract, ajv.errors ?? []));
  try {
    const { schema, draft } = contract;
    if (isBeyondAjv(schema, draft)) {
      const evaluate = evaluator(schema, draft, (uri) => ajv.getSchema(uri)?.schema);
      return (row) =>
        violationsOf(
          ended(() => evaluate(row), contract),
          row,
          schema,
        );
    }
    const validate = ajv.compile(schema);
    return (row) =>
      ended(() => validate(row), contract) ? [] : violationsOf(validate.errors ?? [], row, schema);
  } catch (error) {
    throw new UserError(compileProblem(contract, error));
  }
}

/**
 * Whether rows keep the schema of a rule across columns, which may refer to the contract's definitions and its own.
 *
 * @param path where the rule's schema is in the contract.
 * @throws UserError if it is not valid.
 */
export function rowTest(contract: Contract, schema: Fields, path: readonly string[]): (row: Row) => boolean {
  const part = {
    ...contract,
    schema: { ...schema, ...definitionsOf(contract.schema, schema) } as Contract['schema'],
    place: (inner: readonly string[]) => contract.place([...path, ...inner]),
  };
  const judge = schemaJudge(part);
  return (row) => judge(row).length === 0;
}

function definitionsOf(root: Fields, own: Fields): Fields {
  const both = ['$defs', 'definitions'].filter((name) => isObject(root[name]));
  return Object.fromEntries(
    both.map((name) => [name, { ...(root[name] as Fields), ...(isObject(own[name]) ? own[name] : {}) }]),
  );
}

/**
 * Is the schema one that ajv reads otherwise than the standard: names of its own within it, `$dynamicRef`,
 * `unevaluated…`, in draft-07 keywords beside `$ref`, or a column named `__proto__`, which ajv passes over? Or one of
 * so many columns that the code which ajv makes of it takes gigabytes?
 */
function isBeyondAjv(schema: unknown, draft: Contract['draft'], root = true): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const keys = Object.keys(schema);
  if (keys.length > MOST_KEYS) return true;
  if (!root && !Array.isArray(schema) && ('$id' in schema || '$anchor' in schema)) return true;
  if (BEYOND.some((key) => keys.includes(key))) return true;
  if (draft === 'draft-07' && '$ref' in schema && keys.length > 1) return true;
  return Object.values(schema).some((inner) => isBeyondAjv(inner, draft, false));
}

/** 3 000 take ajv 300 MB, 10 000 five gigabytes. */
const MOST_KEYS = 1000;
const BEYOND = ['$dynamicRef', '$dynamicAnchor', 'unevaluatedItems', 'unevaluatedProperties', '__proto__'];

function ended<T>(judge: () => T, contract: Contract): T {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError({
      what: 'a $ref refers to its own schema without end',
      where: contract.where,
      fix: 'refer to the schema itself only inside `properties` or `items`',
    });
  }
}

function schemaProblems(contract: Contract, errors: readonly ErrorObject[]): Problem[] {
  const places = new Map<string, ErrorObject[]>();
  for (const error of errors)
    places.set(error.instancePath, [...(places.get(error.instancePath) ?? []), error]);
  return [...places].slice(0, 20).map(([pointer, all]) => {
    // Of several errors at one place, the alternatives of one keyword, the one that names what is allowed tells most.
    const error = all.find(({ keyword }) => keyword === 'enum') ?? all[0];
    const path = pointer.split('/').slice(1).map(unescaped);
    const at = path.length === 0 ? 'the contract' : path.join('.');
    const fix =
      error?.keyword === 'enum'
        ? `use one of: ${(error.params.allowedValues as unknown[]).join(', ')}`
        : `write what JSON Schema allows there: it ${error?.message ?? 'is wrong'}`;
    return {
      what: `is not a valid JSON Schema: ${at} ${error?.message ?? 'is wrong'}`,
      where: contract.place(path),
      fix,
    };
  });
}

function compileProblem(contract: Contract, error: unknown): Problem {
  const missing = (error as { missingRef?: unknown } | null)?.missingRef;
  if (typeof missing !== 'string') {
    return { what: `is not a schema that can be used: ${messageOf(error)}`, where: contract.where };
  }
  const remote = !missing.startsWith('#');
  return {
    what: `$ref ${JSON.stringify(missing)} ${remote ? 'is of another document, and remote references are refused' : 'leads nowhere'}`,
    where: contract.where,
    fix: 'copy the definition into `$defs` and refer to it as #/$defs/NAME',
  };
}

function violationsOf(errors: readonly Broken[], row: Row, schema: Fields): Violation[] {
  const unmet = errors
    .filter(({ keyword }) => ALTERNATIVES.includes(keyword))
    .map(({ schemaPath }) => `${schemaPath}/`);
  const isOfUnmet = ({ schemaPath }: Broken) => unmet.some((path) => schemaPath.startsWith(path));
  // A wrong type tells more than the rules that fail with it; one of a branch that need not hold tells nothing.
  const mistyped = new Set(
    errors
      .filter((error) => error.keyword === 'type' && !isOfUnmet(error))
      .map(({ instancePath }) => instancePath),
  );
  const violations = new Map<string, Violation>();
  for (const error of errors) {
    // The branch that `if` chose tells what is wrong by its own errors.
    if (error.keyword === 'if' && errors.length > 1) continue;
    if (isOfUnmet(error)) continue;
    if (error.keyword !== 'type' && mistyped.has(error.instancePath) && error.instancePath !== '') continue;
    const violation = keyworded(violationOf(error, row), error.schemaPath, schema);
    const { rule, column = '', detail = '', keyword = '' } = violation;
    violations.set([rule, column, detail, keyword].join('\n'), violation);
  }
  return [...violations.values()];
}

function violationOf(error: Broken, row: Row): Violation {
  const path = error.instancePath.split('/').slice(1).map(unescaped);
  const [column] = path;
  const { params } = error;
  if (column === undefined) {
    if (error.keyword === 'required')
      return { rule: 'column.missing', column: String(params.missingProperty) };
    const unknown: unknown = params.additionalProperty ?? params.unevaluatedProperty;
    if (unknown !== undefined) return { rule: 'column.unknown', column: String(unknown) };
    return { rule: 'row.rule', detail: error.schemaPath };
  }
  const value = row[column];
  const own = path.length === 1 ? RULE_OF[error.keyword] : undefined;
  if (own === undefined) return { rule: 'column.rule', column, detail: error.schemaPath, value };
  const rule = own === 'column.type' && value === null ? 'column.nulls' : own;
  return keysOf(error.schemaPath).length === 3 && error.schemaPath.startsWith('#/properties/')
    ? { rule, column, value }
    : { rule, column, detail: error.schemaPath, value };
}

/** Names the column's keyword that is broken, if they are graded one by one; parts of one keyword are it then. */
function keyworded(violation: Violation, schemaPath: string, schema: Fields): Violation {
  const { rule, column, value } = violation;
  const properties = isObject(schema.properties) ? schema.properties : {};
  if (column === undefined || !rule.startsWith('column.') || !Object.hasOwn(properties, column))
    return violation;
  const property = properties[column];
  if (!isObject(property) || !byKeyword(schema, property) || !('value' in violation)) return violation;
  const [root, name, keyword] = keysOf(schemaPath);
  const own = root === 'properties' && name === column ? keyword : undefined;
  const found = own ?? ['$ref', '$dynamicRef'].find((reference) => reference in property);
  if (found === undefined) return violation;
  if (!COMPOSED.some((one) => one === found)) return { ...violation, keyword: found };
  const detail = `#/properties/${column.replaceAll('~', '~0').replaceAll('/', '~1')}/${found}`;
  return { rule: 'column.rule', column, detail, keyword: found, value };
}

/** The keys of a path into the schema, as ajv writes it. */
function keysOf(schemaPath: string): string[] {
  return schemaPath
    .split('/')
    .slice(1)
    .map((part) => unescaped(decoded(part)));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
