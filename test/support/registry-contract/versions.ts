/** Identity, names, versions and what is written beside them. */
import { expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { VersionTakenError } from '../../../shared/registry/registry.ts';
import { newVersion } from '../models.ts';
import type { Current } from '../registry-contract.ts';

const MODEL = { 'model.json': '{"w":1}', 'sub/weights.bin': 'abc', empty: '' };

export function versionContract({ open, folder }: Current): void {
  test('nothing is known of a model that was never registered', async () => {
    const registry = await open();
    expect(await registry.names()).toEqual([]);
    expect(await registry.versions('demand')).toEqual([]);
    expect(await registry.aliases('demand')).toEqual({});
    expect(await registry.history('demand')).toEqual({});
  });

  test('what one job registers, another reads', async () => {
    const metadata = { commit: 'abc', run: 'https://example.org/1' };
    const made = await (await open()).create(newVersion(MODEL, { metadata }));
    expect(made).toMatchObject({
      name: 'demand',
      version: '1.0.0',
      digest: newVersion(MODEL).bundle.digest,
      createdAt: '2026-01-01T00:00:00.000Z',
      metadata,
      evidence: [],
    });
    expect(sorted(made.files)).toEqual(sorted(newVersion(MODEL).bundle.files));
    const registry = await open();
    expect(await registry.versions('demand')).toEqual([made]);
    expect(await registry.names()).toEqual(['demand']);
    expect(await registry.aliases('demand')).toEqual({});
  });

  test('each version has an address of its own', async () => {
    const registry = await open();
    const first = await registry.create(newVersion({ model: '1' }));
    const second = await registry.create(newVersion({ model: '2' }, { version: '1.1.0' }));
    const other = await registry.create(newVersion({ model: '2' }, { name: 'other' }));
    const uris = [first, second, other].map(({ uri }) => uri);
    expect(new Set(uris).size).toBe(3);
    for (const uri of uris) expect(uri).toMatch(/^[a-z]+:./);
  });

  test('a version that is there is taken, for the same bytes and for others, and stays as it was', async () => {
    const made = await (await open()).create(newVersion(MODEL));
    for (const files of [MODEL, { ...MODEL, 'model.json': '{"w":2}' }]) {
      await expect((await open()).create(newVersion(files))).rejects.toThrow(VersionTakenError);
    }
    expect(await (await open()).versions('demand')).toEqual([made]);
    await (await open()).verify(made);
  });

  test('versions come oldest first, and of one time by SemVer', async () => {
    const dated = async (version: string, day: number) => {
      const createdAt = new Date(Date.UTC(2026, 0, day));
      await (await open()).create(newVersion({ model: version }, { version, createdAt }));
    };
    await dated('1.10.0', 2);
    await dated('1.9.0', 2);
    await dated('1.9.0-rc.1', 2);
    await dated('2.0.0', 1);
    const versions = await (await open()).versions('demand');
    expect(versions.map(({ version }) => version)).toEqual(['2.0.0', '1.9.0-rc.1', '1.9.0', '1.10.0']);
  });

  test.each(['0.0.1', '10.20.30', '1.0.0-rc.1', '1.0.0-RC.1', '1.0.0-alpha-1.x.7', '1.0.0--'])(
    'the version %s is registered as it is written',
    async (version) => {
      const made = await (await open()).create(newVersion(MODEL, { version }));
      expect(made.version).toBe(version);
      expect(await (await open()).versions('demand')).toEqual([made]);
    },
  );

  test('names are listed sorted, and each model keeps to itself', async () => {
    const registry = await open();
    const names = ['demand', 'Price', 'a-b', 'a.b', 'a_b', 'a--b', 'x1', '0'];
    for (const name of names) await registry.create(newVersion({ model: name }, { name }));
    const reader = await open();
    expect(await reader.names()).toEqual([...names].sort());
    for (const name of names) {
      const [version, ...more] = await reader.versions(name);
      expect(more).toEqual([]);
      expect(version).toMatchObject({ name, digest: newVersion({ model: name }).bundle.digest });
    }
  });

  // A backend whose addresses are narrower may refuse such names; it never shows another one.
  test.each(['a._b', 'a___b', 'trailing-', 'UPPER.case_AND-more', 'n'.repeat(128)])(
    'the name %s is kept, or refused with nothing written',
    async (name) => {
      const result = await (await open())
        .create(newVersion(MODEL, { name }))
        .catch((error: unknown) => error);
      const reader = await open();
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(UserError);
        expect(result.message).toContain(name);
        expect(await reader.names()).toEqual([]);
      } else {
        expect(await reader.names()).toEqual([name]);
        expect(await reader.versions(name)).toEqual([result]);
      }
    },
  );

  test('two names that differ in case alone are two models, or the second is refused', async () => {
    const made = await (await open()).create(newVersion({ model: '1' }, { name: 'demand' }));
    const second = newVersion({ model: '2' }, { name: 'Demand' });
    const result = await (await open()).create(second).catch((error: unknown) => error);
    const reader = await open();
    expect(await reader.versions('demand')).toEqual([made]);
    if (result instanceof Error) expect(result).toBeInstanceOf(UserError);
    else expect(await reader.versions('Demand')).toEqual([result]);
  });

  test('metadata is kept to the letter', async () => {
    const metadata = JSON.parse(
      JSON.stringify({
        'git commit': 'a\nb\r\n\tc',
        'ключ.with/odd=signs': '"quotes" \\ `ticks` $x {y} %7B <b>é\u0301</b> 😀',
        empty: '',
        constructor: 'x',
        long: 'é'.repeat(5000),
        control: '\u0001\u2028',
      }).replace('{', '{"__proto__":"p",'),
    ) as Record<string, string>;
    const made = await (await open()).create(newVersion(MODEL, { metadata }));
    const [read] = await (await open()).versions('demand');
    for (const version of [made, read]) {
      expect(Object.entries(version?.metadata ?? {}).sort()).toEqual(Object.entries(metadata).sort());
    }
  });

  test.each([
    ['a model name', { name: '../x' }],
    ['a model name that is absolute', { name: '/x' }],
    ['a version', { version: '../1.0.0' }],
    ['a version that is none', { version: '1.0' }],
    ['a version with build metadata', { version: '1.0.0+x' }],
    ['an evidence name', { evidence: [{ name: '../../x', content: '' }] }],
    ['an evidence name twice', { evidence: [1, 2].map((n) => ({ name: 'a', content: `${n}` })) }],
  ])('%s that would leave its place or clash is refused before anything is written', async (_, parts) => {
    await expect((await open()).create(newVersion(MODEL, parts))).rejects.toThrow(UserError);
    expect(await (await open()).names()).toEqual([]);
    expect(await (await open()).versions('demand')).toEqual([]);
  });

  test('names are checked on reading, too', async () => {
    const registry = await open();
    const version = await registry.create(newVersion(MODEL));
    for (const name of ['../x', '/x', '..', '']) {
      await expect(registry.versions(name)).rejects.toThrow(UserError);
      await expect(registry.aliases(name)).rejects.toThrow(UserError);
    }
    const outside = { ...version, version: '../../x' };
    await expect(registry.verify(outside)).rejects.toThrow(UserError);
    await expect(registry.fetch(outside, folder('out'))).rejects.toThrow(UserError);
    await expect(registry.readEvidence(outside, 'profile.json')).rejects.toThrow(UserError);
  });
}

function sorted<T extends { readonly path: string }>(files: readonly T[]): T[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}
