import { PERMISSIONS } from '../attest/signer.ts';
import { type AttestedVerdicts, attestedText, NOT_ATTESTED } from '../attest/verdicts.ts';
import { isPassing, severity, worst } from '../verdict/status.ts';
import { type Check, judgedDigests, type Verdict } from '../verdict/verdict.ts';
import { type Production, staleness } from './compared.ts';
import type { VerdictFile } from './verdicts.ts';

/** A model's name in the registry, and the identity of its bytes. */
export interface JudgedModel {
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
 * The digests that would be registered as new versions: no version has them, and the evidence allows it. They tell nothing
 * of the bytes that are there, only what to expect.
 */
export function expectedDigests(name: string, verdicts: readonly VerdictFile[], door: Door): string[] {
  const known = new Set((door.production?.versions ?? []).map(({ digest }) => digest));
  const judged = new Set(
    verdicts
      .filter(({ verdict }) => isSupporting(verdict, name))
      .flatMap(({ verdict }) => judgedDigests(verdict)),
  );
  return [...judged].filter(
    (digest) =>
      !known.has(digest) &&
      evidenceChecks({ name, digest }, verdicts, door).every(({ status }) => status !== 'fail'),
  );
}

function isSupporting(verdict: Verdict, name: string): boolean {
  return verdict.action === 'validate-model' && isAbout(verdict, name) && isPassing(verdict.status);
}

/** What a door asks of a verdict beside that it passes. */
export interface Door {
  /** Production as it is now; null if it is ignored. */
  readonly production: Production | null;
  /** What is weaker than the base branch's configuration asks for, in words. */
  weaker(verdict: Verdict): readonly string[];
  /** Who attested the verdicts; left out if no one asks. */
  readonly attested?: AttestedVerdicts;
}

/**
 * Bound evidence: some passing verdict of validate-model on this model judges these bytes, no verdict that judges them is
 * anything else than passing, and the door's demands are met: attested if that is required (`register.attested`), by
 * settings that are not weaker than those of the base branch (`register.weaker`), against the version that is production
 * now (`register.compared`, a warning).
 */
export function evidenceChecks(judged: JudgedModel, verdicts: readonly VerdictFile[], door: Door): Check[] {
  const { name, digest } = judged;
  const judging = verdicts.filter(({ verdict }) => judges(verdict, digest));
  const against = judging.filter(({ verdict }) => !isPassing(verdict.status));
  const supporting = judging.filter(({ verdict }) => isSupporting(verdict, name));
  const contradictions = against.map((file) => contradicted(digest, file));
  if (supporting.length === 0) return [unsupported(judged, verdicts), ...contradictions];
  const trusted = supporting.filter((file) => !door.attested?.required || isAttested(file, digest, door));
  if (trusted.length === 0)
    return [
      supported(supporting, digest, door),
      ...attestedChecks(supporting, digest, door),
      ...contradictions,
    ];
  const strong = trusted.filter(({ verdict }) => door.weaker(verdict).length === 0);
  if (strong.length === 0)
    return [supported(trusted, digest, door), weakerCheck(trusted, door), ...contradictions];
  const current = strong.filter((file) => staleBy(file, digest, door) === undefined);
  if (current.length === 0)
    return [supported(strong, digest, door), staleCheck(strong, digest, door), ...contradictions];
  return [supported(current, digest, door), ...attestedChecks(current, digest, door), ...contradictions];
}

function isAttested({ verdict }: VerdictFile, digest: string, { attested }: Door): boolean {
  return attested !== undefined && 'signer' in attested.of(verdict, digest);
}

/**
 * Does the one evidence open more doors than the other: with a better status, bound instead of declared, or attested by a
 * workflow instead of declared by whoever wrote the file?
 */
export function isStronger(one: readonly Check[], other: readonly Check[]): boolean {
  const rank = (checks: readonly Check[]) => severity(worst(checks.map(({ status }) => status)));
  const isBound = (checks: readonly Check[]) => checks.some(({ evidence }) => evidence?.binding === 'bound');
  const isSigned = (checks: readonly Check[]) =>
    checks.some((check) => isAboutSigner(check) && check.status === 'pass');
  if (rank(one) !== rank(other)) return rank(one) < rank(other);
  return (isBound(one) && !isBound(other)) || (isSigned(one) && !isSigned(other));
}

function staleBy({ verdict }: VerdictFile, digest: string, { production }: Door): string | undefined {
  return production === null ? undefined : staleness(verdict, digest, production);
}

/** How the predictions came: `bound` if some verdict says so. */
function bindingOf(verdicts: readonly VerdictFile[]): 'bound' | 'declared' {
  return verdicts.some(({ verdict }) => verdict.compared?.binding === 'bound') ? 'bound' : 'declared';
}

const JUDGED_BY = 'a passing verdict of validate-model that names the digest';

function supported(supporting: readonly VerdictFile[], digest: string, door: Door): Check {
  const files = supporting.map(({ file }) => file);
  const binding = bindingOf(supporting);
  const isUnsigned =
    door.attested !== undefined && !supporting.some((file) => isAttested(file, digest, door));
  const remarks = [...(binding === 'bound' ? [] : [DECLARED]), ...(isUnsigned ? [UNSIGNED] : [])];
  return {
    id: 'register.evidence',
    status: 'pass',
    observed: files,
    expected: JUDGED_BY,
    message: [`the model was judged: ${files.join(', ')}`, ...remarks].join('; '),
    evidence: { binding },
  };
}

/** What declared evidence does not show. */
export const DECLARED =
  'the evidence is only declared: the predictions were supplied, so it is not shown that these bytes made them';

const ATTESTED = 'register.attested';

/** Is it about who attested the verdict? */
export function isAboutSigner({ id }: Pick<Check, 'id'>): boolean {
  return id === ATTESTED;
}

/** Who attested; nothing if no one has and no one must. */
function attestedChecks(supporting: readonly VerdictFile[], digest: string, { attested }: Door): Check[] {
  if (attested === undefined) return [];
  const found = supporting.map(({ file, verdict }) => ({ file, by: attested.of(verdict, digest) }));
  const signed = found.filter(({ by }) => 'signer' in by);
  const told = (signed.length > 0 ? signed : found).map(({ file, by }) => `${file} ${attestedText(by)}`);
  const common = { id: ATTESTED, observed: told, expected: 'attested by a trusted workflow' };
  if (signed.length > 0)
    return [{ ...common, status: 'pass', message: `who judged is shown: ${told.join('; ')}` }];
  const isDeclared = found.every(({ by }) => 'lacking' in by && by.lacking === NOT_ATTESTED);
  if (isDeclared && !attested.required) return [];
  return [
    {
      ...common,
      status: attested.required ? 'fail' : 'warn',
      message: `no trusted workflow has attested the verdict: ${told.join('; ')}`,
      fix: `run validate-model on the default branch, and ${PERMISSIONS}; then go on with its verdict.json and its attestations.jsonl, unchanged`,
    },
  ];
}

/** Who attested, as the checks of the evidence say; or that no one did. */
export function attestedWords(checks: readonly Check[]): string {
  return checks.find(isAboutSigner)?.message ?? `no: ${UNSIGNED}`;
}

/** What a verdict without an attestation does not show. */
export const UNSIGNED = 'the verdict is only declared, not attested: it is not shown who wrote it';

function weakerCheck(supporting: readonly VerdictFile[], door: Door): Check {
  const found = supporting.map(({ file, verdict }) => ({ file, weaker: door.weaker(verdict) }));
  return {
    id: 'register.weaker',
    status: 'fail',
    observed: found.flatMap(({ weaker }) => weaker),
    expected: 'settings that are not weaker than those of the base branch',
    message: `the settings were weaker than the configuration of the base branch asks for: ${found
      .map(({ file, weaker }) => `${weaker.join('; ')} (${file})`)
      .join('; ')}`,
    fix: 'run validate-model again with the settings of the base branch; to change the settings, merge the change first',
  };
}

function staleCheck(supporting: readonly VerdictFile[], digest: string, door: Door): Check {
  const reasons = supporting.map((file) => `${file.file} ${staleBy(file, digest, door)}`);
  return {
    id: 'register.compared',
    status: 'warn',
    observed: supporting.map(({ verdict }) => verdict.compared?.production?.name ?? null),
    expected: door.production?.champion?.version ?? null,
    message: `the model was not compared with today’s production: ${reasons.join('; ')}`,
    fix: 'run validate-model again, which compares with the version that is production now; then register the model with that verdict',
  };
}

function unsupported({ name, digest }: JudgedModel, all: readonly VerdictFile[]): Check {
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
    expected: JUDGED_BY,
    message: `no passing verdict of validate-model names these bytes (${digest}); of ${all.length} verdict files, ${instead}`,
    fix:
      ofOthers.length > 0
        ? `run validate-model with name: ${name}, or register the model under the name that was judged`
        : 'run validate-model with these bytes as its input model; if it passes, register them unchanged',
  };
}

function contradicted(digest: string, { file, verdict }: VerdictFile): Check {
  return {
    id: 'register.contradicted',
    status: 'fail',
    observed: verdict.status,
    expected: 'pass or warn',
    message: `${verdict.action} judged these bytes (${digest}) ${verdict.status}: ${verdict.summary}`,
    locations: [{ file }],
    fix: 'fix what that verdict found, and run validate-model on the new bytes',
  };
}
