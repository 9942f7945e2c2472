/** A model that stays where it is: the registry keeps its record and its evidence, and never says that it has the bytes. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { register } from '../../../shared/registry/register.ts';
import { KeptElsewhere, type NewVersion, VersionTakenError } from '../../../shared/registry/registry.ts';
import { newVersion } from '../models.ts';
import type { Current } from '../registry-contract.ts';

const MODEL = { 'model.json': '{"w":1}', 'sub/ü weights+1.bin': 'abc', __proto__x: '' };
const ORIGIN = {
  reference: 's3://models/demand 7/',
  pins: { 'model.json': 'versionId=a+b/c==', 'sub/ü weights+1.bin': 'etag="0-1"' },
};

/** No file of it may be read. */
export function elsewhere(parts: Partial<NewVersion> = {}): NewVersion {
  const file = (path: string): never => {
    throw new Error(`${path} was read, although it stays where it is`);
  };
  return newVersion(MODEL, { origin: ORIGIN, file, ...parts });
}

export function elsewhereContract({ open, folder }: Current): void {
  describe('a model that stays where it is', () => {
    test('is registered without its bytes, and another job reads where they are', async () => {
      const evidence = [{ name: 'profile.json', content: '{}' }];
      const made = await (await open()).create(elsewhere({ evidence, metadata: { a: 'b' } }));
      expect(made).toMatchObject({
        digest: newVersion(MODEL).bundle.digest,
        origin: ORIGIN,
        metadata: { a: 'b' },
        evidence: ['profile.json'],
      });
      expect([...made.files].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
        [...newVersion(MODEL).bundle.files].sort((a, b) => (a.path < b.path ? -1 : 1)),
      );
      const registry = await open();
      expect(await registry.versions('demand')).toEqual([made]);
      expect(await registry.readEvidence(made, 'profile.json')).toBe('{}');
      const later = await registry.addEvidence(made, [{ name: 'note.json', content: '[]' }]);
      expect(later).toEqual({ ...made, evidence: ['profile.json', 'note.json'] });
      await registry.setAlias('demand', 'champion', '1.0.0');
      expect(await (await open()).aliases('demand')).toEqual({ champion: '1.0.0' });
    });

    test('needs no pins', async () => {
      const origin = { reference: `hf:acme/demand@${'a'.repeat(40)}` };
      const made = await (await open()).create(elsewhere({ origin }));
      expect(made.origin).toEqual(origin);
      expect(await (await open()).versions('demand')).toEqual([made]);
    });

    test('is neither verified nor fetched by the registry, which says where the bytes are', async () => {
      const made = await (await open()).create(elsewhere());
      for (const asking of [(await open()).verify(made), (await open()).fetch(made, folder('out'))]) {
        const error = await asking.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(KeptElsewhere);
        expect(error).toMatchObject({
          version: {
            name: 'demand',
            version: '1.0.0',
            digest: made.digest,
            files: made.files,
            origin: ORIGIN,
          },
        });
      }
      expect(existsSync(folder('out')) ? readdirSync(folder('out')) : []).toEqual([]);
      const { digest } = newVersion({ other: '' }).bundle;
      const asOther = (await open()).verify({ ...made, digest });
      await expect(asOther).rejects.toThrow(UserError);
      await expect(asOther).rejects.not.toBeInstanceOf(KeptElsewhere);
    });

    test('is taken as any other version is', async () => {
      const made = await (await open()).create(elsewhere());
      for (const again of [elsewhere(), newVersion(MODEL), newVersion({ model: 'x' })])
        await expect((await open()).create(again)).rejects.toThrow(VersionTakenError);
      expect(await (await open()).versions('demand')).toEqual([made]);
    });

    test('is one version with the same bytes that the registry has', async () => {
      const kept = await (await open()).create(newVersion(MODEL));
      const again = await register(await open(), { ...elsewhere(), version: 'auto', alias: 'candidate' });
      expect(again).toMatchObject({ created: false, version: { version: '1.0.0' } });
      expect(again.version).toEqual(kept);
    });

    test('is removed, and registered again with its bytes', async () => {
      await (await open()).create(elsewhere());
      await (await open()).remove({ name: 'demand', version: '1.0.0' });
      expect(await (await open()).versions('demand')).toEqual([]);
      const made = await (await open()).create(newVersion(MODEL));
      expect(made.origin).toBeUndefined();
      await (await open()).verify(made);
    });

    test.each([
      [
        'a file that is a folder, too',
        { bundle: newVersion({ a: '', 'a/b/c': '', 'a/b': '' }).bundle, origin: { reference: 's3://x/' } },
      ],
      ['a path instead of a reference', { origin: { reference: '/etc' } }],
      ['a reference of two lines', { origin: { reference: 's3://x/\ny' } }],
      ['a pin that is none', { origin: { ...ORIGIN, pins: { 'model.json': '' } } }],
      ['a pin of no file', { origin: { ...ORIGIN, pins: { gone: 'etag="1"' } } }],
      [
        'a digest of other files',
        { bundle: { ...elsewhere().bundle, digest: newVersion({}).bundle.digest } },
      ],
    ])('with %s is refused before anything is written', async (_, parts) => {
      await expect((await open()).create(elsewhere(parts))).rejects.toThrow(UserError);
      expect(await (await open()).names()).toEqual([]);
    });
  });
}
