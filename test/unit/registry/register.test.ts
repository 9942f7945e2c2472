import { expect, test } from '@jest/globals';
import { nextVersion, register } from '../../../shared/registry/register.ts';
import { MemoryRegistry } from '../../support/memory.ts';
import { newVersion } from '../../support/models.ts';

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

test('the alias is set after the version is there, and not when it could not be made', async () => {
  const registry = new MemoryRegistry();
  registry.create = () => Promise.reject(new Error('disk full'));
  await expect(register(registry, registration('a'))).rejects.toThrow('disk full');
  expect(await registry.aliases('demand')).toEqual({});
});
