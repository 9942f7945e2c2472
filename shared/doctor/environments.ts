import type { GitHubAnswers } from './asked.ts';
import type { Finding } from './finding.ts';
import type { WorkflowUse } from './uses.ts';
import { isExpression } from './workflow.ts';

/** Inputs of the reusable workflows that name environments. */
const INPUTS = ['environment', 'approval', 'staging-environment', 'ci-environment'];

interface Named {
  readonly name: string;
  /** Must people approve? */
  readonly approval: boolean;
  readonly file: string;
  readonly line: number;
}

/** Environments that the jobs name. */
export function environmentsOf(uses: readonly WorkflowUse[]): Named[] {
  return uses.flatMap(({ workflow: { file }, job, with: values }) => {
    const own =
      job.environment?.text === undefined
        ? []
        : [{ name: job.environment.text, approval: false, file, line: job.environment.line }];
    const given = INPUTS.flatMap((input) => {
      const place = values?.get(input);
      return place?.text === undefined || place.text === ''
        ? []
        : [{ name: place.text, approval: input === 'approval', file, line: place.line }];
    });
    return [...own, ...given].filter(({ name }) => !isExpression(name));
  });
}

/** GitHub makes an environment that is not there when a job names it, without reviewers and without secrets. */
export async function environmentFindings(
  asked: GitHubAnswers,
  uses: readonly WorkflowUse[],
  isPrivate: boolean,
): Promise<Finding[]> {
  const named = environmentsOf(uses);
  if (named.length === 0) return [];
  const found = await asked.list('the environments', 'GET /repos/{owner}/{repo}/environments');
  if (found === undefined) return [];
  return named.flatMap(({ name, approval, file, line }): Finding[] => {
    const place = { about: 'environments', file, line } as const;
    const environment = found.find((one) => String(one.name).toLowerCase() === name.toLowerCase());
    if (environment === undefined)
      return [
        {
          ...{ ...place, status: 'fail' },
          what: `there is no environment ${name}; GitHub would make it without reviewers and secrets, and release without asking anyone`,
          fix: `create ${name} under Settings, Environments`,
        },
      ];
    const rules = (environment.protection_rules ?? []) as { type?: string }[];
    if (!approval || rules.some(({ type }) => type === 'required_reviewers')) return [];
    return [
      {
        ...{ ...place, status: 'fail' },
        what: `the environment ${name} is to approve releases, and has no required reviewers`,
        fix: isPrivate
          ? 'add reviewers to it; a private repository needs the Enterprise plan for them, so without it use operation: approve in its place (docs/workflows.md)'
          : `add required reviewers to ${name} under Settings, Environments`,
      },
    ];
  });
}
