import { attest } from '../../shared/attest/attest.ts';
import {
  hexOf,
  provenanceStatement,
  verdictDigest,
  verdictStatement,
} from '../../shared/attest/statement.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { judgedDigests } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/** Attests the verdict on the bytes that it judges, and which workflow wrote it; writes the bundles beside it. */
export function sealOf(inputs: Inputs, ports: Ports): NonNullable<Outcome['seal']> {
  return async (verdict) => {
    if (judgedDigests(verdict).length === 0) return { attestations: '' };
    const file = { name: 'verdict.json', digest: { sha256: hexOf(verdictDigest(verdict)) } };
    const bundles = await attest(
      (claims, server) => [verdictStatement(verdict), provenanceStatement([file], claims, server)],
      inputs,
      ports,
    );
    if (bundles === undefined) return { attestations: '' };
    return { attestations: await ports.files.writeReport('attestations.jsonl', bundles) };
  };
}
