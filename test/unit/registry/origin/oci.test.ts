/** Models that stay in a container registry as artifacts: layers are files, and their digests are proof. */
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../../shared/problem/problem.ts';
import { newVersion } from '../../../support/models.ts';
import { useOciSpace } from '../../../support/oci-space.ts';
import { sha256 } from '../../../support/oci-store.ts';
import { useStoreSpace } from '../../../support/store-space.ts';

const MODEL = { 'model.json': '{"w":1}', 'sub/ü.bin': 'abc', same: 'abc' };
const DIGEST = newVersion(MODEL).bundle.digest;
const registry = useOciSpace();
const space = useStoreSpace();

type Annotations = Readonly<Record<string, string>>;
const FILE = 'application/octet-stream';
const PACK = 'application/vnd.cncf.model.weight.v1';
const titled = (title: string): Annotations => ({ 'org.opencontainers.image.title': title });

/** Puts an artifact into the registry; returns its reference. */
function push(
  layers: readonly (readonly [content: string, type: string, annotations?: Annotations])[],
  parts: Readonly<Record<string, unknown>> = {},
): string {
  const { store, host } = registry.server;
  const repo = store.repo('acme/demand');
  const blob = (content: string) => {
    repo.blobs.set(sha256(content), Buffer.from(content));
    return { digest: sha256(content), size: Buffer.byteLength(content) };
  };
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...blob('{}') },
    layers: layers.map(([content, mediaType, annotations]) => ({
      ...{ mediaType, ...blob(content) },
      ...(annotations === undefined ? {} : { annotations }),
    })),
    ...parts,
  });
  const type =
    typeof parts.mediaType === 'string' ? parts.mediaType : 'application/vnd.oci.image.manifest.v1+json';
  repo.manifests.set(sha256(text), { text, type });
  repo.tags.set('v1', sha256(text));
  repo.tags.set('latest', sha256(text));
  return `oci://${host}/acme/demand@${sha256(text)}`;
}
const pushModel = () =>
  push([
    ['{"w":1}', FILE, titled('model.json')],
    ['abc', 'application/vnd.oci.image.layer.v1.tar', titled('sub/ü.bin')],
    ['abc', `${PACK}.raw`, { 'org.cncf.model.filepath': 'same' }],
  ]);
