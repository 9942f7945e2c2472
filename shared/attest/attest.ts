import type { Ports, SigstoreServices } from '../ports/ports.ts';
import { problemLine, UserError } from '../problem/problem.ts';
import { claimsOf, type TokenClaims } from './claims.ts';
import type { SigningInputs } from './inputs.ts';
import { PERMISSIONS } from './signer.ts';
import type { Statement } from './statement.ts';

export type SigningPorts = Pick<Ports, 'runner' | 'identity' | 'sigstore' | 'github' | 'log'>;

const PUBLIC: SigstoreServices = {
  fulcio: 'https://fulcio.sigstore.dev',
  rekor: 'https://rekor.sigstore.dev',
};

/**
 * Signs statements as the workflow that runs, and stores them on GitHub as attestations.
 *
 * @param statements made of the job's claims, and the address of GitHub.
 * @returns bundles, one a line; undefined if nothing was signed, which is said in the log.
 * @throws UserError with `attest: true` for anything that keeps it from signing or storing, except a pull request.
 */
export async function attest(
  statements: (claims: TokenClaims, server: string) => readonly Statement[],
  inputs: SigningInputs,
  ports: SigningPorts,
): Promise<string | undefined> {
  const must = inputs.attest === 'true';
  const tell = (why: string) => ports.log.info(`not attested: ${why}`);
  if (inputs.attest === 'false') return undefined;
  if (ports.runner.event?.startsWith('pull_request') === true) {
    tell('pull requests only read');
    return undefined;
  }
  try {
    const place = placeOf(inputs, ports);
    if ('lacking' in place) {
      if (must) throw new UserError(place.lacking);
      return undefined;
    }
    const bundles = await signed(statements, place, inputs, ports);
    await stored(bundles, must, ports);
    return bundles.map((bundle) => `${bundle}\n`).join('');
  } catch (error) {
    if (must || !(error instanceof UserError)) throw error;
    tell(error.problems.map(problemLine).join('; '));
    return undefined;
  }
}

interface Place {
  readonly server: string;
  readonly identity: NonNullable<Ports['identity']>;
  readonly sigstore: NonNullable<Ports['sigstore']>;
}

/** What is needed to sign; or what is not there, which the job may have meant. */
function placeOf(
  { sigstore: given }: SigningInputs,
  { runner, identity, sigstore }: SigningPorts,
): Place | { readonly lacking: ConstructorParameters<typeof UserError>[0] } {
  const where = 'input attest';
  if (!runner.github || identity === undefined || sigstore === undefined)
    return {
      lacking: { what: 'the job may not ask GitHub who it is (id-token: write)', where, fix: PERMISSIONS },
    };
  const { server = 'https://github.com' } = runner;
  if (given === undefined && !hasInstance(server))
    return {
      lacking: {
        what: `there is no Sigstore for ${server}`,
        where,
        fix: 'name a Sigstore of your own with the input sigstore; or write attest: false',
      },
    };
  return { server, identity, sigstore };
}

async function signed(
  statements: (claims: TokenClaims, server: string) => readonly Statement[],
  { server, identity, sigstore }: Place,
  inputs: SigningInputs,
  { log }: SigningPorts,
): Promise<string[]> {
  const token = await identity.token('sigstore');
  const claims = claimsOf(token);
  const services = inputs.sigstore ?? servicesOf(server, claims);
  const bundles: string[] = [];
  for (const statement of statements(claims, server)) {
    bundles.push(await sigstore.sign(JSON.stringify(statement), token, services));
    const subjects = statement.subject.map(({ name, digest }) => `${name} (sha256:${digest.sha256})`);
    log.info(`attested as ${claims.job_workflow_ref}: ${statement.predicateType} of ${subjects.join(', ')}`);
  }
  return bundles;
}

/** Is it GitHub itself, or an enterprise of it, which has an instance of Sigstore? */
function hasInstance(server: string): boolean {
  const { hostname } = new URL(server);
  return hostname === 'github.com' || hostname.endsWith('.ghe.com');
}

/** A public repository's signatures go into the public log; those of others do not. */
function servicesOf(server: string, { repository_visibility }: TokenClaims): SigstoreServices {
  const { hostname } = new URL(server);
  if (hostname === 'github.com' && repository_visibility === 'public') return PUBLIC;
  const host = hostname === 'github.com' ? 'githubapp.com' : hostname;
  return { fulcio: `https://fulcio.${host}`, timestamp: `https://timestamp.${host}` };
}

/** A bundle that GitHub does not store is good all the same: it travels with the reports and the version. */
async function stored(bundles: readonly string[], must: boolean, ports: SigningPorts): Promise<void> {
  try {
    const github = await ports.github();
    for (const bundle of bundles) {
      const { status, data } = await github.request('POST /repos/{owner}/{repo}/attestations', {
        bundle: JSON.parse(bundle),
      });
      if (status !== 201) throw notStored(status, data);
    }
  } catch (error) {
    if (must || !(error instanceof UserError)) throw error;
    ports.log.info(`signed, but not stored on GitHub: ${error.problems.map(problemLine).join('; ')}`);
  }
}

function notStored(status: number, data: unknown): UserError {
  const { message } = (data ?? {}) as { readonly message?: unknown };
  const said = typeof message === 'string' ? `${status}, ${message}` : String(status);
  return new UserError({
    what: `GitHub does not take the attestation (${said})`,
    where: 'POST /repos/{owner}/{repo}/attestations',
    fix:
      status === 403 || status === 404
        ? 'give the job `permissions: { attestations: write }`; in a private repository GitHub has attestations only with the plan Enterprise Cloud'
        : 'run the job again; or write attest: false',
  });
}
