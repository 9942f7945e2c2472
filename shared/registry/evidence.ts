import { type Problem, UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/verdict.js';
import { shapeReader } from '../schema/shape.ts';
import { isPassing, worst } from '../verdict/status.ts';
import type { Check, SubjectRole, Verdict } from '../verdict/verdict.ts';

/** A verdict and the file it came from. */
export interface VerdictFile {
  readonly file: string;
  readonly verdict: Verdict;
}

/** The roles in which a verdict judges a model's bytes; in others they are only compared with. */
const JUDGED: readonly SubjectRole[] = ['model', 'candidate'];

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
        fix: 'name verdict files of ml-loop only, unchanged; run the action that writes it again',
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
    what: 'was written by an older version of ml-loop, which did not say what the model was compared with',
    where: file,
    fix: 'run validate-model again, and register the model with the new verdict',
  };
}

function contradictions({ status, checks }: Verdict, file: string): Problem[] {
  const real = worst(checks.map((check) => check.status));
  return real === status
    ? []
    : [{ what: `says ${status}, while its checks say ${real}`, where: `${file}#/status` }];
}

/** A model's name in the registry, and the identity of its bytes. */
export interface Judged {
  readonly name: string;
  readonly digest: string;
}

/** What these actions say of a version is about its registration or release, not about its bytes. */
const NO_JUDGES = ['register-model', 'deploy-canary'];

/** Does the verdict judge these bytes? */
export function judges(verdict: Verdict, digest: string): boolean {
  return !NO_JUDGES.includes(verdict.action) && judgedDigests(verdict).includes(digest);
}

/** Is the verdict about this model? Another model's is, for the same bytes too, about other data and other limits. */
export function isAbout(verdict: Verdict, name: string): boolean {
  return verdict.name === name;
}

/**
 * Bound evidence: some passing verdict of validate-model on this model judges these bytes, and no verdict that judges
 * them is anything else than passing.
 */
export function evidenceChecks({ name, digest }: Judged, verdicts: readonly VerdictFile[]): Check[] {
  const judging = verdicts.filter(({ verdict }) => judges(verdict, digest));
  const against = judging.filter(({ verdict }) => !isPassing(verdict.status));
  const supporting = judging.filter(
    ({ verdict }) =>
      verdict.action === 'validate-model' && isAbout(verdict, name) && isPassing(verdict.status),
  );
  return [
    supported({ name, digest }, supporting, verdicts),
    ...against.map((file) => contradicted(digest, file)),
  ];
}

function supported(
  { name, digest }: Judged,
  supporting: readonly VerdictFile[],
  all: readonly VerdictFile[],
): Check {
  const expected = 'a passing verdict of validate-model that names the digest';
  if (supporting.length > 0) {
    const files = supporting.map(({ file }) => file);
    return {
      id: 'register.evidence',
      status: 'pass',
      observed: files,
      expected,
      message: `the model was judged: ${files.join(', ')}`,
    };
  }
  const ofOthers = all.filter(({ verdict }) => judges(verdict, digest) && !isAbout(verdict, name));
  const named = [...new Set(all.flatMap(({ verdict }) => judgedDigests(verdict)))];
  const instead =
    ofOthers.length > 0
      ? `${ofOthers.map(({ file, verdict }) => `${file} is about the model ${verdict.name}`).join(', ')}, not ${name}`
      : named.length === 0
        ? 'none of them judges a model'
        : `they judge ${named.join(', ')}`;
  return {
    id: 'register.evidence',
    status: 'fail',
    observed: named,
    expected,
    message: `no passing verdict of validate-model names these bytes (${digest}); of ${all.length} verdict files, ${instead}`,
    fix: 'run validate-model with these bytes as its input model, and register them unchanged when it passes',
  };
}

function judgedDigests({ subjects }: Verdict): string[] {
  return subjects.filter(({ role }) => JUDGED.includes(role)).map((subject) => subject.digest);
}

function contradicted(digest: string, { file, verdict }: VerdictFile): Check {
  return {
    id: 'register.contradicted',
    status: 'fail',
    observed: verdict.status,
    expected: 'pass or warn',
    message: `${verdict.action} judged these bytes (${digest}) ${verdict.status}: ${verdict.summary}`,
    locations: [{ file }],
    fix: 'fix what that verdict found, and validate the new bytes',
  };
}

/**
 * The verdicts as attachments of a version: `verdicts/ACTION.json`, further ones of the same action numbered.
 *
 * @param samples `hide` leaves cell values out.
 */
export function verdictAttachments(
  verdicts: readonly VerdictFile[],
  samples: 'hide' | 'show',
): { name: string; content: string }[] {
  const counts = new Map<string, number>();
  return verdicts.map(({ verdict }) => {
    const count = (counts.get(verdict.action) ?? 0) + 1;
    counts.set(verdict.action, count);
    const kept = samples === 'show' ? verdict : withoutValues(verdict);
    return {
      name: `verdicts/${verdict.action}${count === 1 ? '' : `-${count}`}.json`,
      content: `${JSON.stringify(kept, null, 2)}\n`,
    };
  });
}

/**
 * The verdict without cell values. One that was made with `samples: hide` holds none; of any other, everything that may
 * hold some is left out, and what was judged, how, where and with what result stays.
 */
function withoutValues(verdict: Verdict): Verdict {
  if (verdict.configuration.samples === 'hide') return verdict;
  const checks = verdict.checks.map(({ id, status, target, evidence, locations, places }) => ({
    id,
    status,
    message: 'left out, because the verdict was made with samples: show',
    ...(target === undefined ? {} : { target }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(locations === undefined ? {} : { locations: locations.map(({ value: _, ...location }) => location) }),
    ...(places === undefined ? {} : { places }),
  }));
  return { ...verdict, checks, measures: {} };
}
