/** Check runs and commit statuses, written so that a run that is repeated makes no second one. */
import type { GitHub } from '../ports/ports.ts';
import { Unreachable } from '../problem/problem.ts';
import type { CheckAnnotation, CheckRun, CommitStatus } from '../report/check-run.ts';
import { CHECK_RUN_ANNOTATIONS_PER_REQUEST } from '../report/limits.ts';

/** GitHub's answer to what it did not do. */
export interface Denial {
  readonly status: number;
  readonly message: string;
}

/** GitHub has it, or it does not let the token write it. */
export type WriteResult = 'written' | Denial;

interface Answer {
  readonly status: number;
  readonly data: unknown;
}

export function denied({ status, data }: Answer): Denial {
  const message = (data as { readonly message?: unknown } | undefined)?.message;
  return { status, message: typeof message === 'string' ? message : '' };
}

/** The check run that a commit has of a stage. */
interface Present {
  readonly id: number;
  readonly annotations: readonly CheckAnnotation[];
  /** It was just made, and is as it should be. */
  readonly isNew?: boolean;
}

const LIST = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
const ANNOTATIONS = 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations';
const CREATE = 'POST /repos/{owner}/{repo}/check-runs';
const UPDATE = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
const STATUS = 'POST /repos/{owner}/{repo}/statuses/{sha}';

/**
 * Writes a check run onto a commit, in the place of the stage's own one that is there.
 *
 * @throws Unreachable if GitHub stays unreachable.
 */
export async function writeCheckRun(github: GitHub, commit: string, run: CheckRun): Promise<WriteResult> {
  const before = await presentRun(github, commit, run);
  if (before !== undefined && 'message' in before) return before;
  // GitHub keeps all annotations of a run. If some are no longer true, a new run takes its place.
  if (before?.annotations.every((one) => isAmong(one, run.annotations))) {
    const updated = await updateSurely(github, commit, run, before);
    // Another app's run cannot be updated.
    if (updated === 'written' || (updated.status !== 403 && updated.status !== 404)) return updated;
  }
  const created = await create(github, commit, run, before?.id ?? 0);
  return 'message' in created ? created : updateSurely(github, commit, run, created);
}

export async function writeCommitStatus(
  github: GitHub,
  commit: string,
  status: CommitStatus,
): Promise<WriteResult> {
  const answer = await github.request(STATUS, { sha: commit, ...status });
  return answer.status === 201 ? 'written' : denied(answer);
}

/** The newest run of the stage with its annotations; undefined if there is none. */
async function presentRun(
  github: GitHub,
  commit: string,
  { name, external_id }: CheckRun,
): Promise<Present | Denial | undefined> {
  const listed = await github.list(LIST, { ref: commit, check_name: name, filter: 'latest' });
  if (listed.status !== 200) return denied(listed);
  const own = (listed.data as Listed[]).filter((one) => one.external_id === external_id);
  const newest = own.sort((a, b) => b.id - a.id)[0];
  if (newest === undefined) return undefined;
  if ((newest.output?.annotations_count ?? 0) === 0) return { id: newest.id, annotations: [] };
  const answer = await github.list(ANNOTATIONS, { check_run_id: newest.id });
  if (answer.status !== 200) return denied(answer);
  return { id: newest.id, annotations: answer.data as CheckAnnotation[] };
}

interface Listed {
  readonly id: number;
  readonly external_id?: string | null;
  readonly output?: { readonly annotations_count?: number };
}

/** @param before the number of the run that is there already. */
async function create(
  github: GitHub,
  commit: string,
  run: CheckRun,
  before: number,
): Promise<Present | Denial> {
  const annotations = inRequests(run.annotations)[0] ?? [];
  const parameters = { ...bodyOf(run, annotations), head_sha: commit };
  try {
    return made(await github.request(CREATE, parameters), annotations);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    // It may have come through. Look before it is made a second time.
    const found = await presentRun(github, commit, run);
    if (found !== undefined && ('message' in found || found.id > before)) return found;
    return made(await github.request(CREATE, parameters), annotations);
  }
}

function made(answer: Answer, annotations: readonly CheckAnnotation[]): Present | Denial {
  return answer.status === 201
    ? { id: (answer.data as Listed).id, annotations, isNew: true }
    : denied(answer);
}

/** As `update`; if it is not known what came through, what is there is looked at before the rest is sent. */
async function updateSurely(
  github: GitHub,
  commit: string,
  run: CheckRun,
  before: Present,
): Promise<WriteResult> {
  try {
    return await update(github, run, before);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const found = await presentRun(github, commit, run);
    if (found === undefined) throw error;
    return 'message' in found ? found : update(github, run, found);
  }
}

/** Writes what the run should be over what it is, and adds the annotations that it lacks, some at a time. */
async function update(
  github: GitHub,
  run: CheckRun,
  { id, annotations, isNew = false }: Present,
): Promise<WriteResult> {
  const parts = inRequests(run.annotations.filter((one) => !isAmong(one, annotations)));
  for (const part of !isNew && parts.length === 0 ? [[]] : parts) {
    const answer = await github.request(UPDATE, { check_run_id: id, ...bodyOf(run, part) });
    if (answer.status !== 200) return denied(answer);
  }
  return 'written';
}

function bodyOf({ annotations: _, output, ...run }: CheckRun, annotations: readonly CheckAnnotation[]) {
  const placed = annotations.length === 0 ? {} : { annotations };
  return { ...run, status: 'completed', output: { ...output, ...placed } };
}

function inRequests(annotations: readonly CheckAnnotation[]): CheckAnnotation[][] {
  const size = CHECK_RUN_ANNOTATIONS_PER_REQUEST;
  return Array.from({ length: Math.ceil(annotations.length / size) }, (_, index) =>
    annotations.slice(index * size, (index + 1) * size),
  );
}

function isAmong(one: CheckAnnotation, others: readonly CheckAnnotation[]): boolean {
  return others.some(
    (other) =>
      other.path === one.path &&
      other.start_line === one.start_line &&
      other.end_line === one.end_line &&
      other.annotation_level === one.annotation_level &&
      other.title === one.title &&
      other.message === one.message,
  );
}
