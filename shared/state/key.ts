import { UserError } from '../problem/problem.ts';

/**
 * Refuses a key that is not a POSIX path of letters, digits, `.`, `_` and `-`, or that git or a file system
 * would read as something else (`..`, a leading dot, `.lock` at an end).
 *
 * @throws UserError naming the key.
 */
export function checkKey(key: string): void {
  const problem = key
    .split('/')
    .map(segmentProblem)
    .find((found) => found !== undefined);
  if (problem === undefined) return;
  throw new UserError({
    what: `${JSON.stringify(key)} cannot name a state: ${problem}`,
    where: 'state',
    fix: 'give the model a name of letters, digits, `.`, `_` and `-`',
  });
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'a part of it is empty';
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment))
    return `${JSON.stringify(segment)} holds other characters`;
  if (segment.includes('..') || segment.endsWith('.'))
    return `${JSON.stringify(segment)} holds dots, which are not allowed there`;
  if (/\.lock$/i.test(segment)) return 'it ends in .lock';
  return segment.length > 128 ? 'it is longer than 128 characters' : undefined;
}
