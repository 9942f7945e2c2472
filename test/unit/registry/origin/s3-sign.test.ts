/** Requests to S3: their addresses and signatures, as botocore makes them and as AWS's documentation shows them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { s3Url, signedHeaders } from '../../../../shared/registry/origin/s3-address.ts';

interface Oracle {
  readonly id: string;
  readonly secret: string;
  readonly at: string;
  readonly cases: readonly {
    readonly bucket: string;
    readonly key: string;
    readonly query: Record<string, string>;
    readonly headers: Record<string, string>;
    readonly session: string | null;
    readonly endpoint: string | null;
    readonly region: string;
    readonly url: string;
    readonly authorization: string;
  }[];
}
const oracle = JSON.parse(readFileSync('test/fixtures/sigv4-oracle.json', 'utf8')) as Oracle;

test.each(oracle.cases)('$bucket $key is addressed and signed as botocore does it', async (wanted) => {
  const { bucket, key, query, headers, session, endpoint, region } = wanted;
  const settings = {
    ...(endpoint === null ? {} : { endpoint }),
    region,
    credentials: { id: oracle.id, secret: oracle.secret, ...(session === null ? {} : { session }) },
  };
  const url = s3Url(settings, bucket, key, query);
  expect(url).toBe(wanted.url);
  const signed = await signedHeaders({ method: 'GET', url, headers }, settings, new Date(oracle.at));
  expect(signed.authorization).toBe(wanted.authorization);
  expect(signed['x-amz-security-token']).toBe(session ?? undefined);
  expect(signed).toMatchObject(headers);
});

// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
describe('the examples of AWS', () => {
  const credentials = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
  test.each([
    [
      'GetObject',
      '/test.txt',
      { range: 'bytes=0-9' },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'a query without a value',
      '/?lifecycle',
      {},
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'a list of objects',
      '/?max-keys=2&prefix=J',
      {},
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', async (_, path, headers, signature) => {
    const url = `https://examplebucket.s3.amazonaws.com${path}`;
    const at = new Date('2013-05-24T00:00:00Z');
    const signed = await signedHeaders(
      { method: 'GET', url, headers },
      { region: 'us-east-1', credentials },
      at,
    );
    expect(signed.authorization).toMatch(new RegExp(`Signature=${signature}$`));
  });
});

test('without credentials nothing is signed', async () => {
  const request = {
    method: 'GET',
    url: 'https://b.s3.us-east-1.amazonaws.com/k',
    headers: { range: 'bytes=1-' },
  };
  expect(await signedHeaders(request, {})).toEqual({ range: 'bytes=1-' });
});

test.each([
  [{}, 'models', 'https://models.s3.us-east-1.amazonaws.com/k'],
  [{ region: 'eu-west-1' }, 'my.models', 'https://s3.eu-west-1.amazonaws.com/my.models/k'],
  [{ region: 'cn-north-1' }, 'models', 'https://models.s3.cn-north-1.amazonaws.com.cn/k'],
  [{ endpoint: 'http://minio:9000', region: 'eu-west-1' }, 'models', 'http://minio:9000/models/k'],
])('with %j the bucket %s is at %s', (settings, bucket, url) => {
  expect(s3Url(settings, bucket, 'k')).toBe(url);
});
