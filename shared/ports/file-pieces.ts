/** An open file. */
export interface OpenFile {
  /** @param position null for where the file stands. */
  read(
    into: Buffer,
    at: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number }>;
}

/** Measured: the most that stays in the processor's cache until it is used. */
const PIECE = 256 * 1024;
/** Of files that have been read, for those that come next: memory that is new costs as much as reading. */
const spare: Buffer[] = [];

/**
 * The bytes of an open file, each piece only until the next is asked for: while one is used, the next is read.
 *
 * @param from the place of the first one; null reads on from where the file stands, as pipes must be read.
 * @param to the place before which it ends.
 * @throws Error of the file system.
 */
export async function* filePieces(
  file: OpenFile,
  from: number | null = 0,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  let own = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE);
  let other = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE);
  let left = to - (from ?? 0);
  let at = from;
  let reading = file.read(own, 0, Math.min(PIECE, left), at);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      left -= bytesRead;
      if (at !== null) at += bytesRead;
      reading = file.read(other, 0, Math.min(PIECE, left), at);
      // Awaited above, or below; until then a failure is not one without a handler.
      reading.catch(() => {});
      yield own.subarray(0, bytesRead);
      [own, other] = [other, own];
    }
  } finally {
    // Until then it writes into one of them.
    await reading.catch(() => {});
    spare.push(own, other);
  }
}
