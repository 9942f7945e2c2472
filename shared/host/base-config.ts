import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import type { Config } from '../config/config.ts';
import { COMMON } from '../inputs/common.ts';
import type { Layer } from '../inputs/parse.ts';
import { messageOf, type Problem, problemLine, UserError } from '../problem/problem.ts';
import { type CommitFiles, gitHubCommits, localCommits } from './commit-files.ts';
import { configPath } from './config-file.ts';
import { gitHubOf } from './ports.ts';
import type { Start } from './surface.ts';

/**
 * The configuration that decides how lenient a gate is. The change under judgement must not choose it. `config` is null
 * if the file does not exist. If the configuration is unknown, allow nothing that it could allow.
 */
export type GateConfig =
  | { readonly kind: 'known'; readonly config: Config | null; readonly from: 'checkout' | 'base' }
  | { readonly kind: 'unknown'; readonly problem: Problem };

/**
 * On pull requests and in merge queues: the configuration file of the base commit that the event names, read from GitHub,
 * or else from the repository on this disk. On other events: the file in the checkout.
 *
 * @param given the step's inputs; `config`, `working-directory` and `github-token` say what to read and how.
 * @param checkedOut the configuration file in the checkout.
 * @param sources tried in turn; the default is GitHub's API, then the local repository.
 */
export async function gateConfig(
  given: Layer,
  checkedOut: Config | null,
  start: Start,
  sources: readonly CommitFiles[] = defaultSources(given, start),
): Promise<GateConfig> {
  const { env, tables } = start;
  const base = await baseCommit(env);
  if (base.kind === 'none') return { kind: 'known', config: checkedOut, from: 'checkout' };
  if (base.kind === 'unknown') return { kind: 'unknown', problem: unread(base.reason) };
  const path = inRepository(given, repositoryOf(given, env));
  const reasons: string[] = [];
  for (const source of sources) {
    try {
      const text = await source.text(base.commit, path);
      if (text === null) return { kind: 'known', config: null, from: 'base' };
      const { loadConfig } = await import('../config/config.ts');
      return { kind: 'known', config: loadConfig(text, path, tables, COMMON), from: 'base' };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      reasons.push(error.problems.map(problemLine).join('; '));
    }
  }
  return { kind: 'unknown', problem: unread(reasons.join('; '), `${path} at ${base.commit.slice(0, 12)}`) };
}

function unread(reason: string, where = 'the event'): Problem {
  return {
    what: `the configuration of the base branch cannot be read (${reason})`,
    where,
    fix: 'give the job `permissions: { contents: read }`, or set `fetch-depth: 0` for `actions/checkout`',
  };
}

type BaseCommit =
  | { readonly kind: 'none' }
  | { readonly kind: 'commit'; readonly commit: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The commit that the change will be merged into, as the event names it. */
async function baseCommit(env: NodeJS.ProcessEnv): Promise<BaseCommit> {
  const { GITHUB_EVENT_NAME: event = '', GITHUB_EVENT_PATH: path = '' } = env;
  if (!/^(pull_request|merge_group)/.test(event)) return { kind: 'none' };
  try {
    const payload = JSON.parse(await readFile(path, 'utf8')) as EventPayload;
    const commit = payload.pull_request?.base?.sha ?? payload.merge_group?.base_sha;
    if (typeof commit === 'string' && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit))
      return { kind: 'commit', commit };
    return { kind: 'unknown', reason: `the event ${event} names no base commit` };
  } catch (error) {
    return { kind: 'unknown', reason: `the event’s file cannot be read: ${messageOf(error)}` };
  }
}

interface EventPayload {
  readonly pull_request?: { readonly base?: { readonly sha?: unknown } };
  readonly merge_group?: { readonly base_sha?: unknown };
}

/** The configuration file’s path from the repository’s root, with `/`. */
function inRepository(given: Layer, root: string): string {
  const path = configPath(given);
  return relative(root, resolve(real(dirname(path)), basename(path)))
    .split(sep)
    .join('/');
}

/**
 * The outermost git checkout in the workspace that contains the configuration file. The innermost would be wrong: a pull
 * request could add a submodule there, and so choose another file of the base commit.
 */
function repositoryOf(given: Layer, env: NodeJS.ProcessEnv): string {
  const workspace = real(env.GITHUB_WORKSPACE ?? '.');
  const below = relative(workspace, real(dirname(configPath(given)))).split(sep);
  const folders = [workspace, ...below.map((_, index) => resolve(workspace, ...below.slice(0, index + 1)))];
  return folders.find((folder) => existsSync(resolve(folder, '.git'))) ?? workspace;
}

/** The path without symbolic links, if it exists. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function defaultSources(given: Layer, { env, surface }: Start): CommitFiles[] {
  const local = localCommits(repositoryOf(given, env));
  const token = given.values['github-token'];
  if (typeof token !== 'string' || token === '') return [local];
  surface.mask(token);
  return [gitHubCommits(() => gitHubOf(env, token)), local];
}
