import { createHash } from 'node:crypto';

/** Chunks that are read by length. At the end there are fewer bytes than were asked for. */
export class UnreadChunks {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Bytes that memory has room for. */
  async take(length: number): Promise<Uint8Array> {
    const taken: Uint8Array[] = [];
    for await (const chunk of this.#upTo(length)) taken.push(chunk);
    return Buffer.concat(taken);
  }

  /** SHA-256 in hexadecimal. */
  async hash(length: number): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.#upTo(length)) hash.update(chunk);
    return hash.digest('hex');
  }

  async *#upTo(length: number): AsyncGenerator<Uint8Array> {
    for (let missing = length; missing > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done === true) return;
        this.#rest = value;
      }
      const chunk = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(chunk.length);
      missing -= chunk.length;
      yield chunk;
    }
  }
}
