/** A version of a model as a ModelPack artifact (github.com/modelpack/model-spec), which other tools can pull. */
import { type Problem, UserError } from '../../problem/problem.ts';
import { type Bundle, type BundleFile, digestOf } from '../../verdict/digest.ts';
import { nameProblem, pathProblem, problemsOf, versionProblem } from '../names.ts';
import {
  type Blob,
  blobOf,
  type Descriptor,
  descriptorOf,
  type ImageManifest,
  LARGEST_MANIFEST,
  MANIFEST_TYPE,
  type Stored,
  stored,
} from './manifests.ts';

export const MODEL_TYPE = 'application/vnd.cncf.model.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.cncf.model.config.v1+json';

/** Where ModelPack's tools, and `oras`, put a layer's bytes. */
const FILEPATH = 'org.cncf.model.filepath';
export const TITLE = 'org.opencontainers.image.title';
const VERSION = 'org.opencontainers.image.version';
const NAME = 'dev.ml-loop.name';
const DIGEST = 'dev.ml-loop.digest';

export interface ModelArtifact {
  readonly manifest: Stored;
  readonly config: Blob;
}

export interface PackedModel {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly files: readonly BundleFile[];
}

/**
 * The artifact is a function of name, version and bytes alone, so that two runs that register the same make the same.
 *
 * @throws UserError for a manifest that is longer than what registries must take.
 */
export function packModel(name: string, version: string, bundle: Bundle): ModelArtifact {
  const files = [...bundle.files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const config = blobOf(
    JSON.stringify({
      descriptor: { name, version },
      modelfs: { type: 'layers', diffIds: files.map(({ sha256 }) => `sha256:${sha256}`) },
      config: {},
    }),
  );
  const manifest = stored({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: MODEL_TYPE,
    config: descriptorOf(CONFIG_TYPE, config),
    layers: files.map(layerOf),
    annotations: { [TITLE]: name, [VERSION]: version, [NAME]: name, [DIGEST]: bundle.digest },
  });
  refuseLarge(manifest.text, files.length);
  return { manifest, config };
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

/**
 * What a manifest says, checked: names and paths that are allowed, and a digest that is that of the files.
 *
 * @throws UserError with all problems.
 */
export function unpackModel(manifest: ImageManifest, tag: string, where: string): PackedModel {
  const { annotations = {} } = manifest;
  const files = manifest.layers.map(({ digest, size, annotations: own = {} }) => ({
    path: own[FILEPATH] ?? '',
    size,
    sha256: digest.slice('sha256:'.length),
  }));
  const model = { name: annotations[NAME] ?? '', version: tag, digest: annotations[DIGEST] ?? '', files };
  const problems =
    manifest.artifactType === MODEL_TYPE && annotations[NAME] !== undefined
      ? faultsOf(model, annotations[VERSION])
      : [{ what: 'is not a model that ml-loop registered' }];
  if (problems.length === 0) return model;
  throw new UserError(
    problems.map(({ what }) => ({
      what,
      where,
      fix: 'push its last good copy, or remove this tag from the repository',
    })),
  );
}

function faultsOf({ name, version, digest, files }: PackedModel, written: string | undefined): Problem[] {
  const paths = files.map(({ path }) => path);
  const twice = paths.filter((path, at) => paths.indexOf(path) !== at);
  return [
    ...problemsOf('', [name], nameProblem),
    ...problemsOf('', [version], versionProblem),
    ...problemsOf('', paths, pathProblem),
    ...twice.map((path) => ({ what: `${JSON.stringify(path)} is there twice` })),
    ...(written === version ? [] : [{ what: `is version ${JSON.stringify(written ?? '')}, not ${version}` }]),
    ...(digestOf(files) === digest ? [] : [{ what: 'has a digest that is not that of its files' }]),
  ];
}
