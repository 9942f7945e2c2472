import { beforeEach, describe, expect, test } from '@jest/globals';
import { PREDICT_COMMAND, validation, writeModel, writeProject } from '../support/project.ts';
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
    expect(space.read(run.outputs.report ?? '')).toContain('<svg');
    const written = space.files().filter((file) => !(file in before));
    expect(written).toEqual(
      ['judged.csv', 'report.html', 'verdict.json'].map((file) => `ml-loop-report/validate-model/${file}`),
    );
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

  test('is not there where the command fails: exit 2, with its last words in the log only', async () => {
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

describe('a first release', () => {
  test('passes by conditions that are shown to hold, and is unknown without any', async () => {
    writeModel(space, 'candidate', 4);
    const inputs = validation('candidate');
    const [held, none] = await Promise.all([
      space.step('validate-model', inputs),
      space.step('validate-model', { ...inputs, conditions: '', 'report-id': 'none' }),
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

  test('is declared: shown as such, and refused where bound evidence is required', async () => {
    space.write('new.csv', classes(60));
    space.write('old.csv', classes(120));
    const inputs = { candidate: 'new.csv', production: 'old.csv', metric: 'accuracy', margin: '0.01' };
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
