/** What only GitHub knows of a set-up: environments, secrets, settings, required checks. Each is asked once. */
import type { GitHub } from '../ports/ports.ts';
import { messageOf, Unreachable, UserError } from '../problem/problem.ts';
import { GitHubAnswers, type SetUp } from './asked.ts';
import { environmentFindings } from './environments.ts';
import type { Finding } from './finding.ts';
import { actionSettings, defaultRights, promotions } from './repository.ts';
import { requiredFindings } from './required.ts';
import { runnerFindings } from './runners.ts';
import { secretFindings } from './secrets.ts';
import type { WorkflowUse } from './uses.ts';
import { versionFindings } from './versions.ts';

/** The findings, and what the token may not see. */
export async function gitHubFindings(github: GitHub, setUp: SetUp, now: Date): Promise<Finding[]> {
  const { workflows, uses } = setUp;
  const asked = new GitHubAnswers(github);
  try {
    const repository = await asked.get('the repository', 'GET /repos/{owner}/{repo}');
    if (repository === null || repository === undefined)
      return [
        notAsked(
          `the token does not see ${github.owner}/${github.repo}`,
          'give a token that may read the repository',
        ),
      ];
    const branch = String(repository.default_branch);
    const findings = [
      ...branchFindings(uses, branch),
      ...idle(uses, repository, now),
      ...(await actionSettings(asked, uses)),
      ...(await defaultRights(asked, setUp)),
      ...(await promotions(asked, setUp)),
      ...(await versionFindings(asked, uses)),
      ...(await runnerFindings(asked, uses)),
      ...(await environmentFindings(asked, uses, repository.private === true)),
      ...(await secretFindings(asked, uses)),
      ...(await requiredFindings(asked, workflows, uses, branch)),
    ];
    if (asked.refused.length === 0) return findings;
    const what = `the token may not read ${[...new Set(asked.refused)].join(', ')}, so that was not looked at`;
    return [
      ...findings,
      notAsked(what, 'give --github-token a token of an administrator, such as `gh auth token`'),
    ];
  } catch (error) {
    if (!(error instanceof UserError || error instanceof Unreachable)) throw error;
    return [notAsked(`GitHub could not be asked: ${messageOf(error)}`, 'try again, or leave the token out')];
  }
}

export function notAsked(what: string, fix: string): Finding {
  return { about: 'github', status: 'inconclusive', what, fix };
}

/** Pushes to the default branch start a workflow only if it names that branch. */
function branchFindings(uses: readonly WorkflowUse[], branch: string): Finding[] {
  return [...new Set(uses.map(({ workflow }) => workflow))].flatMap(({ file, on, name }) => {
    const branches = on.push?.get('branches');
    if (branches === undefined || branches.texts.length === 0) return [];
    if (branches.texts.some((pattern) => pattern === branch || /[*?[]/.test(pattern))) return [];
    return [
      {
        ...{ about: 'github' as const, status: 'warn' as const, file, line: branches.line },
        what: `${name} starts on pushes to ${branches.texts.join(', ')}, and the default branch is ${branch}`,
        fix: `write branches: [${branch}]`,
      },
    ];
  });
}

const DAY_MS = 86_400_000;
const IDLE_DAYS = 60;
const SOON_DAYS = 45;

/** GitHub ends the schedules of a public repository after 60 days without a push. */
function idle(
  uses: readonly WorkflowUse[],
  repository: Readonly<Record<string, unknown>>,
  now: Date,
): Finding[] {
  const scheduled = uses.find(({ workflow }) => Object.hasOwn(workflow.on, 'schedule'));
  const pushed = Date.parse(String(repository.pushed_at));
  if (scheduled === undefined || repository.private === true || Number.isNaN(pushed)) return [];
  const days = Math.floor((now.getTime() - pushed) / DAY_MS);
  if (days < SOON_DAYS) return [];
  return [
    {
      ...{
        about: 'triggers',
        status: 'warn',
        file: scheduled.workflow.file,
        line: scheduled.workflow.on.schedule?.line,
      },
      what: `no push for ${days} days: GitHub ends the schedules of a public repository after ${IDLE_DAYS}`,
      fix: 'push a commit, or start the workflow from outside; enable it again under Actions if it has ended',
    },
  ];
}
