/** The versions that a registry's program lists. */
import { type Problem, UserError } from '../../problem/problem.ts';
import { versions as isVersions } from '../../schema/generated/registry-answer.js';
import type { BundleFile } from '../../verdict/digest.ts';
import { refuse } from '../directory-files.ts';
import { type Manifest, readManifest } from '../manifest.ts';
import { nameProblem, nameProblems, pathProblem, versionProblem } from '../names.ts';
import { type ModelVersion, noVersion } from '../registry.ts';
import type { Program } from './program.ts';

export interface ProgramVersion {
  readonly manifest: Manifest;
  /** All of it: what the version came with, and what was added. */
  readonly evidence: readonly BundleFile[];
  readonly uri: string;
}

interface Answer {
  readonly versions: readonly {
    readonly manifest: Readonly<Record<string, unknown>>;
    readonly evidence: readonly BundleFile[];
    readonly uri?: string;
  }[];
}

const FIX = 'the program must answer the manifest.json that came with create, unchanged';

/**
 * All versions of a model, in no order.
 *
 * @throws UserError with the problems of all whose manifest is not as it was given, and if a version is listed twice.
 */
export async function findVersions(program: Program, name: string): Promise<ProgramVersion[]> {
  refuse(nameProblems('model name', [name], nameProblem));
  const { versions } = await program.ask<Answer>('versions', { model: name }, isVersions);
  const problems: Problem[] = [];
  const found = new Map<string, ProgramVersion>();
  versions.forEach(({ manifest: given, evidence: added, uri }, place) => {
    const where = `registry exec:${program.shown}, operation versions#/versions/${place}`;
    try {
      const manifest = readManifest(
        JSON.stringify(given),
        `${where}/manifest`,
        { name, version: String(given.version) },
        FIX,
      );
      const { version } = manifest;
      const evidence = [...manifest.evidence, ...added];
      problems.push(...evidenceProblems(evidence, `${where}/evidence`));
      if (found.has(version)) problems.push({ what: `lists ${version} twice`, where, fix: FIX });
      found.set(version, {
        manifest,
        evidence,
        uri: uri ?? `exec:${program.shown}#${name}@${version}`,
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  });
  refuse(problems);
  return [...found.values()];
}

/** @throws UserError if there is no such version. */
export async function findVersion(
  program: Program,
  { name, version }: Pick<ModelVersion, 'name' | 'version'>,
): Promise<ProgramVersion> {
  refuse(nameProblems('model version', [version], versionProblem));
  const found = (await findVersions(program, name)).find(({ manifest }) => manifest.version === version);
  if (found !== undefined) return found;
  throw noVersion({ name, version }, `registry exec:${program.shown}`);
}

function evidenceProblems(evidence: readonly BundleFile[], where: string): Problem[] {
  const paths = evidence.map(({ path }) => path);
  const twice = paths.filter((path, place) => paths.indexOf(path) !== place);
  return [
    ...nameProblems(where, paths, pathProblem).map((problem) => ({ ...problem, fix: FIX })),
    ...twice.map((path) => ({
      what: `lists ${JSON.stringify(path)} twice`,
      where,
      fix: 'the program must refuse a path that is taken (stored: false)',
    })),
  ];
}
