/** The model versions of an MLflow server that are ml-loop's: which of them hold, and what is kept beside each. */
import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { note as isNote, versions as isVersions } from '../../schema/generated/mlflow.js';
import { shapeReader } from '../../schema/shape.ts';
import { freeName } from '../attachments.ts';
import { type Manifest, readManifest, versionOf } from '../manifest.ts';
import { nameProblem, pathProblem, requireFit, versionProblem } from '../names.ts';
import { type ModelVersion, noVersion } from '../registry.ts';
import type { Artifact, Artifacts } from './artifacts.ts';
import { nameOf } from './artifacts.ts';
import type { MlflowServer } from './server.ts';

/** Tags of a model version. */
export const TAG = {
  version: 'ml-loop.version',
  digest: 'ml-loop.digest',
  state: 'ml-loop.state',
  /** The folder of the model's files. */
  files: 'ml-loop.files',
  /** The folder of `manifest.json` and of the evidence. */
  record: 'ml-loop.record',
  /** Where the files are that are not here. */
  origin: 'ml-loop.origin',
  /** And a SHA-256: a file of evidence that was added later. */
  added: 'ml-loop.evidence.',
} as const;

export const READY = 'ready';

interface Answered {
  readonly name: string;
  readonly version: string;
  readonly run_id?: string;
  readonly model_id?: string;
  readonly tags?: readonly { readonly key: string; readonly value?: string }[];
}

