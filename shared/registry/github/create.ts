/**
 * How a version comes to be. All bytes are put into a draft; the index says that they are staged, which settles whose the
 * bytes are; the tag is created, which settles whose the number is; the release is published; the index says that it is
 * whole. From the second step on, any run can do the rest, and does it if it finds it undone.
 */
import { Unreachable, UserError } from '../../problem/problem.ts';
import { keptFiles, type Manifest, manifestFor, refuseUnfit } from '../manifest.ts';
import { PROVENANCE } from '../provenance.ts';
import { type NewVersion, VersionTakenError } from '../registry.ts';
import { DraftGone } from './assets.ts';
import { type DraftRelease, fillDraft, publishDraft, removeRelease } from './draft.ts';
import { type Hub, tooManyPages } from './hub.ts';
import { type Entry, entryOf, type Indexes, type VersionIndex, withEntry, withoutEntry } from './index.ts';
import { refuseTooLarge } from './limits.ts';
import { evidenceRefs, versionTag } from './names.ts';
import { makeCommit, makeTag, storedEvidence } from './record.ts';
import { burned, foreignTag } from './refusals.ts';

export interface GitHubPlace {
  readonly hub: Hub;
  readonly indexes: Indexes;
}

const ATTEMPTS = 5;
/** Runs that lost one race do not all begin the next one at once. */
const PAUSE_MS = 1000;

/**
 * Makes a version whole, or leaves nothing that anyone finds.
 *
 * @throws VersionTaken if the version is there, or another one with its bytes.
 */
export async function createVersion(place: GitHubPlace, version: NewVersion): Promise<void> {
  refuseUnfit(version);
  const manifest = manifestFor(version);
  refuseTooLarge(keptFiles(manifest));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await settleRivals(place, manifest);
    const draft = await fillDraft(place.hub, version).catch(orGone);
    if (draft === undefined) continue;
    const entry = await entryFor(place.hub, version, manifest, draft);
    const winner = await claim(place, entry);
    if (winner === undefined) {
      await finish(place, entry);
      for (const other of draft.others) await removeRelease(place.hub, other).catch(() => undefined);
      return;
    }
    const isSame = winner.manifest.digest === manifest.digest;
    if (isSame && winner.release !== draft.release)
      await removeRelease(place.hub, draft.release).catch(() => undefined);
  }
  throw tooManyPages('other runs came in between again and again', place.hub.shown(manifest.name));
}

function orGone(error: unknown): undefined {
  if (error instanceof DraftGone) return undefined;
  throw error;
}

/** The git objects of the version; nothing names them yet. */
async function entryFor(
  hub: Hub,
  version: NewVersion,
  manifest: Manifest,
  draft: DraftRelease,
): Promise<Entry> {
  const { name, version: number, digest } = manifest;
  const message = `${name} ${number}\n\n${digest}`;
  const source = sourceOf(version);
  const at = version.createdAt;
  const commit = await makeCommit(hub, { message, at, evidence: version.evidence, source, manifest });
  const tag = await makeTag(hub, { name: versionTag(name, number), commit, message, at });
  const evidence = version.evidence.map((file) => storedEvidence(file.name, file.content));
  const { release, assets } = draft;
  return { state: 'staged', manifest, evidence, release, assets, commit, tag };
}

/** The commit that the model was made from, if its provenance tells. */
function sourceOf({ evidence }: NewVersion): string | undefined {
  const content = evidence.find(({ name }) => name === PROVENANCE)?.content;
  const [, commit] = /"commit":\s*"([0-9a-f]{40})"/.exec(content ?? '') ?? [];
  return commit;
}

/** The entry that stands in the way of a version: of its number, or of its bytes. */
function rivalOf(index: VersionIndex, { version, digest }: Manifest): Entry | undefined {
  return index.versions.find(({ manifest }) => manifest.version === version || manifest.digest === digest);
}

