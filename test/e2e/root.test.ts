import { beforeEach, describe, expect, test } from '@jest/globals';
import { pullRequestInto } from '../support/base-branch.ts';
import { DEPLOYMENT, PREDICT_COMMAND, writeModel, writeProject } from '../support/project.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

const TABLE = ['id,temp', ...Array.from({ length: 100 }, (_, i) => `${i},${10 + ((i * 37) % 20)}`)];
const CONTRACT =
  'properties: { id: { type: integer }, temp: { type: number, maximum: 50 } }\nrequired: [id, temp]\n';

const LOOP = `
defaults:
  state: dir:state
  validate-data: { contract: contract.yml }
models:
  demand:
    validate-data: { data: "demand/*.csv" }
    validate-model:
      predict: ${PREDICT_COMMAND}
      model: [model]
      test-data: test.csv
      conditions: ["mae <= 20"]
    check-drift: { reference: demand/train.csv, current: today.csv, margin: 30% }
  churn:
    validate-data: { data: "churn/*.csv", fail-on: never }
`;

beforeEach(() => {
  writeProject(space);
  writeModel(space, 'model', 4);
  space.write('contract.yml', CONTRACT);
  space.write('demand/train.csv', TABLE);
  space.write('churn/a.csv', TABLE);
  space.write('today.csv', TABLE);
  space.write('ml-loop.yml', LOOP);
});

const stages = () =>
  space
    .json<{ action: string; name: string; status: string }[]>('ml-loop-report/stages.json')
    .map(({ action, name, status }) => `${action} ${name}: ${status}`);

