/** The values that a contract lists for a column. */
import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Contract } from './contract.ts';
import { referencedPart } from './vocabulary.ts';

/** Schemas within schemas beyond this depth say nothing. */
const DEEP = 20;

/**
 * The values, as texts and without null, that the contract's `enum`, `const` or `type: boolean` allows for a column;
 * undefined if it lists none.
 */
export function listedValues({ schema }: Contract, column: string): readonly string[] | undefined {
  const listed = ofRow(schema as DocumentMap, column, schema as DocumentMap, 0);
  const values = listed?.filter((value) => value !== null).map(String);
  return values === undefined || values.length === 0 ? undefined : values;
}

function ofRow(
  schema: unknown,
  column: string,
  root: DocumentMap,
  depth: number,
): readonly unknown[] | undefined {
  if (!isMap(schema) || depth > DEEP) return undefined;
  const { properties, allOf, $ref } = schema;
  const own =
    isMap(properties) && Object.hasOwn(properties, column)
      ? ofValue(properties[column], root, depth + 1)
      : undefined;
  if (own !== undefined) return own;
  const parts = [
    ...(Array.isArray(allOf) ? allOf : []),
    ...(typeof $ref === 'string' ? [referencedPart($ref, root)] : []),
  ];
  return firstOf(parts, (part) => ofRow(part, column, root, depth + 1));
}

function ofValue(schema: unknown, root: DocumentMap, depth: number): readonly unknown[] | undefined {
  if (!isMap(schema) || depth > DEEP) return undefined;
  const { type, allOf, anyOf, oneOf, $ref } = schema;
  if (Array.isArray(schema.enum)) return schema.enum;
  if ('const' in schema) return [schema.const];
  if ([type].flat().includes('boolean') && [type].flat().every((one) => one === 'boolean' || one === 'null'))
    return [false, true];
  if (type === 'null') return [null];
  const branches = [anyOf, oneOf].find(Array.isArray)?.map((branch) => ofValue(branch, root, depth + 1));
  if (branches?.every((branch) => branch !== undefined)) return branches.flat();
  const parts = [
    ...(Array.isArray(allOf) ? allOf : []),
    ...(typeof $ref === 'string' ? [referencedPart($ref, root)] : []),
  ];
  return firstOf(parts, (part) => ofValue(part, root, depth + 1));
}

function firstOf<T, R>(parts: readonly T[], find: (part: T) => R | undefined): R | undefined {
  for (const part of parts) {
    const found = find(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
