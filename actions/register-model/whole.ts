/** Whether a version is still what it was: its bytes, its evidence, and the images that it is in. */
import { type Trust, trustOf } from '../../shared/attest/trust.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import { inParallel } from '../../shared/problem/parallel.ts';
import { Unreachable, UserError } from '../../shared/problem/problem.ts';
import { isImageFile } from '../../shared/registry/attachments.ts';
import { attestedOf } from '../../shared/registry/attested.ts';
import { evidenceChecks } from '../../shared/registry/evidence.ts';
import { verifyProvenance } from '../../shared/registry/provenance.ts';
import type { ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { attachedVerdicts } from '../../shared/registry/verdicts.ts';
import { bytesIn } from '../../shared/verdict/digest.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { OperationCall } from './call.ts';
import { imagePorts } from './image.ts';

/** `register.bytes`, `register.evidence` and `register.attested` of one version. */
export async function wholeChecks(
  version: ModelVersion,
  call: OperationCall,
  trust?: Trust,
): Promise<Check[]> {
  const { registry } = call;
  const bytes = await bytesCheck(version, registry);
  try {
    const attached = await wholeEvidence(version, registry);
    const { verdicts, older } = await attachedVerdicts(version, attached);
    await verifyProvenance(version, attached);
    const attested = await attestedOf(version, verdicts, attached, trust ?? (await trustIn(call)));
    const door = { production: null, weaker: () => [], attested };
    const checks = evidenceChecks(version, verdicts, door);
    const old: Check[] = older.map((file) => ({
      id: 'register.evidence',
      status: 'warn',
      message: `${file} was written by an older version of ml-loop and opens no door`,
      fix: 'run validate-model again on these bytes, and register-model with its verdict',
    }));
    return [bytes, ...checks, ...old];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [bytes, failed('register.evidence', version, error)];
  }
}

/**
 * A version's evidence, each file read once.
 *
 * @throws UserError with all files that are missing or were changed, also those that no check reads.
 */
async function wholeEvidence(
  version: ModelVersion,
  registry: Pick<Registry, 'readEvidence'>,
): Promise<Pick<Registry, 'readEvidence'>> {
  const read = await inParallel(
    version.evidence,
    async (name) => [name, await registry.readEvidence(version, name)] as const,
  );
  const texts = new Map(read);
  return { readEvidence: async (_, name) => texts.get(name) ?? registry.readEvidence(version, name) };
}

/** `register.image` of each container image that the version is in. */
export async function imageChecks(
  version: ModelVersion,
  { registry, ports }: OperationCall,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const file of version.evidence.filter(isImageFile)) {
    try {
      const { verifyImage } = await import('../../shared/registry/image/verify.ts');
      const { name, digest } = await verifyImage(version, {
        text: await registry.readEvidence(version, file),
        file: `${version.name} ${version.version} ${file}`,
        ports: imagePorts(ports),
      });
      const message = `${name}@${digest} holds the model’s bytes and no others in its last layer`;
      checks.push({ id: 'register.image', status: 'pass', observed: digest, expected: digest, message });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      checks.push(failed('register.image', version, error));
    }
  }
  return checks;
}

export function trustIn({ name, inputs, ports }: OperationCall): Promise<Trust> {
  return trustOf(inputs, { action: 'register-model', name }, ports);
}

async function bytesCheck(version: ModelVersion, registry: Registry): Promise<Check> {
  try {
    await registry.verify(version);
    return {
      id: 'register.bytes',
      status: 'pass',
      observed: version.digest,
      expected: version.digest,
      message: `${version.name} ${version.version} holds the bytes that were registered: ${sizeText(version)}${version.origin === undefined ? '' : `, in ${version.origin.reference}`}`,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failed('register.bytes', version, error);
  }
}

function failed(id: string, { name, version }: ModelVersion, error: UserError): Check {
  const { problems } = error;
  return {
    id,
    // What cannot be asked now may be right.
    status: error instanceof Unreachable ? 'inconclusive' : 'fail',
    message: `${name} ${version}: ${problems.map(({ what, where }) => (where === undefined ? what : `${where} ${what}`)).join('; ')}`,
    fix: problems[0]?.fix ?? 'restore its last good copy',
  };
}

export function sizeText(version: ModelVersion): string {
  const { length } = version.files;
  return `${grouped(length)} file${length === 1 ? '' : 's'}, ${grouped(bytesIn(version.files))} bytes`;
}
