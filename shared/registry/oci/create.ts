/** How a version comes to be: all bytes first, its tag last, so that half a version never shows. */

import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { bytesIn, sha256Text } from '../../verdict/digest.ts';
import { freeName } from '../attachments.ts';
import { refuseUnfit } from '../manifest.ts';
import { type Attachment, type NewVersion, VersionTakenError } from '../registry.ts';
import { RegistryRefusal } from '../remote/answer.ts';
import { Progress } from '../remote/progress.ts';
import { withClaim } from './claim.ts';
import { type Blob, EMPTY, readImageManifest } from './manifests.ts';
import { packModel, unpackModel } from './model.ts';
import { type PackedNote, packEvidence, packRecord } from './notes.ts';
import { listReferrer } from './referrers.ts';
import type { Repository } from './repository.ts';
import type { OciPorts } from './requests.ts';
import { type NoteKind, noteTag, versionsOf } from './tags.ts';
import { type FoundVersion, refuseTwin, subjectOf } from './versions.ts';

/**
 * Stores a version whole, or leaves nothing that anyone finds.
 *
 * @throws VersionTaken if the version is there.
 */
export async function createVersion(
  repository: Repository,
  version: NewVersion,
  ports: OciPorts,
): Promise<void> {
  refuseUnfit(version);
  const artifact = packModel(version);
  const taken = takenBy(repository, version);
  const before = await taken();
  if (before !== undefined) throw new VersionTakenError(`${repository.shown(before)} exists already`);
  const record = packRecord(
    { subject: subjectOf(artifact.manifest), at: version.createdAt, files: version.evidence },
    version.metadata,
  );
  if (version.origin === undefined) await upload(repository, version, ports);
  await storeTexts(repository, [artifact.config, EMPTY, ...record.blobs]);
  await repository.put(artifact.manifest);
  const claims = { repository, ...ports, version: version.version, digest: version.bundle.digest, taken };
  await withClaim(claims, async (isFresh) => {
    await storeNote(repository, 'record', version.version, record);
    if (!isFresh()) return false;
    await repository.put(artifact.manifest, version.version, { once: true }).catch((error: unknown) => {
      // Without an answer it may have come through, which is read next.
      if (error instanceof RegistryRefusal || !(error instanceof UserError)) throw error;
    });
    const found = await repository.manifest(version.version);
    if (found !== null && found.digest !== artifact.manifest.digest)
      throw new VersionTakenError(`${repository.shown(version.version)} was made by another run`);
    return found !== null;
  });
}

/** Adds files to what is kept beside a version, those whose content is not there yet. */
export async function addNote(
  repository: Repository,
  { model, kept, manifest }: FoundVersion,
  files: readonly Attachment[],
  at: Date,
): Promise<void> {
  const known = new Set(kept.evidence.map(({ digest }) => digest));
  const taken = kept.evidence.map(({ name }) => name);
  const added = files.flatMap(({ name, content }) => {
    const digest = sha256Text(content);
    if (known.has(digest)) return [];
    const free = freeName(name, taken);
    known.add(digest);
    taken.push(free);
    return [{ name: free, content }];
  });
  if (added.length === 0) return;
  const note = packEvidence({ subject: subjectOf(manifest), at, files: added }, kept.notes);
  await storeTexts(repository, [EMPTY, ...note.blobs]);
  await storeNote(repository, 'evidence', model.version, note);
}

async function storeTexts(repository: Repository, blobs: readonly Blob[]): Promise<void> {
  const unique = new Map(blobs.map((blob) => [blob.digest, blob]));
  await inParallel([...unique.values()], (blob) => repository.putText(blob));
}

/** Stores a note under a tag of its own, and puts it on the list of referrers if the registry does not. */
async function storeNote(
  repository: Repository,
  kind: NoteKind,
  version: string,
  { manifest, descriptor }: PackedNote,
): Promise<void> {
  const id = manifest.digest.slice('sha256:'.length);
  const isListed = await repository.put(manifest, noteTag(kind, version, id));
  const { subject } = readImageManifest(manifest, repository.shown(manifest.digest));
  if (!isListed && subject !== undefined) await listReferrer(repository, subject, descriptor);
}

/**
 * Tells whether the version is there, or another one with the same bytes. What was looked at once is not looked at again.
 *
 * @throws UserError if the repository is another model's.
 */
function takenBy(
  repository: Repository,
  { name, version, bundle }: NewVersion,
): () => Promise<string | undefined> {
  const seen = new Set<string>();
  return async () => {
    const fresh = versionsOf(await repository.tags()).filter((tag) => !seen.has(tag));
    const models = await inParallel(fresh, async (tag) => {
      const found = await repository.manifest(tag);
      const where = repository.shown(tag);
      return found === null ? undefined : unpackModel(readImageManifest(found, where), tag, where);
    });
    for (const model of models) {
      if (model === undefined) continue;
      refuseTwin(model.name, name, repository);
      if (model.version === version || model.digest === bundle.digest) return model.version;
      seen.add(model.version);
    }
    // A list may have been read before the tag was there.
    return (await repository.manifest(version)) === null ? undefined : version;
  };
}

/** The model's files, those that the registry lacks. */
async function upload(
  repository: Repository,
  { bundle, file }: NewVersion,
  { log }: OciPorts,
): Promise<void> {
  const total = bytesIn(bundle.files);
  const progress = new Progress(`Storing ${repository.shown()}`, total, log);
  // The same bytes under two names are one blob.
  const blobs = new Map(bundle.files.map((each) => [each.sha256, each]));
  await inParallel([...blobs.values()], ({ path, size, sha256 }) => {
    const source = file(path);
    const blob = { digest: `sha256:${sha256}`, size, where: source.name };
    return repository.putBlob(blob, source, { onBytes: (count) => progress.add(count) });
  });
}
