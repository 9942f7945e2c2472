/** The bytes of a file on this machine, as they are read. */
import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../ports/ports.ts';

const MIN_BUFFER = 4 * 1024;
/** Measured: the most that stays in the processor's cache until it is used. */
const MAX_BUFFER = 256 * 1024;

/**
 * @param opened opens it, each time again. @param failed what is thrown in place of an error of reading.
 */
export function fileSource(
  name: string,
  opened: () => Promise<FileHandle>,
  failed: (error: unknown) => unknown = (error) => error,
): ByteSource & Required<Pick<ByteSource, 'size' | 'slice'>> {
  const reading = async <T>(read: (file: FileHandle) => Promise<T>): Promise<T> => {
    const file = await opened();
    try {
      return await read(file);
    } catch (error) {
      throw failed(error);
    } finally {
      await file.close();
    }
  };
  async function* stream(): AsyncGenerator<Uint8Array> {
    const file = await opened();
    try {
      yield* chunksOf(file);
    } catch (error) {
      throw failed(error);
    } finally {
      await file.close();
    }
  }
  return {
    name,
    stream,
    async *open() {
      for await (const chunk of stream()) yield Buffer.from(chunk);
    },
    size: () => reading(async (file) => (await file.stat()).size),
    slice: (start, end) => reading((file) => sliceOf(file, start, end)),
  };
}

/** The bytes of an open file in two buffers, one of which is read into while the other is used. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  // Buffers of the file's own size: many small files are read as often as one large one.
  const { size } = await file.stat();
  const room = Math.min(Math.max(size + 1, MIN_BUFFER), MAX_BUFFER);
  let [own, other] = [Buffer.allocUnsafeSlow(room), Buffer.allocUnsafeSlow(room)];
  let reading = file.read(own, 0, room, null);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      reading = file.read(other, 0, room, null);
      // Awaited above, or below; until then a failure is not one without a handler.
      reading.catch(() => {});
      yield own.subarray(0, bytesRead);
      [own, other] = [other, own];
    }
  } finally {
    await reading.catch(() => {});
  }
}

async function sliceOf(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
