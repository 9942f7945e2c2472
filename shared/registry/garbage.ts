import { namedUntil } from './moves.ts';
import type { AliasMove, ModelVersion } from './registry.ts';

/** A version that nothing names, and since when: its registration, or the last time that an alias named it. ISO 8601. */
export interface Garbage {
  readonly version: ModelVersion;
  readonly since: string;
}

/**
 * The versions that nothing has named since before `before`: no alias, and no rollout.
 *
 * @param moves of every alias that the model has or had.
 * @param kept digests that are named elsewhere.
 */
export function garbageOf(
  versions: readonly ModelVersion[],
  moves: readonly (readonly AliasMove[])[],
  kept: readonly string[],
  before: Date,
): Garbage[] {
  return versions.flatMap((version) => {
    if (kept.includes(version.digest)) return [];
    const named = moves.map((each) => namedUntil(each, version.version));
    if (named.includes(null)) return [];
    const times = [version.createdAt, ...named.filter((time): time is string => typeof time === 'string')];
    const since = times.reduce((latest, time) => (Date.parse(time) > Date.parse(latest) ? time : latest));
    return Date.parse(since) < before.getTime() ? [{ version, since }] : [];
  });
}
