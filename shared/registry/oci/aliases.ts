/**
 * Aliases: the tag `alias-NAME` is a note that says where the alias points and pointed before, which is what ml-loop reads;
 * the tag NAME points to the model itself, for other tools.
 */
import type { Clock } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { validate as isAlias } from '../../schema/generated/alias.js';
import { shapeReader } from '../../schema/shape.ts';
import { byAlias, movedTo, movesOf, refuseElsewhere, type StoredAlias, targetsOf } from '../moves.ts';
import type { AliasMove } from '../registry.ts';
import { type ManifestText, manifestText, note, readImageManifest } from './manifests.ts';
import type { Repository } from './repository.ts';
import { aliasesOf, aliasTag } from './tags.ts';

const ALIAS_TYPE = 'application/vnd.ml-loop.alias.v1+json';
/** The annotation that holds a value of `schemas/alias.schema.json`. */
const ALIAS = 'dev.ml-loop.alias';

const readAlias = shapeReader<StoredAlias>(isAlias);

/** All moves by alias, oldest first. @throws UserError for a note that is damaged. */
export async function readHistory(
  repository: Repository,
  tags: readonly string[],
): Promise<Readonly<Record<string, readonly AliasMove[]>>> {
  const moves = await Promise.all(
    aliasesOf(tags).map(
      async (alias) => [alias, movesOf((await read(repository, alias))?.record ?? null)] as const,
    ),
  );
  return byAlias(moves);
}

/** Versions by alias, of aliases that point to one. @throws UserError for a note that is damaged. */
export async function readAliases(
  repository: Repository,
  tags: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  return targetsOf(await readHistory(repository, tags));
}

interface Read {
  readonly record: StoredAlias;
  readonly digest: string;
}

async function read(repository: Repository, alias: string): Promise<Read | null> {
  const found = await repository.manifest(aliasTag(alias));
  if (found === null) return null;
  const where = repository.shown(aliasTag(alias));
  const { annotations = {} } = readImageManifest(found, where);
  const shaped = readAlias(annotations[ALIAS] ?? '', `${where} ${ALIAS}`);
  if ('value' in shaped) return { record: shaped.value, digest: found.digest };
  throw new UserError(
    shaped.problems.map((problem) => ({
      ...problem,
      fix: 'push its last good copy; or remove this tag, and set the alias again',
    })),
  );
}

export interface OciMove {
  readonly alias: string;
  readonly version: string | null;
  readonly expected?: string | null | undefined;
}

/**
 * Moves an alias: the note first, then the plain tag. Of two runs at once the last writer wins; a run that said what it
 * expected is told.
 *
 * @throws AliasConflict
 */
export async function moveAlias(
  repository: Repository,
  clock: Pick<Clock, 'now'>,
  { alias, version, expected }: OciMove,
): Promise<void> {
  const before = await read(repository, alias);
  const shown = `${alias} of ${repository.shown()}`;
  refuseElsewhere(shown, before?.record.version ?? null, expected);
  if (before === null && version === null) return;
  if (before === null || before.record.version !== version) {
    const value = movedTo(before?.record ?? null, version, clock.now());
    await repository.put(manifestText(note(ALIAS_TYPE, { [ALIAS]: JSON.stringify(value) })), aliasTag(alias));
    if (expected !== undefined)
      refuseElsewhere(shown, (await read(repository, alias))?.record.version ?? null, version);
  }
  await pointPlainTag(repository, alias);
}

/** Other runs may move the alias meanwhile: so many times this run looks again. */
const LOOKS = 5;

/** The plain tag follows the note; that of an alias without a version points to the note, so that no model is pulled by it. */
async function pointPlainTag(repository: Repository, alias: string): Promise<void> {
  let followed: string | undefined;
  for (let look = 0; look < LOOKS; look++) {
    const found = await read(repository, alias);
    if (found === null || found.digest === followed) return;
    followed = found.digest;
    const target: ManifestText | null = await repository.manifest(found.record.version ?? aliasTag(alias));
    if (target !== null && (await repository.manifest(alias))?.digest !== target.digest)
      await repository.put(target, alias);
  }
}
