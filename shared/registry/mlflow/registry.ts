import { UserError } from '../../problem/problem.ts';
import { type BundleFile, textFile } from '../../verdict/digest.ts';
import { missingEvidence } from '../attachments.ts';
import { fillFolder } from '../directory-files.ts';
import { byAge } from '../manifest.ts';
import { refuseNamed, targetsOf } from '../moves.ts';
import { aliasProblem, nameProblem, pathProblem, requireFit } from '../names.ts';
import { type Attachment, type ModelVersion, type Registry, requireKept } from '../registry.ts';
import { readThrough, textIn } from '../remote/bytes.ts';
import type { MlflowAddress } from './address.ts';
import { moveAlias, readHistory } from './aliases.ts';
import { Artifacts, nameOf } from './artifacts.ts';
import { createVersion, withdrawVersion } from './create.ts';
import { discard } from './places.ts';
import { type MlflowPorts, MlflowServer } from './server.ts';
import {
  addedPlace,
  findAll,
  findOne,
  heldVersion,
  heldVersions,
  listVersions,
  type MlflowVersion,
  published,
  shownAs,
  TAG,
} from './versions.ts';
import { post, write } from './write.ts';

type Named = Pick<ModelVersion, 'name' | 'version'>;

/** Models on an MLflow server: each is a registered model; docs/registry-guarantees.md says what is where. */
export function mlflowRegistry(address: MlflowAddress, ports: MlflowPorts): Registry {
  const server = new MlflowServer(address, ports);
  const artifacts = new Artifacts(server);
  const found = async (named: Named): Promise<MlflowVersion> =>
    findOne(server, artifacts, await heldVersion(server, named));
  const bytesOf = (version: MlflowVersion, { path, size, sha256 }: BundleFile) =>
    artifacts.read({
      ...{ place: `${version.files}/${nameOf(path)}`, size, sha256 },
      where: `${shownAs(server, version)}, file ${path}`,
    });

  return {
    async names() {
      const listed = await listVersions(server);
      const names = listed.map(({ name }) => name).filter((name) => nameProblem(name) === undefined);
      return [...new Set(names)].sort();
    },

    async versions(name) {
      const all = await findAll(server, artifacts, await heldVersions(server, name));
      return all.map((each) => published(server, each)).sort(byAge);
    },

    async create(version) {
      const made = await createVersion(server, artifacts, version);
      return published(server, await findOne(server, artifacts, made));
    },

    aliases: async (name) => targetsOf(await readHistory(server, name)),

    history: (name) => readHistory(server, name),

    async setAlias(name, alias, version, expected) {
      requireFit('alias', alias, aliasProblem);
      await moveAlias(server, name, { alias, version, expected });
    },

    async addEvidence(version, files) {
      for (const { name } of files) requireFit('evidence', name, pathProblem);
      for (const file of files) await attach(await found(version), file);
      return published(server, await found(version));
    },

    async readEvidence(version, name) {
      const file = (await found(version)).evidence.find((each) => each.name === name);
      if (file === undefined) throw missingEvidence(version, name);
      return textIn(artifacts.read(file));
    },

    async remove(named) {
      const removed = await heldVersion(server, named);
      refuseNamed(targetsOf(await readHistory(server, named.name)), named);
      const same = (await listVersions(server, named.name)).filter(
        ({ version, digest }) => version === removed.version || digest === removed.digest,
      );
      // Last the one that holds: what is in its shadow must not come forward.
      for (const each of same.reverse()) await withdrawVersion(server, each);
      for (const { run, loggedModel } of same) await discard(server, { run, loggedModel });
    },

    async verify({ name, version, digest }) {
      const stored = await found({ name, version });
      if (stored.digest !== digest) {
        throw new UserError({
          what: `holds ${stored.digest}, not ${digest}`,
          where: shownAs(server, stored),
          fix: 'a version never changes: put its last good copy back',
        });
      }
      await refuseExtra(stored);
      requireKept(stored.manifest);
      await readThrough(stored.manifest.files, (file) => bytesOf(stored, file));
    },

    async fetch(named, directory) {
      const stored = await found(named);
      requireKept(stored.manifest);
      await fillFolder(directory, stored.manifest, (file) => bytesOf(stored, file));
    },
  };

  /** Adds one file; what is attached already, whatever its name, is not added again. */
  async function attach(version: MlflowVersion, { name: path, content }: Attachment): Promise<void> {
    const { sha256 } = textFile(path, content);
    if (version.evidence.some((known) => known.sha256 === sha256)) return;
    const { size } = await artifacts.putText(
      addedPlace(version.record, sha256, path),
      content,
      `evidence ${path}`,
    );
    const note = { path, size, after: version.evidence.length, at: ports.clock.now().toISOString() };
    const tag = { key: `${TAG.added}${sha256}`, value: JSON.stringify(note) };
    const body = { name: version.name, version: String(version.number), ...tag };
    const doing = `attach ${path} to ${version.name} ${version.version}`;
    await write(server, post('mlflow/model-versions/set-tag', doing, body), async () =>
      (await heldVersion(server, version)).tags.has(tag.key),
    );
  }

  /** MLflow's own clients load a folder, whatever is in it. @throws UserError for each file that was never registered. */
  async function refuseExtra(version: MlflowVersion): Promise<void> {
    const registered = new Set(version.manifest.files.map(({ path }) => `${version.files}/${nameOf(path)}`));
    const extra = (await artifacts.list(version.files)).filter((place) => !registered.has(place));
    if (extra.length === 0) return;
    throw new UserError(
      extra.sort().map((place) => ({
        what: 'was not registered with this version',
        where: `${shownAs(server, version)}, ${place}`,
        fix: 'remove it from the artifacts; to release it, register a model that holds it',
      })),
    );
  }
}
