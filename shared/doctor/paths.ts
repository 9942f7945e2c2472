/** The files that ml-loop.yml and the workflows name. */
import type { Config } from '../config/config.ts';
import type { ActionName } from '../inputs/table.ts';
import type { Commands, Files } from '../ports/ports.ts';
import { MissingFile, UserError } from '../problem/problem.ts';
import type { Finding } from './finding.ts';
import { isHosted, type WorkflowUse } from './uses.ts';

interface Named {
  readonly input: string;
  readonly pattern: string;
  readonly file: string;
  readonly line: number;
}

/** Inputs that name files of the repository, which are there before anything is trained. */
const FILES: readonly (readonly [ActionName, string])[] = [
  ['validate-data', 'data'],
  ['validate-data', 'contract'],
  ['validate-data', 'reference'],
];
/** Inputs that name files that training writes. */
const TRAINED: readonly (readonly [ActionName, string])[] = [
  ['validate-model', 'test-data'],
  ['validate-model', 'candidate'],
  ['validate-model', 'model'],
];
const IN_WORKFLOWS = ['requirements', 'dockerfile'];

/** Files that are not there, or that git ignores so that a job does not have them. */
export async function pathFindings(
  uses: readonly WorkflowUse[],
  config: Config | null,
  { files, commands }: { readonly files: Files; readonly commands: Commands },
): Promise<Finding[]> {
  const sets = (name: string) => uses.some(({ with: values }) => (values?.get(name)?.text ?? '') !== '');
  const steps = uses.some(({ job }) => job.steps.some(({ run }) => run !== undefined));
  // What a command of the job writes cannot be there yet.
  const prepares = sets('install') || steps;
  const wanted = [...(prepares ? [] : FILES), ...(prepares || sets('train') ? [] : TRAINED)];
  const named = [...inConfig(config, wanted), ...inWorkflows(uses)];
  const status = uses.length > 0 && !uses.some(isHosted) ? 'warn' : 'fail';
  const findings = await Promise.all(named.map((one) => findingAt(one, files, status)));
  const there = named.filter((_, index) => findings[index] === undefined);
  return [...findings.filter((one) => one !== undefined), ...(await ignored(there, commands))];
}

function inConfig(config: Config | null, wanted: readonly (readonly [ActionName, string])[]): Named[] {
  return (config?.models ?? []).flatMap((model) =>
    wanted.flatMap(([action, input]) => {
      if (config === null || !config.stages(model).includes(action)) return [];
      const layer = config
        .layers(model, action)
        .find(({ values }) => values[input] !== undefined && values[input] !== null);
      const value = layer?.values[input];
      const line = Number(/:(\d+)/.exec(layer?.where(input) ?? '')?.[1] ?? 1);
      return [value]
        .flat()
        .flatMap((pattern) => (isPath(pattern) ? [{ input, pattern, file: config.file, line }] : []));
    }),
  );
}

/** Not a reference to a registry or a store. */
function isPath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    !/^(model:|s3:|gs:|az:|hf:|oci:|https?:)/.test(value) &&
    !value.includes('${{')
  );
}

function inWorkflows(uses: readonly WorkflowUse[]): Named[] {
  return uses.flatMap(({ with: values, workflow }) =>
    IN_WORKFLOWS.flatMap((input) => {
      const place = values?.get(input);
      const pattern = place?.text ?? '';
      return pattern === '' || !isPath(pattern)
        ? []
        : [{ input, pattern, file: workflow.file, line: place?.line ?? 1 }];
    }),
  );
}

async function findingAt(
  { input, pattern, file, line }: Named,
  files: Files,
  status: 'warn' | 'fail',
): Promise<Finding | undefined> {
  const place = { about: 'paths', status, file, line } as const;
  try {
    await files.glob([pattern]);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const what =
      error instanceof MissingFile
        ? `${input}: nothing is at ${pattern}`
        : `${input}: ${error.problems[0]?.what ?? 'cannot be read'}`;
    return {
      ...place,
      what,
      fix: `add the file, or correct the path; paths start at working-directory${status === 'warn' ? '. If your runner has the file, all is well' : ''}`,
    };
  }
}

async function ignored(named: readonly Named[], commands: Commands): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { input, pattern, file, line } of named) {
    if (!(await isIgnored(pattern, commands))) continue;
    found.push({
      ...{ about: 'paths', status: 'fail', file, line },
      what: `${input}: git ignores ${pattern}, so a job does not have it`,
      fix: `remove it from .gitignore and commit it, or let the input install of the workflow fetch it`,
    });
  }
  return found;
}

/** Without git, or outside of a repository, nothing is ignored. */
async function isIgnored(path: string, commands: Commands): Promise<boolean> {
  try {
    return (await commands.run(['git', 'check-ignore', '-q', '--', path])).exitCode === 0;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
