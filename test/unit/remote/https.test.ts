/** Data at a server of the web: in one state only, by parts if it can, without credentials. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MissingFile, UserError } from '../../../shared/problem/problem.ts';
import { type Asked, type FaultyServer, type Given, startFaultyServer } from '../../support/faulty-server.ts';
import { newVersion } from '../../support/models.ts';
import { IN_PLACE, sliceOf, textOf, useRemoteSpace } from '../../support/remote-space.ts';

const TEXT = 'id,x\n1,2\n3,4\n';
const space = useRemoteSpace();
let server: FaultyServer;
afterEach(() => server.close());

/** A server of one file that knows ranges and an ETag. */
function served(
  { headers, range }: Given & { headers: Record<string, string>; range?: boolean },
  asked: Asked,
) {
  const bytes = Buffer.from(TEXT);
  const part = /^bytes=(\d+)-(\d*)$/.exec(asked.headers.range ?? '');
  if (part === null || range === false) return { status: 200, headers, body: bytes };
  const start = Number(part[1]);
  const body = bytes.subarray(start, part[2] === '' ? undefined : Number(part[2]) + 1);
  const about = `bytes ${start}-${start + body.length - 1}/${bytes.length}`;
  return { status: 206, headers: { ...headers, 'content-range': about }, body };
}
const file =
  (headers: Record<string, string> = { etag: '"1"' }, range = true) =>
  (asked: Asked) =>
    served({ status: 200, headers, range }, asked);

test('is copied once, and its digest is that of a file here', async () => {
  server = await startFaultyServer(file());
  const files = space.open();
  const address = `${server.url}/data/a.csv`;
  expect(await files.glob(address)).toEqual([address]);
  const { digest, stored } = await files.bundle([address]);
  expect(digest).toBe(newVersion({ 'a.csv': TEXT }).bundle.digest);
  expect(stored).toEqual({ digestOf: 'bytes', files: [{ address, state: 'etag="1"' }] });
  expect(await textOf(files.source(address))).toBe(TEXT);
  expect(await sliceOf(files.source(address), 5, 8)).toBe('1,2');
  expect(server.requests).toHaveLength(2);
  expect(space.copies()).toEqual(['0-a.csv']);
});

test('several are named below what all of them begin with', async () => {
  server = await startFaultyServer(file());
  const { files } = await space
    .open()
    .bundle([`${server.url}/d/x/a.csv`, `${server.url}/d/y/a.csv`, `${server.url}/d/xa.csv`]);
  expect(files.map(({ path }) => path)).toEqual(['x/a.csv', 'y/a.csv', 'xa.csv']);
});

test('is read where it is if it is large, by parts', async () => {
  server = await startFaultyServer(file());
  const files = space.open({}, { limits: IN_PLACE });
  const source = files.source(`${server.url}/a.csv`);
  expect(await source.size?.()).toBe(TEXT.length);
  expect(await sliceOf(source, 5, 8)).toBe('1,2');
  expect(await sliceOf(source, 10, 99)).toBe(TEXT.slice(10));
  expect(await textOf(source)).toBe(TEXT);
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([
    'bytes=0-0',
    'bytes=5-7',
    `bytes=10-${TEXT.length - 1}`,
    undefined,
  ]);
  const { files: hashed } = await files.bundle([`${server.url}/a.csv`]);
  expect(hashed[0]?.sha256).toBe(createHash('sha256').update(TEXT).digest('hex'));
  expect(space.copies()).toEqual([]);
});

test('Parquet that is read by parts goes by the name of its state', async () => {
  server = await startFaultyServer(file());
  const { stored, digest } = await space.open({}, { limits: IN_PLACE }).bundle([`${server.url}/a.parquet`]);
  expect(stored?.digestOf).toBe('state');
  expect(digest).not.toBe(newVersion({ 'a.parquet': TEXT }).bundle.digest);
  expect(server.requests).toHaveLength(1);
});

describe('a server without ranges', () => {
  test('gives the whole file, which is copied if it has no ETag either', async () => {
    server = await startFaultyServer(file({}, false));
    const files = space.open({}, { limits: IN_PLACE });
    expect(await sliceOf(files.source(`${server.url}/a.parquet`), 5, 8)).toBe('1,2');
    expect((await files.bundle([`${server.url}/a.parquet`])).stored?.files[0]?.state).toBeNull();
    expect(space.copies()).toEqual(['0-a.parquet']);
  });

  test('cannot give parts of large Parquet', async () => {
    server = await startFaultyServer(file({ etag: '"1"' }, false));
    const files = space.open({}, { limits: IN_PLACE });
    await expect(sliceOf(files.source(`${server.url}/a.parquet`), 0, 4)).rejects.toThrow(
      /answers every request with the whole file.*Parquet is read in parts/s,
    );
    expect(await textOf(files.source(`${server.url}/a.csv`))).toBe(TEXT);
  });

  test('or that forgets them in mid-read is refused', async () => {
    let asked = 0;
    server = await startFaultyServer((request) => file({ etag: '"1"' }, ++asked === 1)(request));
    await expect(
      sliceOf(space.open({}, { limits: IN_PLACE }).source(`${server.url}/a.parquet`), 5, 8),
    ).rejects.toThrow(/a request for a part was answered with the whole file/);
  });
});

