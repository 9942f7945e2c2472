import type { ModelVersion, Registry } from '../registry/registry.ts';
import { isPassing, STATUSES } from '../verdict/status.ts';
import type { Check } from '../verdict/verdict.ts';

const VERDICT = 'verdicts/validate-model.json';

/**
 * The check `rollout.evidence`: a version is served only if a passing verdict of validate-model, attached to it, names
 * its digest. So what is served is, byte for byte, what was judged.
 */
export async function checkJudged(version: ModelVersion, registry: Registry): Promise<Check> {
  if (!version.evidence.includes(VERDICT))
    return refused(version, 'no verdict of validate-model is attached to it');
  const verdict = parsed(await registry.readEvidence(version, VERDICT));
  if (verdict === null) return refused(version, 'what is attached as its verdict is none of validate-model');
  if (!verdict.digests.includes(version.digest)) return refused(version, 'its verdict judged other bytes');
  const status = STATUSES.find((candidate) => candidate === verdict.status);
  if (status === undefined || !isPassing(status))
    return refused(version, `its verdict is ${status ?? 'of an unknown status'}`);
  return {
    id: 'rollout.evidence',
    status: 'pass',
    observed: status,
    message: `a ${status === 'pass' ? 'passing' : 'passing (warn)'} verdict of validate-model names ${version.digest}`,
  };
}

function refused(version: ModelVersion, why: string): Check {
  return {
    id: 'rollout.evidence',
    status: 'fail',
    message: `${version.name} ${version.version} is not released: ${why}`,
    mend: 'run validate-model on these bytes and register-model with its verdict',
  };
}

function parsed(text: string): { status: unknown; digests: readonly unknown[] } | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const verdict: Readonly<Record<string, unknown>> =
    value !== null && typeof value === 'object' ? { ...value } : {};
  const { schema, action, status, subjects } = verdict;
  if (schema !== 'ml-loop/verdict@1' || action !== 'validate-model' || !Array.isArray(subjects)) return null;
  const judged = subjects.filter(
    (subject: unknown) => isSubject(subject) && ['model', 'candidate'].includes(subject.role),
  );
  return { status, digests: judged.map((subject: { digest: string }) => subject.digest) };
}

function isSubject(value: unknown): value is { role: string; digest: string } {
  return (
    value !== null &&
    typeof value === 'object' &&
    'role' in value &&
    'digest' in value &&
    typeof value.role === 'string'
  );
}
