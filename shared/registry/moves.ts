import { UserError } from '../problem/problem.ts';
import type { AliasMove, ModelVersion } from './registry.ts';

/**
 * The version to go back to: the one that the alias named before it first named the current one. So a second way back
 * goes further back, and not to the version that was just left. Null if the alias names nothing, or named nothing before.
 *
 * @param moves oldest first.
 */
export function versionBefore(moves: readonly AliasMove[]): string | null {
  const current = moves.at(-1)?.version ?? null;
  if (current === null) return null;
  const first = moves.findIndex(({ version }) => version === current);
  return moves.slice(0, first).findLast(({ version }) => version !== null)?.version ?? null;
}

/** When the alias last stopped naming the version, or null if it names it now; undefined if it never did. ISO 8601. */
export function namedUntil(moves: readonly AliasMove[], version: string): string | null | undefined {
  const last = moves.findLastIndex((move) => move.version === version);
  return last === -1 ? undefined : (moves[last + 1]?.at ?? null);
}

/** A record by alias, in which a name that is not an alias finds nothing, such as `constructor`. */
export function byAlias<T>(pairs: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null), Object.fromEntries(pairs)) as Record<string, T>;
}

/** The versions by alias, of aliases that name one. */
export function targetsOf(
  history: Readonly<Record<string, readonly AliasMove[]>>,
): Readonly<Record<string, string>> {
  const named = Object.entries(history).map(
    ([alias, moves]) => [alias, moves.at(-1)?.version ?? null] as const,
  );
  return byAlias(named.filter((pair): pair is [string, string] => pair[1] !== null));
}

/**
 * Before a version is removed.
 *
 * @param targets as `Registry.aliases`.
 * @throws UserError with each alias that names it.
 */
export function refuseNamed(
  targets: Readonly<Record<string, string>>,
  { name, version }: Pick<ModelVersion, 'name' | 'version'>,
): void {
  const naming = Object.entries(targets).filter(([, target]) => target === version);
  if (naming.length === 0) return;
  throw new UserError(
    naming.map(([alias]) => ({
      what: `is not removed: the alias ${alias} names it`,
      where: `${name} ${version}`,
      fix: `move ${alias} first`,
    })),
  );
}
