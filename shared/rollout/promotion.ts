import type { GitHub } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/promotion.js';
import { shapeReader } from '../schema/shape.ts';
import { answerText, expectStatus, fieldOf, type GitHubAnswer, reasonOf } from '../state/github-answer.ts';
import type { Promotion } from './approval.ts';
import { approvalStep, type RolloutState } from './state.ts';

const SCHEMA = 'ml-loop/promotion@1';

/** The file that a promotion pull request changes (`schemas/promotion.schema.json`). */
interface PromotionFile {
  readonly schema: typeof SCHEMA;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  /** The step that may be left, from 1; 0 before traffic. */
  readonly step: number;
}

const FIX = 'the file was changed by hand: look at it, then run the operation approve or abort';
const readShape = shapeReader<PromotionFile>(validate);

/** @throws UserError with everything that is wrong with it. */
export function readPromotion(text: string, path: string): PromotionFile {
  const shaped = readShape(text, path);
  if ('problems' in shaped) throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix: FIX })));
  return shaped.value;
}

export interface PromotionOptions {
  /** The file's path from the repository's root. */
  readonly path: string;
  /** Undefined if the event does not tell it: then GitHub is asked. */
  readonly defaultBranch: string | undefined;
  /** The address of the run that asks, to be told to the reader. */
  readonly run: string | undefined;
}

/** A promotion whose pull request was merged. */
export interface MergedPromotion {
  readonly mergedBy: readonly string[];
  readonly number: number;
}

/**
 * The pull request whose merge approves what the rollout waits for; it is opened if there is none. However often this is
 * called, for one version and one step there is one pull request.
 *
 * @throws UserError if GitHub refuses, or if what was merged is not what waits.
 */
export async function settlePromotion(
  github: GitHub,
  state: RolloutState,
  options: PromotionOptions,
): Promise<Promotion | MergedPromotion> {
  const base = options.defaultBranch ?? (await defaultBranchOf(github));
  const branch = branchOf(state);
  const found = await findPullRequest(github, branch, base);
  if (found === undefined) {
    await makeBranch(github, state, { ...options, base, branch });
    return openPullRequest(github, state, { ...options, base, branch });
  }
  const number = numberOf(found);
  if (typeof fieldOf(found, 'merged_at') === 'string') return mergedOf(github, number, state, options);
  return {
    number,
    url: answerText(found, 'html_url'),
    state: fieldOf(found, 'state') === 'open' ? 'open' : 'closed',
  };
}

/** Each rollout has its own, so that a rejection of the one before does not hold for a new try. */
function branchOf(state: RolloutState): string {
  const { name, version } = state.canary;
  const since = state.startedAt.replace(/[^0-9TZ]/g, '');
  return `ml-loop/promote-${name}-${version}-${approvalStep(state)}-${since}`;
}

function contentOf(state: RolloutState): PromotionFile {
  const { name, version, digest } = state.canary;
  return { schema: SCHEMA, name, version, digest, step: approvalStep(state) };
}

async function defaultBranchOf(github: GitHub): Promise<string> {
  const answer = await github.request('GET /repos/{owner}/{repo}');
  expectStatus(github, answer, 200, 'read the repository');
  return answerText(answer.data, 'default_branch');
}

async function findPullRequest(github: GitHub, branch: string, base: string): Promise<unknown> {
  const answer = await github.request('GET /repos/{owner}/{repo}/pulls', {
    head: `${github.owner}:${branch}`,
    base,
    state: 'all',
  });
  if (answer.status !== 200) throw refused(github, answer, 'read pull requests');
  // Some servers pass over a head that they do not know.
  const all = Array.isArray(answer.data) ? answer.data : [];
  return all.find((pull) => fieldOf(fieldOf(pull, 'head'), 'ref') === branch);
}

interface Place extends PromotionOptions {
  readonly base: string;
  readonly branch: string;
}

/** A branch with one commit, which changes one file; one that a run before this one made is left as it is. */
async function makeBranch(github: GitHub, state: RolloutState, { path, base, branch }: Place): Promise<void> {
  const doing = `write the branch ${branch}`;
  const head = await headOf(github, base);
  const parent = await github.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
    commit_sha: head,
  });
  expectStatus(github, parent, 200, `read the branch ${base}`);
  const content = `${JSON.stringify(contentOf(state), null, 2)}\n`;
  const tree = await github.request('POST /repos/{owner}/{repo}/git/trees', {
    base_tree: answerText(fieldOf(parent.data, 'tree'), 'sha'),
    tree: [{ path, mode: '100644', type: 'blob', content }],
  });
  expectStatus(github, tree, 201, doing);
  const commit = await github.request('POST /repos/{owner}/{repo}/git/commits', {
    message: titleOf(state),
    tree: answerText(tree.data, 'sha'),
    parents: [head],
  });
  expectStatus(github, commit, 201, doing);
  const ref = `refs/heads/${branch}`;
  const made = await github.request('POST /repos/{owner}/{repo}/git/refs', {
    ref,
    sha: answerText(commit.data, 'sha'),
  });
  if (made.status === 422 && /already exists/i.test(reasonOf(made))) return;
  expectStatus(github, made, 201, doing);
}

