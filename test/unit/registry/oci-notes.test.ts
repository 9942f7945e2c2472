/** Aliases and evidence in a container registry. */
import { describe, expect, test } from '@jest/globals';
import { resolveModel } from '../../../shared/registry/reference.ts';
import { AliasConflict } from '../../../shared/registry/registry.ts';
import { newVersion } from '../../support/models.ts';
import { useOciSpace } from '../../support/oci-space.ts';

const space = useOciSpace();
const open = () => space.open();
const repo = () => space.server.store.repo('acme/models/demand');
const movedAt = async (alias: string) => (await open().history('demand'))[alias]?.at(-1)?.at;
const version = (number: string) => open().create(newVersion({ model: number }, { version: number }));
const indexOf = (subject: string) =>
  JSON.parse(repo().manifests.get(repo().tags.get(subject.replace(':', '-')) ?? '')?.text ?? '{}').manifests;

describe('an alias', () => {
  test('points to a version, with its time; the plain tag is for other tools', async () => {
    await version('1.0.0');
    await version('1.1.0');
    await open().setAlias('demand', 'champion', '1.0.0');
    expect(await open().aliases('demand')).toEqual({ champion: '1.0.0' });
    expect(repo().tags.get('champion')).toBe(repo().tags.get('1.0.0'));
    expect(await movedAt('champion')).toBe('2026-01-05T12:00:00.000Z');
    space.clock.advance(60_000);
    await open().setAlias('demand', 'champion', '1.0.0');
    expect(await movedAt('champion')).toBe('2026-01-05T12:00:00.000Z');
    await open().setAlias('demand', 'champion', '1.1.0', '1.0.0');
    expect(repo().tags.get('champion')).toBe(repo().tags.get('1.1.0'));
    expect(await resolveModel(open(), { name: 'demand', which: 'champion' })).toMatchObject({
      version: '1.1.0',
    });
    expect(await movedAt('champion')).toBe('2026-01-05T12:01:00.000Z');
    expect(await movedAt('candidate')).toBeUndefined();
  });

  test('that is removed points to nothing, and its plain tag to no model', async () => {
    await version('1.0.0');
    await open().setAlias('demand', 'champion', null);
    expect(space.tags()).not.toContain('alias-champion');
    await open().setAlias('demand', 'champion', '1.0.0', null);
    await open().setAlias('demand', 'champion', null, '1.0.0');
    expect(await open().aliases('demand')).toEqual({});
    expect((await open().history('demand')).champion?.map(({ version: to }) => to)).toEqual(['1.0.0', null]);
    expect(repo().tags.get('champion')).toBe(repo().tags.get('alias-champion'));
  });

  test('is not moved from elsewhere than expected', async () => {
    await version('1.0.0');
    await version('1.1.0');
    await open().setAlias('demand', 'champion', '1.0.0');
    await expect(open().setAlias('demand', 'champion', '1.1.0', null)).rejects.toThrow(AliasConflict);
    await expect(open().setAlias('demand', 'champion', '1.1.0', '1.1.0')).rejects.toThrow(AliasConflict);
    expect(await open().aliases('demand')).toEqual({ champion: '1.0.0' });
  });

  test('that another run moves between a write and its reading back is told to who expected something', async () => {
    await version('1.0.0');
    await version('1.1.0');
    await open().setAlias('demand', 'champion', '1.0.0');
    const before = repo().tags.get('alias-champion') ?? '';
    let put = false;
    const { store } = space.server;
    const answer = store.answer.bind(store);
    store.answer = (request) => {
      if (put && request.path.endsWith('/manifests/alias-champion'))
        repo().tags.set('alias-champion', before);
      const given = answer(request);
      put ||= request.method === 'PUT' && request.path.endsWith('/manifests/alias-champion');
      return given;
    };
    await expect(open().setAlias('demand', 'champion', '1.1.0', '1.0.0')).rejects.toThrow(AliasConflict);
    expect(repo().tags.get('champion')).toBe(repo().tags.get('1.0.0'));
  });

  test('keeps its last 100 moves', async () => {
    await version('1.0.0');
    await version('1.1.0');
    const registry = open();
    for (let i = 0; i < 104; i++) await registry.setAlias('demand', 'a', i % 2 === 0 ? '1.0.0' : '1.1.0');
    expect((await open().history('demand')).a).toHaveLength(100);
    expect(await open().aliases('demand')).toEqual({ a: '1.1.0' });
  });

  test('must name a version that is there, and must not be a name that the registry needs', async () => {
    await version('1.0.0');
    await expect(open().setAlias('demand', 'champion', '2.0.0')).rejects.toThrow(/has no version 2\.0\.0/);
    for (const alias of ['alias-x', 'Claim-1', 'sha256-0', 'record-a', 'evidence-a', 'latest', 'v1'])
      await expect(open().setAlias('demand', alias, '1.0.0')).rejects.toThrow(/must not/);
    expect(space.tags().some((tag) => tag.startsWith('alias-'))).toBe(false);
  });

  test('whose note was damaged is not read as none', async () => {
    await version('1.0.0');
    await open().setAlias('demand', 'champion', '1.0.0');
    const digest = repo().tags.get('alias-champion') ?? '';
    for (const [from, to] of [
      ['\\"version\\":\\"1.0.0\\"', '\\"version\\":1'],
      ['dev.ml-loop.alias', 'dev.ml-loop.other'],
      ['\\"earlier\\":[]', '\\"earlier\\":{}'],
    ] as const) {
      const { text = '', type = '' } = repo().manifests.get(digest) ?? {};
      expect(text).toContain(from);
      const damaged = text.replace(from, to);
      const { sha256 } = await import('../../support/oci-store.ts');
      repo().manifests.set(sha256(damaged), { text: damaged, type });
      repo().tags.set('alias-champion', sha256(damaged));
      await expect(open().aliases('demand')).rejects.toThrow(/alias-champion/);
      repo().tags.set('alias-champion', digest);
    }
  });
});

