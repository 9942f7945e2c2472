import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { programOf } from '../../scripts/go-tool.ts';
import { CRANE, DISTRIBUTION, ORAS } from '../../scripts/service-tools.ts';
import { ClientHttp } from '../../shared/host/http.ts';
import { parseOciAddress } from '../../shared/registry/oci/address.ts';
import { ociRegistry } from '../../shared/registry/oci/registry.ts';
import { crane, describeWith, oras } from '../support/clients.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { type Distribution, startDistribution } from '../support/distribution.ts';
import { newVersion } from '../support/models.ts';
import { REAL_CLOCK } from '../support/oci-space.ts';
import { registryContract } from '../support/registry-contract.ts';
import { useStoreSpace } from '../support/store-space.ts';

function openAt(host: string) {
  return ociRegistry(parseOciAddress(`oci://${host}/acme/models`), {
    http: new ClientHttp(),
    clock: REAL_CLOCK,
    log: { info: () => {} },
  });
}

describeWith(
  DISTRIBUTION,
  CRANE,
  ORAS,
)('the distribution registry', () => {
  let server: Distribution;
  let folder: string;
  beforeAll(async () => {
    server = await startDistribution();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oci-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('keeps what crane pushes, in files whose names are their digests, and gives it back', async () => {
    writeFileSync(join(folder, 'model'), 'bytes');
    execFileSync('tar', ['-C', folder, '-cf', join(folder, 'layer.tar'), 'model']);
    const image = `${server.host}/smoke/model:1.0.0`;
    await crane('append', '--oci-empty-base', '-f', join(folder, 'layer.tar'), '-t', image);
    expect(await crane('ls', `${server.host}/smoke/model`)).toBe('1.0.0');
    const { layers } = JSON.parse(await crane('manifest', image)) as { layers: { digest: string }[] };
    const sha256 = layers[0]?.digest.slice('sha256:'.length) ?? '';
    expect(
      createHash('sha256')
        .update(readFileSync(server.blob(sha256)))
        .digest('hex'),
    ).toBe(sha256);
    await crane('pull', '--format=oci', image, join(folder, 'layout'));
    const index = readFileSync(join(folder, 'layout/index.json'), 'utf8');
    expect(index).toContain(await crane('digest', image));
  });

  test('gives crane what ml-loop registered: the version, the alias, and the bytes of each file', async () => {
    const registry = openAt(server.host);
    const evidence = [{ name: 'verdicts/validate-model.json', content: '{"status":"pass"}' }];
    const files = { 'weights.bin': 'abc', 'config.json': '{}' };
    await registry.create(newVersion(files, { name: 'pulled', evidence }));
    await registry.setAlias('pulled', 'champion', '1.0.0');
    const image = `${server.host}/acme/models/pulled`;
    expect(await crane('digest', `${image}:champion`)).toBe(await crane('digest', `${image}:1.0.0`));
    const { layers } = JSON.parse(await crane('manifest', `${image}:champion`)) as {
      layers: { digest: string; annotations: Record<string, string> }[];
    };
    const read = await Promise.all(
      layers.map(async ({ digest, annotations }) => [
        annotations['org.cncf.model.filepath'],
        await crane('blob', `${image}@${digest}`),
      ]),
    );
    expect(Object.fromEntries(read)).toEqual(files);
    const index = await crane(
      'manifest',
      `${image}:${(await crane('digest', `${image}:1.0.0`)).replace(':', '-')}`,
    );
    expect(JSON.parse(index).manifests).toMatchObject([
      { artifactType: 'application/vnd.ml-loop.record.v1+json' },
    ]);
    // A copy made with another tool is read like the original.
    for (const tag of (await crane('ls', image)).split('\n'))
      await crane('copy', `${image}:${tag}`, `${server.host}/mirror/models/pulled:${tag}`);
    const mirror = ociRegistry(parseOciAddress(`oci://${server.host}/mirror/models`), {
      http: new ClientHttp(),
      clock: REAL_CLOCK,
      log: { info: () => {} },
    });
    const [copy] = await mirror.versions('pulled');
    expect(copy?.evidence).toEqual(['verdicts/validate-model.json']);
    await mirror.verify({ name: 'pulled', version: '1.0.0', digest: copy?.digest ?? '' });
  });

  test('has a large file whole, though the connection was cut twice while it was sent, and little was sent again', async () => {
    const size = 24_000_000;
    const proxy = await startCuttingProxy(server.host, [5_000_000, 17_500_000]);
    const registry = ociRegistry(parseOciAddress(`oci://${proxy.host}/acme/models`), {
      http: new ClientHttp(),
      clock: REAL_CLOCK,
      log: { info: () => {} },
      chunkBytes: 4_000_000,
    });
    const version = newVersion({ 'weights.bin': 'w'.repeat(size) }, { name: 'cut' });
    const made = await registry.create(version);
    proxy.close();
    expect(proxy.sent.cuts).toBe(2);
    expect(proxy.sent.bytes).toBeLessThan(size + 2 * 4_000_000 + 100_000);
    await openAt(server.host).verify(made);
  });

  test('lets oras pull the files of a version, and find its record and its evidence', async () => {
    const registry = openAt(server.host);
    const files = { 'weights.bin': 'abc', 'sub/ü.json': '{}' };
    const evidence = [{ name: 'verdicts/validate-model.json', content: '{"status":"pass"}' }];
    const made = await registry.create(newVersion(files, { name: 'oras', evidence }));
    await registry.addEvidence(made, [{ name: 'note.json', content: '{"later":true}' }]);
    const image = `${server.host}/acme/models/oras:1.0.0`;
    await oras('pull', image, '--output', join(folder, 'pulled'));
    for (const [path, content] of Object.entries(files))
      expect(readFileSync(join(folder, 'pulled', path), 'utf8')).toBe(content);
    const { referrers } = await oras<{ referrers: { artifactType: string }[] }>('discover', image);
    expect(referrers.map(({ artifactType }) => artifactType).sort()).toEqual([
      'application/vnd.ml-loop.evidence.v1+json',
      'application/vnd.ml-loop.record.v1+json',
    ]);
  });

  test('lets crane pull a version whole: in the layout on disk each file of the model is a blob named by its SHA-256', async () => {
    const registry = openAt(server.host);
    const files = { 'weights.bin': 'abc', 'a b/ü.json': '{}', empty: '' };
    const made = await registry.create(newVersion(files, { name: 'layout' }));
    await registry.setAlias('layout', 'champion', '1.0.0');
    const image = `${server.host}/acme/models/layout`;
    expect((await crane('ls', image)).split('\n')).toEqual(expect.arrayContaining(['1.0.0', 'champion']));
    await crane('pull', '--format=oci', `${image}:champion`, join(folder, 'layout'));
    const blob = (sha256: string) => readFileSync(join(folder, 'layout/blobs/sha256', sha256), 'utf8');
    for (const { path, sha256 } of made.files) expect(blob(sha256)).toBe(files[path as keyof typeof files]);
    const { layers } = JSON.parse(
      blob((await crane('digest', `${image}:1.0.0`)).slice('sha256:'.length)),
    ) as {
      layers: { digest: string; size: number }[];
    };
    expect(layers.map(({ digest, size }) => ({ sha256: digest.slice('sha256:'.length), size }))).toEqual(
      expect.arrayContaining(made.files.map(({ sha256, size }) => ({ sha256, size }))),
    );
  });
});

describeWith(
  DISTRIBUTION,
  ORAS,
  CRANE,
)('models that stay in the distribution registry', () => {
  const space = useStoreSpace();
  let server: Distribution;
  beforeAll(async () => {
    server = await startDistribution();
  });
  afterAll(() => server.stop());

  test('as oras pushes their files, are proved, verified and fetched', async () => {
    const files = { 'weights.bin': 'x'.repeat(100_000), 'sub/config.json': '{}' };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(space.root, 'sub'), { recursive: true });
      writeFileSync(join(space.root, path), content);
    }
    const image = `${server.host}/teams/demand:1`;
    await promisify(execFile)(
      programOf(ORAS),
      ['push', '--plain-http', image, 'weights.bin', 'sub/config.json'],
      { cwd: space.root },
    );
    const digest = await crane('digest', image);
    const made = await space.register(`oci://${server.host}/teams/demand@${digest}`, {});
    expect(made.digest).toBe(newVersion(files).bundle.digest);
    await (await space.registry({})).verify(made);
    expect(await space.fetched(made, {})).toEqual(files);
    await expect(space.bundle(`oci://${image}`, {})).rejects.toThrow(`@${digest}, which it names now`);
    writeFileSync(server.blob(made.files.find(({ path }) => path === 'weights.bin')?.sha256 ?? ''), 'other');
    await expect(space.fetched(made, {})).rejects.toThrow(/weights\.bin/);
    expect(space.left()).toEqual([]);
  });

  test('as a folder that oras has packed, are refused with what to do', async () => {
    mkdirSync(join(space.root, 'model'));
    writeFileSync(join(space.root, 'model/weights.bin'), 'x');
    const image = `${server.host}/teams/packed:1`;
    await promisify(execFile)(programOf(ORAS), ['push', '--plain-http', image, 'model'], { cwd: space.root });
    const digest = await crane('digest', image);
    await expect(space.bundle(`oci://${server.host}/teams/packed@${digest}`, {})).rejects.toThrow(
      /the layer "model" is an archive, of whose files the registry has no SHA-256/,
    );
  });
});

describeWith(DISTRIBUTION)('the distribution registry as a backend', () => {
  registryContract('oci: on distribution', {
    comparesAndSets: false,
    async fresh() {
      const server = await startDistribution();
      return {
        open: () => openAt(server.host),
        damage: ({ files }, path, content) => {
          const { sha256 = '' } = files.find((file) => file.path === path) ?? {};
          writeFileSync(server.blob(sha256), content);
        },
        remove: () => server.stop(),
      };
    },
  });
});
