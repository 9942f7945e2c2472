/** Stores that fail: once is gone over at every request, always is told, and nothing is taken for proved that was not asked. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Unreachable, UserError } from '../../../../shared/problem/problem.ts';
import type { ModelVersion } from '../../../../shared/registry/registry.ts';
import { REPO, startFakeHub } from '../../../support/fake-hub.ts';
import { startFakeS3 } from '../../../support/fake-s3.ts';
import type { FaultyServer, ReadFault } from '../../../support/faulty-server.ts';
import { newVersion } from '../../../support/models.ts';
import { useStoreSpace } from '../../../support/store-space.ts';

const SHA = '0123456789abcdef'.repeat(3).slice(0, 40);
const LARGE = 'weights '.repeat(20_000);
const MODEL = { 'a.json': '{"a":1}', 'b/large.bin': LARGE };
const DIGEST = newVersion(MODEL).bundle.digest;

interface Store {
  readonly server: FaultyServer;
  readonly reference: string;
  readonly env: Readonly<Record<string, string>>;
}

const STORES: Readonly<Record<string, () => Promise<Store>>> = {
  async s3() {
    const server = await startFakeS3({ page: 1 });
    server.put('demand/a.json', '{"a":1}');
    server.put('demand/b/large.bin', { content: LARGE, checksum: 'none' });
    return { server, reference: 's3://models/demand', env: { AWS_ENDPOINT_URL_S3: server.url } };
  },
  async hf() {
    const server = await startFakeHub({ page: 2 });
    server.commit(SHA, { ...MODEL });
    return { server, reference: `hf:${REPO}@${SHA}`, env: { HF_ENDPOINT: server.url } };
  },
};

const space = useStoreSpace();
let store: Store | undefined;
afterEach(async () => {
  await store?.server.close();
  store = undefined;
});

/** Everything that a store is asked for: it is listed, verified and fetched. */
async function everything({ reference, env }: Store, registered?: ModelVersion): Promise<void> {
  expect((await space.bundle(reference, env)).digest).toBe(DIGEST);
  const made = registered ?? (await space.register(reference, env));
  await (await space.registry(env)).verify(made);
  expect(await space.fetched(made, env)).toEqual(MODEL);
}

describe.each(Object.entries(STORES))('%s', (_, start) => {
  test.each<[ReadFault]>([[429], [500], [503], ['cut'], ['half']])(
    'with %s at any request is asked again',
    async (fault) => {
      store = await start();
      const made = await space.register(store.reference, store.env);
      const before = store.server.requests.length;
      await everything(store, made);
      const count = store.server.requests.length - before;
      expect(count).toBeGreaterThan(8);
      for (let at = 1; at <= count; at++) {
        store.server.fault((number) => (number === at ? fault : undefined));
        await everything(store, made);
        store.server.fault(() => undefined);
      }
    },
    900_000,
  );

  test.each<[ReadFault, RegExp]>([
    [500, /failed with 500, also when it was asked again/],
    ['cut', /cannot be reached \(.+\), also when it was asked again/],
  ])(
    'that stays at %s from any request on is told once, and proves nothing',
    async (fault, message) => {
      store = await start();
      const { reference, env } = store;
      const made = await space.register(reference, env);
      for (const work of [
        () => space.bundle(reference, env),
        async () => (await space.registry(env)).verify(made),
        () => space.fetched(made, env),
      ]) {
        const before = store.server.requests.length;
        await work();
        const count = store.server.requests.length - before;
        for (let from = 1; from <= count; from++) {
          store.server.fault((number) => (number >= from ? fault : undefined));
          const error = await work().then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          expect(error).toBeInstanceOf(Unreachable);
          expect((error as UserError).problems).toHaveLength(1);
          expect(String(error)).toMatch(message);
          expect(String(error)).not.toMatch(/input registry/);
          expect(space.left()).toEqual([]);
          store.server.fault(() => undefined);
        }
      }
    },
    900_000,
  );

  test('that answers with a web page at any request proves nothing', async () => {
    store = await start();
    const { reference, env } = store;
    const made = await space.register(reference, env);
    for (const work of [
      () => space.bundle(reference, env),
      async () => (await space.registry(env)).verify(made),
      () => space.fetched(made, env),
    ]) {
      const before = store.server.requests.length;
      await work();
      const count = store.server.requests.length - before;
      for (let at = 1; at <= count; at++) {
        store.server.fault((number) => (number === at ? 'html' : undefined));
        const error = await work().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect([at, error]).toEqual([at, expect.any(UserError)]);
        expect(String(error)).not.toMatch(/<script|alert/);
        store.server.fault(() => undefined);
      }
    }
  }, 900_000);
});

test('a store that cannot be reached verifies nothing', async () => {
  store = await (STORES.s3 as () => Promise<Store>)();
  const made = await space.register(store.reference, store.env);
  const registry = await space.registry({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' });
  await expect(registry.verify(made)).rejects.toThrow(/the store of the bucket cannot be reached/);
});
