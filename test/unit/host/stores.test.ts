import { describe, expect, test } from '@jest/globals';
import { storeSettings } from '../../../shared/host/stores.ts';
import { UserError } from '../../../shared/problem/problem.ts';

function settings(env: NodeJS.ProcessEnv) {
  const masked: string[] = [];
  return { ...storeSettings(env, (secret) => masked.push(secret)), masked };
}

test('nothing is set', () => {
  expect(settings({ HF_TOKEN: '', AWS_REGION: '' })).toEqual({ s3: {}, hf: {}, masked: [] });
});

test('what configure-aws-credentials sets', () => {
  const env = {
    ...{ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' },
    ...{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-west-2' },
  };
  expect(settings(env)).toEqual({
    s3: { region: 'eu-west-1', credentials: { id: 'id', secret: 'secret', session: 'session' } },
    hf: {},
    masked: ['secret', 'session'],
  });
});

test('half of a key is none', () => {
  expect(settings({ AWS_SECRET_ACCESS_KEY: 'secret' })).toEqual({ s3: {}, hf: {}, masked: ['secret'] });
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
    masked: ['token'],
  });
  expect(settings({ ...env, AWS_ENDPOINT_URL_S3: 'https://r2' }).s3).toEqual({ endpoint: 'https://r2' });
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