describe('a file that changes in mid-read', () => {
  test.each([
    ['another ETag', { etag: '"2"' }],
    ['no ETag', {}],
    ['another date', { 'last-modified': 'x' }],
  ])('%s', async (_, later) => {
    let asked = 0;
    server = await startFaultyServer((request) => file(++asked === 1 ? { etag: '"1"' } : later)(request));
    const files = space.open({}, { limits: IN_PLACE });
    const source = files.source(`${server.url}/a.csv`);
    await expect(sliceOf(source, 5, 8)).rejects.toThrow(/changed while it was being read/);
    await expect(textOf(source)).rejects.toThrow(/changed while it was being read/);
    await expect(space.open().bundle([`${server.url}/a.csv`])).resolves.toBeDefined();
  });

  test('is another file for the next look', async () => {
    let etag = '"1"';
    server = await startFaultyServer((request) => file({ etag })(request));
    const files = space.open();
    const address = `${server.url}/a.csv`;
    await files.glob(address);
    await files.bundle([address]);
    await files.glob(address);
    await files.bundle([address]);
    expect(space.copies()).toEqual(['0-a.csv']);
    etag = '"2"';
    await files.glob(address);
    expect((await files.bundle([address])).stored?.files[0]?.state).toBe('etag="2"');
    expect(space.copies()).toEqual(['1-a.csv']);
  });
});

test('a break is gone over, and never twice the same bytes', async () => {
  server = await startFaultyServer(file());
  server.fault((number) => (number === 2 ? 'half' : number === 3 ? 503 : undefined));
  const files = space.open({}, { limits: IN_PLACE });
  expect(await textOf(files.source(`${server.url}/a.csv`))).toBe(TEXT);
  expect(server.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
});

test('what nothing names is not gone on with', async () => {
  server = await startFaultyServer(file({}, false));
  server.fault((number) => (number === 2 ? 'half' : undefined));
  await expect(textOf(space.open().source(`${server.url}/a.csv`))).rejects.toThrow(/was broken off/);
  expect(space.copies()).toEqual([]);
});

test('an empty file', async () => {
  server = await startFaultyServer(() => ({
    status: 416,
    headers: { 'content-range': 'bytes */0', etag: '"0"' },
  }));
  expect(await textOf(space.open().source(`${server.url}/a.csv`))).toBe('');
});

describe('redirects', () => {
  test('are followed a few times', async () => {
    server = await startFaultyServer((asked) =>
      asked.path === '/a.csv' ? { status: 302, headers: { location: '/b.csv' } } : file()(asked),
    );
    expect(await textOf(space.open().source(`${server.url}/a.csv`))).toBe(TEXT);
  });

  test.each(['http://example.com/x', 'file:///etc/passwd', 's3://b/k'])('not to %s', async (location) => {
    server = await startFaultyServer(() => ({ status: 302, headers: { location } }));
    await expect(textOf(space.open().source(`${server.url}/a.csv`))).rejects.toThrow(/not reached by https/);
  });

  test('not in a circle', async () => {
    server = await startFaultyServer(() => ({ status: 302, headers: { location: '/a.csv' } }));
    await expect(textOf(space.open().source(`${server.url}/a.csv`))).rejects.toThrow(/more than 5 redirects/);
  });
});

describe('what is refused', () => {
  test.each([
    ['http://example.com/a.csv', /is not an address of https/],
    ['https://me:hunter2@example.com/a.csv', /a login in it/],
    ['https://example.com/a.csv?X-Amz-Signature=hunter2', /signature or key/],
    ['https://example.com/a.csv?sv=1&sig=hunter2', /signature or key/],
    ['https://example.com/a/*.csv', /cannot be listed/],
    ['ftp://me:hunter2@example.com/a.csv', /ftp: is not a place/],
  ])('%s', async (address, message) => {
    server = await startFaultyServer(file());
    const glob = space.open().glob(address);
    await expect(glob).rejects.toThrow(message);
    await expect(glob).rejects.toThrow(UserError);
    await expect(glob).rejects.not.toThrow(/hunter2/);
    expect(server.requests).toEqual([]);
  });

  test.each([
    [404, MissingFile, /no such file/],
    [403, UserError, /sends no credentials/],
    [500, UserError, /failed with 500.*nothing is left half judged/s],
  ])('an answer of %i', async (status, kind, message) => {
    server = await startFaultyServer(() => ({ status, body: 'no' }));
    const glob = space.open().glob(`${server.url}/a.csv`);
    await expect(glob).rejects.toThrow(kind);
    await expect(glob).rejects.toThrow(message);
  });

  test('a page in place of data', async () => {
    server = await startFaultyServer(file());
    server.fault(() => 'html');
    await expect(space.open().glob(`${server.url}/a.csv`)).rejects.toThrow(/web page/);
  });
});
