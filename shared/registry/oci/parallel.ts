import { type Problem, UserError } from '../../problem/problem.ts';

/** So many requests or files at a time: more are not faster, and registries count. */
const AT_A_TIME = 4;

/**
 * The results of all, in order, a few at a time.
 *
 * @throws UserError with the problems of all that fail.
 */
export async function inParallel<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  const problems: Problem[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [at, item] of rest) {
      try {
        results[at] = await work(item);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push(...error.problems);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  if (problems.length > 0) throw new UserError(problems);
  return results;
}
