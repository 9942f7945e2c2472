import { UserError } from '../problem/problem.ts';

const CLAIMS = [
  'event_name',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'repository_visibility',
  'run_attempt',
  'run_id',
  'runner_environment',
  'sha',
  'workflow_ref',
] as const;

/** What GitHub says of a job in its token of OpenID Connect. */
export type TokenClaims = Readonly<Record<(typeof CLAIMS)[number], string>>;

/**
 * The claims of a token, which comes from GitHub itself. It is not verified here: Sigstore verifies it before it gives a
 * certificate, which says the same and is what counts.
 *
 * @throws UserError if it is not one of GitHub's.
 */
export function claimsOf(token: string): TokenClaims {
  const claims = payloadOf(token);
  const missing = CLAIMS.filter((claim) => typeof claims[claim] !== 'string');
  if (missing.length > 0) {
    throw new UserError({
      what: `lacks ${missing.join(', ')}`,
      where: 'the job’s token of OpenID Connect',
      fix: 'attest in a workflow of GitHub Actions; or write attest: false',
    });
  }
  return claims as TokenClaims;
}

function payloadOf(token: string): Partial<Record<string, unknown>> {
  try {
    const [, payload = ''] = token.split('.');
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) ?? {};
  } catch {
    return {};
  }
}
