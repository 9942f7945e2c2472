/** Which files a change changes: by the history of the checkout, or else by GitHub's comparison. */
import { dirname } from 'node:path';
import type { InputLayer } from '../inputs/parse.ts';
import { problemLine, UserError } from '../problem/problem.ts';
import { outerCheckout } from './base.ts';
import { git } from './commit-files.ts';
import { configPath } from './config-file.ts';
import { baseOfPayload, eventOf } from './event.ts';
import { commitOf, eventFile } from './event-file.ts';
import { gitHubOf } from './ports.ts';
import type { Start } from './surface.ts';

export type ChangedFiles =
  /** Paths from `root`, absolute; a file that moved under both names. */
  | { readonly kind: 'known'; readonly files: readonly string[]; readonly root: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** GitHub lists no more files of a comparison. */
const MOST_COMPARED = 300;

/**
 * @param ref what to compare the files with; by default the commit that the event names.
 * @throws UserError if the repository does not have `ref`.
 */
export async function changedFiles(given: InputLayer, start: Start, ref?: string): Promise<ChangedFiles> {
  const root = outerCheckout(dirname(configPath(given)), start.env);
  if (ref !== undefined) return { kind: 'known', root, files: await against(root, ref) };
  const base = eventBase(start.env);
  if (base.commit === undefined) return { kind: 'unknown', reason: base.reason };
  const reasons: string[] = [];
  for (const look of [() => byGit(root, base.commit), () => byGitHub(base.commit, given, start)]) {
    try {
      return { kind: 'known', root, files: await look() };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      reasons.push(error.problems.map(problemLine).join('; '));
    }
  }
  return { kind: 'unknown', reason: `${reasons.join('; ')}; set \`fetch-depth: 0\` for actions/checkout` };
}

/** Of what is on the disk, committed or not. */
async function against(root: string, ref: string): Promise<string[]> {
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const commit = await git(root, asked).catch(() => {
    throw new UserError({
      what: `this repository does not have ${JSON.stringify(ref)}`,
      where: '--base',
      fix: 'give a branch, a tag or a commit that it has, such as origin/main',
    });
  });
  const untracked = await git(root, ['ls-files', '--others', '--exclude-standard', '-z']);
  return [...(await byGit(root, commit.toString('utf8').trim(), [])), ...namesIn(untracked)];
}

async function byGit(root: string, commit: string, to: readonly string[] = ['HEAD']): Promise<string[]> {
  const argv = ['diff', '--name-only', '--no-renames', '--no-ext-diff', '-z', commit, ...to, '--'];
  return namesIn(await git(root, argv));
}

function namesIn(said: Buffer): string[] {
  return said
    .toString('utf8')
    .split('\0')
    .filter((name) => name !== '');
}

async function byGitHub(base: string, given: InputLayer, { env, surface }: Start): Promise<string[]> {
  const token = given.values['github-token'];
  const head = eventOf(env).commit;
  if (typeof token !== 'string' || token === '' || head === undefined)
    throw new UserError({ what: 'GitHub is not asked without a token' });
  surface.mask(token);
  const github = await gitHubOf(env, token);
  const { status, data } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
    basehead: `${base}...${head}`,
  });
  const files = (data as { files?: unknown } | null)?.files;
  if (status !== 200 || !Array.isArray(files))
    throw new UserError({ what: `GitHub answers ${status} for the comparison` });
  if (files.length >= MOST_COMPARED)
    throw new UserError({ what: `GitHub lists only ${MOST_COMPARED} files of a comparison` });
  return files.flatMap((file: { filename?: unknown; previous_filename?: unknown }) =>
    [file.filename, file.previous_filename].filter((name) => typeof name === 'string'),
  );
}

type EventBase = { readonly commit: string } | { readonly commit?: undefined; readonly reason: string };

/** The commit before the change, as the event names it. */
function eventBase(env: NodeJS.ProcessEnv): EventBase {
  const { GITHUB_EVENT_NAME: event = '' } = env;
  if (event === '') return { reason: 'no commit is named to compare with' };
  if (!/^(pull_request|merge_group|push$)/.test(event))
    return { reason: `a run on ${event} is not about a change` };
  const { payload, fault } = eventFile(env);
  if (fault !== undefined) return { reason: fault };
  const named = event === 'push' ? commitOf(payload.before) : baseOfPayload(payload);
  if (named === undefined) return { reason: `the event ${event} names no commit to compare with` };
  return /^0+$/.test(named) ? { reason: 'the branch is new' } : { commit: named };
}
