/** By what rules reports are judged in a job that has no checkout: those of the base branch, read by GitHub's API. */
import { existsSync } from 'node:fs';
import { posix, relative, resolve, sep } from 'node:path';
import type { Config } from '../config/config.ts';
import { gatedConfig } from '../config/gate.ts';
import { COMMON_INPUTS } from '../inputs/common.ts';
import type { InputLayer } from '../inputs/parse.ts';
import { type Problem, problemLine, UserError } from '../problem/problem.ts';
import { baseOf } from './base.ts';
import { gitHubCommits } from './commit-files.ts';
import { configPath, findConfig } from './config-file.ts';
import { eventOf, isToBeMerged } from './event.ts';
import { gitHubOf } from './ports.ts';
import type { Start } from './surface.ts';

export interface Policy {
  /** Null if there is none, or none that can be read: then each stage has its action's defaults. */
  readonly config: Config | null;
  /** Why there is none; undefined if it simply does not exist. */
  readonly problem?: Problem;
}

/** On a change: the base branch's file, with what the change adds to it. Otherwise the commit's own. */
export async function policyOf(given: InputLayer, start: Start): Promise<Policy> {
  const { event } = start.surface.runner;
  if (!isToBeMerged(event)) {
    // The job may have no checkout, also if it is told the file's name.
    const checkedOut = existsSync(configPath(given)) ? await findConfig(given, start.tables) : null;
    return checkedOut === null ? ofCommit(start.env.GITHUB_SHA, given, start) : { config: checkedOut };
  }
  const base = await baseOf(given, start);
  if (base.kind === 'unknown') return { config: null, problem: base.problem };
  const own = await ofCommit(eventOf(start.env).commit, given, start);
  if (base.kind === 'none' || base.config === null) return own;
  return { config: gatedConfig(own.config, base.config, await start.tables()) };
}

async function ofCommit(
  commit: string | undefined,
  given: InputLayer,
  { env, tables }: Start,
): Promise<Policy> {
  const token = given.values['github-token'];
  if (commit === undefined || typeof token !== 'string' || token === '') return { config: null };
  const root = env.GITHUB_WORKSPACE ?? '.';
  const path = posix.normalize(relative(resolve(root), configPath(given)).split(sep).join('/'));
  try {
    const file = await gitHubCommits(() => gitHubOf(env, token)).file(commit, path);
    if (file === null) return { config: null };
    const text = Buffer.from(await file.bytes()).toString('utf8');
    const { loadConfig } = await import('../config/config.ts');
    return { config: loadConfig(text, path, await tables(), COMMON_INPUTS) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const what = `${path} at ${commit.slice(0, 12)} cannot be read (${error.problems.map(problemLine).join('; ')})`;
    return { config: null, problem: { what, fix: 'give the job `permissions: { contents: read }`' } };
  }
}
