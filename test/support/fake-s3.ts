/** S3 on the loopback interface, as strict as it is: buckets by path, versions, checksums, pages of lists. */
import { createHash } from 'node:crypto';
import { type Asked, type FaultyServer, type Given, startFaultyServer } from './faulty-server.ts';

export interface S3Object {
  readonly content: string;
  /** `whole`: uploaded with its SHA-256; `parts`: in parts; `none`: without. */
  readonly checksum?: 'whole' | 'parts' | 'none';
  /** Does the store say which kind of checksum it is? Older ones do not. */
  readonly typed?: boolean;
}

export interface FakeS3Options {
  readonly versioned?: boolean;
  /** Keys of a page of a list. */
  readonly page?: number;
  /** Instead of any other answer. */
  readonly answer?: (asked: Asked) => Given | undefined;
}

export interface FakeS3 extends FaultyServer {
  put(key: string, object: S3Object | string): void;
  /** Takes the object away; with versions, its versions stay. */
  remove(key: string): void;
  /** Takes it away with all its versions. */
  purge(key: string): void;
}

interface Stored extends S3Object {
  readonly version: string;
}

/** With the bucket `models`. */
export async function startFakeS3({
  versioned = false,
  page = 1000,
  answer,
}: FakeS3Options = {}): Promise<FakeS3> {
  const objects = new Map<string, Stored[]>();
  const current = (key: string) => {
    const last = objects.get(key)?.at(-1);
    return last?.version === 'deleted' ? undefined : last;
  };
  let versions = 0;

  const list = (query: URLSearchParams): Given => {
    if (query.get('list-type') !== '2') return fault(400, 'InvalidArgument');
    const prefix = query.get('prefix') ?? '';
    const from = Number(Buffer.from(query.get('continuation-token') ?? '', 'base64').toString() || 0);
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(prefix) && current(key) !== undefined)
      .sort();
    const shown = keys.slice(from, from + page);
    const isTruncated = from + page < keys.length;
    const written = (text: string) =>
      query.get('encoding-type') === 'url' ? urlEncoded(text) : xmlEncoded(text);
    const contents = shown.map((key) => {
      const { content } = current(key) as Stored;
      return `<Contents><Key>${written(key)}</Key><LastModified>2026-01-05T12:00:00.000Z</LastModified><ETag>&quot;${md5(content)}&quot;</ETag><Size>${Buffer.byteLength(content)}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    });
    const next = isTruncated
      ? `<NextContinuationToken>${Buffer.from(String(from + page)).toString('base64')}</NextContinuationToken>`
      : '';
    return xml(
      200,
      `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>models</Name><Prefix>${written(prefix)}</Prefix><MaxKeys>${page}</MaxKeys><EncodingType>url</EncodingType><KeyCount>${shown.length}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
  };

  const read = ({ method, query, headers }: Asked, key: string): Given => {
    const wanted = query.get('versionId');
    const found =
      wanted === null ? current(key) : objects.get(key)?.find(({ version }) => version === wanted);
    if (found === undefined)
      return method === 'HEAD'
        ? { status: 404 }
        : fault(404, wanted === null ? 'NoSuchKey' : 'NoSuchVersion');
    const etag = `"${md5(found.content)}${found.checksum === 'parts' ? '-2' : ''}"`;
    if (headers['if-match'] !== undefined && headers['if-match'] !== etag)
      return method === 'HEAD' ? { status: 412 } : fault(412, 'PreconditionFailed');
    const bytes = Buffer.from(found.content);
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const part = bytes.subarray(start, range?.[2] ? Number(range[2]) + 1 : undefined);
    return {
      status: range === null ? 200 : 206,
      headers: {
        'content-type': key.endsWith('.html') ? 'text/html' : 'application/octet-stream',
        etag,
        ...(versioned ? { 'x-amz-version-id': found.version } : {}),
        ...(headers['x-amz-checksum-mode'] === 'ENABLED' ? checksumOf(found) : {}),
        'content-length': String(part.length),
        ...(range === null
          ? {}
          : { 'content-range': `bytes ${start}-${start + part.length - 1}/${bytes.length}` }),
      },
      ...(method === 'HEAD' ? {} : { body: part }),
    };
  };

  const server = await startFaultyServer((asked) => {
    const special = answer?.(asked);
    if (special !== undefined) return special;
    const [, bucket = '', path = ''] = /^\/([^/]+)\/(.*)$/.exec(asked.path) ?? [];
    if (bucket !== 'models') return asked.method === 'HEAD' ? { status: 404 } : fault(404, 'NoSuchBucket');
    return path === '' ? list(asked.query) : read(asked, decodeURIComponent(path));
  });
  const push = (key: string, object: S3Object, version: string) =>
    objects.set(
      key,
      versioned ? [...(objects.get(key) ?? []), { ...object, version }] : [{ ...object, version }],
    );
  return Object.assign(server, {
    put: (key: string, object: S3Object | string) =>
      void push(key, typeof object === 'string' ? { content: object } : object, `v${++versions}/+=`),
    remove: (key: string) => void (versioned ? push(key, { content: '' }, 'deleted') : objects.delete(key)),
    purge: (key: string) => void objects.delete(key),
  });
}

function checksumOf({ content, checksum = 'whole', typed = true }: S3Object): Record<string, string> {
  if (checksum === 'none') return {};
  const sha256 = createHash('sha256').update(content).digest('base64');
  // The checksum of the parts' checksums, which older stores tell without their number.
  const ofParts = createHash('sha256').update(sha256).digest('base64');
  return {
    'x-amz-checksum-sha256': checksum === 'whole' ? sha256 : typed ? `${ofParts}-2` : ofParts,
    ...(typed ? { 'x-amz-checksum-type': checksum === 'whole' ? 'FULL_OBJECT' : 'COMPOSITE' } : {}),
  };
}

export function fault(status: number, code: string): Given {
  return xml(
    status,
    `<Error><Code>${code}</Code><Message>The message of ${code}</Message><RequestId>1</RequestId></Error>`,
  );
}

function xml(status: number, body: string): Given {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

function md5(content: string): string {
  return createHash('md5').update(content).digest('hex');
}

/** Java's, as S3 encodes keys: blanks are `+`. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/');
}

function xmlEncoded(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