async function headOf(github: GitHub, branch: string): Promise<string> {
  const ref = `heads/${branch}`;
  const answer = await github.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', { ref });
  expectStatus(github, answer, 200, `read the branch ${branch}`);
  const refs = Array.isArray(answer.data) ? answer.data : [];
  const found = refs.find((one) => fieldOf(one, 'ref') === `refs/${ref}`);
  if (found !== undefined) return answerText(fieldOf(found, 'object'), 'sha');
  throw new UserError({ what: `has no branch ${branch}`, where: `${github.owner}/${github.repo}` });
}

async function openPullRequest(github: GitHub, state: RolloutState, place: Place): Promise<Promotion> {
  const { base, branch } = place;
  const answer = await github.request('POST /repos/{owner}/{repo}/pulls', {
    title: titleOf(state),
    head: branch,
    base,
    body: bodyOf(state, place),
  });
  if (answer.status !== 201) throw refused(github, answer, 'open the promotion pull request');
  return { number: numberOf(answer.data), url: answerText(answer.data, 'html_url'), state: 'open' };
}

function titleOf(state: RolloutState): string {
  const { name, version } = state.canary;
  const step = approvalStep(state);
  return `Promote ${name} ${version} ${step === 0 ? 'to its first traffic' : `past step ${step}`}`;
}

/** Names, versions and digests hold no character that Markdown or HTML would take for its own within code. */
function bodyOf(state: RolloutState, { path, run }: PromotionOptions): string {
  const { canary, stable } = state;
  return [
    `\`${canary.name}\` \`${canary.version}\` waits for an approval; \`${stable?.version ?? 'no version'}\` is in production.`,
    '',
    `Its digest: \`${canary.digest}\``,
    ...(run === undefined ? [] : ['', `The run that asks, with its reports: ${run}`]),
    '',
    `**Merge this pull request to approve.** The next run of deploy-canary reads \`${path}\` on the default branch, and goes on. **Close it to reject**; then run the operation \`abort\`.`,
    '',
    'A pull request made with a job’s own token starts no workflows. If checks are required before a merge, give `github-token` the token of an app.',
  ].join('\n');
}

/** @throws UserError if what was merged does not approve what waits. */
async function mergedOf(
  github: GitHub,
  number: number,
  state: RolloutState,
  { path }: PromotionOptions,
): Promise<MergedPromotion> {
  const answer = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    pull_number: number,
  });
  if (answer.status !== 200) throw refused(github, answer, `read pull request #${number}`);
  const file = await fileAt(github, path, answerText(answer.data, 'merge_commit_sha'));
  const wanted = contentOf(state);
  const differs = (['name', 'version', 'digest', 'step'] as const).filter((key) => file[key] !== wanted[key]);
  if (differs.length > 0) {
    throw new UserError({
      what: `the merge of pull request #${number} approves ${file.name} ${file.version} (${file.digest}) at step ${file.step}, but ${wanted.name} ${wanted.version} (${wanted.digest}) waits at step ${wanted.step}`,
      where: path,
      fix: FIX,
    });
  }
  const by = fieldOf(fieldOf(answer.data, 'merged_by'), 'login');
  return { number, mergedBy: typeof by === 'string' ? [by] : [] };
}

async function fileAt(github: GitHub, path: string, commit: string): Promise<PromotionFile> {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const answer = await github.request(`GET /repos/{owner}/{repo}/contents/${encoded}`, { ref: commit });
  expectStatus(github, answer, 200, `read ${path} at ${commit}`);
  const text = Buffer.from(answerText(answer.data, 'content'), 'base64').toString('utf8');
  return readPromotion(text, path);
}

function numberOf(pull: unknown): number {
  const number = fieldOf(pull, 'number');
  if (typeof number === 'number') return number;
  throw new UserError({ what: 'GitHub’s answer has no number of a pull request', where: 'GitHub’s API' });
}

function refused(github: GitHub, answer: GitHubAnswer, doing: string): UserError {
  const reason = reasonOf(answer);
  const isSetting = /not permitted to create or approve pull requests/i.test(reason);
  return new UserError({
    what: `GitHub refused to ${doing}: ${answer.status} ${reason}`,
    where: `${github.owner}/${github.repo}`,
    fix: isSetting
      ? 'allow it in the repository’s settings (Actions → General → “Allow GitHub Actions to create and approve pull requests”), or give github-token the token of an app; the rollout waits meanwhile, and the operation approve works, too'
      : 'give the job `permissions: { contents: write, pull-requests: write }`; the rollout waits meanwhile, and the operation approve works, too',
  });
}
