import { beforeEach, describe, expect, test } from '@jest/globals';
import { NODES } from '../support/bundle.ts';
import {
  at,
  PREDICT_COMMAND,
  registerVersion,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
beforeEach(() => writeProject(space));

describe('evidence that the action makes itself', () => {
  test('is bound: it predicts with both models, names their bytes, and writes rows to replay', async () => {
    writeModel(space, 'candidate', 4);
    writeModel(space, 'production', 8);
    const before = space.snapshot();
    const run = await space.step('validate-model', {
      ...validation('candidate'),
      'production-model': 'production',
      'require-bound': 'true',
      'judged-rows': '5',
    });
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.outputs).toMatchObject({
      status: 'pass',
      comparison: 'better',
      'labels-needed': '',
      judged: 'ml-loop-report/validate-model/judged.csv',
      'failed-checks': '0',
    });
    const verdict = space.verdict('validate-model');
    expect(verdict.subjects.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'candidate candidate',
      'production production',
      'data test.csv',
    ]);
    const comparison = verdict.checks.find(({ id }) => id === 'comparison.mae');
    expect(comparison).toMatchObject({ status: 'pass', evidence: { binding: 'bound' } });
    expect(
      space
        .read(run.outputs.judged ?? '')
        .trim()
        .split('\n'),
    ).toHaveLength(6);
    expect(space.read(run.outputs.report ?? '')).toContain('<figure>');
    const written = space.files().filter((file) => !(file in before));
    expect(written.filter((file) => !file.startsWith('state/demand/ledger/'))).toEqual(
      ['judged.csv', 'report.html', 'verdict.json'].map((file) => `ml-loop-report/validate-model/${file}`),
    );
    expect(written).toHaveLength(5);
    expect(space.snapshot()).toMatchObject(before);
  });

  test('of a worse model fails, and of a command that changes the model it is none', async () => {
    writeModel(space, 'candidate', 8);
    writeModel(space, 'production', 4);
    space.write('sly.mjs', [
      "import { appendFileSync } from 'node:fs';",
      "appendFileSync(process.argv[2] + '/weights.json', ' ');",
      space.read('predict.mjs'),
    ]);
    const inputs = { ...validation('candidate'), 'production-model': 'production' };
    const worse = await space.step('validate-model', inputs);
    const sly = await space.step('validate-model', {
      ...inputs,
      predict: PREDICT_COMMAND.replace('predict.mjs', 'sly.mjs'),
      'report-id': 'sly',
    });
    expect(worse).toMatchObject({ exit: 1, outputs: { status: 'fail', comparison: 'worse' } });
    expect(workflowCommands(worse.stdout)).toMatchObject([
      { name: 'error', properties: { title: 'fail · comparison.mae' } },
    ]);
    expect(sly).toMatchObject({ exit: 1, outputs: { status: 'fail' } });
    expect(space.statuses('validate-model-sly')).toMatchObject({ 'model.changed': 'fail' });
  });

  test('is not there if the command fails: exit 2, with its last words in the log only', async () => {
    writeModel(space, 'candidate', 4);
    space.write('broken.mjs', "console.error('no GPU here'); process.exit(3);");
    const run = await space.step('validate-model', {
      ...validation('candidate'),
      predict: PREDICT_COMMAND.replace('predict.mjs', 'broken.mjs'),
    });
    expect(run).toMatchObject({ exit: 2, stderr: '', outputs: { status: 'error' } });
    expect(run.stdout).toContain('no GPU here');
    expect(run.summary).toContain('ended with exit code 3');
    expect(run.summary).not.toContain('no GPU here');
  });
});

