import type { Verdict } from '../verdict/verdict.ts';
import { CHAMPION } from './champion.ts';
import { targetsOf } from './moves.ts';
import { resolveAmong } from './reference.ts';
import type { ModelVersion, Registry } from './registry.ts';

/** Production as a door sees it now. */
export interface Production {
  readonly champion: ModelVersion | null;
  /** When the alias was last moved, ISO 8601; null if the registry does not know. */
  readonly since: string | null;
  /** All versions of the model. */
  readonly versions: readonly ModelVersion[];
}

/** @throws UserError if the alias names a version that is not there. */
export async function productionNow(registry: Registry, name: string): Promise<Production> {
  const moves = await registry.history(name);
  const versions = await registry.versions(name);
  const champion = resolveAmong({ name, which: CHAMPION }, targetsOf(moves), versions);
  const last = moves[CHAMPION]?.at(-1);
  return { champion, since: last === undefined || last.version === null ? null : last.at, versions };
}

/**
 * Why a verdict on these bytes does not open the door to production as it is now, as a clause that follows "the verdict";
 * undefined if it does. A verdict holds against the version that it compared with and no other.
 *
 * Supplied predictions may not say which version made them. They are production's when they were judged; so they hold as
 * long as production has not changed since.
 */
export function staleness(
  { compared, createdAt }: Pick<Verdict, 'compared' | 'createdAt'>,
  digest: string,
  { champion, since, versions }: Production,
): string | undefined {
  if (champion?.digest === digest) return undefined;
  const baseline = compared?.production ?? null;
  const known = versions.find((version) => version.digest === baseline?.digest);
  const now = champion === null ? 'no version is production now' : `${shown(champion)} is production now`;
  if (baseline === null) {
    return champion === null ? undefined : `compared it with nothing (a first release), and ${now}`;
  }
  if (champion === null)
    return known === undefined ? undefined : `compared it with ${shown(known)}, and ${now}`;
  if (baseline.digest !== null) {
    return baseline.digest === champion.digest
      ? undefined
      : `compared it with ${known === undefined ? baseline.name : shown(known)}, and ${now}`;
  }
  if (since !== null && Date.parse(since) <= Date.parse(createdAt)) return undefined;
  return `compared it with predictions of production that do not name a version, and ${now}, since ${since ?? 'an unknown time'}`;
}

function shown({ name, version }: ModelVersion): string {
  return `${name} ${version}`;
}
