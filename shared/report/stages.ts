import { type Problem, problemLine } from '../problem/problem.ts';
import { type Status, worst } from '../verdict/status.ts';
import { count, tally } from './format.ts';

/** A stage that ended in an error, which leaves no verdict. */
export interface BrokenStage {
  readonly action: string;
  /** The model’s name; empty if it has none. */
  readonly name: string;
  readonly problems: readonly Problem[];
}

/** The status of several stages together: `error` if one could not judge, else the worst. */
export function combinedStatus(
  stages: readonly { readonly status: Status }[],
  broken: readonly BrokenStage[],
): Status | 'error' {
  return broken.length > 0 ? 'error' : worst(stages.map(({ status }) => status));
}

/** How many stages have each status, errors first: `1 error, 2 pass`. */
export function stageTally(
  stages: readonly { readonly status: Status }[],
  broken: readonly BrokenStage[],
): string {
  const errors = broken.length === 0 ? '' : count(broken.length, 'error', 'error');
  return [errors, tally(stages)].filter((part) => part !== '').join(', ');
}

/** Why a stage could not judge, in one line: the first problem, and the number of further ones. */
export function firstProblem({ problems }: BrokenStage): string {
  const [first, ...more] = problems;
  const line = first === undefined ? 'nothing could be judged' : problemLine(first);
  return more.length === 0 ? line : `${line} (and ${count(more.length, 'more problem')})`;
}

/** `validate-data · demand`, or the action alone. */
export function stageTitle({ action, name }: { readonly action: string; readonly name: string }): string {
  return [action, name].filter((part) => part !== '').join(' · ');
}
