/** Who signed an attestation, as Fulcio's certificate says, and whether that is who may. */

/** The lines that a workflow needs before it can sign. */
export const PERMISSIONS = 'give the job `permissions: { id-token: write, attestations: write }`';

/** A workflow run, as a certificate names it (https://github.com/sigstore/fulcio, docs/oid-info.md). */
export interface Signer {
  /** Who vouches for it: GitHub's service of OpenID Connect. */
  readonly issuer: string;
  /** The address of the workflow whose step signed, with its ref: `https://github.com/OWNER/REPO/PATH@REF`. */
  readonly workflow: string;
  /** The address of the workflow that was started; of a reusable workflow, its caller. */
  readonly started: string;
  /** The address of the repository that the run was of. */
  readonly repository: string;
  readonly ref: string;
  readonly commit: string;
  /** The event that started it. */
  readonly event: string;
  /** The address of the run. */
  readonly run: string;
}

/** Where a certificate says each: the last number of the extension 1.3.6.1.4.1.57264.1.N. */
export const EXTENSIONS: Readonly<Record<keyof Signer, number>> = {
  issuer: 8,
  workflow: 9,
  started: 18,
  repository: 12,
  ref: 14,
  commit: 13,
  event: 20,
  run: 21,
};

/** Whose attestations count. */
export interface TrustedSigners {
  /** The address of GitHub, such as `https://github.com`. */
  readonly server: string;
  /** `OWNER/REPO`. */
  readonly repository: string;
  readonly defaultBranch: string;
  /** `[OWNER/REPO/]PATH@REF` with `*` and `**`; none: every workflow of the default branch. */
  readonly workflows: readonly string[];
}

/** Why a workflow named in `attested-by` cannot be one; undefined if it can. */
export function workflowProblem(pattern: string): string | undefined {
  return /^([\w.-]+\/[\w.-]+\/)?\.github\/workflows\/[^@\s]+@\S+$/.test(pattern)
    ? undefined
    : `${JSON.stringify(pattern)} must be .github/workflows/FILE@REF, or OWNER/REPO/.github/workflows/FILE@REF`;
}

/**
 * Why the signer is not one of those who may attest, as a clause after "it was signed"; undefined if it is. It must be a
 * run of this repository, which no pull request started: on those, the code of a stranger runs. Without `workflows`, the
 * workflow is that of the default branch. With them, the workflow that signed is one of them, and the run is of the
 * default branch, or of the ref that is named with a workflow of this repository.
 */
export function strangerBecause(signer: Signer, trusted: TrustedSigners): string | undefined {
  const { server, repository, defaultBranch, workflows } = trusted;
  const home = `${server}/${repository}`;
  if (!issuersOf(server).some((issuer) => issuer.test(signer.issuer)))
    return `for ${signer.issuer || 'an unknown issuer'}, not for the workflows of ${server}`;
  if (!isSame(signer.repository, home))
    return `in the repository ${signer.repository || 'that it does not name'}, not in ${home}`;
  if (signer.event === '' || signer.event.startsWith('pull_request'))
    return `in a run that the event ${signer.event || 'without a name'} started, and a pull request may attest nothing`;
  const trunk = `refs/heads/${defaultBranch}`;
  if (workflows.length === 0) {
    if (signer.ref !== trunk) return `in a run of ${signer.ref}, not of ${trunk}`;
    const isOfTrunk = isBelow(signer.started, home) && refOf(signer.started) === trunk;
    return isOfTrunk ? undefined : `by ${signer.started}, which is not a workflow of ${trunk} of ${home}`;
  }
  if (!workflows.some((pattern) => isMatch(signer.workflow, pattern, trusted)))
    return `by ${signer.workflow}, which attested-by does not list (${workflows.join(', ')})`;
  const refs = isBelow(signer.workflow, home) ? [trunk, refOf(signer.workflow)] : [trunk];
  return refs.includes(signer.ref) ? undefined : `in a run of ${signer.ref}, not of ${refs.join(' or ')}`;
}

/** Who signed, for people: workflow, commit and run. */
export function signerText({ workflow, commit, run }: Signer): string {
  return `${workflow} at ${commit.slice(0, 12)}, in ${run}`;
}

/** GitHub's issuer, or that of an enterprise of it; on a server of one's own, the server. */
function issuersOf(server: string): RegExp[] {
  const { hostname } = new URL(server);
  const exactly = (text: string) => new RegExp(`^${escaped(text)}$`);
  if (hostname === 'github.com')
    return [/^https:\/\/token\.actions\.githubusercontent\.com(\/[A-Za-z0-9-]+)?$/];
  if (hostname.endsWith('.ghe.com')) return [exactly(`https://token.actions.${hostname}`)];
  return [exactly(`${server}/_services/token`)];
}

function isMatch(workflow: string, pattern: string, { server, repository }: TrustedSigners): boolean {
  const whole = pattern.startsWith('.github/') ? `${repository}/${pattern}` : pattern;
  const parts = whole
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : escaped(part)));
  return new RegExp(`^${escaped(`${server}/`)}${parts.join('')}$`).test(workflow);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** GitHub does not tell upper from lower case in the names of repositories. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isBelow(workflow: string, home: string): boolean {
  return isSame(workflow.slice(0, home.length + 1), `${home}/`);
}

function refOf(workflow: string): string {
  return workflow.slice(workflow.indexOf('@') + 1);
}
