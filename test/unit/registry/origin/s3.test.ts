/** Models that stay in S3: what the store proves is not read, what it does not prove is, and what changed is told. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../../shared/problem/problem.ts';
import { type FakeS3, type FakeS3Options, fault, startFakeS3 } from '../../../support/fake-s3.ts';
import type { Asked } from '../../../support/faulty-server.ts';
import { newVersion } from '../../../support/models.ts';
import { useStoreSpace } from '../../../support/store-space.ts';

const MODEL = {
  'model.json': '{"w":1}',
  'sub/ü a+b&c=d.bin': 'abc',
  'sub/page.html': '<html></html>',
  empty: '',
};
const DIGEST = newVersion(MODEL).bundle.digest;
const REFERENCE = 's3://models/demand/1/';
const KEY = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'hunter2', AWS_REGION: 'eu-west-1' };

const space = useStoreSpace();
let s3: FakeS3;
async function start(options: FakeS3Options = {}): Promise<void> {
  s3 = await startFakeS3(options);
  for (const [path, content] of Object.entries(MODEL)) s3.put(`demand/1/${path}`, content);
  s3.put('demand/1/', '');
  s3.put('demand/1/sub/', '');
  s3.put('demand/10/model.json', 'another');
}
afterEach(() => s3.close());
const env = () => ({ ...KEY, AWS_ENDPOINT_URL_S3: s3.url });
const reads = () => s3.requests.filter(({ method, path }) => method === 'GET' && path !== '/models/');
const bundle = (reference = REFERENCE) => space.bundle(reference, env());

describe('a folder', () => {
  test('whose objects have their SHA-256 is not read', async () => {
    await start();
    const { digest, files, origin } = await bundle();
    expect(digest).toBe(DIGEST);
    expect(files.map(({ path }) => path)).toEqual([
      'empty',
      'model.json',
      'sub/page.html',
      'sub/ü a+b&c=d.bin',
    ]);
    expect(origin?.reference).toBe(REFERENCE);
    expect(Object.keys(origin?.pins ?? {})).toEqual(files.map(({ path }) => path));
    expect(reads()).toEqual([]);
    expect(space.logged).toEqual([]);
  });

  test.each([1, 2, 3])('comes in pages of %i', async (page) => {
    await start({ page });
    expect((await bundle()).digest).toBe(DIGEST);
    expect(s3.requests.filter(({ path }) => path === '/models/').length).toBeGreaterThan(1);
  });

  test('may be written without its slash, and is kept with it', async () => {
    await start();
    const found = await bundle('s3://models/demand/1');
    expect(found.digest).toBe(DIGEST);
    expect(found.origin?.reference).toBe(REFERENCE);
  });

  test('may be the whole bucket', async () => {
    await start();
    const { files, origin } = await bundle('s3://models');
    expect(files).toHaveLength(5);
    expect(files[0]?.path).toBe('demand/1/empty');
    expect(origin?.reference).toBe('s3://models/');
  });
});

test('one object is a model of one file', async () => {
  await start();
  const { digest, files, origin } = await bundle('s3://models/demand/1/sub/ü a+b&c=d.bin');
  expect(digest).toBe(newVersion({ 'ü a+b&c=d.bin': 'abc' }).bundle.digest);
  expect(files).toHaveLength(1);
  expect(origin?.reference).toBe('s3://models/demand/1/sub/ü a+b&c=d.bin');
});

test.each([
  ['none', undefined],
  ['parts', true],
  ['parts', false],
] as const)(
  'an object with the checksum of %s (typed: %s) is read and hashed, which is told',
  async (checksum, typed = true) => {
    await start();
    const content = 'x'.repeat(300_000);
    s3.put('demand/1/empty', { content, checksum, typed });
    const { files } = await bundle();
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(files[0]).toEqual({ path: 'empty', size: 300_000, sha256 });
    expect(reads().map(({ path }) => path)).toEqual(['/models/demand/1/empty']);
    expect(space.logged).toEqual([
      'Reading s3://models/demand/1/empty (300000 bytes): its store does not tell its SHA-256',
      expect.stringContaining('aws s3api put-object --checksum-algorithm SHA256'),
    ]);
  },
);

test('a checksum of the whole object whose kind an older store does not tell is taken', async () => {
  await start();
  s3.put('demand/1/empty', { content: 'old', typed: false });
  await bundle();
  expect(reads()).toEqual([]);
});

test('requests are signed, and the secrets are masked', async () => {
  await start();
  await space.bundle(REFERENCE, { ...env(), AWS_SESSION_TOKEN: 'session' });
  for (const { headers } of s3.requests) {
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/s3\/aws4_request/,
    );
    expect(headers['x-amz-security-token']).toBe('session');
  }
  expect([...new Set(space.masked)]).toEqual(['hunter2', 'session']);
});

test('without credentials they are not', async () => {
  await start();
  expect((await space.bundle(REFERENCE, { AWS_ENDPOINT_URL: s3.url })).digest).toBe(DIGEST);
  for (const { headers } of s3.requests) expect(headers.authorization).toBeUndefined();
});

describe.each([false, true])('a registered model (versions: %s)', (versioned) => {
  test('verifies by what its store says, without being read, and is fetched', async () => {
    await start({ versioned });
    const made = await space.register(REFERENCE, env());
    await (await space.registry(env())).verify(made);
    expect(reads()).toEqual([]);
    expect(await space.fetched(made, env())).toEqual(MODEL);
  });

  test('of one object too', async () => {
    await start({ versioned });
    const made = await space.register('s3://models/demand/1/model.json', env());
    await (await space.registry(env())).verify(made);
    expect(await space.fetched(made, env())).toEqual({ 'model.json': '{"w":1}' });
  });

  test('whose object was replaced', async () => {
    await start({ versioned });
    const made = await space.register(REFERENCE, env());
    s3.put('demand/1/model.json', '{"w":2}');
    const registry = await space.registry(env());
    if (versioned) {
      await registry.verify(made);
      expect(await space.fetched(made, env())).toEqual(MODEL);
      return;
    }
    const message =
      /s3:\/\/models\/demand\/1\/model\.json: was replaced since it was registered → put the registered object back/;
    await expect(registry.verify(made)).rejects.toThrow(message);
    await expect(space.fetched(made, env())).rejects.toThrow(message);
    expect(space.left()).toEqual([]);
  });

  test('whose object is gone', async () => {
    await start({ versioned });
    const made = await space.register(REFERENCE, env());
    s3.purge('demand/1/model.json');
    const message =
      /s3:\/\/models\/demand\/1\/model\.json: is not in the bucket any more → put the registered object back/;
    await expect((await space.registry(env())).verify(made)).rejects.toThrow(message);
    await expect(space.fetched(made, env())).rejects.toThrow(message);
    expect(space.left()).toEqual([]);
  });

  test('whose store lies about its bytes is not fetched', async () => {
    await start({ versioned });
    const made = await space.register(REFERENCE, env());
    const lying = { ...made, files: made.files };
    s3.purge('demand/1/sub/ü a+b&c=d.bin');
    s3.put('demand/1/sub/ü a+b&c=d.bin', 'abd');
    await expect(space.fetched(lying, env())).rejects.toThrow(UserError);
    expect(space.left()).toEqual([]);
  });
});

test('a store that ignores what was asked for is found out by the SHA-256', async () => {
  const answer = ({ method, path, headers }: Asked) =>
    path.endsWith('/model.json') && headers['if-match'] !== undefined
      ? {
          status: 200,
          headers: { etag: headers['if-match'], 'content-length': '7' },
          ...(method === 'HEAD' ? {} : { body: '{"w":2}' }),
        }
      : undefined;
  await start({ answer });
  const made = await space.register(REFERENCE, env());
  await expect((await space.registry(env())).verify(made)).rejects.toThrow(
    /model\.json: does not hold the bytes that were registered/,
  );
  await expect(space.fetched(made, env())).rejects.toThrow(/model\.json: its store gives other bytes/);
  expect(space.left()).toEqual([]);
});

describe('what cannot be', () => {
  test.each<[string, string, RegExp]>([
    [
      'no such bucket',
      's3://other/x/',
      /s3:\/\/other\/x\/: the bucket refused to list the objects: 404 NoSuchBucket/,
    ],
    [
      'nothing there',
      's3://models/none',
      /s3:\/\/models\/none\/: there is no object with this key, and none below it/,
    ],
    ['an empty folder', 's3://models/none/', /there is no object with this key/],
  ])('%s', async (_, reference, message) => {
    await start();
    await expect(bundle(reference)).rejects.toThrow(message);
    await expect(bundle(reference)).rejects.toThrow(UserError);
  });

  test.each(['demand/1/a//b', 'demand/1/../x', 'demand/1/a\\b', 'demand/1/folder/'])(
    'an object %j that cannot be a file',
    async (key) => {
      await start();
      s3.put(key, 'x');
      await expect(bundle()).rejects.toThrow(/rename it in its store, or name a folder without it/);
    },
  );

  const listed = ({ path }: Asked) => path === '/models/';
  test.each<[string, (asked: Asked) => boolean, Parameters<typeof fault> | string, RegExp]>([
    [
      'a list that is forbidden',
      listed,
      [403, 'AccessDenied'],
      /allow the role `s3:ListBucket` on `arn:aws:s3:::models`/,
    ],
    [
      'an object that is forbidden',
      ({ method }) => method === 'HEAD',
      [403, 'AccessDenied'],
      /allow the role `s3:GetObject` on `arn:aws:s3:::models\/demand\/1\/\*`/,
    ],
    [
      'expired credentials',
      listed,
      [400, 'ExpiredToken'],
      /the credentials have expired: run aws-actions\/configure-aws-credentials/,
    ],
    ['a wrong key', listed, [403, 'SignatureDoesNotMatch'], /do not belong together/],
    ['a clock that is wrong', listed, [403, 'RequestTimeTooSkewed'], /set the runner’s clock/],
    ['a web page', listed, '<!doctype html>', /answered with a web page/],
    ['no XML', listed, 'no', /the answer is not a list of objects/],
    [
      'XML with entities',
      listed,
      '<!DOCTYPE a [<!ENTITY x "y">]><ListBucketResult/>',
      /the answer is not a list/,
    ],
    [
      'another document',
      listed,
      '<Other><IsTruncated>false</IsTruncated></Other>',
      /the answer is not a list/,
    ],
    [
      'a list that does not end',
      listed,
      '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>',
      /does not say how it goes on/,
    ],
    [
      'a list in a circle',
      listed,
      '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>1</NextContinuationToken></ListBucketResult>',
      /goes round in a circle/,
    ],
    [
      'a key outside of the folder',
      listed,
      '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>other/x</Key><Size>1</Size></Contents></ListBucketResult>',
      /the answer is not a list/,
    ],
    [
      'a key without a size',
      listed,
      '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>demand/1/x</Key></Contents></ListBucketResult>',
      /the answer is not a list/,
    ],
  ])('%s', async (_, concerns, given, message) => {
    const html = typeof given === 'string' && given.includes('html');
    await start({
      answer: (asked) =>
        !concerns(asked)
          ? undefined
          : typeof given === 'string'
            ? {
                status: 200,
                headers: { 'content-type': html ? 'text/html' : 'application/xml' },
                body: given,
              }
            : asked.method === 'HEAD'
              ? { status: given[0] }
              : fault(...given),
    });
    const error = await bundle().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toMatch(/hunter2/);
  });

  test('a bucket in another region', async () => {
    await start({
      answer: ({ method }) => ({
        ...(method === 'HEAD' ? { status: 301 } : fault(301, 'PermanentRedirect')),
        headers: { 'x-amz-bucket-region': 'us-west-2', location: 'https://elsewhere.example.org/' },
      }),
    });
    await expect(bundle()).rejects.toThrow(/the bucket is in us-west-2: set `aws-region: us-west-2`/);
    await expect(bundle('s3://models/demand/1/model.json')).rejects.toThrow(/the bucket is in us-west-2/);
    for (const { headers } of s3.requests) expect(headers.host).toBe(new URL(s3.url).host);
  });

  test('no credentials for what needs some', async () => {
    await start({ answer: () => fault(403, 'AccessDenied') });
    await expect(space.bundle(REFERENCE, { AWS_ENDPOINT_URL_S3: s3.url })).rejects.toThrow(
      /no credentials were sent: run aws-actions\/configure-aws-credentials before this step, in a job with `permissions: \{ id-token: write \}`/,
    );
  });

  test.each([
    ['ExpiredToken', 400, /the credentials have expired/],
    ['SignatureDoesNotMatch', 403, /do not belong together/],
    ['AccessDenied', 403, /allow the role `s3:GetObject` on `arn:aws:s3:::models\/demand\/1\/\*`/],
  ])('an object that is refused with %s, which HEAD cannot say', async (code, status, message) => {
    await start({
      answer: ({ method, path }) =>
        path === '/models/' ? undefined : method === 'HEAD' ? { status } : fault(status, code),
    });
    await expect(bundle('s3://models/demand/1/model.json')).rejects.toThrow(message);
    expect(reads().every(({ headers }) => headers.range === 'bytes=0-0')).toBe(true);
  });

  test('an object that is archived', async () => {
    await start({
      answer: ({ method, path }) =>
        method === 'GET' && path !== '/models/' ? fault(403, 'InvalidObjectState') : undefined,
    });
    s3.put('demand/1/empty', { content: 'x', checksum: 'none' });
    await expect(bundle()).rejects.toThrow(/the object is archived: restore it/);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['an ETag', { 'content-length': '1' }, /it has no ETag/],
    ['a size', { etag: '"1"', 'content-length': '-' }, /does not tell the object’s size|cannot be reached/],
  ])('an answer about an object without %s', async (_, headers, message) => {
    await start({ answer: ({ method }) => (method === 'HEAD' ? { status: 200, headers } : undefined) });
    await expect(bundle()).rejects.toThrow(message);
  });

  test('a reference among paths', async () => {
    await start();
    const { modelBundle } = await import('../../../../shared/registry/origin/model.ts');
    await expect(modelBundle([REFERENCE, 'model/'], 'model', space.ports(env()))).rejects.toThrow(
      /input model: s3:\/\/models\/demand\/1\/ cannot be mixed with others/,
    );
  });

  test.each(['nonsense', 'ftp://x', 'http://me:hunter2@x'])('an endpoint %s', async (endpoint) => {
    await start();
    const asking = space.bundle(REFERENCE, { ...KEY, AWS_ENDPOINT_URL_S3: endpoint });
    await expect(asking).rejects.toThrow(/AWS_ENDPOINT_URL_S3: is not the address of a server/);
    await expect(asking).rejects.not.toThrow(/hunter2/);
  });
});
