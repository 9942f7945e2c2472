/** Models that stay in an S3 that is not ours. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MOTO } from '../../scripts/service-tools.ts';
import { describeWith } from '../support/clients.ts';
import { newVersion } from '../support/models.ts';
import { type Moto, startMoto } from '../support/moto.ts';
import { useStoreSpace } from '../support/store-space.ts';

const MODEL = { 'model.json': '{"w":1}', "sub/ü a+b&c=(d)'!*~.bin": 'abc' };

describeWith(MOTO)('S3 as moto has it', () => {
  const space = useStoreSpace();
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 240_000);
  afterAll(() => moto.stop());
  const as = (user: 'reader' | 'lister', secret = moto.keys[user].secret) => ({
    AWS_ENDPOINT_URL_S3: moto.url,
    AWS_ACCESS_KEY_ID: moto.keys[user].id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_REGION: 'us-east-1',
  });

  test.each(['models', 'versioned'])(
    'proves a folder of %s, which is registered, verified and fetched',
    async (bucket) => {
      const made = await space.register(`s3://${bucket}/demand/1/`, as('reader'));
      expect(made.digest).toBe(newVersion(MODEL).bundle.digest);
      expect(space.logged).toEqual([]);
      for (const pin of Object.values(made.origin?.pins ?? {}))
        expect(pin).toMatch(bucket === 'versioned' ? /^versionId=/ : /^etag="/);
      await (await space.registry(as('reader'))).verify(made);
      expect(await space.fetched(made, as('reader'))).toEqual(MODEL);
    },
  );

  test('proves one object', async () => {
    const { digest } = await space.bundle('s3://models/demand/1/model.json', as('reader'));
    expect(digest).toBe(newVersion({ 'model.json': '{"w":1}' }).bundle.digest);
  });

  test.each([
    ['plain/model.json', '{"w":1}'],
    ['parts/weights.bin', `${'x'.repeat(5 * 2 ** 20)}y`],
  ])('does not prove %s, which is read and hashed', async (key, content) => {
    const { files } = await space.bundle(`s3://models/${key}`, as('reader'));
    expect(files[0]?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(space.logged[0]).toMatch(/its store does not tell its SHA-256/);
  });

  test('tells who may not, and why', async () => {
    const asking = (env: Record<string, string>) => space.bundle('s3://models/demand/1/', env);
    await expect(asking(as('lister'))).rejects.toThrow(
      /allow the role `s3:GetObject` on `arn:aws:s3:::models\/demand\/1\/\*`/,
    );
    await expect(asking(as('reader', 'wrong'))).rejects.toThrow(
      /SignatureDoesNotMatch.*do not belong together/s,
    );
    await expect(space.bundle('s3://models/demand/1/model.json', as('reader', 'wrong'))).rejects.toThrow(
      /do not belong together/,
    );
    await expect(space.bundle('s3://none/demand/1/', as('reader'))).rejects.toThrow(/NoSuchBucket/);
    await expect(space.bundle('s3://models/none', as('reader'))).rejects.toThrow(
      /there is no object with this key/,
    );
  });

  test('tells of objects that are replaced and removed', async () => {
    await moto.change(
      'for b in ("models", "versioned"): s3.put_object(Bucket=b, Key="t/a", Body=b.encode(), ChecksumAlgorithm="SHA256")',
    );
    const [plain, versioned] = [
      await space.register('s3://models/t/', as('reader')),
      await space.register('s3://versioned/t/', as('reader')),
    ];
    await moto.change(
      'for b in ("models", "versioned"): s3.put_object(Bucket=b, Key="t/a", Body=b"other", ChecksumAlgorithm="SHA256")',
    );
    const verify = async (version: typeof plain) => (await space.registry(as('reader'))).verify(version);
    await expect(verify(plain)).rejects.toThrow(/s3:\/\/models\/t\/a: was replaced since it was registered/);
    await verify(versioned);
    expect(await space.fetched(versioned, as('reader'))).toEqual({ a: 'versioned' });
    await moto.change(
      'for v in s3.list_object_versions(Bucket="versioned", Prefix="t/")["Versions"]: s3.delete_object(Bucket="versioned", Key="t/a", VersionId=v["VersionId"])',
    );
    await moto.change('s3.delete_object(Bucket="models", Key="t/a")');
    for (const version of [plain, versioned])
      await expect(verify(version)).rejects.toThrow(/is not in the bucket any more/);
  });
});
