/** `provenance.json`: where a version comes from. */
import type { DispatchedRetrain } from '../ports/ports.ts';
import { inParallel } from '../problem/parallel.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/provenance.js';
import { shapeReader } from '../schema/shape.ts';
import { sha256Text } from '../verdict/digest.ts';
import { isPassing } from '../verdict/status.ts';
import type { JsonObject, Verdict } from '../verdict/verdict.ts';
import type { ModelVersion, Registry } from './registry.ts';

export const PROVENANCE = 'provenance.json';
export const PROVENANCE_SCHEMA = 'ml-loop/provenance@1';

/** Data that a model was trained on. (Types, not interfaces: they are JSON.) */
export type TrainingData = {
  readonly name: string;
  readonly digest: string;
  readonly rows?: number;
  /** What says so: `training-data` (the input), `profile.json`, or a verdict of validate-data in the evidence. */
  readonly from: string;
  /** The verdict of validate-data on these bytes, in the evidence. */
  readonly verdict?: string;
};

/** A file that says what the model was trained with; it is kept in the evidence. */
export type EnvironmentFile = {
  /** Where it was. */
  readonly name: string;
  /** `environment/…`, in the evidence. */
  readonly file: string;
  readonly digest: string;
};

export type Parent = {
  readonly version: string;
  readonly digest: string;
  /** `compared`: the version that the model was judged against. */
  readonly from: 'input' | 'compared';
};

/** `schemas/provenance.schema.json`; what is not known is left out. */
export type Provenance = {
  readonly schema: typeof PROVENANCE_SCHEMA;
  /** Addresses. */
  readonly repository?: string;
  readonly run?: string;
  readonly commit?: string;
  readonly trainingData: readonly TrainingData[];
  readonly environment: readonly EnvironmentFile[];
  readonly parameters: JsonObject;
  readonly parent: Parent | null;
  /** The request of check-drift that the training answered. */
  readonly retrain?: Omit<DispatchedRetrain, 'name'>;
};

const reader = shapeReader<Provenance>(validate);

/** @throws UserError with all problems. */
export function readProvenance(text: string, file: string): Provenance {
  const shaped = reader(text, file);
  if ('value' in shaped) return shaped.value;
  const fix = 'put its last good copy back; a version’s evidence must not change';
  throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix })));
}

/** The file's text. */
export function printProvenance(provenance: Provenance): string {
  return `${JSON.stringify(provenance, null, 2)}\n`;
}

/** A verdict of the evidence, by its name there. */
interface Judgement {
  readonly name: string;
  readonly verdict: Verdict;
}

/** The data that the profile tells of, or else those that validate-data has judged. */
export function knownData(
  profile: { readonly digest?: string | undefined; readonly rows: number } | undefined,
  judgements: readonly Judgement[],
): TrainingData[] {
  const judged = judgedData(judgements);
  const digest = profile?.digest;
  if (digest === undefined) return judged;
  const same = judged.find((data) => data.digest === digest);
  return [{ name: 'training data', rows: profile?.rows ?? 0, ...same, digest, from: 'profile.json' }];
}

/** The data that validate-data has judged, each once. */
export function judgedData(
  judgements: readonly Judgement[],
): (TrainingData & { readonly verdict: string })[] {
  const found = judgements
    .filter(({ verdict }) => verdict.action === 'validate-data')
    .flatMap(({ name, verdict }) =>
      verdict.subjects
        .filter(({ role }) => role === 'data')
        .map(({ name: data, digest, rows }) => ({
          ...{ name: data, digest },
          ...(rows === undefined ? {} : { rows }),
          ...{ from: name, verdict: name },
        })),
    );
  return [...new Map(found.map((data) => [data.digest, data])).values()];
}

/** The version that the model was judged against last; null if there was none, or no version is known to have its bytes. */
export function comparedParent(
  digest: string,
  judgements: readonly Judgement[],
  versions: readonly ModelVersion[],
): Parent | null {
  const last = judgements
    .filter(({ verdict }) => verdict.compared != null && isPassing(verdict.status))
    .toSorted((a, b) => Date.parse(a.verdict.createdAt) - Date.parse(b.verdict.createdAt))
    .at(-1);
  const against = last?.verdict.compared?.production?.digest;
  const version = versions.find((known) => known.digest === against);
  if (version === undefined || version.digest === digest) return null;
  return { version: version.version, digest: version.digest, from: 'compared' };
}

/**
 * The provenance of a version, held against the rest of its evidence; undefined if it has none.
 *
 * @throws UserError if it is not what its schema says, or names evidence that is not there.
 */
export async function attachedProvenance(
  version: ModelVersion,
  registry: Pick<Registry, 'readEvidence'>,
): Promise<Provenance | undefined> {
  if (!version.evidence.includes(PROVENANCE)) return undefined;
  const provenance = readProvenance(await registry.readEvidence(version, PROVENANCE), PROVENANCE);
  const { environment, trainingData } = provenance;
  const named = [
    ...environment.map(({ file }) => file),
    ...trainingData.flatMap(({ verdict }) => verdict ?? []),
  ];
  const problems: Problem[] = named
    .filter((file) => !version.evidence.includes(file))
    .map((file) => ({ what: `names ${file}, which is not in the evidence`, where: PROVENANCE }));
  if (problems.length > 0) throw new UserError(problems);
  return provenance;
}

/** Reads the provenance of a version, and the lock files that it lists. @throws UserError as above, and for other bytes. */
export async function verifyProvenance(
  version: ModelVersion,
  registry: Pick<Registry, 'readEvidence'>,
): Promise<void> {
  const { environment = [] } = (await attachedProvenance(version, registry)) ?? {};
  const problems = await inParallel(environment, async ({ file, digest }): Promise<Problem[]> => {
    const found = sha256Text(await registry.readEvidence(version, file));
    return found === digest
      ? []
      : [{ what: `lists ${file} as ${digest}, and it is ${found}`, where: PROVENANCE }];
  });
  if (problems.flat().length > 0) throw new UserError(problems.flat());
}
