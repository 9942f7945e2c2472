/** A registry behind the user's program: what it stores is checked here, so that the program need not be trusted. */
import type { Ports } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import * as answers from '../../schema/generated/registry-answer.js';
import { type BundleFile, canonicalJson, textFile } from '../../verdict/digest.ts';
import { freeName, missingEvidence } from '../attachments.ts';
import { refuse } from '../directory-files.ts';
import { byAge, versionOf } from '../manifest.ts';
import { byAlias, refuseElsewhere, refuseNamed, targetsOf } from '../moves.ts';
import { aliasProblem, nameProblem, nameProblems, pathProblem } from '../names.ts';
import {
  type AliasMove,
  type Attachment,
  KEPT_MOVES,
  type ModelVersion,
  type Registry,
  requireKept,
  VersionTakenError,
} from '../registry.ts';
import { copyOut, inFolder, placesIn, readFetched, refuseOthers, stage, stageEvidence } from './files.ts';
import type { Program } from './program.ts';
import { findVersion, findVersions, type ProgramVersion } from './versions.ts';

/** Every lost race means that another run has won one; so many are not accident. */
const ATTEMPTS = 20;

interface Alias {
  readonly alias: string;
  /** Oldest first. */
  readonly moves: readonly AliasMove[];
}

type Named = Pick<ModelVersion, 'name' | 'version'>;

