/** Writes that the server refuses because another run writes at once: what is there decides, whatever the server says. */
import { describe, expect, test } from '@jest/globals';
import { register } from '../../../shared/registry/register.ts';
import { AliasConflict, type Registry } from '../../../shared/registry/registry.ts';
import { RegistryRefusal } from '../../../shared/registry/remote/answer.ts';
import { useMlflowSpace } from '../../support/mlflow-space.ts';
import { REFUSED_ROW } from '../../support/mlflow-store.ts';
import { newVersion } from '../../support/models.ts';

const space = useMlflowSpace();
const store = () => space.server.store;
const ALIAS = 'POST mlflow/registered-models/alias';
const WAYS = {
  'a row that is there': REFUSED_ROW,
  'a row that is gone': {
    status: 400,
    type: 'application/json',
    body: JSON.stringify({
      error_code: 'BAD_REQUEST',
      message:
        "UPDATE statement on table 'registered_model_aliases' expected to update 1 row(s); 0 were matched.",
    }),
  },
  'words of another version': {
    status: 409,
    type: 'application/json',
    body: '{"error_code":"RESOURCE_CONFLICT"}',
  },
};

/** A registry whose write to the route is refused the first time, when `meanwhile` has happened. */
async function refusedAt(
  wanted: string,
  meanwhile: () => void,
  refusal: (typeof WAYS)[keyof typeof WAYS] = REFUSED_ROW,
): Promise<Registry> {
  let isRefused = false;
  await space.start({
    fault: (_, { method, route }) => {
      if (isRefused || `${method} ${route}` !== wanted) return undefined;
      isRefused = true;
      meanwhile();
      return refusal;
    },
  });
  return space.open();
}

/** Versions 1.0.0 and 1.1.0, which are MLflow's 1 and 2. */
async function twoVersions(registry: Registry): Promise<void> {
  for (const version of ['1.0.0', '1.1.0'])
    await registry.create(newVersion({ model: version }, { version }));
}

const moves = async () =>
  ((await space.open().history('demand')).champion ?? []).map(({ version }) => version);

describe.each(Object.entries(WAYS))('a move of an alias that is refused for %s', (_, refusal) => {
  const movedTo = (number: string) => () => {
    store().models.get('demand')?.aliases.set('champion', number);
  };

  test('is a conflict, if another run has moved it elsewhere', async () => {
    const registry = await refusedAt(ALIAS, movedTo('2'), refusal);
    await twoVersions(registry);
    await expect(registry.setAlias('demand', 'champion', '1.0.0', null)).rejects.toThrow(AliasConflict);
    expect(await registry.aliases('demand')).toEqual({ champion: '1.1.0' });
  });

  test('is done, if another run has moved it there', async () => {
    const registry = await refusedAt(ALIAS, movedTo('1'), refusal);
    await twoVersions(registry);
    await registry.setAlias('demand', 'champion', '1.0.0', null);
    expect(await registry.aliases('demand')).toEqual({ champion: '1.0.0' });
    expect(await moves()).toEqual(['1.0.0']);
  });

  test('is done again, if nothing was expected: the last write wins', async () => {
    const registry = await refusedAt(ALIAS, movedTo('2'), refusal);
    await twoVersions(registry);
    await registry.setAlias('demand', 'champion', '1.0.0');
    expect(await registry.aliases('demand')).toEqual({ champion: '1.0.0' });
  });

  test('is done again, if the alias is where it was', async () => {
    const registry = await refusedAt(ALIAS, () => {}, refusal);
    await twoVersions(registry);
    await registry.setAlias('demand', 'champion', '1.0.0', null);
    expect(await registry.aliases('demand')).toEqual({ champion: '1.0.0' });
  });

  test('to nothing is a conflict, if another run has moved it elsewhere', async () => {
    const registry = await refusedAt('DELETE mlflow/registered-models/alias', movedTo('2'), refusal);
    await twoVersions(registry);
    await registry.setAlias('demand', 'champion', '1.0.0');
    await expect(registry.setAlias('demand', 'champion', null, '1.0.0')).rejects.toThrow(AliasConflict);
    expect(await registry.aliases('demand')).toEqual({ champion: '1.1.0' });
  });
});

test('what another run has written of an alias meanwhile stays, and where the alias points now comes last', async () => {
  const registry = await refusedAt('POST mlflow/registered-models/set-tag', () => {
    const model = store().models.get('demand');
    model?.aliases.set('champion', '2');
    const value = JSON.stringify({ version: '1.1.0', at: '2026-01-01T00:00:00Z', earlier: [] });
    model?.tags.set('ml-loop.alias.champion', value);
  });
  await twoVersions(registry);
  await registry.setAlias('demand', 'champion', '1.0.0');
  expect(await moves()).toEqual(['1.1.0']);
  await registry.setAlias('demand', 'champion', '1.0.0');
  expect(await moves()).toEqual(['1.1.0', '1.0.0']);
});

