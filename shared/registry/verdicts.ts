import { type Problem, UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/verdict.js';
import { shapeReader } from '../schema/shape.ts';
import { worst } from '../verdict/status.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { ModelVersion, Registry } from './registry.ts';

/** A verdict and the file it came from. */
export interface VerdictFile {
  readonly file: string;
  readonly verdict: Verdict;
}

/**
 * Verdicts from their files' texts (`schemas/verdict.schema.json`).
 *
 * @throws UserError with all problems of all files: a wrong shape, or a status that is not that of the checks.
 */
export function readVerdicts(
  files: readonly { readonly file: string; readonly text: string }[],
): VerdictFile[] {
  const read = shapeReader<Verdict>(validate);
  const problems: Problem[] = [];
  const verdicts: VerdictFile[] = [];
  for (const { file, text } of files) {
    if (isOfOlderVersion(text)) {
      problems.push(older(file));
      continue;
    }
    const shaped = read(text, file);
    const found = 'problems' in shaped ? shaped.problems : contradictions(shaped.value, file);
    problems.push(
      ...found.map((problem) => ({
        ...problem,
        fix: 'name only verdict files of ml-loop, and do not change them; run the action again that wrote this one',
      })),
    );
    if ('value' in shaped) verdicts.push({ file, verdict: shaped.value });
  }
  if (problems.length > 0) throw new UserError(problems);
  return verdicts;
}

/** Was the verdict written before verdicts said what the model was compared with? Such a verdict opens no door. */
export function isOfOlderVersion(text: string): boolean {
  try {
    const { action, compared, status, checks } = JSON.parse(text) as Partial<Verdict>;
    if (status === undefined || !Array.isArray(checks)) return false;
    if (action === 'validate-model' && compared === undefined) return true;
    return checks.some((check) => Object.hasOwn(Object(check), 'mend'));
  } catch {
    return false;
  }
}

function older(file: string): Problem {
  return {
    what: 'was written by an older version of ml-loop and does not say what the model was compared with',
    where: file,
    fix: 'run validate-model again (or the action that wrote it), and register the model with the new verdict',
  };
}

function contradictions({ status, checks }: Verdict, file: string): Problem[] {
  const real = worst(checks.map((check) => check.status));
  return real === status
    ? []
    : [{ what: `says ${status}, but its checks say ${real}`, where: `${file}#/status` }];
}

/** The verdicts that travel with a version, and the names of those that an older version of ml-loop wrote. */
export async function attachedVerdicts(
  version: ModelVersion,
  registry: Pick<Registry, 'readEvidence'>,
): Promise<{ readonly verdicts: VerdictFile[]; readonly older: string[] }> {
  const names = version.evidence.filter((name) => name.startsWith('verdicts/'));
  const files = await Promise.all(
    names.map(async (file) => ({ file, text: await registry.readEvidence(version, file) })),
  );
  const older = files.filter(({ text }) => isOfOlderVersion(text));
  return {
    verdicts: readVerdicts(files.filter((file) => !older.includes(file))),
    older: older.map(({ file }) => file),
  };
}
