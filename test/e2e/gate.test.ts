/** A pull request is judged by the gate of its base branch, from the bundles. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { pullRequestInto } from '../support/base-branch.ts';
import type { StepRun } from '../support/bundle.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { PREDICT_COMMAND, writeModel, writeProject } from '../support/project.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

const TABLE = ['id,temp', ...Array.from({ length: 100 }, (_, i) => `${i},${10 + ((i * 37) % 20)}`)];
const contract = (maximum: number) =>
  `properties:\n  id: { type: integer }\n  temp: { type: number, maximum: ${maximum} }\nrequired: [id, temp]\n`;
const loop = (section: string) => `models:
  demand:
    validate-data: { data: "data/*.csv", contract: contract.yml }
    validate-model:
      predict: ${PREDICT_COMMAND}
      model: [model]
      test-data: test.csv
      ledger: off
${section}
`;
const STRICT = loop('      conditions: ["mae <= 20"]');
const LENIENT = loop('      conditions: ["mae <= 90"]\n      fail-on: never');

beforeEach(() => {
  writeProject(space);
  writeModel(space, 'model', 4);
  space.write('contract.yml', contract(50));
  space.write('data/train.csv', TABLE);
});

const check = (report: string, id: string) => space.verdict(report).checks.find((found) => found.id === id);
const stages = () =>
  space
    .json<{ action: string; name: string; status: string }[]>('ml-loop-report/stages.json')
    .map(({ action, name, status }) => `${action} ${name}: ${status}`);

describe('a change of rules in ml-loop.yml', () => {
  test('does not help the pull request that makes it, and is told with its line', async () => {
    space.write('ml-loop.yml', STRICT);
    const event = pullRequestInto(space);
    space.write('ml-loop.yml', LENIENT);
    writeModel(space, 'model', 60);
    const bad = await space.step('root', {}, { event });
    expect(bad).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'fail' } });
    expect(check('validate-model', 'gate.changed')).toMatchObject({
      status: 'warn',
      message:
        'this change alters its own gate: fail-on inconclusive (the default) → never: counts once it is merged; conditions ["mae <= 20"] → ["mae <= 90"]: counts once it is merged',
      locations: [
        { file: 'ml-loop.yml', line: 10 },
        { file: 'ml-loop.yml', line: 9 },
      ],
    });
    expect(space.verdict('validate-model').configuration).toMatchObject({ conditions: ['mae <= 20'] });
    writeModel(space, 'model', 4);
    const good = await space.step('root', {}, { event });
    expect(good).toMatchObject({ exit: 0, outputs: { status: 'warn' } });
    expect(workflowCommands(good.stdout)).toMatchObject([
      { name: 'warning', properties: { title: 'warn · gate.changed', file: 'ml-loop.yml', line: '9' } },
    ]);
    // Once it is merged, and on a push, it counts.
    writeModel(space, 'model', 60);
    expect(await space.step('root', {}, { event: pullRequestInto(space) })).toMatchObject({ exit: 0 });
    expect(await space.step('root', {}, { event: { name: 'push' } })).toMatchObject({ exit: 0 });
  });

  test('must be right all the same', async () => {
    space.write('ml-loop.yml', STRICT);
    const event = pullRequestInto(space);
    space.write('ml-loop.yml', loop('      min-group-size: many'));
    const run = await space.step('root', {}, { event });
    expect(run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(run.stdout).toContain('ml-loop.yml:9 min-group-size: "many" is not allowed');
  });

  test('of a single action counts no more', async () => {
    space.write('ml-loop.yml', STRICT);
    const event = pullRequestInto(space);
    space.write('ml-loop.yml', LENIENT);
    writeModel(space, 'model', 60);
    expect(await space.step('validate-model', {}, { event })).toMatchObject({ exit: 1 });
    expect(check('validate-model', 'gate.changed')).toBeDefined();
    // What the step says itself is the workflow's, which comes from the pull request too.
    expect(await space.step('validate-model', { conditions: 'mae <= 90' }, { event })).toMatchObject({
      exit: 0,
    });
  });
});

describe('sections, models and the file', () => {
  test('that a pull request removes are still expected', async () => {
    space.write('ml-loop.yml', STRICT);
    const event = pullRequestInto(space);
    writeModel(space, 'model', 60);
    space.write(
      'ml-loop.yml',
      'models: { demand: { validate-data: { data: "data/*.csv", contract: contract.yml } } }',
    );
    expect(await space.step('root', {}, { event })).toMatchObject({ exit: 1, outputs: { status: 'fail' } });
    expect(stages()).toEqual(['validate-data demand: pass', 'validate-model demand: fail']);
    expect(check('validate-model', 'gate.changed')?.message).toContain(
      'the section validate-model of demand is removed: it counts until this is merged',
    );
    space.write(
      'ml-loop.yml',
      'models: { other: { validate-data: { data: "data/*.csv" } }, more: { validate-data: { data: "data/*.csv" } } }',
    );
    expect(await space.step('root', {}, { event })).toMatchObject({ exit: 1 });
    expect(stages()).toContain('validate-model demand: fail');
    space.discard('ml-loop.yml');
    expect(await space.step('root', {}, { event })).toMatchObject({ exit: 1 });
    expect(stages()).toEqual(['validate-data demand: warn', 'validate-model demand: fail']);
  });

  test('that it adds are judged by its own rules: a first pull request can be green', async () => {
    const event = pullRequestInto(space);
    space.write('ml-loop.yml', STRICT);
    space.write('contract.yml', contract(60));
    space.write('more.yml', contract(50));
    const first = await space.step('root', {}, { event });
    expect(first).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'warn' } });
    expect(check('validate-model', 'gate.added')).toMatchObject({
      message: expect.stringContaining('the base branch has no ml-loop.yml yet'),
    });
    // The contract was there before.
    expect(check('validate-data', 'gate.changed')?.message).toContain('contract.yml is changed');
    const next = pullRequestInto(space);
    space.write(
      'ml-loop.yml',
      STRICT.replace(
        'models:',
        'models:\n  two: { validate-data: { data: "data/*.csv", contract: new.yml } }',
      ),
    );
    space.write('new.yml', contract(50));
    expect(await space.step('root', {}, { event: next })).toMatchObject({
      exit: 0,
      outputs: { status: 'warn' },
    });
    expect(check('validate-data-two', 'gate.added')?.message).toMatch(
      /has no section validate-data for it yet; the base branch has no new.yml in git yet$/,
    );
    expect(stages()[1]).toBe('validate-data demand: pass');
  });

  test('a file of the base branch that has errors does not stop the pull request that corrects it', async () => {
    space.write('ml-loop.yml', 'validate-dta: {}\n');
    const event = pullRequestInto(space);
    space.write('ml-loop.yml', STRICT);
    expect(await space.step('root', {}, { event })).toMatchObject({ exit: 0, outputs: { status: 'warn' } });
    expect(check('validate-data', 'gate.added')?.message).toContain('did you mean validate-data');
  });
});

describe('files of the gate', () => {
  const HOT = ['id,temp', '1,55'];
  const data = (event: Parameters<typeof space.step>[2]) =>
    space.step('validate-data', { data: 'data/*.csv', contract: 'contract.yml' }, event);

  test('are the base branch’s: a contract that the pull request loosens, or removes', async () => {
    const event = pullRequestInto(space);
    space.write('data/hot.csv', HOT);
    space.write('contract.yml', contract(60));
    const run = await data({ event });
    expect(run).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'fail' }, temporary: [] });
    expect(check('validate-data', 'gate.changed')).toMatchObject({
      message: expect.stringContaining(
        'contract.yml is changed: the base branch’s judges until this is merged',
      ),
      fix: expect.stringContaining('merge the gate first, in a pull request of its own'),
      locations: [{ file: 'contract.yml', line: 3 }],
    });
    space.discard('contract.yml');
    expect(await data({ event })).toMatchObject({ exit: 1 });
    expect(check('validate-data', 'gate.changed')?.message).toContain('contract.yml is removed');
    space.write('contract.yml', contract(50).replaceAll('\n', '\r\n'));
    expect((await data({ event })).exit).toBe(1);
    expect(check('validate-data', 'gate.changed')).toBeUndefined();
    // The way out: the contract first, then the data.
    space.discard('data/hot.csv');
    space.write('contract.yml', contract(60));
    expect(await data({ event })).toMatchObject({ exit: 0, outputs: { status: 'warn' } });
    const merged = pullRequestInto(space);
    space.write('data/hot.csv', HOT);
    expect(await data({ event: merged })).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
  });

  test('profiles, too, and not the data of a reference', async () => {
    const profiled = await data({ event: { name: 'push' } });
    expect(profiled).toMatchObject({ exit: 0 });
    space.write('profile.json', space.read('ml-loop-report/validate-data/profile.json'));
    space.write('reference.csv', TABLE);
    const event = pullRequestInto(space);
    const shifted = ['id,temp', ...Array.from({ length: 100 }, (_, i) => `${i},${30 + ((i * 37) % 20)}`)];
    space.write('data/train.csv', shifted);
    space.write('reference.csv', shifted);
    const against = (reference: string) =>
      space.step('validate-data', { data: 'data/*.csv', reference }, { event });
    await space.step('validate-data', { data: 'data/*.csv' });
    space.write('profile.json', space.read('ml-loop-report/validate-data/profile.json'));
    expect(await against('profile.json')).toMatchObject({ exit: 1 });
    expect(check('validate-data', 'gate.changed')?.message).toContain('profile.json is changed');
    expect(await against('reference.csv')).toMatchObject({ exit: 1 });
    expect(check('validate-data', 'gate.changed')?.message).toContain('reference.csv is changed');
  });

  test('come from GitHub, if the checkout has no history', async () => {
    const server = await startGitHubServer();
    try {
      const body = {
        type: 'file',
        encoding: 'base64',
        content: Buffer.from(contract(50)).toString('base64'),
      };
      server.before(/contents\/ml-loop.yml/, () => ({ status: 404 }));
      server.before(/git\/commits/, () => ({ status: 200, body: {} }));
      server.before(/contents\/contract.yml/, () => ({ status: 200, body }));
      space.write('data/hot.csv', HOT);
      space.write('contract.yml', contract(60));
      const run = await space.step(
        'validate-data',
        { data: 'data/*.csv', contract: 'contract.yml', 'github-token': 'read-token' },
        {
          event: { name: 'pull_request', payload: { pull_request: { base: { sha: 'a'.repeat(40) } } } },
          env: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository },
        },
      );
      expect(run).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'fail' } });
      expect(check('validate-data', 'gate.changed')?.locations).toEqual([{ file: 'contract.yml', line: 3 }]);
    } finally {
      await server.close();
    }
  });
});

test('a base branch that cannot be read fails the step, whatever the file of the pull request says', async () => {
  space.write(
    'ml-loop.yml',
    LENIENT.replace('models:', 'defaults: { fail-on: never, mode: observe, samples: show }\nmodels:'),
  );
  const event = { name: 'pull_request', payload: { pull_request: { base: { sha: 'a'.repeat(40) } } } };
  const told = (run: StepRun) => {
    expect(run).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'inconclusive' } });
    expect(run.stdout).toMatch(/the base branch cannot be read.*contents: read.*fetch-depth: 0/);
  };
  told(await space.step('root', {}, { event }));
  expect(space.verdict('validate-model').configuration).toMatchObject({ samples: 'hide' });
  told(await space.step('validate-data', {}, { event }));
  told(await space.step('validate-model', {}, { event: { name: 'merge_group', payload: {} } }));
});
