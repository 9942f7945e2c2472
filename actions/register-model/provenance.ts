/** Where the model comes from: what the inputs say, and what runner, git and verdicts tell. */
import { basename, normalize } from 'node:path/posix';
import { parse as parseYaml } from 'yaml';
import type { Ports } from '../../shared/ports/ports.ts';
import { inParallel, together } from '../../shared/problem/parallel.ts';
import { messageOf, type Problem, UserError } from '../../shared/problem/problem.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { freeName } from '../../shared/registry/attachments.ts';
import { pathProblem } from '../../shared/registry/names.ts';
import { holdsPassword, parametersFault } from '../../shared/registry/parameters.ts';
import {
  comparedParent,
  type EnvironmentFile,
  judgedData,
  knownData,
  type Parent,
  PROVENANCE_SCHEMA,
  type Provenance,
  type TrainingData,
} from '../../shared/registry/provenance.ts';
import { requireModel } from '../../shared/registry/reference.ts';
import type { Attachment, ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { textFile } from '../../shared/verdict/digest.ts';
import type { JsonObject, Verdict } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/** A lock file of a large project has some megabytes. */
const MOST_BYTES = 16 * 1024 * 1024;
const GIT_MS = 30_000;

type Origin = Pick<Provenance, 'repository' | 'commit' | 'run'>;

/** What is known before the model's digest is. */
export interface ProvenanceInputs {
  readonly origin: Origin;
  readonly trainingData: TrainingData | undefined;
  readonly environment: readonly EnvironmentFile[];
  readonly lockFiles: readonly Attachment[];
  readonly parameters: JsonObject;
  /** Null: none. Undefined: the one that the model was compared with. */
  readonly parent: ModelVersion | null | undefined;
  readonly retrain: Provenance['retrain'];
}

/**
 * Reads what the inputs name, before any byte of the model is.
 *
 * @throws UserError with all problems: files that are missing or hold a password, and a parent that is not there.
 */
export async function givenProvenance(
  inputs: Inputs,
  model: { readonly name: string; readonly registry: Registry },
  ports: Ports,
): Promise<ProvenanceInputs> {
  const [origin, retrain, trainingData, locks, parameters, parent] = await together(
    originOf(ports),
    retrainOf(model.name, ports),
    trainingDataOf(inputs, ports),
    lockFilesOf(inputs.environment ?? [], ports),
    parametersOf(inputs, ports),
    parentOf(inputs, model),
  );
  return { origin, retrain, trainingData, ...locks, parameters, parent };
}

/** What the evidence knows beside. */
interface Evidence {
  readonly digest: string;
  readonly judgements: readonly { readonly name: string; readonly verdict: Verdict }[];
  readonly profile: Profile | undefined;
  readonly versions: readonly ModelVersion[];
}

export function provenanceOf(
  { origin, retrain, trainingData, environment, parameters, parent }: ProvenanceInputs,
  { digest, judgements, profile, versions }: Evidence,
): Provenance {
  return {
    schema: PROVENANCE_SCHEMA,
    ...origin,
    trainingData:
      trainingData === undefined
        ? knownData(profile, judgements)
        : [{ ...trainingData, ...judgedAs(trainingData.digest, judgements) }],
    environment,
    parameters,
    parent: parent === undefined ? comparedParent(digest, judgements, versions) : parentFrom(parent, digest),
    ...(retrain === undefined ? {} : { retrain }),
  };
}

function judgedAs(digest: string, judgements: Evidence['judgements']) {
  const { rows, verdict } = judgedData(judgements).find((data) => data.digest === digest) ?? {};
  return { ...(rows === undefined ? {} : { rows }), ...(verdict === undefined ? {} : { verdict }) };
}

/** No version is its own parent: registered again, it may be what `champion` names by now. */
function parentFrom(parent: ModelVersion | null, digest: string): Parent | null {
  if (parent === null || parent.digest === digest) return null;
  return { version: parent.version, digest: parent.digest, from: 'input' };
}

/** The request that this run answers, if it is about this model. */
async function retrainOf(name: string, { runner, log }: Ports): Promise<Provenance['retrain']> {
  const requested = await runner.requested?.();
  if (requested === undefined) return undefined;
  const { name: asked, ...request } = requested;
  if (asked === name) return request;
  log.info(`The retrain that this run answers is of ${asked}, so ${name} does not record it.`);
  return undefined;
}

/** What the runner tells. The commit outside of GitHub is git's, if the files are those of the commit. */
async function originOf({ runner: { source }, commands, log }: Ports): Promise<Origin> {
  const { repository, run } = source ?? {};
  const commit = source?.commit ?? (await cleanCommit(commands, log));
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    ...(run === undefined ? {} : { run }),
  };
}

