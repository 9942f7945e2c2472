/** Where an S3 bucket is asked, and who asks. */
import type { S3Settings } from '../../ports/ports.ts';

const DEFAULT_REGION = 'us-east-1';
/** The SHA-256 of nothing: requests that read have no body. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * The URL of a bucket or of an object in it: the bucket is in the host's name at AWS if TLS allows it (no dots), and in
 * the path elsewhere, which every server of the protocol takes.
 */
export function s3Url(
  { endpoint, region = DEFAULT_REGION }: Pick<S3Settings, 'endpoint' | 'region'>,
  bucket: string,
  key = '',
  query: Readonly<Record<string, string>> = {},
): string {
  const aws = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  const isHost = endpoint === undefined && /^[a-z0-9][a-z0-9-]*$/.test(bucket);
  const base = isHost
    ? `https://${bucket}.${aws}`
    : `${(endpoint ?? `https://${aws}`).replace(/\/+$/, '')}/${bucket}`;
  const parameters = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return `${base}/${key.split('/').map(encoded).join('/')}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
}

/** As signatures have it: everything but letters, digits, `-`, `.`, `_` and `~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The headers that make a request the user's (AWS Signature Version 4); none without credentials, which public buckets
 * need not.
 *
 * @param at the time of the signature; the machine's, whatever the input `now` says, since servers compare it with theirs.
 */
export async function signedHeaders(
  request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  },
  { credentials, region = DEFAULT_REGION }: S3Settings,
  at?: Date,
): Promise<Readonly<Record<string, string>>> {
  if (credentials === undefined) return request.headers;
  const { AwsV4Signer } = await import('aws4fetch');
  const signer = new AwsV4Signer({
    ...{ method: request.method, url: request.url, service: 's3', region, allHeaders: true },
    headers: { ...request.headers, 'x-amz-content-sha256': EMPTY_SHA256 },
    ...{ accessKeyId: credentials.id, secretAccessKey: credentials.secret },
    ...(credentials.session === undefined ? {} : { sessionToken: credentials.session }),
    ...(at === undefined ? {} : { datetime: at.toISOString().replace(/[:-]|\.\d{3}/g, '') }),
  });
  const { headers } = await signer.sign();
  return Object.fromEntries(headers.entries());
}
