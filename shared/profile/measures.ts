import type { Json, JsonObject } from '../verdict/verdict.ts';
import { disclosed } from './disclosure.ts';
import type { Profile } from './profile.ts';

/** The numbers of each column by their usual names: extremes only with `show`. */
function columnMeasures(profile: Profile, samples: 'hide' | 'show'): ReadonlyMap<string, JsonObject> {
  return new Map(
    disclosed(profile, samples).columns.map(({ name, count, nulls, distinct, mean, sd, min, max }) => {
      const all: Readonly<Record<string, Json | undefined>> = { count, nulls, distinct, mean, sd, min, max };
      return [
        name,
        Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject,
      ];
    }),
  );
}

/** The columns of a verdict's measures: each one's own numbers joined with those of its comparison, by column. */
export function profileMeasures(
  current: Profile,
  reference: Profile | undefined,
  compared: JsonObject,
  samples: 'hide' | 'show',
): JsonObject {
  const now = columnMeasures(current, samples);
  const before = reference === undefined ? new Map<string, JsonObject>() : columnMeasures(reference, samples);
  const names = new Set([...before.keys(), ...now.keys()]);
  const columns = [...names].map((name) => {
    const found = (Object.hasOwn(compared, name) ? compared[name] : {}) as JsonObject;
    const side = (own: JsonObject | undefined, other: JsonObject[string] | undefined): JsonObject => ({
      ...own,
      ...(other as JsonObject | undefined),
    });
    const sides = {
      ...(now.has(name) ? { current: side(now.get(name), found.current) } : {}),
      ...(before.has(name) ? { reference: side(before.get(name), found.reference) } : {}),
    };
    return [name, { ...found, ...sides }] as const;
  });
  return { columns: Object.fromEntries(columns) };
}