describe('stage: auto', () => {
  test('on a push validates data and model of every model, and reports on them as one', async () => {
    const run = await space.step('root', {}, { event: { name: 'push' } });
    expect(run).toMatchObject({ exit: 0, stderr: '', temporary: [] });
    expect(run.outputs).toEqual({
      status: 'pass',
      report: 'ml-loop-report/index.html',
      stages: 'ml-loop-report/stages.json',
      'failed-checks': '0',
      summary: 'validate-data demand: pass, validate-model demand: pass, validate-data churn: pass',
    });
    const reports = ['validate-data-churn', 'validate-data-demand', 'validate-model-demand'];
    expect(space.files('ml-loop-report').filter((file) => !/\/(profile|report)/.test(file))).toEqual([
      'index.html',
      'stages.json',
      ...reports.map((report) => `${report}/verdict.json`),
    ]);
    const index = space.read('ml-loop-report/index.html');
    for (const report of reports) {
      expect(index).toContain(`href="${report}/report.html"`);
      expect(run.summary).toContain(report.replace(/-\w+$/, ''));
      expect(space.verdict(report).status).toBe('pass');
    }
    expect(workflowCommands(run.stdout)).toEqual([]);
  });

  test('on a schedule watches for drift, and nothing else', async () => {
    const run = await space.step('root', {}, { event: { name: 'schedule' } });
    expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { summary: 'check-drift demand: pass' } });
    expect(stages()).toEqual(['check-drift demand: pass']);
    expect(space.files('state')).toEqual(['demand/drift.json', 'demand/drift.log.jsonl']);
  });

  test.each([
    ['data', 'churn/*.csv', 'later/*.csv', 'validate-data churn'],
    ['contract', 'contract.yml', 'later.yml', 'validate-data demand'],
    ['model', '[model]', '[later]', 'validate-model demand'],
    ['test data', 'test.csv', 'later.csv', 'validate-model demand'],
  ])('is not green without %s', async (_what, there, later, stage) => {
    space.write('ml-loop.yml', LOOP.replace(there, later));
    const run = await space.step('root', {}, { event: pullRequestInto(space) });
    expect(run).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'inconclusive' } });
    expect(stages()).toContain(`${stage}: inconclusive`);
    const [warning] = workflowCommands(run.stdout);
    expect(warning).toMatchObject({
      name: 'warning',
      properties: { title: 'inconclusive · stage.not-run' },
      data: expect.stringContaining(`${later.replace(/[[\]]/g, '')}: there is no such file`),
    });
    expect(space.read('ml-loop-report/index.html')).toContain('stage.not-run');
  });

  test('is, with a warning, if the team has allowed it', async () => {
    const lenient = LOOP.replace('defaults:', 'defaults:\n  allow-missing: [validate-model]');
    space.write('ml-loop.yml', lenient.replace('[model]', '[later]'));
    const run = await space.step('root', {});
    expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'warn' } });
    expect(stages()[1]).toBe('validate-model demand: warn');
    const allowed = await space.step('root', {}, { event: pullRequestInto(space) });
    expect(allowed).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'warn' } });
    const inPullRequest = await space.step('root', {}, { event: { name: 'pull_request' } });
    expect(inPullRequest).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'inconclusive' } });
    expect(inPullRequest.summary).toContain('the event pull&#95;request names no base commit');
  });

  test('keeps no verdict of an earlier run for a stage that did not run', async () => {
    await space.step('root', { name: 'churn' });
    expect(space.files('ml-loop-report')).toContain('validate-data-churn/verdict.json');
    space.write('ml-loop.yml', LOOP.replace('churn/*.csv', 'later/*.csv'));
    await space.step('root', { name: 'churn' });
    expect(space.files('ml-loop-report')).not.toContain('validate-data-churn/verdict.json');
  });

  test('stays within the annotations that GitHub shows of one step', async () => {
    const rows = ['id,temp', ...Array.from({ length: 30 }, (_, i) => `${2 * i},${i % 2 === 0 ? 99 : 1}`)];
    space.write('demand/more.csv', rows);
    space.write('churn/a.csv', rows);
    const run = await space.step('root', {});
    const errors = workflowCommands(run.stdout).filter(({ name }) => name === 'error');
    expect(new Set(errors.map(({ properties }) => properties.file))).toEqual(
      new Set(['demand/more.csv', 'churn/a.csv']),
    );
    expect(errors.length).toBeLessThanOrEqual(10);
    expect(errors.at(-1)?.data).toMatch(/more errors/);
  });

  test('one model’s failure does not hide another’s result, and fails the step', async () => {
    space.write('demand/more.csv', ['id,temp', '1,99']);
    space.write('churn/a.csv', ['id,temp', '1,99']);
    space.write('test.csv', '');
    const run = await space.step('root', {}, { event: { name: 'push' } });
    expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error', 'failed-checks': '3' } });
    expect(stages()).toEqual([
      'validate-data demand: fail',
      'validate-model demand: error',
      'validate-data churn: fail',
    ]);
    const only = await space.step('root', { name: 'churn' }, { event: { name: 'push' } });
    expect(only).toMatchObject({
      exit: 0,
      outputs: { status: 'fail', summary: 'validate-data churn: fail' },
    });
  });

  describe('on a repository_dispatch', () => {
    const dispatched = (payload: unknown, inputs: Record<string, string> = {}) =>
      space.step('root', inputs, {
        event: { name: 'repository_dispatch', payload: { client_payload: payload } },
        env: { GITHUB_REPOSITORY: 'acme/models' },
      });
    const payload = {
      schema: 'ml-loop/trained@1',
      name: 'demand',
      repository: 'acme/models',
      model: 's3://acme-models/demand/',
      digest: `sha256:${'0'.repeat(64)}`,
    };

    test('judges the model that it is about, and no other', async () => {
      const run = await dispatched(payload);
      expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'pass' } });
      expect(stages()).toEqual(['validate-data demand: pass', 'validate-model demand: pass']);
      expect(await dispatched({ ...payload, stages: ['validate-data'] })).toMatchObject({ exit: 0 });
      expect(stages()).toEqual(['validate-data demand: pass']);
    });

    test.each([
      ['another payload', { version: 3 }, {}, 'its payload is not one of ml-loop’s'],
      ['no payload', undefined, {}, 'its payload is not one of ml-loop’s'],
      [
        'a model of another repository',
        { ...payload, name: 'demnad', repository: 'acme/other' },
        {},
        'a model of the repository acme/other, and this is acme/models → send it to acme/other',
      ],
      ['an unknown model', { ...payload, name: 'demnad' }, {}, 'does not have.*did you mean demand'],
      ['a command', { ...payload, command: 'rm' }, {}, 'client_payload#/command: is not a field'],
      ['a kind to come', { ...payload, schema: 'ml-loop/trained@2' }, {}, 'in this version of ml-loop'],
      [
        'a stage that is not allowed',
        { ...payload, stages: ['deploy-canary'] },
        {},
        'ml-loop.yml: a dispatch may not start the stage .*deploy-canary',
      ],
      ['another model than the step’s', payload, { name: 'churn' }, 'the step names churn'],
    ])('with %s does nothing, and says what to do', async (_, sent, inputs, words) => {
      const run = await dispatched(sent, inputs);
      expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
      expect(run.stdout.replaceAll('\n', ' ')).toMatch(new RegExp(words));
      expect(space.files().filter((path) => path.startsWith('ml-loop-report/'))).toEqual([]);
    });

    test('starts what the default branch lists, and says its line', async () => {
      space.write('ml-loop.yml', LOOP.replace('defaults:', 'defaults:\n  dispatch-stages: [check-drift]'));
      expect(await dispatched({ ...payload, stages: ['check-drift'] })).toMatchObject({ exit: 0 });
      const refused = await dispatched({ ...payload, stages: ['validate-data'] });
      expect(refused.stdout).toContain('ml-loop.yml:3 dispatch-stages');
    });
  });
});

