import { createHash } from 'node:crypto';
import type { ByteSource } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { type BytesFacts, CHANGED_FILE } from '../remote/bytes.ts';

interface Reading {
  readonly chunks: AsyncIterator<Uint8Array>;
  /** The place of what comes next. */
  at: number;
  /** What was read beyond the last part. */
  rest: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * A source's bytes, part by part: parts that follow each other are one pass over it, and for a part that was lost on the
 * way it is opened again. Each byte is hashed once; the last one is given only if all are those of the digest.
 */
export class Feed {
  readonly #source: ByteSource;
  readonly #blob: BytesFacts;
  readonly #onBytes: (count: number) => void;
  readonly #hash = createHash('sha256');
  #hashed = 0;
  /** Taken by the part that reads on. */
  #reading: Reading | undefined;

  constructor(source: ByteSource, blob: BytesFacts, onBytes: (count: number) => void = () => {}) {
    this.#source = source;
    this.#blob = blob;
    this.#onBytes = onBytes;
  }

  /**
   * The bytes from `from` to before `to`, of which `from` is at most where an earlier part came to.
   *
   * @throws UserError for other bytes.
   */
  async *part(from: number, to: number): AsyncGenerator<Uint8Array> {
    const reading = await this.#readingAt(from);
    let isWhole = false;
    try {
      while (reading.at < to) {
        const chunk = await next(reading, to - reading.at);
        if (chunk === undefined) throw this.#changed();
        this.#count(chunk, reading.at - chunk.length);
        if (reading.at === this.#blob.size) await this.#finish(reading);
        yield chunk;
      }
      isWhole = true;
    } finally {
      if (isWhole) this.#reading = reading;
      else await reading.chunks.return?.();
    }
  }

  async close(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.chunks.return?.();
  }

  async #readingAt(from: number): Promise<Reading> {
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading?.at === from) return reading;
    await reading?.chunks.return?.();
    const again = { chunks: this.#source.open()[Symbol.asyncIterator](), at: 0, rest: NOTHING };
    while (again.at < from) if ((await next(again, from - again.at)) === undefined) throw this.#changed();
    return again;
  }

  #count(chunk: Uint8Array, at: number): void {
    const fresh = chunk.subarray(Math.max(0, this.#hashed - at));
    if (fresh.length === 0) return;
    this.#hash.update(fresh);
    this.#hashed += fresh.length;
    this.#onBytes(fresh.length);
  }

  /** @throws UserError if the source goes on, or its bytes are others. */
  async #finish(reading: Reading): Promise<void> {
    const more = await next(reading, 1);
    const isSame = `sha256:${this.#hash.copy().digest('hex')}` === this.#blob.digest;
    if (more !== undefined || !isSame) throw this.#changed();
  }

  #changed(): UserError {
    return new UserError({ ...(this.#blob.change ?? CHANGED_FILE), where: this.#blob.where });
  }
}

/** The next bytes, `most` of them at most; undefined at the end. */
async function next(reading: Reading, most: number): Promise<Uint8Array | undefined> {
  while (reading.rest.length === 0) {
    const { value, done } = await reading.chunks.next();
    if (done === true) return undefined;
    reading.rest = value;
  }
  const chunk = reading.rest.subarray(0, most);
  reading.rest = reading.rest.subarray(chunk.length);
  reading.at += chunk.length;
  return chunk;
}