test('a move that someone made in MLflow itself is written down with the next one', async () => {
  await twoVersions(space.open());
  await space.open().setAlias('demand', 'champion', '1.0.0');
  store().models.get('demand')?.aliases.set('champion', '2');
  await space.open().setAlias('demand', 'champion', '1.0.0');
  expect(await moves()).toEqual(['1.0.0', '1.1.0', '1.0.0']);
});

/** All that a run writes in places that other runs write to, too. */
const WRITES = [
  'POST mlflow/experiments/create',
  'POST mlflow/registered-models/create',
  'POST mlflow/model-versions/create',
  ALIAS,
  'POST mlflow/registered-models/set-tag',
  'POST mlflow/model-versions/set-tag',
];

async function use(registry: Registry): Promise<void> {
  const registration = { ...newVersion({ model: 'm' }), version: 'auto', alias: 'champion' };
  const { version } = await register(registry, registration);
  await registry.addEvidence(version, [{ name: 'note.json', content: '{}' }]);
}

async function expectWhole(): Promise<void> {
  const [version, ...more] = await space.open().versions('demand');
  expect(more).toEqual([]);
  expect(version).toMatchObject({ version: '1.0.0', evidence: ['note.json'] });
  expect(await space.open().aliases('demand')).toEqual({ champion: '1.0.0' });
  expect(await moves()).toEqual(['1.0.0']);
}

describe.each(WRITES)('%s that is refused once', (wanted) => {
  test.each(Object.entries(WAYS))('for %s, with nothing written, is done again', async (_, refusal) => {
    const registry = await refusedAt(wanted, () => {}, refusal);
    await use(registry);
    await expectWhole();
    expect(space.server.requests.filter((each) => each === wanted)).toHaveLength(2);
  });

  test.each(Object.entries(WAYS))('for %s, but was done, is found so', async (_, refusal) => {
    let isRefused = false;
    await space.start({
      after: ({ method, route }) => {
        if (isRefused || `${method} ${route}` !== wanted) return undefined;
        isRefused = true;
        return refusal;
      },
    });
    await use(space.open());
    await expectWhole();
    expect(space.server.requests.filter((each) => each === wanted)).toHaveLength(1);
  });

  test('again and again is told in the server’s words, and no half version shows', async () => {
    await space.start({
      fault: (_, { method, route }) => (`${method} ${route}` === wanted ? REFUSED_ROW : undefined),
    });
    const used = use(space.open());
    await expect(used).rejects.toThrow(RegistryRefusal);
    await expect(used).rejects.toThrow(/400 BAD_REQUEST \(sqlite3\.IntegrityError\)/);
    expect(space.server.requests.filter((each) => each === wanted)).toHaveLength(4);
    for (const version of await space.open().versions('demand')) await space.open().verify(version);
  });

  test('because the server does not take what it says is not done again', async () => {
    const refusal = {
      status: 400,
      type: 'application/json',
      body: '{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}',
    };
    await space.start({
      fault: (_, { method, route }) => (`${method} ${route}` === wanted ? refusal : undefined),
    });
    await expect(use(space.open())).rejects.toThrow(/INVALID_PARAMETER_VALUE no/);
    expect(space.server.requests.filter((each) => each === wanted)).toHaveLength(1);
  });
});

test.each(['nothing written', 'the version gone'])(
  'a removal that is refused once, with %s, is done',
  async (what) => {
    const gone = () => {
      if (what === 'the version gone')
        store().versions = store().versions.filter(({ version }) => version !== '1');
    };
    const registry = await refusedAt('DELETE mlflow/model-versions/delete', gone);
    await twoVersions(registry);
    await registry.remove({ name: 'demand', version: '1.0.0' });
    expect((await registry.versions('demand')).map(({ version }) => version)).toEqual(['1.1.0']);
  },
);

test.each([1, 3, 4])(
  'evidence that is not whole for %i looks, as another run stores it, too',
  async (looks) => {
    let seen = 0;
    await space.start({
      fault: (_, { method, route }) =>
        method === 'GET' && /ml-loop\/added\/.*note\.json$/.test(route) && ++seen <= looks
          ? { status: 200, body: '' }
          : undefined,
    });
    const used = use(space.open());
    if (looks < 4) {
      await used;
      await expectWhole();
    } else await expect(used).rejects.toThrow(/gives back other bytes/);
  },
);
