import { describe, expect, test } from '@jest/globals';
import { parseImage, shownImage } from '../../../../shared/registry/image/reference.ts';
import { imageRequest } from '../../../../shared/registry/image/request.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('the name of an image', () => {
  test.each([
    ['busybox', 'registry-1.docker.io', 'library/busybox', 'docker.io/library/busybox'],
    ['busybox:1.37', 'registry-1.docker.io', 'library/busybox', 'docker.io/library/busybox:1.37'],
    ['acme/base', 'registry-1.docker.io', 'acme/base', 'docker.io/acme/base'],
    ['docker.io/busybox', 'registry-1.docker.io', 'library/busybox', 'docker.io/library/busybox'],
    ['oci://ghcr.io/Acme/Base:V1', 'ghcr.io', 'acme/base', 'ghcr.io/acme/base:V1'],
    ['localhost/a', 'localhost', 'a', 'localhost/a'],
    ['localhost:5000/a/b', 'localhost:5000', 'a/b', 'localhost:5000/a/b'],
    ['registry:5000/a', 'registry:5000', 'a', 'registry:5000/a'],
    ['[::1]:5000/a', '[::1]:5000', 'a', '[::1]:5000/a'],
    [`ghcr.io/a:1@${DIGEST}`, 'ghcr.io', 'a', `ghcr.io/a:1@${DIGEST}`],
    [` busybox@${DIGEST} `, 'registry-1.docker.io', 'library/busybox', `docker.io/library/busybox@${DIGEST}`],
  ])('%s is read as docker reads it', (text, host, repository, shown) => {
    const found = parseImage(text);
    expect(found).toMatchObject({ host, repository });
    expect(found === undefined ? '' : shownImage(found)).toBe(shown);
  });

  test.each([
    '',
    'a b',
    'ghcr.io/',
    'ghcr.io/a:',
    'ghcr.io/a:b c',
    'ghcr.io/a//b',
    'ghcr.io/../b',
    'ghcr.io/a@sha256:12',
    'https://ghcr.io/a',
    'me:pass@ghcr.io/a',
    `ghcr.io/a@${DIGEST}@${DIGEST}`,
    `ghcr.io/${'a'.repeat(256)}`,
    'ghcr.io/a\n:1',
    'ghcr.io/a?x=1',
  ])('%j is none', (text) => {
    expect(parseImage(text)).toBeUndefined();
  });
});

describe('the input image', () => {
  const parse = (value: unknown) => imageRequest().parse(value);
  const good = { base: 'busybox', target: 'ghcr.io/acme/server' };

  test('is a map, of YAML or of the configuration', () => {
    const expected = {
      base: {
        host: 'registry-1.docker.io',
        repository: 'library/busybox',
        name: 'docker.io/library/busybox',
      },
      target: { host: 'ghcr.io', repository: 'acme/server', name: 'ghcr.io/acme/server' },
      path: '/models',
    };
    expect(parse(good)).toEqual(expected);
    expect(parse('base: busybox\ntarget: ghcr.io/acme/server\npath: /models/\n')).toEqual(expected);
    expect(parse({ ...good, base: 'scratch', path: '/opt/my model' })).toMatchObject({
      base: 'scratch',
      path: '/opt/my model',
    });
  });

  test.each<[unknown, RegExp]>([
    ['scratch', /must be a map with base and target/],
    [[good], /must be a map/],
    [null, /must be a map/],
    [{}, /must have as base the name .*; must have as target the name /],
    [{ ...good, base: 7 }, /must have as base/],
    [{ ...good, target: 'server' }, /a target that begins with the registry’s host/],
    [{ ...good, target: 'acme/server' }, /a target that begins with the registry’s host/],
    [{ ...good, target: 'scratch' }, /a target that begins with the registry’s host/],
    [{ ...good, target: `ghcr.io/a@${DIGEST}` }, /a target without a digest/],
    [{ ...good, tag: '1' }, /no fields but base, target, path \(see tag\)/],
    [{ ...good, path: 'models' }, /must have a path that is a folder of the image from its root on/],
    [{ ...good, path: '/' }, /must have a path that is a folder/],
    [{ ...good, path: '' }, /must have a path that is a folder/],
    [{ ...good, path: null }, /must have a path that is a folder/],
    [{ ...good, path: '/a/../../etc' }, /no empty part, no `\.` or `\.\.`/],
    [{ ...good, path: '//a' }, /no empty part/],
    [{ ...good, path: '/a\\b' }, /no backslash/],
    [{ ...good, path: '/a\u0000' }, /no control character/],
    [{ ...good, path: '/a/.wh.b' }, /begins with \.wh\./],
  ])('%j is refused', (value, message) => {
    expect(() => parse(value)).toThrow(message);
  });
});
