/**
 * A Sigstore on the loopback interface, of `@sigstore/mock`: a certificate authority with its log, a transparency log
 * and a time stamping authority with keys of their own; and GitHub's service of OpenID Connect, which signs nothing.
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import type { TokenClaims } from '../../shared/attest/claims.ts';
import type { SigstoreInstance, SigstoreServices } from '../../shared/ports/ports.ts';

export const ISSUER = 'https://token.actions.githubusercontent.com';

/** The name by which the log signs its checkpoints. */
const LOG = 'https://rekor.sigstore.dev';

/** A run of the default branch of acme/demand. */
export const CLAIMS: TokenClaims & { readonly iss: string } = {
  iss: ISSUER,
  event_name: 'push',
  job_workflow_ref: 'acme/demand/.github/workflows/train.yml@refs/heads/main',
  ref: 'refs/heads/main',
  repository: 'acme/demand',
  repository_id: '17',
  repository_owner_id: '4',
  repository_visibility: 'public',
  run_attempt: '1',
  run_id: '4711',
  runner_environment: 'github-hosted',
  sha: '0123456789abcdef0123456789abcdef01234567',
  workflow_ref: 'acme/demand/.github/workflows/train.yml@refs/heads/main',
};

/** A pull request's run: its workflow file is that of the pull request. */
export const PULL_REQUEST = {
  event_name: 'pull_request',
  ref: 'refs/pull/7/merge',
  job_workflow_ref: 'acme/demand/.github/workflows/train.yml@refs/pull/7/merge',
  workflow_ref: 'acme/demand/.github/workflows/train.yml@refs/pull/7/merge',
};

export interface FakeSigstore {
  readonly url: string;
  /** `trusted_root.json` of the instance with a log, and of the one that only stamps times. */
  readonly publicRoot: string;
  readonly githubRoot: string;
  readonly services: Readonly<Record<SigstoreInstance, SigstoreServices>>;
  /** The variables of a job with `id-token: write`. */
  readonly env: Readonly<Record<string, string>>;
  /** METHOD and path of each request, in order. */
  readonly requests: readonly string[];
  /** The job's token, with these claims instead. */
  token(claims?: Partial<TokenClaims>): string;
  /** What the next token says instead. */
  claim(claims: Partial<TokenClaims>): void;
  close(): Promise<void>;
}

/** @param logClock what time the log and the time stamping authority say it is. */
export async function startSigstore(logClock?: Date): Promise<FakeSigstore> {
  const keys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const ctlog = await initializeCTLog(keys());
  const ca = await initializeCA(keys(), ctlog);
  // GitHub's own instance has no log of certificates.
  const privateCa = await initializeCA(keys());
  const tlog = await initializeTLog(LOG, keys(), logClock);
  const tsa = await initializeTSA(keys());
  // Of parts of a second it writes no zeros at the end, which readers of such times refuse.
  const seconds = () => new Date(Math.floor((logClock ?? new Date()).getTime() / 1000) * 1000);
  Object.assign(tsa, { getCurrentTime: seconds });
  const logging = {
    ...tlog,
    publicKey: tlog.publicKey,
    log: async (entry: object) => tlog.log(recorded(entry)),
  };
  const handlers = [
    fulcioHandler(ca, { subjectClaim: 'sub' }),
    rekorHandler(logging as typeof tlog),
    prefixed('/github', fulcioHandler(privateCa, { subjectClaim: 'sub' })),
    prefixed('/github', tsaHandler(tsa)),
  ];
  const requests: string[] = [];
  let next: Partial<TokenClaims> = {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      requests.push(`${request.method} ${pathname}`);
      if (pathname === '/oidc') {
        const isAllowed = request.headers.authorization === 'Bearer request-token';
        const value = jwt({ ...CLAIMS, ...next, aud: searchParams.get('audience') });
        response.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/json' });
        response.end(JSON.stringify(isAllowed ? { value } : { message: 'no' }));
        return;
      }
      const handler = handlers.find(({ path }) => path === pathname);
      const answer = await handler?.fn(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(answer?.statusCode ?? 404, { 'content-type': answer?.contentType ?? 'text/plain' });
      response.end(answer === undefined ? '' : Buffer.from(answer.response as string | Uint8Array));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const authority = (certificates: ArrayBufferView[]) => ({
    subject: { commonName: 'sigstore', organization: 'sigstore.mock' },
    uri: url,
    certChain: {
      certificates: certificates.map((each) => ({ rawBytes: Buffer.from(each.buffer as ArrayBuffer) })),
    },
    validFor: { start: new Date(0) },
    operator: '',
  });
  const log = (publicKey: Buffer) => ({
    baseUrl: LOG,
    hashAlgorithm: HashAlgorithm.SHA2_256,
    logId: { keyId: createHash('sha256').update(publicKey).digest() },
    publicKey: {
      rawBytes: publicKey,
      keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
      validFor: { start: new Date(0) },
    },
    checkpointKeyId: undefined,
    operator: '',
  });
  const rootOf = (parts: Partial<TrustedRoot>): string =>
    JSON.stringify(
      TrustedRoot.toJSON({
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        certificateAuthorities: [authority([ca.rootCertificate])],
        timestampAuthorities: [],
        tlogs: [],
        ctlogs: [],
        ...parts,
      }),
    );
  return {
    url,
    publicRoot: rootOf({ tlogs: [log(tlog.publicKey)], ctlogs: [log(ctlog.publicKey)] }),
    githubRoot: rootOf({
      certificateAuthorities: [authority([privateCa.rootCertificate])],
      timestampAuthorities: [authority([tsa.intCertificate, tsa.rootCertificate])],
    }),
    services: {
      public: { fulcio: url, rekor: url },
      github: { fulcio: `${url}/github`, timestamp: `${url}/github/api/v1/timestamp` },
    },
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/oidc?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    },
    requests,
    token: (claims = {}) => jwt({ ...CLAIMS, ...claims }),
    claim: (claims) => {
      next = claims;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function prefixed<H extends { readonly path: string }>(prefix: string, handler: H): H {
  return { ...handler, path: `${prefix}${handler.path}` };
}

/** Fulcio's subject of GitHub's tokens is the workflow that signs. */
function jwt(claims: object): string {
  const { job_workflow_ref } = claims as Partial<TokenClaims>;
  const payload = { sub: `https://github.com/${job_workflow_ref}`, ...claims };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(payload)}.c2lnbmF0dXJl`;
}

/** What Rekor records of a proposed entry of kind `dsse`: hashes, and who signed; `@sigstore/mock` records the proposal. */
function recorded(entry: object): object {
  const { apiVersion, kind, spec } = entry as {
    apiVersion: string;
    kind: string;
    spec: { proposedContent?: { envelope: string; verifiers: string[] } };
  };
  if (spec.proposedContent === undefined) return entry;
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
  const hash = (bytes: Buffer | string) => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(bytes).digest('hex'),
  });
  return {
    apiVersion,
    kind,
    spec: {
      envelopeHash: hash(envelope),
      payloadHash: hash(Buffer.from(payload, 'base64')),
      signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
    },
  };
}
