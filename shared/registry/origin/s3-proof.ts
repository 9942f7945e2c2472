/** What the headers of an S3 object prove: its SHA-256, its size, and what names its state. */
import type { StreamResponse } from '../../ports/ports.ts';

type Headers = StreamResponse['headers'];

/**
 * Proof of the whole object's SHA-256, in hexadecimal. The checksum of an object that was uploaded in parts is one of the
 * parts' checksums, not of the bytes: it ends with their number, or says that it is COMPOSITE. If neither is said, the
 * ETag has the number of parts.
 */
export function sha256Of(headers: Headers): string | undefined {
  const checksum = headers['x-amz-checksum-sha256'] ?? '';
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  const isWhole = type === undefined ? !/-\d+"?$/.test(headers.etag ?? '') : type === 'FULL_OBJECT';
  if (!isWhole || !/^[A-Za-z0-9+/]{43}=$/.test(checksum)) return undefined;
  return Buffer.from(checksum, 'base64').toString('hex');
}

/** In bytes; undefined if it is not told. */
export function contentSize(headers: Headers): number | undefined {
  const length = headers['content-length'] ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** As `Origin.pins` keeps it: the object's version if the bucket keeps versions, else its ETag. */
export function pinOf(headers: Headers): string | undefined {
  const version = headers['x-amz-version-id'];
  if (version !== undefined && version !== 'null') return `versionId=${version}`;
  return headers.etag === undefined ? undefined : `etag=${headers.etag}`;
}

/** What asks for that state, and for no other. */
export function askFor(pin: string | undefined): {
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
} {
  const [, kind, value = ''] = /^(versionId|etag)=(.*)$/s.exec(pin ?? '') ?? [];
  return {
    query: kind === 'versionId' ? { versionId: value } : {},
    headers: kind === 'etag' ? { 'if-match': value } : {},
  };
}
