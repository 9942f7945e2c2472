import { UserError } from '../../problem/problem.ts';
import { refuseNamed } from '../moves.ts';
import { readAliases } from './aliases.ts';
import type { ManifestText } from './manifests.ts';
import type { Repository } from './repository.ts';
import { notesOf } from './tags.ts';

interface Removed {
  readonly name: string;
  readonly version: string;
  readonly manifest: ManifestText;
}

/**
 * Removes a version: its tag first, so that it does not show; then its manifest and its notes. The registry removes the
 * bytes when it collects its garbage.
 *
 * @throws UserError if an alias names it, or the registry removes nothing.
 */
export async function removeVersion(
  repository: Repository,
  { name, version, manifest }: Removed,
): Promise<void> {
  const tags = await repository.tags();
  refuseNamed(await readAliases(repository, tags), { name, version });
  await repository.remove(version);
  await repository.remove(manifest.digest);
  if ((await repository.manifest(version)) !== null) {
    throw new UserError({
      what: 'the registry does not remove versions when it is asked to',
      where: repository.shown(version),
      fix: 'remove it on the registry’s own pages (on GitHub those of the package), or let the registry allow deletes',
    });
  }
  for (const tag of notesOf(tags, version)) {
    const note = await repository.manifest(tag);
    await repository.remove(tag);
    if (note !== null) await repository.remove(note.digest);
  }
  await repository.remove(manifest.digest.replace(':', '-'));
}
