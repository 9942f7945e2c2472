import type { Source } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';

/** Reads a file of a model that is to be registered. @throws UserError if its bytes may have changed meanwhile. */
export async function whileUnchanged<T>(
  source: Pick<Source, 'name' | 'stamp'>,
  read: () => Promise<T>,
): Promise<T> {
  const before = await source.stamp?.();
  const result = await read();
  if ((await source.stamp?.()) !== before) throw changed(source.name);
  return result;
}

/** That the bytes are not those that were to be registered. */
export function changed(where: string): UserError {
  return new UserError({
    what: 'changed while it was being registered',
    where,
    fix: 'register the model again when no other process writes to it',
  });
}
