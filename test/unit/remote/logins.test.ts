/** Who the job is to Google and Azure: what their login actions leave is exchanged for tokens, which are masked. */
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { HttpRequest } from '../../../shared/ports/ports.ts';
import { GsToken } from '../../../shared/remote/gs-token.ts';
import { type Asked, type FaultyServer, type Given, startFaultyServer } from '../../support/faulty-server.ts';
import { textOf, useRemoteSpace } from '../../support/remote-space.ts';

const space = useRemoteSpace();
let server: FaultyServer;
afterEach(() => server.close());
const json = (value: unknown): Given => ({ status: 200, body: JSON.stringify(value) });

/** Google's and Azure's servers in one; blobs and objects have the text `id`. */
async function start(tokens: (asked: Asked) => Given | undefined, bearer: string): Promise<void> {
  server = await startFaultyServer((asked) => {
    const given = tokens(asked);
    if (given !== undefined) return given;
    if (asked.headers.authorization !== `Bearer ${bearer}`) return { status: 401 };
    if (asked.path.startsWith('/storage/') && asked.query.get('alt') !== 'media')
      return json({ size: '3', generation: '7' });
    return { status: 200, headers: { etag: '"1"' }, body: 'id\n' };
  });
}
const google = (file: unknown) =>
  textOf(
    space
      .open(
        { STORAGE_EMULATOR_HOST: server.url, GOOGLE_APPLICATION_CREDENTIALS: '/creds' },
        { texts: { '/creds': typeof file === 'string' ? file : JSON.stringify(file) } },
      )
      .source('gs://acme/a.csv'),
  );

describe('Google', () => {
  const workload = () => ({
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/g',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${server.url}/sts`,
    credential_source: {
      url: `${server.url}/github?audience=x`,
      headers: { Authorization: 'Bearer job' },
      format: { type: 'json', subject_token_field_name: 'value' },
    },
  });
  const github = (asked: Asked) =>
    asked.path === '/github' && asked.headers.authorization === 'Bearer job'
      ? json({ value: 'jwt' })
      : undefined;

  test.each([true, false])('a workload identity, as a service account: %s', async (impersonates) => {
    await start(
      (asked) =>
        github(asked) ??
        (asked.path === '/sts'
          ? json({ access_token: 'federated' })
          : asked.path === '/impersonate' && asked.headers.authorization === 'Bearer federated'
            ? json({ accessToken: 'account' })
            : undefined),
      impersonates ? 'account' : 'federated',
    );
    const extra = impersonates ? { service_account_impersonation_url: `${server.url}/impersonate` } : {};
    expect(await google({ ...workload(), ...extra })).toBe('id\n');
    expect(space.masked).toEqual(
      expect.arrayContaining(['federated', impersonates ? 'account' : 'federated']),
    );
  });

  test('a key of a service account signs', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await start(() => undefined, 'account');
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const sent: HttpRequest[] = [];
    const http = {
      request: async (_: string, request: HttpRequest = {}) => {
        sent.push(request);
        return { status: 200, body: '{"access_token":"account"}' };
      },
    };
    const file = { type: 'service_account', client_email: 'a@b', token_uri: 'https://t/x', private_key: key };
    const ports = { http, logins: { mask: () => {} }, readText: async () => JSON.stringify(file) };
    const token = new GsToken({ credentials: '/creds' }, ports as never);
    expect(await token.headers()).toEqual({ authorization: 'Bearer account' });
    expect(await token.headers()).toEqual({ authorization: 'Bearer account' });
    expect(sent).toHaveLength(1);
    const [head, claims, signature = ''] = (new URLSearchParams(sent[0]?.body).get('assertion') ?? '').split(
      '.',
    );
    const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({
      ...{ iss: 'a@b', aud: 'https://t/x' },
      scope: 'https://www.googleapis.com/auth/devstorage.read_only',
    });
  });

  test.each([
    ['{', /is not JSON/],
    ['{"type":"authorized_user"}', /is of no kind that ml-loop reads/],
    ['{"type":"service_account","token_uri":"http://example.com"}', /token_uri is not an address of https/],
    ['{"type":"external_account"}', /lacks "url"/],
  ])('a file that does not do: %s', async (file, message) => {
    await start(() => undefined, 'none');
    await expect(google(file)).rejects.toThrow(message);
    expect(server.requests).toEqual([]);
  });

  test('a provider that does not know the repository', async () => {
    await start((asked) => github(asked) ?? (asked.path === '/sts' ? { status: 400 } : undefined), 'none');
    await expect(google(workload())).rejects.toThrow(
      /gave no token: .*\/sts answered 400.*provider’s condition/s,
    );
  });

  test('a token that has ended', async () => {
    await start(() => undefined, 'new');
    const files = space.open({ STORAGE_EMULATOR_HOST: server.url, GOOGLE_OAUTH_ACCESS_TOKEN: 'old' });
    await expect(files.glob('gs://acme/a.csv')).rejects.toThrow(/the credentials have expired/);
    await expect(files.glob('gs://acme/*.csv')).rejects.toThrow(/the credentials have expired/);
  });
});

describe('Azure', () => {
  const azure = (tokens: Record<string, string>, identity = true) =>
    textOf(
      space
        .open(
          { AZURE_STORAGE_SERVICE_ENDPOINT: server.url, AZURE_STORAGE_ACCOUNT: 'acme', ...tokens },
          identity ? { identity: { token: async (audience) => `jwt for ${audience}` } } : {},
        )
        .source('az://data/a.csv'),
    );
  const app = () => ({ AZURE_CLIENT_ID: 'app', AZURE_TENANT_ID: 'home', AZURE_AUTHORITY_HOST: server.url });

  test('an app with a federated credential', async () => {
    await start(
      ({ path, method }) =>
        path === '/home/oauth2/v2.0/token' && method === 'POST'
          ? json({ access_token: 'app-token' })
          : undefined,
      'app-token',
    );
    expect(await azure(app())).toBe('id\n');
    expect(space.masked).toContain('app-token');
  });

  test('a job without a token of GitHub’s', async () => {
    await start(() => undefined, 'none');
    await expect(azure(app(), false)).rejects.toThrow(/id-token: write/);
  });

  test('an app that does not know the repository', async () => {
    const body = JSON.stringify({ error_description: 'AADSTS70021: no matching credential' });
    await start(({ method }) => (method === 'POST' ? { status: 400, body } : undefined), 'none');
    await expect(azure(app())).rejects.toThrow(/400 AADSTS70021.*federated credential/s);
  });

  test.each([
    ['az://data', /is not the address of a blob/],
    ['az://evil.example.com/data/a.csv', /is not the address of a blob/],
    ['az://acme.blob.evil.com/data/a.csv', /is not the address of a blob/],
    ['az://data/a.csv', /the storage account is not known/],
  ])('%s', async (address, message) => {
    await start(() => undefined, 'none');
    await expect(space.open({ AZURE_STORAGE_KEY: 'a2V5' }).glob(address)).rejects.toThrow(message);
  });
});