describe('models of the registry', () => {
  test('are production and anchor by their aliases, and each must be shown to be no better', async () => {
    writeModel(space, 'candidate', 6);
    await registerVersion(space, { version: '1.0.0', alias: 'anchor', off: 4 });
    await registerVersion(space, { version: '1.1.0', alias: 'champion', off: 6.3 });
    const inputs = { ...validation('candidate'), now: at(0) };
    const run = await space.step('validate-model', inputs);
    // A little better than production; small losses since the anchor have added up.
    expect(run).toMatchObject({ exit: 1, stderr: '', outputs: { comparison: 'worse' } });
    expect(space.statuses('validate-model')).toMatchObject({
      'comparison.mae': 'pass',
      'anchor.mae': 'fail',
    });
    const { subjects } = space.verdict('validate-model');
    expect(subjects.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'candidate candidate',
      'production model:demand@1.1.0',
      'anchor model:demand@1.0.0',
      'data test.csv',
    ]);
    const named = await space.step('validate-model', { ...inputs, anchor: 'model:demand@1.1.0' });
    expect(named).toMatchObject({ exit: 0, outputs: { comparison: 'better' } });
    const absent = await space.step('validate-model', { ...inputs, anchor: 'model:demand@9.9.9' });
    expect(absent).toMatchObject({ exit: 2 });
    expect(absent.summary).toMatch(/there is no model:demand@.*9\.9\.9/);
  });
});

describe('a first release', () => {
  test('passes by conditions that are shown to hold, and is unknown without any', async () => {
    writeModel(space, 'candidate', 4);
    const inputs = validation('candidate');
    const [held, none] = await Promise.all([
      space.step('validate-model', inputs),
      space.step('validate-model', { ...inputs, conditions: '', ledger: 'off', 'report-id': 'none' }),
    ]);
    expect(held).toMatchObject({ exit: 0, outputs: { status: 'pass', comparison: 'unknown' } });
    expect(space.statuses('validate-model')).toMatchObject({
      'comparison.first-release': 'pass',
      'condition.mae': 'pass',
    });
    expect(none).toMatchObject({ exit: 1, outputs: { status: 'inconclusive' } });
    expect(workflowCommands(none.stdout)).toMatchObject([
      { name: 'warning', properties: { title: 'inconclusive · comparison.first-release' } },
    ]);
  });
});

