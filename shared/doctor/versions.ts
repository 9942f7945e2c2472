import type { GitHubAnswers } from './asked.ts';
import type { Finding } from './finding.ts';
import type { WorkflowUse } from './uses.ts';

/** Versions that are not there. What the token does not see, such as a private repository, is not known. */
export async function versionFindings(
  asked: GitHubAnswers,
  uses: readonly WorkflowUse[],
): Promise<Finding[]> {
  const remote = uses.filter(
    ({ repository, ref }) => /^[^/]+\/[^/]+$/.test(repository) && ref !== undefined && ref !== '',
  );
  const versions = new Map(remote.map((use) => [`${use.repository}@${use.ref}`, use]));
  const findings = await Promise.all(
    [...versions.values()].map(async ({ repository, ref, workflow: { file }, line }): Promise<Finding[]> => {
      const [owner, repo] = repository.split('/');
      const about = 'version' as const;
      if ((await asked.get(repository, 'GET /repos/{owner}/{repo}', { owner, repo })) === null)
        return [
          {
            about,
            status: 'inconclusive',
            file,
            line,
            what: `the token does not see ${repository}, so ${ref} was not looked up`,
            fix: `check the name of ${repository}; if it is private, allow its use from other repositories in its settings`,
          },
        ];
      const commit = await asked.get(`${repository}@${ref}`, 'GET /repos/{owner}/{repo}/commits/{ref}', {
        owner,
        repo,
        ref,
      });
      return commit === null
        ? [
            {
              about,
              status: 'fail',
              file,
              line,
              what: `${repository} has no version ${ref}`,
              fix: `name a tag, a branch or a commit of ${repository}, such as v0`,
            },
          ]
        : [];
    }),
  );
  return findings.flat();
}
