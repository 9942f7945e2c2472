import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { catalog as isCatalog } from '../../schema/generated/oci.js';
import { shapeReader } from '../../schema/shape.ts';
import { RegistryRefusal } from '../remote/answer.ts';
import type { OciAddress } from './address.ts';
import { readImageManifest } from './manifests.ts';
import { unpackModel } from './model.ts';
import { Repository } from './repository.ts';
import type { Requests } from './requests.ts';
import { versionsOf } from './tags.ts';

const readCatalog = shapeReader<{ readonly repositories: readonly string[] | null }>(isCatalog);

/**
 * The models that have a version, sorted. None if the registry lists no repositories, which the specification does not
 * ask of it (GitHub's does not).
 */
export async function modelNames(address: OciAddress, requests: Requests): Promise<string[]> {
  const below = (await repositories(requests)).filter((name) => {
    const rest = name.startsWith(`${address.path}/`) ? name.slice(address.path.length + 1) : '';
    return rest !== '' && !rest.includes('/');
  });
  const names = await inParallel(below, (name) => nameIn(new Repository(name, requests)));
  return names.filter((name) => name !== undefined).sort();
}

async function repositories(requests: Requests): Promise<readonly string[]> {
  try {
    return await requests.pages(
      { method: 'GET', url: '/v2/_catalog?n=1000', repository: '' },
      'list the repositories',
      (text, where) => {
        const shaped = readCatalog(text, where);
        if ('value' in shaped) return shaped.value.repositories ?? [];
        throw new RegistryRefusal(shaped.problems);
      },
    );
  } catch (error) {
    if (error instanceof RegistryRefusal) return [];
    throw error;
  }
}

/** The model's name as it was written; undefined if the repository holds none. */
async function nameIn(repository: Repository): Promise<string | undefined> {
  const [version] = versionsOf(await repository.tags());
  const found = version === undefined ? null : await repository.manifest(version);
  if (version === undefined || found === null) return undefined;
  const where = repository.shown(version);
  try {
    return unpackModel(readImageManifest(found, where), version, where).name;
  } catch (error) {
    // Another kind of image beside the models.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
