/** Looks at a set-up of ml-loop, and says what is wrong with it. */
import { type Config, loadConfig } from '../config/config.ts';
import { COMMON_INPUTS } from '../inputs/common.ts';
import { parseInputs } from '../inputs/parse.ts';
import { ACTION_NAMES } from '../inputs/table.ts';
import type { Ports } from '../ports/ports.ts';
import { MissingFile, UserError } from '../problem/problem.ts';
import type { Check } from '../verdict/verdict.ts';
import type { SetUp } from './asked.ts';
import { type CallTables, callFindings } from './calls.ts';
import { type Finding, findingChecks, findingOf, type SetUpSubject, SUBJECTS } from './finding.ts';
import { gitHubFindings, notAsked } from './github.ts';
import { jobFindings } from './jobs.ts';
import { pathFindings } from './paths.ts';
import { permissionFindings } from './permissions.ts';
import { triggerFindings } from './triggers.ts';
import { usesOf } from './uses.ts';
import { type Workflow, workflowOf } from './workflow.ts';

export interface Examination {
  readonly checks: readonly Check[];
  /** How many workflow files use ml-loop. */
  readonly workflows: number;
}

const FOLDER = '.github/workflows';

/** @param asks may GitHub be asked: is there a token? */
export async function examine(
  ports: Ports,
  tables: CallTables,
  file: string,
  asks: boolean,
): Promise<Examination> {
  const { config, findings: broken } = await configOf(ports, tables, file);
  const { workflows, findings: unread } = await workflowsOf(ports);
  const uses = workflows.flatMap(usesOf);
  const used = new Set(uses.map(({ workflow }) => workflow));
  const findings = [
    ...broken,
    ...unread,
    ...(uses.length === 0 ? [unused(workflows)] : []),
    ...callFindings(uses, tables, config),
    ...permissionFindings(uses, config),
    ...triggerFindings(workflows, uses, config),
    ...jobFindings(uses, config, ports.runner),
    ...(await pathFindings(uses, config, ports)),
    ...(asks ? await onGitHub(ports, { workflows, uses, config }) : [withoutToken()]),
  ];
  // What only GitHub knows does not pass unasked.
  const unasked: readonly SetUpSubject[] = asks ? [] : ['environments', 'github'];
  const subjects = (Object.keys(SUBJECTS) as SetUpSubject[]).filter((subject) => !unasked.includes(subject));
  return { checks: findingChecks(findings, uses.length === 0 ? ['config'] : subjects), workflows: used.size };
}

/** On a machine of one's own the remote `origin` says which repository it is. */
async function onGitHub(ports: Ports, setUp: SetUp): Promise<Finding[]> {
  const name = ports.runner.repository ?? (await originOf(ports.commands));
  if (name === undefined)
    return [
      notAsked(
        'GitHub was not asked, because git has no remote `origin` that names the repository',
        'add the remote, or set the environment variable GITHUB_REPOSITORY to OWNER/REPO',
      ),
    ];
  return gitHubFindings(await ports.repository(name), setUp, ports.clock.now());
}

async function originOf(commands: Ports['commands']): Promise<string | undefined> {
  try {
    const { stdout } = await commands.run(['git', 'remote', 'get-url', 'origin']);
    return /[:/]([^/:\s]+\/[^/\s]+?)(\.git)?\/?\s*$/.exec(stdout)?.[1];
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function withoutToken(): Finding {
  return notAsked(
    'GitHub was not asked: environments, secrets, settings and required checks were not looked at',
    'give --github-token, such as --github-token "$(gh auth token)"',
  );
}

function unused(workflows: readonly Workflow[]): Finding {
  return {
    ...{ about: 'workflows', status: 'warn' },
    what:
      workflows.length === 0
        ? `there is no workflow in ${FOLDER}`
        : `none of the ${workflows.length} workflows in ${FOLDER} uses ml-loop`,
    fix: 'run `ml-loop init`, or copy a template of workflows-templates/',
  };
}

async function configOf(
  { files }: Ports,
  tables: CallTables,
  file: string,
): Promise<{ config: Config | null; findings: Finding[] }> {
  if (!(await files.exists(file)))
    return {
      config: null,
      findings: [
        {
          about: 'config',
          status: 'fail',
          what: `there is no ${file}`,
          fix: 'run `ml-loop init`, or write one (docs/files.md)',
        },
      ],
    };
  try {
    const { root: _, ...actions } = tables;
    const config = loadConfig(await files.readText(file), file, actions, COMMON_INPUTS);
    return { config, findings: config.models.flatMap((model) => inputFindings(config, model, actions)) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { config: null, findings: error.problems.map((problem) => findingOf('config', problem)) };
  }
}

/** Values that the actions would refuse. An input that a workflow may still give is not missing. */
function inputFindings(config: Config, model: string, tables: CallTables): Finding[] {
  return ACTION_NAMES.filter((action) => config.stages(model).includes(action)).flatMap((action) => {
    try {
      const table = Object.fromEntries(
        Object.entries(tables[action] ?? {}).map(([name, input]) => [name, { ...input, required: false }]),
      );
      parseInputs(table, config.layers(model, action));
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.problems.map((problem) => findingOf('config', problem));
    }
  });
}

async function workflowsOf({ files }: Ports): Promise<{ workflows: Workflow[]; findings: Finding[] }> {
  const read = await Promise.all(
    (await namesOf(files)).map(async (file) => workflowOf(file, await files.readText(file))),
  );
  return {
    workflows: read.filter((one): one is Workflow => 'jobs' in one),
    findings: read.filter((one): one is Finding => !('jobs' in one)),
  };
}

async function namesOf(files: Ports['files']): Promise<string[]> {
  const found = await Promise.all(
    ['yml', 'yaml'].map((extension) =>
      files.glob([`${FOLDER}/*.${extension}`]).catch((error: unknown) => {
        if (error instanceof MissingFile) return [];
        throw error;
      }),
    ),
  );
  return found.flat().sort();
}
