/** A model that is put into a container image by steps of their own, with logins, under both versions of Node. */
import { afterEach, expect, test } from '@jest/globals';
import { BaseImages } from '../support/base-image.ts';
import { type OciLogin, type OciRegistryServer, startOciRegistry } from '../support/oci-registry.ts';
import { NAME, STORES, validation, writeModel, writeProject } from '../support/project.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
let server: OciRegistryServer;
afterEach(() => server.close());
const LOGIN: OciLogin = { user: 'octo', password: 'hunter2', scheme: 'bearer' };

test('the image is the same under each Node, is told of, and is found out when it is changed', async () => {
  server = await startOciRegistry({ login: LOGIN });
  const images = new BaseImages(server.store);
  const index = images.index('1', [images.image('a'), images.image('b', { architecture: 'arm64' })]);
  const auth = Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64');
  space.write('docker/config.json', JSON.stringify({ auths: { [server.host]: { auth } } }));
  const env = { DOCKER_CONFIG: `${space.folder}/docker` };
  writeProject(space);
  writeModel(space, 'model', 4);
  expect(await space.step('validate-model', validation('model'), { env })).toMatchObject({ exit: 0 });
  const image = (target: string) =>
    `{base: '${server.host}/lib/base:1', target: '${server.host}/Acme/${target}'}`;
  const given = { name: NAME, ...STORES, model: 'model' };

  const made = await space.step('register-model', { ...given, image: image('One') }, { env });
  expect(made).toMatchObject({ exit: 0, stderr: '', temporary: [] });
  const digest = server.store.repo('acme/one').tags.get('1.0.0');
  expect(made.outputs.image).toBe(`${server.host}/acme/one@${digest}`);
  expect(made.summary).toContain(digest);
  expect(made.summary).toContain(index.digest);
  expect(made.stdout.replaceAll(/^::add-mask::.*$/gm, '') + made.summary).not.toMatch(/hunter2|token-\d/);
  const { subjects } = space.json<{ subjects: unknown[] }>('ml-loop-report/register-model/verdict.json');
  expect(subjects).toContainEqual({ role: 'image', name: `${server.host}/acme/one:1.0.0`, digest });

  const zone = { ...env, TZ: 'Asia/Kathmandu' };
  const older = await space.step(
    'register-model',
    { ...given, image: image('two'), now: '2027-01-01T00:00:00Z' },
    { env: zone, node: 20 },
  );
  expect(older).toMatchObject({ exit: 0, stderr: '', outputs: { created: 'false' } });
  expect(older.outputs.image).toBe(`${server.host}/acme/two@${digest}`);

  const verify = async () => {
    const { exit } = await space.step(
      'register-model',
      { name: NAME, ...STORES, operation: 'verify' },
      { env },
    );
    return [exit, space.statuses('register-model')['register.image']];
  };
  expect(await verify()).toEqual([0, ['pass', 'pass']]);
  const { blobs } = server.store.repo('acme/two');
  for (const [name, bytes] of blobs)
    if (bytes.includes('{"off":4}'))
      blobs.set(name, Buffer.from(String(bytes).replace('{"off":4}', '{"off":5}')));
  expect(await verify()).toEqual([1, ['fail', 'pass']]);
}, 600_000);

test('a pull request makes no image, and an image that cannot be made leaves no version', async () => {
  server = await startOciRegistry({ login: { ...LOGIN, grants: 'pull' } });
  new BaseImages(server.store).image('1');
  writeProject(space);
  writeModel(space, 'model', 4);
  await space.step('validate-model', validation('model'));
  const image = `{base: '${server.host}/lib/base:1', target: '${server.host}/acme/server'}`;
  const given = { name: NAME, ...STORES, model: 'model', image };
  const before = server.requests.length;
  const asked = await space.step('register-model', given, { event: { name: 'pull_request' } });
  expect(asked.exit).toBe(2);
  expect(server.requests).toHaveLength(before);
  const refused = await space.step('register-model', given);
  expect(refused).toMatchObject({ exit: 2, outputs: { status: 'error' } });
  expect(refused.stdout + refused.stderr).toMatch(/log in with docker\/login-action before this step/);
  const { stdout } = await space.cli([
    'register-model',
    '--name',
    NAME,
    '--registry',
    STORES.registry,
    '--operation',
    'list',
    '--outputs',
  ]);
  expect(stdout).toMatch(/has no version yet/);
}, 600_000);
