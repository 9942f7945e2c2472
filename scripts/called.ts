/** What callers of the reusable workflows must know, from the workflows themselves: `shared/schema/generated/called.js`. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const NAMES = ['ml-ci', 'ml-cd', 'ml-ct'] as const;

interface Job {
  readonly name?: string;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly { readonly name?: string; readonly run?: string }[];
}

interface Workflow {
  readonly on: { readonly workflow_call: { readonly inputs?: object; readonly secrets?: object } };
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The module's text, and its types. */
export function calledFiles(): readonly (readonly [path: string, text: string])[] {
  const called = Object.fromEntries(NAMES.map((name) => [name, factsOf(read(name))]));
  const types = [
    'export interface Called {',
    '  readonly inputs: readonly string[];',
    '  readonly secrets: readonly string[];',
    "  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;",
    '  /** What its input `operation` may be. */',
    '  readonly operations: readonly string[];',
    '  /** The names of its jobs, as a check shows them after the name of the job that calls. */',
    '  readonly jobs: readonly string[];',
    '}',
    `export declare const CALLED: Readonly<Record<${NAMES.map((name) => `'${name}'`).join(' | ')}, Called>>;`,
  ];
  return [
    ['shared/schema/generated/called.js', `export const CALLED = ${JSON.stringify(called, null, 2)};\n`],
    ['shared/schema/generated/called.d.ts', `${types.join('\n')}\n`],
  ];
}

function read(name: string): Workflow {
  return parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')) as Workflow;
}

function factsOf({ on, jobs }: Workflow) {
  const { inputs = {}, secrets = {} } = on.workflow_call;
  return {
    inputs: Object.keys(inputs),
    secrets: Object.keys(secrets),
    permissions: most(Object.values(jobs).map(({ permissions = {} }) => permissions)),
    operations: Object.values(jobs).flatMap(operationsOf),
    jobs: Object.entries(jobs).flatMap(([id, job]) => jobNames(id, job)),
  };
}

/** The operations that the step which checks them lets pass. */
function operationsOf({ steps = [] }: Job): string[] {
  const check = steps.find(({ name }) => name === 'Is the operation known?')?.run ?? '';
  return /^\s*(\w+(?: \| \w+)*)\) ;;$/m.exec(check)?.[1]?.split(' | ') ?? [];
}

function jobNames(id: string, { name = id, uses = '' }: Job): string[] {
  const [, inner] = /\/(ml-[a-z]+)\.yml$/.exec(uses) ?? [];
  if (inner === undefined) return [name];
  return Object.entries(read(inner).jobs).flatMap(([under, job]) =>
    jobNames(under, job).map((each) => `${name} / ${each}`),
  );
}

/** GitHub grants a called workflow at most what its caller has, so a caller needs the most that any job asks for. */
function most(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, level] of all.flatMap((one) => Object.entries(one)))
    if (level !== 'none' && found[name] !== 'write') found[name] = level;
  return found;
}
