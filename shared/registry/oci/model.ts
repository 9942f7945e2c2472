/**
 * A version of a model as a ModelPack artifact (github.com/modelpack/model-spec), which other tools can pull; or, if the
 * model's bytes stay where they are, as an artifact of our own without layers, since there is nothing to pull.
 */
import { type Problem, UserError } from '../../problem/problem.ts';
import { files as isFiles, origin as isOrigin } from '../../schema/generated/model-manifest.js';
import { shapeReader } from '../../schema/shape.ts';
import { type BundleFile, digestOf } from '../../verdict/digest.ts';
import { manifestProblems } from '../manifest.ts';
import type { ModelOrigin, NewVersion } from '../registry.ts';
import {
  type Blob,
  blobOf,
  type Descriptor,
  descriptorOf,
  EMPTY,
  type ImageManifest,
  LARGEST_MANIFEST,
  MANIFEST_TYPE,
  type ManifestText,
  manifestText,
  note,
} from './manifests.ts';

export const MODEL_TYPE = 'application/vnd.cncf.model.manifest.v1+json';
const REFERENCE_TYPE = 'application/vnd.ml-loop.model-reference.v1+json';
const CONFIG_TYPE = 'application/vnd.cncf.model.config.v1+json';

/** Where ModelPack's tools, and `oras`, put a layer's bytes. */
export const FILEPATH = 'org.cncf.model.filepath';
export const TITLE = 'org.opencontainers.image.title';
const VERSION = 'org.opencontainers.image.version';
const NAME = 'dev.ml-loop.name';
const DIGEST = 'dev.ml-loop.digest';
/** Of a model that stays where it is: the JSON of its origin, and of its files. */
const ORIGIN = 'dev.ml-loop.origin';
const FILES = 'dev.ml-loop.files';

export interface ModelArtifact {
  readonly manifest: ManifestText;
  readonly config: Blob;
}

export interface PackedModel {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly files: readonly BundleFile[];
  readonly origin?: ModelOrigin;
}

/**
 * The artifact is a function of name, version, bytes and origin alone, so that two runs that register the same make the
 * same.
 *
 * @throws UserError for a manifest that is longer than what registries must take.
 */
export function packModel({
  name,
  version,
  bundle,
  origin,
}: Pick<NewVersion, 'name' | 'version' | 'bundle' | 'origin'>): ModelArtifact {
  const files = [...bundle.files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const annotations = { [TITLE]: name, [VERSION]: version, [NAME]: name, [DIGEST]: bundle.digest };
  const artifact =
    origin === undefined
      ? modelPack({ name, version }, files, annotations)
      : { config: EMPTY, manifest: manifestText(modelReference(files, origin, annotations)) };
  refuseLarge(artifact.manifest.text, files.length);
  return artifact;
}

function modelPack(
  descriptor: Pick<PackedModel, 'name' | 'version'>,
  files: readonly BundleFile[],
  annotations: Readonly<Record<string, string>>,
): ModelArtifact {
  const config = blobOf(
    JSON.stringify({
      descriptor,
      modelfs: { type: 'layers', diffIds: files.map(({ sha256 }) => `sha256:${sha256}`) },
      config: {},
    }),
  );
  const manifest = manifestText({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: MODEL_TYPE,
    config: descriptorOf(CONFIG_TYPE, config),
    layers: files.map(layerOf),
    annotations,
  });
  return { manifest, config };
}

function modelReference(
  files: readonly BundleFile[],
  origin: ModelOrigin,
  annotations: Readonly<Record<string, string>>,
): ImageManifest {
  const listed = files.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
  return note(REFERENCE_TYPE, {
    ...annotations,
    [ORIGIN]: JSON.stringify(origin),
    [FILES]: JSON.stringify(listed),
  });
}

function layerOf({ path, size, sha256 }: BundleFile): Descriptor {
  return {
    mediaType: `application/vnd.cncf.model.${kindOf(path)}.v1.raw`,
    digest: `sha256:${sha256}`,
    size,
    annotations: { [FILEPATH]: path, [TITLE]: path },
  };
}

/** By the ending, as ModelPack's own tools tell them apart. */
function kindOf(path: string): string {
  if (/(^|\/)(README|LICEN[CS]E)[^/]*$|\.(md|rst|pdf)$/i.test(path)) return 'doc';
  if (/\.(py|ipynb|r|sh|sql|c|cpp|h|js|ts)$/i.test(path)) return 'code';
  if (/\.(json|ya?ml|toml|ini|cfg|conf|txt|jinja)$/i.test(path)) return 'weight.config';
  return 'weight';
}

function refuseLarge(text: string, files: number): void {
  const size = Buffer.byteLength(text);
  if (size <= LARGEST_MANIFEST) return;
  throw new UserError({
    what: `${files} files make a manifest of ${size} bytes, and container registries take ${LARGEST_MANIFEST} (4 MiB)`,
    where: 'input model',
    fix: 'pack the many small files into one archive before you validate the model, or use a registry of another kind',
  });
}

const readFiles = shapeReader<readonly BundleFile[]>(isFiles);
const readOrigin = shapeReader<ModelOrigin>(isOrigin);

/**
 * What a manifest says, checked: names and paths that are allowed, and a digest that is that of the files.
 *
 * @throws UserError with all problems.
 */
export function unpackModel(manifest: ImageManifest, tag: string, where: string): PackedModel {
  const { annotations = {} } = manifest;
  const problems: Problem[] = [];
  const read = <T>(shaped: { readonly value: T } | { readonly problems: readonly Problem[] }) => {
    if ('value' in shaped) return shaped.value;
    problems.push(...shaped.problems);
    return undefined;
  };
  const isReference = manifest.artifactType === REFERENCE_TYPE;
  const model: PackedModel = {
    name: annotations[NAME] ?? '',
    version: tag,
    digest: annotations[DIGEST] ?? '',
    files: isReference
      ? (read(readFiles(annotations[FILES] ?? '', FILES)) ?? [])
      : manifest.layers.map(fileOf),
  };
  const origin = isReference ? read(readOrigin(annotations[ORIGIN] ?? '', ORIGIN)) : undefined;
  const whole = origin === undefined ? model : { ...model, origin };
  const isOurs = (isReference || manifest.artifactType === MODEL_TYPE) && annotations[NAME] !== undefined;
  if (!isOurs) problems.push({ what: 'is not a model that ml-loop registered' });
  else if (problems.length === 0) problems.push(...faultsOf(whole, annotations[VERSION]));
  if (problems.length === 0) return whole;
  throw new UserError(
    problems.map(({ what, where: part }) => ({
      what,
      where: part === undefined ? where : `${where}, ${part}`,
      fix: 'push its last good copy, or remove this tag from the repository',
    })),
  );
}

function fileOf({ digest, size, annotations = {} }: Descriptor): BundleFile {
  return { path: annotations[FILEPATH] ?? '', size, sha256: digest.slice('sha256:'.length) };
}

function faultsOf(model: PackedModel, written: string | undefined): Problem[] {
  const { version, digest, files } = model;
  return [
    ...manifestProblems({ ...model, evidence: [] }).map(({ what }) => ({ what })),
    ...(written === version ? [] : [{ what: `is version ${JSON.stringify(written ?? '')}, not ${version}` }]),
    ...(digestOf(files) === digest ? [] : [{ what: 'has a digest that is not that of its files' }]),
  ];
}
