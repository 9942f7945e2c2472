/** Aliases: set, moved, removed, only from what was expected, and only to what is there. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { resolveModel } from '../../../shared/registry/reference.ts';
import { AliasConflict, KEPT_MOVES } from '../../../shared/registry/registry.ts';
import { newVersion } from '../models.ts';
import type { Current } from '../registry-contract.ts';

export function aliasContract({ open, backend }: Current): void {
  describe('an alias', () => {
    beforeEach(async () => {
      const registry = await open();
      await registry.create(newVersion({ model: '1' }));
      await registry.create(newVersion({ model: '2' }, { version: '1.1.0' }));
    });
    const set = async (alias: string, version: string | null, expected?: string | null) =>
      (await open()).setAlias('demand', alias, version, expected);
    const aliases = async (name = 'demand') => (await open()).aliases(name);

    test('is set, moved, set again to what it names, and removed', async () => {
      await set('champion', '1.0.0');
      expect(await aliases()).toEqual({ champion: '1.0.0' });
      await set('champion', '1.1.0');
      await set('champion', '1.1.0');
      await set('candidate', '1.0.0');
      expect(await aliases()).toEqual({ champion: '1.1.0', candidate: '1.0.0' });
      const found = await resolveModel(await open(), { name: 'demand', which: 'champion' });
      expect(found).toMatchObject({ version: '1.1.0', digest: newVersion({ model: '2' }).bundle.digest });
      await set('champion', null);
      await set('champion', null);
      expect(await aliases()).toEqual({ candidate: '1.0.0' });
      await set('champion', '1.0.0');
      expect(await aliases()).toEqual({ champion: '1.0.0', candidate: '1.0.0' });
    });

    test('moves only from what was expected', async () => {
      await expect(set('champion', '1.0.0', '1.1.0')).rejects.toThrow(AliasConflict);
      await set('champion', '1.0.0', null);
      await set('champion', '1.1.0', '1.0.0');
      await expect(set('champion', '1.0.0', '1.0.0')).rejects.toThrow(AliasConflict);
      await expect(set('champion', '1.0.0', null)).rejects.toThrow(AliasConflict);
      await expect(set('champion', null, '1.0.0')).rejects.toThrow(AliasConflict);
      // It names the version already, yet not from there.
      await expect(set('champion', '1.1.0', '1.0.0')).rejects.toThrow(AliasConflict);
      expect(await aliases()).toEqual({ champion: '1.1.0' });
      await set('champion', null, '1.1.0');
      expect(await aliases()).toEqual({});
      await set('champion', '1.0.0', null);
      expect(await aliases()).toEqual({ champion: '1.0.0' });
    });

    test('is never on what is not there', async () => {
      await expect(set('champion', '9.9.9')).rejects.toThrow(UserError);
      await expect(set('champion', '9.9.9')).rejects.toThrow(/9\.9\.9/);
      expect(await aliases()).toEqual({});
      await set('champion', '1.0.0');
      await expect(set('champion', '9.9.9', '1.0.0')).rejects.toThrow(UserError);
      await expect((await open()).setAlias('other', 'champion', '1.0.0')).rejects.toThrow(UserError);
      expect(await aliases()).toEqual({ champion: '1.0.0' });
      expect(await aliases('other')).toEqual({});
    });

    test.each(['../x', 'latest', 'LATEST', 'v1', 'V12', '1.0.0', '', 'a b', 'a/b', 'a.b'])(
      '%j is refused, for registries keep it for themselves or cannot write it',
      async (alias) => {
        await expect(set(alias, '1.0.0')).rejects.toThrow(UserError);
        expect(await aliases()).toEqual({});
      },
    );

    test('may have any name that is allowed', async () => {
      const names = ['champion', 'Champion-EU_2', 'a', `a${'b'.repeat(63)}`, 'constructor'];
      for (const name of names) await set(name, '1.0.0');
      expect(Object.keys(await aliases()).sort()).toEqual([...names].sort());
    });

    test('is not found under a name that was never set, whatever objects call their own', async () => {
      await set('champion', '1.0.0');
      for (const which of ['constructor', 'toString', 'candidate']) {
        expect((await aliases())[which]).toBeUndefined();
        expect((await (await open()).history('demand'))[which]).toBeUndefined();
        expect(await resolveModel(await open(), { name: 'demand', which })).toBeNull();
      }
    });

    test('is that of one model', async () => {
      const registry = await open();
      await registry.create(newVersion({ model: '1' }, { name: 'other', version: '3.0.0' }));
      await set('champion', '1.0.0');
      await registry.setAlias('other', 'champion', '3.0.0');
      expect(await aliases()).toEqual({ champion: '1.0.0' });
      expect(await aliases('other')).toEqual({ champion: '3.0.0' });
    });

    test('has a history: each move with its time, also that to nothing', async () => {
      const moves = async (alias: string) => (await (await open()).history('demand'))[alias] ?? [];
      for (const version of ['1.0.0', '1.0.0', '1.1.0', null, '1.0.0']) await set('champion', version);
      await set('candidate', '1.1.0');
      const champion = await moves('champion');
      expect(champion.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0', null, '1.0.0']);
      expect((await moves('candidate')).map(({ version }) => version)).toEqual(['1.1.0']);
      for (const { at } of champion) expect(new Date(at).toISOString()).toBe(at);
      expect(await (await open()).history('other')).toEqual({});
    });

    test('keeps its last hundred moves', async () => {
      for (let k = 0; k < 51; k++) {
        await set('champion', '1.0.0');
        await set('champion', '1.1.0');
      }
      const { champion = [] } = await (await open()).history('demand');
      expect(champion).toHaveLength(KEPT_MOVES);
      expect(champion.at(-1)?.version).toBe('1.1.0');
    });

    test('that two runs move at once names what one of them wrote', async () => {
      const runs = await Promise.allSettled([set('champion', '1.0.0', null), set('champion', '1.1.0', null)]);
      const won = runs.filter(({ status }) => status === 'fulfilled').length;
      for (const run of runs) if (run.status === 'rejected') expect(run.reason).toBeInstanceOf(AliasConflict);
      if (backend.comparesAndSets) expect(won).toBe(1);
      const { champion, ...others } = await aliases();
      expect(['1.0.0', '1.1.0']).toContain(champion);
      expect(others).toEqual({});
      if (won === 1) expect(champion).toBe(runs[0]?.status === 'fulfilled' ? '1.0.0' : '1.1.0');
    });
  });
}
