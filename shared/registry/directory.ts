import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../ports/ports.ts';
import { inParallel } from '../problem/parallel.ts';
import { type Problem, systemCode, UserError } from '../problem/problem.ts';
import { validate as isAlias } from '../schema/generated/alias.js';
import { requireShape } from '../schema/shape.ts';
import { directoryState } from '../state/directory.ts';
import { StateConflict, type StateEntry } from '../state/state.ts';
import { refuseTrackedLinks } from '../state/tracked.ts';
import { missingEvidence } from './attachments.ts';
import { differences } from './directory-copies.ts';
import { removeFolder, taken, VersionFolder } from './directory-create.ts';
import { addEvidence } from './directory-evidence.ts';
import { fetchFiles, folderProblems, refuse, storage } from './directory-files.ts';
import { modelsIn } from './directory-place.ts';
import {
  byAge,
  keptFiles,
  type Manifest,
  manifestFor,
  manifestProblems,
  readManifest,
  versionOf,
} from './manifest.ts';
import {
  byAlias,
  movedTo,
  movesOf,
  refuseElsewhere,
  refuseNamed,
  type StoredAlias,
  targetsOf,
} from './moves.ts';
import { aliasProblem, nameProblem, nameProblems, pathProblem, versionProblem } from './names.ts';
import { type ModelVersion, type Registry, requireKept, type Staging } from './registry.ts';

export interface DirectoryRegistryOptions {
  /** Absolute path; made when something is first registered. */
  readonly root: string;
  /** The folder as the user wrote it, for URIs. */
  readonly shown: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * A registry in a folder: `NAME/versions/VERSION/{manifest.json, files/…, evidence/…}`, and an alias a state file,
 * `NAME/aliases/ALIAS.json`, with its history beside it. A version appears whole, by one rename, or not at all.
 */
export function directoryRegistry({ root, shown, clock }: DirectoryRegistryOptions): Registry {
  const aliasState = directoryState(root);
  const place = (name: string, ...rest: string[]) => {
    refuse(nameProblems('model name', [name], nameProblem));
    return join(root, name, ...rest);
  };
  const published = (manifest: Manifest): ModelVersion =>
    versionOf(
      manifest,
      `dir:${shown}/${manifest.name}/versions/${manifest.version}`,
      manifest.evidence.map(({ path }) => path),
    );
  const folderOf = ({ name, version }: Pick<ModelVersion, 'name' | 'version'>) => {
    refuse(nameProblems('model version', [version], versionProblem));
    return place(name, 'versions', version);
  };
  const manifestOf = async (name: string, version: string) => {
    const folder = folderOf({ name, version });
    const file = join(folder, 'manifest.json');
    const text = await storage(file, 'read the manifest', async () => {
      refuseTrackedLinks(file);
      if (await isThere(file)) return readFile(file, 'utf8');
      const what = (await isThere(folder)) ? 'there is no manifest' : `${name} has no version ${version}`;
      throw new UserError({
        what,
        where: file,
        fix: 'name a version that is registered; move a folder without a manifest out of the registry',
      });
    });
    return readManifest(text, file, { name, version });
  };

  const staged: NonNullable<Registry['staged']> = (name, use) => {
    const draft = new VersionFolder(place(name, 'versions'));
    const staging: Staging = {
      store(path, source) {
        refuse(nameProblems('file of the model', [path], pathProblem, 'rename the file'));
        return draft.store(path, source);
      },
      async create(version) {
        const manifest = manifestFor(version);
        refuse(manifestProblems(manifest));
        await draft.publish(version, manifest);
        return published(await manifestOf(version.name, version.version));
      },
    };
    // A disk that is full is told once, not of each file.
    return storage(root, 'register the model', () => use(staging).finally(() => draft.discard()));
  };

  const registry: Registry = {
    names: () => modelsIn(root),

    async versions(name) {
      const folder = place(name, 'versions');
      const names = (await entries(folder)).filter((version) => !version.startsWith('.'));
      const strange = names.filter((version) => versionProblem(version) !== undefined);
      refuse(
        strange.map((entry) => ({
          what: 'is not a version',
          where: join(folder, entry),
          fix: 'move it out of the registry',
        })),
      );
      const found = await collect(names, (version) => manifestOf(name, version));
      return found.sort(byAge).map(published);
    },

    async create(version) {
      const manifest = manifestFor(version);
      refuse(manifestProblems(manifest));
      if (await isThere(folderOf(version))) throw taken(version);
      return staged(version.name, async ({ store, create }) => {
        await inParallel(keptFiles(manifest), ({ path }) => store(path, version.file(path)));
        return create(version);
      });
    },

    staged,

    async aliases(name) {
      return targetsOf(await registry.history(name));
    },

    async history(name) {
      const files = await entries(place(name, 'aliases'));
      const aliases = files
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length));
      const moves = await Promise.all(
        aliases.map(
          async (alias) =>
            [alias, movesOf(aliasOf(await aliasState.read(`${name}/aliases/${alias}`), alias))] as const,
        ),
      );
      return byAlias(moves);
    },

