import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Unreachable } from '../../../shared/problem/problem.ts';
import { register } from '../../../shared/registry/register.ts';
import { VersionTakenError } from '../../../shared/registry/registry.ts';
import { newVersion } from '../../support/models.ts';
import { REAL_CLOCK, useOciSpace } from '../../support/oci-space.ts';

const space = useOciSpace();
const open = () => space.open();
const MODEL = { 'model.json': '{"w":1}', 'sub/weights.bin': 'abc', empty: '', 'copy.bin': 'abc' };

describe('a version', () => {
  test('of a registry that fails is not said to be damaged: it could not be asked', async () => {
    let isFailing = false;
    const fault = (_: number, { path }: { path: string }) =>
      isFailing && path.includes('/blobs/') ? 503 : undefined;
    await space.start({ fault });
    const created = await open().create(newVersion(MODEL));
    isFailing = true;
    const verified = open().verify(created);
    await expect(verified).rejects.toBeInstanceOf(Unreachable);
    await expect(verified).rejects.toMatchObject({ problems: [{ what: expect.stringContaining('503') }] });
  });

  test('is there for another run: bytes, record, evidence', async () => {
    expect(await open().versions('demand')).toEqual([]);
    expect(await open().names()).toEqual([]);
    const evidence = [{ name: 'verdicts/validate-model.json', content: '{"é":1}' }];
    const created = await open().create(newVersion(MODEL, { evidence, metadata: { commit: 'abc' } }));
    expect(created).toMatchObject({
      name: 'demand',
      version: '1.0.0',
      uri: expect.stringMatching(
        /^oci:\/\/127\.0\.0\.1:\d+\/acme\/models\/demand:1\.0\.0@sha256:[0-9a-f]{64}$/,
      ),
      createdAt: '2026-01-01T00:00:00.000Z',
      metadata: { commit: 'abc' },
      evidence: ['verdicts/validate-model.json'],
      digest: newVersion(MODEL).bundle.digest,
    });
    expect(await open().versions('demand')).toEqual([created]);
    expect(await open().names()).toEqual(['demand']);
    expect(await open().readEvidence(created, 'verdicts/validate-model.json')).toBe('{"é":1}');
    await expect(open().readEvidence(created, 'profile.json')).rejects.toThrow(
      /has no evidence "profile\.json"/,
    );
    await open().verify(created);
    const out = join(space.folder, 'out');
    await open().fetch(created, out);
    for (const [path, content] of Object.entries(MODEL))
      expect(readFileSync(join(out, path), 'utf8')).toBe(content);
    await expect(open().fetch(created, out)).rejects.toThrow(/is not empty/);
  });

  test('is a ModelPack artifact, and a function of name, version and bytes alone', async () => {
    await open().create(newVersion(MODEL, { createdAt: new Date('2026-03-01T00:00:00Z') }));
    const repo = space.server.store.repo('acme/models/demand');
    const digest = repo.tags.get('1.0.0') ?? '';
    const manifest = JSON.parse(repo.manifests.get(digest)?.text ?? '');
    expect(manifest).toMatchObject({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.cncf.model.manifest.v1+json',
      config: { mediaType: 'application/vnd.cncf.model.config.v1+json' },
      annotations: {
        'org.opencontainers.image.version': '1.0.0',
        'dev.ml-loop.digest': newVersion(MODEL).bundle.digest,
      },
    });
    expect(
      manifest.layers.map((layer: { mediaType: string; annotations: Record<string, string> }) => [
        layer.mediaType,
        layer.annotations['org.cncf.model.filepath'],
        layer.annotations['org.opencontainers.image.title'],
      ]),
    ).toEqual([
      ['application/vnd.cncf.model.weight.v1.raw', 'copy.bin', 'copy.bin'],
      ['application/vnd.cncf.model.weight.v1.raw', 'empty', 'empty'],
      ['application/vnd.cncf.model.weight.config.v1.raw', 'model.json', 'model.json'],
      ['application/vnd.cncf.model.weight.v1.raw', 'sub/weights.bin', 'sub/weights.bin'],
    ]);
    const config = JSON.parse(String(repo.blobs.get(manifest.config.digest)));
    expect(config).toEqual({
      descriptor: { name: 'demand', version: '1.0.0' },
      modelfs: { type: 'layers', diffIds: manifest.layers.map((layer: { digest: string }) => layer.digest) },
      config: {},
    });
    await space.start();
    await open().create(newVersion(MODEL, { metadata: { other: 'run' } }));
    expect(space.server.store.repo('acme/models/demand').tags.get('1.0.0')).toBe(digest);
  });

  test('is made once, by one of many', async () => {
    await space.start({ clock: REAL_CLOCK });
    const runs = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        space.open({ clock: REAL_CLOCK }).create(newVersion({ model: `${i}` })),
      ),
    );
    const won = runs.filter((each) => each.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const each of runs)
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(VersionTakenError);
    expect((await open().versions('demand')).map(({ digest }) => digest)).toEqual([won[0]?.value.digest]);
  }, 300_000);

  test('that exists is not made again, with the same bytes or others', async () => {
    await open().create(newVersion(MODEL));
    const before = space.tags();
    await expect(open().create(newVersion(MODEL))).rejects.toThrow(VersionTakenError);
    await expect(open().create(newVersion({ model: 'other' }))).rejects.toThrow(VersionTakenError);
    expect(space.tags()).toEqual(before);
  });

  test('comes in the order of its time', async () => {
    const dated = (version: string, day: number) =>
      open().create(newVersion({ model: version }, { version, createdAt: new Date(Date.UTC(2026, 0, day)) }));
    await dated('1.10.0', 2);
    await dated('1.9.0', 2);
    await dated('2.0.0-rc.1', 1);
    expect((await open().versions('demand')).map(({ version }) => version)).toEqual([
      '2.0.0-rc.1',
      '1.9.0',
      '1.10.0',
    ]);
  });

  test('of the same bytes is one, also if runs at once ask for several', async () => {
    await space.start({ clock: REAL_CLOCK });
    const model = newVersion({ model: 'same' });
    const runs = await Promise.all(
      ['1.0.0', '2.0.0', '3.0.0', '4.0.0'].map((version) =>
        register(space.open({ clock: REAL_CLOCK }), { ...model, version, alias: 'candidate' }),
      ),
    );
    const found = await open().versions('demand');
    expect(found).toHaveLength(1);
    for (const run of runs) expect(run.version).toEqual(found[0]);
  }, 300_000);

  test('of a name that differs by capitals only is refused', async () => {
    await open().create(newVersion(MODEL));
    const twin = newVersion({ model: 'x' }, { name: 'Demand', version: '2.0.0' });
    await expect(open().create(twin)).rejects.toThrow(/the registry has the model demand, not Demand/);
    await expect(open().versions('Demand')).rejects.toThrow(/write name: demand/);
    expect(space.tags()).not.toContain('2.0.0');
  });
});