/** Says in the index that the version is staged. @returns who was there first, if anyone. */
async function claim({ indexes }: GitHubPlace, entry: Entry): Promise<Entry | undefined> {
  const { name, version } = entry.manifest;
  let rival: Entry | undefined;
  await indexes.change(name, `${name} ${version}: staged`, (index) => {
    rival = rivalOf(index, entry.manifest);
    return rival === undefined ? withEntry(index, entry) : undefined;
  });
  return rival;
}

/** Does the rest of what other runs have begun. @throws VersionTaken if that is the version, or has its bytes. */
async function settleRivals(place: GitHubPlace, manifest: Manifest): Promise<void> {
  const { hub, indexes } = place;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const index = await indexes.read(manifest.name);
    const rival = rivalOf(index, manifest) ?? index.versions.find(({ state }) => state === 'leaving');
    if (rival === undefined) return;
    if (rival.state === 'whole')
      throw new VersionTakenError(
        `${hub.shown(versionTag(manifest.name, rival.manifest.version))} exists already`,
      );
    // Most likely its own run is about to do so.
    if (attempt === 0) await hub.clock.sleep(Math.random() * PAUSE_MS);
    else if (rival.state === 'leaving') await leave(place, rival);
    // If it cannot be made, it has been withdrawn.
    else await finish(place, rival).catch((error) => refuseUnreachable(error));
  }
  throw tooManyPages('other runs came in between again and again', hub.shown(manifest.name));
}

function refuseUnreachable(error: unknown): void {
  if (error instanceof Unreachable || !(error instanceof UserError)) throw error;
}

/** From staged to whole; whoever comes by may do it, also twice. @throws UserError if GitHub refuses: it is withdrawn then. */
async function finish(place: GitHubPlace, entry: Entry): Promise<void> {
  const { hub, indexes } = place;
  const { name, version } = entry.manifest;
  try {
    await claimTag(hub, entry);
    await publishDraft(hub, entry.release, name, version);
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof Unreachable) throw error;
    await withdraw(place, entry).catch(() => undefined);
    throw burned(error, name, version);
  }
  await indexes.change(name, `${name} ${version}`, (index) => {
    const found = entryOf(index, version);
    return found?.tag === entry.tag && found.state === 'staged'
      ? withEntry(index, { ...found, state: 'whole' })
      : undefined;
  });
}

async function claimTag(hub: Hub, { manifest, tag }: Entry): Promise<void> {
  const name = versionTag(manifest.name, manifest.version);
  if (await hub.createRef(`refs/tags/${name}`, tag)) return;
  throw foreignTag(hub, manifest, await hub.refs(`refs/tags/${manifest.name}@v`));
}

async function withdraw(place: GitHubPlace, entry: Entry): Promise<void> {
  const { name, version } = entry.manifest;
  let mine: Entry | undefined;
  await place.indexes.change(name, `${name} ${version}: withdrawn`, (index) => {
    const found = entryOf(index, version);
    mine = found?.tag === entry.tag && found.state === 'staged' ? { ...found, state: 'leaving' } : undefined;
    return mine && withEntry(index, mine);
  });
  if (mine !== undefined) await leave(place, mine);
}

/** Removes what belongs to a version that the index has as leaving, and then its entry. */
export async function leave({ hub, indexes }: GitHubPlace, entry: Entry): Promise<void> {
  const { name, version } = entry.manifest;
  await removeRelease(hub, entry.release);
  const tag = `refs/tags/${versionTag(name, version)}`;
  if ((await hub.ref(tag)) === entry.tag) await hub.deleteRef(tag);
  for (const { ref } of await hub.refs(`${evidenceRefs(name, version)}/`)) await hub.deleteRef(ref);
  await indexes.change(name, `${name} ${version}: gone`, (index) => {
    const found = entryOf(index, version);
    return found?.tag === entry.tag && found.state === 'leaving' ? withoutEntry(index, entry) : undefined;
  });
}
