import { UserError } from '../problem/problem.ts';
import { AliasConflict, type AliasMove, KEPT_MOVES, type ModelVersion } from './registry.ts';

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

/** An alias as it is stored: `schemas/alias.schema.json`. */
export interface StoredAlias extends AliasMove {
  readonly earlier?: readonly AliasMove[];
}

/** All moves that a stored alias tells of, oldest first. */
export function movesOf(alias: StoredAlias | null): AliasMove[] {
  return alias === null ? [] : [...(alias.earlier ?? []), { version: alias.version, at: alias.at }];
}

/** The alias after one more move; of those before, the last ones are kept. */
export function movedTo(alias: StoredAlias | null, version: string | null, at: Date) {
  const earlier = movesOf(alias).slice(1 - KEPT_MOVES);
  return { version, at: at.toISOString(), earlier: earlier.map((move) => ({ ...move })) };
}

/**
 * @param alias in words, such as `champion of demand`.
 * @param expected undefined if any place will do.
 * @throws AliasConflict if the alias points elsewhere.
 */
export function refuseElsewhere(
  alias: string,
  current: string | null,
  expected: string | null | undefined,
): void {
  if (expected === undefined || current === expected) return;
  throw new AliasConflict(`${alias} points to ${current ?? 'nothing'}, not to ${expected ?? 'nothing'}`);
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
