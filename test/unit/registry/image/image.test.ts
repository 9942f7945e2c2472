/** Images that are made by a registry's API alone, from bases as other tools push them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClientHttp } from '../../../../shared/host/http.ts';
import type { Login } from '../../../../shared/ports/ports.ts';
import { UserError } from '../../../../shared/problem/problem.ts';
import { prepareImage } from '../../../../shared/registry/image/image.ts';
import { printRecord } from '../../../../shared/registry/image/record.ts';
import { imageRequest } from '../../../../shared/registry/image/request.ts';
import { verifyImage } from '../../../../shared/registry/image/verify.ts';
import type { ModelVersion } from '../../../../shared/registry/registry.ts';
import { BaseImages } from '../../../support/base-image.ts';
import { type FaultAt, killedAt, useFaults } from '../../../support/faults.ts';
import { newVersion } from '../../../support/models.ts';
import { type Fault, type OciRegistryServer, startOciRegistry } from '../../../support/oci-registry.ts';
import { useOciSpace } from '../../../support/oci-space.ts';

const space = useOciSpace();
const MODEL = { 'weights.bin': 'abc', 'sub/config.json': '{}' };
const LOGIN = { user: 'octo', password: 'secret' };

let base: BaseImages;
beforeEach(() => {
  base = new BaseImages(space.server.store);
});

const target = () => `${space.server.host}/acme/server`;
const repo = () => space.server.store.repo('acme/server');
const at = (name: string) => `${space.server.host}/lib/base${name}`;

function portsOf(login?: Login, containers = 'ghcr.io') {
  const { clock } = space;
  const log = { info: (line: string) => space.logged.push(line) };
  return {
    http: new ClientHttp(),
    clock,
    log,
    containers,
    logins: { of: async () => login, mask: () => {} },
  };
}

function versionOf(files = MODEL, version = '1.2.0'): ModelVersion {
  const { bundle, name, metadata } = newVersion(files);
  return { name, version, ...bundle, uri: '', createdAt: '2026-01-01T00:00:00.000Z', metadata, evidence: [] };
}

interface Making {
  readonly files?: typeof MODEL;
  readonly version?: string;
  readonly login?: Login;
  readonly containers?: string;
}

/** Makes an image as register-model does. */
async function make(
  image: Record<string, string>,
  { files = MODEL, version, login, containers }: Making = {},
) {
  const request = imageRequest().parse({ target: target(), ...image });
  const { bundle, file } = newVersion(files);
  const prepared = await prepareImage(request, { ...bundle, source: file }, portsOf(login, containers));
  const published = await prepared.publish(versionOf(files, version), {
    'org.opencontainers.image.source': 'https://github.test/acme/demand',
  });
  return { ...published, leftOut: prepared.leftOut };
}

const manifest = (reference: string, of = repo()) => {
  const found = of.manifests.get(of.tags.get(reference) ?? reference);
  return found === undefined ? undefined : JSON.parse(found.text);
};
const configOf = (written: { config: { digest: string } }) =>
  JSON.parse(String(repo().blobs.get(written.config.digest)));
const text = (record: Parameters<typeof printRecord>[0]) => ({
  text: printRecord(record),
  file: 'image.json',
  ports: portsOf(),
});

