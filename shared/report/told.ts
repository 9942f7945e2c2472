/** What a pull request is told of one stage: its name, its conclusion and its answer in one line. */
import { type Problem, problemLine } from '../problem/problem.ts';
import { isPassing, type Status } from '../verdict/status.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { answerOf } from './answer.ts';
import { count } from './format.ts';
import { plain } from './markdown.ts';

/** A stage with its result. */
export interface StageReport {
  readonly action: string;
  /** The model's name; empty if the configuration names none. */
  readonly name: string;
  /** What tells the legs of a matrix apart (`report-id`); empty if there is nothing. */
  readonly id: string;
  /** Or the problems that kept the action from judging. */
  readonly verdict?: Verdict;
  readonly problems: readonly Problem[];
  /** Does it fail by its policy, or end in an error? */
  readonly failed: boolean;
  /** `mode: observe`. */
  readonly observed: boolean;
  /** Of the HTML report. */
  readonly reportPath: string;
}

/** As GitHub's check runs know it. */
export type Conclusion = 'success' | 'failure' | 'neutral';

/**
 * `failure` if the stage fails its job, `success` if it passed, `neutral` if its policy lets through what did not pass
 * (`fail-on`, `mode: observe`).
 */
export function conclusionOf({ verdict, failed, observed }: StageReport): Conclusion {
  if (verdict === undefined) return 'failure';
  if (observed) return 'neutral';
  if (failed) return 'failure';
  return isPassing(verdict.status) ? 'success' : 'neutral';
}

export function statusOf({ verdict }: Pick<StageReport, 'verdict'>): Status | 'error' {
  return verdict?.status ?? 'error';
}

type Key = Pick<StageReport, 'action' | 'name' | 'id'>;

/** `validate-data (demand)`, `validate-data (demand, north)`, or the action alone. */
export function toldTitle({ action, name, id }: Key): string {
  const of = [name, id].filter((part) => part !== '').map(plain);
  return of.length === 0 ? plain(action) : `${plain(action)} (${of.join(', ')})`;
}

/** The same for the same stage of later runs. */
export function toldKey({ action, name, id }: Key): string {
  return [action, name, id].map(encodeURIComponent).join('/');
}

/** What was found, in one sentence, as plain text. */
export function answerLine({ verdict, problems }: Pick<StageReport, 'verdict' | 'problems'>): string {
  if (verdict !== undefined) return plain(answerOf(verdict)?.sentence ?? verdict.summary);
  const [first, ...more] = problems;
  const rest = more.length === 0 ? '' : ` (and ${count(more.length, 'more problem')})`;
  return plain(`Nothing could be judged: ${first === undefined ? 'see the log' : problemLine(first)}${rest}`);
}
