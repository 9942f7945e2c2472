/** Writes that other runs may do at once: whether one is done is seen by what is there, not by what the server says of it. */
import { Unreachable } from '../../problem/problem.ts';
import { validate as isObject } from '../../schema/generated/mlflow.js';
import { untilDone } from '../remote/repeat.ts';
import { mayPass } from './refusal.ts';
import type { MlflowCall, MlflowServer } from './server.ts';

export function post(route: string, doing: string, body: Readonly<Record<string, unknown>>): MlflowCall {
  return { method: 'POST', route, body, doing };
}

/**
 * Does a write until it is done. Of two at once MLflow refuses one with whatever its database says of it (a UNIQUE
 * constraint, a row that is gone), and the words differ by database and version. So after each refusal it is looked whether
 * the write is done, by this run or another; if not, it is done again.
 *
 * @param isDone reads again; may throw what the caller makes of what it sees.
 * @throws Refused, Unreachable
 */
export async function write(
  server: MlflowServer,
  call: MlflowCall,
  isDone: () => Promise<boolean>,
): Promise<void> {
  await untilDone(server.clock, async (isLast) => {
    const answer = await server.answer(call).catch((error: unknown) => {
      if (call.once === true && error instanceof Unreachable) return error;
      throw error;
    });
    const isLost = answer instanceof Unreachable;
    if (!isLost && answer.status === 200) return server.read(answer, call, isObject);
    if (await isDone()) return true;
    if (!isLast && (isLost || mayPass(answer))) return undefined;
    if (isLost) throw answer;
    return server.refuse(answer, call);
  });
}
