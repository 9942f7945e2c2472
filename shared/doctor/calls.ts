/** What a use of ml-loop says: its version, its inputs, the sections and secrets that it needs. */
import type { Config } from '../config/config.ts';
import { parseInputs } from '../inputs/parse.ts';
import { type InputTable, STAGE_NAMES } from '../inputs/table.ts';
import { nearest, suggestion } from '../problem/nearest.ts';
import { UserError } from '../problem/problem.ts';
import { CALLED } from '../schema/generated/called.js';
import type { Finding } from './finding.ts';
import { given, isReusable, sectionsNeeded, stagesOf, type WorkflowUse } from './uses.ts';

/** The input tables by action, that of the root action too. */
export type CallTables = Readonly<Record<string, InputTable>>;

export function callFindings(
  uses: readonly WorkflowUse[],
  tables: CallTables,
  config: Config | null,
): Finding[] {
  return uses.flatMap((use) => [
    ...version(use),
    ...unknownInputs(use, tables),
    ...values(use, tables),
    ...operation(use),
    ...stages(use, tables),
    ...model(use, config),
    ...sections(use, config),
    ...secrets(use),
  ]);
}

function at(use: WorkflowUse, key?: string): { readonly file: string; readonly line: number } {
  return {
    file: use.workflow.file,
    line: (key === undefined ? undefined : use.with?.get(key)?.line) ?? use.line,
  };
}

const BRANCH = /^(main|master|develop|dev|trunk|head)$/i;

function version(use: WorkflowUse): Finding[] {
  const { repository, ref, what } = use;
  if (repository === '') return [];
  const named = `${repository}: ${what}`;
  if (ref === undefined || ref === '')
    return [
      {
        about: 'version',
        status: 'fail',
        what: `${named} is used without a version, which GitHub refuses`,
        fix: 'add @v0, or @ and a commit',
        ...at(use),
      },
    ];
  if (!BRANCH.test(ref)) return [];
  return [
    {
      ...{ about: 'version', status: 'warn', ...at(use) },
      what: `${named} is used at the branch ${ref}, so it changes without a change of yours`,
      fix: 'name a version, such as @v0, or a full commit',
    },
  ];
}

function unknownInputs(use: WorkflowUse, tables: CallTables): Finding[] {
  const known = isReusable(use.what) ? CALLED[use.what].inputs : Object.keys(tables[use.what] ?? {});
  return (use.with?.entries ?? [])
    .filter(([name]) => !known.includes(name))
    .map(([name, { line }]) => ({
      ...{ about: 'inputs' as const, status: 'fail' as const, file: use.workflow.file, line },
      what: `${use.what} has no input ${name}${isReusable(use.what) ? ', so GitHub does not start the workflow' : ', and GitHub leaves it out'}`,
      fix: nearestOr(name, known),
    }));
}

function nearestOr(name: string, known: readonly string[]): string {
  const best = nearest(name, known);
  return best === undefined ? `remove it; there are: ${known.join(', ')}` : `did you mean ${best}?`;
}

/** Values that an action would refuse, as far as they are not expressions. */
function values(use: WorkflowUse, tables: CallTables): Finding[] {
  if (isReusable(use.what)) return [];
  return (use.with?.entries ?? []).flatMap(([name]): Finding[] => {
    const input = tables[use.what]?.[name];
    if (input === undefined) return [];
    try {
      const layer = { values: { [name]: given(use, name) }, where: () => name };
      parseInputs({ [name]: { ...input, required: false } }, [layer]);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.problems.map(({ what, fix }) => ({
        ...{ about: 'inputs', status: 'fail', ...at(use, name) },
        what: `${name}: ${what}`,
        fix: fix ?? `write ${input.kind.label}`,
      }));
    }
  });
}

function operation(use: WorkflowUse): Finding[] {
  if (!isReusable(use.what)) return [];
  const { operations } = CALLED[use.what];
  const asked = given(use, 'operation');
  if (asked === undefined || operations.length === 0 || operations.includes(asked)) return [];
  return [
    {
      ...{ about: 'inputs', status: 'fail', ...at(use, 'operation') },
      what: `${use.what} has no operation ${JSON.stringify(asked)}`,
      fix: suggestion(asked, operations),
    },
  ];
}

/** Stages that look at the repository, not at a model. */
const ALONE = ['auto', 'doctor', 'matrix', 'report'];

function stages(use: WorkflowUse, tables: CallTables): Finding[] {
  if (use.what !== 'root' || !Object.hasOwn(tables.root ?? {}, 'stage')) return [];
  const names = stagesOf(use);
  const known = [...ALONE, ...STAGE_NAMES];
  if (names === 'auto') return [];
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      ...{ about: 'inputs' as const, status: 'fail' as const, ...at(use, 'stage') },
      what: `there is no stage ${JSON.stringify(name)}`,
      fix: suggestion(name, known),
    }));
}

function model(use: WorkflowUse, config: Config | null): Finding[] {
  const name = given(use, 'name');
  const models = (config?.models ?? []).filter((one) => one !== '');
  if (name === undefined || models.length === 0 || models.includes(name)) return [];
  return [
    {
      ...{ about: 'inputs', status: 'fail', ...at(use, 'name') },
      what: `${config?.file} has no model ${JSON.stringify(name)}`,
      fix: suggestion(name, models),
    },
  ];
}

function sections(use: WorkflowUse, config: Config | null): Finding[] {
  if (config === null || given(use, 'config') !== undefined) return [];
  const name = given(use, 'name');
  const models = name !== undefined && config.models.includes(name) ? [name] : config.models;
  const has = (section: string) => models.some((one) => config.stages(one).includes(section));
  return sectionsNeeded(use)
    .filter((choice) => !choice.some(has))
    .map((choice) => ({
      ...{ about: 'sections' as const, status: 'fail' as const, ...at(use) },
      what: `${use.workflow.name} runs ${use.what}, and ${config.file} has no section ${choice.join(' or ')}`,
      fix: `add the section ${choice[0]} to ${config.file}, or remove ${use.workflow.file}`,
    }));
}

function secrets({ job, what, workflow }: WorkflowUse): Finding[] {
  if (job.uses === undefined || job.secrets === undefined || !isReusable(what)) return [];
  const file = workflow.file;
  if (job.secrets.text === 'inherit')
    return [
      {
        ...{ about: 'secrets', status: 'warn', file, line: job.secrets.line },
        what: `job ${job.id} hands over all secrets of the repository (secrets: inherit)`,
        fix: `name those that it needs: secrets: { ${CALLED[what].secrets.map((name) => `${name}: …`).join(', ')} }`,
      },
    ];
  return job.secrets.entries
    .filter(([name]) => !CALLED[what].secrets.includes(name))
    .map(([name, { line }]) => ({
      ...{ about: 'secrets' as const, status: 'fail' as const, file, line },
      what: `${what} takes no secret ${name}, so GitHub does not start the workflow`,
      fix: suggestion(name, CALLED[what].secrets),
    }));
}
