import type { Descriptor, ImageIndex } from './manifests.ts';
import { INDEX_TYPE, manifestText, readIndex } from './manifests.ts';
import type { Repository } from './repository.ts';

const ATTEMPTS = 10;

/**
 * Puts a note on the list of what refers to a manifest, for registries that keep no such list themselves: an index under
 * the tag `sha256-HEX` (distribution 1.1, "Referrers Tag Schema"). It is written over what was read, so that a note of
 * another run may be lost from it; it is read back until ours is there. ml-loop itself finds notes by their own tags.
 */
export async function listReferrer(
  repository: Repository,
  { digest: subject }: Pick<Descriptor, 'digest'>,
  note: Descriptor,
): Promise<void> {
  const tag = subject.replace(':', '-');
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await repository.manifest(tag);
    const manifests = found === null ? [] : readIndex(found, repository.shown(tag)).manifests;
    if (manifests.some(({ digest }) => digest === note.digest)) return;
    const index: ImageIndex = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [...manifests, note] };
    await repository.put(manifestText(index), tag, { type: INDEX_TYPE });
  }
}
