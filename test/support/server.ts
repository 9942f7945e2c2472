import { spawn, spawnSync } from 'node:child_process';

/** A program that serves on the loopback interface until it is stopped. */
export interface Server {
  /** What the pattern found in the first line that it matched. */
  readonly address: string;
  /** Ends it; resolves when it has ended. */
  stop(): Promise<void>;
}

/** How long a server may take until it serves, on a machine that is busy. */
const START_MS = 120_000;
/** What is kept of what it prints, for the message if it does not start. */
const KEPT_CHARACTERS = 4000;

/**
 * Starts a program and waits until it prints that it serves. Its port is its own choice (it is told port 0), so that two
 * test files never want the same one.
 *
 * @param serving finds the address in a line that the program prints, as its first group.
 * @throws Error with what it printed if it ends before, or does not serve in time.
 */
export async function startServer(
  argv: readonly string[],
  serving: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  }).finally(() => process.off('exit', kill));
  const stop = () => {
    const workers = childrenOf(child.pid);
    kill();
    for (const worker of workers) end(worker);
    return ended;
  };
  let printed = '';
  const address = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), START_MS);
    const settle = (found: string | undefined) => {
      clearTimeout(timer);
      resolve(found);
    };
    const read = (chunk: string) => {
      printed = (printed + chunk).slice(-KEPT_CHARACTERS);
      const found = serving.exec(printed)?.[1];
      if (found !== undefined) settle(found);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
    child.once('error', (error) => {
      printed += error.message;
    });
    void ended.then(() => settle(undefined));
  });
  if (address !== undefined) return { address, stop };
  await stop();
  throw new Error(`${argv.join(' ')} does not serve; it printed: ${printed}`);
}

/** The processes that a process has started, and those that they have. */
function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const { stdout = '' } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  const children = (stdout ?? '')
    .split('\n')
    .filter((line) => /^\d+$/.test(line))
    .map(Number);
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended with the one that started it.
  }
}
