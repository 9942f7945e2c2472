import { createHash } from 'node:crypto';
import type { BundleFile } from './digest.ts';

/** What a file holds: its size in bytes, and its SHA-256 in hexadecimal. */
export type FileHash = Pick<BundleFile, 'size' | 'sha256'>;

/** An open file. */
interface Opened {
  read(into: Buffer, at: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/** Measured: the most that stays in the processor's cache between reading and hashing. */
const PART = 256 * 1024;
/** Of files that have been hashed, for those that come next: memory that is new costs as much as reading. */
const spare: Buffer[] = [];

/** Reads an open file from its start on; one part is hashed while the next is read. @throws Error of the file system. */
export async function hashFile(file: Opened): Promise<FileHash> {
  const hash = createHash('sha256');
  let part = spare.pop() ?? Buffer.allocUnsafeSlow(PART);
  let other = spare.pop() ?? Buffer.allocUnsafeSlow(PART);
  let size = 0;
  for (let reading = file.read(part, 0, PART, 0); ; ) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) break;
    size += bytesRead;
    reading = file.read(other, 0, PART, size);
    hash.update(part.subarray(0, bytesRead));
    [part, other] = [other, part];
  }
  spare.push(part, other);
  return { size, sha256: hash.digest('hex') };
}
