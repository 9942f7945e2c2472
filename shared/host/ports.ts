import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { GitHubRepository, Log, Ports, Runner } from '../ports/ports.ts';
import { systemCode, UserError } from '../problem/problem.ts';
import type { VerdictSource } from '../verdict/verdict.ts';
import { clockFrom } from './clock.ts';
import { ChildCommands } from './commands.ts';
import { DiskSpill } from './disk-spill.ts';
import { DiskFiles } from './files.ts';
import { ClientHttp } from './http.ts';
import { identityOf } from './identity.ts';
import { containersOf, createLogins } from './logins.ts';
import { openSigstore } from './sigstore/sigstore.ts';
import { defaultBranchOf } from './source.ts';
import { storeSettings } from './stores.ts';
import { WorkerThreads } from './threads.ts';

/** More threads than this read faster than their results can be merged. */
const MOST_THREADS = 4;

export interface PortsOptions {
  readonly workingDirectory: string;
  /** The action's own report folder, relative to the working directory. */
  readonly reportFolder: string;
  /** Folders that symbolic links may lead to. */
  readonly followLinks?: readonly string[];
  /** By absolute path: the file that is read in place of it. */
  readonly instead?: ReadonlyMap<string, string>;
  readonly now?: Date | undefined;
  readonly runner?: Runner;
  readonly source?: VerdictSource | undefined;
  readonly token?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: Log;
  readonly models?: Ports['models'];
  readonly asked?: Ports['asked'];
  readonly dispatch?: Ports['dispatch'];
  readonly mask?: (secret: string) => void;
}

export interface MachinePorts extends Ports {
  /** Removes temporary folders. */
  close(): Promise<void>;
}

/** The ports of this machine. */
export function createPorts(options: PortsOptions): MachinePorts {
  const { env = {}, token, followLinks = [] } = options;
  const workingDirectory = resolve(options.workingDirectory);
  const spills: DiskSpill[] = [];
  const containers = containersOf(env);
  const mask = options.mask ?? (() => {});
  const identity = identityOf(env, mask);
  const runner: Runner = {
    github: false,
    hosted: false,
    repository: env.GITHUB_REPOSITORY,
    containers,
    source: options.source,
    server: serverOf(env),
    actors: actorsOf(env),
    ref: env.GITHUB_REF,
    defaultBranch: () => defaultBranchOf(env),
    requested: async () => (await import('./dispatched.ts')).requestedBy(env),
    ...options.runner,
  };
  // What reaches others' servers.
  const reaching = {
    clock: clockFrom(options.now),
    http: new ClientHttp(),
    logins: createLogins({ env, token, containers, mask }),
    stores: () => storeSettings(env, mask),
    ...(identity === undefined ? {} : { identity }),
  };
  const files = new DiskFiles(
    workingDirectory,
    resolve(workingDirectory, options.reportFolder),
    followLinks,
    options.instead,
    { ...reaching, readText: (path) => textOfFile(resolve(workingDirectory, path)) },
  );
  return {
    ...reaching,
    runner,
    log: options.log ?? { info: () => {} },
    files,
    commands: new ChildCommands(workingDirectory),
    sigstore: openSigstore(() => files.temporary()),
    models: options.models,
    ...(options.asked === undefined ? {} : { asked: options.asked }),
    ...(options.dispatch === undefined ? {} : { dispatch: options.dispatch }),
    spill: async () => {
      const spill = new DiskSpill(join(await files.temporary(), 'spill'));
      spills.push(spill);
      return spill;
    },
    threads: new WorkerThreads({
      count: Math.min(MOST_THREADS, availableParallelism()),
      workingDirectory,
      followed: followLinks,
      ...(options.instead && { instead: options.instead }),
      folder: () => files.temporary(),
    }),
    github: () => gitHubOf(env, token),
    repository: (name) => gitHubOf(env, token, name),
    close: async () => {
      for (const spill of spills) spill.close();
      await files.close();
    },
  };
}

/** A file that a cloud's login action has written. @throws UserError */
async function textOfFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'error';
    throw new UserError({
      what: `cannot be read (${code})`,
      where: `variable GOOGLE_APPLICATION_CREDENTIALS (${path})`,
      fix: 'run google-github-actions/auth before this step, in the same job',
    });
  }
}

/**
 * A run that is repeated keeps the actor of the first attempt, so that who repeats it must be known, too. GitHub lets no
 * step set these variables.
 */
function actorsOf(env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const { GITHUB_ACTOR: actor, GITHUB_TRIGGERING_ACTOR: again, GITHUB_RUN_ATTEMPT: attempt = '1' } = env;
  if (!actor || (!again && attempt !== '1')) return undefined;
  return [...new Set([actor, again || actor])];
}

/** The address of GitHub that the job is on, without a slash at its end. */
function serverOf({ GITHUB_SERVER_URL: server }: NodeJS.ProcessEnv): string | undefined {
  return server?.replace(/\/+$/, '') || undefined;
}

/**
 * GitHub’s API for a repository, by default the one that the job is of.
 *
 * @param isOptional as of `openGitHub`.
 * @throws UserError without a repository or a token.
 */
export async function gitHubOf(
  env: NodeJS.ProcessEnv,
  token: string | undefined,
  repository = env.GITHUB_REPOSITORY,
  isOptional = false,
): Promise<GitHubRepository> {
  if (repository === undefined || token === undefined) {
    throw new UserError({
      what:
        repository === undefined
          ? 'the GitHub repository is not known here'
          : 'a token for GitHub is missing',
      where: repository === undefined ? 'GITHUB_REPOSITORY' : 'input github-token',
      fix: 'run this step in a workflow, give the input github-token, or choose `dir:` state and a local command',
    });
  }
  const { openGitHub } = await import('./github.ts');
  const isForeign = repository.toLowerCase() !== env.GITHUB_REPOSITORY?.toLowerCase();
  const apiUrl = env.GITHUB_API_URL ?? 'https://api.github.com';
  return openGitHub({ apiUrl, repository, token, isForeign, isOptional });
}
