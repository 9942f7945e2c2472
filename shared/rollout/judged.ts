import { UserError } from '../problem/problem.ts';
import { productionNow } from '../registry/compared.ts';
import { DECLARED, type Door, evidenceChecks } from '../registry/evidence.ts';
import { resolveModel } from '../registry/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { attachedVerdicts } from '../registry/verdicts.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Release } from './state.ts';

const ID = 'rollout.evidence';

/**
 * The check `rollout.evidence`: a version is served only if the verdicts attached to it would let it be registered
 * without a warning (`evidenceChecks`). So what is served is, byte for byte, what was judged, against what it replaces.
 *
 * @param against `production`: as it is now; `any`: of a version that is in production already, or comes back to it, it is
 * ignored what it was compared with.
 */
export async function checkJudged(
  release: Release,
  registry: Registry,
  weaker: Door['weaker'],
  against: 'production' | 'any',
): Promise<Check> {
  try {
    const version = await resolveModel(registry, { name: release.name, which: release.digest });
    if (version === null) return refused(release, 'it is no longer in the registry');
    const production = against === 'any' ? null : await productionNow(registry, release.name);
    const { verdicts, older } = await attachedVerdicts(version, registry);
    const checks = evidenceChecks(release, verdicts, { production, weaker });
    const lacking = checks.find(({ status }) => status !== 'pass');
    if (lacking === undefined) return judged(release, checks);
    const { message } = lacking;
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

function judged({ digest }: Release, checks: readonly Check[]): Check {
  const binding =
    checks.find(({ evidence }) => evidence?.binding !== undefined)?.evidence?.binding ?? 'declared';
  return {
    id: ID,
    status: 'pass',
    message: `a passing verdict of validate-model names ${digest}${binding === 'bound' ? '' : `; ${DECLARED}`}`,
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
