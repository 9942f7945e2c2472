/** Images and indexes of images, as their registry has them: Docker's and OCI's. */

import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import {
  configuration as isConfiguration,
  container as isContainer,
  platforms as isPlatforms,
} from '../../schema/generated/oci.js';
import { type ShapedFile, shapeReader } from '../../schema/shape.ts';
import {
  type Descriptor,
  DOCKER_INDEX_TYPE,
  DOCKER_MANIFEST_TYPE,
  INDEX_TYPE,
  LARGEST_MANIFEST,
  MANIFEST_TYPE,
  type ManifestText,
} from '../oci/manifests.ts';
import type { Repository } from '../oci/repository.ts';
import { type BaseImage, type BaseImages, type Configuration, type Platform, shownPlatform } from './base.ts';
import { type ImageReference, shownImage } from './reference.ts';

/** What a layer of files is for. */
const OS = 'linux';
const MANIFEST_TYPES = [MANIFEST_TYPE, DOCKER_MANIFEST_TYPE];
const CONFIGURATION_TYPES = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

interface Container {
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

type Child = Descriptor & { readonly platform?: Platform };

interface Platforms {
  readonly mediaType?: string;
  readonly manifests: readonly Child[];
  readonly annotations?: Readonly<Record<string, string>>;
}

const readers = {
  container: shapeReader<Container>(isContainer),
  platforms: shapeReader<Platforms>(isPlatforms),
  configuration: shapeReader<Configuration>(isConfiguration),
};

/** An image that is read, and what to say if it is not what it must be. */
interface Place {
  readonly repository: Repository;
  readonly where: string;
  readonly fix: string;
}

/**
 * Reads the manifests and configurations of an image, or of all images of an index.
 *
 * @param fix what to do if it is not there, is not an image, or is damaged.
 * @throws UserError in these cases.
 */
export async function readImages(
  repository: Repository,
  reference: ImageReference,
  fix: string,
): Promise<BaseImages> {
  const { digest, tag = digest === undefined ? 'latest' : undefined } = reference;
  const place = { repository, where: shownImage(reference), fix };
  const found = await repository.manifest(digest ?? tag ?? '');
  if (found === null) throw wrong(place, 'there is no such image');
  const name = shownImage({ name: reference.name, ...(tag === undefined ? {} : { tag }) });
  const origin = { name, digest: found.digest };
  if (!isIndex(found)) return { origin, index: null, images: [await readImage(place, found)], leftOut: [] };
  const {
    mediaType = INDEX_TYPE,
    manifests,
    annotations = {},
  } = requireShape(readers.platforms(found.text, place.where), place);
  const images = manifests.filter((child) => !isAttestation(child));
  const usable = images.filter(({ platform }) => platform === undefined || platform.os === OS);
  const leftOut = images
    .filter((child) => !usable.includes(child))
    .map(({ platform }) => shownPlatform(platform));
  if (usable.length === 0)
    throw wrong(
      place,
      leftOut.length === 0
        ? 'is an index without images'
        : `is an image for ${leftOut.join(', ')} alone, and the model’s layer is for ${OS}`,
    );
  const read = await inParallel(usable, (child) => readChild(place, child));
  return { origin, index: { type: mediaType, annotations }, images: read, leftOut };
}

async function readChild({ where, ...place }: Place, { digest, platform }: Child): Promise<BaseImage> {
  const at = { ...place, where: `${where} (${shownPlatform(platform)})` };
  const found = await place.repository.manifest(digest);
  if (found === null) throw wrong(at, `is not there, though the index names it (${digest})`);
  if (isIndex(found)) throw wrong(at, 'is an index within an index');
  const image = await readImage(at, found);
  return platform === undefined ? image : { ...image, platform };
}

/** What BuildKit keeps beside images: provenance and lists of packages of that very image, not of one made from it. */
function isAttestation({ platform, annotations = {} }: Child): boolean {
  return annotations['vnd.docker.reference.type'] !== undefined || platform?.os === 'unknown';
}

function isIndex({ text, type = '' }: ManifestText): boolean {
  const { mediaType, manifests } = jsonOf(text);
  return (
    [INDEX_TYPE, DOCKER_INDEX_TYPE].includes(String(mediaType ?? type.split(';')[0])) ||
    Array.isArray(manifests)
  );
}

/** Fields that tell what a manifest is, before its shape is known. */
function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

async function readImage(place: Place, { text }: ManifestText): Promise<BaseImage> {
  const { schemaVersion, artifactType } = jsonOf(text);
  if (schemaVersion === 1) throw wrong(place, 'is an image of Docker’s old format (schema 1)');
  const {
    mediaType = MANIFEST_TYPE,
    config,
    layers,
    annotations = {},
  } = requireShape(readers.container(text, place.where), place);
  if (!CONFIGURATION_TYPES.includes(config.mediaType) || !MANIFEST_TYPES.includes(mediaType))
    throw wrong(
      place,
      `is not a container image, but an artifact (${onLine(artifactType ?? config.mediaType)})`,
    );
  const configuration = await readConfiguration(place, config);
  const listed = configuration.rootfs.diff_ids?.length ?? 0;
  if (listed !== layers.length)
    throw wrong(place, `has ${layers.length} layers by its manifest, and ${listed} by its configuration`);
  const { os, architecture, variant } = configuration;
  if (os !== OS) throw wrong(place, `is an image for ${onLine(os)}, and the model’s layer is for ${OS}`);
  const platform = { os, architecture, ...(typeof variant === 'string' ? { variant } : {}) };
  return { platform, type: mediaType, layers, annotations, configuration };
}

async function readConfiguration(place: Place, { digest, size }: Descriptor): Promise<Configuration> {
  const { repository, where } = place;
  if (size > LARGEST_MANIFEST)
    throw wrong(
      place,
      `has a configuration of ${size} bytes, and ${LARGEST_MANIFEST} (4 MiB) are read at most`,
    );
  const chunks: Uint8Array[] = [];
  for await (const chunk of repository.readBlob({ digest, size, where })) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return requireShape(readers.configuration(text, `${where} configuration`), place);
}

/** Text of others: on one line, and short. */
function onLine(text: unknown): string {
  return String(text)
    .replace(/[^\x21-\x7e]+/g, ' ')
    .slice(0, 100);
}

function wrong({ where, fix }: Place, what: string): UserError {
  return new UserError({ what, where, fix });
}

function requireShape<T>(shaped: ShapedFile<T>, { fix }: Place): T {
  if ('value' in shaped) return shaped.value;
  throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix })));
}
