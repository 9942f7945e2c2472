/** A model in a container image, made by a registry's API alone: no container engine is asked, and no image is unpacked. */

import type { LocalBundle } from '../../ports/ports.ts';
import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { versionProblem } from '../names.ts';
import { serverAt } from '../oci/address.ts';
import type { ManifestText } from '../oci/manifests.ts';
import { MODEL_TYPE } from '../oci/model.ts';
import { Repository } from '../oci/repository.ts';
import { type OciPorts, Requests } from '../oci/requests.ts';
import type { ModelVersion } from '../registry.ts';
import { Progress } from '../remote/progress.ts';
import { type ImageLabels, type NewImages, withLayer } from './append.ts';
import { type BaseImages, scratch } from './base.ts';
import { layerBytes, layerDigest, layerOf } from './layer.ts';
import { readImages } from './read.ts';
import type { ImageRecord } from './record.ts';
import { type ImageReference, shownImage } from './reference.ts';

/** What the input `image` asks for. */
export interface ImageRequest {
  readonly base: ImageReference | 'scratch';
  /** Without a tag it gets the version's number. */
  readonly target: ImageReference;
  /** Absolute. */
  readonly path: string;
}

/** An image of which all is stored but what depends on the version. */
export interface PreparedImage {
  /** The platforms of the base that it is not made for. */
  readonly leftOut: readonly string[];
  /** @returns the image, and if it was made now. @throws UserError if the tag is a version's, and names another image. */
  publish(
    version: ModelVersion,
    source: ImageLabels,
  ): Promise<{ record: Omit<ImageRecord, 'schema'>; created: boolean }>;
}

export function repositoryFor(
  { host, repository }: ImageReference,
  input: string,
  ports: OciPorts,
): Repository {
  return new Repository(repository, new Requests(serverAt(host, input), ports));
}

/**
 * Reads the base, and stores its layers and the model's in the target, those that are not there.
 *
 * @throws UserError if the base is not an image, or the registry refuses; nothing shows yet.
 */
export async function prepareImage(
  { base: from, target, path }: ImageRequest,
  bundle: LocalBundle,
  ports: OciPorts,
): Promise<PreparedImage> {
  const layer = layerOf(bundle.files, path);
  const to = repositoryFor(target, 'input image (target)', ports);
  const source = from === 'scratch' ? null : repositoryFor(from, 'input image (base)', ports);
  const base = source === null || from === 'scratch' ? scratch() : await readImages(source, from, OTHER_BASE);
  const added = { digest: await layerDigest(layer, bundle.source), size: layer.size };
  // What is too large for a registry is told before anything is stored.
  withLayer(base, added, {});
  if (source !== null) await copyLayers(base, source, to, ports);
  const progress = new Progress(`Storing the model’s layer of ${to.shown()}`, layer.size, ports.log);
  const where = `the model’s layer of ${to.shown()}`;
  const bytes = () => layerBytes(layer, (file) => bundle.source(file.path).open());
  await to.putBlob(
    { ...added, where },
    { name: where, open: bytes },
    { onBytes: (count) => progress.add(count) },
  );
  return {
    leftOut: base.leftOut,
    async publish(version, labels) {
      const all = { ...labels, ...labelsOf(version, base) };
      const images = withLayer(base, added, all);
      const tag = target.tag ?? version.version;
      const created = await push(images, to, tag);
      const record = {
        name: shownImage({ name: target.name, tag }),
        digest: images.root.digest,
        model: version.digest,
        path,
        layer: added,
        base: base.origin,
        platforms: images.images.map(({ platform }) => platform),
      };
      return { record, created };
    },
  };
}

const OTHER_BASE =
  'name a container image in the input image (base), such as busybox with its tag or digest; for the model alone, write base: scratch';

/** The base's layers, each once: mounted if they are in the same registry, sent through this machine if not. */
async function copyLayers(
  base: BaseImages,
  source: Repository,
  to: Repository,
  { log }: OciPorts,
): Promise<void> {
  const isSame = source.requests.address.host === to.requests.address.host;
  if (isSame && source.name === to.name) return;
  const blobs = new Map(base.images.flatMap(({ layers }) => layers.map((layer) => [layer.digest, layer])));
  const total = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  const progress = new Progress(`Copying ${source.shown()} to ${to.shown()}`, total, log);
  await inParallel([...blobs.values()], ({ digest, size }) => {
    const where = source.shown(digest);
    const bytes = () => source.readBlob({ digest, size, where });
    return to.putBlob(
      { digest, size, where },
      { name: where, open: bytes },
      { onBytes: (count) => progress.add(count), ...(isSame ? { from: source.name } : {}) },
    );
  });
}

/** All of it a function of the version and the base, so that the same input makes the same image. */
function labelsOf({ name, version, digest }: ModelVersion, { origin }: BaseImages): ImageLabels {
  const image = 'org.opencontainers.image';
  return {
    [`${image}.title`]: name,
    [`${image}.version`]: version,
    ...(origin === null
      ? {}
      : { [`${image}.base.name`]: origin.name, [`${image}.base.digest`]: origin.digest }),
    'dev.ml-loop.name': name,
    'dev.ml-loop.digest': digest,
  };
}

/** Is it a version, or what is kept beside one? */
function isOfModel({ text }: ManifestText): boolean {
  const { artifactType = '' } = JSON.parse(text) as { artifactType?: unknown };
  return artifactType === MODEL_TYPE || String(artifactType).startsWith('application/vnd.ml-loop.');
}

/**
 * @returns was anything stored?
 * @throws UserError if the tag is a version's, and names another image: a version does not change.
 */
async function push({ images, root, type }: NewImages, to: Repository, tag: string): Promise<boolean> {
  const before = await to.manifest(tag);
  if (before?.digest === root.digest) return false;
  if (before !== null && isOfModel(before)) {
    throw new UserError({
      what: 'names a model that ml-loop registered, which an image must not take the place of',
      where: to.shown(tag),
      fix: 'give the image a name of its own in the input image (target)',
    });
  }
  if (before !== null && versionProblem(tag) === undefined) {
    throw new UserError({
      what: `names another image already (${before.digest}, not ${root.digest}), and a version’s tag is not written over`,
      where: to.shown(tag),
      fix: 'pin the base by the digest that it had then (`crane manifest` shows it as org.opencontainers.image.base.digest), or give the target another tag in the input image',
    });
  }
  await inParallel(images, async ({ configuration, manifest, type: each }) => {
    await to.putText(configuration);
    await to.put(manifest, manifest.digest, { type: each });
  });
  await to.put(root, tag, { type });
  const after = await to.manifest(tag);
  if (after?.digest === root.digest) return true;
  throw new UserError({
    what: `names ${after?.digest ?? 'nothing'} after ${root.digest} was stored: another run wrote it at the same time`,
    where: to.shown(tag),
    fix: 'give the jobs a concurrency group, and run this one again',
  });
}
