/** What a repository holds of a model: its versions, each with its bytes' digest and what is kept beside it. */

import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { type ModelVersion, noVersion } from '../registry.ts';
import { MANIFEST_TYPE, type ManifestText, readImageManifest } from './manifests.ts';
import { type PackedModel, unpackModel } from './model.ts';
import { type KeptNotes, mergeNotes, type ReadNote } from './notes.ts';
import type { Repository } from './repository.ts';
import { notesOf, versionsOf } from './tags.ts';

export interface FoundVersion {
  readonly model: PackedModel;
  readonly kept: KeptNotes;
  readonly manifest: ManifestText;
}

/** All versions that have a tag, in no order. @throws UserError with the problems of all that cannot be read. */
export function findVersions(
  repository: Repository,
  name: string,
  tags: readonly string[],
): Promise<FoundVersion[]> {
  return inParallel(versionsOf(tags), (version) => findVersion(repository, name, { tags, version }));
}

/** @throws UserError if there is no such version, or it cannot be read. */
export async function findVersion(
  repository: Repository,
  name: string,
  { tags, version }: { readonly tags: readonly string[]; readonly version: string },
): Promise<FoundVersion> {
  const where = repository.shown(version);
  const manifest = await repository.manifest(version);
  if (manifest === null) throw noVersion({ name, version }, where);
  const model = unpackModel(readImageManifest(manifest, where), version, where);
  refuseTwin(model.name, name, repository);
  const noted = await inParallel(notesOf(tags, version), (tag) => readNote(repository, tag));
  const ours = noted.filter(({ manifest: { subject } }) => subject?.digest === manifest.digest);
  return { model, kept: mergeNotes(ours, where), manifest };
}

async function readNote(repository: Repository, tag: string): Promise<ReadNote> {
  const found = await repository.manifest(tag);
  const where = repository.shown(tag);
  if (found === null)
    throw new UserError({ what: 'was removed while it was read', where, fix: 'run this again' });
  return { manifest: readImageManifest(found, where), digest: found.digest };
}

/** @throws UserError if the repository is of a model whose name differs by capitals only. */
export function refuseTwin(found: string, name: string, repository: Repository): void {
  if (found === name) return;
  throw new UserError({
    what: `the registry has the model ${found}, not ${name}; ${repository.shown()} can be only one of them, since addresses know no capitals`,
    where: 'input name',
    fix: `write name: ${found}; if ${name} is another model, give it another name`,
  });
}

export function published({ model, kept, manifest }: FoundVersion, repository: Repository): ModelVersion {
  return {
    ...model,
    uri: `oci://${repository.shown(model.version)}@${manifest.digest}`,
    createdAt: kept.createdAt,
    metadata: kept.metadata,
    evidence: kept.evidence.map(({ name }) => name),
  };
}

/** What notes refer to. */
export function subjectOf({ text, digest }: ManifestText) {
  return { mediaType: MANIFEST_TYPE, digest, size: Buffer.byteLength(text) };
}
