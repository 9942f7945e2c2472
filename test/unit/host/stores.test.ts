import { describe, expect, test } from '@jest/globals';
import { storeSettings } from '../../../shared/host/stores.ts';
import { UserError } from '../../../shared/problem/problem.ts';

function settings(env: NodeJS.ProcessEnv) {
  const masked: string[] = [];
  return { ...storeSettings(env, (secret) => masked.push(secret)), masked };
}

test('nothing is set', () => {
  expect(settings({ HF_TOKEN: '', AWS_REGION: '' })).toEqual({ s3: {}, hf: {}, gs: {}, az: {}, masked: [] });
});

test('what configure-aws-credentials sets', () => {
  const env = {
    ...{ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' },
    ...{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-west-2' },
  };
  expect(settings(env)).toEqual({
    s3: { region: 'eu-west-1', credentials: { id: 'id', secret: 'secret', session: 'session' } },
    hf: {},
    gs: {},
    az: {},
    masked: ['secret', 'session'],
  });
});

test('half of a key is none', () => {
  expect(settings({ AWS_SECRET_ACCESS_KEY: 'secret' })).toEqual({
    s3: {},
    hf: {},
    gs: {},
    az: {},
    masked: ['secret'],
  });
});

test('other servers, and the token of the hub', () => {
  const env = {
    AWS_ENDPOINT_URL: 'http://minio:9000/',
    HF_ENDPOINT: 'https://mirror/hf/',
    HF_TOKEN: 'token',
  };
  expect(settings(env)).toEqual({
    s3: { endpoint: 'http://minio:9000' },
    hf: { endpoint: 'https://mirror/hf', token: 'token' },
    gs: {},
    az: {},
    masked: ['token'],
  });
  expect(settings({ ...env, AWS_ENDPOINT_URL_S3: 'https://r2' }).s3).toEqual({ endpoint: 'https://r2' });
});

test('what google-github-actions/auth sets, and Azure’s own variables', () => {
  const env = {
    ...{ GOOGLE_APPLICATION_CREDENTIALS: '/creds.json', GOOGLE_OAUTH_ACCESS_TOKEN: 'ya29' },
    STORAGE_EMULATOR_HOST: 'localhost:4443',
    ...{
      AZURE_STORAGE_ACCOUNT: 'acme',
      AZURE_STORAGE_SAS_TOKEN: '?sv=1&sig=abc%3D',
      AZURE_STORAGE_KEY: 'a2V5',
    },
    ...{ AZURE_CLIENT_ID: 'app', AZURE_TENANT_ID: 'home', AZURE_AUTHORITY_HOST: 'https://login/' },
  };
  expect(settings(env)).toMatchObject({
    gs: { endpoint: 'http://localhost:4443', token: 'ya29', credentials: '/creds.json' },
    az: {
      ...{ account: 'acme', sas: 'sv=1&sig=abc%3D', key: 'a2V5' },
      ...{ client: 'app', tenant: 'home', authority: 'https://login' },
    },
    masked: ['ya29', 'a2V5', 'sv=1&sig=abc%3D', 'abc='],
  });
});

describe('an address that is none', () => {
  test.each(['minio:9000', 'ftp://x', 'https://me:hunter2@x', 'https://x/?a=b', 'https://x/#a', '/path'])(
    '%s',
    (address) => {
      for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'HF_ENDPOINT']) {
        const read = () => settings({ [name]: address });
        expect(read).toThrow(UserError);
        expect(read).toThrow(`${name}: is not the address of a server`);
        expect(read).not.toThrow(/hunter2/);
      }
    },
  );
});