describe('evidence', () => {
  const VERDICT = 'verdicts/validate-model.json';

  test('that comes later is added once, under names that are free', async () => {
    const made = await open().create(
      newVersion({ model: 'm' }, { evidence: [{ name: VERDICT, content: '1' }] }),
    );
    const added = await open().addEvidence(made, [
      { name: VERDICT, content: '1' },
      { name: VERDICT, content: '2' },
      { name: 'profile.json', content: '{}' },
    ]);
    expect(added.evidence).toEqual([VERDICT, 'verdicts/validate-model-2.json', 'profile.json']);
    const before = space.tags();
    expect((await open().addEvidence(made, [{ name: VERDICT, content: '2' }])).evidence).toEqual(
      added.evidence,
    );
    expect(space.tags()).toEqual(before);
    expect(await open().readEvidence(added, VERDICT)).toBe('1');
    expect(await open().readEvidence(added, 'verdicts/validate-model-2.json')).toBe('2');
    expect((await open().versions('demand'))[0]).toEqual(added);
  });

  test('of many runs at once is all kept', async () => {
    const made = await open().create(
      newVersion({ model: 'm' }, { evidence: [{ name: VERDICT, content: '0' }] }),
    );
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => open().addEvidence(made, [{ name: VERDICT, content: `${i + 1}` }])),
    );
    const [found = made] = await open().versions('demand');
    expect(found.evidence).toHaveLength(9);
    expect(new Set(found.evidence).size).toBe(9);
    const texts = await Promise.all(found.evidence.map((name) => open().readEvidence(found, name)));
    expect(texts.sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
  });

  test('refers to the model, and is listed under the fallback tag if the registry keeps no list', async () => {
    const made = await open().create(
      newVersion({ model: 'm' }, { evidence: [{ name: VERDICT, content: '1' }] }),
    );
    await open().addEvidence(made, [{ name: VERDICT, content: '2' }]);
    const subject = repo().tags.get('1.0.0') ?? '';
    expect(indexOf(subject).map(({ artifactType }: { artifactType: string }) => artifactType)).toEqual([
      'application/vnd.ml-loop.record.v1+json',
      'application/vnd.ml-loop.evidence.v1+json',
    ]);
    expect(space.server.requests.some((request) => request.includes('/referrers/'))).toBe(false);
  });

  test('is listed by the registry itself if it keeps a list', async () => {
    await space.start({ referrers: true });
    await open().create(newVersion({ model: 'm' }, { evidence: [{ name: VERDICT, content: '1' }] }));
    expect(space.tags().some((tag) => tag.startsWith('sha256-'))).toBe(false);
    const subject = repo().tags.get('1.0.0') ?? '';
    const answer = await fetch(`http://${space.server.host}/v2/acme/models/demand/referrers/${subject}`);
    expect(await answer.json()).toMatchObject({
      manifests: [{ artifactType: 'application/vnd.ml-loop.record.v1+json' }],
    });
  });

  test('that leaves its folder, or has other bytes, is refused', async () => {
    const bad = newVersion({ model: 'm' }, { evidence: [{ name: '../x.json', content: '1' }] });
    await expect(open().create(bad)).rejects.toThrow(/leaves its folder/);
    const made = await open().create(
      newVersion({ model: 'm' }, { evidence: [{ name: VERDICT, content: 'one' }] }),
    );
    for (const [digest, blob] of repo().blobs)
      if (String(blob) === 'one') repo().blobs.set(digest, Buffer.from('two'));
    await expect(open().readEvidence(made, VERDICT)).rejects.toThrow(/does not hold the bytes/);
  });
});
