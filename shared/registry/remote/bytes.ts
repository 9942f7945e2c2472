/** Streams of bytes that are what their digest says, or an error. */
import { createHash } from 'node:crypto';
import type { StreamResponse } from '../../ports/ports.ts';
import { inParallel } from '../../problem/parallel.ts';
import { type Problem, UserError } from '../../problem/problem.ts';

export interface BytesFacts {
  /** `sha256:…`. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** The file or blob, for errors. */
  readonly where: string;
  /** What to say of other bytes. */
  readonly change?: Pick<Problem, 'what' | 'fix'>;
}

export const CHANGED_FILE = {
  what: 'changed while it was being registered',
  fix: 'register the model again when nothing writes to it',
};

/**
 * The chunks as they come, the last one only when all of them together have the digest: who reads to the end has the
 * right bytes, and who is stopped before that has not a whole.
 *
 * @throws UserError for other bytes.
 */
export async function* checked(
  chunks: AsyncIterable<Uint8Array>,
  { digest, size, where, change = CHANGED_FILE }: BytesFacts,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let seen = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    seen += chunk.length;
    if (seen > size) break;
    hash.update(chunk);
    if (held !== undefined) yield held;
    onBytes(chunk.length);
    held = chunk;
  }
  if (seen !== size || `sha256:${hash.digest('hex')}` !== digest) throw new UserError({ ...change, where });
  if (held !== undefined) yield held;
}

/** All of them, as UTF-8. */
export async function textIn(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString('utf8');
}

/** Reads each file to its end, which proves its bytes. @throws what `open` and reading throw, as `inParallel`. */
export async function readThrough<F>(
  files: readonly F[],
  open: (file: F) => AsyncIterable<Uint8Array>,
): Promise<void> {
  await inParallel(files, async (file) => {
    for await (const _ of open(file));
  });
}

/** Where the body of an answer begins: at 0, or at the byte that a part says; NaN if it does not say it. */
export function beginsAt({ status, headers }: Pick<StreamResponse, 'status' | 'headers'>): number {
  return status === 206 ? Number(/^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '')?.[1]) : 0;
}

const MOST_BREAKS = 5;

/**
 * A stream that goes on where it was broken off.
 *
 * @param from opens it at a byte, or at the beginning if the server cannot; `at` says which.
 * @throws UserError of the break, if it breaks again and again without a byte in between, and for another part.
 */
export async function* resumed(
  from: (start: number) => Promise<{ readonly body: AsyncIterable<Uint8Array>; readonly at: number }>,
  { size, where }: BytesFacts,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for (let breaks = 0; ; breaks++) {
    const { body, at } = await from(read);
    if (at !== 0 && at !== read) {
      for await (const _ of body) break;
      throw new UserError({
        what: 'the server answered with other bytes than those that were asked for',
        where,
        fix: 'fetch the file in a step before, and give its path',
      });
    }
    let skip = read - at;
    try {
      for await (const chunk of body) {
        const rest = skip >= chunk.length ? undefined : chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
        if (rest === undefined) continue;
        read += rest.length;
        breaks = 0;
        yield rest;
      }
      return;
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (breaks < MOST_BREAKS && read < size) continue;
      throw new UserError({
        what: `was broken off ${breaks + 1} times at byte ${read} of ${size}`,
        where,
        fix: 'run the job again; if it stays so, see the server’s log',
      });
    }
  }
}
