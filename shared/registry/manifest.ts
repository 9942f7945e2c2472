import { compare } from 'semver';
import { type Problem, UserError } from '../problem/problem.ts';
import { origin as isOrigin, validate } from '../schema/generated/model-manifest.js';
import { shapeReader } from '../schema/shape.ts';
import { type BundleFile, digestOf, textFile } from '../verdict/digest.ts';
import { nameProblem, nameProblems, pathProblem, versionProblem } from './names.ts';
import type { ModelOrigin, ModelVersion, NewVersion } from './registry.ts';

export const MANIFEST_SCHEMA = 'ml-loop/model-manifest@1';

/** `manifest.json` of a registered version (`schemas/model-manifest.schema.json`). */
export interface Manifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly files: readonly BundleFile[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly evidence: readonly BundleFile[];
  /** Only if the registry does not keep the files. */
  readonly origin?: ModelOrigin;
}

/** The files whose bytes the registry keeps: none of a model that stays where it is. */
export function keptFiles({ files, origin }: Pick<Manifest, 'files' | 'origin'>): readonly BundleFile[] {
  return origin === undefined ? files : [];
}

const reader = shapeReader<Manifest>(validate);

/**
 * A manifest from its text.
 *
 * @param expected the model and version whose manifest it must be.
 * @param fix what leads out of a wrong one.
 * @throws UserError with all problems, naming the file.
 */
export function readManifest(
  text: string,
  file: string,
  expected: { name: string; version: string },
  fix = 'put its last good copy back, or move this version’s folder out of the registry',
): Manifest {
  const shaped = reader(text, file);
  const problems = 'problems' in shaped ? shaped.problems : faultsOf(shaped.value, file, expected);
  if ('value' in shaped && problems.length === 0) return shaped.value;
  throw new UserError(problems.map((problem) => ({ ...problem, fix })));
}

function faultsOf(
  manifest: Manifest,
  file: string,
  { name, version }: { name: string; version: string },
): Problem[] {
  const faults = manifestProblems(manifest).map(({ what }) => what);
  if (manifest.name !== name || manifest.version !== version) {
    faults.push(`is the manifest of ${manifest.name} ${manifest.version}, not of ${name} ${version}`);
  }
  if (digestOf(manifest.files) !== manifest.digest) faults.push('has a digest that is not that of its files');
  return faults.map((what) => ({ what, where: file }));
}

/** What must not become a folder or a file: names, versions and paths that are not allowed, and paths that clash. */
export function manifestProblems({
  name,
  version,
  files,
  evidence,
  origin,
}: Pick<Manifest, 'name' | 'version' | 'files' | 'evidence' | 'origin'>): Problem[] {
  const paths = files.map(({ path }) => path);
  const attached = evidence.map(({ path }) => path);
  return [
    ...nameProblems('model name', [name], nameProblem),
    ...nameProblems('model version', [version], versionProblem),
    ...nameProblems('file of the model', paths, pathProblem, 'rename the file'),
    ...nameProblems('evidence', attached, pathProblem),
    ...clashes('file of the model', paths),
    ...clashes('evidence', attached),
    ...(origin === undefined || isOrigin(origin)
      ? []
      : [{ what: `${JSON.stringify(origin.reference)} is not where a model can be`, where: 'origin' }]),
    ...Object.keys(origin?.pins ?? {})
      .filter((path) => !paths.includes(path))
      .map((path) => ({
        what: `${JSON.stringify(path)} is not a file of the model`,
        where: 'pin of the origin',
      })),
  ];
}

/** What is kept of a version that is to be stored. */
export function manifestFor(given: NewVersion): Manifest {
  const { name, version, bundle, metadata, evidence, createdAt, origin } = given;
  return {
    schema: MANIFEST_SCHEMA,
    name,
    version,
    digest: bundle.digest,
    createdAt: createdAt.toISOString(),
    files: bundle.files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
    metadata,
    evidence: evidence.map(({ name: path, content }) => textFile(path, content)),
    ...(origin === undefined ? {} : { origin }),
  };
}

/**
 * The version that a manifest is of.
 *
 * @param evidence the names of all of it, what was added later included.
 */
export function versionOf(manifest: Manifest, uri: string, evidence: readonly string[]): ModelVersion {
  const { name, version, digest, createdAt, files, metadata, origin } = manifest;
  return {
    ...{ name, version, digest, uri, createdAt, files, metadata, evidence },
    ...(origin === undefined ? {} : { origin }),
  };
}

/** @throws UserError for a version that must not be stored as it is: as `manifestProblems`, or with a digest of other files. */
export function refuseUnfit({ name, version, bundle, evidence, origin }: NewVersion): void {
  const attached = evidence.map(({ name: path }) => ({ path, size: 0, sha256: '' }));
  const problems = manifestProblems({
    ...{ name, version, files: bundle.files, evidence: attached },
    ...(origin === undefined ? {} : { origin }),
  });
  if (problems.length > 0) throw new UserError(problems);
  if (digestOf(bundle.files) === bundle.digest) return;
  throw new UserError({
    what: 'the digest is not that of the files',
    where: `${name} ${version}`,
    fix: 'register the model again when nothing writes to it',
  });
}

function clashes(noun: string, paths: readonly string[]): Problem[] {
  const folders = new Set(paths.flatMap(foldersOf));
  const both = [...new Set(paths)].filter((path) => folders.has(path));
  return [
    ...twice(noun, paths),
    ...both.map((path) => ({ what: `${JSON.stringify(path)} is a file and a folder`, where: noun })),
  ];
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

function twice(noun: string, paths: readonly string[]): Problem[] {
  const seen = new Set<string>();
  return paths.flatMap((path) => {
    if (!seen.has(path)) {
      seen.add(path);
      return [];
    }
    return [{ what: `${JSON.stringify(path)} is there twice`, where: noun }];
  });
}

/** Oldest first: by the time of registration, then by SemVer. */
export function byAge(
  a: Pick<Manifest, 'createdAt' | 'version'>,
  b: Pick<Manifest, 'createdAt' | 'version'>,
): number {
  return Date.parse(a.createdAt) - Date.parse(b.createdAt) || compare(a.version, b.version);
}
