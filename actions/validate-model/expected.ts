import { UserError } from '../../shared/problem/problem.ts';
import type { Inputs } from './inputs.ts';

/** @throws UserError if the candidate is not the model that `model-digest` says: nothing is judged, and no use counted. */
export function requireDigest(inputs: Inputs, digest: string): void {
  const expected = inputs['model-digest'];
  if (expected === undefined || expected === digest) return;
  throw new UserError({
    what: `the model has the digest ${digest}, and ${expected} is expected`,
    where: 'input model',
    fix: 'find out what changed the model after the training; then train again',
  });
}
