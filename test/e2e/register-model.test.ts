import { beforeEach, describe, expect, test } from '@jest/globals';
import { NAME, release, STORES, validation, writeModel, writeProject } from '../support/project.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
beforeEach(() => writeProject(space));

const INPUTS = { name: NAME, ...STORES, model: 'model' };
const alias = () =>
  space.json<{ value: { version: string } }>('registry/demand/aliases/candidate.json').value.version;

describe('register-model', () => {
  test('registers judged bytes once, with their verdicts and profile; a second run changes nothing', async () => {
    const data = await space.step('validate-data', { name: NAME, data: 'test.csv' });
    const first = await release(space, { model: 'model', off: 4 });
    expect(first).toMatchObject({ exit: 0, stderr: '' });
    expect(first.outputs).toMatchObject({
      status: 'pass',
      version: '1.0.0',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      uri: 'dir:registry/demand/versions/1.0.0',
      created: 'true',
      previous: '',
    });
    expect(data.exit).toBe(0);
    expect(space.files('registry')).toEqual([
      'demand/aliases/candidate.json',
      'demand/aliases/candidate.log.jsonl',
      'demand/versions/1.0.0/evidence/model-card.md',
      'demand/versions/1.0.0/evidence/provenance.json',
      'demand/versions/1.0.0/evidence/verdicts/validate-data.json',
      'demand/versions/1.0.0/evidence/verdicts/validate-model.json',
      'demand/versions/1.0.0/files/weights.json',
      'demand/versions/1.0.0/manifest.json',
    ]);
    expect(space.read('registry/demand/versions/1.0.0/files/weights.json')).toBe(
      space.read('model/weights.json'),
    );
    const before = space.snapshot('registry');
    const second = await space.step('register-model', INPUTS);
    expect(second).toMatchObject({
      exit: 0,
      outputs: { ...first.outputs, created: 'false', previous: '1.0.0', summary: expect.any(String) },
    });
    expect(space.snapshot('registry')).toEqual(before);
  });

  test('looks after its versions: list, verify, fetch, promote, rollback, gc', async () => {
    await release(space, { model: 'model', off: 4 });
    writeModel(space, 'model', 3);
    await release(space, { model: 'model', off: 3 });
    const step = (operation: string, inputs: Record<string, string> = {}) =>
      space.step('register-model', { name: NAME, ...STORES, operation, 'report-id': operation, ...inputs });
    const list = await step('list');
    expect(list).toMatchObject({ exit: 0, stderr: '' });
    expect(list.summary).toMatch(/\| `1\.1\.0` \| candidate \|[^\n]*\n\| `1\.0\.0` \|/);
    expect(await step('verify')).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
    await step('promote', { version: '1.0.0', alias: 'staging' });
    const moved = await step('promote', { version: 'candidate', alias: 'staging' });
    expect(moved).toMatchObject({ exit: 0, outputs: { version: '1.1.0', previous: '1.0.0' } });
    const back = await step('rollback', { alias: 'staging' });
    expect(back).toMatchObject({ exit: 0, outputs: { version: '1.0.0', previous: '1.1.0' } });
    const fetched = await step('fetch', { to: 'served', version: 'staging' });
    expect(fetched).toMatchObject({ exit: 0, outputs: { version: '1.0.0' } });
    expect(space.read('served/weights.json')).toBe(
      space.read('registry/demand/versions/1.0.0/files/weights.json'),
    );
    expect(await step('gc', { 'older-than': '0', 'dry-run': 'false' })).toMatchObject({ exit: 0 });
    expect((await step('list')).summary).toContain('2 versions');
    space.write('registry/demand/versions/1.1.0/files/weights.json', '{}');
    const damaged = await step('verify');
    expect(damaged).toMatchObject({ exit: 1, outputs: { status: 'fail' } });
    expect(damaged.summary).toContain('weights.json');
    expect(await step('rollback', { alias: 'nothing' })).toMatchObject({ exit: 2 });
  });

  test('gives other bytes the next version, and moves the alias', async () => {
    const profile = (await space.step('validate-data', { data: 'test.csv' })).outputs.profile ?? '';
    await release(space, { model: 'model', off: 4 });
    writeModel(space, 'model', 3);
    await space.step('validate-model', validation('model'));
    const run = await space.step('register-model', { ...INPUTS, profile, metadata: 'commit: abc' });
    expect(run.outputs).toMatchObject({ version: '1.1.0', created: 'true', previous: '1.0.0' });
    expect(alias()).toBe('1.1.0');
    expect(space.read('registry/demand/versions/1.1.0/evidence/profile.json')).toBe(space.read(profile));
    expect(space.json('registry/demand/versions/1.1.0/manifest.json')).toMatchObject({
      metadata: { commit: 'abc' },
    });
  });

  test('runs at once make one version', async () => {
    writeModel(space, 'model', 4);
    await space.step('validate-model', validation('model'));
    const runs = await Promise.all(
      ['a', 'b', 'c'].map((id) => space.step('register-model', { ...INPUTS, 'report-id': id })),
    );
    expect(runs.map(({ exit }) => exit)).toEqual([0, 0, 0]);
    expect(runs.map(({ outputs }) => outputs.version)).toEqual(['1.0.0', '1.0.0', '1.0.0']);
    expect(runs.map(({ outputs }) => outputs.created).sort()).toEqual(['false', 'false', 'true']);
    expect(space.files('registry/demand/versions').every((file) => file.startsWith('1.0.0/'))).toBe(true);
  });

  test('refuses bytes that no verdict names, and bytes that were judged and failed', async () => {
    writeModel(space, 'model', 4);
    const never = await space.step('register-model', { ...INPUTS, 'report-id': 'never' });
    await space.step('validate-model', { ...validation('model'), conditions: 'mae <= 0.1' });
    const failed = await space.step('register-model', { ...INPUTS, 'report-id': 'failed' });
    await space.step('validate-model', validation('model'));
    writeModel(space, 'model', 5);
    const changed = await space.step('register-model', { ...INPUTS, 'report-id': 'changed' });
    for (const run of [never, failed, changed]) {
      expect(run).toMatchObject({
        exit: 1,
        stderr: '',
        outputs: { status: 'fail', version: '', created: 'false' },
      });
      expect(workflowCommands(run.stdout)[0]).toMatchObject({
        name: 'error',
        properties: { title: 'fail · register.evidence' },
        data: expect.stringContaining('no passing verdict of validate-model names these bytes'),
      });
    }
    expect(space.statuses('register-model-failed')).toMatchObject({ 'register.contradicted': 'fail' });
    expect(space.files().filter((file) => file.startsWith('registry'))).toEqual([]);
  });

  test('a version never changes: one that holds other bytes is refused with exit code 2', async () => {
    await release(space, { model: 'model', off: 4 });
    writeModel(space, 'model', 3);
    await space.step('validate-model', validation('model'));
    const before = space.snapshot('registry');
    const run = await space.step('register-model', { ...INPUTS, version: '1.0.0' });
    expect(run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(run.summary).toContain('holds other bytes');
    expect(space.snapshot('registry')).toEqual(before);
    expect(alias()).toBe('1.0.0');
  });
});
