/** How a version comes to be: all files first, MLflow's version last, so that half a version never shows. */
import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { registeredModel as isModel } from '../../schema/generated/mlflow.js';
import { bytesIn } from '../../verdict/digest.ts';
import { keptFiles, manifestFor, refuseUnfit } from '../manifest.ts';
import { type NewVersion, VersionTakenError } from '../registry.ts';
import { Progress } from '../remote/progress.ts';
import { type Artifacts, nameOf } from './artifacts.ts';
import { discard, finishRun, type MlflowPlaces, makePlaces } from './places.ts';
import type { MlflowServer } from './server.ts';
import {
  evidencePlace,
  heldVersions,
  holding,
  type ListedVersion,
  listVersions,
  manifestPlace,
  READY,
  TAG,
} from './versions.ts';
import { post, write } from './write.ts';

/**
 * Stores a version whole, or leaves nothing that shows.
 *
 * @returns the version as MLflow lists it.
 * @throws VersionTaken if its number or its bytes are there.
 */
export async function createVersion(
  server: MlflowServer,
  artifacts: Artifacts,
  version: NewVersion,
): Promise<ListedVersion> {
  refuseUnfit(version);
  const refuseTaken = async () => {
    const held = await heldVersions(server, version.name);
    if (held.some((each) => each.version === version.version || each.digest === version.bundle.digest))
      throw taken(version);
    return held;
  };
  await refuseTaken();
  const places = await makePlaces(server, version);
  try {
    await store(server, artifacts, places, version);
    // Another run may have been faster; then MLflow gives no number away.
    const held = await refuseTaken();
    await finishRun(server, places);
    if (held.length === 0) await registerModel(server, version.name);
  } catch (error) {
    await discard(server, places);
    throw error;
  }
  const all = await publish(server, places, version);
  const mine = all.filter(({ record }) => record === places.record);
  const holds = holding(all).find(({ record }) => record === places.record);
  for (const each of mine) if (each.number !== holds?.number) await withdrawVersion(server, each);
  if (holds !== undefined) return holds;
  await discard(server, places);
  throw taken(version);
}

function taken({ name, version }: NewVersion): VersionTakenError {
  return new VersionTakenError(`${name} ${version} exists already, or its bytes do`);
}

/** The model's files, its evidence and its manifest, each read back. */
async function store(
  server: MlflowServer,
  artifacts: Artifacts,
  places: MlflowPlaces,
  version: NewVersion,
): Promise<void> {
  const { name, file, evidence } = version;
  const manifest = manifestFor(version);
  const kept = keptFiles(manifest);
  const progress = new Progress(`Storing ${name} at ${server.address.base}`, bytesIn(kept), server.log);
  await inParallel(kept, (entry) => {
    const source = file(entry.path);
    const place = `${places.files}/${nameOf(entry.path)}`;
    const { size, sha256 } = entry;
    return artifacts.put(
      { place, size, sha256, where: source.name },
      () => source.open(),
      (count) => progress.add(count),
    );
  });
  await inParallel(evidence, ({ name: path, content }) =>
    artifacts.putText(evidencePlace(places.record, path), content, `evidence ${path}`),
  );
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await artifacts.putText(manifestPlace(places.record), text, `the manifest of ${name} ${version.version}`);
}

/** @throws UserError if the server has a model whose name differs by capitals only, and takes them for one. */
async function registerModel(server: MlflowServer, name: string): Promise<void> {
  const read = { method: 'GET', route: 'mlflow/registered-models/get', query: { name } } as const;
  await write(
    server,
    post('mlflow/registered-models/create', `register the model ${name}`, { name }),
    async () => {
      const found = await server.find<{ readonly registered_model: { readonly name: string } }>(
        { ...read, doing: `read the model ${name}` },
        isModel,
      );
      const known = found?.registered_model.name ?? name;
      if (known === name) return found !== null;
      throw new UserError({
        what: `the registry has the model ${known}, not ${name}, and takes them for one`,
        where: 'input name',
        fix: `write name: ${known}; if ${name} is another model, give it another name`,
      });
    },
  );
}

/**
 * Makes MLflow's version, with its tags in one request. An answer that is lost is looked for; if it comes through twice,
 * the second one does not hold.
 *
 * @returns all versions of the model.
 */
async function publish(
  server: MlflowServer,
  places: MlflowPlaces,
  version: NewVersion,
): Promise<ListedVersion[]> {
  const { name, origin } = version;
  const tags = {
    [TAG.version]: version.version,
    [TAG.digest]: version.bundle.digest,
    [TAG.state]: READY,
    [TAG.files]: places.files,
    [TAG.record]: places.record,
    ...(origin === undefined ? {} : { [TAG.origin]: origin.reference }),
  };
  const body = {
    ...{ name, source: places.source, run_id: places.run },
    ...(places.loggedModel === undefined ? {} : { model_id: places.loggedModel }),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
  const call = post('mlflow/model-versions/create', `make ${name} ${version.version}`, body);
  await write(server, { ...call, once: true }, async () =>
    (await listVersions(server, name)).some(({ record }) => record === places.record),
  );
  return listVersions(server, name);
}

/** Removes a version from MLflow's list. */
export async function withdrawVersion(server: MlflowServer, { name, number }: ListedVersion): Promise<void> {
  const call = {
    method: 'DELETE',
    route: 'mlflow/model-versions/delete',
    body: { name, version: String(number) },
    doing: `remove version ${number} of ${name}`,
  } as const;
  // It may be gone already, and the answer lost.
  await write(server, call, async () =>
    (await listVersions(server, name)).every((each) => each.number !== number),
  );
}
