import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { pullRequestInto } from '../support/base-branch.ts';
import type { StepOptions } from '../support/bundle.ts';
import { startGitHubServer } from '../support/github-server.ts';
import {
  at,
  DEPLOYMENT,
  NAME,
  registerVersion,
  STORES,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { type WorkflowCommand, workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

/**
 * Runs an action that must refuse its input: exit code 2, each problem with its place and fix in annotation and
 * output, an old verdict and its report gone, and nothing else touched.
 */
async function refused(
  action: string,
  inputs: Record<string, string>,
  says: readonly RegExp[],
  options: Partial<StepOptions> = {},
): Promise<void> {
  const stale = ['verdict.json', 'report.html'].map((file) => `ml-loop-report/${action}/${file}`);
  for (const file of stale) space.write(file, 'of a run that passed');
  const before = Object.entries(space.snapshot()).filter(([file]) => !stale.includes(file));
  const run = await space.step(action, inputs, options);
  expect(run).toMatchObject({ exit: 2, stderr: '', temporary: [], outputs: { status: 'error' } });
  const errors = workflowCommands(run.stdout).filter(({ name }) => name !== 'add-mask');
  expect(errors.map(({ name, properties }) => `${name} ${properties.title}`)).toEqual(
    says.map(() => `error ${action}: error`),
  );
  for (const [index, pattern] of says.entries()) expect(errors[index]?.data).toMatch(pattern);
  expect(run.outputs.summary).toBe(errors[0]?.data);
  expect(run.summary).toContain(action);
  expect(space.snapshot()).toEqual(Object.fromEntries(before));
}

/** Runs an action whose data are at fault: exit code 1, a failing check with its place, and a whole report. */
async function failing(
  action: string,
  inputs: Record<string, string>,
  check: string,
  place: { file: string; line?: string },
): Promise<WorkflowCommand> {
  rmSync(join(space.folder, 'ml-loop-report'), { recursive: true, force: true });
  const before = space.snapshot();
  const run = await space.step(action, inputs);
  expect(run).toMatchObject({ exit: 1, stderr: '', temporary: [], outputs: { status: 'fail' } });
  const error = workflowCommands(run.stdout).find(({ properties }) =>
    properties.title?.startsWith(`fail · ${check}`),
  );
  expect(error).toMatchObject({ name: 'error', properties: place });
  expect(space.verdict(action).status).toBe('fail');
  expect(space.snapshot()).toMatchObject(before);
  return error as WorkflowCommand;
}

describe('data', () => {
  const CONTRACT =
    'type: object\nproperties:\n  id: { type: integer }\n  temp: { type: number }\nadditionalProperties: false\n';
  beforeEach(() => {
    space.write('contract.yml', CONTRACT);
    space.write('data.csv', ['id,temp', '1,20', '2,21']);
  });
  const inputs = { data: 'data.csv', contract: 'contract.yml' };

  test('a missing file', async () => {
    await refused('validate-data', { data: 'none.csv\nno/*.csv' }, [
      /^none\.csv: there is no such file → paths start at /,
      /^no\/\*\.csv: there is no such file → /,
    ]);
    await refused('validate-data', { ...inputs, contract: 'none.yml' }, [
      /^none\.yml: there is no such file/,
    ]);
    await refused('validate-data', { ...inputs, reference: 'none.csv' }, [
      /^none\.csv: there is no such file/,
    ]);
  });

  test('an empty file, a header without rows, a ragged row, a quote left open', async () => {
    space.write('empty.csv', '');
    space.write('header.csv', ['id,temp']);
    space.write('ragged.csv', ['id,temp', '1,20', '2,21,Bern', '3,22']);
    space.write('quote.csv', ['id,temp', '1,20', '2,"21', '3,22']);
    for (const [file, check, line, fix] of [
      ['empty.csv', 'file.empty', '1', 'write a header and rows'],
      ['header.csv', 'file.no-rows', '1', 'write the rows, or leave the file out'],
      ['ragged.csv', 'row.fields', '3', 'write one field for each column'],
      ['quote.csv', 'file.quote', '3', ''],
    ] as const) {
      const { data } = await failing('validate-data', { ...inputs, data: file }, check, { file, line });
      expect(data).toContain(fix);
    }
  });

  test('an unknown column', async () => {
    space.write('data.csv', ['id,temp,tmep', '1,20,3']);
    const { data } = await failing('validate-data', inputs, 'column.unknown', {
      file: 'data.csv',
      line: '1',
    });
    expect(data).toMatch(/does not have the column tmep.*\nadd tmep to `properties`/);
  });

  test('a contract that is not a valid schema', async () => {
    space.write('contract.yml', CONTRACT.replace('type: integer', 'type: whole'));
    await refused('validate-data', inputs, [/^contract\.yml:3: .*type must be equal to one of/]);
    space.write('contract.yml', `${CONTRACT}x-ml-loop: { kee: [id] }\n`);
    await refused('validate-data', inputs, [/^contract\.yml:6: x-ml-loop has no kee → .*key/]);
    space.write('contract.yml', 'type: object\nproperties: {\n');
    await refused('validate-data', inputs, [/^contract\.yml:\d: the contract is neither JSON nor YAML/]);
  });

  test('a fault of the contract is told once, with the fix', async () => {
    space.write('contract.yml', CONTRACT.replace('type: integer', 'type: whole'));
    await refused('validate-data', inputs, [/^contract\.yml:3: .*type.* → /]);
  });

  test('a report folder that cannot be written', async () => {
    space.write('occupied', '');
    const before = space.snapshot();
    const run = await space.step('validate-data', { ...inputs, 'report-directory': 'occupied' });
    expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    expect(run.stdout).toMatch(/occupied.*cannot be written \(E\w+\) → choose another folder/);
    expect(space.snapshot()).toEqual(before);
  });

  test('a summary that cannot be written changes no result', async () => {
    const run = await space.step('validate-data', inputs, { env: { GITHUB_STEP_SUMMARY: space.folder } });
    expect(run).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
    expect(run.stdout).toContain('The summary could not be written');
  });

  test('a configuration file that cannot be read removes the old verdict, too', async () => {
    space.write('ml-loop.yml', 'validate-data: { data: ');
    await refused('validate-data', {}, [/^ml-loop\.yml:\d/]);
  });

  test('all wrong inputs are told at once, with what is allowed', async () => {
    await refused('validate-data', { margin: 'wide', 'fail-on': 'always', samples: 'Show' }, [
      /^input fail-on: "always" is not allowed: it must be one of: warn, inconclusive, fail, never$/,
      /^input samples: "Show" is not allowed: it must be one of: hide, show \(did you mean show\?\)$/,
      /^input data: is required → /,
      /^input margin: "wide" is not allowed: it must be a share/,
    ]);
  });
});

describe('predictions', () => {
  const rows = (make: (i: number) => string) => [
    'id,label,prediction,score',
    ...Array.from({ length: 50 }, (_, i) => make(i)),
  ];
  const row = (i: number, id = `r${i}`, score = '0.9') =>
    `${id},${i % 2},${i % 2},${i % 2 === 1 ? score : '0.1'}`;
  const inputs = { candidate: 'new.csv', production: 'old.csv', metric: 'roc_auc', margin: '0.01' };

  beforeEach(() => {
    space.write(
      'new.csv',
      rows((i) => row(i)),
    );
    space.write(
      'old.csv',
      rows((i) => row(i)),
    );
  });

  test('whose ids do not match', async () => {
    space.write(
      'old.csv',
      rows((i) => row(i, `x${i}`)),
    );
    await refused('validate-model', inputs, [
      /^new\.csv, old\.csv: no id of the column "id" is in all files.*→ with the input id, name a column/,
    ]);
    space.write(
      'old.csv',
      rows((i) => row(i, i === 7 ? 'x7' : `r${i}`)),
    );
    const { data } = await failing('validate-model', inputs, 'predictions.ids', {
      file: 'new.csv',
      line: '9',
    });
    expect(data).toMatch(
      /new\.csv: 1 not in every other file; old\.csv: 1 not in every other file.*\n.*\n?predict every row/,
    );
  });

  test('with scores that are NaN', async () => {
    space.write(
      'new.csv',
      rows((i) => row(i, `r${i}`, i === 3 ? 'NaN' : '0.9')),
    );
    const { data } = await failing('validate-model', inputs, 'predictions.values', {
      file: 'new.csv',
      line: '5',
    });
    expect(data).toContain('new.csv: "score" is not a finite number (1 row)');
    space.write(
      'new.csv',
      rows((i) => `r${i},${i % 2},${i % 2},NaN`),
    );
    await refused('validate-model', inputs, [
      /^new\.csv:2: .*"score" is not a finite number in 50 rows, so no row can be judged/,
    ]);
  });

  test('with scores that are NaN, with the fix', async () => {
    space.write(
      'new.csv',
      rows((i) => row(i, `r${i}`, i === 3 ? 'NaN' : '0.9')),
    );
    await failing('validate-model', inputs, 'predictions.values', { file: 'new.csv' });
    const check = space.verdict('validate-model').checks.find(({ id }) => id === 'predictions.values');
    expect(check?.fix).toBeDefined();
    space.write(
      'new.csv',
      rows((i) => `r${i},${i % 2},${i % 2},NaN`),
    );
    await refused('validate-model', inputs, [/^new\.csv:2: "score" is not a finite number in 50 rows.* → /]);
  });

  test('that are missing, empty, or lack a column', async () => {
    await refused('validate-model', { ...inputs, production: 'none.csv' }, [
      /^none\.csv: there is no such file/,
    ]);
    space.write('old.csv', '');
    await refused('validate-model', inputs, [/^old\.csv:1: the file is empty → /]);
    space.write('old.csv', ['id,label,prediction', 'r1,1,1']);
    await refused('validate-model', { ...inputs, score: 'score' }, [/old\.csv.*score/]);
  });

  test('compared without a margin, or with a metric that does not exist', async () => {
    await refused('validate-model', { candidate: 'new.csv', production: 'old.csv' }, [
      /^input metric: is required for a comparison with production → /,
      /^input margin: is required for a comparison with production → /,
    ]);
    await refused('validate-model', { ...inputs, metric: 'acuracy' }, [/^input metric: .*acuracy.*accuracy/]);
  });
});

describe('a registry', () => {
  const inputs = { name: NAME, ...STORES, model: 'model' };
  beforeEach(async () => {
    writeProject(space);
    writeModel(space, 'model', 4);
    await space.step('validate-model', validation('model'));
  });

  test('that cannot be written', async () => {
    space.write('registry', 'a file where the folder should be');
    await refused('register-model', inputs, [
      /registry.*cannot .*ENOTDIR.* → make the folder readable and writable/,
    ]);
    rmSync(join(space.folder, 'registry'));
    space.write('registry/demand/versions', 'a file where the folder should be');
    await refused('register-model', inputs, [/registry\/demand\/versions: cannot /]);
    await refused('validate-model', validation('model'), [/registry.*cannot .*ENOTDIR/]);
  });

  test('whose alias cannot be written keeps the version, and the next run sets the alias', async () => {
    space.write('registry/demand/aliases', 'a file where the folder should be');
    const run = await space.step('register-model', inputs);
    expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    rmSync(join(space.folder, 'registry/demand/aliases'));
    const again = await space.step('register-model', inputs);
    expect(again).toMatchObject({ exit: 0, outputs: { version: '1.0.0', previous: '' } });
    expect(space.files('registry/demand/aliases')).toContain('candidate.json');
  });

  test('with a manifest half written, and evidence that is none', async () => {
    expect((await space.step('register-model', inputs)).exit).toBe(0);
    const manifest = 'registry/demand/versions/1.0.0/manifest.json';
    const whole = space.read(manifest);
    space.write(manifest, whole.slice(0, 200));
    await refused('register-model', inputs, [/manifest\.json.*→ /]);
    space.write(manifest, whole);
    space.write('ml-loop-report/other/verdict.json', '{"schema": "ml-loop/verdict@1", "sta');
    await refused('register-model', { ...inputs, verdicts: 'ml-loop-report/other/verdict.json' }, [
      /^ml-loop-report\/other\/verdict\.json: .* → name only verdict files of ml-loop/,
    ]);
  });

  test('of bytes that changed since they were registered releases nothing', async () => {
    await space.step('register-model', inputs);
    space.write('registry/demand/versions/1.0.0/files/weights.json', '{"off": 5}');
    const smoke = { 'smoke-test': '[node, --version]' };
    await space.step('deploy-canary', { ...DEPLOYMENT, ...smoke });
    const run = await space.step('deploy-canary', { ...DEPLOYMENT, ...smoke });
    expect(run).toMatchObject({ exit: 2, stderr: '', temporary: [], outputs: { status: 'error' } });
    expect(run.stdout).toContain('does not hold the bytes that were registered');
    expect(space.json('router.json')).toMatchObject({ stable: null, canary: { weight: 0 } });
  });

  test('on a hosted runner’s disk is refused', async () => {
    await refused(
      'register-model',
      inputs,
      [/^input registry: dir:registry is on a hosted runner’s disk.*state-persistent/],
      {
        env: { RUNNER_ENVIRONMENT: 'github-hosted' },
      },
    );
  });
});

describe('a state', () => {
  const deployment = { ...DEPLOYMENT, operation: 'advance', now: at(10) };

  test('half written stops a rollout, which goes on when the good copy is back', async () => {
    await registerVersion(space, { version: '1.0.0', alias: 'champion', off: 6 });
    await registerVersion(space, { version: '1.1.0', alias: 'candidate', off: 4 });
    await space.step('deploy-canary', { ...DEPLOYMENT, now: at(0) });
    const file = 'state/demand/rollout.json';
    const whole = space.read(file);
    space.write(file, whole.slice(0, whole.length / 2));
    await refused('deploy-canary', deployment, [
      /state\/demand\/rollout\.json: is not JSON .* → nothing was overwritten; restore its last good copy/,
    ]);
    space.write(file, whole.replace('"step": 0', '"step": 1'));
    await refused('deploy-canary', deployment, [
      /rollout\.json: has a value that is not the one its revision was written with/,
    ]);
    space.write(file, whole);
    const router = space.read('router.json');
    space.write('router.json', router.slice(0, 40));
    await refused('deploy-canary', deployment, [/router\.json: .* → /]);
    space.write('router.json', router);
    expect(await space.step('deploy-canary', deployment)).toMatchObject({
      exit: 0,
      outputs: { phase: 'step' },
    });
  });

  test('that cannot be written stops a rollout before it is begun', async () => {
    await registerVersion(space, { version: '1.0.0', alias: 'candidate', off: 6 });
    space.write('state', 'a file where the folder should be');
    await refused('deploy-canary', { ...DEPLOYMENT }, [
      /state.*cannot .* → make the folder readable and writable/,
    ]);
  });

  test('of check-drift half written, as a file and as a ref, asks for no retrain', async () => {
    space.write('train.csv', ['temp', ...Array.from({ length: 300 }, (_, i) => `${i % 50}`)]);
    space.write('today.csv', ['temp', ...Array.from({ length: 300 }, (_, i) => `${(i % 50) + 40}`)]);
    space.write('retrain.mjs', "import { writeFileSync } from 'node:fs'; writeFileSync('asked', '');");
    const inputs = { name: NAME, reference: 'train.csv', current: 'today.csv' };
    const command = { 'retrain-command': JSON.stringify([process.execPath, 'retrain.mjs']) };
    space.write('state/demand/drift.json', '{"schema": "ml-loop/state@1", "key": "demand/drift", "rev');
    await refused('check-drift', { ...inputs, ...command, state: 'dir:state' }, [
      /state\/demand\/drift\.json: is not JSON/,
    ]);

    const server = await startGitHubServer();
    try {
      const head = server.push('refs/ml-loop/demand/drift', 'state.json', '{"schema": "ml-loop/st');
      await refused(
        'check-drift',
        { ...inputs, dispatch: 'ml-retrain', 'github-token': 'write-token' },
        [
          /refs\/ml-loop\/demand\/drift at [0-9a-f]{40}: is not a state of ml-loop: state\.json is not JSON.* → nothing was overwritten/,
        ],
        { env: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository } },
      );
      expect(server.ref('refs/ml-loop/demand/drift')).toBe(head);
      expect(server.dispatches).toEqual([]);
    } finally {
      await server.close();
    }
  });
});

test('on a pull request nothing is registered, released or remembered', async () => {
  writeProject(space);
  writeModel(space, 'model', 4);
  const event = { event: pullRequestInto(space) };
  expect(await space.step('validate-model', validation('model'), event)).toMatchObject({ exit: 0 });
  const says = [/^input \w+: pull requests only read, .* → run this action on push/];
  await refused('register-model', { name: NAME, ...STORES, model: 'model' }, says, event);
  await registerVersion(space, { version: '1.0.0', alias: 'candidate', off: 6 });
  await refused('deploy-canary', { ...DEPLOYMENT }, says, event);
  space.write('today.csv', ['temp', ...Array.from({ length: 50 }, (_, i) => `${i}`)]);
  const drift = { reference: 'today.csv', current: 'today.csv', state: 'dir:state' };
  const run = await space.step('check-drift', drift, event);
  expect(run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
  expect(space.files()).not.toContain('state/default/drift.json');
});
