/** Images that ml-loop makes, on a real registry, from bases that crane makes, and read back with crane. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { definition } from '../../actions/register-model/inputs.ts';
import { run } from '../../actions/register-model/run.ts';
import { CRANE, DISTRIBUTION } from '../../scripts/service-tools.ts';
import { createPorts } from '../../shared/host/ports.ts';
import { parseInputs } from '../../shared/inputs/parse.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import { sha256Text } from '../../shared/verdict/digest.ts';
import { crane, describeWith } from '../support/clients.ts';
import { type Distribution, startDistribution } from '../support/distribution.ts';
import { modelVerdict, newVersion } from '../support/models.ts';

const LONG = `${'long '.repeat(25)}/${'ü'.repeat(70)}.bin`;
const FILES = { 'weights.bin': 'w'.repeat(100_000), 'a/config.json': '{}', [LONG]: 'x', empty: '' };

describeWith(DISTRIBUTION, CRANE)('an image on the distribution registry', () => {
  let server: Distribution;
  let folder: string;
  beforeAll(async () => {
    server = await startDistribution();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'image-'));
    for (const [path, content] of Object.entries(FILES)) put(join('model', path), content);
    put('verdict.json', JSON.stringify(modelVerdict(newVersion(FILES).bundle.digest)));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(path: string, content: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  /** A base as crane makes it: for one platform, or an index for two. */
  async function base(name: string, { oci, platforms }: { oci: boolean; platforms: readonly string[] }) {
    const images: string[] = [];
    for (const platform of platforms) {
      put(`root/etc/${platform}`, platform);
      execFileSync('tar', ['-C', join(folder, 'root'), '-cf', join(folder, 'base.tar'), `etc/${platform}`]);
      const image = `${server.host}/lib/${name}:${platform}`;
      const empty = oci ? ['--oci-empty-base'] : [];
      await crane('append', ...empty, '-f', join(folder, 'base.tar'), '-t', image);
      await crane('mutate', image, '--set-platform', `linux/${platform}`, '--label', 'vendor=x', '-t', image);
      images.push(image);
    }
    if (images.length === 1) return images[0] ?? '';
    const index = `${server.host}/lib/${name}:1`;
    const manifests = images.flatMap((image) => ['-m', image]);
    await crane('index', 'append', ...(oci ? [] : ['--docker-empty-base']), ...manifests, '-t', index);
    return index;
  }

  async function operate(values: Record<string, unknown>, now = '2026-03-01T00:00:00Z'): Promise<Outcome> {
    const given = { name: 'demand', registry: 'dir:registry', ...values };
    const ports = createPorts({
      workingDirectory: folder,
      reportFolder: 'report',
      now: new Date(now),
      runner: { github: false, hosted: false },
    });
    try {
      return await run(
        parseInputs(definition.inputs, [{ values: given, where: (name) => `input ${name}` }]),
        ports,
      );
    } finally {
      await ports.close();
    }
  }

  const register = (image: Record<string, string>, now?: string) =>
    operate({ model: 'model', verdicts: 'verdict.json', image }, now);

  /** The files of an image, as a container sees them. */
  async function exported(image: string, platform: string): Promise<Record<string, string>> {
    await crane('export', '--platform', platform, image, join(folder, 'export.tar'));
    rmSync(join(folder, 'export'), { recursive: true, force: true });
    mkdirSync(join(folder, 'export'));
    execFileSync('tar', ['-xf', join(folder, 'export.tar'), '-C', join(folder, 'export')]);
    const found = execFileSync('find', ['.', '-type', 'f', '-print0'], { cwd: join(folder, 'export') });
    const paths = found.toString('utf8').split('\0').filter(Boolean);
    return Object.fromEntries(
      paths.map((path) => [path.slice(1), readFileSync(join(folder, 'export', path), 'utf8')]),
    );
  }

  test.each([
    ['OCI', true],
    ['Docker', false],
  ])('of %s’s types keeps both platforms, and holds the model and the base', async (kind, oci) => {
    const from = await base(`multi-${kind.toLowerCase()}`, { oci, platforms: ['amd64', 'arm64'] });
    const { verdict, outputs } = await register({
      base: from,
      target: `${server.host}/acme/${kind}`,
      path: '/srv/model',
    });
    const image = `${server.host}/acme/${kind.toLowerCase()}`;
    expect(verdict.status).toBe('pass');
    expect(outputs.image).toBe(`${image}@${await crane('digest', `${image}:1.0.0`)}`);
    await crane('validate', '--fast', '--remote', `${image}:1.0.0`);
    const index = JSON.parse(await crane('manifest', `${image}:1.0.0`));
    expect(index.mediaType).toBe(JSON.parse(await crane('manifest', from)).mediaType);
    expect(index.manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
    for (const architecture of ['amd64', 'arm64']) {
      const platform = `linux/${architecture}`;
      const model = Object.entries(FILES).map(([path, content]) => [`/srv/model/${path}`, content]);
      expect(await exported(`${image}:1.0.0`, platform)).toEqual({
        ...Object.fromEntries(model),
        [`/etc/${architecture}`]: architecture,
      });
      const config = JSON.parse(await crane('config', '--platform', platform, `${image}:1.0.0`));
      expect(config.config.Labels).toMatchObject({
        vendor: 'x',
        'org.opencontainers.image.version': '1.0.0',
        'org.opencontainers.image.base.digest': await crane('digest', from),
      });
      const { layers } = JSON.parse(await crane('manifest', '--platform', platform, `${image}:1.0.0`));
      expect(layers).toHaveLength(2);
      const layer = await crane('blob', `${image}@${layers[1].digest}`).then((text) => text.length);
      expect(layer).toBeGreaterThan(100_000);
      expect(config.rootfs.diff_ids.at(-1)).toBe(layers[1].digest);
    }
  });

  test('is the same on another day, from files of other rights and times, in another zone', async () => {
    const from = await base('again', { oci: true, platforms: ['amd64'] });
    const first = await register({ base: from, target: `${server.host}/acme/first` });
    rmSync(join(folder, 'registry'), { recursive: true });
    for (const path of Object.keys(FILES)) {
      chmodSync(join(folder, 'model', path), 0o700);
      utimesSync(join(folder, 'model', path), 1e9, 1e9);
    }
    const [mask, { TZ }] = [process.umask(0o077), process.env];
    process.env.TZ = 'Asia/Kathmandu';
    try {
      await register({ base: from, target: `${server.host}/acme/second` }, '2027-12-31T23:59:59Z');
    } finally {
      process.umask(mask);
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
    const digest = await crane('digest', `${server.host}/acme/second:1.0.0`);
    expect(digest).toBe(await crane('digest', `${server.host}/acme/first:1.0.0`));
    expect(first.outputs.image).toBe(`${server.host}/acme/first@${digest}`);
    expect(sha256Text(await crane('manifest', `${server.host}/acme/first:1.0.0`))).toBe(digest);
  });

  test('of the model alone holds nothing else, and is found out when its bytes are changed', async () => {
    const { outputs } = await register({ base: 'scratch', target: `${server.host}/acme/alone` });
    await crane('validate', '--fast', '--remote', outputs.image ?? '');
    const model = Object.entries(FILES).map(([path, content]) => [`/models/${path}`, content]);
    expect(await exported(outputs.image ?? '', 'linux/arm64')).toEqual(Object.fromEntries(model));
    const statuses = async () => {
      const { verdict } = await operate({ operation: 'verify' });
      return Object.fromEntries(verdict.checks.map(({ id, status }) => [id, status]));
    };
    expect(await statuses()).toMatchObject({ 'register.bytes': 'pass', 'register.image': 'pass' });
    const { layers } = JSON.parse(await crane('manifest', '--platform', 'linux/amd64', outputs.image ?? ''));
    const file = server.blob(layers[0].digest.slice('sha256:'.length));
    const bytes = readFileSync(file);
    bytes[2000] = (bytes[2000] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(await statuses()).toMatchObject({ 'register.bytes': 'pass', 'register.image': 'fail' });
  });
});
