import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** A file of a bundle: POSIX path relative to the bundle's root, size in bytes, SHA-256 in hexadecimal. */
export interface BundleFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Files under one identity. */
export interface Bundle {
  readonly digest: string;
  readonly files: readonly BundleFile[];
}

/**
 * The identity of data and of models: SHA-256 of the RFC 8785 JSON of `[{path,size,sha256}]`, sorted by the
 * bytes of the paths. Names, versions and metadata are not in it.
 */
export function digestOf(files: readonly BundleFile[]): string {
  const sorted = [...files]
    .map(({ path, size, sha256 }) => ({ path, size, sha256 }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return sha256Text(canonicalJson(sorted));
}

/** RFC 8785 JSON. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form has no digest');
  return text;
}

/** `sha256:` and the hexadecimal SHA-256 of a text's UTF-8 bytes. */
export function sha256Text(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A text as a file of a bundle. */
export function textFile(path: string, content: string): BundleFile {
  const sha256 = sha256Text(content).slice('sha256:'.length);
  return { path, size: Buffer.byteLength(content), sha256 };
}

/** The bytes of all files together. */
export function bytesIn(files: readonly Pick<BundleFile, 'size'>[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Is it `sha256:` with 64 hexadecimal digits? */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
