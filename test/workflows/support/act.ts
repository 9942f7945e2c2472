/** Runs a workflow with act, in host mode: steps are processes of this machine, and every job has a copy of the clone. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { programOf } from '../../../scripts/go-tool.ts';
import { ACT } from '../../../scripts/workflow-tools.ts';
import { NODES } from '../../support/bundle.ts';
import { localRepositories } from './uses.ts';

export interface ActOptions {
  /** The clone; act copies it for each job. */
  readonly clone: string;
  /** A folder for what act keeps while it runs. */
  readonly scratch: string;
  readonly workflow: string;
  readonly event: { readonly name: string; readonly payload: unknown };
  readonly runId: string;
  readonly attempt: number;
  readonly actor: string;
  /** The folder of ml-loop as a release of it is. */
  readonly release: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

export type Result = 'success' | 'failure' | 'skipped' | 'cancelled';

export interface StepResult {
  readonly job: string;
  readonly step: string;
  readonly id: string;
  readonly result: Result;
}

export interface ActRun {
  readonly workflow: string;
  readonly runId: string;
  readonly exit: number;
  /** Results by job, as `release` or, within a reusable workflow, `ml-cd/release`; a job that was skipped is not here. */
  readonly jobs: Readonly<Record<string, Result>>;
  /** Results by the id that the job has in its workflow; of the jobs of a matrix the worst. */
  readonly results: Readonly<Record<string, Result>>;
  readonly steps: readonly StepResult[];
  /** Outputs of steps by `JOB.STEP`. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly annotations: readonly { readonly level: string; readonly text: string }[];
  readonly summary: string;
  readonly log: string;
}

/** One line of `act --json`. */
interface Line {
  readonly level?: string;
  readonly msg?: string;
  readonly job?: string;
  readonly jobID?: string;
  readonly step?: string;
  readonly stepID?: readonly string[];
  readonly stepResult?: Result;
  readonly jobResult?: Result;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly raw_output?: boolean;
}

export async function runAct(options: ActOptions): Promise<ActRun> {
  const { clone, scratch, workflow, event } = options;
  mkdirSync(scratch, { recursive: true });
  const payload = join(scratch, 'event.json');
  writeFileSync(payload, JSON.stringify(event.payload));
  const argv = [
    event.name,
    '--workflows',
    `.github/workflows/${workflow}`,
    '--json',
    '--eventpath',
    payload,
    ...['ubuntu-latest', 'ubuntu-24.04', 'self-hosted'].flatMap((label) => ['-P', `${label}=-self-hosted`]),
    '--actor',
    options.actor,
    '--pull=false',
    '--no-cache-server',
    '--artifact-server-addr',
    '127.0.0.1',
    '--action-cache-path',
    join(scratch, 'cache'),
    ...localRepositories(clone, options.release).flatMap((each) => ['--local-repository', each]),
    ...pairs('--env', {
      GITHUB_RUN_ID: options.runId,
      GITHUB_RUN_ATTEMPT: String(options.attempt),
      ...options.env,
    }),
    ...pairs('--secret', options.secrets),
    ...pairs('--var', options.variables ?? {}),
  ];
  const lines: Line[] = [];
  const exit = await ended(argv, scratch, clone, lines);
  rmSync(join(scratch, 'cache'), { recursive: true, force: true });
  return { workflow, runId: options.runId, exit, ...told(lines) };
}

function pairs(flag: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

async function ended(argv: readonly string[], scratch: string, cwd: string, lines: Line[]): Promise<number> {
  const home = join(scratch, 'home');
  mkdirSync(join(home, '.config/act'), { recursive: true });
  // Without this file act asks for the image of its runners, also if it needs none.
  writeFileSync(join(home, '.config/act/actrc'), '');
  const child = spawn(resolve(programOf(ACT)), argv, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // act runs JavaScript actions with the first `node` on the path, whatever they name.
    env: {
      PATH: `${dirname(NODES[24])}:${process.env.PATH}`,
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
    },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (text) => lines.push(parsed(text)));
  const code = await new Promise<number>((done, failed) => {
    child.once('error', failed);
    child.once('close', (status) => done(status ?? -1));
  });
  process.off('exit', kill);
  return code;
}

function parsed(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}

function told(lines: readonly Line[]): Omit<ActRun, 'workflow' | 'runId' | 'exit'> {
  const jobs: Record<string, Result> = {};
  const results: Record<string, Result> = {};
  const outputs: Record<string, Record<string, string>> = {};
  const steps: StepResult[] = [];
  const annotations: { level: string; text: string }[] = [];
  const summaries: string[] = [];
  for (const line of lines) {
    const { job = '', step = '', stepID = [], command, arg = '', name = '' } = line;
    const id = stepID.join('.');
    if (line.jobResult !== undefined) {
      const { jobID = '', jobResult } = line;
      jobs[shortened(job)] = jobResult;
      if (results[jobID] !== 'failure') results[jobID] = jobResult;
    }
    if (line.stepResult !== undefined) steps.push({ job: shortened(job), step, id, result: line.stepResult });
    if (command === 'set-output') {
      const key = `${line.jobID}.${id}`;
      outputs[key] = { ...outputs[key], [name]: arg };
    }
    if (command === 'error' || command === 'warning' || command === 'notice')
      annotations.push({ level: command, text: arg });
    if (command === 'summary') summaries.push(line.content ?? '');
  }
  const log = lines
    .map(({ msg = '', job = '', step = '' }) => `${[job, step].filter(Boolean).join(': ')}| ${msg.trimEnd()}`)
    .join('\n');
  return { jobs, results, steps, outputs, annotations, summary: summaries.join('\n'), log };
}

/** act writes `WORKFLOW/JOB`, with blanks after it. */
function shortened(job: string): string {
  return job
    .trim()
    .split('/')
    .slice(1)
    .map((part) => part.trim())
    .join('/');
}
