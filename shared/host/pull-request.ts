/**
 * What a pull request is told: a check run for each stage, or a commit status if the token may not write checks, and one
 * comment for all. The job summary has everything, so nothing here can fail a run.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type { GitHub } from '../ports/ports.ts';
import { messageOf, problemLine, UserError } from '../problem/problem.ts';
import { checkRunOf, commitStatusOf } from '../report/check-run.ts';
import { errorSummary } from '../report/combined.ts';
import { SECTION_BYTES } from '../report/comment.ts';
import { isFine, type Section, sectionOf } from '../report/comment-sections.ts';
import { summaryMarkdown } from '../report/summary.ts';
import { type StageReport, toldTitle } from '../report/told.ts';
import { type Denial, writeCheckRun, writeCommitStatus } from './check-runs.ts';
import { eventOf, type WorkflowEvent } from './event.ts';
import { writeComment } from './sticky-comment.ts';
import type { Start } from './surface.ts';

/** A stage, and how it is to be told. */
export interface Telling {
  readonly told: StageReport;
  readonly comment: boolean;
  readonly checkRun: boolean;
  /** Absolute; the places of its checks are relative to it. */
  readonly workingDirectory: string;
}

export interface TellOptions {
  open(): Promise<GitHub>;
  /** Do these stages cover everything that the comment tells of? */
  readonly isWhole: boolean;
  pause?(): Promise<unknown>;
}

const PAUSE_MS = 1500;

/** Tells a pull request of stages; returns those whose places GitHub shows by a check run. Never throws. */
export async function tell(
  stages: readonly Telling[],
  { surface, env }: Pick<Start, 'surface' | 'env'>,
  options: TellOptions,
): Promise<readonly Telling[]> {
  const event = eventOf(env);
  const shown: Telling[] = [];
  const lacking: Lacking[] = [];
  const attempt = async (what: string, doIt: (github: GitHub) => Promise<unknown>) => {
    try {
      await doIt(await options.open());
    } catch (error) {
      surface.log.info(`The ${what} could not be written: ${reasonOf(error)}`);
    }
  };
  const checks = stages.filter(({ checkRun }) => checkRun);
  if (checks.length > 0)
    await attempt('check runs', async (github) => {
      const { commit = '' } = event;
      const denial = await writeChecks(github, { commit, checks, env, shown });
      if (denial !== undefined) lacking.push({ what: 'check runs', permission: 'checks: write', denial });
    });
  const comments = stages.filter(({ comment }) => comment);
  if (comments.length > 0)
    await attempt('comment', async (github) => {
      const written = await writeComment(github, {
        pullRequest: event.pullRequest ?? 0,
        sections: comments.map(({ told }) => section(told, event)),
        isWhole: options.isWhole,
        pause: options.pause ?? (() => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))),
      });
      if (written !== 'written')
        lacking.push({ what: 'comment', permission: 'pull-requests: write', denial: written });
    });
  sayWhatLacks(lacking, event, { surface, env });
  return shown;
}

function reasonOf(error: unknown): string {
  return error instanceof UserError ? error.problems.map(problemLine).join('; ') : messageOf(error);
}

interface Checks {
  readonly commit: string;
  readonly checks: readonly Telling[];
  readonly env: NodeJS.ProcessEnv;
  /** Those of which a check run was written are put here. */
  readonly shown: Telling[];
}

/** Check runs, or commit statuses from the first one on that is denied; the denial, unless a status was written instead. */
async function writeChecks(
  github: GitHub,
  { commit, checks, env, shown }: Checks,
): Promise<Denial | undefined> {
  let denial: Denial | undefined;
  for (const stage of checks) {
    if (denial === undefined) {
      const written = await writeCheckRun(github, commit, checkRunOf(stage.told, placedIn(stage, env)));
      if (written === 'written') {
        shown.push(stage);
        continue;
      }
      denial = written;
    }
    const instead = await writeCommitStatus(github, commit, commitStatusOf(stage.told));
    if (instead !== 'written') return denial;
  }
  return undefined;
}

/** Files as the repository names them. */
function placedIn({ workingDirectory }: Telling, env: NodeJS.ProcessEnv) {
  const root = env.GITHUB_WORKSPACE ?? workingDirectory;
  return (file: string): string | undefined => {
    const path = relative(root, resolve(workingDirectory, file)).split(sep).join('/');
    return path === '' || path.startsWith('../') || path.startsWith('/') ? undefined : path;
  };
}

function section(told: StageReport, { commit = '', run }: WorkflowEvent): Section {
  const facts = sectionOf(told, { commit, run }, '');
  const budget = isFine(facts) ? SECTION_BYTES.passed : SECTION_BYTES.open;
  const options = {
    budget,
    heading: '###',
    isAnswered: true,
    ...(told.reportPath && { reportPath: told.reportPath }),
  };
  const { verdict, problems } = told;
  const body =
    verdict === undefined
      ? errorSummary(toldTitle(told), problems, options)
      : summaryMarkdown({ ...verdict, name: told.name }, options);
  return { ...facts, body };
}

interface Lacking {
  readonly what: string;
  readonly permission: string;
  readonly denial: Denial;
}

/** Left in the job's folder for temporary files by the step that has said what the token lacks. */
const SAID = 'ml-loop-permissions-said';

/** Names the permissions to add, once a job; not on forks, whose tokens cannot be given any. */
function sayWhatLacks(
  lacking: readonly Lacking[],
  { isFork, pullRequest }: WorkflowEvent,
  { surface, env }: Pick<Start, 'surface' | 'env'>,
): void {
  const permissions = lacking.filter(({ denial }) => isPermission(denial));
  for (const { what, denial } of lacking)
    surface.log.info(`The ${what} could not be written: GitHub answers ${denial.status} (${denial.message})`);
  if (permissions.length === 0 || isFork) return;
  const said = env.RUNNER_TEMP ? resolve(env.RUNNER_TEMP, SAID) : undefined;
  if (said !== undefined && existsSync(said)) return;
  if (said !== undefined) writeFileSync(said, '');
  const lines = permissions.map(({ permission }) => permission).join(', ');
  const inputs = permissions.map(({ what }) => (what === 'comment' ? 'comment: false' : 'check-run: false'));
  const message = `The job's token may not write the ${permissions.map(({ what }) => what).join(' and the ')}. Add \`permissions: { ${lines} }\` to the job, beside the permissions that it has. If you do not want this, set \`${inputs.join('` and `')}\`. The job summary has the result.`;
  // Elsewhere no one waits for it, and the template of a push may do without.
  if (pullRequest === undefined) surface.log.info(message);
  else surface.annotate({ level: 'notice', title: 'ml-loop: the pull request was not told', message });
}

/** GitHub also answers 403 if a conversation is locked. */
function isPermission({ status, message }: Denial): boolean {
  return (status === 403 && /not accessible/i.test(message)) || status === 404;
}
