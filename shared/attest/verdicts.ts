/** Which verdicts are attested: the link between attestations and the evidence of a model. */
import { problemLine, UserError } from '../problem/problem.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { Bundles } from './github.ts';
import { type Signer, signerText } from './signer.ts';
import { hexOf, VERDICT_TYPE, type VerdictPredicate, verdictDigest } from './statement.ts';
import type { Attestation, Trust } from './trust.ts';

/** Who attested a verdict on these bytes; or why no one that is trusted has. */
export type VerdictAttestation = { readonly signer: Signer } | { readonly lacking: string };

/** The attestations that a door has looked at. */
export interface AttestedVerdicts {
  readonly required: boolean;
  /** Of the bundles that GitHub keeps and the files do not hold, those that attest one of the verdicts. */
  readonly fetched: readonly string[];
  of(verdict: Verdict, digest: string): VerdictAttestation;
}

/** What is said of a verdict that no one has attested, as a clause after its name. */
export const NOT_ATTESTED = 'is not attested, but only declared by whoever wrote its file';

/**
 * The attestations of verdicts on these bytes. Those that GitHub keeps are asked for only if one is required and none of
 * the files holds it.
 *
 * @throws UserError as `Trust.open` and `Trust.find` do, if attestations are required.
 */
export async function attestedVerdicts(
  { digest, verdicts }: { readonly digest: string; readonly verdicts: readonly Verdict[] },
  files: readonly Bundles[],
  trust: Trust,
): Promise<AttestedVerdicts> {
  const { required } = trust;
  const opened = await trust.open(files).catch((error: unknown) => {
    if (required || !(error instanceof UserError)) throw error;
    return files.map((bundles) => ({
      ...bundles,
      untrusted: `it was not checked: ${error.problems.map(problemLine).join('; ')}`,
    }));
  });
  const isSettled = verdicts.some((verdict) => 'signer' in attested(verdict, digest, opened));
  const found = !required || isSettled ? [] : await trust.open(await onGitHub(digest, trust));
  const fetched = found.filter((each) =>
    verdicts.some((verdict) => 'signer' in attested(verdict, digest, [each])),
  );
  const all = [...opened, ...found];
  return {
    required,
    fetched: fetched.map(({ text }) => text),
    of: (verdict, judged) => attested(verdict, judged, all),
  };
}

async function onGitHub(digest: string, trust: Trust): Promise<readonly Bundles[]> {
  try {
    return await trust.find(digest, VERDICT_TYPE);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reasons = error.problems.map(({ what, where }) => [where, what].filter(Boolean).join(': '));
    throw new UserError({
      what: `an attestation is required and none is beside the verdict, and GitHub was not asked (${reasons.join('; ')})`,
      where: 'input require-attested',
      fix: 'put the attestations.jsonl that validate-model wrote beside its verdict.json; or let the job ask GitHub, with `permissions: { attestations: read }`',
    });
  }
}

function attested(
  verdict: Verdict,
  digest: string,
  attestations: readonly Attestation[],
): VerdictAttestation {
  const reasons = new Map<string, string>();
  for (const attestation of attestations) {
    if ('untrusted' in attestation) {
      reasons.set(attestation.untrusted, attestation.file);
      continue;
    }
    const reason = otherThan(verdict, digest, attestation.statement);
    if (reason === undefined) return { signer: attestation.signer };
    if (reason !== null) reasons.set(reason, attestation.file);
  }
  const all = [...reasons].map(([reason, file]) => `${reason} (${file})`);
  return { lacking: all.length === 0 ? NOT_ATTESTED : `has no attestation that holds: ${all.join('; ')}` };
}

/** Why a statement is not that of this verdict on these bytes; null if it is about something else altogether. */
function otherThan(
  verdict: Verdict,
  digest: string,
  { predicateType, predicate, subject }: Extract<Attestation, { statement: unknown }>['statement'],
): string | null | undefined {
  if (predicateType !== VERDICT_TYPE) return null;
  if (!subject.some(({ digest: { sha256 } }) => sha256 === hexOf(digest)))
    return `it is about other bytes (${subject.map(({ digest: { sha256 } }) => `sha256:${sha256}`).join(', ')})`;
  const { verdict: signed, name, status } = predicate as Partial<VerdictPredicate>;
  const is = hexOf(verdictDigest(verdict));
  if (is !== signed?.sha256 && is !== signed?.withoutValues)
    return 'it is about another verdict on these bytes, or the verdict was changed after it was signed';
  return name === verdict.name && status === verdict.status ? undefined : 'it says another name or status';
}

/** Who attested, for people, as a clause after the verdict's name. */
export function attestedText(attested: VerdictAttestation): string {
  return 'signer' in attested ? `is attested by ${signerText(attested.signer)}` : attested.lacking;
}
