/** A map of a document of JSON or YAML. */
export type DocumentMap = Readonly<Record<string, unknown>>;

/** Is it a map (no list, no null)? */
export function isMap(value: unknown): value is DocumentMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