async function cleanCommit(commands: Ports['commands'], log: Ports['log']): Promise<string | undefined> {
  const git = async (...args: readonly string[]) => {
    // A program that the repository's configuration names is not started.
    const found = await commands.run(['git', '-c', 'core.fsmonitor=false', ...args], { timeoutMs: GIT_MS });
    return found.exitCode === 0 ? found.stdout.trim() : undefined;
  };
  try {
    const commit = await git('rev-parse', '--verify', 'HEAD');
    if (commit === undefined || !/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) return undefined;
    if ((await git('status', '--porcelain', '--untracked-files=no')) === '') return commit;
    log.info('The commit is not recorded, because files that git tracks have been changed.');
    return undefined;
  } catch (error) {
    // Without git no commit is known.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function trainingDataOf(inputs: Inputs, { files }: Ports): Promise<TrainingData | undefined> {
  const given = inputs['training-data'];
  if (given === undefined) return undefined;
  const { digest } = await files.bundle(await files.glob(given), (_path, _source, read) => read());
  return { name: given.join(', '), digest, from: 'training-data' };
}

async function lockFilesOf(
  given: readonly string[],
  { files }: Ports,
): Promise<Pick<ProvenanceInputs, 'environment' | 'lockFiles'>> {
  const paths = given.length === 0 ? [] : await files.glob(given);
  const texts = await inParallel(paths, (path) => lockFile(path, files));
  const taken: string[] = [];
  const named = texts.map(({ path, content, sha256 }) => {
    const file = freeName(`environment/${placeOf(path)}`, taken);
    taken.push(file);
    return { name: path, file, content, digest: `sha256:${sha256}` };
  });
  return {
    environment: named.map(({ name, file, digest }) => ({ name, file, digest })),
    lockFiles: named.map(({ file, content }) => ({ name: file, content })),
  };
}

async function lockFile(path: string, files: Ports['files']) {
  const content = await files.readText(path);
  const { size, sha256 } = textFile(path, content);
  const { files: listed } = await files.bundle([path]);
  const line = content.split('\n').findIndex(holdsPassword) + 1;
  const fault: Problem | undefined =
    listed[0]?.sha256 !== sha256
      ? { what: 'is not a text in UTF-8', where: path, fix: 'name a lock file, such as requirements.txt' }
      : size > MOST_BYTES
        ? { what: `has ${size} bytes; a lock file has at most ${MOST_BYTES}`, where: path }
        : line > 0
          ? {
              what: 'holds a URL with a password, which everyone who reads the registry would see',
              where: `${path}:${line}`,
              fix: 'take the password out of the file, and change it; give it to the installer by its own variables or by a keyring',
            }
          : undefined;
  if (fault !== undefined) throw new UserError(fault);
  return { path, content, sha256 };
}

/** Where the file goes below `environment/`: as it lies below the working directory, or by its name. */
function placeOf(path: string): string {
  const below = normalize(path);
  return pathProblem(below) === undefined ? below : basename(path);
}

async function parametersOf({ parameters = {} }: Inputs, { files }: Ports): Promise<JsonObject> {
  if (typeof parameters !== 'string') return parameters;
  const [value, fault] = parsed(await files.readText(parameters), parameters);
  const what = fault ?? parametersFault(value);
  if (what === undefined) return value as JsonObject;
  throw new UserError({ what, where: parameters, fix: 'write the parameters as a map, in YAML or JSON' });
}

function parsed(text: string, path: string): [value: unknown, fault?: string] {
  try {
    return [path.endsWith('.json') ? JSON.parse(text) : parseYaml(text)];
  } catch (error) {
    return [undefined, `cannot be read (${messageOf(error).split('\n')[0]})`];
  }
}

async function parentOf(
  { parent }: Inputs,
  { name, registry }: { readonly name: string; readonly registry: Registry },
): Promise<ModelVersion | null | undefined> {
  if (parent === 'auto') return undefined;
  if (parent === 'none') return null;
  return requireModel(
    registry,
    { name, which: parent },
    {
      what: `${name} has no ${parent}`,
      where: 'input parent',
      fix: 'name a version, an alias or a digest that is registered; or parent: none',
    },
  );
}
