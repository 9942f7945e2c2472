import type { AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv';
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
  // The schemas are our own, and a test holds them against the meta-schema: to do so here would cost 30 ms a run.
  const options = { allErrors: true, allowUnionTypes: true, meta: false, validateSchema: false } as const;
  let compiled: ValidateFunction<T> | undefined;
  return (text, file) => {
    compiled ??= new Ajv2020(options).compile<T>(schema);
    const validate = compiled;
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
