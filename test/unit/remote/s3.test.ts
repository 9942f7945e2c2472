/** Data in S3: patterns over lists, one state of each object, and what is proven is not read. */
import { basename, dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MissingFile } from '../../../shared/problem/problem.ts';
import { type FakeS3, type FakeS3Options, fault, startFakeS3 } from '../../support/fake-s3.ts';
import { newVersion } from '../../support/models.ts';
import { IN_PLACE, sliceOf, textOf, useRemoteSpace } from '../../support/remote-space.ts';

const space = useRemoteSpace();
let s3: FakeS3;
async function start(options: FakeS3Options = {}): Promise<void> {
  s3 = await startFakeS3(options);
  for (const key of ['logs/2026-01-05.csv', 'logs/2026-01-06.csv', 'logs/old/2025.csv', 'logs/[a].csv'])
    s3.put(key, `id\n${key}\n`);
  s3.put('logs/', '');
  s3.put('other/a.csv', 'id\n');
}
const KEY = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'hunter2', AWS_REGION: 'eu-west-1' };
const open = (options: Parameters<typeof space.open>[1] = {}) =>
  space.open({ ...KEY, AWS_ENDPOINT_URL_S3: s3.url }, options);
afterEach(() => s3.close());

describe('patterns', () => {
  beforeEach(() => start({ page: 2 }));

  test.each([
    ['s3://models/logs/*.csv', ['2026-01-05.csv', '2026-01-06.csv', '[a].csv']],
    ['s3://models/logs/**/*.csv', ['2026-01-05.csv', '2026-01-06.csv', '[a].csv', 'old/2025.csv']],
    ['s3://models/logs/2026-01-0{5,7}.csv', ['2026-01-05.csv']],
    ['s3://models/logs/2026-01-0?.csv', ['2026-01-05.csv', '2026-01-06.csv']],
    ['s3://models/logs/[a].csv', ['[a].csv']],
    ['s3://models/logs/2026-01-05.csv', ['2026-01-05.csv']],
  ])('%s', async (pattern, names) => {
    expect(await open().glob(pattern)).toEqual(names.map((name) => `s3://models/logs/${name}`));
  });

  test.each(['s3://models/logs/*.parquet', 's3://models/none.csv'])('%s matches nothing', async (pattern) => {
    await expect(open().glob(pattern)).rejects.toThrow(MissingFile);
  });

  test('more objects than are listed', async () => {
    await expect(open({ mostListed: 3 }).glob('s3://models/logs/*.csv')).rejects.toThrow(
      /s3:\/\/models\/logs\/: more than 3 objects begin so.*longer prefix/s,
    );
    // It stops there.
    expect(s3.requests.length).toBeLessThanOrEqual(3);
  });

  test.each(['s3://', 's3://models', 's3://*/a.csv'])('%s names no bucket', async (pattern) => {
    await expect(open().glob(pattern)).rejects.toThrow(/names no bucket/);
  });
});

test('a digest is that of the same files here', async () => {
  await start();
  const files = open();
  const { digest } = await files.bundle(await files.glob('s3://models/logs/**/*5.csv'));
  const here = {
    '2026-01-05.csv': 'id\nlogs/2026-01-05.csv\n',
    'old/2025.csv': 'id\nlogs/old/2025.csv\n',
  };
  expect(digest).toBe(newVersion(here).bundle.digest);
});

describe.each([false, true])('one state (versions: %s)', (versioned) => {
  const address = 's3://models/a.csv';
  beforeEach(async () => {
    await start({ versioned });
    s3.put('a.csv', { content: 'id\n1\n', checksum: 'none' });
  });

  test('is read', async () => {
    const files = open({ limits: IN_PLACE });
    expect(await sliceOf(files.source(address), 3, 4)).toBe('1');
    expect(await textOf(files.source(address))).toBe('id\n1\n');
    const [told] = (await files.bundle([address])).stored?.files ?? [];
    expect(told?.state).toMatch(versioned ? /^versionId=v/ : /^etag="/);
  });

  test('and no other', async () => {
    const files = open({ limits: IN_PLACE });
    expect(await sliceOf(files.source(address), 3, 4)).toBe('1');
    s3.put('a.csv', 'id\n2\n');
    if (versioned) expect(await textOf(files.source(address))).toBe('id\n1\n');
    else
      await expect(textOf(files.source(address))).rejects.toThrow(
        /changed while it was being read.*run this again/s,
      );
  });
});

test('Parquet whose SHA-256 is proven is read by parts, and has the digest of its bytes', async () => {
  await start();
  s3.put('a.parquet', 'PAR1 and so on');
  const files = open({ limits: { copied: 1000, proven: 4 } });
  expect(await sliceOf(files.source('s3://models/a.parquet'), 0, 4)).toBe('PAR1');
  const { digest, stored } = await files.bundle(['s3://models/a.parquet']);
  expect(digest).toBe(newVersion({ 'a.parquet': 'PAR1 and so on' }).bundle.digest);
  expect(stored?.digestOf).toBe('bytes');
  expect(s3.requests.map(({ method, headers }) => `${method} ${headers.range}`)).toEqual([
    'HEAD undefined',
    'GET bytes=0-3',
  ]);
});

test('a program is given the path of a copy, whose name ends as the object’s does', async () => {
  await start();
  s3.put("x/ü '$(rm).csv", 'id\n');
  const place = await open({ limits: IN_PLACE }).local("s3://models/x/ü '$(rm).csv");
  expect(dirname(dirname(place))).toBe(space.folder);
  expect(basename(place)).toBe('0-_____rm_.csv');
});

describe('refusals', () => {
  test.each([
    [403, 'ExpiredToken', {}, /the credentials have expired: run aws-actions/],
    [403, 'AccessDenied', {}, /allow the role `s3:GetObject`/],
    [301, 'PermanentRedirect', { 'x-amz-bucket-region': 'us-west-2' }, /the bucket is in us-west-2: set/],
    [
      400,
      'AuthorizationHeaderMalformed',
      { 'x-amz-bucket-region': 'us-west-2' },
      /the bucket is in us-west-2/,
    ],
  ])('%i %s', async (status, code, headers, message) => {
    await start({
      answer: () => {
        const given = fault(status, code);
        return { ...given, headers: { ...given.headers, ...headers } };
      },
    });
    await expect(open().glob('s3://models/a.csv')).rejects.toThrow(message);
  });

  test('without credentials', async () => {
    await start({ answer: () => fault(403, 'AccessDenied') });
    const files = space.open({ AWS_ENDPOINT_URL_S3: s3.url });
    await expect(files.glob('s3://models/a.csv')).rejects.toThrow(/no credentials were sent/);
    await expect(files.glob('s3://models/*.csv')).rejects.toThrow(/no credentials were sent/);
  });
});
