/** How the jobs that use ml-loop run: their checkouts, their concurrency, their runners, and where state is kept. */
import type { Config } from '../config/config.ts';
import type { Finding } from './finding.ts';
import { placeOfSetting, settingsOf } from './settings.ts';
import { actionsOf, isHosted, isReusable, runnerLabels, type WorkflowUse } from './uses.ts';
import type { YamlPlace } from './workflow.ts';

/** The machine that the doctor runs on. */
export interface Machine {
  /** The address of GitHub; undefined outside of a workflow. */
  readonly server?: string | undefined;
}

export function jobFindings(
  uses: readonly WorkflowUse[],
  config: Config | null,
  machine: Machine,
): Finding[] {
  const once = [...new Map(uses.map((use) => [use.job, use])).values()];
  return [
    ...once.flatMap(checkouts),
    ...once.flatMap(strangers),
    ...once.flatMap(concurrency),
    ...once.flatMap(runners),
    ...storage(uses, config),
    ...server(uses, machine),
  ];
}

function checkouts({ job, workflow: { file } }: WorkflowUse): Finding[] {
  return job.steps
    .filter(
      ({ uses, with: values }) =>
        /^actions\/checkout@/.test(uses ?? '') && values?.get('persist-credentials')?.text !== 'false',
    )
    .map(({ line }) => ({
      ...{ about: 'checkout' as const, status: 'warn' as const, file, line },
      what: `the checkout of job ${job.id} leaves the job’s token in .git, where your code can read it`,
      fix: 'add with: { persist-credentials: false }',
    }));
}

/** Code of a pull request, with the rights of the repository. */
function strangers({ job, workflow }: WorkflowUse): Finding[] {
  const { on, file } = workflow;
  const event = ['pull_request_target', 'workflow_run'].find((name) => Object.hasOwn(on, name));
  if (event === undefined) return [];
  return job.steps
    .filter(
      ({ uses, with: values }) =>
        /^actions\/checkout@/.test(uses ?? '') &&
        /head|pull_request|merge/.test(values?.get('ref')?.text ?? ''),
    )
    .map(({ line }) => ({
      ...{ about: 'checkout' as const, status: 'fail' as const, file, line },
      what: `job ${job.id} checks out the code of a pull request on ${event}, so a stranger’s code runs with this repository’s token and secrets`,
      fix: 'use on: pull_request, whose token only reads',
    }));
}

/** Does the use move traffic? */
function releases(use: WorkflowUse): boolean {
  return use.what === 'ml-cd' || use.what === 'ml-ct' || actionsOf(use).includes('deploy-canary');
}

/** An expression that is true on pull requests alone, which release nothing. */
const ONLY_CHANGES = /^\$\{\{\s*github\.event_name\s*==\s*'pull_request'\s*\}\}$/;

function concurrency(use: WorkflowUse): Finding[] {
  if (!releases(use)) return [];
  const { job, workflow } = use;
  const places = [job.concurrency, workflow.concurrency].filter(
    (place): place is YamlPlace => place !== undefined,
  );
  const cancelling = places
    .map((place) => place.get('cancel-in-progress'))
    .find((place) => place !== undefined && place.text !== 'false' && !ONLY_CHANGES.test(place.text ?? ''));
  if (cancelling !== undefined)
    return [
      {
        ...{ about: 'concurrency', status: 'fail', file: workflow.file, line: cancelling.line },
        what: `a newer run cancels the release in job ${job.id} while it moves the traffic`,
        fix: 'set cancel-in-progress: false',
      },
    ];
  // The reusable workflows have a group of their own.
  if (places.length > 0 || isReusable(use.what)) return [];
  return [
    {
      ...{ about: 'concurrency', status: 'warn', file: workflow.file, line: job.line },
      what: `two runs of job ${job.id} may release at the same time`,
      fix: 'add concurrency: { group: ml-loop-release, cancel-in-progress: false }',
    },
  ];
}

const GONE = /^(ubuntu-(16\.04|18\.04|20\.04)|windows-(2016|2019)|macos-(1[0-3])(-.*)?)$/;

function runners(use: WorkflowUse): Finding[] {
  const gone = runnerLabels(use).filter((label) => GONE.test(label));
  return gone.map((label) => ({
    ...{
      about: 'runner' as const,
      status: 'fail' as const,
      file: use.workflow.file,
      line: (use.with?.get('runs-on') ?? use.job.runsOn)?.line ?? use.line,
    },
    what: `GitHub has no runner ${label} any more, so job ${use.job.id} waits for a day and fails`,
    fix: `use ${label.split('-')[0]}-latest`,
  }));
}

/** Folders on machines that are thrown away after the job, each once. */
function storage(uses: readonly WorkflowUse[], config: Config | null): Finding[] {
  const folders = uses.filter(isHosted).flatMap((use) =>
    actionsOf(use).flatMap((action) => {
      const settings = settingsOf(action, use, config);
      return (['state', 'registry'] as const).flatMap((name) => {
        const value = settings[name];
        if (value?.startsWith('dir:') !== true) return [];
        return [{ setting: `${name}: ${value}`, use, ...placeOfSetting(action, name, use, config) }];
      });
    }),
  );
  const keyOf = ({ setting, file, line }: (typeof folders)[number]) => `${file}:${line} ${setting}`;
  return [...new Map(folders.map((one) => [keyOf(one), one])).values()].map((one) => {
    const { setting, file, line, use } = one;
    const jobs = folders
      .filter((other) => keyOf(other) === keyOf(one))
      .map((other) => other.use.workflow.file);
    return {
      ...{ about: 'storage', status: 'fail', file, line },
      what: `${setting} is a folder on a hosted runner (${runnerLabels(use).join(', ')}), which vanishes with the job`,
      fix: `remove it: \`auto\` keeps it on GitHub; or set runs-on in ${[...new Set(jobs)].join(', ')} to a runner of your own that has the folder`,
    };
  });
}

/** `$/`, by which the reusable workflows name their own actions, is not known on a server of one's own. */
function server(uses: readonly WorkflowUse[], { server: address }: Machine): Finding[] {
  if (address === undefined || /^https:\/\/(github\.com|[^/]+\.ghe\.com)$/.test(address)) return [];
  return uses
    .filter(({ what, repository }) => isReusable(what) && repository !== '')
    .map(({ what, workflow, line }) => ({
      ...{ about: 'runner' as const, status: 'fail' as const, file: workflow.file, line },
      what: `${what} names its actions by $/, which ${address} does not know`,
      fix: 'call a copy that scripts/workflows/rewrite.ts of ml-loop writes (docs/workflows.md)',
    }));
}
