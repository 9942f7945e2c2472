import { UserError } from '../problem/problem.ts';
import { evidenceChecks } from '../registry/evidence.ts';
import type { ModelVersion, Registry } from '../registry/registry.ts';
import { readVerdicts } from '../registry/verdicts.ts';
import type { Check } from '../verdict/verdict.ts';

/**
 * The check `rollout.evidence`: a version is served only if the verdicts attached to it would let it be registered
 * (`evidenceChecks`). So what is served is, byte for byte, what was judged.
 */
export async function checkJudged(version: ModelVersion, registry: Registry): Promise<Check> {
  const attached = version.evidence.filter((name) => name.startsWith('verdicts/'));
  const verdicts = await Promise.all(
    attached.map(async (file) => ({ file, text: await registry.readEvidence(version, file) })),
  );
  try {
    const checks = evidenceChecks(version, readVerdicts(verdicts));
    const lacking = checks.find(({ status }) => status === 'fail');
    if (lacking !== undefined) return refused(version, lacking.message);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refused(version, error.problems.map(({ what, where }) => `${where} ${what}`).join('; '));
  }
  return {
    id: 'rollout.evidence',
    status: 'pass',
    message: `a passing verdict of validate-model names ${version.digest}`,
  };
}

function refused(version: ModelVersion, why: string): Check {
  return {
    id: 'rollout.evidence',
    status: 'fail',
    message: `${version.name} ${version.version} is not released: ${why}`,
    fix: 'run validate-model on these bytes and register-model with its verdict',
  };
}
