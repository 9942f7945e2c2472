/** What starts workflows: schedules, dispatches, the ends of other workflows. */
import type { Config } from '../config/config.ts';
import { nearest, suggestion } from '../problem/nearest.ts';
import { cronFault } from './cron.ts';
import type { Finding } from './finding.ts';
import { actionsOf, given, isReusable, type Reusable, type WorkflowUse } from './uses.ts';
import type { Workflow } from './workflow.ts';

export function triggerFindings(
  workflows: readonly Workflow[],
  uses: readonly WorkflowUse[],
  config: Config | null,
): Finding[] {
  const ours = workflows.filter((workflow) => uses.some((use) => use.workflow === workflow));
  return [
    ...ours.flatMap(schedules),
    ...ours.flatMap((workflow) => followed(workflow, workflows)),
    ...dispatches(workflows, config),
    ...unscheduled(ours, uses, config),
    ...doubles(uses),
  ];
}

function schedules({ file, on }: Workflow): Finding[] {
  const { schedule } = on;
  if (schedule === undefined) return [];
  const crons = schedule.items.map((item) => item.get('cron'));
  if (crons.length === 0 || crons.some((cron) => cron?.text === undefined))
    return [
      {
        about: 'triggers',
        status: 'fail',
        what: 'a schedule has no cron',
        fix: 'write it as - cron: "17 4 * * *"',
        file,
        line: schedule.line,
      },
    ];
  return crons.flatMap((cron) => {
    const fault = cronFault(cron?.text ?? '');
    const place = { file, line: cron?.line };
    if (fault === undefined) return [];
    return [
      {
        about: 'triggers' as const,
        status: 'fail' as const,
        what: `the cron ${JSON.stringify(cron?.text)} is not allowed: ${fault}`,
        fix: 'write it as minute hour day month weekday, such as "17 4 * * *"',
        ...place,
      },
    ];
  });
}

/** `workflow_run` names workflows by their `name:`. */
function followed({ file, on }: Workflow, all: readonly Workflow[]): Finding[] {
  const named = on.workflow_run?.get('workflows');
  const names = all.map(({ name }) => name);
  return (named?.items ?? [])
    .filter(({ text = '' }) => !names.includes(text))
    .map(({ text = '', line }) => ({
      ...{ about: 'triggers' as const, status: 'fail' as const, file, line },
      what: `workflow_run waits for a workflow ${JSON.stringify(text)}, which does not exist, so this one does not start`,
      fix: suggestion(text, names),
    }));
}

/** The event types that ml-loop.yml sends, each with a workflow that listens. */
function dispatches(all: readonly Workflow[], config: Config | null): Finding[] {
  const listening = all.flatMap(({ on }) =>
    on.repository_dispatch === undefined ? [] : [on.repository_dispatch.get('types')?.texts],
  );
  const types = listening.flatMap((list) => list ?? []);
  // Without types a workflow listens to all.
  if (listening.some((list) => list === undefined)) return [];
  const sent = (config?.models ?? []).flatMap((model) => sentBy(config, model));
  return [...new Map(sent.map((one) => [one.type, one])).values()]
    .filter(({ type }) => !types.includes(type))
    .map(({ type, file, line }) => ({
      ...{ about: 'triggers' as const, status: 'fail' as const, file, line },
      what: `check-drift dispatches ${JSON.stringify(type)}, and no workflow listens to it`,
      fix: heard(type, types),
    }));
}

function heard(type: string, types: readonly string[]): string {
  const best = nearest(type, types);
  return best === undefined
    ? `add a workflow with on: { repository_dispatch: { types: [${type}] } }, such as the template ml-retrain`
    : `did you mean ${best}?`;
}

function sentBy(config: Config | null, model: string) {
  const layer = config
    ?.layers(model, 'check-drift')
    .find(({ values }) => typeof values.dispatch === 'string');
  if (config === null || layer === undefined || !config.stages(model).includes('check-drift')) return [];
  const [, line = '1'] = /:(\d+)/.exec(layer.where('dispatch')) ?? [];
  return [{ type: String(layer.values.dispatch), file: config.file, line: Number(line) }];
}

/** A section that nothing runs watches nothing; a rollout that nothing resumes stays unfinished. */
function unscheduled(
  ours: readonly Workflow[],
  uses: readonly WorkflowUse[],
  config: Config | null,
): Finding[] {
  const has = (section: string) =>
    config?.models.some((model) => config.stages(model).includes(section)) === true;
  const isScheduled = (whats: readonly string[]) =>
    uses.some(
      (use) =>
        Object.hasOwn(use.workflow.on, 'schedule') && whats.includes(isReusable(use.what) ? use.what : ''),
    );
  const runs = (action: 'check-drift' | 'deploy-canary') =>
    uses.some((use) => actionsOf(use).includes(action));
  const findings: Finding[] = [];
  if (config !== null && ours.length > 0 && has('check-drift') && !runs('check-drift'))
    findings.push({
      ...{ about: 'triggers', status: 'warn', file: config.file },
      what: 'ml-loop.yml has a section check-drift, and no workflow runs it',
      fix: 'add the template ml-drift-check (ml-loop init --workflows ml-drift-check)',
    });
  if (runs('deploy-canary') && uses.some(({ what }) => what === 'ml-cd') && !isScheduled(['ml-cd']))
    findings.push({
      ...{
        about: 'triggers',
        status: 'warn',
        file: uses.find(({ what }) => what === 'ml-cd')?.workflow.file,
      },
      what: 'no schedule resumes a rollout that takes longer than a job',
      fix: 'add a schedule that calls ml-cd with operation: resume, as the template ml-cd does',
    });
  return findings;
}

/** The event by which two workflows that call the same would do the same. */
const DOUBLED: Readonly<Record<Reusable, string>> = {
  'ml-ci': 'pull_request',
  'ml-cd': 'push',
  'ml-ct': 'repository_dispatch',
};

/** Such as ml-all beside the templates that it stands for. */
function doubles(uses: readonly WorkflowUse[]): Finding[] {
  const first = new Map<string, WorkflowUse>();
  return uses.flatMap((use): Finding[] => {
    const { what, workflow, line } = use;
    if (!isReusable(what)) return [];
    const event = DOUBLED[what];
    const started = workflow.on[event];
    if (!Object.hasOwn(workflow.on, event) || started?.get('paths') !== undefined) return [];
    // A name that the event gives is that of no model in particular; one of a matrix is.
    const named = use.with?.get('name')?.text;
    const name = named?.includes('matrix.') === true ? named : given(use, 'name');
    const key = JSON.stringify([what, name, given(use, 'config')]);
    const before = first.get(key);
    if (before === undefined) first.set(key, use);
    if (before === undefined || before.workflow === workflow) return [];
    return [
      {
        ...{ about: 'triggers', status: 'warn', file: workflow.file, line },
        what: `${before.workflow.name} and ${workflow.name} both call ${what} on ${event}, so it runs twice`,
        fix: 'remove one of the two, or give each the input name of another model',
      },
    ];
  });
}
