import type { ErrorObject } from 'ajv';
import { messageOf, type Problem } from '../problem/problem.ts';

/** A file's content, or everything that is wrong with its shape. */
export type Shaped<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

/** A validator that `npm run generate` made of a published schema. */
export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

/**
 * A reader of JSON files of one published schema.
 *
 * @returns a function of a file's text and name; problems are located by JSON pointer.
 */
export function shapeReader<T>(validate: Validator): (text: string, file: string) => Shaped<T> {
  return (text, file) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      return { problems: [{ what: `is not JSON (${messageOf(error)})`, where: file }] };
    }
    if (validate(parsed)) return { value: parsed as T };
    return { problems: (validate.errors ?? []).map((error) => problemOf(error, file)) };
  };
}

function problemOf({ instancePath, message, keyword, params }: ErrorObject, file: string): Problem {
  const values = keyword === 'enum' ? `: ${JSON.stringify(params.allowedValues)}` : '';
  const constant = keyword === 'const' ? `: ${JSON.stringify(params.allowedValue)}` : '';
  const extra = keyword === 'additionalProperties' ? `: ${JSON.stringify(params.additionalProperty)}` : '';
  return { what: `${message ?? 'is wrong'}${values}${constant}${extra}`, where: `${file}#${instancePath}` };
}