/** What the program is and does is said in docs/registry-program.md. */
export function execRegistry(program: Program, { files, clock }: Pick<Ports, 'files' | 'clock'>): Registry {
  const published = ({ manifest, evidence, uri }: ProgramVersion): ModelVersion =>
    versionOf(
      manifest,
      uri,
      evidence.map(({ path }) => path),
    );
  /** Lets the program write files of a version below a folder, and checks that they are those that were stored. */
  const download = async ({ manifest }: ProgramVersion, wanted: readonly BundleFile[], folder: string) => {
    const { name: model, version } = manifest;
    const places = await placesIn(
      folder,
      wanted.map(({ path }) => path),
    );
    await program.ask('fetch', { model, version, files: places }, answers.done);
    await refuseOthers(folder, wanted, `exec:${program.shown}, ${model} ${version}`);
  };
  const downloadModel = (found: ProgramVersion, folder: string) =>
    download(found, below('files', found.manifest.files), folder);
  const refuseAnswered = (
    noun: string,
    texts: readonly string[],
    rule: (text: string) => string | undefined,
  ) => {
    const fix = 'rename it in the registry, or let its program leave out what ml-loop did not write';
    const problems = nameProblems(`${noun} that exec:${program.shown} answered`, texts, rule);
    refuse(problems.map((problem) => ({ ...problem, fix })));
  };
  const history = async (model: string) => {
    refuse(nameProblems('model name', [model], nameProblem));
    const { aliases } = await program.ask<{ aliases: Alias[] }>('aliases', { model }, answers.aliases);
    const names = aliases.map(({ alias }) => alias);
    refuseAnswered('alias', names, aliasProblem);
    return byAlias(aliases.map(({ alias, moves }) => [alias, moves] as const));
  };

  return {
    async names() {
      const { models } = await program.ask<{ models: string[] }>('models', {}, answers.models);
      refuseAnswered('model name', models, nameProblem);
      return [...new Set(models)].sort();
    },

    async versions(name) {
      const found = await findVersions(program, name);
      return found.sort((a, b) => byAge(a.manifest, b.manifest)).map(published);
    },

    async create(version) {
      const { name: model, version: number, bundle, origin } = version;
      await inFolder(files, async (folder) => {
        const staged = await stage(version, folder, clock);
        const request = { model, version: number, digest: bundle.digest, folder: staged };
        const { stored } = await program.ask<{ stored: boolean }>('create', request, answers.stored);
        if (!stored) throw new VersionTakenError(`${model} ${number} exists already`);
      });
      const found = await findVersion(program, version);
      await proved(found, bundle.digest, async () => {
        if (canonicalJson(found.manifest.origin ?? null) !== canonicalJson(origin ?? null))
          throw otherOrigin(found);
        if (origin === undefined) await inFolder(files, (folder) => downloadModel(found, folder));
      });
      return published(found);
    },

    async aliases(name) {
      return targetsOf(await history(name));
    },

    history,

    async setAlias(name, alias, version, expected) {
      refuse(nameProblems('alias', [alias], aliasProblem));
      if (version !== null) await findVersion(program, { name, version });
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const moves = (await history(name))[alias] ?? [];
        const current = moves.at(-1)?.version ?? null;
        refuseElsewhere(`${alias} of ${name}`, current, expected);
        if (current === version) return;
        const added = [...moves, { version, at: clock.now().toISOString() }].slice(-KEPT_MOVES);
        const request = { model: name, alias, version, expected: current, moves: added };
        const { moved } = await program.ask<{ moved: boolean }>('set-alias', request, answers.moved);
        if (moved) return;
      }
      throw tooMany(`${alias} of ${name} was moved by other runs`);
    },

    async addEvidence(version, attachments) {
      refuse(
        nameProblems(
          'evidence',
          attachments.map(({ name }) => name),
          pathProblem,
        ),
      );
      await findVersion(program, version);
      for (const attachment of attachments) await attach(version, attachment);
      return published(await findVersion(program, version));
    },

    async readEvidence(version, name) {
      const found = await findVersion(program, version);
      const entry = found.evidence.find(({ path }) => path === name);
      if (entry === undefined) throw missingEvidence(version, name);
      return inFolder(files, async (folder) => {
        await download(found, below('evidence', [entry]), folder);
        return readFetched(folder, `evidence/${entry.path}`);
      });
    },

    async remove(version) {
      const { name, version: number } = version;
      await findVersion(program, version);
      refuseNamed(targetsOf(await history(name)), version);
      await program.ask('remove', { model: name, version: number }, answers.done);
      if ((await findVersions(program, name)).every(({ manifest }) => manifest.version !== number)) return;
      throw new UserError({
        what: 'is there still, although its program says that it was removed',
        where: `exec:${program.shown}, ${name} ${number}`,
        fix: 'remove it with the store’s own tools; the program must fail if it cannot remove a version',
      });
    },

    async verify(version) {
      const found = await findVersion(program, version);
      await proved(found, version.digest, async () => {
        requireKept(found.manifest);
        await inFolder(files, (folder) => downloadModel(found, folder));
      });
    },

    async fetch(version, directory) {
      const found = await findVersion(program, version);
      requireKept(found.manifest);
      await inFolder(files, async (folder) => {
        await downloadModel(found, folder);
        await copyOut(folder, found.manifest, directory);
      });
    },
  };

  /** Adds one file; what is attached already, whatever its name, is not added again. */
  async function attach(named: Named, { name, content }: Attachment): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { evidence } = await findVersion(program, named);
      const taken = evidence.map(({ path }) => path);
      const entry = textFile(freeName(name, taken), content);
      if (evidence.some((known) => known.sha256 === entry.sha256)) return;
      const { stored } = await inFolder(files, (folder) => {
        const file = stageEvidence(content, folder);
        const request = { model: named.name, version: named.version, entry, file };
        return program.ask<{ stored: boolean }>('add-evidence', request, answers.stored);
      });
      if (stored) return;
    }
    throw tooMany(`evidence of ${named.name} ${named.version} was added by other runs`);
  }
}

/** Files by their paths in what `create` gave to the program. */
function below(folder: 'files' | 'evidence', entries: readonly BundleFile[]): BundleFile[] {
  return entries.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));
}

/** @throws UserError if the version has another digest, or what `prove` throws. */
async function proved(
  { manifest, uri }: ProgramVersion,
  digest: string,
  prove: () => Promise<void>,
): Promise<void> {
  if (manifest.digest === digest) return prove();
  throw new UserError({
    what: `holds ${manifest.digest}, not ${digest}`,
    where: uri,
    fix: 'a version never changes: put its last good copy back',
  });
}

function otherOrigin({ uri }: ProgramVersion): UserError {
  return new UserError({
    what: 'does not say any more where the model’s files are',
    where: uri,
    fix: 'the program must answer the manifest.json that came with create, unchanged, `origin` in it included',
  });
}

function tooMany(what: string): UserError {
  return new UserError({
    what: `${what} ${ATTEMPTS} times in a row, or the program says so each time`,
    where: 'input registry',
    fix: 'let one run at a time use this model (a concurrency group)',
  });
}
