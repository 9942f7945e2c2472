/** The settings of a repository that decide whether workflows run, and with which rights. */

import type { GitHubAnswers, SetUp } from './asked.ts';
import type { Finding } from './finding.ts';
import { undeclared } from './permissions.ts';
import { placeOfSetting, settingsOf } from './settings.ts';
import { actionsOf, type WorkflowUse } from './uses.ts';

/** May actions run at all, and ours? */
export async function actionSettings(asked: GitHubAnswers, uses: readonly WorkflowUse[]): Promise<Finding[]> {
  const settings = await asked.get(
    'the settings of Actions',
    'GET /repos/{owner}/{repo}/actions/permissions',
  );
  if (settings === undefined || settings === null) return [];
  const about = 'github' as const;
  if (settings.enabled === false)
    return [
      {
        about,
        status: 'fail',
        what: 'GitHub Actions are switched off for this repository',
        fix: 'allow them under Settings, Actions, General',
      },
    ];
  const findings: Finding[] = [];
  const remote = uses.find(({ repository }) => repository !== '');
  if (remote !== undefined && settings.allowed_actions === 'local_only')
    findings.push({
      about,
      status: 'fail',
      what: `only actions of your own organisation may run, and ${remote.workflow.file} uses ${remote.repository}`,
      fix: `allow ${remote.repository} under Settings, Actions, General`,
      file: remote.workflow.file,
      line: remote.line,
    });
  const loose = uses.find(({ repository, ref }) => repository !== '' && !/^[0-9a-f]{40}$/.test(ref ?? ''));
  if (loose !== undefined && settings.sha_pinning_required === true)
    findings.push({
      about,
      status: 'fail',
      what: `the repository demands full commits, and ${loose.workflow.file} uses ${loose.repository}@${loose.ref}`,
      fix: `write the commit of ${loose.ref} in its place`,
      file: loose.workflow.file,
      line: loose.line,
    });
  return findings;
}

/** A job that states no permissions has the repository's default, which only reads in new repositories. */
export async function defaultRights(asked: GitHubAnswers, { uses, config }: SetUp): Promise<Finding[]> {
  const jobs = undeclared(uses, config);
  if (jobs.length === 0) return [];
  const settings = await workflowRights(asked);
  if (settings?.default_workflow_permissions !== 'read') return [];
  return jobs
    .filter(({ needed }) =>
      Object.entries(needed).some(
        ([name, level]) => level === 'write' || !['contents', 'packages'].includes(name),
      ),
    )
    .map(({ job, workflow, text }) => ({
      ...{ about: 'permissions' as const, status: 'fail' as const, file: workflow.file, line: job.line },
      what: `job ${job.id} states no permissions, and the repository’s default only reads, so it will fail`,
      fix: `add to the job: permissions: { ${text} }`,
    }));
}

const workflowRights = (asked: GitHubAnswers) =>
  asked.get('the default permissions of workflows', 'GET /repos/{owner}/{repo}/actions/permissions/workflow');

/** A rollout that waits for the merge of its promotion pull request waits for ever if it may not open one. */
export async function promotions(asked: GitHubAnswers, { uses, config }: SetUp): Promise<Finding[]> {
  for (const use of uses.filter((one) => actionsOf(one).includes('deploy-canary'))) {
    const { promotion, 'github-token': token } = settingsOf('deploy-canary', use, config);
    // The token of an app may.
    if (promotion === undefined || token !== undefined || use.with?.get('github-token') !== undefined)
      continue;
    const settings = await workflowRights(asked);
    if (settings?.can_approve_pull_request_reviews !== false) return [];
    return [
      {
        ...{ about: 'github', status: 'fail', ...placeOfSetting('deploy-canary', 'promotion', use, config) },
        what: `GitHub Actions may not open pull requests here, so no one can approve by promotion: ${promotion}`,
        fix: 'under Settings, Actions, General, choose "Allow GitHub Actions to create and approve pull requests"; or give `github-token` the token of an app',
      },
    ];
  }
  return [];
}