describe('named stages', () => {
  test('carry a model from data to production in one job', async () => {
    const { steps: _steps, registry, state: _state, ...deployment } = DEPLOYMENT;
    space.write(
      'ml-loop.yml',
      JSON.stringify({
        models: {
          demand: {
            registry,
            state: 'dir:state',
            'validate-data': { data: 'demand/*.csv', contract: 'contract.yml' },
            'validate-model': {
              predict: JSON.parse(PREDICT_COMMAND) as string[],
              model: ['model'],
              'test-data': 'test.csv',
              conditions: ['mae <= 20'],
            },
            'register-model': { model: ['model'] },
            'deploy-canary': { router: deployment.router, metrics: deployment.metrics },
          },
        },
      }),
    );
    const all = 'validate-data\nvalidate-model\nregister-model\ndeploy-canary';
    const run = await space.step('root', { stage: all }, { event: { name: 'repository_dispatch' } });
    expect(run).toMatchObject({ exit: 0, stderr: '', temporary: [] });
    expect(run.outputs.summary).toMatch(
      /^validate-data demand: pass, validate-model demand: pass, register-model demand: pass, deploy-canary demand: /,
    );
    expect(space.json('registry/demand/aliases/candidate.json')).toMatchObject({
      value: { version: '1.0.0' },
    });
    expect(space.json('router.json')).toMatchObject({
      stable: null,
      canary: { weight: 100, version: '1.0.0' },
    });
  });

  test('that no model has a section for are errors, also beside others that match', async () => {
    const run = await space.step('root', { stage: 'validate-data\nregister-model' });
    expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    expect(run.summary).toContain('register-model');
    expect(space.files().filter((path) => path.startsWith('ml-loop-report/'))).toEqual([]);
  });

  test('that register or deploy do not follow one that did not pass', async () => {
    const { registry } = DEPLOYMENT;
    const models = {
      demand: {
        registry,
        'validate-data': { data: 'demand/*.csv', contract: 'contract.yml' },
        'validate-model': {
          predict: JSON.parse(PREDICT_COMMAND) as string[],
          model: ['model'],
          'test-data': 'test.csv',
          conditions: ['mae <= 20'],
        },
        'register-model': { model: ['model'] },
      },
    };
    space.write('ml-loop.yml', JSON.stringify({ models }));
    space.write('demand/broken.csv', ['id,temp', 'x,x']);
    const run = await space.step('root', { stage: 'validate-data\nvalidate-model\nregister-model' });
    expect(run).toMatchObject({ exit: 1, stderr: '' });
    expect(run.outputs.summary).toMatch(/validate-data demand: fail, .*register-model demand: inconclusive$/);
    expect(run.summary).toContain('stage.not-run');
    expect(space.files()).not.toContain('registry/demand/aliases/candidate.json');
  });

  test('whose files are missing are not green either, whatever their policy', async () => {
    const run = await space.step('root', { stage: 'check-drift' });
    expect(run).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(run.stdout).toContain('no section for check-drift in the model churn');
    space.write('ml-loop.yml', LOOP.replace('today.csv', 'later.csv'));
    const missing = await space.step('root', { stage: 'check-drift', name: 'demand' });
    expect(missing).toMatchObject({ exit: 1, outputs: { status: 'inconclusive' } });
    expect(missing.summary).toContain('later.csv');
    expect(space.files('ml-loop-report')).not.toContain('check-drift-demand/verdict.json');
  });

  test('that do not exist, and models that do not, are named with what there is', async () => {
    const [stage, model, none] = await Promise.all([
      space.step('root', { stage: 'validate-dta' }),
      space.step('root', { name: 'chrun' }),
      space.step('root', { stage: 'deploy-canary' }),
    ]);
    for (const run of [stage, model, none])
      expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    expect(stage.stdout).toContain('there is no stage "validate-dta" → did you mean');
    expect(model.stdout).toContain('has no model "chrun" → choose one of: demand, churn');
    expect(none.stdout).toContain('has no section for deploy-canary');
  });
});

test('every problem of the configuration file is told with its line', async () => {
  space.write(
    'ml-loop.yml',
    'models:\n  demand:\n    validate-data:\n      dta: x.csv\n    validatemodel: {}\nstage: auto\n',
  );
  const run = await space.step('root', {});
  expect(run).toMatchObject({ exit: 2, stderr: '' });
  const told = workflowCommands(run.stdout).map(({ data }) => data.split(':').slice(0, 2).join(':'));
  expect(told.sort()).toEqual(['ml-loop.yml:4', 'ml-loop.yml:5', 'ml-loop.yml:6']);
});

test('the index lies in the report directory, wherever that is set', async () => {
  space.write('ml-loop.yml', `${LOOP}`.replace('defaults:', 'defaults:\n  report-directory: out'));
  const run = await space.step('root', {});
  expect(run).toMatchObject({ exit: 0, outputs: { report: 'out/index.html' } });
  expect(space.files().filter((file) => file.startsWith('ml-loop-report'))).toEqual([]);
});
