import { UserError } from '../../problem/problem.ts';
import type { OciPorts } from '../oci/requests.ts';
import type { ModelVersion } from '../registry.ts';
import { shownPlatform } from './base.ts';
import { repositoryFor } from './image.ts';
import { layerOf, refuseOtherLayer } from './layer.ts';
import { readImages } from './read.ts';
import { type ImageRecord, readRecord } from './record.ts';
import { parseImage, shownImage } from './reference.ts';

const AGAIN = 'put its last good copy back, or register the model again with the input image and another tag';

/**
 * Reads the image of an `image.json` back by its digest: the last layer of each of its platforms must be the model, byte for byte.
 *
 * @throws UserError if it is not, or cannot be read.
 */
export async function verifyImage(
  version: Pick<ModelVersion, 'digest' | 'files'>,
  { text, file, ports }: { readonly text: string; readonly file: string; readonly ports: OciPorts },
): Promise<ImageRecord> {
  const record = readRecord(text, file);
  const { name, digest, model, path, layer } = record;
  const where = shownImage({ name, digest });
  const refuse = (what: string): never => {
    throw new UserError({ what, where, fix: AGAIN });
  };
  const named = parseImage(name);
  if (named === undefined) return refuse('does not name an image');
  if (model !== version.digest) return refuse(`was made of another model (${model})`);
  const repository = repositoryFor(named, 'evidence image.json', ports);
  const { images } = await readImages(repository, { ...named, digest }, AGAIN);
  for (const { platform, layers, configuration } of images) {
    const last = layers.at(-1)?.digest;
    const isTop = last === layer.digest && configuration.rootfs.diff_ids?.at(-1) === layer.digest;
    if (!isTop)
      refuse(`has ${last ?? 'nothing'} as its last layer for ${shownPlatform(platform)}, not the model’s`);
  }
  const expected = layerOf(version.files, path);
  if (expected.size !== layer.size) refuse('has a layer of another size than the model’s');
  await refuseOtherLayer(expected, repository.readBlob({ ...layer, where }), where);
  return record;
}
