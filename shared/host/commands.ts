import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { CommandOptions, CommandResult, Commands } from '../ports/ports.ts';
import { systemCode, UserError } from '../problem/problem.ts';

/** What a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** What is kept of a stream if nothing else is asked for. */
const KEPT_BYTES = 64 * 1024;

/**
 * Commands of users, without a shell. `@actions/exec` has no time limit and cannot end a process with its children, which
 * a `predict` command or a smoke test needs; hence Node's own `spawn`, in a process group of its own.
 */
export class ChildCommands implements Commands {
  readonly #cwd: string;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { env = {}, timeoutMs, stdin, keptBytes = KEPT_BYTES, show } = options;
    const [program, ...rest] = argv;
    if (program === undefined) throw new UserError({ what: 'the command is empty' });
    if (rest.length === 0 && /\s/.test(program)) {
      throw new UserError({
        what: `${JSON.stringify(program)} is one text, and no shell splits it into arguments`,
        fix: `write a list of arguments: ${JSON.stringify(program.split(/\s+/))}`,
      });
    }
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, {
        cwd: this.#cwd,
        env: { ...ownOf(process.env), ...env },
        stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
      });
      const stdout = keep(child.stdout, keptBytes);
      const stderr = keep(child.stderr, keptBytes);
      if (show !== undefined)
        for (const stream of [child.stdout, child.stderr]) if (stream !== null) showLines(stream, show);
      // A program may end without having read what it was given; its exit code says whether that is well.
      child.stdin?.on('error', () => {}).end(stdin);
      let timedOut = false;
      const timer = setTimeout(
        () => {
          timedOut = true;
          killGroup(child.pid);
        },
        Math.min(timeoutMs ?? LONGEST_MS, LONGEST_MS),
      );
      const forget = endWithThisProcess(child.pid);
      const ended = () => {
        clearTimeout(timer);
        forget();
      };
      child.on('error', (error) => {
        ended();
        reject(
          new UserError({
            what: `cannot be started (${systemCode(error) ?? error.message})`,
            where: program,
          }),
        );
      });
      child.on('close', (code, signal) => {
        ended();
        resolve({
          exitCode: code ?? (signal === null ? 1 : 128),
          stdout: stdout.text(),
          stderr: stderr.text(),
          timedOut,
          truncated: stdout.isFull(),
        });
      });
    });
  }
}

/**
 * What is the step's own: its inputs and state, which hold the token; the tokens of the runner's services; and the files
 * through which a program would speak for the step, or change later ones.
 */
const OF_THE_STEP =
  /^(INPUT_.*|STATE_.*|ACTIONS_(RUNTIME|RESULTS|CACHE)_.*|GITHUB_(OUTPUT|STATE|ENV|PATH|STEP_SUMMARY))$/i;

/** A user's command gets the environment that the user gave the step, secrets in it included, and nothing of the step's own. */
function ownOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OF_THE_STEP.test(name)));
}

function keep(stream: NodeJS.ReadableStream | null, most: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk.subarray(0, most - size));
    size += chunk.length;
  });
  return { text: () => Buffer.concat(chunks).toString('utf8'), isFull: () => size > most };
}

/** Lines as they come; what is left without a line break at the end is one, too. */
function showLines(stream: Readable, show: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', show);
}

const running = new Set<number>();

function endAll(): void {
  for (const pid of running) killGroup(pid);
}

/**
 * A run that is cancelled ends what it has started, which a signal to its own group does not reach. However many run at
 * once, the process has one listener.
 *
 * @returns what to call when the child has ended.
 */
function endWithThisProcess(pid: number | undefined): () => void {
  if (pid === undefined) return () => {};
  if (running.size === 0) process.on('exit', endAll);
  running.add(pid);
  return () => {
    if (running.delete(pid) && running.size === 0) process.off('exit', endAll);
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}
