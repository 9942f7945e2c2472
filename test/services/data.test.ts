/** Data in stores of clouds that are not ours. */
import { createHmac } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { programOf } from '../../scripts/go-tool.ts';
import { scriptOf } from '../../scripts/npm-tool.ts';
import { AZURITE, FAKE_GCS, MOTO } from '../../scripts/service-tools.ts';
import type { RemoteFiles } from '../../shared/host/remote-files.ts';
import { MissingFile } from '../../shared/problem/problem.ts';
import { describeWith } from '../support/clients.ts';
import { newVersion } from '../support/models.ts';
import { type Moto, startMoto } from '../support/moto.ts';
import { IN_PLACE, sliceOf, textOf, useRemoteSpace } from '../support/remote-space.ts';
import { type Server, startServer } from '../support/server.ts';

const FILES = {
  'logs/day=1/a.csv': 'id,x\n1,2\n',
  "logs/day=2/ü a+b&c=(d)'!~.csv": 'id,x\n3,4\n',
  'logs/b.parquet': 'PAR1 not really',
  'logs/empty.csv': '',
};
const space = useRemoteSpace();

/** What holds in every store. `put` writes a file below the prefix. */
async function holds(
  prefix: string,
  open: (options?: Parameters<typeof space.open>[1]) => RemoteFiles,
  put: (key: string, content: string) => Promise<void>,
): Promise<void> {
  const files = open();
  const found = await files.glob(`${prefix}logs/**/*.csv`);
  expect(found.sort()).toEqual(
    ['logs/day=1/a.csv', "logs/day=2/ü a+b&c=(d)'!~.csv", 'logs/empty.csv'].map((key) => `${prefix}${key}`),
  );
  const { digest, stored } = await files.bundle(found);
  const named = Object.entries(FILES)
    .filter(([key]) => key.endsWith('.csv'))
    .map(([key, content]) => [key.slice('logs/'.length), content]);
  expect(digest).toBe(newVersion(Object.fromEntries(named)).bundle.digest);
  expect(stored?.digestOf).toBe('bytes');
  await expect(files.glob(`${prefix}none/*.csv`)).rejects.toThrow(MissingFile);
  await expect(files.glob(`${prefix}none.csv`)).rejects.toThrow(MissingFile);
  await expect(open({ mostListed: 2 }).glob(`${prefix}logs/*`)).rejects.toThrow(/more than 2 objects/);

  const parts = open({ limits: IN_PLACE });
  const parquet = parts.source(`${prefix}logs/b.parquet`);
  expect(await parquet.size?.()).toBe(15);
  expect(await sliceOf(parquet, 5, 8)).toBe('not');
  expect(await sliceOf(parquet, 9, 99)).toBe('really');
  const csv = parts.source(`${prefix}logs/day=1/a.csv`);
  expect(await textOf(csv)).toBe('id,x\n1,2\n');
  expect(await textOf(parts.source(`${prefix}logs/empty.csv`))).toBe('');
  await put('logs/day=1/a.csv', 'id,x\n9,9\n');
  await expect(textOf(csv)).rejects.toThrow(/changed while it was being read/);
  await expect(sliceOf(csv, 1, 3)).rejects.toThrow(/changed while it was being read/);
  await parts.glob(`${prefix}logs/day=1/a.csv`);
  expect(await textOf(csv)).toBe('id,x\n9,9\n');
}

describeWith(MOTO)('S3 as moto has it', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 240_000);
  afterAll(() => moto.stop());
  const put = (key: string, content: string) =>
    moto.change(
      `s3.put_object(Bucket="models", Key=${JSON.stringify(`data/${key}`)}, Body=${JSON.stringify(content)}.encode())`,
    );
  const as = (user: 'reader' | 'lister') => ({
    AWS_ENDPOINT_URL_S3: moto.url,
    AWS_ACCESS_KEY_ID: moto.keys[user].id,
    AWS_SECRET_ACCESS_KEY: moto.keys[user].secret,
    AWS_REGION: 'us-east-1',
  });

  test('reads, lists, and knows what changed', async () => {
    for (const [key, content] of Object.entries(FILES)) await put(key, content);
    await holds('s3://models/data/', (options) => space.open(as('reader'), options), put);
  }, 240_000);

  test('tells who may not', async () => {
    await expect(space.open(as('lister')).glob('s3://models/plain/model.json')).rejects.toThrow(
      /allow the role `s3:GetObject`/,
    );
  });
});

