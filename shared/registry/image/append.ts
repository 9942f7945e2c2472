/** An image and one more layer: the new configuration and the new manifest, and nothing else is another. */

import { UserError } from '../../problem/problem.ts';
import type { Json } from '../../verdict/verdict.ts';
import {
  type Blob,
  blobOf,
  type Descriptor,
  DOCKER_MANIFEST_TYPE,
  descriptorOf,
  LARGEST_MANIFEST,
  type ManifestText,
  manifestText,
} from '../oci/manifests.ts';
import { type BaseImage, type BaseImages, type Configuration, shownPlatform } from './base.ts';

/** What the images are about, as labels and annotations. */
export type ImageLabels = Readonly<Record<string, string>>;

export interface NewImage {
  readonly platform: string;
  readonly configuration: Blob;
  readonly manifest: ManifestText;
  readonly type: string;
}

export interface NewImages {
  readonly images: readonly NewImage[];
  /** What the tag names: the index, or the one image. */
  readonly root: ManifestText;
  readonly type: string;
}

interface NewLayer {
  readonly digest: string;
  readonly size: number;
}

/** What these say of a base is not true of what is made from it. */
const OF_THE_BASE =
  /^org\.opencontainers\.image\.(created|title|description|documentation|url|source|revision|version|ref\.name|base\..*)$/;

/**
 * The images of a base with the model's layer on top.
 *
 * @throws UserError if a manifest or configuration becomes larger than what registries take.
 */
export function withLayer(base: BaseImages, layer: NewLayer, labels: ImageLabels): NewImages {
  const images = base.images.map((image) => imageWith(image, layer, labels));
  const [only] = images;
  if (base.index === null && only !== undefined) return { images, root: only.manifest, type: only.type };
  const { type = '', annotations = {} } = base.index ?? {};
  const isDocker = type.startsWith('application/vnd.docker.');
  const manifests = images.map(({ manifest, type: mediaType }, at) => ({
    mediaType,
    digest: manifest.digest,
    size: Buffer.byteLength(manifest.text),
    platform: base.images[at]?.platform ?? {},
  }));
  const root = manifestText({
    schemaVersion: 2,
    mediaType: type,
    manifests,
    ...(isDocker ? {} : { annotations: renewed(annotations, labels) }),
  });
  return { images, root: fitting(root, 'index'), type };
}

function imageWith(image: BaseImage, layer: NewLayer, labels: ImageLabels): NewImage {
  const isDocker = image.type === DOCKER_MANIFEST_TYPE;
  const configuration = blobOf(JSON.stringify(configurationWith(image, layer.digest, labels)));
  const added: Descriptor = {
    mediaType: isDocker
      ? 'application/vnd.docker.image.rootfs.diff.tar'
      : 'application/vnd.oci.image.layer.v1.tar',
    ...layer,
  };
  const configType = isDocker
    ? 'application/vnd.docker.container.image.v1+json'
    : 'application/vnd.oci.image.config.v1+json';
  const manifest = manifestText({
    schemaVersion: 2,
    mediaType: image.type,
    config: descriptorOf(configType, configuration),
    layers: [...image.layers, added],
    ...(isDocker ? {} : { annotations: renewed(image.annotations, labels) }),
  });
  const platform = shownPlatform(image.platform);
  fitting({ text: configuration.content, digest: configuration.digest }, 'configuration');
  return { platform, configuration, manifest: fitting(manifest, 'manifest'), type: image.type };
}

function configurationWith(
  { configuration, layers }: BaseImage,
  diffId: string,
  labels: ImageLabels,
): Configuration {
  const { config, rootfs, history } = configuration;
  // Docker compares the history with the layers, if there is one.
  const isTold = layers.length === 0 || (history ?? []).length > 0;
  const entry = { created: new Date(0).toISOString(), created_by: 'ml-loop register-model' };
  return {
    ...configuration,
    config: { ...config, Labels: renewed(config?.Labels ?? {}, labels) },
    rootfs: { ...rootfs, diff_ids: [...(rootfs.diff_ids ?? []), diffId] },
    ...(isTold ? { history: [...(history ?? []), entry] } : {}),
  } as Configuration & Json;
}

/** What the base says of itself, without what is not true any more, and ours. */
function renewed(of: ImageLabels, labels: ImageLabels): ImageLabels {
  const kept = Object.entries(of).filter(([name]) => !OF_THE_BASE.test(name));
  return Object.fromEntries([...kept, ...Object.entries(labels)]);
}

function fitting(text: ManifestText, noun: string): ManifestText {
  const size = Buffer.byteLength(text.text);
  if (size <= LARGEST_MANIFEST) return text;
  throw new UserError({
    what: `the image’s ${noun} would have ${size} bytes, and container registries take ${LARGEST_MANIFEST} (4 MiB)`,
    where: 'input image (base)',
    fix: 'name another base image',
  });
}
