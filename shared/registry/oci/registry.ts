import { UserError } from '../../problem/problem.ts';
import type { BundleFile } from '../../verdict/digest.ts';
import { missingEvidence } from '../attachments.ts';
import { fillFolder } from '../directory-files.ts';
import { byAge } from '../manifest.ts';
import { aliasProblem, nameProblem, pathProblem, requireFit, versionProblem } from '../names.ts';
import { type ModelVersion, type Registry, requireKept } from '../registry.ts';
import { readThrough, textIn } from '../remote/bytes.ts';
import { type OciAddress, repositoryOf } from './address.ts';
import { moveAlias, readAliases, readHistory } from './aliases.ts';
import { modelNames } from './catalog.ts';
import { addNote, createVersion } from './create.ts';
import { EMPTY } from './manifests.ts';
import { removeVersion } from './remove.ts';
import { Repository } from './repository.ts';
import { type OciPorts, Requests } from './requests.ts';
import { reservedAlias } from './tags.ts';
import { type FoundVersion, findVersion, findVersions, published } from './versions.ts';

/**
 * Models in a container registry, each in a repository of its own, `PATH/NAME`: a version is a ModelPack artifact under
 * its number as the tag; docs/registry-guarantees.md says what all tags are.
 */
export function ociRegistry(address: OciAddress, ports: OciPorts): Registry {
  const requests = new Requests(address, ports);
  const repositories = new Map<string, Repository>();
  const open = (name: string): Repository => {
    requireFit('model name', name, nameProblem);
    const path = repositoryOf(address, name);
    const repository = repositories.get(path) ?? new Repository(path, requests);
    repositories.set(path, repository);
    return repository;
  };
  const found = async ({ name, version }: Pick<ModelVersion, 'name' | 'version'>): Promise<FoundVersion> => {
    requireFit('model version', version, versionProblem);
    const repository = open(name);
    return findVersion(repository, name, { tags: await repository.tags(), version });
  };

  return {
    names: () => modelNames(address, requests),

    async versions(name) {
      const repository = open(name);
      const all = await findVersions(repository, name, await repository.tags());
      return all.map((each) => published(each, repository)).sort(byAge);
    },

    async create(version) {
      await createVersion(open(version.name), version, ports);
      return published(await found(version), open(version.name));
    },

    aliasFault: reservedAlias,

    async aliases(name) {
      const repository = open(name);
      return readAliases(repository, await repository.tags());
    },

    async history(name) {
      const repository = open(name);
      return readHistory(repository, await repository.tags());
    },

    async setAlias(name, alias, version, expected) {
      requireFit('alias', alias, aliasProblem);
      requireFit('alias', alias, reservedAlias);
      const repository = open(name);
      if (version !== null) await found({ name, version });
      await repository.putText(EMPTY);
      const move = () => moveAlias(repository, ports.clock, { alias, version, expected });
      await (ports.lock?.(repository.name, move) ?? move());
    },

    async addEvidence(version, files) {
      const repository = open(version.name);
      for (const file of files) requireFit('evidence', file.name, pathProblem);
      await addNote(repository, await found(version), files, ports.clock.now());
      return published(await found(version), repository);
    },

    async readEvidence(version, name) {
      const repository = open(version.name);
      const file = (await found(version)).kept.evidence.find((each) => each.name === name);
      if (file === undefined) throw missingEvidence(version, name);
      const where = `${repository.shown(version.version)} ${name}`;
      return textIn(repository.readBlob({ ...file, where }));
    },

    async remove({ name, version }) {
      const { manifest } = await found({ name, version });
      await removeVersion(open(name), { name, version, manifest });
    },

    async verify({ name, version, digest }) {
      const { model } = await found({ name, version });
      const repository = open(name);
      if (model.digest !== digest) {
        throw new UserError({
          what: `holds ${model.digest}, not ${digest}`,
          where: repository.shown(version),
          fix: 'a version never changes: put its last good manifest back under this tag',
        });
      }
      requireKept(model);
      await readThrough(model.files, (file) => bytesOf(repository, version, file));
    },

    async fetch({ name, version }, directory) {
      const { model } = await found({ name, version });
      const repository = open(name);
      requireKept(model);
      await fillFolder(directory, model, (file) => bytesOf(repository, version, file));
    },
  };
}

function bytesOf(repository: Repository, version: string, { path, size, sha256 }: BundleFile) {
  return repository.readBlob({
    digest: `sha256:${sha256}`,
    size,
    where: `${repository.shown(version)} ${path}`,
  });
}
