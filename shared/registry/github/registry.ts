import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { blob as isBlob } from '../../schema/generated/github.js';
import type { BundleFile } from '../../verdict/digest.ts';
import { sha256Text } from '../../verdict/digest.ts';
import { missingEvidence } from '../attachments.ts';
import { fillFolder, refuse } from '../directory-files.ts';
import { byAge, versionOf } from '../manifest.ts';
import { byAlias, movesOf, refuseNamed, targetsOf } from '../moves.ts';
import { aliasProblem, nameProblem, nameProblems, pathProblem, versionProblem } from '../names.ts';
import { type AliasMove, type ModelVersion, noVersion, type Registry, requireKept } from '../registry.ts';
import { readThrough } from '../remote/bytes.ts';
import { moveAlias } from './alias.ts';
import { readAsset } from './assets.ts';
import { createVersion, leave } from './create.ts';
import { addLater } from './evidence.ts';
import { Hub, type HubPorts } from './hub.ts';
import { type Entry, entryOf, Indexes, type VersionIndex, withEntry } from './index.ts';
import { versionTag } from './names.ts';

type Named = Pick<ModelVersion, 'name' | 'version'>;

/**
 * Models in a repository on GitHub: a version is a release, its annotated tag and its entry in the model's index; an alias
 * is in the index, and for other tools in GTO's tags. docs/registry-guarantees.md says what is where.
 */
export function gitHubRegistry(ports: HubPorts): Registry {
  const hub = new Hub(ports);
  const place = { hub, indexes: new Indexes(hub) };
  const indexOf = (name: string): Promise<VersionIndex> => {
    refuse(nameProblems('model name', [name], nameProblem));
    return place.indexes.read(name);
  };
  const published = ({ manifest, evidence }: Entry): ModelVersion =>
    versionOf(
      manifest,
      `github:${hub.shown()}#${versionTag(manifest.name, manifest.version)}`,
      evidence.map(({ path }) => path),
    );
  const found = async ({ name, version }: Named): Promise<Entry> => {
    refuse(nameProblems('model version', [version], versionProblem));
    return wholeEntry(await indexOf(name), name, version, hub);
  };
  const bytesOf = ({ manifest, assets }: Entry, file: BundleFile): AsyncIterable<Uint8Array> => {
    const where = hub.shown(`${versionTag(manifest.name, manifest.version)} ${file.path}`);
    return file.size === 0 ? nothing() : readAsset(hub, assets[file.sha256] ?? 0, file, where);
  };
  const history = async (name: string) => historyIn(await indexOf(name));

  return {
    async names() {
      const names = await place.indexes.names();
      const models = await inParallel(names, async (name) => ({
        name,
        index: await place.indexes.read(name),
      }));
      return models.filter(({ index }) => index.versions.some(isWhole)).map(({ name }) => name);
    },

    async versions(name) {
      const { versions } = await indexOf(name);
      return versions
        .filter(isWhole)
        .sort((a, b) => byAge(a.manifest, b.manifest))
        .map(published);
    },

    async create(version) {
      refuse(nameProblems('model name', [version.name], nameProblem));
      await createVersion(place, version);
      return published(await found(version));
    },

    async aliases(name) {
      return targetsOf(await history(name));
    },

    history,

    async setAlias(name, alias, version, expected) {
      refuse([
        ...nameProblems('model name', [name], nameProblem),
        ...nameProblems('alias', [alias], aliasProblem),
      ]);
      if (version !== null) await found({ name, version });
      await moveAlias(place, { name, alias, version, expected });
    },

    async addEvidence(version, files) {
      const names = files.map((file) => file.name);
      refuse(nameProblems('evidence', names, pathProblem));
      await found(version);
      await addLater(place, version, files);
      return published(await found(version));
    },

    async readEvidence(version, name) {
      const { evidence } = await found(version);
      const entry = evidence.find(({ path }) => path === name);
      if (entry === undefined) throw missingEvidence(version, name);
      const answer = await hub.ask(
        'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
        { file_sha: entry.blob },
        `read ${name} of ${version.name} ${version.version}`,
        200,
      );
      const { content } = hub.read<{ content: string }>(isBlob, answer, name);
      const text = Buffer.from(content, 'base64').toString('utf8');
      if (sha256Text(text) === `sha256:${entry.sha256}`) return text;
      throw new UserError({
        what: 'does not hold what was attached',
        where: hub.shown(`${version.name} ${version.version} ${name}`),
        fix: 'point the model’s ref to its last good commit',
      });
    },

    async remove({ name, version }) {
      await found({ name, version });
      let leaving: Entry | undefined;
      await place.indexes.change(name, `${name} ${version}: leaving`, (index) => {
        refuseNamed(targetsOf(historyIn(index)), { name, version });
        leaving = { ...wholeEntry(index, name, version, hub), state: 'leaving' };
        return withEntry(index, leaving);
      });
      if (leaving !== undefined) await leave(place, leaving);
    },

    async verify({ name, version, digest }) {
      const entry = await found({ name, version });
      if (entry.manifest.digest !== digest) {
        throw new UserError({
          what: `holds ${entry.manifest.digest}, not ${digest}`,
          where: hub.shown(versionTag(name, version)),
          fix: 'a version never changes: point the model’s ref to its last good commit',
        });
      }
      requireKept(entry.manifest);
      await readThrough(entry.manifest.files, (file) => bytesOf(entry, file));
    },

    async fetch(version, directory) {
      const entry = await found(version);
      requireKept(entry.manifest);
      await fillFolder(directory, entry.manifest, (file) => bytesOf(entry, file));
    },
  };
}

function isWhole({ state }: Entry): boolean {
  return state === 'whole';
}

/** @throws UserError if there is no such version. */
function wholeEntry(index: VersionIndex, name: string, version: string, hub: Hub): Entry {
  const entry = entryOf(index, version);
  if (entry !== undefined && isWhole(entry)) return entry;
  throw noVersion({ name, version }, hub.shown(versionTag(name, version)));
}

function historyIn({ aliases }: VersionIndex): Readonly<Record<string, readonly AliasMove[]>> {
  return byAlias(Object.entries(aliases).map(([alias, { record }]) => [alias, movesOf(record)] as const));
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
