import { UserError } from '../../problem/problem.ts';

/** A repository of GitHub's: an owner's name has no dots, a repository's may. */
const ADDRESS = /^github:((?:[A-Za-z0-9]+-)*[A-Za-z0-9]+\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100})$/;

/**
 * `OWNER/REPO` of `github:OWNER/REPO`.
 *
 * @throws UserError if it is anything else.
 */
export function parseGitHubAddress(text: string): string {
  const [, repository] = ADDRESS.exec(text) ?? [];
  if (repository !== undefined) return repository;
  throw new UserError({
    what: `${JSON.stringify(text)} is not the address of a repository on GitHub`,
    where: 'input registry',
    fix: 'write github:OWNER/REPO, such as github:acme/models; the server is that of the workflow',
  });
}
