/** The members of a map of JSON or YAML. */
export type MapFields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is MapFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
