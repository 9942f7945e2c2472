import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPorts } from '../../../shared/host/ports.ts';
import { championOf, refuseWrongName } from '../../../shared/registry/champion.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { nearName, requireModel } from '../../../shared/registry/reference.ts';
import { MemoryRegistry } from '../../support/memory.ts';
import { newVersion } from '../../support/models.ts';

const ifNew = 'say so';
const named = (name: string, given = true) => ({ name, given, ifNew });

function registryOf(...names: string[]): MemoryRegistry {
  const registry = new MemoryRegistry();
  for (const name of names) registry.add(name, '1.0.0', { model: name });
  return registry;
}

describe('the champion', () => {
  test('is the version that the alias names; none before the first release', async () => {
    const registry = registryOf('demand');
    expect(await championOf(registry, named('demand'))).toBeNull();
    await registry.setAlias('demand', 'champion', '1.0.0');
    expect(await championOf(registry, named('demand'))).toMatchObject({ version: '1.0.0' });
  });

  test('that is lost is an error, not "none"', async () => {
    const registry = registryOf('demand');
    registry.aliases = async () => ({ champion: '9.0.0' });
    await expect(championOf(registry, named('demand'))).rejects.toThrow(
      /the alias champion of demand names 9\.0\.0, which is not in the registry.*restore the folder/,
    );
  });

  test.each(['Demand', 'DEMAND', 'demnad', 'demnd', 'demand-2', 'de.mand', 'my-demand'])(
    'of %s, if there is demand, is an error that names it',
    async (name) => {
      const registry = registryOf('demand', 'forecast');
      await expect(championOf(registry, named(name))).rejects.toThrow(/write name: demand; or if .* say so/);
    },
  );

  test('of a name that was not given is an error if the registry has other models', async () => {
    await expect(championOf(registryOf('demand'), named('default', false))).rejects.toThrow(
      /input name: is required: without it the model is "default", but the registry has demand/,
    );
    expect(await championOf(registryOf('demand'), named('demand', false))).toBeNull();
    expect(await championOf(registryOf(), named('default', false))).toBeNull();
  });

  test('of two models that the configuration file names, none is the other misspelled', async () => {
    const models = ['demand', 'demand-uk'];
    expect(await championOf(registryOf('demand'), { ...named('demand-uk'), models })).toBeNull();
    await expect(
      championOf(registryOf('demand'), { ...named('demnad'), models: ['demnad'] }),
    ).rejects.toThrow(/write name: demand/);
  });

  test('of a new model whose name is like no other’s is none', async () => {
    expect(await championOf(registryOf('demand'), named('churn'))).toBeNull();
  });
});

test('a model is not registered beside one whose name differs only in case, nor without a name', async () => {
  const registry = registryOf('demand');
  await expect(refuseWrongName(registry, { name: 'Demand', given: true })).rejects.toThrow(/it has demand/);
  await expect(refuseWrongName(registry, { name: 'repo', given: false })).rejects.toThrow(/is required/);
  await refuseWrongName(registry, { name: 'demand-uk', given: true });
});

test('names of two letters are near only if they are the same except case', () => {
  expect(nearName('b', ['a'])).toBeUndefined();
  expect(nearName('uk', ['us'])).toBeUndefined();
  expect(nearName('B', ['b'])).toBe('b');
});

test('a reference that leads nowhere says what there is instead', async () => {
  const registry = registryOf('demand');
  await registry.setAlias('demand', 'champion', '1.0.0');
  const missing = { what: 'there is none', fix: 'make one' };
  await expect(requireModel(registry, { name: 'demand', which: 'champoin' }, missing)).rejects.toThrow(
    /there is none; it has champion, 1\.0\.0 → did you mean champion\? Otherwise make one/,
  );
  await expect(requireModel(registry, { name: 'demond', which: 'champion' }, missing)).rejects.toThrow(
    /there is none; it has demand → did you mean demand\?/,
  );
});

describe('a registry of dir:', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'places-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const open = (path: string) => {
    const ports = createPorts({ workingDirectory: root, reportFolder: 'report' });
    return openRegistry(
      { registry: `dir:${path}`, 'registry-timeout': 60_000, 'state-persistent': false },
      ports,
    );
  };

  test.each(['regsitry', 'models', 'REGISTRY'])(
    'that is not there is not %s, if one is beside it',
    async (path) => {
      await (await open('registry')).create(newVersion({ model: 'a' }));
      await expect(open(path)).rejects.toThrow(
        new RegExp(
          `there is no folder ${path}, but next to it there is a registry, registry.*write registry: dir:registry`,
        ),
      );
      mkdirSync(join(root, path));
      expect(await (await open(path)).names()).toEqual([]);
    },
  );

  test('is found also if another part of its path is misspelled', async () => {
    await (await open('shared/registry')).create(newVersion({ model: 'a' }));
    await expect(open('shred/registry')).rejects.toThrow(/write registry: dir:shared\/registry/);
    await expect(open(join(root, 'shred/registry'))).rejects.toThrow(`dir:${root}/shared/registry`);
  });

  test('is new if there is no other; its models are the folders with a version', async () => {
    mkdirSync(join(root, 'data/versions'), { recursive: true });
    const registry = await open('registry');
    expect(await registry.names()).toEqual([]);
    await registry.create(newVersion({ model: 'a' }));
    mkdirSync(join(root, 'registry/empty/versions'), { recursive: true });
    expect(await registry.names()).toEqual(['demand']);
  });
});
