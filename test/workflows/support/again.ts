/**
 * Another attempt of single jobs of a run, as GitHub has it: they run again with all jobs that need them, and the others keep
 * the results and outputs of the attempt before.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ActRun } from './act.ts';

interface Job {
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly steps?: readonly { readonly id?: string }[];
}

interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

/**
 * The reusable workflows, by file, with every job that does not run again made to say what it said.
 *
 * @param again the ids of the jobs, which no two of the workflows have in common
 * @param folder for the outputs of the other jobs
 */
export function againOnly(
  texts: ReadonlyMap<string, string>,
  again: readonly string[],
  { first, folder }: { readonly first: ActRun; readonly folder: string },
): Map<string, string> {
  mkdirSync(folder, { recursive: true });
  const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]));
  const all = new Set(again);
  for (let before = -1; before < all.size; ) {
    before = all.size;
    for (const { jobs } of workflows.values()) addDependents(jobs, all, workflows);
  }
  return new Map(
    [...workflows].map(([file, workflow]) => {
      const jobs = Object.entries(workflow.jobs).map(([id, job]) => [
        id,
        all.has(id) || job.uses !== undefined ? job : repeated(id, job, { first, folder }),
      ]);
      return [file, stringify({ ...workflow, jobs: Object.fromEntries(jobs) })];
    }),
  );
}

/** Adds the jobs that need one that runs again, and those of a workflow that such a job calls. */
function addDependents(
  jobs: Workflow['jobs'],
  all: Set<string>,
  workflows: ReadonlyMap<string, Workflow>,
): void {
  for (const [id, { needs = [], uses = '' }] of Object.entries(jobs)) {
    if ([needs].flat().some((needed) => all.has(needed))) all.add(id);
    if (!all.has(id)) continue;
    const called = [...workflows].find(([file]) => uses.includes(`/${file}@`))?.[1].jobs ?? {};
    for (const inner of Object.keys(called)) all.add(inner);
  }
}

/** The job with steps that give the outputs of the attempt before, and fail if it failed. */
function repeated(
  id: string,
  job: Job,
  { first, folder }: { readonly first: ActRun; readonly folder: string },
): object {
  const result = first.results[id];
  const steps = (job.steps ?? []).flatMap(({ id: step }) => {
    const outputs = first.outputs[`${id}.${step}`];
    if (outputs === undefined) return [];
    const file = join(folder, `${id}.${step}`);
    const lines = Object.entries(outputs).map(([name, value]) => `${name}<<END-OF-IT\n${value}\nEND-OF-IT\n`);
    writeFileSync(file, lines.join(''));
    return [{ id: step, shell: 'bash', run: `cat '${file}' >>"$GITHUB_OUTPUT"` }];
  });
  const last = { shell: 'bash', run: result === 'failure' ? 'exit 1' : 'true' };
  return { ...job, ...(result === undefined ? { if: false } : {}), steps: [...steps, last] };
}
