/** Manifests and indexes of OCI registries, as text with its digest. */
import type { Problem } from '../../problem/problem.ts';
import { UserError } from '../../problem/problem.ts';
import { index as isIndex, validate as isManifest } from '../../schema/generated/oci.js';
import { shapeReader } from '../../schema/shape.ts';
import { sha256Text } from '../../verdict/digest.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
/** Docker's names of the same two, which many base images still have. */
export const DOCKER_MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_INDEX_TYPE = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const ACCEPTED = [MANIFEST_TYPE, INDEX_TYPE, DOCKER_MANIFEST_TYPE, DOCKER_INDEX_TYPE].join(', ');

/** Registries take at least so many bytes of a manifest, and many take no more. */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;

export interface Descriptor {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: typeof MANIFEST_TYPE;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: typeof INDEX_TYPE;
  readonly manifests: readonly Descriptor[];
}

/** A manifest as it is stored: its bytes are its identity. */
export interface ManifestText {
  readonly text: string;
  readonly digest: string;
  /** The media type that the registry said it has. */
  readonly type?: string;
}

/** A small blob that travels with a manifest. */
export interface Blob {
  readonly digest: string;
  readonly content: string;
}

/** The content of configurations and layers that say nothing. */
export const EMPTY: Blob = blobOf('{}');

export function blobOf(content: string): Blob {
  return { content, digest: sha256Text(content) };
}

export function descriptorOf(mediaType: string, { digest, content }: Blob): Descriptor {
  return { mediaType, digest, size: Buffer.byteLength(content) };
}

/** Pretty, because people read manifests. */
export function manifestText(manifest: object): ManifestText {
  const text = JSON.stringify(manifest, null, 2);
  return { text, digest: sha256Text(text) };
}

/** A note beside a model: it says what it has to say in annotations, and has the texts given as layers. */
export function note(
  artifactType: string,
  annotations: Readonly<Record<string, string>>,
  { layers = [], subject }: { layers?: readonly Descriptor[]; subject?: Descriptor } = {},
): ImageManifest {
  const empty = descriptorOf('application/vnd.oci.empty.v1+json', EMPTY);
  return {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType,
    config: empty,
    layers: layers.length > 0 ? layers : [empty],
    ...(subject === undefined ? {} : { subject }),
    annotations,
  };
}

const readShape = {
  manifest: shapeReader<ImageManifest>(isManifest),
  index: shapeReader<ImageIndex>(isIndex),
};

/** @throws UserError for a text that is not an image manifest. */
export function readImageManifest({ text }: Pick<ManifestText, 'text'>, where: string): ImageManifest {
  return orRefuse(readShape.manifest(text, where));
}

/** @throws UserError for a text that is not an index. */
export function readIndex({ text }: Pick<ManifestText, 'text'>, where: string): ImageIndex {
  return orRefuse(readShape.index(text, where));
}

function orRefuse<T>(shaped: { readonly value: T } | { readonly problems: readonly Problem[] }): T {
  if ('value' in shaped) return shaped.value;
  throw new UserError(
    shaped.problems.map((problem) => ({ ...problem, fix: 'push its last good copy, or remove the tag' })),
  );
}
