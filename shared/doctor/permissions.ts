/** The permissions that uses need, against those that their jobs have. */
import type { Config } from '../config/config.ts';
import type { ActionName } from '../inputs/table.ts';
import { CALLED } from '../schema/generated/called.js';
import type { Finding } from './finding.ts';
import { settingsOf } from './settings.ts';
import { actionsOf, given, isReusable, type WorkflowUse } from './uses.ts';
import type { YamlPlace } from './workflow.ts';

type Level = 'read' | 'write';
export type Permissions = Readonly<Record<string, Level>>;

const WHY: Readonly<Record<string, string>> = {
  contents: 'the checkout, and state in a git ref',
  packages: 'models in GitHub’s container registry',
  actions: 'the artifacts of other jobs',
  'id-token': 'OpenID Connect: logins of clouds, and signatures',
  attestations: 'signed verdicts',
  checks: 'check runs',
  'pull-requests': 'the comment on a pull request, and promotion pull requests',
  statuses: 'a commit status if check runs cannot be written',
};

export function permissionFindings(uses: readonly WorkflowUse[], config: Config | null): Finding[] {
  return byJob(uses).flatMap((those) => ofJob(those, config));
}

function byJob(uses: readonly WorkflowUse[]): readonly (readonly WorkflowUse[])[] {
  const jobs = new Map<object, WorkflowUse[]>();
  for (const use of uses) jobs.set(use.job, [...(jobs.get(use.job) ?? []), use]);
  return [...jobs.values()];
}

/** Jobs that state no permissions, with what they need. */
export function undeclared(uses: readonly WorkflowUse[], config: Config | null) {
  return byJob(uses).flatMap((those) => {
    const [first] = those;
    if (
      first === undefined ||
      first.job.permissions !== undefined ||
      first.workflow.permissions !== undefined
    )
      return [];
    const needed = merged(those.map((use) => neededBy(use, config)));
    return [{ job: first.job, workflow: first.workflow, needed, text: list(needed) }];
  });
}

function ofJob(uses: readonly WorkflowUse[], config: Config | null): Finding[] {
  const [first] = uses;
  if (first === undefined) return [];
  const { workflow, job } = first;
  const needed = merged(uses.map((use) => neededBy(use, config)));
  const stated = job.permissions ?? workflow.permissions;
  const place = { file: workflow.file, line: stated?.line ?? job.line };
  if (stated === undefined)
    return [
      {
        ...{ about: 'permissions', status: 'warn', ...place },
        what: `job ${job.id} does not state its permissions, so it has the repository’s default`,
        fix: `add to the job: permissions: { ${list(needed)} }`,
      },
    ];
  const lacking = Object.entries(needed).filter(([name, level]) => !allows(stated, name, level));
  if (lacking.length === 0) return [];
  const what = lacking.map(([name, level]) => `${name}: ${level} (${WHY[name] ?? 'needed'})`).join(', ');
  const outcome = uses.some(({ what: kind }) => isReusable(kind))
    ? 'so GitHub does not start it'
    : 'so it will fail';
  return [
    {
      ...{ about: 'permissions', status: 'fail', ...place },
      what: `job ${job.id} lacks ${what}, ${outcome}`,
      fix: `add to its permissions: ${list(Object.fromEntries(lacking))}`,
    },
  ];
}

function list(permissions: Permissions): string {
  return Object.entries(permissions)
    .map(([name, level]) => `${name}: ${level}`)
    .join(', ');
}

function allows(stated: YamlPlace, name: string, level: Level): boolean {
  if (stated.text === 'write-all') return true;
  if (stated.text === 'read-all') return level === 'read';
  const has = stated.get(name)?.text;
  return has === 'write' || (has === 'read' && level === 'read');
}

function merged(all: readonly Permissions[]): Permissions {
  const found: Record<string, Level> = {};
  for (const [name, level] of all.flatMap((one) => Object.entries(one)))
    if (found[name] !== 'write') found[name] = level;
  return found;
}

function neededBy(use: WorkflowUse, config: Config | null): Permissions {
  return isReusable(use.what)
    ? CALLED[use.what].permissions
    : merged(actionsOf(use).map((action) => ofAction(action, use, config)));
}

/** Actions that write state whatever they find. */
const STATEFUL: readonly ActionName[] = ['deploy-canary', 'check-drift'];

/** It remembers the job, in the state. */
function trainsElsewhere({ operation, where }: ReturnType<typeof settingsOf>): boolean {
  return operation === 'resume' || where === 'elsewhere';
}

/** What a step of an action needs, by where its state and its registry are. */
function ofAction(action: ActionName, use: WorkflowUse, config: Config | null): Permissions {
  // It counts a use in the state, and does nothing else.
  if (given(use, 'operation') === 'record-use') return { contents: 'write' };
  const settings = settingsOf(action, use, config);
  const checksOut = use.job.steps.some(({ uses }) => /^actions\/checkout@/.test(uses ?? ''));
  const state = settings.state ?? 'auto';
  const isStateful = STATEFUL.includes(action) || (action === 'train' && trainsElsewhere(settings));
  const writesState = isStateful && (state === 'auto' || state.startsWith('git:'));
  const dispatches = action === 'check-drift' && settings.dispatch !== undefined;
  const registry =
    settings.registry ?? (action === 'register-model' || action === 'deploy-canary' ? 'auto' : '');
  const inPackages = registry === 'auto' || /^oci:(\/\/)?(containers\.|ghcr\.io)/.test(registry);
  const writesModels = action === 'register-model' || action === 'deploy-canary';
  const attests = settings.attest === 'true';
  return {
    ...(writesState || dispatches || (registry.startsWith('github:') && writesModels)
      ? { contents: 'write' as const }
      : checksOut
        ? { contents: 'read' as const }
        : {}),
    ...(inPackages ? { packages: writesModels ? ('write' as const) : ('read' as const) } : {}),
    ...(settings.promotion === undefined ? {} : { 'pull-requests': 'write' as const }),
    ...(attests ? { 'id-token': 'write' as const, attestations: 'write' as const } : {}),
  };
}
