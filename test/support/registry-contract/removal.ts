/** A version that is removed, with its bytes and its evidence. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { newVersion } from '../models.ts';
import type { Current } from '../registry-contract.ts';

export function removalContract({ open }: Current): void {
  describe('a version that is removed', () => {
    beforeEach(async () => {
      const registry = await open();
      await registry.create(newVersion({ model: '1' }));
      await registry.create(newVersion({ model: '2' }, { version: '1.1.0' }));
    });
    const remove = async (version: string) => (await open()).remove({ name: 'demand', version });
    const versions = async () => (await (await open()).versions('demand')).map(({ version }) => version);

    test('is gone, and the others stay whole', async () => {
      await remove('1.0.0');
      expect(await versions()).toEqual(['1.1.0']);
      const registry = await open();
      for (const version of await registry.versions('demand')) await registry.verify(version);
      await expect(remove('1.0.0')).rejects.toThrow(UserError);
    });

    test('must not be named by an alias', async () => {
      await (await open()).setAlias('demand', 'champion', '1.0.0');
      await expect(remove('1.0.0')).rejects.toThrow(/the alias champion names it/);
      expect(await versions()).toEqual(['1.0.0', '1.1.0']);
    });

    test('may be registered again', async () => {
      await remove('1.0.0');
      await (await open()).create(newVersion({ model: '1' }));
      expect((await versions()).sort()).toEqual(['1.0.0', '1.1.0']);
    });
  });
}
