import { existsSync, realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Config } from '../config/config.ts';
import { COMMON_INPUTS } from '../inputs/common.ts';
import type { InputLayer } from '../inputs/parse.ts';
import { type Problem, problemLine, UserError } from '../problem/problem.ts';
import { type CommitFile, type CommitFiles, gitHubCommits, localCommits } from './commit-files.ts';
import { configName, configPath } from './config-file.ts';
import { baseOfPayload, isToBeMerged } from './event.ts';
import { eventFile } from './event-file.ts';
import { gitHubOf } from './ports.ts';
import type { Start } from './surface.ts';

/** The branch that decides how strict a gate is. The change under judgement must not. */
export type BaseBranch =
  /** Nothing is to be merged: the checkout decides. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'commit';
      /** Null if the commit has no configuration file, or one that has errors. */
      readonly config: Config | null;
      /** What is wrong with its configuration file. */
      readonly broken?: string;
      readonly tree: BaseTree;
    }
  /** Allow nothing that it could allow. */
  | { readonly kind: 'unknown'; readonly problem: Problem };

/** The files of the base commit. */
export interface BaseTree {
  /**
   * @param path absolute, in the checkout.
   * @returns null if the commit does not have it; undefined if it is not a place of the repository.
   * @throws UserError if it cannot be read.
   */
  file(path: string): Promise<CommitFile | null | undefined>;
  /** The absolute paths of all files below a folder; none if it is not in the repository. @throws as `file`. */
  list(folder: string): Promise<readonly string[]>;
}

/**
 * On pull requests and in merge queues: the base commit that the event names, read from GitHub, or else from the
 * repository on this disk.
 *
 * @param given the step's inputs; `config`, `working-directory` and `github-token` say what to read and how.
 * @param sources tried in turn; the default is GitHub's API, then the local repository.
 */
export async function baseOf(
  given: InputLayer,
  start: Start,
  sources: readonly CommitFiles[] = defaultSources(given, start),
): Promise<BaseBranch> {
  const { env, tables } = start;
  const base = baseCommit(env);
  if (base.kind === 'none') return base;
  if (base.kind === 'unknown') return { kind: 'unknown', problem: unread(base.reason) };
  const path = configPath(given);
  const tree = treeOf(base.commit, outerCheckout(dirname(path), env), sources);
  try {
    const file = await tree.file(path);
    if (file === null || file === undefined) return { kind: 'commit', config: null, tree };
    const text = Buffer.from(await file.bytes()).toString('utf8');
    return { kind: 'commit', tree, ...(await configIn(text, configName(given), tables)) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: 'unknown', problem: unread(error.problems.map(problemLine).join('; ')) };
  }
}

/** The base branch must not stop the change that corrects it. */
async function configIn(text: string, file: string, tables: Start['tables']) {
  const { loadConfig } = await import('../config/config.ts');
  try {
    return { config: loadConfig(text, file, await tables(), COMMON_INPUTS) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { config: null, broken: error.problems.map(problemLine).join('; ') };
  }
}

/** Why the base branch cannot be read, and which permission or checkout helps. */
function unread(reason: string): Problem {
  return {
    what: `the base branch cannot be read (${reason})`,
    where: 'the event',
    fix: 'give the job `permissions: { contents: read }`, or set `fetch-depth: 0` for `actions/checkout`',
  };
}

function treeOf(commit: string, root: string, sources: readonly CommitFiles[]): BaseTree {
  const first = async <T>(place: string, read: (source: CommitFiles) => Promise<T>): Promise<T> => {
    const reasons: string[] = [];
    for (const source of sources) {
      try {
        return await read(source);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        reasons.push(error.problems.map(problemLine).join('; '));
      }
    }
    throw new UserError({ what: reasons.join('; '), where: `${place} at ${commit.slice(0, 12)}` });
  };
  return {
    async file(path) {
      const place = within(root, path);
      if (place === undefined) return undefined;
      return first(place, (source) => source.file(commit, place));
    },
    async list(folder) {
      const place = real(folder) === real(root) ? '' : within(root, folder);
      if (place === undefined) return [];
      const found = await first(place, (source) => source.list(commit, place));
      return found.map((path) => resolve(folder, relative(place, path)));
    },
  };
}

/**
 * A path from the repository's root, with `/`, as it is written: the links in it are followed in the base commit, because
 * the change could let them lead elsewhere.
 */
function within(root: string, path: string): string | undefined {
  for (const [folder, file] of [
    [root, path],
    [real(root), path],
    [real(root), resolve(real(dirname(path)), relative(dirname(path), path))],
  ] as const) {
    const place = relative(folder, file);
    if (place !== '' && place !== '..' && !place.startsWith(`..${sep}`)) return place.split(sep).join('/');
  }
  return undefined;
}

type BaseCommit =
  | { readonly kind: 'none' }
  | { readonly kind: 'commit'; readonly commit: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The commit that the change will be merged into, as the event names it. */
function baseCommit(env: NodeJS.ProcessEnv): BaseCommit {
  const { GITHUB_EVENT_NAME: event = '' } = env;
  if (!isToBeMerged(event)) return { kind: 'none' };
  const { payload, fault } = eventFile(env);
  const commit = baseOfPayload(payload);
  if (commit !== undefined) return { kind: 'commit', commit };
  return { kind: 'unknown', reason: fault ?? `the event ${event} names no base commit` };
}

/**
 * The outermost git checkout in the workspace that contains the folder. The innermost would be wrong: a pull request
 * could add a submodule there, and so choose another file of the base commit.
 */
export function outerCheckout(folder: string, env: NodeJS.ProcessEnv): string {
  const workspace = resolve(env.GITHUB_WORKSPACE ?? '.');
  const below = within(workspace, folder)?.split('/') ?? [];
  const folders = [workspace, ...below.map((_, index) => resolve(workspace, ...below.slice(0, index + 1)))];
  return folders.find((one) => existsSync(resolve(one, '.git'))) ?? workspace;
}

/** The path without symbolic links, if it exists. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function defaultSources(given: InputLayer, { env, surface }: Start): CommitFiles[] {
  const local = localCommits(outerCheckout(dirname(configPath(given)), env));
  const token = given.values['github-token'];
  if (typeof token !== 'string' || token === '') return [local];
  surface.mask(token);
  return [gitHubCommits(() => gitHubOf(env, token)), local];
}
