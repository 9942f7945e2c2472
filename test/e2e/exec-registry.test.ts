import { beforeEach, expect, test } from '@jest/globals';
import { at, NAME, STORES, validation, writeModel, writeProject } from '../support/project.ts';
import { exampleProgram } from '../support/python.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
beforeEach(() => writeProject(space));

const shown = exampleProgram();

(shown === undefined ? test.skip : test)(
  'a model is judged, registered, listed, verified and fetched through a program of the user’s',
  async () => {
    const step = (operation: string, inputs: Readonly<Record<string, string>> = {}) =>
      space.step('register-model', {
        name: NAME,
        ...STORES,
        registry: `exec:${shown}`,
        now: at(1),
        operation,
        ...inputs,
      });
    for (const off of [4, 3]) {
      writeModel(space, 'model', off);
      const judged = await space.step('validate-model', {
        ...validation('model'),
        registry: `exec:${shown}`,
        now: at(0),
      });
      expect(judged).toMatchObject({ exit: 0, stderr: '' });
      expect(await step('register', { model: 'model' })).toMatchObject({ exit: 0, stderr: '' });
    }
    expect((await step('list')).summary).toMatch(/\| `1\.1\.0` \| candidate \|[^\n]*\n\| `1\.0\.0` \|/);
    expect(await step('verify')).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
    const back = await step('rollback', { alias: 'candidate' });
    expect(back).toMatchObject({ exit: 0, outputs: { version: '1.0.0', previous: '1.1.0' } });
    await step('fetch', { to: 'served', version: 'candidate' });
    expect(space.json('served/weights.json')).toEqual({ off: 4 });
    expect(space.files('registry/demand/versions/1.0.0/files')).toEqual(['weights.json']);
  },
);

test('a program that fails is an error of the user’s side, in which its own words can do nothing', async () => {
  space.write(
    'fails.mjs',
    'console.error("no access\\n::error::<b>|x|</b>\\x1b[31m"); process.exitCode = 1;',
  );
  writeModel(space, 'model', 4);
  const run = await space.step('register-model', {
    name: NAME,
    ...STORES,
    registry: `exec:${JSON.stringify([process.execPath, 'fails.mjs'])}`,
    operation: 'list',
  });
  expect(run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
  expect(`${run.stdout}${run.stderr}`).toContain('ended with exit code 1; its last line was "::error::<b>');
  expect(run.stdout).toContain('registry: no access\n');
  expect(run.stdout).not.toMatch(/^::error::<b>/m);
  expect(run.summary).not.toMatch(/\p{Cc}\[|<b>|::error::/u);
});
