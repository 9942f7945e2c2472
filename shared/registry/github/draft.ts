/** The draft of a release: it is filled before anyone sees it, and found again by the digest of its bytes. */

import { inParallel } from '../../problem/parallel.ts';
import { Unreachable } from '../../problem/problem.ts';
import { releases as areReleases, release as isRelease } from '../../schema/generated/github.js';
import { bytesIn } from '../../verdict/digest.ts';
import { keptFiles } from '../manifest.ts';
import { MODEL_CARD } from '../register.ts';
import type { NewVersion } from '../registry.ts';
import { Progress } from '../remote/progress.ts';
import { DraftGone, listAssets, storeAsset } from './assets.ts';
import type { Hub } from './hub.ts';
import { assetNames, versionTag } from './names.ts';

interface Release {
  readonly id: number;
  readonly draft: boolean;
  readonly upload_url: string;
  readonly body?: string | null;
}

/** A draft that holds all bytes of a version. */
export interface DraftRelease {
  readonly release: number;
  readonly assets: Readonly<Record<string, number>>;
  /** Other drafts of the same bytes, which earlier runs left. */
  readonly others: readonly number[];
}

const ATTEMPTS = 4;
/** GitHub takes 125,000 characters. */
const LONGEST_BODY = 100_000;

/**
 * A draft with all files of the model, as an earlier run left it or made new.
 *
 * @throws UserError if it cannot be filled; one that was made here is removed then. DraftGone.
 */
export async function fillDraft(hub: Hub, version: NewVersion): Promise<DraftRelease> {
  const { draft, others, isNew } = await findOrMake(hub, version);
  const kept = keptFiles({ files: version.bundle.files, ...version });
  const names = assetNames(kept);
  const files = new Map(kept.map((file) => [file.sha256, file]));
  const progress = new Progress(`Storing ${hub.shown(version.name)}`, bytesIn([...files.values()]), hub.log);
  const failures: unknown[] = [];
  try {
    const known = isNew ? [] : await listAssets(hub, draft.id);
    const stored = await inParallel([...names], async ([sha256, name]) => {
      const file = files.get(sha256);
      if (file === undefined || failures.some((error) => error instanceof DraftGone)) return [];
      const upload = {
        release: draft.id,
        address: draft.upload_url,
        name,
        file,
        source: version.file(file.path),
        onBytes: (count: number) => progress.add(count),
      };
      try {
        return [[sha256, await storeAsset(hub, upload, known)] as const];
      } catch (error) {
        failures.push(error);
        throw error;
      }
    });
    return { release: draft.id, assets: Object.fromEntries(stored.flat()), others };
  } catch (error) {
    const removed = failures.find((failure) => failure instanceof DraftGone);
    if (removed !== undefined) throw removed;
    // What GitHub's failures left is for the next run; what can never be whole is not.
    if (isNew && !failures.some((failure) => failure instanceof Unreachable))
      await removeRelease(hub, draft.id);
    throw error;
  }
}

async function findOrMake(hub: Hub, version: NewVersion) {
  for (let attempt = 1; ; attempt++) {
    const [draft, ...others] = await findDrafts(hub, version);
    if (draft !== undefined) return { draft, others: others.map(({ id }) => id), isNew: false };
    try {
      return { draft: await makeDraft(hub, version), others: [], isNew: true };
    } catch (error) {
      // It may be there.
      if (!(error instanceof Unreachable) || attempt === ATTEMPTS) throw error;
      await hub.clock.sleep(500 * 2 ** attempt);
    }
  }
}

/** The drafts of these bytes, the oldest first. Only who may write sees drafts. */
async function findDrafts(hub: Hub, version: NewVersion): Promise<Release[]> {
  const answer = await hub.github.list('GET /repos/{owner}/{repo}/releases');
  if (answer.status !== 200) throw hub.refusal(answer, 'read the releases');
  return hub
    .read<Release[]>(areReleases, answer, 'releases')
    .filter(({ draft, body }) => draft && body?.includes(markOf(version)) === true)
    .sort((a, b) => a.id - b.id);
}

async function makeDraft(hub: Hub, version: NewVersion): Promise<Release> {
  const answer = await hub.ask(
    'POST /repos/{owner}/{repo}/releases',
    {
      tag_name: versionTag(version.name, version.version),
      name: `${version.name} ${version.version}`,
      body: bodyOf(version),
      draft: true,
    },
    'make a draft of a release',
    201,
  );
  return hub.read<Release>(isRelease, answer, 'the draft of a release');
}

/** What people read on the release's page; a comment at its end says whose draft it is. */
function bodyOf(version: NewVersion): string {
  const card = version.evidence.find(({ name }) => name === MODEL_CARD)?.content ?? '';
  const facts = `Registered by ml-loop: ${version.bundle.files.length} files, \`${version.bundle.digest}\`.`;
  return `${card.slice(0, LONGEST_BODY)}\n\n${facts}\n\n${markOf(version)}\n`.trimStart();
}

function markOf({ name, bundle }: NewVersion): string {
  return `<!-- ml-loop ${name} ${bundle.digest} -->`;
}

/**
 * Publishes a draft under its version's tag, which is there; one that is published already stays.
 *
 * @throws Refused if GitHub does not take it; DraftGone.
 */
export async function publishDraft(hub: Hub, release: number, name: string, version: string): Promise<void> {
  const tag = versionTag(name, version);
  const answer = await hub.github.request('PATCH /repos/{owner}/{repo}/releases/{release_id}', {
    release_id: release,
    tag_name: tag,
    name: `${name} ${version}`,
    draft: false,
    // "Latest release" is the software's.
    make_latest: 'false',
  });
  if (answer.status === 200 && !hub.read<Release>(isRelease, answer, `the release ${tag}`).draft) return;
  const again = await hub.github.request('GET /repos/{owner}/{repo}/releases/{release_id}', {
    release_id: release,
  });
  if (again.status === 200 && !hub.read<Release>(isRelease, again, `the release ${tag}`).draft) return;
  throw hub.refusal(answer, `publish the release ${tag}`);
}

export async function removeRelease(hub: Hub, release: number): Promise<void> {
  const route = 'DELETE /repos/{owner}/{repo}/releases/{release_id}';
  await hub.ask(route, { release_id: release }, 'remove a release', 204, 404);
}
