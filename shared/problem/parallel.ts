import { type Problem, Unreachable, UserError } from './problem.ts';

/** So many requests or files at a time: more are not faster, and servers count. */
const AT_A_TIME = 4;

/**
 * The results of all, in order, a few at a time. When it returns or throws, none is under way any more.
 *
 * @throws UserError with the problems of all that fail. Unreachable, for a server is that for all of them, and any other
 * error end it once those that have begun have ended.
 */
export async function inParallel<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  const problems: Problem[] = [];
  const broken: unknown[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [at, item] of rest) {
      if (broken.length > 0) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        if (error instanceof UserError && !(error instanceof Unreachable)) problems.push(...error.problems);
        else broken.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  if (broken.length > 0) throw broken[0];
  if (problems.length > 0) throw new UserError(problems);
  return results;
}

/**
 * What all of them come to; each may be of another kind.
 *
 * @throws UserError with the problems of all that fail; any other error as it is.
 */
export async function together<T extends readonly unknown[]>(
  ...under: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const ends = await Promise.allSettled(under);
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const broken = reasons.find((reason) => !(reason instanceof UserError));
  if (broken !== undefined) throw broken;
  const problems = reasons.flatMap((reason) => (reason as UserError).problems);
  if (problems.length > 0) throw new UserError(problems);
  return ends.map((end) => (end as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
