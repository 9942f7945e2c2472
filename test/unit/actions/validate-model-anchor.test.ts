import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/validate-model/inputs.ts';
import { run } from '../../../actions/validate-model/run.ts';
import { createPorts, type MachinePorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { csv } from '../model/helpers.ts';

let folder: string;
let ports: MachinePorts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-model-anchor-'));
  ports = createPorts({
    workingDirectory: folder,
    reportFolder: 'report/validate-model',
    now: new Date('2026-02-01T00:00:00Z'),
  });
});

afterEach(async () => {
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

function inputsOf(values: Record<string, unknown>) {
  return parseInputs(definition.inputs, [{ values, where: (name) => `input ${name}` }]);
}

async function validate(values: Record<string, unknown>) {
  const { verdict, outputs } = await run(inputsOf({ ledger: 'off', ...values }), ports);
  const statuses = Object.fromEntries(verdict.checks.map((check) => [check.id, check.status]));
  const messages = Object.fromEntries(verdict.checks.map((check) => [check.id, check.message]));
  return { verdict, outputs, statuses, messages };
}

async function refusal(values: Record<string, unknown>): Promise<string> {
  const error = await validate(values).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

const N = 2000;
const ROWS = Array.from({ length: N }, (_, id) => ({
  id,
  label: id % 2,
  x: (id * 7) % 101,
  y: (id * 13) % 97,
}));

/** Predictions that are wrong on so many rows, from one on. */
function wrong(from: number, count: number): string {
  return csv(
    ROWS.map(({ id, label }) => ({ id, prediction: id >= from && id < from + count ? 1 - label : label })),
  );
}

describe('supplied predictions of an anchor', () => {
  const given = {
    ...{ candidate: 'candidate.csv', production: 'production.csv', 'test-data': 'test.csv' },
    ...{ metric: 'accuracy', margin: '0.01' },
  };

  beforeEach(async () => {
    await write('test.csv', csv(ROWS));
    await write('candidate.csv', wrong(0, 60));
    await write('production.csv', wrong(0, 55));
  });

  test('stop small losses that add up', async () => {
    expect((await validate(given)).outputs.comparison).toBe('not-worse');
    await write('anchor.csv', wrong(500, 5));
    const { statuses, outputs, verdict } = await validate({ ...given, anchor: 'anchor.csv' });
    expect(statuses).toMatchObject({ 'comparison.accuracy': 'pass', 'anchor.accuracy': 'fail' });
    expect(outputs.comparison).toBe('worse');
    expect(verdict.measures).toMatchObject({
      comparisons: [{ baseline: 'production' }, { baseline: 'anchor' }],
    });
  });

  test('are not hindrance if they are as good', async () => {
    await write('anchor.csv', wrong(2, 57));
    const { statuses, outputs } = await validate({ ...given, anchor: 'anchor.csv' });
    expect(statuses).toMatchObject({ 'comparison.accuracy': 'pass', 'anchor.accuracy': 'pass' });
    expect(outputs.comparison).toBe('not-worse');
  });

  test('hold in conditions too', async () => {
    await write('anchor.csv', wrong(500, 5));
    const conditions = 'candidate.accuracy - anchor.accuracy > -0.1';
    expect(
      (await validate({ ...given, anchor: 'anchor.csv', conditions })).statuses['condition.accuracy'],
    ).toBe('pass');
    expect((await validate({ ...given, conditions })).statuses['condition.accuracy']).toBe('inconclusive');
  });

  test('and its training data leak as production’s do', async () => {
    await write('train.csv', csv(ROWS.slice(0, 10)));
    const { statuses, verdict } = await validate({ ...given, 'training-data': ['train.csv'] });
    expect(statuses['rows.in-training']).toBe('fail');
    expect(verdict.checks.find(({ id }) => id === 'rows.in-training')).toMatchObject({ observed: 10 });
    // The same rows by other ids.
    await write('train.csv', csv(ROWS.slice(0, 10).map((row) => ({ ...row, id: `t${row.id}` }))));
    const renamed = await validate({ ...given, 'training-data': ['train.csv'] });
    expect(renamed.messages['rows.in-training']).toContain('10 are the same as a row of the training data');
    await write('train.csv', csv(ROWS.slice(0, 10).map((row) => ({ ...row, id: `t${row.id}`, x: -1 }))));
    expect((await validate({ ...given, 'training-data': ['train.csv'] })).statuses['rows.in-training']).toBe(
      'pass',
    );
  });
});

describe('an anchor in the registry', () => {
  const PROGRAM = `
    import { readFileSync, writeFileSync } from 'node:fs';
    const [model, data, out] = process.argv.slice(2);
    const { from, count } = JSON.parse(readFileSync(model + '/model.json', 'utf8'));
    const rows = readFileSync(data, 'utf8').trim().split('\\n').slice(1).map((line) => line.split(',').map(Number));
    const lines = rows.map(([id, label]) => id + ',' + (id >= from && id < from + count ? 1 - label : label));
    writeFileSync(out, 'id,prediction\\n' + lines.join('\\n') + '\\n');
  `;
  const given = {
    predict: [process.execPath, 'predict.mjs', '{model}', '{data}', '{out}'],
    ...{ model: ['models/new'], 'test-data': 'test.csv', metric: 'accuracy', margin: '0.01', name: 'demand' },
    registry: 'dir:registry',
  };

  async function version(number: string, alias: string, path: string, metadata: Record<string, string> = {}) {
    const registry = await openRegistry(inputsOf({ registry: 'dir:registry' }), ports);
    const bundle = await ports.files.bundle([path]);
    await registry.create({
      ...{ name: 'demand', version: number, bundle, metadata, evidence: [], createdAt: new Date() },
      file: (name) => bundle.source(name),
    });
    await registry.setAlias('demand', alias, number);
  }

  beforeEach(async () => {
    await write('predict.mjs', PROGRAM);
    await write('test.csv', csv(ROWS));
    await write('models/new/model.json', '{"from": 0, "count": 60}');
    await write('models/old/model.json', '{"from": 0, "count": 55}');
    await write('models/first/model.json', '{"from": 500, "count": 5}');
    await version('2.0.0', 'champion', 'models/old');
  });

  test('is compared with by its alias, bound to its bytes', async () => {
    expect((await validate(given)).statuses).not.toHaveProperty('anchor.accuracy');
    await version('1.0.0', 'anchor', 'models/first');
    const { statuses, verdict } = await validate(given);
    expect(statuses).toMatchObject({ 'anchor.accuracy': 'fail', 'comparison.accuracy': 'pass' });
    const { digest } = await ports.files.bundle(['models/first']);
    expect(verdict.subjects).toContainEqual({ role: 'anchor', name: 'model:demand@1.0.0', digest });
    expect(verdict.checks.find(({ id }) => id === 'anchor.accuracy')?.evidence?.binding).toBe('bound');
  });

  test('that is named and not there is the user’s error', async () => {
    expect(await refusal({ ...given, anchor: 'model:demand@anchor' })).toContain(
      'there is no model:demand@anchor',
    );
  });

  test('has training data that the test data may not be', async () => {
    const { digest } = await ports.files.bundle(['test.csv']);
    await version('1.0.0', 'anchor', 'models/first', {
      'training-data': `sha256:${'0'.repeat(64)}, ${digest}`,
    });
    const { statuses, messages } = await validate(given);
    expect(statuses['rows.training-data']).toBe('fail');
    expect(messages['rows.training-data']).toContain('the training data of anchor');
  });
});

describe('bad input', () => {
  const given = {
    candidate: 'candidate.csv',
    production: 'production.csv',
    metric: 'accuracy',
    margin: '0.01',
  };
  const good = csv(ROWS.map(({ id, label }) => ({ id, label, prediction: label, score: label ? 0.9 : 0.2 })));

  test('ids that repeat, are empty or are of one file only fail, and the rest is judged', async () => {
    await write('candidate.csv', `${good}3,1,1,0.9\n,1,1,0.9\nelse,1,1,0.9\n`);
    await write('production.csv', good);
    const { verdict, statuses, messages } = await validate(given);
    expect(statuses['predictions.ids']).toBe('fail');
    expect(messages['predictions.ids']).toContain('1 repeated, 1 empty, 1 not in every other file');
    expect(verdict.checks.find(({ id }) => id === 'predictions.ids')).toMatchObject({ observed: 3 });
    expect(messages['predictions.ids']).toContain(`judged on the ${N} that match`);
  });

  test('labels that are missing, and predictions that are none, fail with their places', async () => {
    await write(
      'candidate.csv',
      good.replace('\n5,1,1,0.9\n', '\n5,,1,0.9\n').replace('\n7,1,1,0.9\n', '\n7,1,NaN,0.9\n'),
    );
    await write('production.csv', good);
    const { verdict, statuses } = await validate(given);
    expect(statuses).toMatchObject({ 'predictions.labels': 'fail', 'predictions.values': 'fail' });
    expect(verdict.checks.find(({ id }) => id === 'predictions.labels')?.locations).toEqual([
      { file: 'candidate.csv', line: 7, column: 2 },
    ]);
    expect(verdict.measures).toMatchObject({ rows: N - 2 });
  });

  test('probabilities outside of [0, 1] are refused by what needs them', async () => {
    await write('candidate.csv', good.replaceAll('0.9', '1.9'));
    await write('production.csv', good);
    const log = { ...given, metric: 'log_loss', margin: '0.1' };
    const answer = await validate(log).then(
      ({ statuses }) => statuses['predictions.values'],
      (error: Error) => error.message,
    );
    expect(answer).toMatch(/fail|probabilities|between 0 and 1|no row can be judged/);
    // Ranks need none.
    expect((await validate({ ...given, metric: 'roc_auc' })).outputs.comparison).toMatch(/not-worse|unknown/);
  });

  test('one class only leaves what needs two undefined, and inconclusive', async () => {
    const one = csv(ROWS.map(({ id }) => ({ id, label: 1, prediction: 1, score: 0.5 + id / 9000 })));
    await write('candidate.csv', one);
    await write('production.csv', one.replace('\n5,1,1', '\n5,1,0'));
    const { verdict } = await validate({ ...given, metric: 'roc_auc', 'positive-label': '1' });
    expect(verdict.checks.find(({ id }) => id === 'comparison.roc_auc')).toMatchObject({
      status: 'inconclusive',
      observed: null,
    });
  });

  test('the same predictions twice are said to be, and judged', async () => {
    await write('candidate.csv', good);
    await write('production.csv', good);
    const { statuses, outputs } = await validate(given);
    expect(statuses['comparison.same-model']).toBe('warn');
    expect(outputs.comparison).toBe('not-worse');
  });

  test('an unknown metric, an unknown slice and a margin without sense are said with a fix', async () => {
    await write('candidate.csv', good);
    await write('production.csv', good);
    expect(await refusal({ ...given, metric: 'acuracy' })).toContain('did you mean accuracy?');
    expect(await refusal({ ...given, conditions: 'slice(regoin).accuracy.min > 0' })).toContain('regoin');
    expect(await refusal({ ...given, conditions: 'slice(id).accuracy.min > production.accuracy' })).toContain(
      'compares different slices',
    );
    expect(await refusal({ ...given, margin: '1' })).toContain('allows any loss of accuracy');
  });

  test('predictions in JSON Lines are those in CSV', async () => {
    const lines = ROWS.map(({ id, label }) => JSON.stringify({ id, label, prediction: label, score: 0.5 }));
    await write('candidate.jsonl', `${lines.join('\n')}\n`);
    await write('production.csv', good.replace('\n5,1,1', '\n5,1,0'));
    const { outputs, verdict } = await validate({ ...given, candidate: 'candidate.jsonl' });
    expect(outputs.comparison).toBe('not-worse');
    expect(verdict.measures).toMatchObject({
      comparison: { candidate_only_correct: 1, production_only_correct: 0 },
    });
  });

  test('no production is judged by first-release', async () => {
    await write('candidate.csv', good);
    const { production: _none, ...alone } = given;
    const of = async (policy: string, conditions = '') =>
      (await validate({ ...alone, 'first-release': policy, conditions })).statuses[
        'comparison.first-release'
      ];
    expect(await of('allow')).toBe('warn');
    expect(await of('refuse', 'accuracy >= 0.5')).toBe('fail');
    expect(await of('require-thresholds')).toBe('inconclusive');
    expect(await of('require-thresholds', 'accuracy >= 0.5')).toBe('pass');
  });
});

test('judged rows hold no label, also if there is a column for each', async () => {
  const rows = Array.from({ length: 60 }, (_, id) => ({ id, x: id, y_a: id % 2, y_b: id % 3 === 0 ? 1 : 0 }));
  await write('test.csv', csv(rows));
  await write('candidate.csv', csv(rows.map(({ id, y_a, y_b }) => ({ id, p_a: y_a, p_b: y_b }))));
  const { outputs } = await validate({
    ...{
      candidate: 'candidate.csv',
      'test-data': 'test.csv',
      label: 'y_*',
      prediction: 'p_*',
      task: 'multilabel',
    },
    ...{ 'judged-rows': '3', conditions: 'accuracy > 0.5' },
  });
  const text = await readFile(join(folder, outputs.judged ?? ''), 'utf8');
  expect(text.split('\n')[0]).toBe('id,x,prediction');
});
