import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { directoryRegistry } from '../../../shared/registry/directory.ts';
import { nextVersion, register } from '../../../shared/registry/register.ts';
import type { Registry } from '../../../shared/registry/registry.ts';
import { newVersion } from '../../support/models.ts';

let root: string;
let registry: Registry;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'register-'));
  registry = directoryRegistry({
    root,
    shown: 'registry',
    clock: { now: () => new Date('2026-01-01T00:00:00Z') },
  });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const registration = (content: string, version = 'auto') => ({
  ...newVersion({ model: content }),
  version,
  alias: 'candidate',
});

test('auto is 1.0.0 first, then the next minor version after the highest', () => {
  expect(nextVersion([])).toBe('1.0.0');
  expect(nextVersion(['1.9.0', '1.10.3', '1.2.0'])).toBe('1.11.0');
  expect(nextVersion(['1.0.0', '2.0.0-rc.1'])).toBe('2.0.0');
});

test('the same bytes are registered once, and the alias follows', async () => {
  const first = await register(registry, registration('a'));
  expect(first).toMatchObject({ created: true, previous: null, version: { version: '1.0.0' } });
  expect(await register(registry, registration('b'))).toMatchObject({
    created: true,
    previous: '1.0.0',
    version: { version: '1.1.0' },
  });
  const again = await register(registry, {
    ...registration('a', '5.0.0'),
    evidence: [{ name: 'x', content: 'x' }],
  });
  expect(again).toEqual({ version: first.version, created: false, renewed: false, previous: '1.1.0' });
  expect(await registry.aliases('demand')).toEqual({ candidate: '1.0.0' });
  expect(await registry.versions('demand')).toHaveLength(2);
});

test('the same bytes again are not pass if the stored ones were changed', async () => {
  await register(registry, registration('a'));
  writeFileSync(join(root, 'demand/versions/1.0.0/files/model'), 'b');
  await expect(register(registry, registration('a'))).rejects.toThrow(/does not hold the bytes/);
});

test('a version that holds other bytes is refused, and the alias stays', async () => {
  await register(registry, registration('a', '2.0.0'));
  await expect(register(registry, registration('b', '2.0.0'))).rejects.toThrow(
    /demand 2\.0\.0 holds other bytes/,
  );
  expect(await registry.aliases('demand')).toEqual({ candidate: '2.0.0' });
});

test('many runs at once: each bytes get one version of their own', async () => {
  const runs = await Promise.all(
    ['a', 'b', 'c', 'a', 'b', 'c'].map((content) => register(registry, registration(content))),
  );
  expect(runs.filter(({ created }) => created)).toHaveLength(3);
  const versions = await registry.versions('demand');
  expect(versions.map(({ version }) => version).sort()).toEqual(['1.0.0', '1.1.0', '1.2.0']);
  expect(new Set(versions.map(({ digest }) => digest)).size).toBe(3);
});

test('the alias is set after the version is there, and not when it could not be made', async () => {
  const failing: Registry = { ...registry, create: () => Promise.reject(new Error('disk full')) };
  await expect(register(failing, registration('a'))).rejects.toThrow('disk full');
  expect(await registry.aliases('demand')).toEqual({});
});
