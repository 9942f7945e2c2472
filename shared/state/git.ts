import { randomUUID } from 'node:crypto';
import type { GitHub } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/state-commit.js';
import { shapeReader } from '../schema/shape.ts';
import type { Json } from '../verdict/verdict.ts';
import { answerText, expectStatus, fieldOf, type GitHubAnswer, gitHubRefusal } from './github-answer.ts';
import { checkKey } from './key.ts';
import { StateConflict, type StateStore } from './state.ts';

const SCHEMA = 'ml-loop/state@1';
/** The one file of a state's commits. */
const FILE = 'state.json';
const readCommit = shapeReader<{ readonly key: string; readonly value: Json }>(validate);

/**
 * State in a repository on GitHub: one ref a key, one commit a transition, so that the ref's history is the
 * audit log. A write is a commit on the revision that was read; GitHub moves the ref only forward
 * (`force: false`), which makes it compare-and-set. Commits of lost races stay without a ref and do no harm.
 *
 * @param prefix of the refs, such as `refs/ml-loop`.
 * @throws UserError for a prefix that git cannot take.
 */
export function gitState(github: GitHub, prefix: string): StateStore {
  const base = refPrefix(prefix);
  // A commit never changes, so what was read of it holds.
  const known = new Map<string, Json>();
  return {
    async read(key) {
      const ref = refOf(base, key);
      const sha = await headOf(github, ref);
      if (sha === null) return null;
      const value = known.get(`${key}@${sha}`) ?? (await valueAt(github, ref, sha, key));
      known.set(`${key}@${sha}`, value);
      return { value: structuredClone(value), revision: sha };
    },
    async write(key, value, expected, message) {
      const sha = await write(github, refOf(base, key), { key, value, expected, message });
      known.set(`${key}@${sha}`, structuredClone(value));
      return sha;
    },
  };
}

function refPrefix(prefix: string): string {
  const bare = prefix.replace(/^refs\//, '').replace(/\/$/, '');
  try {
    checkKey(bare);
  } catch {
    throw new UserError({
      what: `${JSON.stringify(prefix)} cannot be a prefix of git refs`,
      where: 'input state',
      fix: 'use parts of letters, digits, `.`, `_` and `-`, such as git:refs/ml-loop',
    });
  }
  return `refs/${bare}`;
}

function refOf(base: string, key: string): string {
  checkKey(key);
  return `${base}/${key}`;
}

async function valueAt(github: GitHub, ref: string, sha: string, key: string): Promise<Json> {
  const tree = await github.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', { tree_sha: sha });
  expectStatus(github, tree, 200, `read the state ${ref}`);
  const entries = fieldOf(tree.data, 'tree');
  const entry = Array.isArray(entries)
    ? entries.find((candidate) => fieldOf(candidate, 'path') === FILE)
    : undefined;
  if (entry === undefined) throw foreign(github, ref, sha, `its tree holds no ${FILE}`);
  const blob = await github.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
    file_sha: answerText(entry, 'sha'),
  });
  expectStatus(github, blob, 200, `read the state ${ref}`);
  const text = Buffer.from(answerText(blob.data, 'content'), 'base64').toString('utf8');
  return storedValue(github, ref, sha, key, text);
}

/**
 * The commit of the ref, or null. Matching refs are asked for, because a ref asked for by name is 404 both if
 * there is none and where the token may not see the repository.
 */
async function headOf(github: GitHub, ref: string): Promise<string | null> {
  const answer = await github.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {
    ref: ref.slice('refs/'.length),
  });
  expectStatus(github, answer, 200, `read the state ${ref}`);
  const refs = Array.isArray(answer.data) ? answer.data : [];
  const found = refs.find((candidate) => fieldOf(candidate, 'ref') === ref);
  return found === undefined ? null : answerText(fieldOf(found, 'object'), 'sha');
}

function storedValue(github: GitHub, ref: string, sha: string, key: string, text: string): Json {
  const shaped = readCommit(text, FILE);
  if ('problems' in shaped) {
    const [first] = shaped.problems;
    throw foreign(github, ref, sha, `${first?.where ?? FILE} ${first?.what ?? 'is wrong'}`);
  }
  const { value } = shaped;
  if (value.key !== key)
    throw foreign(github, ref, sha, `its ${FILE} is the state of ${value.key}, not of ${key}`);
  return value.value;
}

interface Write {
  readonly key: string;
  readonly value: Json;
  readonly expected: string | null;
  readonly message: string;
}

async function write(github: GitHub, ref: string, { key, value, expected, message }: Write): Promise<string> {
  // Without `write`, two runs that make the same transition within a second would make one and the same commit,
  // and both would believe they had won.
  const content = `${JSON.stringify({ schema: SCHEMA, key, write: randomUUID(), value }, null, 2)}\n`;
  const doing = `write the state ${ref}`;
  const tree = await github.request('POST /repos/{owner}/{repo}/git/trees', {
    tree: [{ path: FILE, mode: '100644', type: 'blob', content }],
  });
  expectStatus(github, tree, 201, doing);
  const commit = await github.request('POST /repos/{owner}/{repo}/git/commits', {
    message,
    tree: answerText(tree.data, 'sha'),
    parents: expected === null ? [] : [expected],
  });
  if (commit.status !== 201) return settle(github, ref, commit, { key, expected, doing });
  const sha = answerText(commit.data, 'sha');
  const moved = await moveRef(github, ref, sha, expected);
  if (moved.status === 200 || moved.status === 201) return sha;
  return settle(github, ref, moved, { key, expected, doing, sha });
}

/**
 * After a refusal: the race was lost, or won by an earlier try whose answer was lost (`sha` is there), or it
 * was not a race.
 */
async function settle(
  github: GitHub,
  ref: string,
  answer: GitHubAnswer,
  { key, expected, doing, sha }: { key: string; expected: string | null; doing: string; sha?: string },
): Promise<string> {
  if (answer.status === 409 || answer.status === 422) {
    const head = await headOf(github, ref);
    if (sha !== undefined && head === sha) return sha;
    if (head !== expected) throw new StateConflict(key);
  }
  throw gitHubRefusal(github, answer, doing);
}

function moveRef(github: GitHub, ref: string, sha: string, expected: string | null): Promise<GitHubAnswer> {
  if (expected === null) return github.request('POST /repos/{owner}/{repo}/git/refs', { ref, sha });
  return github.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
    ref: ref.slice('refs/'.length),
    sha,
    force: false,
  });
}

function foreign(github: GitHub, ref: string, sha: string, what: string): UserError {
  return new UserError({
    what: `is not a state of ml-loop: ${what}`,
    where: `${github.owner}/${github.repo} ${ref} at ${sha}`,
    fix: 'nothing was overwritten; point the ref to its last good commit, delete it to start again, or use another prefix (state: git:PREFIX)',
  });
}
