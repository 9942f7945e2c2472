import { suggestion } from '../problem/nearest.ts';
import type { GitHubAnswers } from './asked.ts';
import { environmentsOf } from './environments.ts';
import type { Finding } from './finding.ts';
import type { WorkflowUse } from './uses.ts';

/** GitHub gives this one to each job. */
const GIVEN = 'GITHUB_TOKEN';

/** Secrets that the workflows name and that are nowhere: GitHub passes an empty text for them. Only names are read. */
export async function secretFindings(asked: GitHubAnswers, uses: readonly WorkflowUse[]): Promise<Finding[]> {
  const named = [...new Set(uses.map(({ workflow }) => workflow))].flatMap(({ file, text }) =>
    text.split('\n').flatMap((line, index) =>
      [...line.replace(/(^|\s)#.*$/, '').matchAll(/\bsecrets\.([A-Za-z_]\w*)/g)].map(([, name = '']) => ({
        name,
        file,
        line: index + 1,
      })),
    ),
  );
  const wanted = named.filter(({ name }) => name.toUpperCase() !== GIVEN);
  if (wanted.length === 0) return [];
  const known = await knownNames(asked, uses);
  if (known === undefined) return [];
  return wanted
    .filter(({ name }) => !known.includes(name.toUpperCase()))
    .map(({ name, file, line }) => ({
      ...{ about: 'secrets' as const, status: 'fail' as const, file, line },
      what: `there is no secret ${name}, so GitHub passes an empty text`,
      fix:
        known.length === 0
          ? `create ${name} under Settings, Secrets and variables, Actions`
          : `create it, or ${suggestion(name.toUpperCase(), known)}`,
    }));
}

async function knownNames(
  asked: GitHubAnswers,
  uses: readonly WorkflowUse[],
): Promise<readonly string[] | undefined> {
  const environments = [...new Set(environmentsOf(uses).map(({ name }) => name))];
  const lists = await Promise.all([
    asked.list('the names of secrets', 'GET /repos/{owner}/{repo}/actions/secrets'),
    asked.list('the names of secrets', 'GET /repos/{owner}/{repo}/actions/organization-secrets'),
    ...environments.map((environment_name) =>
      asked.list(
        'the names of secrets',
        'GET /repos/{owner}/{repo}/environments/{environment_name}/secrets',
        { environment_name },
      ),
    ),
  ]);
  if (lists.some((list) => list === undefined)) return undefined;
  return lists.flatMap((list) => (list ?? []).map(({ name }) => String(name).toUpperCase()));
}