const blobsRead = () => registry.server.requests.filter((request) => /^GET .*\/blobs\//.test(request));

test('an artifact is not read: the digests of its layers are those of its files', async () => {
  const reference = pushModel();
  const { digest, origin } = await space.bundle(reference, {});
  expect(digest).toBe(DIGEST);
  expect(origin).toEqual({ reference });
  expect(blobsRead()).toEqual([]);
  const made = await space.register(reference, {});
  await (await space.registry({})).verify(made);
  expect(blobsRead()).toEqual([]);
  expect(await space.fetched(made, {})).toEqual(MODEL);
});

test('a version that ml-loop registered is one, by the uri that it is given', async () => {
  const { uri, digest } = await registry.open().create(newVersion(MODEL));
  expect(uri).toMatch(/^oci:\/\/.+:1\.0\.0@sha256:/);
  const { origin, digest: found } = await space.bundle(uri, {});
  expect(found).toBe(digest);
  expect(origin?.reference).toBe(uri.replace(':1.0.0@', '@'));
});

test('a login is used, for its registry alone', async () => {
  await registry.start({ login: { user: 'u', password: 'hunter2', scheme: 'bearer', grants: 'pull' } });
  const reference = pushModel();
  const login = { user: 'u', password: 'hunter2' };
  const logins = {
    of: async (host: string) => (host === registry.server.host ? login : undefined),
    mlflow: () => undefined,
    mask: () => {},
  };
  const { modelBundle } = await import('../../../../shared/registry/origin/model.ts');
  const { digest } = await modelBundle([reference], 'model', { ...space.ports({}), logins });
  expect(digest).toBe(DIGEST);
  await expect(space.bundle(reference, {})).rejects.toThrow(/log in with docker\/login-action/);
});

describe('what moves is refused with the digest that it names now', () => {
  test.each([
    [':v1', /input model: names the tag v1, which may move/],
    ['', /input model: names no digest/],
  ])('%j', async (tag, what) => {
    const reference = pushModel();
    const asking = space.bundle(reference.replace(/@.*/, tag), {});
    await expect(asking).rejects.toThrow(what);
    await expect(asking).rejects.toThrow(`write ${reference}, which it names now`);
  });
});

describe('what cannot be', () => {
  const layer = (content: string, type: string, annotations?: Annotations) => () =>
    push([annotations === undefined ? [content, type] : [content, type, annotations]]);
  test.each<[string, () => string, RegExp]>([
    [
      'no such artifact',
      () => pushModel().replace(/@.*/, `@sha256:${'0'.repeat(64)}`),
      /there is no such artifact → check the address and the digest/,
    ],
    [
      'no such repository',
      () => pushModel().replace('acme/demand', 'acme/none'),
      /there is no such artifact/,
    ],
    [
      'an image',
      layer('tar', 'application/vnd.oci.image.layer.v1.tar+gzip'),
      /does not say which file it is, as layers of images do not/,
    ],
    [
      'a folder that oras has packed',
      layer('tar', 'application/vnd.oci.image.layer.v1.tar+gzip', {
        ...titled('model'),
        'io.deis.oras.content.unpack': 'true',
      }),
      /the layer "model" is an archive, of whose files the registry has no SHA-256 → push the files themselves/,
    ],
    [
      'an archive of ModelPack',
      layer('tar', `${PACK}.tar`, { 'org.cncf.model.filepath': 'model' }),
      /the layer "model" is an archive/,
    ],
    [
      'a compressed one',
      layer('tar', `${PACK}.tar+zstd`, { 'org.cncf.model.filepath': 'model' }),
      /the layer "model" is an archive/,
    ],
    [
      'an archive of KitOps',
      layer('tar', 'application/vnd.kitops.modelkit.model.v1.tar+gzip', titled('model')),
      /the layer "model" is an archive/,
    ],
    ['a path that leaves its folder', layer('x', FILE, titled('../x')), /"..\/x" leaves its folder/],
    [
      'a path twice',
      () =>
        push([
          ['x', FILE, titled('x')],
          ['y', FILE, titled('x')],
        ]),
      /"x" is there twice/,
    ],
    [
      'a file that is a folder',
      () =>
        push([
          ['x', FILE, titled('x')],
          ['y', FILE, titled('x/y')],
        ]),
      /"x" is a file and a folder/,
    ],
    ['an artifact without layers', () => push([]), /holds no file/],
    [
      'an index',
      () => push([], { mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] }),
      /is an index of several artifacts, not one/,
    ],
    [
      'a layer with another hash',
      () =>
        push([], {
          layers: [
            { mediaType: FILE, digest: `sha512:${'0'.repeat(128)}`, size: 1, annotations: titled('x') },
          ],
        }),
      /layers\/0\/digest/,
    ],
  ])('%s', async (_, reference, message) => {
    const error = await space.bundle(reference(), {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toMatch(/input registry/);
  });

  test('a manifest that is not the one of its digest', async () => {
    const reference = pushModel();
    const { manifests } = registry.server.store.repo('acme/demand');
    const [digest = '', manifest] = [...manifests][0] ?? [];
    manifests.set(digest, { text: `${manifest?.text} `, type: manifest?.type ?? '' });
    await expect(space.bundle(reference, {})).rejects.toThrow(
      /its manifest has the digest sha256:.*, not sha256:/,
    );
  });

  test('a layer of another size', async () => {
    const layer = { mediaType: FILE, digest: sha256('abc'), size: 4, annotations: titled('x') };
    pushModel();
    await expect(space.bundle(push([], { layers: [layer] }), {})).rejects.toThrow(
      /its layer x has 3 bytes, not 4 as its manifest says → push the artifact again/,
    );
  });

  test('a layer that is gone, before and after it was registered', async () => {
    const reference = pushModel();
    const made = await space.register(reference, {});
    registry.server.store.repo('acme/demand').blobs.delete(sha256('{"w":1}'));
    await expect(space.bundle(reference, {})).rejects.toThrow(
      /its layer model\.json is not in the registry any more/,
    );
    await expect((await space.registry({})).verify(made)).rejects.toThrow(
      /model\.json is not in the registry any more/,
    );
    await expect(space.fetched(made, {})).rejects.toThrow(/model\.json/);
    expect(space.left()).toEqual([]);
  });

  test('a layer with other bytes is not fetched', async () => {
    const made = await space.register(pushModel(), {});
    registry.server.store.repo('acme/demand').blobs.set(sha256('abc'), Buffer.from('abd'));
    await expect(space.fetched(made, {})).rejects.toThrow(/does not hold the bytes that were registered/);
    expect(space.left()).toEqual([]);
  });
});
