import type { ActionName } from '../inputs/table.ts';
import type { Ports, SigstoreInstance } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import type { Root, SignedStatement } from './bundle.ts';
import { type Bundles, findOnGitHub } from './github.ts';
import type { TrustingInputs } from './inputs.ts';
import { strangerBecause, type TrustedSigners } from './signer.ts';
import { UntrustedAttestation } from './statement.ts';

export type TrustPorts = Pick<Ports, 'runner' | 'files' | 'github' | 'sigstore' | 'asked'>;

/** One bundle, opened; or why it is not trusted, as a clause. */
export type Attestation = Bundles & (SignedStatement | { readonly untrusted: string });

/** What a door asks of attestations. */
export interface Trust {
  /** Does the door open only for what is attested? */
  readonly required: boolean;
  /** Each bundle of the files, opened. @throws UserError if the trusted root, or who may sign, cannot be known. */
  open(files: readonly Bundles[]): Promise<readonly Attestation[]>;
  /** What GitHub has on these bytes. @throws UserError if it does not answer. */
  find(digest: string, predicateType: string): Promise<readonly Bundles[]>;
}

/**
 * The trust that the inputs ask for, and the base branch's configuration: the change under judgement can make it stricter,
 * not weaker. So both lists of `attested-by` hold.
 *
 * @throws UserError if the base branch's configuration cannot be read.
 */
export async function trustOf(
  inputs: TrustingInputs,
  of: { readonly action: ActionName; readonly name: string },
  ports: TrustPorts,
): Promise<Trust> {
  const asked = (await ports.asked?.(of.action, of.name))?.values as TrustingInputs | undefined;
  const isAsked = asked?.['require-attested'] === true;
  const lists = [inputs['attested-by'], ...(isAsked ? [asked['attested-by']] : [])];
  const judge = once(async () => ({
    opener: await import('./bundle.ts'),
    roots: await rootsOf(inputs['trusted-root'], ports),
    trusted: await signersOf(lists, ports),
  }));
  return {
    required: inputs['require-attested'] || isAsked,
    open: async (files) => {
      const bundles = files.flatMap(({ file, text }) => linesOf(text).map((line) => ({ file, text: line })));
      const opened: Attestation[] = [];
      for (const bundle of bundles) {
        const { opener, roots, trusted } = await judge();
        opened.push({
          ...bundle,
          ...(await trying(async () =>
            ofFriends(opener.openBundle(bundle.text, await roots(bundle.text)), trusted),
          )),
        });
      }
      return opened;
    },
    find: async (digest, predicateType) => findOnGitHub(await ports.github(), digest, predicateType),
  };
}

/** The roots that may vouch for a bundle. */
type RootsOf = (bundle: string) => Promise<readonly Root[]>;

async function rootsOf(path: string | undefined, { files, sigstore }: TrustPorts): Promise<RootsOf> {
  const { instanceOf, parseRoot } = await import('./bundle.ts');
  if (path !== undefined) {
    // One root, as it is published, or one a line, as `gh attestation trusted-root` writes them.
    const roots = linesOf(await files.readText(path)).map((line) => parseRoot(line, path));
    return async () => roots;
  }
  const known = new Map<SigstoreInstance, Promise<string>>();
  return async (bundle) => {
    const instance = instanceOf(bundle);
    if (sigstore === undefined)
      throw new UserError({
        what: 'is needed: Sigstore is not reached from here',
        where: 'input trusted-root',
      });
    const text = known.get(instance) ?? sigstore.trustedRoot(instance);
    known.set(instance, text);
    return [parseRoot(await text, `the ${instance} instance of Sigstore`)];
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function signersOf(
  lists: readonly (readonly string[])[],
  ports: TrustPorts,
): Promise<readonly TrustedSigners[]> {
  const { repository, server = 'https://github.com' } = ports.runner;
  if (repository === undefined) {
    throw new UserError({
      what: 'the repository’s name is not known here, and only its own workflows are trusted',
      where: 'GITHUB_REPOSITORY',
      fix: 'set GITHUB_REPOSITORY=OWNER/REPO',
    });
  }
  const defaultBranch = await defaultBranchOf(ports);
  return lists.map((workflows) => ({ server, repository, defaultBranch, workflows }));
}

async function defaultBranchOf({ runner, github }: TrustPorts): Promise<string> {
  const told = runner.defaultBranch?.();
  if (told !== undefined) return told;
  try {
    const { status, data } = await (await github()).request('GET /repos/{owner}/{repo}');
    const { default_branch: branch } = (data ?? {}) as { readonly default_branch?: unknown };
    if (typeof branch === 'string' && branch !== '') return branch;
    throw new UserError({ what: `GitHub answers ${status}` });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError({
      what: `the default branch is not known, and only its workflows are trusted (${messageOf(error)})`,
      where: 'GET /repos/{owner}/{repo}',
      fix: 'give the job `permissions: { contents: read }`; without a network set GITHUB_EVENT_PATH to a file such as {"repository": {"default_branch": "main"}}',
    });
  }
}

function ofFriends(opened: SignedStatement, trusted: readonly TrustedSigners[]): SignedStatement {
  const why = trusted
    .map((each) => strangerBecause(opened.signer, each))
    .find((reason) => reason !== undefined);
  if (why !== undefined) throw new UntrustedAttestation(`it was signed ${why}`);
  return opened;
}

async function trying(
  open: () => Promise<SignedStatement>,
): Promise<SignedStatement | { readonly untrusted: string }> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof UntrustedAttestation)) throw error;
    return { untrusted: error.message };
  }
}

function linesOf(text: string): string[] {
  if (isJson(text)) return [text];
  return text.split('\n').filter((line) => line.trim() !== '');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
