/** Where the frames of a Zstandard file begin and end (RFC 8878, section 3.1). */

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const MAX_BLOCK = 128 * 1024;

/** An error: what is wrong, or undefined if the bytes end too soon. */
type Damaged = (what: string | undefined) => Error;

/** Takes bytes from chunks of any size. */
class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes, or fewer at the end. */
  async take(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#at === this.#chunk.length) {
        const next = await this.#iterator.next();
        if (next.done === true) break;
        this.#chunk = next.value;
        this.#at = 0;
      }
      const part = this.#chunk.subarray(this.#at, this.#at + missing);
      this.#at += part.length;
      missing -= part.length;
      if (part.length > 0) parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/**
 * The frames of a file one after the other, each as its own bytes; skippable frames are left out. Each frame has to be
 * read to its end before the next one.
 */
export async function* frames(
  chunks: AsyncIterable<Uint8Array>,
  damaged: Damaged,
): AsyncGenerator<AsyncIterable<Uint8Array>> {
  const reader = new ByteReader(chunks);
  const take = async (count: number): Promise<Buffer> => {
    const bytes = await reader.take(count);
    if (bytes.length < count) throw damaged(undefined);
    return bytes;
  };
  try {
    for (;;) {
      const magic = await reader.take(4);
      if (magic.length === 0) return;
      if (magic.length < 4) throw damaged(undefined);
      const number = magic.readUInt32LE(0);
      if (number === MAGIC) yield frame(magic, take, damaged);
      else if ((number & 0xfffffff0) >>> 0 === SKIPPABLE) await skip((await take(4)).readUInt32LE(0), take);
      else throw damaged('other bytes follow a frame');
    }
  } finally {
    await reader.close();
  }
}

async function skip(count: number, take: (count: number) => Promise<Buffer>): Promise<void> {
  for (let left = count; left > 0; left -= Math.min(left, MAX_BLOCK)) await take(Math.min(left, MAX_BLOCK));
}

async function* frame(
  magic: Buffer,
  take: (count: number) => Promise<Buffer>,
  damaged: Damaged,
): AsyncGenerator<Uint8Array> {
  const first = await take(1);
  const descriptor = first[0] ?? 0;
  const single = (descriptor & 0x20) !== 0;
  const checksum = (descriptor & 0x04) !== 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const rest = await take((single ? 0 : 1) + dictionary + contentSize);
  yield Buffer.concat([magic, first, rest]);
  for (let last = false; !last; ) {
    const header = await take(3);
    const fields = header.readUIntLE(0, 3);
    last = (fields & 1) === 1;
    const kind = (fields >> 1) & 3;
    const size = fields >> 3;
    if (kind === 3 || (kind !== 1 && size > MAX_BLOCK)) throw damaged('a block is of no known kind');
    // A repeated byte is stored once.
    yield Buffer.concat([header, await take(kind === 1 ? 1 : size)]);
  }
  if (checksum) yield await take(4);
}
