/** Where workflows use ml-loop, and what each use needs. */
import { ACTION_NAMES, type ActionName } from '../inputs/table.ts';
import type { Job, Workflow, YamlPlace } from './workflow.ts';

export const REUSABLE = ['ml-ci', 'ml-cd', 'ml-ct'] as const;
export type Reusable = (typeof REUSABLE)[number];

/** One use: a step of an action, or a job that calls a reusable workflow. */
export interface WorkflowUse {
  readonly what: 'root' | ActionName | Reusable;
  /** `OWNER/REPO` that it comes from; empty for `./` and `$/`. */
  readonly repository: string;
  /** After `@`; undefined if there is none. */
  readonly ref: string | undefined;
  readonly line: number;
  readonly with: YamlPlace | undefined;
  readonly workflow: Workflow;
  readonly job: Job;
}

const ACTION = new RegExp(`^(.*?)(?:/?actions/(${[...ACTION_NAMES, 'root'].join('|')}))$`);
const CALLED = /^(.*?)\/?\.github\/workflows\/(ml-(?:ci|cd|ct))\.ya?ml$/;

/** All uses in a workflow. */
export function usesOf(workflow: Workflow): WorkflowUse[] {
  return workflow.jobs.flatMap((job) => {
    const call = job.uses === undefined ? undefined : parsed(job.uses);
    const called =
      call === undefined
        ? []
        : [{ ...call, line: job.with?.line ?? job.line, with: job.with, workflow, job }];
    const steps = job.steps.flatMap(({ uses, line, with: values }) => {
      const one = uses === undefined ? undefined : parsed(uses);
      return one === undefined ? [] : [{ ...one, line, with: values, workflow, job }];
    });
    return [...called, ...steps];
  });
}

function parsed(uses: string): Pick<WorkflowUse, 'what' | 'repository' | 'ref'> | undefined {
  const [path = '', ref] = uses.split('@', 2);
  const isLocal = /^(\.|\$)(\/|$)/.test(path);
  const [, from = '', action] = ACTION.exec(path) ?? [];
  const [, source = '', called] = CALLED.exec(path) ?? [];
  const place = (text: string) => (isLocal ? '' : text.split('/').slice(0, 2).join('/'));
  if (action !== undefined) return { what: action as ActionName | 'root', repository: place(from), ref };
  if (called !== undefined) return { what: called as Reusable, repository: place(source), ref };
  return !isLocal && /^[^/]+\/ml-loop$/.test(path) ? { what: 'root', repository: path, ref } : undefined;
}

export function isReusable(what: WorkflowUse['what']): what is Reusable {
  return REUSABLE.some((name) => name === what);
}

/** The value of an input of a use, if it is given and not an expression. */
export function given({ with: values }: WorkflowUse, name: string): string | undefined {
  const text = values?.get(name)?.text;
  return text === undefined || text.trim() === '' || text.includes('${{') ? undefined : text;
}

/** What the root action does by itself, by the event. */
const AUTO: Readonly<Record<string, readonly ActionName[]>> = {
  push: ['validate-data', 'validate-model'],
  pull_request: ['validate-data', 'validate-model'],
  pull_request_target: ['validate-data', 'validate-model'],
  merge_group: ['validate-data', 'validate-model'],
  workflow_dispatch: ['validate-data', 'validate-model'],
  schedule: ['check-drift'],
};

/** The sections that a use needs: one of each list. */
export function sectionsNeeded(use: WorkflowUse): readonly (readonly ActionName[])[] {
  const { what, workflow } = use;
  if (what === 'ml-ci') return [['validate-data', 'validate-model']];
  if (what === 'ml-cd') return [['register-model']];
  if (what === 'ml-ct')
    return Object.hasOwn(workflow.on, 'schedule') ? [['check-drift']] : [['register-model']];
  if (what !== 'root') return isAlone(use) ? [] : [[what]];
  const stages = stagesOf(use);
  if (stages === 'auto') {
    const events = Object.keys(workflow.on).flatMap((event) =>
      AUTO[event] === undefined ? [] : [AUTO[event]],
    );
    return events.length === 0 ? [] : [...new Set(events)];
  }
  return stages
    .filter((stage): stage is ActionName => ACTION_NAMES.some((name) => name === stage))
    .map((stage) => [stage]);
}

/** The stages that a use of the root action names. */
export function stagesOf(use: WorkflowUse): 'auto' | readonly string[] {
  const text = use.with?.get('stage')?.text ?? 'auto';
  if (text.includes('${{')) return [];
  const names = text.split(/[\n,[\]\s]+/).filter((name) => name !== '');
  return names.length === 0 || names.includes('auto') ? 'auto' : names;
}

/** Does a step give an action its own inputs, so that it needs no section? */
function isAlone({ with: values }: WorkflowUse): boolean {
  const common = [
    'config',
    'name',
    'working-directory',
    'report-directory',
    'report-id',
    'fail-on',
    'github-token',
    'mode',
    'now',
  ];
  return (values?.entries ?? []).some(([name]) => !common.includes(name));
}

/** The actions that a use runs, as far as that is known. */
export function actionsOf(use: WorkflowUse): readonly ActionName[] {
  if (!isReusable(use.what)) return use.what === 'root' ? sectionsNeeded(use).flat() : [use.what];
  return {
    'ml-ci': ['validate-data', 'validate-model'],
    'ml-cd': ['register-model', 'deploy-canary'],
    'ml-ct': ['check-drift'],
  }[use.what] as ActionName[];
}

/** The labels of the runner that a use's jobs run on. */
export function runnerLabels({ job, with: values, what }: WorkflowUse): readonly string[] {
  if (!isReusable(what)) return job.runsOn?.texts ?? [];
  const text = values?.get('runs-on')?.text ?? 'ubuntu-latest';
  return text.startsWith('[') ? text.split(/[[\]",\s]+/).filter((label) => label !== '') : [text];
}

/** Does it run on a machine of GitHub's? One of one's own may hold files that the repository does not. */
export function isHosted(use: WorkflowUse): boolean {
  return runnerLabels(use).some((label) => /^(ubuntu|windows|macos)-/.test(label));
}
