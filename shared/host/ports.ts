import { resolve } from 'node:path';
import type { Log, Ports, Runner } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { clockFrom } from './clock.ts';
import { ChildCommands } from './commands.ts';
import { DiskFiles } from './files.ts';
import { ClientHttp } from './http.ts';

export interface PortsOptions {
  readonly workingDirectory: string;
  /** The action's own report folder, relative to the working directory. */
  readonly reportFolder: string;
  readonly now?: Date | undefined;
  readonly runner?: Runner;
  readonly token?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: Log;
}

export interface MachinePorts extends Ports {
  /** Removes temporary folders. */
  close(): Promise<void>;
}

/** The ports of this machine. */
export function createPorts(options: PortsOptions): MachinePorts {
  const { env = {}, token } = options;
  const workingDirectory = resolve(options.workingDirectory);
  const files = new DiskFiles(workingDirectory, resolve(workingDirectory, options.reportFolder));
  return {
    runner: options.runner ?? { github: false, hosted: false },
    clock: clockFrom(options.now),
    files,
    commands: new ChildCommands(workingDirectory),
    http: new ClientHttp(),
    log: options.log ?? { info: () => {} },
    github: async () => {
      const repository = env.GITHUB_REPOSITORY;
      if (repository === undefined || token === undefined) {
        throw new UserError({
          what:
            repository === undefined
              ? 'GitHub’s repository is not known here'
              : 'a token for GitHub is needed',
          where: repository === undefined ? 'GITHUB_REPOSITORY' : 'input github-token',
          mend: 'run this step in a workflow, or choose `dir:` state and a local command',
        });
      }
      const { openGitHub } = await import('./github.ts');
      return openGitHub({ apiUrl: env.GITHUB_API_URL ?? 'https://api.github.com', repository, token });
    },
    close: () => files.close(),
  };
}
