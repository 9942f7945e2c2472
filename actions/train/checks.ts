import type { TrainingAnswer } from '../../shared/training/answer.ts';
import type { TrainingState } from '../../shared/training/state.ts';
import type { Check } from '../../shared/verdict/verdict.ts';

/** The check of `resume` if nothing is under way. */
export const NO_JOB: Check = {
  id: 'training.job',
  status: 'pass',
  message: 'no training is under way elsewhere',
};

/** What runs a pull request's code writes no state, so it could submit one job after the other. */
export const NOT_HERE: Check = {
  id: 'training.job',
  status: 'warn',
  message: 'a pull request submits no training, so there is no candidate to judge',
  fix: 'judge the candidate after the merge; in ml-loop.yml, `allow-missing: [validate-model]` below `defaults:` lets the pull request pass without one',
};

/** The check `training.command`: how a training in this job has ended. */
export function commandCheck({ status, reason }: TrainingAnswer): Check {
  const id = 'training.command';
  if (status === 'trained') return { id, status: 'pass', message: 'the training command has ended well' };
  const why = reason === undefined ? '' : `: ${reason}`;
  return { id, status: 'fail', message: `the training failed${why}`, fix: 'see the log of this step' };
}

/** The check `training.job`: how a training elsewhere stands. */
export function jobCheck(
  state: TrainingState,
  { isOfAnother, polls }: { readonly isOfAnother: boolean; readonly polls: boolean },
): Check {
  const { status, job, deadline, reason, startedAt } = state;
  const id = 'training.job';
  const base = { id, observed: { status, job, deadline } };
  const the = `the training${job === null ? '' : ` ${job}`}`;
  const why = reason === null ? '' : `: ${reason}`;
  switch (status) {
    case 'trained':
      return { ...base, status: 'pass', message: `${the} has ended well` };
    case 'submitted': {
      const next = polls ? 'the operation resume polls it' : 'it ends with the dispatch ml-trained';
      if (!isOfAnother)
        return { ...base, status: 'pass', message: `${the} is under way until ${deadline} at most; ${next}` };
      return {
        ...base,
        status: 'warn',
        message: `${the} of an earlier request, since ${startedAt}, is under way until ${deadline} at most; none was submitted for this one`,
        fix: 'wait for it, and ask again',
      };
    }
    case 'expired':
      return {
        ...base,
        status: 'fail',
        message: `${the} was to end by ${deadline}${why}`,
        fix: 'look how the job is, and end it; then run this again with retry: true, or a later deadline. If it has ended after all, send its dispatch ml-trained',
      };
    default:
      return {
        ...base,
        status: 'fail',
        message: `${the} failed${why}`,
        fix: 'see the log of the job; then run this again',
      };
  }
}
