import type { Bundles } from '../attest/github.ts';
import type { Trust } from '../attest/trust.ts';
import { type AttestedVerdicts, attestedVerdicts } from '../attest/verdicts.ts';
import type { Attachment, ModelVersion, Registry } from './registry.ts';
import type { VerdictFile } from './verdicts.ts';

const FOLDER = 'attestations/';

/** A version's attachment of the bundles that an action made, beside `verdicts/ACTION.json`. */
export function attestationsOf(action: string, content: string): Attachment {
  return { name: `${FOLDER}${action}.jsonl`, content };
}

export function isAttestation(name: string): boolean {
  return name.startsWith(FOLDER);
}

/** Did the action make it? A further one of the same action has a number. */
export function isAttestationOf(name: string, action: string): boolean {
  return new RegExp(`^${FOLDER}${action}(-\\d+)?\\.jsonl$`).test(name);
}

/** Who attested the verdicts that travel with a version. @throws UserError as `attestedVerdicts` does. */
export async function attestedOf(
  version: ModelVersion,
  verdicts: readonly VerdictFile[],
  registry: Pick<Registry, 'readEvidence'>,
  trust: Trust,
): Promise<AttestedVerdicts> {
  const names = version.evidence.filter(isAttestation);
  const bundles: Bundles[] = await Promise.all(
    names.map(async (file) => ({ file, text: await registry.readEvidence(version, file) })),
  );
  const { digest } = version;
  return attestedVerdicts({ digest, verdicts: verdicts.map(({ verdict }) => verdict) }, bundles, trust);
}