    async setAlias(name, alias, version, expected) {
      refuse([
        ...nameProblems('model name', [name], nameProblem),
        ...nameProblems('alias', [alias], aliasProblem),
      ]);
      if (version !== null) await manifestOf(name, version);
      const key = `${name}/aliases/${alias}`;
      for (;;) {
        const stored = await aliasState.read(key);
        const before = aliasOf(stored, alias);
        const current = before?.version ?? null;
        refuseElsewhere(`${alias} of ${name}`, current, expected);
        if (current === version) return;
        const value = movedTo(before, version, clock.now());
        try {
          await aliasState.write(
            key,
            value,
            stored?.revision ?? null,
            `${value.at} ${alias}: ${current ?? 'nothing'} → ${version ?? 'nothing'}`,
          );
          return;
        } catch (error) {
          if (!(error instanceof StateConflict)) throw error;
        }
      }
    },

    async addEvidence({ name, version }, files) {
      const folder = folderOf({ name, version });
      const names = files.map((file) => file.name);
      refuse(nameProblems('evidence', names, pathProblem));
      await manifestOf(name, version);
      await storage(folder, 'add the evidence', () => addEvidence(folder, { name, version }, files));
      return published(await manifestOf(name, version));
    },

    async readEvidence({ name, version }, evidence) {
      const entry = (await manifestOf(name, version)).evidence.find(({ path }) => path === evidence);
      if (entry === undefined) throw missingEvidence({ name, version }, evidence);
      const file = join(folderOf({ name, version }), 'evidence', entry.path);
      refuse(await differences([entry], () => file));
      return storage(file, 'read the evidence', () => readFile(file, 'utf8'));
    },

    async remove({ name, version }) {
      const folder = folderOf({ name, version });
      await manifestOf(name, version);
      refuseNamed(await registry.aliases(name), { name, version });
      await storage(folder, 'remove the version', () => removeFolder(folder));
    },

    async verify({ name, version, digest }) {
      const manifest = await manifestOf(name, version);
      const folder = folderOf({ name, version });
      if (manifest.digest !== digest) {
        throw new UserError({
          what: `holds ${manifest.digest}, not ${digest}`,
          where: folder,
          fix: 'restore its last good copy: a version must not change',
        });
      }
      await storage(folder, 'read the model', async () => refuse(await folderProblems(manifest, folder)));
      requireKept(manifest);
    },

    async fetch({ name, version }, directory) {
      const manifest = await manifestOf(name, version);
      const folder = folderOf({ name, version });
      requireKept(manifest);
      await storage(directory, 'fetch the model', () => fetchFiles(manifest, folder, directory));
    },
  };
  return registry;
}

/** The names in a folder; none if there is no such folder. */
async function entries(folder: string): Promise<string[]> {
  return storage(folder, 'read the registry', async () => {
    try {
      refuseTrackedLinks(folder);
      return (await readdir(folder)).sort();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  });
}

/** The results of all, or the problems of all that fail. */
async function collect<A, B>(items: readonly A[], read: (item: A) => Promise<B>): Promise<B[]> {
  const settled = await Promise.allSettled(items.map(read));
  const problems: Problem[] = [];
  const values: B[] = [];
  for (const result of settled) {
    if (result.status === 'fulfilled') values.push(result.value);
    else if (result.reason instanceof UserError) problems.push(...result.reason.problems);
    else throw result.reason;
  }
  refuse(problems);
  return values;
}

/** @throws UserError for a value that is not an alias: to read it as none would be to say that there is no production model. */
function aliasOf(stored: StateEntry | null, alias: string): StoredAlias | null {
  if (stored === null) return null;
  const fix = 'restore its last good copy; or move this file away, and set the alias again';
  return requireShape(isAlias, stored.value, `alias ${alias}`, fix);
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
