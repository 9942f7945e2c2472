import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { containersOf, createLogins } from '../../../shared/host/logins.ts';
import { UserError } from '../../../shared/problem/problem.ts';

let folder: string;
let masked: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logins-'));
  masked = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logins = (token?: string) =>
  createLogins({
    env: { DOCKER_CONFIG: folder, GITHUB_ACTOR: 'octo' },
    token,
    containers: 'ghcr.io',
    mask: (secret) => masked.push(secret),
  });
const auth = (text: string) => Buffer.from(text).toString('base64');
const config = (auths: unknown) => writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));

test('the job’s token is for GitHub’s own registry, and for no other', async () => {
  expect(await logins('t').of('ghcr.io')).toEqual({ user: 'octo', password: 't' });
  expect(await logins('t').of('registry.test')).toBeUndefined();
  expect(await logins('t').of('ghcr.io.evil.test')).toBeUndefined();
  expect(await logins().of('ghcr.io')).toBeUndefined();
});

test('what docker login wrote is for its host, and is masked', async () => {
  config({
    'registry.test:5000': { auth: auth('me:pass:word') },
    'https://old.test/v1/': { auth: auth('old:one') },
    'empty.test': {},
    'broken.test': { auth: auth('no colon') },
    'ghcr.io': { auth: auth('own:login') },
    'https://index.docker.io/v1/': { auth: auth('hub:two') },
  });
  expect(await logins().of('registry.test:5000')).toEqual({ user: 'me', password: 'pass:word' });
  expect(masked).toEqual(['pass:word']);
  expect(await logins().of('old.test')).toEqual({ user: 'old', password: 'one' });
  expect(await logins().of('ghcr.io')).toEqual({ user: 'own', password: 'login' });
  // Docker Hub's registry has another name than its login.
  expect(await logins().of('registry-1.docker.io')).toEqual({ user: 'hub', password: 'two' });
  for (const host of ['registry.test', 'empty.test', 'broken.test', 'constructor'])
    expect(await logins().of(host)).toBeUndefined();
});

test('a file that is not JSON is not taken for one without logins', async () => {
  writeFileSync(join(folder, 'config.json'), '{"auths":');
  await expect(logins().of('registry.test')).rejects.toThrow(UserError);
  await expect(logins().of('registry.test')).rejects.toThrow(/config\.json: is not JSON/);
});

test('GitHub’s own registry is that of the server', () => {
  expect(containersOf({})).toBe('ghcr.io');
  expect(containersOf({ GITHUB_SERVER_URL: 'https://github.com' })).toBe('ghcr.io');
  expect(containersOf({ GITHUB_SERVER_URL: 'https://ghe.acme.test' })).toBe('containers.ghe.acme.test');
});

test('the login at an MLflow server is that of MLflow’s own variables, and is masked', () => {
  const mlflow = (env: NodeJS.ProcessEnv) =>
    createLogins({ env, containers: 'ghcr.io', mask: (secret) => masked.push(secret) }).mlflow();
  const [user, password] = ['MLFLOW_TRACKING_USERNAME', 'MLFLOW_TRACKING_PASSWORD'];
  const token = 'MLFLOW_TRACKING_TOKEN';
  expect(mlflow({})).toBeUndefined();
  expect(mlflow({ [user]: '', [password]: '', [token]: '' })).toBeUndefined();
  expect(masked).toEqual([]);
  expect(mlflow({ [token]: 't' })).toEqual({ token: 't' });
  expect(mlflow({ [user]: 'u', [password]: 'p', [token]: 't' })).toEqual({ user: 'u', password: 'p' });
  expect(masked).toEqual(['t', 'p']);
  expect(mlflow({ [user]: 'u', [token]: 't' })).toEqual({ token: 't' });
  expect(() => mlflow({ [user]: 'u', [password]: '' })).toThrow(/MLFLOW_TRACKING_PASSWORD has none/);
  expect(() => mlflow({ [password]: 'p' })).toThrow(/MLFLOW_TRACKING_USERNAME has none/);
  expect(() => mlflow({ [token]: 'a\nb' })).toThrow(/store the token alone/);
});
