/** How a version comes to be: all files first, MLflow's version last, so that half a version never shows. */
import { createHash } from 'node:crypto';
import { UserError } from '../../problem/problem.ts';
import { registeredModel as isModel, validate as isObject } from '../../schema/generated/mlflow.js';
import { MANIFEST_SCHEMA, type Manifest, refuseUnfit } from '../manifest.ts';
import { type NewVersion, VersionTaken } from '../registry.ts';
import { inParallel } from '../remote/parallel.ts';
import { Progress } from '../remote/progress.ts';
import { Unreachable, untilDone } from '../remote/repeat.ts';
import { type Artifacts, nameOf } from './artifacts.ts';
import { discard, finish, makePlaces, type Places, post } from './places.ts';
import { isThere } from './refusal.ts';
import type { Server } from './server.ts';
import {
  evidencePlace,
  heldVersions,
  holding,
  type Listed,
  listVersions,
  manifestPlace,
  READY,
  TAG,
} from './versions.ts';

/**
 * Stores a version whole, or leaves nothing that shows.
 *
 * @returns the version as MLflow lists it.
 * @throws VersionTaken if its number or its bytes are there.
 */
export async function createVersion(
  server: Server,
  artifacts: Artifacts,
  version: NewVersion,
): Promise<Listed> {
  refuseUnfit(version);
  const held = await heldVersions(server, version.name);
  if (held.some((each) => each.version === version.version || each.digest === version.bundle.digest))
    throw taken(version);
  const places = await makePlaces(server, version);
  try {
    await store(server, artifacts, places, version);
    await finish(server, places);
    await registerModel(server, version.name);
  } catch (error) {
    await discard(server, places);
    throw error;
  }
  const all = await publish(server, places, version);
  const mine = all.filter(({ record }) => record === places.record);
  const holds = holding(all).find(({ record }) => record === places.record);
  for (const { number } of mine) if (number !== holds?.number) await withdraw(server, version.name, number);
  if (holds !== undefined) return holds;
  await discard(server, places);
  throw taken(version);
}

function taken({ name, version }: NewVersion): VersionTaken {
  return new VersionTaken(`${name} ${version} exists already, or its bytes do`);
}

/** The model's files, its evidence and its manifest, each read back. */
async function store(
  server: Server,
  artifacts: Artifacts,
  places: Places,
  version: NewVersion,
): Promise<void> {
  const { name, bundle, file, evidence } = version;
  const total = bundle.files.reduce((sum, { size }) => sum + size, 0);
  const progress = new Progress(`Storing ${name} at ${server.address.base}`, total, server.log);
  await inParallel(bundle.files, (entry) => {
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
  const text = `${JSON.stringify(manifestOf(version), null, 2)}\n`;
  await artifacts.putText(manifestPlace(places.record), text, `the manifest of ${name} ${version.version}`);
}

function manifestOf({ name, version, bundle, metadata, evidence, createdAt }: NewVersion): Manifest {
  return {
    schema: MANIFEST_SCHEMA,
    ...{ name, version, digest: bundle.digest, createdAt: createdAt.toISOString() },
    ...{ files: bundle.files, metadata },
    evidence: evidence.map(({ name: path, content }) => ({
      path,
      size: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
    })),
  };
}

/** @throws UserError if the server has a model whose name differs by capitals only, and takes them for one. */
async function registerModel(server: Server, name: string): Promise<void> {
  const call = post('mlflow/registered-models/create', `register the model ${name}`, { name });
  const answer = await server.answer(call);
  if (answer.status === 200) return;
  if (!isThere(answer)) return server.refuse(answer, call);
  const query = { name };
  const found = await server.ask<{ readonly registered_model: { readonly name: string } }>(
    { method: 'GET', route: 'mlflow/registered-models/get', query, doing: `read the model ${name}` },
    isModel,
  );
  const { name: known } = found.registered_model;
  if (known === name) return;
  throw new UserError({
    what: `the registry has the model ${known}, not ${name}, and takes them for one`,
    where: 'input name',
    fix: `write name: ${known}; if ${name} is another model, give it another name`,
  });
}

/**
 * Makes MLflow's version, with its tags in one request. An answer that is lost is looked for; if it comes through twice,
 * the second one does not hold.
 *
 * @returns all versions of the model.
 */
function publish(server: Server, places: Places, version: NewVersion): Promise<Listed[]> {
  const { name } = version;
  const tags = {
    [TAG.version]: version.version,
    [TAG.digest]: version.bundle.digest,
    [TAG.state]: READY,
    [TAG.files]: places.files,
    [TAG.record]: places.record,
  };
  const body = {
    ...{ name, source: places.source, run_id: places.run },
    ...(places.loggedModel === undefined ? {} : { model_id: places.loggedModel }),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
  const call = {
    ...post('mlflow/model-versions/create', `make ${name} ${version.version}`, body),
    once: true,
  };
  return untilDone(server.clock, async (isLast) => {
    const lost = await server.ask(call, isObject).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (lost !== undefined && !(lost instanceof Unreachable)) throw lost;
    const all = await listVersions(server, name);
    if (all.some(({ record }) => record === places.record)) return all;
    if (isLast && lost !== undefined) throw lost;
    return undefined;
  });
}

/** Removes a version by MLflow's number. */
export async function withdraw(server: Server, name: string, number: number): Promise<void> {
  const call = {
    method: 'DELETE',
    route: 'mlflow/model-versions/delete',
    body: { name, version: String(number) },
    doing: `remove version ${number} of ${name}`,
  } as const;
  // It may be gone already, and the answer lost.
  await server.find(call, isObject);
}
