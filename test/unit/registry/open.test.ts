import { describe, expect, test } from '@jest/globals';
import { openGitHub } from '../../../shared/host/github.ts';
import { REGISTRY_SCHEMES } from '../../../shared/inputs/common.ts';
import type { Runner } from '../../../shared/ports/ports.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { memoryPorts } from '../../support/memory.ts';
import { newVersion } from '../../support/models.ts';

const ON_GITHUB: Runner = {
  github: true,
  hosted: true,
  repository: 'Acme/Demand-Models',
  containers: 'ghcr.io',
};

/** Opens a registry whose server answers nothing, and tells what was asked for. */
async function opened(registry: string | undefined, runner: Runner) {
  const asked: string[] = [];
  const stream = async (url: string) => {
    asked.push(url);
    throw new Error('not in a test');
  };
  const repository = async (name: string) =>
    openGitHub({ apiUrl: 'https://api.github.test', repository: name, token: 't' });
  const ports = memoryPorts({
    runner,
    repository,
    http: { request: async () => ({ status: 500, body: '' }), stream },
  });
  const inputs = { registry, 'registry-timeout': 1000, 'state-persistent': false };
  return { registry: await openRegistry(inputs, ports), asked };
}

describe('registry: auto', () => {
  test.each([['auto'], [undefined]])(
    '(%s) is GitHub’s container registry under the repository’s name',
    async (given) => {
      const { registry, asked } = await opened(given, ON_GITHUB);
      await expect(registry.versions('Demand')).rejects.toThrow(/the registry cannot be reached/);
      expect(asked[0]).toBe('https://ghcr.io/v2/acme/demand-models/demand/tags/list?n=1000');
    },
  );

  test('is that of the server that the workflow is on', async () => {
    const { registry, asked } = await opened('auto', { ...ON_GITHUB, containers: 'containers.ghe.test' });
    await expect(registry.versions('demand')).rejects.toThrow(/cannot be reached/);
    expect(asked[0]).toMatch(/^https:\/\/containers\.ghe\.test\/v2\/acme\/demand-models\/demand\//);
  });

  test('needs the repository’s name there', async () => {
    await expect(opened('auto', { ...ON_GITHUB, repository: undefined })).rejects.toThrow(
      /GITHUB_REPOSITORY/,
    );
  });

  test('is a folder elsewhere', async () => {
    const { registry, asked } = await opened('auto', { github: false, hosted: false });
    expect(await registry.versions('demand')).toEqual([]);
    expect(asked).toEqual([]);
  });
});

test('a container registry is only read on pull requests', async () => {
  const { registry, asked } = await opened('oci://registry.test/a', { ...ON_GITHUB, event: 'pull_request' });
  await expect(registry.create(newVersion({ model: 'm' }))).rejects.toThrow(/pull requests only read/);
  await expect(registry.setAlias('demand', 'candidate', '1.0.0')).rejects.toThrow(/pull requests only read/);
  await expect(registry.remove({ name: 'demand', version: '1.0.0' })).rejects.toThrow(
    /pull requests only read/,
  );
  expect(asked).toEqual([]);
  await expect(registry.versions('demand')).rejects.toThrow(/cannot be reached/);
});

test('an address that is none is refused before anything is asked', async () => {
  await expect(opened('oci://', ON_GITHUB)).rejects.toThrow(/is not the address of a container registry/);
});

test('what the input takes is what opens: every scheme has a registry, and no other scheme', async () => {
  const addresses = {
    auto: 'auto',
    'oci:': 'oci://registry.test/a',
    'github:': 'github:acme/models',
    'mlflow:': 'mlflow:https://mlflow.test/a',
    'mlflow+https:': 'mlflow+https://mlflow.test/a',
    'mlflow+http:': 'mlflow+http://mlflow.test/a',
    'dir:': 'dir:models',
    'exec:': 'exec:./registry.py',
  };
  expect(Object.keys(addresses)).toEqual([...REGISTRY_SCHEMES]);
  const elsewhere = { github: false, hosted: false };
  for (const address of Object.values(addresses)) await opened(address, elsewhere);
  await expect(opened('s3://bucket', elsewhere)).rejects.toThrow(/use auto, oci:.*mlflow:.*dir:.*exec:/);
});

test('an MLflow server is asked below its address', async () => {
  const { registry, asked } = await opened('mlflow:https://mlflow.test/team', ON_GITHUB);
  await expect(registry.versions('demand')).rejects.toThrow(/cannot be reached/);
  expect(asked[0]).toMatch(/^https:\/\/mlflow\.test\/team\/api\/2\.0\/mlflow\/model-versions\/search\?/);
});
