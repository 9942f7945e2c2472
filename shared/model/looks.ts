/** How often one candidate was judged as more labelled rows came: a record that only grows. */
import { UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/looks.js';
import { type ShapedFile, shapeOf } from '../schema/shape.ts';
import { StateConflict, type StateStore } from '../state/state.ts';

export const LOOKS_SCHEMA = 'ml-loop/looks@1';

/** One judgement of the candidate. */
export interface JudgementLook {
  /** ISO 8601. */
  readonly at: string;
  /** The digest of the ids and labels. */
  readonly testSet: string;
  /** What was asked, as a digest: the same question on the same rows gives the same answer. */
  readonly evaluation: string;
  /** The error rate of its tests. */
  readonly alpha: number;
}

export interface Looks {
  readonly schema: typeof LOOKS_SCHEMA;
  /** The digest of the candidate's files. */
  readonly candidate: string;
  readonly looks: readonly JudgementLook[];
}

/** Which candidate of which model. */
export interface WatchedCandidate {
  readonly name: string;
  /** A digest. */
  readonly candidate: string;
}

/** The state's key of a candidate. */
export function looksKey({ name, candidate }: WatchedCandidate): string {
  return `${name}/looks/${candidate.replace(/^sha256:/, '').slice(0, 32)}`;
}

/** @throws UserError if what is stored is not the record of this candidate. */
export async function readLooks(
  store: StateStore,
  watched: WatchedCandidate,
): Promise<{ readonly looks: readonly JudgementLook[]; readonly revision: string | null }> {
  const key = looksKey(watched);
  const stored = await store.read(key);
  if (stored === null) return { looks: [], revision: null };
  const shaped = looksOf(stored.value, `state ${key}`);
  const problems =
    'problems' in shaped
      ? shaped.problems
      : shaped.value.candidate === watched.candidate
        ? []
        : [{ what: 'is the record of another candidate', where: `state ${key}#/candidate` }];
  if ('value' in shaped && problems.length === 0)
    return { looks: shaped.value.looks, revision: stored.revision };
  throw new UserError(
    problems.map((problem) => ({
      ...problem,
      fix: 'restore it from the state’s history; without it, the number of looks is not known',
    })),
  );
}

/** A record as it was stored, or as a verdict carries it. */
export function looksOf(value: unknown, file: string, pointer = ''): ShapedFile<Looks> {
  return shapeOf<Looks>(validate, value, file, pointer);
}

/** Was this very question asked of these rows before? Then it is not another look. */
export function isRepeated(
  looks: readonly JudgementLook[],
  look: Pick<JudgementLook, 'testSet' | 'evaluation'>,
): boolean {
  return looks.some(({ testSet, evaluation }) => testSet === look.testSet && evaluation === look.evaluation);
}

/**
 * Adds a look, by compare-and-set, if fewer than `most` are there.
 *
 * @returns whether this look may be told: it was added, or it was there before.
 * @throws UserError if the state cannot be read or written.
 */
export async function recordLook(
  store: StateStore,
  watched: WatchedCandidate,
  look: JudgementLook,
  most: number,
): Promise<boolean> {
  for (;;) {
    const { looks, revision } = await readLooks(store, watched);
    if (isRepeated(looks, look)) return true;
    if (looks.length >= most) return false;
    const { candidate } = watched;
    const next = { schema: LOOKS_SCHEMA, candidate, looks: [...looks, look].map((each) => ({ ...each })) };
    try {
      await store.write(looksKey(watched), next, revision, `look ${looks.length + 1} at a candidate`);
      return true;
    } catch (error) {
      // Another run added one: of `most` in all, so this ends.
      if (!(error instanceof StateConflict)) throw error;
    }
  }
}
