import type { Json, JsonObject } from '../verdict/verdict.ts';

/** Beyond this a scale's arithmetic overflows; such numbers are in the tables only. */
const LARGEST = 1e100;

/** Is it a number that can be drawn? */
export function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number' && Math.abs(value) <= LARGEST;
}

/** The number, if it is one that can be drawn. */
export function numberOf(value: Json | undefined): number | undefined {
  return isNumber(value) ? value : undefined;
}

/** The elements of a list; none of anything else. */
export function elementsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** Is it an object (no list, no null)? */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list. */
export function records(value: Json | undefined): readonly JsonObject[] {
  return elementsOf(value).filter((entry): entry is JsonObject => isJsonObject(entry));
}

/** The object's own entries that are objects. */
export function objects(value: Json | undefined): readonly (readonly [string, JsonObject])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    isJsonObject(child) ? [[key, child] as const] : [],
  );
}

/** The leaves of a nested object, `by_group.sex.1.accuracy`; lists are leaves. */
export function leaves(value: JsonObject, prefix = ''): [path: string, leaf: Json][] {
  return Object.entries(value).flatMap(([key, child]): [string, Json][] => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return isJsonObject(child) ? leaves(child, path) : [[path, child]];
  });
}
