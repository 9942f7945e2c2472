/** In-toto statements (https://in-toto.io/Statement/v1): what is attested, of which bytes. */
import { canonicalJson, sha256Text } from '../verdict/digest.ts';
import {
  type JsonObject,
  judgedDigests,
  type Verdict,
  verdictText,
  withoutValues,
} from '../verdict/verdict.ts';
import type { TokenClaims } from './claims.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** Of what validate-model found: a name without a host, because the project owns none. */
export const VERDICT_TYPE = 'urn:ml-loop:verdict:v1';
/** SLSA: which workflow made something, of which commit (https://slsa.dev/provenance/v1). */
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';
const GITHUB_BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1';

/** Bytes by name and SHA-256 in hexadecimal. */
export interface StatementSubject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

/** What `urn:ml-loop:verdict:v1` says; SHA-256 in hexadecimal. */
export interface VerdictPredicate extends JsonObject {
  /** Of the verdict's file; and of the file as a registry gets it, in which no cell value is left. */
  readonly verdict: { readonly sha256: string; readonly withoutValues: string };
  readonly action: string;
  readonly name: string;
  readonly status: string;
}

/** `sha256:…` without its prefix. */
export function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

/** The SHA-256 of a verdict's file. */
export function verdictDigest(verdict: Verdict): string {
  return sha256Text(verdictText(verdict));
}

/** That a verdict was found on these bytes; its subjects are the bundles that were judged, by their digests. */
export function verdictStatement(verdict: Verdict): Statement {
  const { action, name, status, compared = null, configuration, createdAt, tool, subjects } = verdict;
  const predicate: VerdictPredicate = {
    verdict: {
      sha256: hexOf(verdictDigest(verdict)),
      withoutValues: hexOf(verdictDigest(withoutValues(verdict))),
    },
    action,
    name,
    status,
    compared: compared as unknown as JsonObject | null,
    configuration: { sha256: hexOf(sha256Text(canonicalJson(configuration))) },
    subjects: subjects.map(({ role, digest }) => ({ role, digest })),
    tool,
    createdAt,
  };
  return {
    _type: STATEMENT_TYPE,
    subject: judgedDigests(verdict).map((digest) => ({ name, digest: { sha256: hexOf(digest) } })),
    predicateType: VERDICT_TYPE,
    predicate,
  };
}

/** That the job of these claims made the subjects, in the words of GitHub's own attestations. */
export function provenanceStatement(
  subject: readonly StatementSubject[],
  claims: TokenClaims,
  server: string,
): Statement {
  const { repository, workflow_ref, ref, sha, run_id, run_attempt } = claims;
  const [path = '', ...refs] = workflow_ref.replace(`${repository}/`, '').split('@');
  const address = `${server}/${repository}`;
  return {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: GITHUB_BUILD_TYPE,
        externalParameters: { workflow: { ref: refs.join('@'), repository: address, path } },
        internalParameters: {
          github: {
            event_name: claims.event_name,
            repository_id: claims.repository_id,
            repository_owner_id: claims.repository_owner_id,
            runner_environment: claims.runner_environment,
          },
        },
        resolvedDependencies: [{ uri: `git+${address}@${ref}`, digest: { gitCommit: sha } }],
      },
      runDetails: {
        builder: { id: `${server}/${claims.job_workflow_ref}` },
        metadata: { invocationId: `${address}/actions/runs/${run_id}/attempts/${run_attempt}` },
      },
    },
  };
}

/** An attestation that is not trusted; the message is a clause that says why. */
export class UntrustedAttestation extends Error {}

/** @throws Untrusted if what an attestation signs is not an in-toto statement. */
export function parseStatement(payload: string): Statement {
  const refuse = (what: string) => new UntrustedAttestation(`what it signs ${what}`);
  let value: Partial<Statement> | null;
  try {
    value = JSON.parse(payload) as Partial<Statement> | null;
  } catch {
    throw refuse('is not JSON');
  }
  const { _type, subject, predicateType, predicate } = value ?? {};
  if (_type !== STATEMENT_TYPE) throw refuse('is not an in-toto statement v1');
  const hasDigest = (each: Partial<StatementSubject> | null) => typeof each?.digest?.sha256 === 'string';
  if (!Array.isArray(subject) || !subject.every(hasDigest)) throw refuse('names bytes without a SHA-256');
  if (typeof predicateType !== 'string' || predicate === null || typeof predicate !== 'object')
    throw refuse('has no predicate');
  return value as Statement;
}
