import { bundleToJSON } from '@sigstore/bundle';
import {
  DSSEBundleBuilder,
  FulcioSigner,
  type IdentityProvider,
  RekorWitness,
  TSAWitness,
  type Witness,
} from '@sigstore/sign';
import { PAYLOAD_TYPE } from '../../attest/statement.ts';
import type { SigstoreServices } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { reasonsOf } from './reasons.ts';

const COMMON = { timeout: 30_000, retry: 2 };

/** As `Sigstore.sign` promises. */
export async function signStatement(
  statement: string,
  token: string,
  { fulcio, rekor, timestamp }: SigstoreServices,
): Promise<string> {
  const identityProvider: IdentityProvider = { getToken: async () => token };
  const witnesses: Witness[] = [
    ...(rekor === undefined ? [] : [new RekorWitness({ ...COMMON, rekorBaseURL: rekor, entryType: 'dsse' })]),
    ...(timestamp === undefined ? [] : [new TSAWitness({ ...COMMON, tsaBaseURL: timestamp })]),
  ];
  const signer = new FulcioSigner({ ...COMMON, fulcioBaseURL: fulcio, identityProvider });
  try {
    const bundle = await new DSSEBundleBuilder({ signer, witnesses }).create({
      data: Buffer.from(statement),
      type: PAYLOAD_TYPE,
    });
    return JSON.stringify(bundleToJSON(bundle));
  } catch (error) {
    throw new UserError({
      what: `Sigstore did not sign (${reasonsOf(error)})`,
      where: [fulcio, rekor, timestamp].filter(Boolean).join(', '),
      fix: 'run the job again; see https://status.sigstore.dev, and for GitHub’s own instance the plan of the repository’s owner; or write attest: false',
    });
  }
}
