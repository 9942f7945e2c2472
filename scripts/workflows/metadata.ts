/**
 * What actionlint and zizmor do not know about our workflows, templates and actions: that each name of ours exists, that a
 * caller grants what the workflow asks for, that each permission has its reason, and that a template is what its user needs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { parse } from 'yaml';
import { suggestion } from '../../shared/problem/nearest.ts';
import { pathIn } from './rewrite.ts';

type Map<T> = Readonly<Record<string, T>>;
interface Step {
  readonly uses?: string;
  readonly with?: Map<unknown>;
}
interface Job extends Step {
  readonly steps?: readonly Step[];
  readonly permissions?: Map<string>;
  readonly secrets?: Map<unknown> | string;
}
interface Workflow {
  readonly on?: {
    readonly workflow_call?: { readonly inputs?: Map<unknown>; readonly secrets?: Map<unknown> };
  };
  readonly permissions?: unknown;
  readonly jobs: Map<Job>;
}

const TEMPLATE_LINES = 40;
const RANK: Map<number> = { none: 0, read: 1, write: 2 };

/** Reads a file of the repository; undefined if it is not there. A test gives other texts. */
export type Read = (path: string) => string | undefined;

const fromDisk: Read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** All problems of the workflows, templates and actions of this repository. */
export function metadataProblems(): string[] {
  const workflows = globSync(
    ['.github/workflows/*.yml', 'workflows-templates/*.yml', 'examples/*/.github/workflows/*.yml'],
    { dot: true },
  );
  return [
    ...workflows.sort().flatMap((path) => workflowProblems(path, fromDisk)),
    ...globSync('workflows-templates/*.yml').flatMap((path) => templateProblems(path, fromDisk)),
    ...globSync(['actions/*/action.yml', 'examples/*/.github/ml-loop/setup/action.yml'], {
      dot: true,
    }).flatMap((path) => compositeProblems(path, fromDisk)),
  ];
}

/** Problems of one workflow. */
export function workflowProblems(path: string, read: Read): string[] {
  const text = read(path) ?? '';
  const { jobs, permissions } = parse(text) as Workflow;
  const at = (problem: string) => `${path}: ${problem}`;
  return [
    ...(JSON.stringify(permissions) === '{}'
      ? []
      : ['begin with `permissions: {}`, and give each job its own']),
    ...uncommented(text, /^ {6}[a-z-]+: (?:read|write)/, 'say why the job needs it, in a comment'),
    ...unpinned(text),
    ...Object.entries(jobs).flatMap(([id, job]) => jobProblems(id, job, read)),
  ].map(at);
}

/** The lines that match and have no comment. */
function uncommented(text: string, pattern: RegExp, advice: string): string[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => pattern.test(line) && !line.includes('#'))
    .map(({ line, number }) => `line ${number}: \`${line.trim()}\`: ${advice}`);
}

/** Actions of others that are not named by their commit, with the version in a comment. */
function unpinned(text: string): string[] {
  const uses = /^\s*(?:- )?uses: (\S+)/;
  return text.split('\n').flatMap((line, index) => {
    const name = uses.exec(line)?.[1];
    const known = name === undefined || name.startsWith('./') || pathIn(name) !== undefined;
    if (known || /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)) return [];
    return [`line ${index + 1}: name ${name} by its commit, with the version in a comment`];
  });
}

function jobProblems(id: string, job: Job, read: Read): string[] {
  const steps = [job, ...(job.steps ?? [])];
  const named = steps.flatMap((step) => nameProblems(step, read));
  const path = pathIn(job.uses ?? '');
  const asked = path === undefined ? {} : permissionsOf(path, read);
  const lacking = Object.entries(asked)
    .filter(([scope, right]) => (RANK[job.permissions?.[scope] ?? 'none'] ?? 0) < (RANK[right] ?? 0))
    .map(
      ([scope, right]) =>
        `grant \`${scope}: ${right}\`, which ${path} asks for: GitHub refuses the run without it`,
    );
  const unused = Object.keys(path === undefined ? {} : (job.permissions ?? {}))
    .filter((scope) => asked[scope] === undefined)
    .map((scope) => `\`${scope}\` is granted, and ${path} does not ask for it`);
  return [...named, ...lacking, ...unused].map((problem) => `job ${id}: ${problem}`);
}

