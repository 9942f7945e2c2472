/** Is a file of the checkout the one that git, or Git LFS, knows? */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * @param digest a blob's name in git, or `sha256:` and the digest of the bytes.
 * @param place the file.
 * @param size of it, in bytes.
 */
export async function matches(digest: string, place: string, size: number): Promise<boolean> {
  const isPlain = digest.startsWith('sha256:');
  const hash = createHash(isPlain || digest.length === 64 ? 'sha256' : 'sha1');
  if (!isPlain) hash.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(place)) hash.update(chunk as Uint8Array);
  return hash.digest('hex') === digest.replace('sha256:', '');
}

/** What a pointer of Git LFS stands for, as `sha256:…`; undefined for any other file. */
export function lfsDigest(bytes: Uint8Array): string | undefined {
  if (bytes.length > 1024) return undefined;
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.startsWith('version https://git-lfs.github.com/spec/v1\n')) return undefined;
  return /^oid (sha256:[0-9a-f]{64})$/m.exec(text)?.[1];
}

/** Git may have written other line ends into the checkout. */
export function isSameText(a: Uint8Array, b: Uint8Array): boolean {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  return text(a) === text(b);
}
