import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
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
  folder = await mkdtemp(join(tmpdir(), 'validate-model-'));
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

const fitsSchema = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync('schemas/verdict.schema.json', 'utf8')),
);

async function validate(values: Record<string, unknown>) {
  const { verdict, outputs } = await run(inputsOf(values), ports);
  fitsSchema(JSON.parse(JSON.stringify(verdict)));
  expect(fitsSchema.errors ?? []).toEqual([]);
  const statuses = Object.fromEntries(verdict.checks.map((check) => [check.id, check.status]));
  return { verdict, outputs, statuses };
}

async function refusal(values: Record<string, unknown>): Promise<string> {
  const error = await validate(values).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

const ROWS = Array.from({ length: 400 }, (_, i) => ({
  id: `r${i}`,
  hour: i % 24,
  label: 100 + (i % 24) * 5 + ((i * 7919) % 13),
}));

/** Predictions that are off by a spread of ± `error`. */
function predictions(error: number): string {
  return csv(ROWS.map(({ id, label }, i) => ({ id, prediction: label + error * (((i * 31) % 17) / 8 - 1) })));
}

const TEST = csv(
  ROWS.map(({ id, hour, label }) => ({
    id,
    hour,
    label,
    time: `2026-01-${String(1 + Math.floor(hour / 2)).padStart(2, '0')}`,
  })),
);

describe('supplied predictions', () => {
  beforeEach(async () => {
    await write('test.csv', TEST);
    await write('candidate.csv', predictions(4));
    await write('production.csv', predictions(8));
  });
  const given = {
    candidate: 'candidate.csv',
    production: 'production.csv',
    'test-data': 'test.csv',
    metric: 'mae',
    margin: '2%',
  };

  test('say better, not worse, worse or unknown, with what was compared', async () => {
    const { verdict, outputs, statuses } = await validate({ ...given, conditions: 'mae <= 5' });
    expect(statuses).toMatchObject({
      'comparison.mae': 'pass',
      'condition.mae': 'pass',
      'predictions.ids': 'pass',
    });
    expect(outputs).toEqual({
      comparison: 'better',
      'labels-needed': '',
      'looks-left': '',
      'budget-left': expect.any(String),
      judged: '',
    });
    expect(verdict.status).toBe('pass');
    expect(verdict.summary).toContain('on 400 rows');
    expect(verdict.subjects.map(({ role, name, rows }) => ({ role, name, rows }))).toEqual([
      { role: 'predictions', name: 'candidate.csv', rows: 400 },
      { role: 'predictions', name: 'production.csv', rows: 400 },
      { role: 'data', name: 'test.csv', rows: 400 },
    ]);
    expect(verdict.checks.find((check) => check.id === 'comparison.mae')?.evidence?.binding).toBe('declared');
    expect(verdict.measures).toMatchObject({
      candidate: {
        mae: expect.any(Number),
        mae_lower: expect.any(Number),
        mae_upper: expect.any(Number),
        r2: expect.any(Number),
      },
      production: { mae: expect.any(Number) },
      comparison: {
        metric: 'mae',
        n: 400,
        gain: expect.any(Number),
        minimum_detectable_drop: expect.any(Number),
      },
    });
    const turned = await validate({
      ...given,
      ...{ candidate: 'production.csv', production: 'candidate.csv', ledger: 'off' },
    });
    expect(turned.outputs.comparison).toBe('worse');
    expect(turned.verdict.status).toBe('fail');
  });

  test('name the model that is said to have made them', async () => {
    await write('model/weights.json', '{}');
    const { verdict } = await validate({ ...given, model: 'model' });
    const { digest } = await ports.files.bundle(['model']);
    expect(verdict.subjects).toContainEqual({ role: 'candidate', name: 'model', digest });
  });

  test('are refused by require-bound, which is a failing check', async () => {
    const { statuses } = await validate({ ...given, 'require-bound': 'true' });
    expect(statuses['evidence.binding']).toBe('fail');
  });

  test('without a margin or a metric are not compared, and both are said at once', async () => {
    const message = await refusal({ ...given, margin: '', metric: '' });
    expect(message).toContain('input metric: is required');
    expect(message).toContain('input margin: is required');
  });

  test('an unknown metric is answered with the nearest, before any file is read', async () => {
    expect(await refusal({ ...given, candidate: 'nowhere.csv', metric: 'maee' })).toContain(
      'did you mean mae?',
    );
  });

  test('rows not later than the training data are leakage', async () => {
    const { verdict, statuses } = await validate({
      ...given,
      timestamp: 'time',
      'trained-until': '2026-01-02T00:00:00Z',
    });
    expect(statuses['rows.leakage']).toBe('fail');
    expect(verdict.checks.find((check) => check.id === 'rows.leakage')?.message).toContain('candidate');
  });

  test('the same file twice is said to be one', async () => {
    const { statuses } = await validate({ ...given, production: 'candidate.csv' });
    expect(statuses['comparison.same-model']).toBe('warn');
  });

  test('judged rows hold id, features and the judged prediction', async () => {
    const { outputs } = await validate({ ...given, 'judged-rows': '3' });
    const text = await readFile(join(folder, outputs.judged ?? ''), 'utf8');
    expect(text.split('\n')).toHaveLength(5);
    expect(text.split('\n')[0]).toBe('id,hour,time,prediction');
    expect(text.split('\n')[1]).toBe('r0,0,2026-01-01,96');
  });

  test('no cell value is in the verdict', async () => {
    await write(
      'candidate.csv',
      predictions(4)
        .replace(/^r5,.*$/m, 'r5,secret-value')
        .replace(/^r6,/m, 'secret-id,'),
    );
    const { verdict, statuses } = await validate({ ...given, sensitive: 'hour' });
    expect(statuses).toMatchObject({ 'predictions.ids': 'fail', 'predictions.values': 'fail' });
    expect(JSON.stringify(verdict)).not.toContain('secret');
  });
});

describe('a first release', () => {
  beforeEach(() =>
    write(
      'candidate.csv',
      csv(ROWS.map(({ id, label }, i) => ({ id, label, prediction: label + (((i * 31) % 17) / 8 - 1) }))),
    ),
  );

  test('passes by conditions that hold', async () => {
    const { verdict, outputs, statuses } = await validate({
      candidate: 'candidate.csv',
      task: 'regression',
      conditions: 'r2 >= 0.5',
    });
    expect(statuses).toMatchObject({ 'comparison.first-release': 'pass', 'condition.r2': 'pass' });
    expect(outputs.comparison).toBe('unknown');
    expect(verdict.status).toBe('pass');
  });

  test('is inconclusive without conditions', async () => {
    const { verdict } = await validate({ candidate: 'candidate.csv', task: 'regression' });
    expect(verdict.status).toBe('inconclusive');
  });
});

describe('metrics files', () => {
  test('are compared by their numbers, which is marked weak', async () => {
    await write('a.json', '{"accuracy": 0.91}');
    await write('b.json', '{"accuracy": 0.90}');
    const given = { candidate: 'a.json', production: 'b.json', metric: 'accuracy', margin: '0.01' };
    expect((await validate(given)).statuses).toEqual({ 'comparison.aggregate': 'inconclusive' });
    const { statuses, verdict } = await validate({ ...given, conditions: 'accuracy >= 0.9' });
    expect(statuses).toEqual({ 'comparison.aggregate': 'warn', 'condition.accuracy': 'warn' });
    expect(verdict.measures).toEqual({ candidate: { accuracy: 0.91 }, production: { accuracy: 0.9 } });
  });

  test('and predictions cannot be compared', async () => {
    expect(await refusal({ candidate: 'a.json', production: 'b.csv', metric: 'mae', margin: '1' })).toContain(
      'does not have the same form',
    );
  });
});

describe('predict', () => {
  // A model is a number that is added to the hour's base; the program reads it and predicts every row.
  const PROGRAM = `
    import { readFileSync, writeFileSync } from 'node:fs';
    const [model, data, out, extra] = process.argv.slice(2);
    const { error } = JSON.parse(readFileSync(model + '/model.json', 'utf8'));
    const rows = readFileSync(data, 'utf8').trim().split('\\n').slice(1).map((line) => line.split(','));
    const lines = rows.map(([id, hour], i) => id + ',' + (100 + 5 * hour + 6 + error * ((i * 31 % 17) / 8 - 1)));
    writeFileSync(out, 'id,prediction\\n' + lines.join('\\n') + '\\n');
    if (extra === 'touch-other' && model.endsWith('old')) writeFileSync('models/new/cache', 'x');
    if (extra === 'touch') writeFileSync(model + '/cache', 'x');
    if (extra === 'fail') { console.error('no such column'); process.exit(3); }
    if (extra === 'hang') setInterval(() => {}, 1000);
  `;
  const command = (...extra: string[]) => [
    process.execPath,
    'predict.mjs',
    '{model}',
    '{data}',
    '{out}',
    ...extra,
  ];
  const given = {
    predict: command(),
    model: ['models/new'],
    'test-data': 'test.csv',
    metric: 'mae',
    margin: '5%',
    name: 'demand',
  };

  beforeEach(async () => {
    await write('test.csv', TEST);
    await write('predict.mjs', PROGRAM);
    await write('models/new/model.json', '{"error": 3}');
    await write('models/old/model.json', '{"error": 30}');
  });

  async function champion(path: string, metadata: Record<string, string> = {}): Promise<void> {
    const registry = await openRegistry(inputsOf({ registry: 'dir:registry' }), ports);
    const bundle = await ports.files.bundle([path]);
    await registry.create({
      name: 'demand',
      version: '1.0.0',
      bundle,
      file: (name) => bundle.source(name),
      metadata,
      evidence: [],
      createdAt: new Date(),
    });
    await registry.setAlias('demand', 'champion', '1.0.0');
  }

  test('is run on both models, and the verdict names their bytes', async () => {
    const { verdict, outputs, statuses } = await validate({ ...given, 'production-model': 'models/old' });
    expect(outputs.comparison).toBe('better');
    expect(statuses['model.changed']).toBe('pass');
    const digest = async (path: string) => (await ports.files.bundle([path])).digest;
    expect(verdict.subjects).toEqual([
      { role: 'candidate', name: 'models/new', digest: await digest('models/new') },
      { role: 'production', name: 'models/old', digest: await digest('models/old') },
      { role: 'data', name: 'test.csv', digest: await digest('test.csv'), rows: 400 },
    ]);
    expect(verdict.checks.find((check) => check.id === 'comparison.mae')?.evidence?.binding).toBe('bound');
  });

  test('compares with the registry’s champion, and with its training data’s end', async () => {
    await champion('models/old', { 'trained-until': '2026-01-05T00:00:00Z' });
    const { verdict, outputs, statuses } = await validate({
      ...given,
      registry: 'dir:registry',
      timestamp: 'time',
    });
    expect(outputs.comparison).toBe('better');
    expect(statuses['rows.leakage']).toBe('fail');
    const { digest } = await ports.files.bundle(['models/old']);
    expect(verdict.subjects).toContainEqual({ role: 'production', name: 'model:demand@1.0.0', digest });
  });

  test('names in the verdict what it compared with, and that there was none', async () => {
    await champion('models/old');
    const { digest } = await ports.files.bundle(['models/old']);
    const named = { name: 'model:demand@1.0.0', digest };
    const { verdict } = await validate({ ...given, registry: 'dir:registry' });
    expect(verdict.compared).toEqual({ binding: 'bound', production: named, anchor: null });
    const byPath = await validate({ ...given, 'production-model': 'models/old', anchor: 'models/old' });
    const path = { name: 'models/old', digest };
    expect(byPath.verdict.compared).toEqual({ binding: 'bound', production: path, anchor: path });
    const first = await validate({ ...given, conditions: 'mae <= 20' });
    expect(first.verdict.compared).toEqual({ binding: 'bound', production: null, anchor: null });
  });

  test('if production is not what it is said to be, that is not a first release', async () => {
    await champion('models/old');
    const registry = 'dir:registry';
    const { name: _, ...unnamed } = { ...given, registry };
    expect(await refusal(unnamed)).toMatch(/input name: is required.*the registry has demand/);
    expect(await refusal({ ...given, registry, name: 'Demand' })).toMatch(/it has demand/);
    expect(await refusal({ ...given, registry, name: 'demnad' })).toMatch(/production-model: none/);
    expect(await refusal({ ...given, registry: 'dir:regsitry' })).toMatch(/write registry: dir:registry/);
    expect(await refusal({ ...given, registry, 'production-model': 'none' })).toMatch(
      /is none, and model:demand@1\.0\.0 is production/,
    );
    expect(await refusal({ ...given, registry, 'production-model': 'model:demand@champoin' })).toMatch(
      /did you mean champion/,
    );
    const isNew = { ...given, registry, conditions: 'mae <= 20', name: 'demand-uk' };
    expect(await refusal(isNew)).toMatch(/it has demand/);
    const { verdict, statuses } = await validate({ ...isNew, 'production-model': 'none' });
    expect(statuses['comparison.first-release']).toBe('pass');
    expect(verdict.compared?.production).toBeNull();
    await rm(join(folder, 'registry/demand/versions/1.0.0'), { recursive: true });
    expect(await refusal({ ...given, registry })).toMatch(/champion of demand names 1\.0\.0, which is not/);
  });

  test('supplied predictions are of the champion, or of what is named; or nothing says of what', async () => {
    await champion('models/old');
    await write('candidate.csv', predictions(4));
    await write('production.csv', predictions(8));
    const declared = {
      ...{ name: 'demand', candidate: 'candidate.csv', 'test-data': 'test.csv', metric: 'mae', margin: '2%' },
      conditions: 'mae <= 20',
    };
    const { digest } = await ports.files.bundle(['models/old']);
    const registry = 'dir:registry';
    const of = async (values: Record<string, unknown>) =>
      (await validate({ ...declared, ...values })).verdict.compared;
    const production = 'production.csv';
    const binding = 'declared';
    const known = { name: 'model:demand@1.0.0', digest };
    expect(await of({ production, registry })).toEqual({ binding, production: known, anchor: null });
    expect(await of({ production, 'production-model': 'models/old', anchor: production })).toEqual({
      binding,
      production: { name: 'models/old', digest },
      anchor: { name: production, digest: null },
    });
    expect(await of({ production })).toMatchObject({ production: { name: production, digest: null } });
    expect(await of({})).toEqual({ binding, production: null, anchor: null });
    expect(await refusal({ ...declared, registry })).toMatch(
      /input production: is required, because model:demand@1\.0\.0 is production/,
    );
    expect(await refusal({ ...declared, production, 'production-model': 'none' })).toMatch(/contradicts/);
  });

  test('a registry without a champion makes it a first release', async () => {
    const { statuses } = await validate({ ...given, registry: 'dir:registry', conditions: 'mae <= 20' });
    expect(statuses).toMatchObject({ 'comparison.first-release': 'pass', 'condition.mae': 'pass' });
  });

  test('a version that the registry does not have is the user’s error', async () => {
    expect(
      await refusal({ ...given, registry: 'dir:registry', 'production-model': 'model:demand@9.9.9' }),
    ).toContain('there is no model:demand@9.9.9');
  });

  test('the champion itself is not worse by identity, with a warning', async () => {
    await champion('models/new');
    const { verdict, outputs, statuses } = await validate({ ...given, registry: 'dir:registry' });
    expect(statuses['comparison.same-model']).toBe('warn');
    expect(outputs.comparison).toBe('not-worse');
    expect(verdict.status).toBe('warn');
  });

  test('a model that changes while it predicts fails', async () => {
    const { statuses } = await validate({
      ...given,
      predict: command('touch'),
      'production-model': 'models/old',
    });
    expect(statuses['model.changed']).toBe('fail');
  });

  test('so does one that changes while the other predicts', async () => {
    const { statuses, verdict } = await validate({
      ...given,
      predict: [process.execPath, 'predict.mjs', '{model}', '{data}', '{out}', 'touch-other'],
      'production-model': 'models/old',
    });
    expect(statuses['model.changed']).toBe('fail');
    expect(verdict.checks.find((check) => check.id === 'model.changed')?.observed).toEqual([
      'the candidate model',
    ]);
  });

  test('predictions of some rows, of other rows, of none and no table are told apart', async () => {
    const write = (lines: string) => ['-e', `require('fs').writeFileSync(process.argv[3], ${lines})`];
    const predict = (lines: string) => [process.execPath, ...write(lines), '{model}', '{data}', '{out}'];
    const first = { ...given, conditions: 'mae <= 20', task: 'regression' };
    const some = await validate({ ...first, predict: predict("'id,prediction\\nr0,1\\nr1,2\\n'") });
    expect(some.statuses['predictions.ids']).toBe('fail');
    expect(await refusal({ ...first, predict: predict("'id,prediction\\nx,1\\n'") })).toContain('no id');
    expect(await refusal({ ...first, predict: predict("''") })).toContain('the file is empty');
    expect(await refusal({ ...first, predict: predict("'id,prediction\\n'") })).toContain('no rows');
    expect(await refusal({ ...first, predict: predict("'id,prediction\\nr0\\n'") })).toContain('1 field');
    expect(
      await refusal({ ...first, predict: [process.execPath, '-e', '0', '{model}', '{data}', '{out}'] }),
    ).toContain('wrote no file');
  });

  test('a command that fails or takes too long is the user’s error', async () => {
    const old = { 'production-model': 'models/old' };
    expect(await refusal({ ...given, ...old, predict: command('fail') })).toContain('exit code 3');
    expect(
      await refusal({ ...given, ...old, predict: command('hang'), 'predict-timeout': '300ms' }),
    ).toContain('took longer than 0.3 s');
  });

  test('placeholders that are missing or unknown are said at once', async () => {
    const message = await refusal({
      ...given,
      predict: ['python', '{modle}', '{data}'],
      'production-model': 'models/old',
    });
    expect(message).toContain('{model} is missing');
    expect(message).toContain('{out} is missing');
    expect(message).toContain('no placeholder {modle}');
  });
});

describe('groups of regression', () => {
  const sides = csv(
    ROWS.map(({ id, hour, label }, i) => ({ id, hour, label, side: i % 2 === 0 ? 'left' : 'right' })),
  );
  const given = {
    ...{ candidate: 'candidate.csv', 'test-data': 'test.csv', sensitive: 'side', conditions: 'mae <= 200' },
    'max-group-difference': '3',
  };
  const difference = async (values: Record<string, unknown>) =>
    (await validate({ ...given, ...values })).verdict.checks.find(({ id }) => id === 'fairness.difference');

  beforeEach(async () => {
    await write('candidate.csv', predictions(4));
    await write('test.csv', sides);
  });

  test('of 200 rows each are shown to be alike only with a limit of the losses', async () => {
    expect(await difference({})).toMatchObject({ status: 'inconclusive', evidence: { interval: [0, null] } });
    expect(await difference({ 'target-range': '[0, 300]' })).toMatchObject({ status: 'inconclusive' });
    expect(await difference({ 'loss-bound': '{mae: 8}' })).toMatchObject({
      ...{ status: 'pass', evidence: { method: expect.stringMatching(/^betting/) } },
    });
    // Groups are judged by mae, whether or not anything else is.
    const byRoot = { conditions: 'rmse <= 200', 'loss-bound': '{mae: 8, rmse: 8}' };
    expect(await difference(byRoot)).toMatchObject({ status: 'pass' });
    expect(await refusal({ ...given, conditions: 'rmse <= 200', 'loss-bound': '{mse: 8}' })).toContain(
      'mse is not a metric that is judged',
    );
  });

  test('a limit that nothing would be judged by is refused', async () => {
    const others = { 'min-group-ratio': '0.8', 'max-group-change': '0.1' };
    expect(await refusal({ ...given, ...others })).toMatch(
      /min-group-ratio: is for rates of classes.*max-group-change: is for rates of classes/s,
    );
    await write('test.csv', csv(ROWS.map(({ id, label }, i) => ({ id, label: label % 2, side: i % 2 }))));
    await write('candidate.csv', csv(ROWS.map(({ id }, i) => ({ id, score: (i % 10) / 10 }))));
    const scores = {
      ...given,
      conditions: 'roc_auc >= 0.1',
      'max-group-difference': '0.3',
      'positive-label': '1',
    };
    expect(await refusal(scores)).toMatch(/max-group-difference: needs predicted classes.*scores only/);
  });
});