describeWith(FAKE_GCS)('Google Cloud Storage as fake-gcs-server has it', () => {
  let server: Server;
  const put = async (key: string, content: string) => {
    const name = encodeURIComponent(`data/${key}`);
    const { ok } = await fetch(`${server.address}/upload/storage/v1/b/acme/o?uploadType=media&name=${name}`, {
      method: 'POST',
      body: content,
    });
    expect(ok).toBe(true);
  };
  beforeAll(async () => {
    const port = String(await freePort());
    const flags = ['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', port];
    server = await startServer([programOf(FAKE_GCS), ...flags], /started at (http:\/\/127\.0\.0\.1:\d+)/);
    await fetch(`${server.address}/storage/v1/b`, { method: 'POST', body: '{"name":"acme"}' });
  }, 240_000);
  afterAll(() => server.stop());

  test('reads, lists, and knows what changed', async () => {
    for (const [key, content] of Object.entries(FILES)) await put(key, content);
    const env = { STORAGE_EMULATOR_HOST: server.address };
    await holds('gs://acme/data/', (options) => space.open(env, options), put);
  }, 240_000);
});

/** The server does not say which port it chose itself. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Of the account that every emulator has, as Microsoft publishes it. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** A shared access signature of the account. */
function sasOf(permissions: string, until: string): string {
  const values = [permissions, 'b', 'sco', '', until, '', 'https,http', '2018-11-09'];
  const signature = createHmac('sha256', Buffer.from(KEY, 'base64'))
    .update([ACCOUNT, ...values, ''].join('\n'))
    .digest('base64');
  const [sp = '', ss = '', srt = '', , se = '', , spr = '', sv = ''] = values;
  return new URLSearchParams({ sv, ss, srt, sp, se, spr, sig: signature }).toString();
}

describeWith(AZURITE)('Azure Blob Storage as Azurite has it', () => {
  let server: Server;
  const env = (login: Record<string, string>) => ({
    AZURE_STORAGE_SERVICE_ENDPOINT: `${server.address}/${ACCOUNT}`,
    AZURE_STORAGE_ACCOUNT: ACCOUNT,
    ...login,
  });
  const send = async (path: string, content: string, headers: Record<string, string> = {}) => {
    const address = `${server.address}/${ACCOUNT}/${path}${path.includes('?') ? '&' : '?'}${sasOf('rwlc', '2100-01-01')}`;
    const { ok } = await fetch(address, { method: 'PUT', body: content, headers });
    expect(ok).toBe(true);
  };
  const put = (key: string, content: string) =>
    send(`acme/data/${key.split('/').map(encodeURIComponent).join('/')}`, content, {
      'x-ms-blob-type': 'BlockBlob',
    });
  beforeAll(async () => {
    const flags = [
      '--inMemoryPersistence',
      '--blobHost',
      '127.0.0.1',
      '--blobPort',
      '0',
      '--disableTelemetry',
    ];
    server = await startServer(
      [process.execPath, scriptOf(AZURITE), ...flags],
      /successfully listens on (http:\/\/127\.0\.0\.1:\d+)/,
    );
    await send('acme?restype=container', '');
    for (const [key, content] of Object.entries(FILES)) await put(key, content);
  }, 240_000);
  afterAll(() => server.stop());

  test.each(['the account’s key', 'a shared access signature'])(
    'with %s',
    async (which) => {
      const login =
        which === 'the account’s key'
          ? { AZURE_STORAGE_KEY: KEY }
          : { AZURE_STORAGE_SAS_TOKEN: `?${sasOf('rl', '2100-01-01')}` };
      await put('logs/day=1/a.csv', FILES['logs/day=1/a.csv']);
      await holds('az://acme/data/', (options) => space.open(env(login), options), put);
    },
    240_000,
  );

  test.each([
    ['none', {}, /no credentials were sent/],
    ['another key', { AZURE_STORAGE_KEY: 'aGVsbG8=' }, /have expired, or are another store’s/],
    ['an old signature', { AZURE_STORAGE_SAS_TOKEN: sasOf('rl', '2020-01-01') }, /have expired/],
  ] as const)('credentials: %s', async (_, login, message) => {
    await expect(space.open(env(login)).glob('az://acme/data/logs/b.parquet')).rejects.toThrow(message);
    await expect(space.open(env(login)).glob('az://acme/data/logs/*.csv')).rejects.toThrow(message);
  });
});
