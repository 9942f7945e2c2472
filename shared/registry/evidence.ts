import { isPassing } from '../verdict/status.ts';
import type { Check, SubjectRole, Verdict } from '../verdict/verdict.ts';
import type { VerdictFile } from './verdicts.ts';

/** The roles in which a verdict judges a model's bytes; in others they are only compared with. */
const JUDGED: readonly SubjectRole[] = ['model', 'candidate'];

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
