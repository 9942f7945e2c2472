/** The suite's one comment on a pull request, which several jobs write at the same time. */
import type { GitHub } from '../ports/ports.ts';
import { Unreachable } from '../problem/problem.ts';
import { commentBody } from '../report/comment.ts';
import {
  COMMENT_MARKER,
  commentSections,
  isFine,
  mergedSections,
  type Section,
} from '../report/comment-sections.ts';
import { type Denial, denied, type WriteResult } from './check-runs.ts';

export interface StickyOptions {
  readonly pullRequest: number;
  readonly sections: readonly Section[];
  /** Do the sections tell of every stage there is? */
  readonly isWhole: boolean;
  /** Lets the writes of other jobs through, before it is looked whether they took ours away. */
  pause(): Promise<unknown>;
}

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly login?: string; readonly type?: string } | null;
}

const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
const DELETE = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}';
const WHO = 'GET /user';

/** Each round reads, writes what is lacking, and lets the next one see whether it is still there. */
const ROUNDS = 6;

/**
 * Brings the comment up to date: the sections given take the places of their own kind, and the others stay. It is made
 * only if something did not pass. GitHub has no compare-and-set for comments, so it is read again after each write.
 *
 * @returns 'written' also if there was nothing to write.
 * @throws Unreachable if GitHub stays unreachable.
 */
export async function writeComment(github: GitHub, options: StickyOptions): Promise<WriteResult> {
  const { pullRequest, sections, isWhole, pause } = options;
  const worth = sections.some((section) => !isFine(section));
  let lost: Unreachable | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await pause();
    const own = await ownComments(github, pullRequest);
    if ('message' in own) return own;
    const [first, ...doubles] = own;
    if (first === undefined && !worth) return 'written';
    const present = own.flatMap(({ body = '' }) => commentSections(body));
    const body = commentBody(mergedSections(present, sections, isWhole));
    if (doubles.length === 0 && sameText(first?.body, body)) return 'written';
    try {
      const wrote = await put(github, pullRequest, first, body);
      if (wrote !== 'written' && wrote.status !== 404) return wrote;
    } catch (error) {
      // It may have come through, which the next round sees.
      if (!(error instanceof Unreachable) || lost !== undefined) throw error;
      lost = error;
    }
    for (const { id } of doubles) await github.request(DELETE, { comment_id: id });
  }
  return 'written';
}

async function put(
  github: GitHub,
  pullRequest: number,
  comment: Comment | undefined,
  body: string,
): Promise<WriteResult> {
  const answer =
    comment === undefined
      ? await github.request(CREATE, { issue_number: pullRequest, body })
      : await github.request(UPDATE, { comment_id: comment.id, body });
  return answer.status === 200 || answer.status === 201 ? 'written' : denied(answer);
}

/** GitHub may end lines in its own way. */
function sameText(a: string | undefined, b: string): boolean {
  return a?.replaceAll('\r\n', '\n').trim() === b.trim();
}

/** The comments of the suite, the oldest first: two jobs that make one at the same time make two. */
async function ownComments(github: GitHub, pullRequest: number): Promise<Comment[] | Denial> {
  const listed = await github.list(LIST, { issue_number: pullRequest });
  if (listed.status !== 200) return denied(listed);
  const marked = (listed.data as Comment[])
    .filter(({ body = '' }) => isMarked(body))
    .sort((a, b) => a.id - b.id);
  const others = marked.filter(({ user }) => user?.type !== 'Bot');
  const me = others.length === 0 ? undefined : await whoAmI(github);
  return marked.filter(({ user }) => user?.type === 'Bot' || (me !== undefined && user?.login === me));
}

/** Somebody may have put words above the marker. One within a line is quoted. */
function isMarked(body: string): boolean {
  return body.split('\n').some((line) => line.startsWith(COMMENT_MARKER));
}

/** The user of a personal token. A job's own token is a bot's, and is refused here. */
async function whoAmI(github: GitHub): Promise<string | undefined> {
  const { status, data } = await github.request(WHO);
  const login = (data as { readonly login?: unknown } | undefined)?.login;
  return status === 200 && typeof login === 'string' ? login : undefined;
}
