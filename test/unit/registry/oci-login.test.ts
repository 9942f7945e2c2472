/** Who asks a container registry, and what it is told if it may not. */
import { describe, expect, test } from '@jest/globals';
import { parseOciAddress, repositoryOf } from '../../../shared/registry/oci/address.ts';
import { parseChallenge } from '../../../shared/registry/oci/auth.ts';
import { newVersion } from '../../support/models.ts';
import type { OciLogin } from '../../support/oci-registry.ts';
import { useOciSpace } from '../../support/oci-space.ts';

const space = useOciSpace();
const LOGIN: OciLogin = { user: 'octo', password: 'secret', scheme: 'bearer' };
const MODEL = newVersion({ model: 'm' });

describe('a login', () => {
  test('is changed for tokens of the scope that is needed, which are masked', async () => {
    await space.start({ login: LOGIN });
    await space.open({ login: LOGIN }).versions('demand');
    expect(space.server.scopes).toEqual(['repository:acme/models/demand:pull']);
    await space.open({ login: LOGIN }).create(MODEL);
    expect(new Set(space.server.scopes)).toEqual(
      new Set(['repository:acme/models/demand:pull', 'repository:acme/models/demand:pull,push']),
    );
    expect(space.masked.length).toBe(space.server.scopes.length);
    for (const token of space.masked) expect(token).toMatch(/^token-/);
  });

  test('is changed again when a token has expired, once for all who wait', async () => {
    await space.start({ login: { ...LOGIN, uses: 3 } });
    const made = await space.open({ login: LOGIN }).create(MODEL);
    expect(await space.open({ login: LOGIN }).versions('demand')).toEqual([made]);
  });

  test('of Basic is sent as it is', async () => {
    await space.start({ login: { ...LOGIN, scheme: 'basic' } });
    const made = await space.open({ login: LOGIN }).create(MODEL);
    expect(await space.open({ login: LOGIN }).versions('demand')).toEqual([made]);
    expect(space.server.scopes).toEqual([]);
  });

  test('is not sent to a server for tokens that others may listen to', async () => {
    expect(parseChallenge('Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="x"')).toEqual({
      scheme: 'bearer',
      realm: 'https://ghcr.io/token',
      service: 'ghcr.io',
    });
    expect(parseChallenge('Basic realm=x')).toMatchObject({ scheme: 'basic' });
    expect(parseChallenge('Negotiate')).toBeUndefined();
    const asked: string[] = [];
    const { Authorization } = await import('../../../shared/registry/oci/auth.ts');
    const authorization = new Authorization(parseOciAddress('oci://registry.test/a/b'), {
      logins: { of: async () => LOGIN, mask: () => {} },
      get: async (url) => {
        asked.push(url);
        return { status: 200, headers: {}, text: '{"token":"t"}' };
      },
    });
    for (const realm of ['http://registry.test/token', 'http://127.0.0.1/token', 'file:///x', ''])
      await expect(authorization.renewed('s', undefined, `Bearer realm="${realm}"`)).rejects.toThrow(
        /not reached by https/,
      );
    expect(asked).toEqual([]);
    expect(await authorization.renewed('s', undefined, 'Bearer realm="https://a.test/t"')).toBe('Bearer t');
  });
});

describe('a refusal', () => {
  test('for want of a permission says which line to add', async () => {
    await space.start({ login: { ...LOGIN, grants: 'pull' } });
    const { host } = space.server;
    const registry = space.open({ login: LOGIN, containers: host });
    expect(await registry.versions('demand')).toEqual([]);
    await expect(registry.create(MODEL)).rejects.toThrow(
      /403 DENIED.*add to the job: `permissions: \{ packages: write \}`/s,
    );
    await expect(registry.create(MODEL)).rejects.toThrow(/Manage Actions access/);
    expect(space.tags()).toEqual([]);
  });

  test('of a token that has expired says so', async () => {
    await space.start({ login: { ...LOGIN, grants: 'none' } });
    const registry = space.open({ login: LOGIN, containers: space.server.host });
    await expect(registry.versions('demand')).rejects.toThrow(
      /401 UNAUTHORIZED.*the token has expired or was revoked.*packages: read.*before the first release/s,
    );
    await space.start({ login: { ...LOGIN, uses: 0 } });
    await expect(
      space.open({ login: LOGIN, containers: space.server.host }).versions('demand'),
    ).rejects.toThrow(/the token has expired or was revoked/);
  });

  test('of another registry says how to log in', async () => {
    await space.start({ login: LOGIN });
    await expect(space.open().versions('demand')).rejects.toThrow(
      /log in with docker\/login-action before this step/,
    );
    await expect(space.open({ login: { user: 'x', password: 'y' } }).versions('demand')).rejects.toThrow(
      /the login is not valid any more/,
    );
    // Which models there are is not needed for what can be refused for other reasons.
    expect(await space.open().names()).toEqual([]);
  });

  test('does not break a line of the log, and is not longer than one', async () => {
    await space.start();
    const { store } = space.server;
    const message = `a\n::error::b\u202e${'x'.repeat(5000)}`;
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message }] });
    store.answer = () => ({ status: 403, headers: { 'content-type': 'application/json' }, body });
    const error = await space.open().versions('demand').catch(String);
    expect(error).toMatch(/DENIED a ::error::b x{50}/);
    expect(String(error).length).toBeLessThan(700);
  });
});

describe('an address', () => {
  test('is a host and a path with small letters', () => {
    expect(parseOciAddress('oci://GHCR.io/Acme/My-Repo/')).toEqual({
      host: 'ghcr.io',
      path: 'acme/my-repo',
      origin: 'https://ghcr.io',
      input: 'input registry',
    });
    for (const [host, origin] of [
      ['localhost:5000', 'http://localhost:5000'],
      ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
      ['[::1]:5000', 'http://[::1]:5000'],
      ['localhost.evil.test', 'https://localhost.evil.test'],
      ['127.0.0.1.evil.test', 'https://127.0.0.1.evil.test'],
    ] as const)
      expect(parseOciAddress(`oci://${host}/a`)).toMatchObject({ host, origin });
    expect(repositoryOf({ path: 'acme/r' }, 'My-Model')).toBe('acme/r/my-model');
  });

  test.each([
    'oci://',
    'oci://ghcr.io',
    'oci://ghcr.io/',
    'oci:ghcr.io/a',
    'oci://ghcr.io/a//b',
    'oci://ghcr.io/../b',
    'oci://ghcr.io/a b',
    'oci://ghcr.io/a?b',
    'oci://ghcr.io/a#b',
    'oci://ghcr.io/a:tag',
    'oci://ghcr.io/-a',
    'oci://ghcr.io:port/a',
  ])('%s is refused', (text) => {
    expect(() => parseOciAddress(text)).toThrow(/is not the address of a container registry/);
  });

  test('with a login in it is refused, and the login is not repeated', () => {
    expect(() => parseOciAddress('oci://user:hunter2@ghcr.io/a')).toThrow(/an address with a login in it/);
    expect(() => parseOciAddress('oci://user:hunter2@ghcr.io/a')).not.toThrow(/hunter2/);
  });
});
