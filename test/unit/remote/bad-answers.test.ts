/** What a store may answer in place of the bytes that were asked for: each time an error, and no byte to judge. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { type Asked, type FaultyServer, type Given, startFaultyServer } from '../../support/faulty-server.ts';
import { IN_PLACE, sliceOf, textOf, useRemoteSpace } from '../../support/remote-space.ts';

const TEXT = 'PAR1 and what follows PAR1';
const space = useRemoteSpace();
let server: FaultyServer;
afterEach(() => server.close());

type StoreName = 'https' | 's3' | 'gs' | 'az';
const STORES: Readonly<
  Record<StoreName, { readonly env: () => Record<string, string>; readonly prefix: () => string }>
> = {
  https: { env: () => ({}), prefix: () => `${server.url}/data/` },
  s3: {
    env: () => ({
      AWS_ENDPOINT_URL_S3: server.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }),
    prefix: () => 's3://data/',
  },
  gs: { env: () => ({ STORAGE_EMULATOR_HOST: server.url }), prefix: () => 'gs://data/' },
  az: {
    env: () => ({
      AZURE_STORAGE_SERVICE_ENDPOINT: server.url,
      AZURE_STORAGE_ACCOUNT: 'acme',
      AZURE_STORAGE_KEY: 'a2V5',
    }),
    prefix: () => 'az://data/',
  },
};
const NAMES = Object.keys(STORES) as StoreName[];

const STATE = { etag: '"1"', 'x-goog-generation': '7' };

/** The part of the file that was asked for, as a right server gives it. */
function part({ headers }: Asked, shift = 0): Given {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const bytes = Buffer.from(TEXT);
  if (first === undefined) return { status: 200, headers: STATE, body: bytes };
  const start = Math.max(0, Number(first) + shift);
  const body = bytes.subarray(start, last === '' ? undefined : Number(last) + 1 + shift);
  const range = `bytes ${start}-${start + body.length - 1}/${bytes.length}`;
  return { status: 206, headers: { ...STATE, 'content-range': range }, body };
}

/** All four stores in one, right until the first read. */
async function start(read: (asked: Asked, number: number) => Given): Promise<void> {
  let reads = 0;
  server = await startFaultyServer((asked) => {
    if (asked.path.startsWith('/storage/') && asked.query.get('alt') !== 'media')
      return { status: 200, body: JSON.stringify({ size: String(TEXT.length), generation: '7' }) };
    const isLook = asked.method === 'HEAD' || asked.headers.range === 'bytes=0-0';
    if (!isLook) return read(asked, ++reads);
    return asked.method === 'HEAD' ? { status: 200, headers: STATE, body: TEXT } : part(asked);
  });
}

const sourceAt = (name: StoreName) =>
  space.open(STORES[name].env(), { limits: IN_PLACE }).source(`${STORES[name].prefix()}a.parquet`);

describe.each(NAMES)('%s', (name) => {
  test('gives the part that was asked for', async () => {
    await start((asked) => part(asked));
    expect(await sliceOf(sourceAt(name), 5, 8)).toBe('and');
    expect(await textOf(sourceAt(name))).toBe(TEXT);
  });

  test.each<[string, (asked: Asked) => Given, RegExp]>([
    ['another part', (asked) => part(asked, 1), /other bytes than those that were asked for/],
    [
      'a part that does not say where it begins',
      (asked) => ({ ...part(asked), headers: STATE }),
      /other bytes than those that were asked for/,
    ],
    ['the whole file', () => ({ status: 200, headers: STATE, body: TEXT }), /answered with the whole file/],
    [
      'a part of another state',
      (asked) => ({
        ...part(asked),
        headers: { ...part(asked).headers, etag: '"2"', 'x-goog-generation': '8' },
      }),
      /changed while it was being read/,
    ],
    ['no such state', () => ({ status: 412 }), /changed while it was being read|412/],
    [
      'fewer bytes',
      (asked) => ({ ...part(asked), body: String(part(asked).body).slice(0, 1) }),
      /broken off|1 of 3 bytes/,
    ],
    [
      'a login that has ended',
      () => ({ status: name === 's3' ? 403 : 401, body: '<Error><Code>ExpiredToken</Code></Error>' }),
      /expired|credentials/,
    ],
    ['a page', () => ({ status: 403, body: '<html>' }), /403/],
  ])('%s', async (_what, answer, message) => {
    await start(answer);
    const read = sliceOf(sourceAt(name), 5, 8);
    await expect(read).rejects.toThrow(UserError);
    await expect(read).rejects.toThrow(message);
  });

  test('a body that is broken off again and again', async () => {
    await start((asked) => part(asked));
    const source = sourceAt(name);
    await source.size?.();
    server.fault(() => 'half');
    const read = textOf(source);
    await expect(read).rejects.toThrow(/broken off 6 times|other bytes/);
  });
});

describe.each(['s3', 'gs', 'az'] as const)('%s', (name) => {
  test('does not follow a redirect to another host', async () => {
    await start(() => ({ status: 302, headers: { location: 'https://example.com/x' } }));
    await expect(sliceOf(sourceAt(name), 5, 8)).rejects.toThrow(UserError);
    expect(server.requests.length).toBeLessThan(5);
  });

  test('a listing that does not end is left at its bound', async () => {
    let page = 0;
    server = await startFaultyServer(() => {
      page++;
      const keys = Array.from({ length: 1000 }, (_, index) => `logs/${page}-${index}.csv`);
      if (name === 'gs')
        return {
          status: 200,
          body: JSON.stringify({ items: keys.map((key) => ({ name: key })), nextPageToken: `t${page}` }),
        };
      const body =
        name === 's3'
          ? `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t${page}</NextContinuationToken>${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')}</ListBucketResult>`
          : `<EnumerationResults><Blobs>${keys.map((key) => `<Blob><Name>${key}</Name></Blob>`).join('')}</Blobs><NextMarker>t${page}</NextMarker></EnumerationResults>`;
      return { status: 200, headers: { 'content-type': 'application/xml' }, body };
    });
    const found = space
      .open(STORES[name].env(), { mostListed: 5000 })
      .glob(`${STORES[name].prefix()}logs/*.csv`);
    await expect(found).rejects.toThrow(/more than 5000 objects begin so.*longer prefix/s);
    expect(page).toBeLessThanOrEqual(6);
  });
});

describe('https', () => {
  test('a weak ETag names no state, so the file is copied once', async () => {
    server = await startFaultyServer((asked) => ({
      ...part(asked),
      headers: { ...part(asked).headers, etag: 'W/"1"' },
    }));
    const files = space.open({}, { limits: IN_PLACE });
    expect(await sliceOf(files.source(`${server.url}/a.parquet`), 5, 8)).toBe('and');
    expect(space.copies()).toEqual(['0-a.parquet']);
  });

  test('Parquet that is compressed on its way', async () => {
    server = await startFaultyServer((asked) => ({
      ...part(asked),
      headers: { ...part(asked).headers, 'content-encoding': 'gzip' },
    }));
    await expect(sliceOf(sourceAt('https'), 5, 8)).rejects.toThrow(
      /compressed \(content-encoding: gzip\).*switch/s,
    );
  });
});
