/** Aliases: what the index says holds; GTO's tags follow it, for other tools. */
import { GitHubRefusal } from '../../state/github-answer.ts';
import { PermissionError } from '../../state/state.ts';
import { movedTo, refuseElsewhere } from '../moves.ts';
import type { GitHubPlace } from './create.ts';
import { entryOf, type IndexedAlias, type VersionIndex } from './index.ts';
import { stageTag } from './names.ts';
import { makeTag } from './record.ts';

export interface GitHubMove {
  readonly name: string;
  readonly alias: string;
  readonly version: string | null;
  readonly expected?: string | null | undefined;
}

/** @throws AliasConflict if the alias is not where it is expected. */
export async function moveAlias(place: GitHubPlace, move: GitHubMove): Promise<void> {
  const { name, alias, version, expected } = move;
  const now = place.hub.clock.now();
  const message = `${alias} of ${name}: ${version ?? 'nothing'}`;
  let isMoved = false;
  const index = await place.indexes.change(name, message, (found) => {
    const before = aliasIn(found, alias);
    const current = before?.record.version ?? null;
    refuseElsewhere(`${alias} of ${name}`, current, expected);
    isMoved = current !== version;
    return isMoved ? moved(found, move, before, now) : undefined;
  });
  const { tags = [] } = aliasIn(index, alias) ?? {};
  // Of a move that is not new, an earlier run may have been killed before it made the tags.
  const there = isMoved || tags.length === 0 ? [] : await place.hub.refs(`refs/tags/${name}#${alias}`);
  const missing = tags.filter((tag) => !there.some(({ ref }) => ref === `refs/tags/${tag.name}`));
  await tell(place, index, move, missing);
}

function aliasIn({ aliases }: VersionIndex, alias: string): IndexedAlias | undefined {
  return Object.hasOwn(aliases, alias) ? aliases[alias] : undefined;
}

/** The index after a move. For GTO a stage can be on many versions, so it is taken from the one before. */
function moved(
  index: VersionIndex,
  { name, alias, version }: GitHubMove,
  before: IndexedAlias | undefined,
  now: Date,
): VersionIndex {
  let counter = index.counter ?? 0;
  const tagOf = (target: string | null, isEnd: boolean) =>
    target === null ? [] : [{ name: stageTag(name, alias, isEnd, ++counter), version: target }];
  const tags = [...tagOf(before?.record.version ?? null, true), ...tagOf(version, false)];
  const record = movedTo(before?.record ?? null, version, now);
  return { ...index, counter, aliases: { ...index.aliases, [alias]: { record, tags } } };
}

/** Makes tags of the last move. */
async function tell(
  { hub }: GitHubPlace,
  index: VersionIndex,
  { name, alias }: GitHubMove,
  tags: IndexedAlias['tags'],
): Promise<void> {
  const at = new Date(aliasIn(index, alias)?.record.at ?? 0);
  for (const { name: tag, version } of tags) {
    const entry = entryOf(index, version);
    if (entry === undefined) continue;
    try {
      const sha = await makeTag(hub, { name: tag, commit: entry.commit, message: `${name} ${version}`, at });
      if (await hub.createRef(`refs/tags/${tag}`, sha)) continue;
      hub.log.info(
        `The tag ${tag} is there already and is not ml-loop's, so GTO does not know of this move of ${alias}.`,
      );
    } catch (error) {
      if (!(error instanceof GitHubRefusal || error instanceof PermissionError)) throw error;
      hub.log.info(`GTO does not know of this move of ${alias}: ${error.message}`);
    }
  }
}
