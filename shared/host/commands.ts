import { spawn } from 'node:child_process';
import type { CommandOptions, CommandResult, Commands } from '../ports/ports.ts';
import { systemCode, UserError } from '../problem/problem.ts';

/** What is kept of a stream; the rest is read and dropped. */
const KEPT_BYTES = 64 * 1024;

/**
 * Child processes without a shell. `@actions/exec` has no time limit and cannot end a process with its children, which
 * a `predict` command or a smoke test needs; hence Node's own `spawn`, in a process group of its own.
 */
export class ChildCommands implements Commands {
  readonly #cwd: string;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  run(argv: readonly string[], { env = {}, timeoutMs }: CommandOptions = {}): Promise<CommandResult> {
    const [program, ...rest] = argv;
    if (program === undefined) throw new UserError({ what: 'the command is empty' });
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, {
        cwd: this.#cwd,
        env: { ...withoutInputs(process.env), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
      });
      const stdout = keep(child.stdout);
      const stderr = keep(child.stderr);
      let timedOut = false;
      const timer = setTimeout(
        () => {
          timedOut = true;
          killGroup(child.pid);
        },
        timeoutMs ?? 2 ** 31 - 1,
      );
      child.on('error', (error) => {
        clearTimeout(timer);
        reject(
          new UserError({
            what: `cannot be started (${systemCode(error) ?? error.message})`,
            where: program,
          }),
        );
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve({
          exitCode: code ?? (signal === null ? 1 : 128),
          stdout: stdout(),
          stderr: stderr(),
          timedOut,
        });
      });
    });
  }
}

/** A user's command has no need of the step's inputs, which hold the token. */
function withoutInputs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INPUT_')));
}

function keep(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < KEPT_BYTES) chunks.push(chunk.subarray(0, KEPT_BYTES - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}
