import { nearest } from '../problem/nearest.ts';
import { CALLED } from '../schema/generated/called.js';
import type { GitHubAnswers } from './asked.ts';
import type { Finding } from './finding.ts';
import { isReusable, type WorkflowUse } from './uses.ts';
import type { Workflow } from './workflow.ts';

/** The names of checks that the workflows produce: of jobs, and of the jobs of what they call. */
export function checkNames(workflows: readonly Workflow[], uses: readonly WorkflowUse[]): string[] {
  return workflows.flatMap(({ jobs }) =>
    jobs.flatMap((job) => {
      const call = uses.find((use) => use.job === job && isReusable(use.what));
      if (call === undefined || !isReusable(call.what)) return [job.name];
      return CALLED[call.what].jobs.map((inner) => `${job.name} / ${inner}`);
    }),
  );
}

/** Required checks that no job produces: a pull request would wait for them for ever. Those of other apps are not known. */
export async function requiredFindings(
  asked: GitHubAnswers,
  workflows: readonly Workflow[],
  uses: readonly WorkflowUse[],
  branch: string,
): Promise<Finding[]> {
  const required = [...new Set([...(await byProtection(asked, branch)), ...(await byRules(asked, branch))])];
  const produced = checkNames(workflows, uses);
  const callers = uses.filter(({ what }) => isReusable(what)).map(({ job }) => job.name);
  return required
    .filter((name) => !produced.includes(name))
    .flatMap((name): Finding[] => {
      const caller = callers.find((one) => name === one || name.startsWith(`${one} / `));
      const gate = produced.find((one) => caller !== undefined && one === `${caller} / gate`);
      const meant = gate ?? nearest(name, produced);
      if (meant === undefined) return [];
      return [
        {
          ...{ about: 'github', status: 'fail' },
          what: `the branch ${branch} requires the check ${JSON.stringify(name)}, which no job produces, so no pull request can be merged`,
          fix: `require ${JSON.stringify(meant)} in its place, under Settings, Rules`,
        },
      ];
    });
}

async function byProtection(asked: GitHubAnswers, branch: string): Promise<string[]> {
  const answer = await asked.get(
    'the branch protection',
    'GET /repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks',
    { branch },
  );
  const contexts = (answer?.contexts ?? []) as unknown[];
  return contexts.map(String);
}

async function byRules(asked: GitHubAnswers, branch: string): Promise<string[]> {
  const rules = await asked.list(
    'the rules of the default branch',
    'GET /repos/{owner}/{repo}/rules/branches/{branch}',
    { branch },
  );
  return (rules ?? []).flatMap(({ type, parameters }) => {
    if (type !== 'required_status_checks') return [];
    const { required_status_checks: checks = [] } = (parameters ?? {}) as {
      required_status_checks?: { context?: unknown }[];
    };
    return checks.map(({ context }) => String(context));
  });
}
