import type { AnySchemaObject, ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { messageOf, type Problem } from '../problem/problem.ts';

/** A file's content, or everything that is wrong with its shape. */
export type Shaped<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

/**
 * A reader of JSON files of one published schema.
 *
 * @returns a function of a file's text and name; problems are located by JSON pointer.
 */
export function shapeReader<T>(schema: AnySchemaObject): (text: string, file: string) => Shaped<T> {
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile<T>(schema);
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
