import { createHash } from 'node:crypto';
import { filePieces, type OpenFile } from '../ports/file-pieces.ts';
import type { BundleFile } from './digest.ts';

/** What a file holds: its size in bytes, and its SHA-256 in hexadecimal. */
export type FileHash = Pick<BundleFile, 'size' | 'sha256'>;

/** Reads an open file from its start on. @throws Error of the file system. */
export async function hashFile(file: OpenFile): Promise<FileHash> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of filePieces(file)) {
    size += piece.length;
    hash.update(piece);
  }
  return { size, sha256: hash.digest('hex') };
}
