/** The input image of register-model: what is said of it, and what is kept of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { definition } from '../../../actions/register-model/inputs.ts';
import { run } from '../../../actions/register-model/run.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { BaseImages } from '../../support/base-image.ts';
import { modelVerdict, newVersion } from '../../support/models.ts';
import { type OciRegistryServer, startOciRegistry } from '../../support/oci-registry.ts';

let root: string;
let server: OciRegistryServer;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'register-image-'));
  server = await startOciRegistry();
  writeFileSync(join(root, 'model.json'), '{"w":1}');
  const { digest } = newVersion({ 'model.json': '{"w":1}' }).bundle;
  const source = { repository: 'https://github.test/acme/demand', commit: 'a'.repeat(40) };
  writeFileSync(join(root, 'verdict.json'), JSON.stringify({ ...modelVerdict(digest), source }));
});
afterEach(async () => {
  rmSync(root, { recursive: true, force: true });
  await server.close();
});

async function operate(values: Record<string, unknown>) {
  const given = { name: 'demand', registry: `oci://${server.host}/acme`, ...values };
  const runner = { github: false, hosted: false };
  const ports = createPorts({ workingDirectory: root, reportFolder: 'report', runner });
  const inputs = parseInputs(definition.inputs, [{ values: given, where: (name) => `input ${name}` }]);
  try {
    const { verdict, outputs } = await run(inputs, ports);
    const registry = await openRegistry(inputs, ports);
    const versions = await registry.versions('demand');
    return { verdict, outputs, versions, aliases: await registry.aliases('demand') };
  } finally {
    await ports.close();
  }
}
const register = (image: Record<string, string>) =>
  operate({ model: 'model.json', verdicts: 'verdict.json', image });
const labelsOf = (name: string, tag: string) => {
  const { manifests, tags } = server.store.repo(name);
  return JSON.parse(manifests.get(tags.get(tag) ?? '')?.text ?? '{}').annotations;
};

test('an image is evidence of its version, once, with the source that the verdict names', async () => {
  const base = new BaseImages(server.store).image('1');
  const image = { base: `${server.host}/lib/base:1`, target: `${server.host}/acme/demand-server` };
  const first = await register(image);
  expect(first.outputs.image).toMatch(/\/acme\/demand-server@sha256:[0-9a-f]{64}$/);
  const check = first.verdict.checks.find(({ id }) => id === 'register.image');
  expect(check?.message).toContain(`${server.host}/lib/base:1 names this digest today; pin it`);
  expect(labelsOf('acme/demand-server', '1.0.0')).toMatchObject({
    'org.opencontainers.image.source': 'https://github.test/acme/demand',
    'org.opencontainers.image.revision': 'a'.repeat(40),
  });
  const pinned = await register({ ...image, base: `${image.base}@${base.digest}` });
  expect(pinned.verdict.checks.find(({ id }) => id === 'register.image')?.message).not.toContain('pin it');
  expect(pinned.outputs.image).toBe(first.outputs.image);
  expect(pinned.versions[0]?.evidence.filter((name) => name.startsWith('image'))).toEqual(['image.json']);
  const moved = await register({ ...image, target: `${image.target}:prod` });
  expect(moved.versions[0]?.evidence.filter((name) => name.startsWith('image'))).toEqual([
    'image.json',
    'image-2.json',
  ]);
  const { verdict } = await operate({ operation: 'verify' });
  expect(verdict.checks.filter(({ id }) => id === 'register.image').map(({ status }) => status)).toEqual([
    'pass',
    'pass',
  ]);
});

test('an image that cannot be made leaves neither a version nor an alias', async () => {
  const target = `${server.host}/acme/demand-server`;
  await expect(register({ base: `${server.host}/lib/none:1`, target })).rejects.toThrow(
    /there is no such image/,
  );
  const own = register({ base: 'scratch', target: `${server.host}/acme/demand` });
  await expect(own).rejects.toThrow(/acme\/demand is where the registry keeps the model itself/);
  await expect(own).rejects.toThrow(/target: .*\/acme\/demand-server/);
  expect([...server.store.repo('acme/demand').tags]).toEqual([]);
});

test('an image is for registration alone', async () => {
  const image = { base: 'scratch', target: 'ghcr.io/acme/server' };
  for (const operation of ['list', 'verify', 'gc', 'rollback'])
    await expect(operate({ operation, image })).rejects.toThrow(
      new RegExp(`input image: does nothing for operation: ${operation}`),
    );
});