describe('an image', () => {
  test('of one platform gets one more layer, and says of the model what it said of itself', async () => {
    const { digest } = base.image('1');
    const { record, created } = await make({ base: at(':1') });
    expect(created).toBe(true);
    expect(record).toEqual({
      name: `${target()}:1.2.0`,
      digest: repo().tags.get('1.2.0'),
      model: versionOf().digest,
      path: '/models',
      layer: { digest: expect.stringMatching(/^sha256:/), size: 4096 },
      base: { name: at(':1'), digest },
      platforms: ['linux/amd64'],
    });
    const before = manifest('1', space.server.store.repo('lib/base'));
    const made = manifest('1.2.0');
    const labels = {
      'org.opencontainers.image.title': 'demand',
      'org.opencontainers.image.version': '1.2.0',
      'org.opencontainers.image.source': 'https://github.test/acme/demand',
      'org.opencontainers.image.base.name': at(':1'),
      'org.opencontainers.image.base.digest': digest,
      'dev.ml-loop.name': 'demand',
      'dev.ml-loop.digest': versionOf().digest,
    };
    expect(made).toEqual({
      schemaVersion: 2,
      mediaType: before.mediaType,
      config: { mediaType: before.config.mediaType, digest: expect.anything(), size: expect.anything() },
      layers: [...before.layers, { mediaType: 'application/vnd.oci.image.layer.v1.tar', ...record.layer }],
      annotations: labels,
    });
    const config = configOf(made);
    expect(config).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      created: '2025-01-01T00:00:00Z',
      config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
    });
    // The base's own version and commit are not those of what is made from it.
    expect(config.config.Labels).toEqual({ vendor: 'x', ...labels });
    expect(config.rootfs.diff_ids).toHaveLength(3);
    expect(config.rootfs.diff_ids.at(-1)).toBe(record.layer.digest);
    expect(config.history).toHaveLength(4);
    await verifyImage(versionOf(), text(record));
  });

  test.each([false, true])('of many platforms stays one of many (Docker’s types: %s)', async (docker) => {
    const amd = base.image('a', { docker });
    const arm = {
      ...base.image('b', { docker, architecture: 'arm64' }),
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    };
    const windows = {
      ...base.image('w', { docker, os: 'windows' }),
      platform: { os: 'windows', architecture: 'amd64', 'os.version': '10' },
    };
    const attestation = {
      ...base.put('t', amd.mediaType, { schemaVersion: 2 }),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': amd.digest,
      },
    };
    base.index('multi', [amd, arm, attestation, windows], { docker });
    const { record, leftOut } = await make({ base: at(':multi'), path: '/srv/model' });
    expect(record.platforms).toEqual(['linux/amd64', 'linux/arm64/v8']);
    expect(leftOut).toEqual(['windows/amd64']);
    const index = manifest('1.2.0');
    const docked = 'application/vnd.docker.distribution.manifest.list.v2+json';
    expect(index.mediaType).toBe(docker ? docked : 'application/vnd.oci.image.index.v1+json');
    expect(index.manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
      amd.platform,
      arm.platform,
    ]);
    expect(index.annotations?.['dev.ml-loop.name']).toBe(docker ? undefined : 'demand');
    for (const { digest, mediaType, size } of index.manifests) {
      const image = manifest(digest);
      expect(image.mediaType).toBe(mediaType);
      expect(repo().manifests.get(digest)?.text.length).toBe(size);
      expect(image.layers.at(-1)).toEqual({
        mediaType: docker
          ? 'application/vnd.docker.image.rootfs.diff.tar'
          : 'application/vnd.oci.image.layer.v1.tar',
        ...record.layer,
      });
      expect(configOf(image).rootfs.diff_ids.at(-1)).toBe(record.layer.digest);
      expect(configOf(image).config.Labels['dev.ml-loop.digest']).toBe(versionOf().digest);
    }
    await verifyImage(versionOf(), text(record));
  });

  test('of nothing but the model is for both platforms of servers', async () => {
    const { record } = await make({ base: 'scratch' });
    expect(record).toMatchObject({ base: null, platforms: ['linux/amd64', 'linux/arm64'] });
    const [amd] = manifest('1.2.0').manifests;
    const config = configOf(manifest(amd.digest));
    expect(config.rootfs.diff_ids).toEqual([record.layer.digest]);
    expect(config.history).toHaveLength(1);
    await verifyImage(versionOf(), text(record));
  });

  test('of a base without a history, or without labels, is one too', async () => {
    base.image('1', { config: { history: undefined, config: null } });
    await make({ base: at(':1') });
    expect(configOf(manifest('1.2.0')).history).toBeUndefined();
    expect(configOf(manifest('1.2.0')).config.Labels['dev.ml-loop.name']).toBe('demand');
  });

  test('is the same each time, and is stored once', async () => {
    base.index('1', [base.image('a'), base.image('b', { architecture: 'arm64' })]);
    const first = await make({ base: at(':1') });
    const count = space.server.requests.length;
    space.clock.advance(40 * 86_400_000);
    const second = await make({ base: at(':1') });
    expect(second).toEqual({ ...first, created: false });
    const later = space.server.requests.slice(count);
    expect(later.filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
  });

  test('whose base is in another registry gets its layers from there', async () => {
    const other = await startOciRegistry({ clock: space.clock });
    const away = new BaseImages(other.store);
    away.index('1', [away.image('a'), away.image('b', { architecture: 'arm64' })]);
    const { record } = await make({ base: `${other.host}/lib/base:1` });
    await other.close();
    await verifyImage(versionOf(), text(record));
    for (const { digest } of manifest('1.2.0').manifests)
      for (const layer of manifest(digest).layers)
        expect(repo().blobs.get(layer.digest)).toHaveLength(layer.size);
  });

  test.each([true, false])(
    'whose base is in the same registry has its layers mounted, if that is done: %s',
    async (mounts) => {
      await space.start({ mounts, login: { ...LOGIN, scheme: 'bearer' } });
      new BaseImages(space.server.store).image('1');
      await make({ base: at(':1') }, { login: LOGIN });
      expect(manifest('1.2.0').layers).toHaveLength(3);
      expect(space.server.scopes).toContain('repository:acme/server:pull,push repository:lib/base:pull');
      const stored = space.server.requests.filter((request) => /^PUT .*\/blobs\//.test(request));
      expect(stored).toHaveLength(mounts ? 2 : 4);
    },
  );

  test('may be put on another image of its own repository', async () => {
    new BaseImages(space.server.store, 'acme/server').image('base');
    const { record } = await make({ base: `${target()}:base` });
    await verifyImage(versionOf(), text(record));
  });
});