describe('evidence that the user supplies', () => {
  const classes = (wrong: number) => [
    'id,label,prediction,score',
    ...Array.from({ length: 600 }, (_, i) => {
      const label = i % 3 === 0 ? 1 : 0;
      const prediction = (i * 7) % 600 < wrong ? 1 - label : label;
      return `r${i},${label},${prediction},${prediction === 1 ? 0.9 : 0.2}`;
    }),
  ];

  test('is declared: shown as such, and refused if bound evidence is required', async () => {
    space.write('new.csv', classes(60));
    space.write('old.csv', classes(120));
    const inputs = {
      ...{ candidate: 'new.csv', production: 'old.csv', metric: 'accuracy', margin: '0.01' },
      ledger: 'off',
    };
    const [taken, refused] = await Promise.all([
      space.step('validate-model', inputs),
      space.step('validate-model', { ...inputs, 'require-bound': 'true', 'report-id': 'bound' }),
    ]);
    expect(taken).toMatchObject({ exit: 0, outputs: { status: 'pass', comparison: 'better' } });
    expect(space.verdict('validate-model').checks[0]).toMatchObject({
      id: 'comparison.accuracy',
      evidence: { binding: 'declared' },
    });
    expect(space.read('ml-loop-report/validate-model/report.html')).toContain('declared evidence');
    expect(refused).toMatchObject({ exit: 1, outputs: { status: 'fail' } });
    expect(space.statuses('validate-model-bound')).toMatchObject({ 'evidence.binding': 'fail' });
  });

  test.each([24, 20] as const)('is asked for conditions and slices, under Node %i', async (node) => {
    const region = (i: number) => ['north', 'south'][i % 2] ?? '';
    const rows = Array.from({ length: 600 }, (_, i) => ({ id: `r${i}`, label: i % 3 === 0 ? 1 : 0 }));
    space.write('test.csv', [
      'id,region,label',
      ...rows.map(({ id, label }, i) => `${id},${region(i)},${label}`),
    ]);
    const wrong = (share: number) => (i: number) => (i * 7919) % 1000 < 1000 * share;
    const predictions = (isWrong: (i: number) => boolean) => [
      'id,prediction',
      ...rows.map(({ id, label }, i) => `${id},${isWrong(i) ? 1 - label : label}`),
    ];
    space.write('old.csv', predictions(wrong(0.1)));
    // As good as before in the north, and at the cost of the south.
    space.write(
      'new.csv',
      predictions((i) => region(i) === 'south' && wrong(0.3)(i)),
    );
    const inputs = { candidate: 'new.csv', production: 'old.csv', 'test-data': 'test.csv', ledger: 'off' };
    const ask = (id: string, conditions: string, more: Record<string, string> = {}) =>
      space.step(
        'validate-model',
        { ...inputs, metric: 'accuracy', margin: '0.15', conditions, 'report-id': id, ...more },
        { node },
      );
    const runs = [
      await ask('holds', 'slice(region=north).accuracy > 0.9 and not accuracy < 0.7'),
      await ask('either', 'accuracy > 0.99 or slice(region).accuracy.min > 0.5'),
      await ask('fails', 'slice(region).accuracy.min > 0.9'),
      await ask('open', 'slice(old).accuracy - production.accuracy > 0'),
      await ask('unknown', 'candidate.acuracy > 0.9', { slices: 'region * ' }),
    ];
    expect(runs.map(({ exit, outputs }) => [exit, outputs.status])).toEqual([
      [0, 'pass'],
      [0, 'pass'],
      [1, 'fail'],
      [2, 'error'],
      [2, 'error'],
    ]);
    expect(runs.map(({ stderr }) => stderr)).toEqual(['', '', '', '', '']);
    expect(space.verdict('validate-model-holds').checks.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/slice\(region=north\)\.accuracy > 0\.9: 1 on 300 rows/),
    );
    expect(runs[3]?.summary).toContain('compares different slices');
    for (const said of ['did you mean accuracy', 'a column is expected'])
      expect(runs[4]?.summary).toContain(said);
  });

  test.each([24, 20] as const)('is judged by a command’s own numbers, under Node %i', async (node) => {
    space.write('new.csv', classes(60));
    space.write('old.csv', classes(120));
    space.write('cost.mjs', [
      "import { readFileSync, writeFileSync } from 'node:fs';",
      'const [predictions, , out] = process.argv.slice(2);',
      "const rows = readFileSync(predictions, 'utf8').trim().split('\\n').slice(1);",
      "const costs = rows.map((row) => row.split(',')).map(([id, label, said]) => [id, label === said ? 0 : 0.5].join());",
      "writeFileSync(out, ['id,cost', ...costs, ''].join('\\n'));",
    ]);
    const inputs = {
      ...{ candidate: 'new.csv', production: 'old.csv', metric: 'column(cost)', margin: '0.01' },
      'metric-command': JSON.stringify([NODES[node], 'cost.mjs', '{predictions}', '{data}', '{out}']),
      columns: '{cost: {better: lower, range: [0, 1]}}',
      ledger: 'off',
    };
    const run = await space.step('validate-model', inputs, { node });
    expect(run).toMatchObject({ exit: 0, stderr: '', temporary: [], outputs: { comparison: 'better' } });
    expect(Object.keys(space.statuses('validate-model'))).toContain('comparison.column_cost');
    space.write('cost.mjs', "throw new Error('no such price');");
    const broken = await space.step('validate-model', inputs, { node });
    expect(broken).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(broken.summary).not.toContain('no such price');
  });

  test('as metrics files alone decides nothing', async () => {
    space.write('new.json', JSON.stringify({ accuracy: 0.9 }));
    space.write('old.json', JSON.stringify({ accuracy: 0.8 }));
    const run = await space.step('validate-model', {
      candidate: 'new.json',
      production: 'old.json',
      metric: 'accuracy',
      margin: '0.01',
    });
    expect(run).toMatchObject({ exit: 1, outputs: { status: 'inconclusive', comparison: 'unknown' } });
  });
});
