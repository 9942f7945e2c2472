/** The actions with a container registry, each step a process of its own that finds nothing but the registry. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { type OciLogin, type OciRegistryServer, startOciRegistry } from '../support/oci-registry.ts';
import { DEPLOYMENT, NAME, validation, writeModel, writeProject } from '../support/project.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
let server: OciRegistryServer;
afterEach(() => server.close());

const LOGIN: OciLogin = { user: 'octo', password: 'hunter2', scheme: 'bearer' };
const env = () => {
  const auth = Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64');
  space.write('docker/config.json', JSON.stringify({ auths: { [server.host]: { auth } } }));
  return { env: { DOCKER_CONFIG: `${space.folder}/docker` } };
};
const at = () => `oci://${server.host}/Acme/Models`;

describe('a container registry', () => {
  test('takes a judged model with its verdict, and gives it to the next jobs', async () => {
    server = await startOciRegistry({ login: LOGIN });
    writeProject(space);
    writeModel(space, 'model', 4);
    const judged = await space.step('validate-model', { ...validation('model'), registry: at() }, env());
    expect(judged).toMatchObject({ exit: 0, stderr: '' });
    const given = { name: NAME, registry: at(), model: 'model' };
    const first = await space.step('register-model', given, env());
    expect(first).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: {
        version: '1.0.0',
        created: 'true',
        uri: expect.stringMatching(
          /^oci:\/\/127\.0\.0\.1:\d+\/acme\/models\/demand:1\.0\.0@sha256:[0-9a-f]{64}$/,
        ),
      },
    });
    const masks = first.stdout.split('\n').filter((line) => line.startsWith('::add-mask::'));
    expect(masks).toContain(`::add-mask::${LOGIN.password}`);
    expect(new Set(masks).size).toBe(masks.length);
    expect(first.stdout.replaceAll(/^::add-mask::.*$/gm, '') + first.summary).not.toMatch(/hunter2|token-\d/);
    const again = await space.step('register-model', given, env());
    expect(again.outputs).toMatchObject({
      version: '1.0.0',
      created: 'false',
      previous: '1.0.0',
      uri: first.outputs.uri,
    });

    // Another job, on another disk: the model is gone from here.
    const deploy = (operation: string) =>
      space.step(
        'deploy-canary',
        { ...DEPLOYMENT, registry: at(), operation, model: 'model:demand@candidate' },
        env(),
      );
    space.write('logs/server.jsonl', []);
    expect(await deploy('start')).toMatchObject({ exit: 0, stderr: '', outputs: { phase: 'step' } });
    expect(space.json('router.json')).toMatchObject({ canary: { version: '1.0.0' } });
    expect(await deploy('promote')).toMatchObject({ exit: 0, outputs: { phase: 'promoted' } });
    const { tags } = server.store.repo('acme/models/demand');
    expect(tags.get('champion')).toBe(tags.get('1.0.0'));

    writeModel(space, 'model', 3);
    const next = await space.step('validate-model', { ...validation('model'), registry: at() }, env());
    expect(next).toMatchObject({ exit: 0, outputs: { comparison: 'better' } });
    expect((await space.step('register-model', given, env())).outputs).toMatchObject({
      version: '1.1.0',
      previous: '1.0.0',
    });
  }, 600_000);

  test('that refuses says what to do, with exit code 2', async () => {
    server = await startOciRegistry({ login: { ...LOGIN, grants: 'pull' } });
    writeProject(space);
    writeModel(space, 'model', 4);
    await space.step('validate-model', { ...validation('model'), registry: at() }, env());
    const given = { name: NAME, registry: at(), model: 'model' };
    const refused = await space.step('register-model', given, env());
    expect(refused).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    expect(refused.outputs.summary).toMatch(/refused to store .+ 403 DENIED/);
    const unknown = await space.step('register-model', given);
    expect(unknown.outputs.summary).toMatch(/log in with docker\/login-action/);
    expect(server.store.repo('acme/models/demand').tags.size).toBe(0);
  }, 600_000);
});