/** A version of ours, as MLflow lists it. */
export interface ListedVersion {
  readonly name: string;
  /** SemVer. */
  readonly version: string;
  readonly digest: string;
  /** MLflow's own number. */
  readonly number: number;
  readonly files: string;
  readonly record: string;
  readonly run: string | undefined;
  readonly loggedModel: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

/** A version with what is kept beside it. */
export interface MlflowVersion extends ListedVersion {
  readonly manifest: Manifest;
  readonly evidence: readonly EvidenceFile[];
}

/** A file of evidence under the name that it has among all. */
export interface EvidenceFile extends Artifact {
  readonly name: string;
}

type Named = Pick<ModelVersion, 'name' | 'version'>;

/** All versions of ours, of one model or of all, in the order in which MLflow made them, also those that do not hold. */
export async function listVersions(server: MlflowServer, name?: string): Promise<ListedVersion[]> {
  const filter = `tags.\`${TAG.state}\` = '${READY}'${name === undefined ? '' : ` and name = '${name}'`}`;
  const found = await server.pages(
    {
      method: 'GET',
      route: 'mlflow/model-versions/search',
      query: { filter },
      doing: name === undefined ? 'list the models' : `list the versions of ${name}`,
    },
    isVersions,
    (answer: { readonly model_versions?: readonly Answered[]; readonly next_page_token?: string }) =>
      answer.model_versions,
  );
  return found
    .flatMap(listed)
    .filter((each) => name === undefined || each.name === name)
    .sort((a, b) => a.number - b.number);
}

function listed({ name, version, run_id: run, model_id: loggedModel, tags = [] }: Answered): ListedVersion[] {
  const known = new Map(tags.map(({ key, value = '' }) => [key, value]));
  const [number, digest] = [known.get(TAG.version), known.get(TAG.digest)];
  const [files, record] = [known.get(TAG.files), known.get(TAG.record)];
  if (known.get(TAG.state) !== READY) return [];
  if (number === undefined || digest === undefined || files === undefined || record === undefined) return [];
  return [
    { name, version: number, digest, number: Number(version), files, record, run, loggedModel, tags: known },
  ];
}

/**
 * The versions that hold: of those with one version or one digest the one that MLflow made first. MLflow counts its
 * versions one after the other, so what holds once holds until it is removed.
 *
 * @param versions of one model, in MLflow's order.
 */
export function holding(versions: readonly ListedVersion[]): ListedVersion[] {
  const held: ListedVersion[] = [];
  for (const each of versions) {
    const isTaken = held.some(({ version, digest }) => version === each.version || digest === each.digest);
    if (!isTaken) held.push(each);
  }
  return held;
}

/** @throws UserError for a name that is none. */
export async function heldVersions(server: MlflowServer, name: string): Promise<ListedVersion[]> {
  requireFit('model name', name, nameProblem);
  return holding(await listVersions(server, name));
}

/** @throws UserError if there is no such version. */
export async function heldVersion(server: MlflowServer, { name, version }: Named): Promise<ListedVersion> {
  requireFit('model version', version, versionProblem);
  const found = (await heldVersions(server, name)).find((each) => each.version === version);
  if (found !== undefined) return found;
  throw noVersion({ name, version }, server.address.base);
}

/** What is kept beside versions. @throws UserError with the problems of all that cannot be read. */
export function findAll(
  server: MlflowServer,
  artifacts: Artifacts,
  held: readonly ListedVersion[],
): Promise<MlflowVersion[]> {
  return inParallel(held, (each) => findOne(server, artifacts, each));
}

export async function findOne(
  server: MlflowServer,
  artifacts: Artifacts,
  each: ListedVersion,
): Promise<MlflowVersion> {
  const where = shownAs(server, each);
  const fix = 'put its last good copy back among the artifacts, or remove this model version from MLflow';
  const text = await artifacts.text(manifestPlace(each.record), `the manifest of ${where}`);
  const manifest = readManifest(text, `${where}, manifest.json`, each, fix);
  if (manifest.digest !== each.digest) {
    throw new UserError({
      what: `has the tag ${TAG.digest} ${each.digest}, and a manifest of ${manifest.digest}`,
      where,
      fix: 'put the tag back as it was: a version never changes',
    });
  }
  return { ...each, manifest, evidence: evidenceOf(each, manifest, where) };
}

const readNote = shapeReader<Note>(isNote);

interface Note {
  readonly path: string;
  readonly size: number;
  readonly after: number;
  readonly at: string;
}

/** What the version came with, and what was added, in its order; names that are taken get numbers. */
function evidenceOf({ record, tags }: ListedVersion, manifest: Manifest, where: string): EvidenceFile[] {
  const found: EvidenceFile[] = manifest.evidence.map(({ path, size, sha256 }) => ({
    ...{ name: path, size, sha256 },
    ...{ place: evidencePlace(record, path), where: `${where}, evidence ${path}` },
  }));
  const notes = [...tags]
    .filter(([key]) => key.startsWith(TAG.added))
    .map(([key, value]) => noteOf(key, value, where))
    .sort(
      (a, b) => a.after - b.after || (a.at === b.at ? (a.sha256 < b.sha256 ? -1 : 1) : a.at < b.at ? -1 : 1),
    );
  for (const { path, size, sha256 } of notes) {
    if (found.some((known) => known.sha256 === sha256)) continue;
    const name = freeName(
      path,
      found.map((known) => known.name),
    );
    const place = addedPlace(record, sha256, path);
    found.push({ name, size, sha256, place, where: `${where}, evidence ${name}` });
  }
  return found;
}

function noteOf(key: string, value: string, where: string): Note & { readonly sha256: string } {
  const sha256 = key.slice(TAG.added.length);
  const shaped = readNote(value, `${where}, tag ${key}`);
  const wrong = 'value' in shaped ? pathProblem(shaped.value.path) : undefined;
  if ('value' in shaped && wrong === undefined && /^[0-9a-f]{64}$/.test(sha256))
    return { ...shaped.value, sha256 };
  const problems =
    'problems' in shaped
      ? shaped.problems
      : [{ what: wrong ?? 'names no SHA-256', where: `${where}, tag ${key}` }];
  throw new UserError(
    problems.map((problem) => ({ ...problem, fix: 'remove this tag from the model version' })),
  );
}

export function published(
  server: MlflowServer,
  { name, number, manifest, evidence }: MlflowVersion,
): ModelVersion {
  // Where people find it in MLflow's own pages.
  const uri = `mlflow:${server.address.base}/#/models/${name}/versions/${number}`;
  return versionOf(
    manifest,
    uri,
    evidence.map((each) => each.name),
  );
}

/** For errors. */
export function shownAs(
  server: MlflowServer,
  { name, version, number }: Named & { readonly number: number },
): string {
  return `${server.address.base}, ${name} ${version} (MLflow’s version ${number})`;
}

export function manifestPlace(record: string): string {
  return `${record}/manifest.json`;
}

export function evidencePlace(record: string, path: string): string {
  return `${record}/evidence/${nameOf(path)}`;
}

export function addedPlace(record: string, sha256: string, path: string): string {
  return `${record}/added/${sha256}/${nameOf(path)}`;
}
