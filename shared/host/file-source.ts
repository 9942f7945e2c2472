/** The bytes of a file on this machine, as they are read. */
import type { FileHandle } from 'node:fs/promises';
import { filePieces } from '../ports/file-pieces.ts';
import type { ByteSource } from '../ports/ports.ts';

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
      yield* filePieces(file, null);
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