/** Names of ours that do not exist: the action or workflow, and what is given to it. */
function nameProblems({ uses, with: given, secrets }: Job, read: Read): string[] {
  const path = pathIn(uses ?? '');
  if (path === undefined) return [];
  const isWorkflow = path.endsWith('.yml');
  const file = isWorkflow ? path : `${path === '' ? '' : `${path}/`}action.yml`;
  const text = read(file);
  if (text === undefined) return [`there is no ${file}`];
  const called = (parse(text) as Workflow).on?.workflow_call;
  const inputs = isWorkflow ? called?.inputs : (parse(text) as { inputs?: Map<unknown> }).inputs;
  const unknown = (what: string, names: object | undefined, known: object | undefined) =>
    Object.keys(names ?? {})
      .filter((name) => !(name in (known ?? {})))
      .map((name) => `${path} has no ${what} ${name}: ${suggestion(name, Object.keys(known ?? {}))}`);
  return [
    ...unknown('input', given, inputs),
    ...(typeof secrets === 'string'
      ? ['name the secrets: `inherit` hands over all of them']
      : unknown('secret', secrets, called?.secrets)),
  ];
}

/** What the jobs of a reusable workflow ask for, with those of the workflows that it calls. */
export function permissionsOf(path: string, read: Read): Map<string> {
  const asked: Record<string, string> = {};
  const { jobs } = parse(read(path) ?? 'jobs: {}') as Workflow;
  for (const { permissions = {}, uses = '' } of Object.values(jobs)) {
    const called = pathIn(uses);
    for (const [scope, right] of Object.entries({
      ...permissions,
      ...(called ? permissionsOf(called, read) : {}),
    }))
      if ((RANK[right] ?? 0) > (RANK[asked[scope] ?? 'none'] ?? 0)) asked[scope] = right;
  }
  return asked;
}

/** Problems of a template as something that a person copies. */
export function templateProblems(path: string, read: Read): string[] {
  const text = read(path) ?? '';
  const lines = text.trimEnd().split('\n').length;
  const properties = read(path.replace(/yml$/, 'properties.json'));
  const told = properties === undefined ? {} : (JSON.parse(properties) as Map<unknown>);
  return [
    ...(lines > TEMPLATE_LINES ? [`has ${lines} lines, and ${TEMPLATE_LINES} is the most`] : []),
    ...['name', 'description', 'iconName', 'categories', 'filePatterns']
      .filter((key) => told[key] === undefined)
      .map((key) => `its .properties.json has no \`${key}\``),
    ...uncommented(text, /^ +(?:- cron|branches|types): /, 'say what to put here, in a comment'),
    ...uncommented(
      text,
      /^ {6}(?!operation)[a-z-]+: (?!\$\{\{|read|write|\{ type)/,
      'say what to put here, in a comment',
    ),
  ].map((problem) => `${path}: ${problem}`);
}

/** Inputs of a composite action that are declared or used, and not both. */
export function compositeProblems(path: string, read: Read): string[] {
  const text = read(path) ?? '';
  const { inputs = {}, runs } = parse(text) as { inputs?: Map<unknown>; runs: { using: string } };
  if (runs.using !== 'composite') return [];
  const used = new Set([...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name as string));
  return [
    ...[...used]
      .filter((name) => !(name in inputs))
      .map((name) => `the input ${name} is used and not declared`),
    ...Object.keys(inputs)
      .filter((name) => !used.has(name))
      .map((name) => `the input ${name} is declared and not used`),
    ...unpinned(text),
  ].map((problem) => `${path}: ${problem}`);
}
