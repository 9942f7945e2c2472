/** A map of a document of JSON or YAML. */
export type DocumentMap = Readonly<Record<string, unknown>>;

/** Is it a map (no list, no null)? */
export function isMap(value: unknown): value is DocumentMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a map itself holds by a name of a document; undefined for what every object has, such as `constructor`. */
export function ownMember<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
