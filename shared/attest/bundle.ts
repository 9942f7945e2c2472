/** Opens Sigstore bundles: what was signed, by whom. All cryptography is Sigstore's own library's. */
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import {
  type TrustMaterial,
  toSignedEntity,
  toTrustMaterial,
  VerificationError,
  Verifier,
} from '@sigstore/verify';
import type { SigstoreInstance } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { EXTENSIONS, type Signer } from './signer.ts';
import { PAYLOAD_TYPE, parseStatement, type Statement, UntrustedAttestation } from './statement.ts';

/** A statement whose signature holds, and who signed it. */
export interface SignedStatement {
  readonly statement: Statement;
  readonly signer: Signer;
}

/** What a root must see before it trusts a signature, and the keys that it trusts. */
export interface Root {
  readonly material: TrustMaterial;
  readonly verifier: Verifier;
}

/**
 * A trusted root of Sigstore's (`trusted_root.json`). What it lists must have testified: an instance with a transparency
 * log must have logged the signature, and one without must have put a time stamp on it.
 *
 * @throws UserError if it is none.
 */
export function parseRoot(text: string, where: string): Root {
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(text));
    if (root.certificateAuthorities.length === 0) throw new Error('it names no certificate authority');
    const material = toTrustMaterial(root);
    const verifier = new Verifier(material, {
      ctlogThreshold: Math.min(1, root.ctlogs.length),
      tlogThreshold: Math.min(1, root.tlogs.length),
      timestampThreshold: 1,
    });
    return { material, verifier };
  } catch (error) {
    throw new UserError({
      what: `is not a trusted root of Sigstore’s (${messageOf(error)})`,
      where,
      fix: 'get it again with `gh attestation trusted-root`',
    });
  }
}

const NOT_ISSUED = 'its certificate was not issued by an authority of the trusted root';

/**
 * Opens a bundle that one of the roots vouches for.
 *
 * @throws Untrusted
 */
export function openBundle(text: string, roots: readonly Root[]): SignedStatement {
  const bundle = parseBundle(text);
  const leaf = leafOf(bundle);
  const issuing = roots.filter(({ material }) =>
    material.certificateAuthorities.some(({ certChain }) =>
      certChain.some(({ subject }) => subject.equals(leaf.issuer)),
    ),
  );
  let reason: string = NOT_ISSUED;
  for (const { verifier } of issuing) {
    try {
      verifier.verify(toSignedEntity(bundle));
      return { statement: statementOf(bundle), signer: signerOf(leaf) };
    } catch (error) {
      if (error instanceof UntrustedAttestation) throw error;
      // Of roots whose authorities have the same name, the one that got beyond the certificate knows more.
      if (reason === NOT_ISSUED || (error as Partial<VerificationError>).code !== 'CERTIFICATE_ERROR')
        reason = reasonOf(error);
    }
  }
  throw new UntrustedAttestation(reason);
}

/** Which instance a bundle says it is of: only the public one has a transparency log. */
export function instanceOf(text: string): SigstoreInstance {
  return parseBundle(text).verificationMaterial.tlogEntries.length > 0 ? 'public' : 'github';
}

function parseBundle(text: string): Bundle {
  try {
    return bundleFromJSON(JSON.parse(text));
  } catch (error) {
    throw new UntrustedAttestation(`it is not a Sigstore bundle (${messageOf(error)})`);
  }
}

function leafOf({ verificationMaterial: { content } }: Bundle): X509Certificate {
  const certificate =
    content.$case === 'certificate'
      ? content.certificate
      : content.$case === 'x509CertificateChain'
        ? content.x509CertificateChain.certificates[0]
        : undefined;
  try {
    if (certificate !== undefined) return X509Certificate.parse(Buffer.from(certificate.rawBytes));
  } catch {
    // Told below.
  }
  throw new UntrustedAttestation('it holds no certificate that says who signed');
}

function statementOf({ content }: Bundle): Statement {
  if (content.$case !== 'dsseEnvelope' || content.dsseEnvelope.payloadType !== PAYLOAD_TYPE)
    throw new UntrustedAttestation('what it signs is not an in-toto statement');
  return parseStatement(content.dsseEnvelope.payload.toString('utf8'));
}

function signerOf(leaf: X509Certificate): Signer {
  const said = Object.entries(EXTENSIONS).map(([name, number]) => {
    const value = leaf.extension(`1.3.6.1.4.1.57264.1.${number}`)?.valueObj.subs[0]?.value;
    return [name, value?.toString('utf8') ?? ''] as const;
  });
  return Object.fromEntries(said) as unknown as Signer;
}

const REASONS: Readonly<Record<string, string>> = {
  CERTIFICATE_ERROR: 'its certificate is not of the trusted root, or was not valid when it signed',
  PUBLIC_KEY_ERROR: 'it names no key of the trusted root',
  SIGNATURE_ERROR: 'its signature does not fit what it says',
  TIMESTAMP_ERROR: 'no trusted time stamp shows when it was signed',
  TLOG_BODY_ERROR: 'the entry in the transparency log is of something else',
  TLOG_ERROR: 'no transparency log vouches for it',
  TLOG_INCLUSION_PROMISE_ERROR: 'no trusted transparency log vouches for it',
  TLOG_INCLUSION_PROOF_ERROR: 'no trusted transparency log vouches for it',
  TLOG_MISSING_INCLUSION_ERROR: 'no trusted transparency log vouches for it',
};

function reasonOf(error: unknown): string {
  const known = error instanceof VerificationError ? REASONS[error.code] : undefined;
  return `${known ?? 'it is damaged'} (${messageOf(error)})`;
}
