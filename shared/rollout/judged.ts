import { PERMISSIONS } from '../attest/signer.ts';
import type { Trust } from '../attest/trust.ts';
import { UserError } from '../problem/problem.ts';
import { attestedOf } from '../registry/attested.ts';
import { productionNow } from '../registry/compared.ts';
import { DECLARED, type Door, evidenceChecks, isAboutSigner, UNSIGNED } from '../registry/evidence.ts';
import { resolveModel } from '../registry/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { attachedVerdicts } from '../registry/verdicts.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Release } from './state.ts';

const ID = 'rollout.evidence';
const ATTESTED_FIX = `run validate-model on the default branch, and ${PERMISSIONS}; then run register-model with its verdict and attestations`;

/** What is asked of the evidence, beside that it passes. */
export interface Demands {
  readonly weaker: Door['weaker'];
  /** Who may attest it; left out if no one asks. */
  readonly trust?: Trust;
}

/**
 * The check `rollout.evidence`, or `rollout.attested` if only an attestation is missing: a version is served only if the verdicts attached to it would let it be registered
 * without a warning (`evidenceChecks`). So what is served is, byte for byte, what was judged, against what it replaces.
 *
 * @param against `production`: as it is now; `any`: of a version that is in production already, or comes back to it, it is
 * ignored what it was compared with.
 */
export async function checkJudged(
  release: Release,
  registry: Registry,
  { weaker, trust }: Demands,
  against: 'production' | 'any',
): Promise<Check> {
  try {
    const version = await resolveModel(registry, { name: release.name, which: release.digest });
    if (version === null) return refused(release, 'it is no longer in the registry');
    const production = against === 'any' ? null : await productionNow(registry, release.name);
    const { verdicts, older } = await attachedVerdicts(version, registry);
    const attested = trust && (await attestedOf(version, verdicts, registry, trust));
    const checks = evidenceChecks(release, verdicts, { production, weaker, ...(attested && { attested }) });
    // An attestation that no one asks for says nothing if it does not hold.
    const lacking = checks.find(
      (check) => check.status !== 'pass' && (trust?.required || !isAboutSigner(check)),
    );
    if (lacking === undefined) return judged(release, checks, trust !== undefined);
    const { message } = lacking;
    if (isAboutSigner(lacking))
      return { ...refused(release, message), id: 'rollout.attested', fix: ATTESTED_FIX };
    return refused(
      release,
      older.length === 0
        ? message
        : `${message}; ${older.join(', ')} was written by an older version of ml-loop`,
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refused(release, error.problems.map(({ what, where }) => `${where} ${what}`).join('; '));
  }
}

function judged({ digest }: Release, checks: readonly Check[], isAsked: boolean): Check {
  const binding =
    checks.find(({ evidence }) => evidence?.binding !== undefined)?.evidence?.binding ?? 'declared';
  const by = checks.find((check) => isAboutSigner(check) && check.status === 'pass');
  const remarks = [binding === 'bound' ? [] : DECLARED, isAsked ? (by?.message ?? UNSIGNED) : []].flat();
  return {
    id: ID,
    status: 'pass',
    message: [`a passing verdict of validate-model names ${digest}`, ...remarks].join('; '),
    evidence: { binding },
  };
}

function refused({ name, version }: Release, why: string): Check {
  return {
    id: ID,
    status: 'fail',
    message: `${name} ${version} is not released: ${why}`,
    fix: 'run validate-model again on these bytes, then register-model with the new verdict',
  };
}
