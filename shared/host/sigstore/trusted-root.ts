import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { getTrustedRoot } from '@sigstore/tuf';
import type { SigstoreInstance } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import githubRoot from './github-tuf-root.json' with { type: 'json' };
import { reasonsOf } from './reasons.ts';

/** Small files of a content delivery network: who does not reach it must not wait for long. */
const LIMITS = { timeout: 10_000, retry: { retries: 1 } };

/** A TUF repository, and its first root, from which TUF goes on to today's. */
export interface TufRepository {
  readonly url: string;
  /** Its JSON; undefined if the library brings it. */
  readonly firstRoot: string | undefined;
}

/** That of the public instance, and of GitHub's own. */
export const REPOSITORIES: Readonly<Record<SigstoreInstance, TufRepository>> = {
  public: { url: 'https://tuf-repo-cdn.sigstore.dev', firstRoot: undefined },
  github: { url: 'https://tuf-repo.github.com', firstRoot: JSON.stringify(githubRoot) },
};

/**
 * Sigstore's trusted root, as a TUF repository has it today, as JSON.
 *
 * @param folder an empty one.
 * @throws UserError as `Sigstore.trustedRoot` promises.
 */
export async function trustedRootFrom({ url, firstRoot }: TufRepository, folder: string): Promise<string> {
  const rootPath = join(folder, 'first-root.json');
  if (firstRoot !== undefined) writeFileSync(rootPath, firstRoot);
  try {
    const root = await getTrustedRoot({
      ...LIMITS,
      mirrorURL: url,
      cachePath: join(folder, 'cache'),
      ...(firstRoot === undefined ? {} : { rootPath }),
    });
    return JSON.stringify(TrustedRoot.toJSON(root));
  } catch (error) {
    throw new UserError({
      what: `the trusted root of Sigstore was not got (${reasonsOf(error)})`,
      where: url,
      fix: 'run the job again; or give a file of it as trusted-root, which `gh attestation trusted-root` writes',
    });
  }
}
