import { lt, valid } from 'semver';
import type { GitHubAnswers } from './asked.ts';
import type { Finding } from './finding.ts';
import { isHosted, isReusable, runnerLabels, type WorkflowUse } from './uses.ts';

/** The first runner that knows `$/`, by which the reusable workflows name their own actions. */
const FIRST = '2.336.0';

/** Runners of one's own that are too old for the reusable workflows; those of an organisation are not seen. */
export async function runnerFindings(asked: GitHubAnswers, uses: readonly WorkflowUse[]): Promise<Finding[]> {
  const own = uses.filter((use) => isReusable(use.what) && runnerLabels(use).length > 0 && !isHosted(use));
  if (own.length === 0) return [];
  const runners = await asked.list('the runners', 'GET /repos/{owner}/{repo}/actions/runners');
  const old = (runners ?? []).filter(
    ({ version }) => typeof version === 'string' && valid(version) !== null && lt(version, FIRST),
  );
  return old.flatMap(({ name, version, labels }): Finding[] => {
    const names = ((labels ?? []) as { name?: unknown }[]).map((label) => String(label.name));
    const use = own.find((one) => runnerLabels(one).every((label) => names.includes(label)));
    if (use === undefined) return [];
    return [
      {
        ...{ about: 'runner', status: 'fail', file: use.workflow.file, line: use.line },
        what: `the runner ${name} has version ${version}, and ${use.what} needs ${FIRST} or later`,
        fix: `update the runner ${name}; or call a copy that scripts/workflows/rewrite.ts of ml-loop writes (docs/workflows.md)`,
      },
    ];
  });
}
