import { messageOf } from '../../problem/problem.ts';

/** What happened: Sigstore's errors tell it in their causes. */
export function reasonsOf(error: unknown): string {
  const reasons: string[] = [];
  let at = error;
  while (at !== undefined && at !== null && reasons.length < 4) {
    reasons.push(messageOf(at));
    at = (at as { cause?: unknown }).cause;
  }
  return [...new Set(reasons)].join(': ');
}
