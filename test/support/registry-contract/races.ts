/** `register` on the backend: once, again, and by many runs at once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { register } from '../../../shared/registry/register.ts';
import { type Attachment, VersionTakenError } from '../../../shared/registry/registry.ts';
import { newVersion } from '../models.ts';
import type { Current } from '../registry-contract.ts';

export function raceContract({ open, backend, damage, folder }: Current): void {
  const run = async (content: string, version = 'auto', evidence: readonly Attachment[] = []) => {
    const registration = { ...newVersion({ model: content }, { evidence }), version, alias: 'candidate' };
    return register(await open(), registration);
  };

  /** Every version is whole, holds the bytes of its digest, and is the only one that does. */
  const expectWhole = async (contents: readonly string[]) => {
    const registry = await open();
    const versions = await registry.versions('demand');
    expect(versions.map(({ digest }) => digest).sort()).toEqual(
      contents.map((content) => newVersion({ model: content }).bundle.digest).sort(),
    );
    expect(new Set(versions.map(({ version }) => version)).size).toBe(versions.length);
    for (const version of versions) {
      await registry.verify(version);
      await registry.fetch(version, folder(version.version));
      const text = readFileSync(join(folder(version.version), 'model'), 'utf8');
      expect(newVersion({ model: text }).bundle.digest).toBe(version.digest);
    }
    return versions;
  };

  test('the same bytes are one version, and the alias follows', async () => {
    const first = await run('a');
    expect(first).toMatchObject({ created: true, previous: null, version: { version: '1.0.0' } });
    expect(await run('b')).toMatchObject({
      created: true,
      previous: '1.0.0',
      version: { version: '1.1.0' },
    });
    expect(await run('a', '5.0.0', [{ name: 'x', content: 'x' }])).toEqual({
      version: first.version,
      created: false,
      renewed: false,
      previous: '1.1.0',
    });
    expect(await (await open()).aliases('demand')).toEqual({ candidate: '1.0.0' });
    await expectWhole(['a', 'b']);
  });

  test('a version that holds other bytes is refused, and the alias stays', async () => {
    await run('a', '2.0.0');
    await run('b', '1.0.0');
    const refused = run('c', '2.0.0');
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/demand 2\.0\.0 holds other bytes/);
    expect(await (await open()).aliases('demand')).toEqual({ candidate: '1.0.0' });
    await expectWhole(['a', 'b']);
  });

  test.each(['latest', 'v1', 'a b', 'claim-x', 'alias-x', 'sha256-x', 'refs-x', 'stage'])(
    'the alias %s is set, or refused before anything is registered',
    async (alias) => {
      const registration = { ...newVersion({ model: 'a' }), version: 'auto', alias };
      const result = await register(await open(), registration).catch((error: unknown) => error);
      const registry = await open();
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(UserError);
        expect(result.message).toContain(alias);
        expect(await registry.versions('demand')).toEqual([]);
      } else expect(await registry.aliases('demand')).toEqual({ [alias]: '1.0.0' });
    },
  );

  test('the same bytes again are not taken as registered if the stored ones were changed', async () => {
    const { version } = await run('a');
    await damage(version, 'model', 'b');
    await expect(run('a')).rejects.toThrow(UserError);
    expect(await (await open()).versions('demand')).toHaveLength(1);
  });

  test.each([2, 16])('%i runs at once with the same bytes make one version', async (count) => {
    const runs = await Promise.all(Array.from({ length: count }, () => run('same')));
    const [version] = await expectWhole(['same']);
    for (const each of runs) expect(each.version).toEqual(version);
    expect(await (await open()).aliases('demand')).toEqual({ candidate: version?.version });
  });

  test('runs at once that ask for two versions of the same bytes make one, if the backend compares and sets', async () => {
    const wanted = ['1.0.0', '2.0.0', '3.0.0', '4.0.0'];
    const runs = await Promise.all(wanted.map((version) => run('same', version)));
    if (!backend.comparesAndSets) return;
    const [version] = await expectWhole(['same']);
    for (const each of runs) expect(each.version).toEqual(version);
  });

  test.each([2, 16])('%i runs at once with different bytes make a version each', async (count) => {
    const contents = Array.from({ length: count }, (_, number) => `bytes ${number}`);
    const runs = await Promise.all(contents.map((content) => run(content)));
    const versions = await expectWhole(contents);
    runs.forEach(({ version, created }, number) => {
      expect(created).toBe(true);
      expect(version.digest).toBe(newVersion({ model: contents[number] ?? '' }).bundle.digest);
      expect(versions).toContainEqual(version);
    });
    const { candidate } = await (await open()).aliases('demand');
    expect(versions.map(({ version }) => version)).toContain(candidate);
  });

  test('sixteen runs at once with four models make four versions', async () => {
    const contents = ['a', 'b', 'c', 'd'];
    const runs = await Promise.all(
      Array.from({ length: 16 }, (_, number) => run(contents[number % 4] ?? '')),
    );
    await expectWhole(contents);
    for (const content of contents) {
      const { digest } = newVersion({ model: content }).bundle;
      const same = runs.filter(({ version }) => version.digest === digest);
      expect(new Set(same.map(({ version }) => version.version)).size).toBe(1);
    }
  });

  test.each([2, 8])('of %i runs that ask for one version at once, one at most gets it', async (count) => {
    const contents = Array.from({ length: count }, (_, number) => `bytes ${number}`);
    const runs = await Promise.allSettled(
      contents.map(async (model) => (await open()).create(newVersion({ model }))),
    );
    for (const each of runs)
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(VersionTakenError);
    const won = contents.filter((_, number) => runs[number]?.status === 'fulfilled');
    if (backend.comparesAndSets) expect(won).toHaveLength(1);
    await expectWhole(won);
  });
}
