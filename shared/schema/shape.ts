/** What we publish a schema of is read by it: validators are generated from `schemas/`, and nothing else judges shapes. */
import type { ErrorObject } from 'ajv';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';

/** A file's content, or everything that is wrong with its shape. */
export type ShapedFile<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

/** A validator that `npm run generate` made of a published schema. */
export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

/** A file may be wrong in each of its thousand rows. */
const MOST_PROBLEMS = 20;

/**
 * A reader of JSON files of one published schema.
 *
 * @returns a function of a file's text and name; problems are located by JSON pointer.
 */
export function shapeReader<T>(validate: Validator): (text: string, file: string) => ShapedFile<T> {
  return (text, file) => {
    const parsed = jsonOf(text, file);
    return 'problems' in parsed ? parsed : shapeOf<T>(validate, parsed.value, file);
  };
}

function jsonOf(text: string, file: string): ShapedFile<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problems: [{ what: `is not JSON${jsonPlace(error)}`, where: file }] };
  }
}

/** The place in an error of JSON.parse, ` (at character 3)` or ` (it ends too early)`, without the excerpt of the data that it holds. */
export function jsonPlace(error: unknown): string {
  const match = /at position (\d+)/.exec(messageOf(error));
  if (match) return ` (at character ${Number(match[1]) + 1})`;
  return /Unexpected end/.test(messageOf(error)) ? ' (it ends too early)' : '';
}

/** Keywords whose errors only say that one of those inside them failed, which are there too. */
const WRAPPERS = new Set(['anyOf', 'oneOf', 'if']);

/**
 * A value as what its schema says, or all problems, located by JSON pointer: `FILE#/a/b`.
 *
 * @param pointer where the value is in its file.
 */
export function shapeOf<T>(validate: Validator, value: unknown, file: string, pointer = ''): ShapedFile<T> {
  if (validate(value)) return { value: value as T };
  const found = (validate.errors ?? []).filter(({ keyword }) => !WRAPPERS.has(keyword));
  const foreign = found.filter(isForeign);
  const errors = foreign.length > 0 ? foreign : found;
  return { problems: errors.slice(0, MOST_PROBLEMS).map((error) => problemOf(error, `${file}#${pointer}`)) };
}

/**
 * A value as what its schema says.
 *
 * @param fix which command leads out.
 * @throws UserError with all problems: `WHERE#/FIELD must be boolean`.
 */
export function requireShape<T>(validate: Validator, value: unknown, where: string, fix: string): T {
  const shaped = shapeOf<T>(validate, value, where);
  if ('value' in shaped) return shaped.value;
  throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix })));
}

/** Is it another kind of file, or of another version? What else is wrong with it is then no news. */
function isForeign({ instancePath, keyword, params }: ErrorObject): boolean {
  return instancePath === '/schema' || (keyword === 'required' && params.missingProperty === 'schema');
}

function problemOf(error: ErrorObject, root: string): Problem {
  return { what: wordsOf(error), where: `${root}${error.instancePath}${fieldOf(error)}` };
}

/** The field that is missing, or that may not be there: the error is told where that is, not of what should hold it. */
function fieldOf({ keyword, params }: ErrorObject): string {
  const field =
    keyword === 'required'
      ? params.missingProperty
      : keyword === 'additionalProperties'
        ? params.additionalProperty
        : undefined;
  return typeof field === 'string' ? `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
}

function wordsOf({ instancePath, message, keyword, params }: ErrorObject): string {
  if (keyword === 'required') return 'is missing';
  if (keyword === 'additionalProperties') return 'is not a field of such a file';
  if (keyword === 'type') return `must be ${[params.type].flat().join(' or ')}`;
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params.allowedValues)}`;
  if (keyword === 'pattern')
    return PATTERNS.find(([part]) => params.pattern.includes(part))?.[1] ?? `${message}`;
  if (keyword !== 'const') return message ?? 'is wrong';
  const other =
    instancePath === '/schema' ? ': it is another kind of file, or of another version of ml-loop' : '';
  return `must be ${JSON.stringify(params.allowedValue)}${other}`;
}

/** By a part of the pattern, what it asks for. */
const PATTERNS = [
  ['^sha256:[0-9a-f]{64}$', 'must be a digest: `sha256:` and 64 hexadecimal digits'],
  ['(0[1-9]|1[0-2])-', 'must be a time in UTC such as 2026-01-05T12:00:00Z'],
] as const;
