/** Is the gate of .github/workflows/ci.yml complete? It needs every other job, and the jobs run all that .ci/run does. */
import { parse } from 'yaml';

interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly steps?: readonly { readonly run?: string; readonly env?: Readonly<Record<string, string>> }[];
}

/** Each way in which a commit could pass the gate without all of its checks; empty if there is none. */
export function gateProblems(workflow: string, gate: string): string[] {
  const { jobs } = parse(workflow) as { jobs: Readonly<Record<string, Job>> };
  const { gate: last, ...others } = jobs;
  if (last === undefined) return ['ci.yml has no job `gate`'];
  const needs = [last.needs ?? []].flat();
  const run = Object.values(others).flatMap(({ steps = [] }) => steps.map((step) => step.run ?? ''));
  const step = last.steps?.[0];
  return [
    ...Object.keys(others)
      .filter((job) => !needs.includes(job))
      .map((job) => `the job \`gate\` does not need \`${job}\``),
    ...needs
      .filter((job) => !(job in others))
      .map((job) => `there is no job \`${job}\`, which \`gate\` needs`),
    ...(last.if === 'always()'
      ? []
      : ['the job `gate` must have `if: always()`: if it is skipped, it counts as passed']),
    ...(JSON.stringify(step?.env ?? {}).includes('needs.*.result') && /= success \]/.test(step?.run ?? '')
      ? []
      : ['the job `gate` does not compare each result with success']),
    ...commandsOf(gate)
      .filter((command) => !run.some((text) => text.includes(command)))
      .map((command) => `no job runs \`${command}\`, which .ci/run does`),
  ];
}

function commandsOf(script: string): string[] {
  return [...script.matchAll(/^(npm (?:run )?[\w:]+)/gm)].map(([, command = '']) => command);
}