describe('the tag of an image', () => {
  test('of a version is never moved to another image', async () => {
    base.image('1');
    const { record } = await make({ base: at(':1') });
    base.image('1', { config: { created: '2026-02-02T00:00:00Z' } });
    await expect(make({ base: at(':1') })).rejects.toThrow(
      /acme\/server:1\.2\.0: names another image already \(sha256:.*pin the base by the digest that it had then/s,
    );
    expect(repo().tags.get('1.2.0')).toBe(record.digest);
    const pinned = await make({ base: at(`:1@${record.base?.digest}`) });
    expect(pinned).toMatchObject({ created: false, record });
    await expect(make({ base: 'scratch', target: `${target()}:1.2.0` })).rejects.toThrow(UserError);
  });

  test('that names a model is never moved to an image', async () => {
    const artifactType = 'application/vnd.cncf.model.manifest.v1+json';
    const models = new BaseImages(space.server.store, 'acme/server');
    const { digest } = models.put('champion', 'application/vnd.oci.image.manifest.v1+json', { artifactType });
    const made = make({ base: 'scratch', target: `${target()}:champion` });
    await expect(made).rejects.toThrow(/acme\/server:champion: names a model that ml-loop registered/);
    expect(repo().tags.get('champion')).toBe(digest);
  });

  test('of another kind moves', async () => {
    base.image('1');
    await make({ base: at(':1'), target: `${target()}:prod` });
    const { record } = await make({ base: 'scratch', target: `${target()}:prod` });
    expect(repo().tags.get('prod')).toBe(record.digest);
    expect([...repo().tags.keys()]).toEqual(['prod']);
  });
});

describe('a base', () => {
  const wrong: [string, () => void, RegExp][] = [
    ['is not there', () => {}, /lib\/base:1: there is no such image .*input image \(base\)/],
    [
      'is an artifact',
      () =>
        base.image('1', {
          manifest: {
            artifactType: 'application/vnd.x',
            config: base.blob('application/vnd.y', '{}'),
            layers: [],
          },
        }),
      /is not a container image, but an artifact \(application\/vnd\.x\)/,
    ],
    ['is an index of nothing', () => base.index('1', []), /is an index without images/],
    [
      'is an index of attestations',
      () => base.index('1', [{ ...base.image('a'), platform: { os: 'unknown', architecture: 'unknown' } }]),
      /is an index without images/,
    ],
    [
      'is for windows alone',
      () => base.index('1', [{ ...base.image('a'), platform: { os: 'windows', architecture: 'amd64' } }]),
      /is an image for windows\/amd64 alone/,
    ],
    ['is one image for windows', () => base.image('1', { os: 'windows' }), /is an image for windows, and/],
    [
      'is an index within an index',
      () => base.index('1', [base.index('2', [base.image('a')])]),
      /is an index within an index/,
    ],
    [
      'names what is not there',
      () => base.index('1', [{ ...base.image('a'), digest: `sha256:${'0'.repeat(64)}` }]),
      /is not there, though the index names it/,
    ],
    [
      'is of an old format',
      () =>
        base.put('1', 'application/vnd.docker.distribution.manifest.v1+json', {
          schemaVersion: 1,
          fsLayers: [],
        }),
      /old format \(schema 1\)/,
    ],
    [
      'has no layers in its configuration',
      () => base.image('1', { config: { rootfs: { type: 'layers', diff_ids: [] } } }),
      /has 2 layers by its manifest, and 0 by its configuration/,
    ],
    [
      'has a configuration that is none',
      () => base.image('1', { config: { rootfs: null } }),
      /configuration#\/rootfs: must be object/,
    ],
    [
      'has no manifest',
      () => base.put('1', 'application/vnd.oci.image.manifest.v1+json', { schemaVersion: 2 }),
      /#\/config: is missing/,
    ],
    ['is a text', () => base.put('1', 'text/plain', ['x']), /lib\/base:1#/],
    [
      'has a configuration that is too large',
      () =>
        base.image('1', {
          manifest: {
            config: { ...base.blob('application/vnd.oci.image.config.v1+json', '{}'), size: 5_000_000 },
          },
        }),
      /has a configuration of 5000000 bytes, and 4194304 \(4 MiB\) are read at most/,
    ],
    [
      'has a configuration that becomes too large',
      () => base.image('1', { config: { config: { Env: ['x'.repeat(4 * 2 ** 20 - 600)] } } }),
      /configuration would have \d+ bytes, and container registries take 4194304/,
    ],
  ];
  test.each(wrong)('that %s is refused, and nothing shows', async (_, put, message) => {
    put();
    const made = make({ base: at(':1') });
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toThrow(UserError);
    expect([...repo().tags]).toEqual([]);
  });

  test('of another digest is refused', async () => {
    const { digest } = base.image('1');
    await expect(make({ base: at(`@sha256:${'a'.repeat(64)}`) })).rejects.toThrow(/there is no such image/);
    space.server.store.repo('lib/base').manifests.set(digest, { text: '{"schemaVersion":2}', type: 'x' });
    await expect(make({ base: at(`@${digest}`) })).rejects.toThrow(/its manifest has the digest sha256:/);
  });

  test('whose layer is damaged is not copied', async () => {
    base.image('1');
    for (const [digest, bytes] of space.server.store.repo('lib/base').blobs)
      if (String(bytes) === 'second')
        space.server.store.repo('lib/base').blobs.set(digest, Buffer.from('sEcond'));
    await expect(make({ base: at(':1') })).rejects.toThrow(UserError);
    expect([...repo().tags]).toEqual([]);
  });
});

describe('who may not', () => {
  test('read or write is told what to add', async () => {
    await space.start({ login: { ...LOGIN, scheme: 'bearer', grants: 'pull' } });
    new BaseImages(space.server.store).image('1');
    await expect(make({ base: at(':1') })).rejects.toThrow(
      /refused to read .*lib\/base:1: 401 .*docker\/login-action.*check the name/s,
    );
    await expect(make({ base: at(':1') }, { login: LOGIN })).rejects.toThrow(
      /refused to store .*403 .*may not write acme\/server: log in again with docker\/login-action/s,
    );
    await expect(make({ base: 'scratch' }, { login: LOGIN, containers: space.server.host })).rejects.toThrow(
      /`permissions: { packages: write }`/,
    );
    expect([...repo().tags]).toEqual([]);
  });
});

describe('an image that is read back', () => {
  const record = async () => {
    base.index('1', [base.image('a'), base.image('b', { architecture: 'arm64' })]);
    return (await make({ base: at(':1') })).record;
  };

  test('of another model, size or folder is told', async () => {
    const made = await record();
    await expect(verifyImage(versionOf({ ...MODEL, 'weights.bin': 'abd' }), text(made))).rejects.toThrow(
      /was made of another model/,
    );
    await expect(verifyImage(versionOf(), text({ ...made, path: '/other' }))).rejects.toThrow(
      /another entry in the place of \/other\//,
    );
    const other = { ...MODEL, 'weights.bin': 'abd' };
    await expect(
      verifyImage(versionOf(other), text({ ...made, model: versionOf(other).digest })),
    ).rejects.toThrow(/\/models\/weights\.bin does not hold the model’s bytes/);
  });

  test('that was damaged or removed in the registry is told', async () => {
    const made = await record();
    const layer = repo().blobs.get(made.layer.digest) ?? Buffer.alloc(0);
    const damaged = Buffer.from(layer);
    damaged[1024] = 0x58;
    repo().blobs.set(made.layer.digest, damaged);
    await expect(verifyImage(versionOf(), text(made))).rejects.toThrow(UserError);
    repo().blobs.delete(made.layer.digest);
    await expect(verifyImage(versionOf(), text(made))).rejects.toThrow(/not in the registry any more/);
    repo().blobs.set(made.layer.digest, layer);
    await verifyImage(versionOf(), text(made));
    repo().manifests.delete(made.digest);
    await expect(verifyImage(versionOf(), text(made))).rejects.toThrow(/there is no such image/);
  });

  test('with another layer on top, on any platform, is told', async () => {
    const made = await record();
    const images = new BaseImages(space.server.store, 'acme/server');
    const [amd] = manifest('1.2.0').manifests;
    const arm = {
      ...images.image('x', { architecture: 'arm64' }),
      platform: { os: 'linux', architecture: 'arm64' },
    };
    const { digest } = images.index('y', [amd, arm]);
    await expect(verifyImage(versionOf(), text({ ...made, digest }))).rejects.toThrow(
      /as its last layer for linux\/arm64, not the model’s/,
    );
  });
});

describe('a registry that fails', () => {
  const image = () => make({ base: at(':1') });
  const faults = useFaults(space);
  let other: OciRegistryServer | undefined;
  const start = async () => {
    await faults.start();
    base = new BaseImages(space.server.store);
    base.index('1', [base.image('a'), base.image('b', { architecture: 'arm64' })]);
  };
  const faulty = (at: FaultAt) => faults.during(at, image);
  afterEach(() => other?.close());
  const expectWhole = async (made: Awaited<ReturnType<typeof make>>) => {
    expect(repo().tags.get('1.2.0')).toBe(made.record.digest);
    await verifyImage(versionOf(), text(made.record));
  };

  test.each<[Fault]>([[429], [500], ['cut'], ['lost'], ['half']])(
    'once with %s at any request is asked again, and the image is the same',
    async (fault) => {
      await start();
      const { record } = await image();
      const count = space.server.requests.length;
      expect(count).toBeGreaterThan(20);
      for (let at = 1; at <= count; at++) {
        await start();
        const made = await faulty((number) => (number === at ? fault : undefined));
        // The registry's address is part of the image: its base's name.
        expect([at, made.record.layer]).toEqual([at, record.layer]);
        await expectWhole(made);
      }
    },
    900_000,
  );

  test('or a run that is killed at any request leaves no tag of half an image, and the next run makes it', async () => {
    await start();
    await image();
    const count = space.server.requests.length;
    for (let at = 1; at <= count; at++) {
      await start();
      await expect(faulty(killedAt(at))).rejects.toThrow(UserError);
      const tag = repo().tags.get('1.2.0');
      for (const { digest } of tag === undefined ? [] : manifest(tag).manifests)
        for (const layer of manifest(digest).layers) expect(repo().blobs.has(layer.digest)).toBe(true);
      await expectWhole(await image());
    }
  }, 900_000);

  test('with a web page is told, and the page is not quoted', async () => {
    await start();
    await image();
    const count = space.server.requests.length;
    for (let at = 1; at <= count; at++) {
      await start();
      const error = await faulty((number) => (number === at ? 'html' : undefined)).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(UserError);
      expect(String(error)).toMatch(/web page|HTML|bytes/);
      expect(String(error)).not.toMatch(/script|doctype|Sign in/);
    }
  }, 900_000);
});
