import { describe, expect, test } from '@jest/globals';
import { ClientHttp } from '../../../shared/host/http.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { parseMlflowAddress } from '../../../shared/registry/mlflow/address.ts';
import { nameOf } from '../../../shared/registry/mlflow/artifacts.ts';
import { mlflowRegistry } from '../../../shared/registry/mlflow/registry.ts';
import { resolveModel } from '../../../shared/registry/reference.ts';
import { VersionTakenError } from '../../../shared/registry/registry.ts';
import { MemoryClock } from '../../support/memory.ts';
import { useMlflowSpace } from '../../support/mlflow-space.ts';
import { newVersion } from '../../support/models.ts';

const space = useMlflowSpace();
const open = () => space.open();
const version = (number: string) => open().create(newVersion({ model: number }, { version: number }));
const store = () => space.server.store;
const shown = async () => (await open().versions('demand')).map(({ version: number }) => number);

describe('a version', () => {
  test('is MLflow’s, with a run and a logged model of its own', async () => {
    const made = await open().create(newVersion({ model: 'm' }));
    expect(made.uri).toBe(`mlflow:${space.server.url}/#/models/demand/versions/1`);
    const [kept] = store().versions;
    expect(kept).toMatchObject({ name: 'demand', version: '1', source: `models:/${kept?.model_id}` });
    expect([...store().runs.values()]).toEqual(['FINISHED']);
    expect([...store().loggedModels.values()]).toEqual(['LOGGED_MODEL_READY']);
    expect(String(store().artifacts.get(store().path(1, 'model')))).toBe('m');
  });

  test('is a run’s on MLflow 2', async () => {
    await space.start({ major: 2 });
    await open().create(newVersion({ model: 'm' }));
    const [kept] = store().versions;
    expect(kept).toMatchObject({ source: `mlflow-artifacts:/1/${kept?.run_id}/artifacts/model` });
    expect(kept?.model_id).toBeUndefined();
  });

  test('is made once, by one of sixteen; what the others stored is deleted', async () => {
    const runs = await Promise.allSettled(
      Array.from({ length: 16 }, (_, i) => open().create(newVersion({ model: `${i}` }))),
    );
    const won = runs.filter((each) => each.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const each of runs)
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(VersionTakenError);
    expect(store().versions).toHaveLength(1);
    expect(store().versions[0]?.version).toBe('1');
    expect([...store().runs.values()].filter((status) => status === 'FINISHED')).toHaveLength(1);
    expect((await open().versions('demand')).map(({ digest }) => digest)).toEqual([won[0]?.value.digest]);
  });

  test('holds if MLflow made it first, also if a run was killed before it withdrew the later one', async () => {
    await version('1.0.0');
    await version('1.1.0');
    const [first, second] = store().versions;
    const twin = (name: string, tags: Record<string, string>) =>
      store().versions.push({
        ...{ name: 'demand', version: name, source: '' },
        tags: new Map([...(second?.tags ?? []), ...Object.entries(tags)]),
      });
    twin('3', { 'ml-loop.version': '1.0.0', 'ml-loop.digest': 'sha256:other' });
    twin('4', { 'ml-loop.version': '2.0.0', 'ml-loop.digest': first?.tags.get('ml-loop.digest') ?? '' });
    expect((await shown()).sort()).toEqual(['1.0.0', '1.1.0']);
    await open().remove({ name: 'demand', version: '1.0.0' });
    expect(await shown()).toEqual(['1.1.0']);
    expect(store().versions.map(({ version: number }) => number)).toEqual(['2']);
  });

  test('of others is not shown: without our tags, or in another state', async () => {
    await version('1.0.0');
    await version('1.1.0');
    store().versions[1]?.tags.set('ml-loop.state', 'withdrawn');
    store().versions.push({ name: 'demand', version: '9', source: 's3://x', tags: new Map() });
    store().versions.push({ name: 'other', version: '1', source: 's3://x', tags: new Map() });
    expect(await shown()).toEqual(['1.0.0']);
    expect(await open().names()).toEqual(['demand']);
  });

  test('whose manifest or tags were changed is refused', async () => {
    await version('1.0.0');
    const tags = store().versions[0]?.tags;
    const digest = tags?.get('ml-loop.digest') ?? '';
    tags?.set(
      'ml-loop.digest',
      digest.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    );
    await expect(open().versions('demand')).rejects.toThrow(/put the tag back as it was/);
    tags?.set('ml-loop.digest', digest);
    tags?.set('ml-loop.record', 'mlflow-artifacts:/../../etc');
    await expect(open().versions('demand')).rejects.toThrow(UserError);
    tags?.set('ml-loop.record', 'mlflow-artifacts:/1/none');
    await expect(open().versions('demand')).rejects.toThrow(/read the manifest of .*: 404/);
  });

  test('does not verify with a file that was never registered', async () => {
    const made = await version('1.0.0');
    store().artifacts.set(store().path(1, 'sub/more.bin'), Buffer.from('x'));
    await expect(open().verify(made)).rejects.toThrow(/sub\/more\.bin: was not registered/);
  });

  test('is found on any page', async () => {
    await space.start({ page: 2 });
    for (const number of ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0']) await version(number);
    expect((await shown()).sort()).toEqual(['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0']);
  });
});

describe('an alias', () => {
  test('that someone moves in MLflow itself is read, and so is that move', async () => {
    await version('1.0.0');
    await version('1.1.0');
    await open().setAlias('demand', 'champion', '1.0.0');
    store().models.get('demand')?.aliases.set('champion', '2');
    expect(await open().aliases('demand')).toEqual({ champion: '1.1.0' });
    const moves = async () => (await open().history('demand')).champion?.map(({ version: to }) => to);
    expect(await moves()).toEqual(['1.0.0', '1.1.0']);
    store().models.get('demand')?.aliases.delete('champion');
    expect(await moves()).toEqual(['1.0.0', null]);
  });

  test('of a version that is not ours is not taken for none', async () => {
    await version('1.0.0');
    store().versions.push({ name: 'demand', version: '9', source: 's3://x', tags: new Map() });
    store().models.get('demand')?.aliases.set('champion', '9');
    await expect(resolveModel(open(), { name: 'demand', which: 'champion' })).rejects.toThrow(
      /MLflow’s version 9, which is not in the registry/,
    );
    await open().setAlias('demand', 'champion', '1.0.0');
    expect((await open().history('demand')).champion?.map(({ version: to }) => to)).toEqual(['1.0.0']);
  });

  test('keeps as many moves as a tag has room for', async () => {
    const long = [`1.0.0-${'a'.repeat(55)}`, `1.0.0-${'b'.repeat(55)}`];
    for (const number of long) await version(number);
    const registry = open();
    for (let i = 0; i < 120; i++) await registry.setAlias('demand', 'a', long[i % 2] ?? null);
    const { a = [] } = await open().history('demand');
    expect(a.length).toBeGreaterThan(40);
    expect(a.at(-1)?.version).toBe(long[1]);
    expect(store().models.get('demand')?.tags.get('ml-loop.alias.a')?.length).toBeLessThanOrEqual(5000);
  });

  test('whose tag was damaged is not read as none', async () => {
    await version('1.0.0');
    await open().setAlias('demand', 'champion', '1.0.0');
    store().models.get('demand')?.tags.set('ml-loop.alias.champion', '{"version":1}');
    await expect(open().aliases('demand')).rejects.toThrow(/tag ml-loop\.alias\.champion/);
  });
});

describe('a refusal says what to do', () => {
  const refused = async (options: Parameters<typeof space.start>[0], login?: { token: string }) => {
    await space.start(options);
    return space
      .open(login)
      .create(newVersion({ model: 'm' }))
      .then(() => 'made', String);
  };

  test('to log in, to renew the login, to give a permission', async () => {
    const authorization = 'Bearer right';
    expect(await refused({ authorization })).toMatch(/401.*add to the step’s env MLFLOW_TRACKING_USERNAME/s);
    const wrong = await refused({ authorization }, { token: 'wrong' });
    expect(wrong).toMatch(/401.*wrong or has expired/s);
    expect(wrong).not.toContain('Bearer');
    expect(await refused({ authorization, readOnly: true }, { token: 'right' })).toMatch(/403.*EDIT/s);
    expect(await refused({ authorization }, { token: 'right' })).toBe('made');
  });

  test('with the user’s name and password', async () => {
    const authorization = `Basic ${Buffer.from('u:p:q').toString('base64')}`;
    await space.start({ authorization });
    const made = await space.open({ user: 'u', password: 'p:q' }).create(newVersion({ model: 'm' }));
    expect(made.version).toBe('1.0.0');
  });

  test('to serve artifacts', async () => {
    const said = await refused({ root: 's3://bucket/' });
    expect(said).toMatch(/\(s3: not mlflow-artifacts:\).*--serve-artifacts.*another registry/s);
    expect(said).not.toContain('bucket');
    expect(store().versions).toEqual([]);
    expect(await open().names()).toEqual([]);
    expect(await refused({ root: 'mlflow-artifacts://elsewhere.test/' })).toMatch(/--serve-artifacts/);
  });

  test('about large files behind a proxy', async () => {
    const onPut = (status: number) => ({
      fault: (_: number, { method }: { method: string }) => (method === 'PUT' ? status : undefined),
    });
    expect(await refused(onPut(413))).toMatch(/413.*client_max_body_size/s);
    expect(await refused(onPut(504))).toMatch(/504.*client_max_body_size/s);
    expect(store().versions).toEqual([]);
  });

  test('about addresses that are no MLflow', async () => {
    const to = (status: number, body: string, type: string, headers = {}) => ({
      fault: () => ({ status, body, type, headers }),
    });
    expect(await refused(to(404, '<p>', 'text/html'))).toMatch(
      /web page \(HTML, status 404\).*an MLflow server/s,
    );
    expect(await refused(to(200, '<p>', 'text/html'))).toMatch(/web page/);
    expect(await refused(to(200, '[]', 'application/json'))).toMatch(/not what an MLflow server answers/);
    expect(await refused(to(404, '{"message":"no"}', 'application/json'))).toMatch(/\/api\/2\.0/);
    const moved = to(302, '', 'text/html', { location: 'https://login.test/?secret=1' });
    expect(await refused(moved)).toMatch(/302 to https:\/\/login\.test → /);
    expect(await refused(moved)).not.toContain('secret');
  });
});

describe('an address', () => {
  test.each([
    ['mlflow:https://host', 'https://host', false],
    ['mlflow:https://host:8443/team/a/', 'https://host:8443/team/a', false],
    ['mlflow+https://host/team/', 'https://host/team', false],
    ['mlflow+http://mlflow.internal', 'http://mlflow.internal', true],
    ['mlflow:http://localhost:5000', 'http://localhost:5000', false],
    ['mlflow:http://127.0.0.1:5000/', 'http://127.0.0.1:5000', false],
    ['mlflow:http://mlflow.internal', 'http://mlflow.internal', true],
    ['mlflow:http://localhost.evil.test', 'http://localhost.evil.test', true],
  ])('%s', (text, base, isOpen) => {
    expect(parseMlflowAddress(text)).toMatchObject({ base, isOpen });
  });

  test.each([
    'mlflow:',
    'mlflow:host',
    'mlflow:ftp://host',
    'mlflow+ftp://host',
    'mlflow+https://u:secret@host',
    'mlflow:https://u:secret@host',
    'mlflow:https://host?a=b',
  ])('%s is none', (text) => {
    expect(() => parseMlflowAddress(text)).toThrow(/write mlflow:https:\/\/HOST/);
    expect(() => parseMlflowAddress(text)).not.toThrow(/secret/);
  });

  test('that is read on the way is sent no login', async () => {
    const http = new ClientHttp();
    let sent = 0;
    http.stream = async () => {
      sent++;
      throw new Error('no network');
    };
    const ports = { http, clock: new MemoryClock(), log: { info: () => {} } };
    const address = parseMlflowAddress('mlflow:http://mlflow.internal');
    const logins = { mlflow: () => ({ token: 't' }) };
    await expect(mlflowRegistry(address, { ...ports, logins }).names()).rejects.toThrow(/read on the way/);
    expect(sent).toBe(0);
    await expect(mlflowRegistry(address, ports).names()).rejects.toThrow(/cannot be reached/);
    expect(sent).toBe(4);
  });
});

test('a file’s name on the server is its own, except what MLflow cannot have', () => {
  expect(nameOf('sub/weights v1.bin')).toBe('sub/weights v1.bin');
  expect(nameOf('モデル/ünï')).toBe('モデル/ünï');
  expect(nameOf('a#b%2F=')).toBe('a=23b=252F=3D');
  expect(new Set(['a#', 'a=23', 'a=3D23', 'a%23'].map(nameOf)).size).toBe(4);
});
