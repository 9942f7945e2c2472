import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { definition } from '../../../actions/check-drift/inputs.ts';
import { run } from '../../../actions/check-drift/run.ts';
import { createPorts, type MachinePorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import type { GitHub, Ports } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { printProfile } from '../../../shared/profile/file.ts';
import { profileTable } from '../../../shared/profile/profiler.ts';
import { readTable } from '../../../shared/read/tables.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { openState } from '../../../shared/state/open.ts';
import { MemoryCommands } from '../../support/memory.ts';

const HOUR = 3_600_000;
const TRAINED_UNTIL = Date.parse('2026-01-01T00:00:00Z');
/** A week later, at the end of which production has logged its first 168 rows. */
const NOW = '2026-01-08T00:00:00Z';

let folder: string;
let ports: MachinePorts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-drift-'));
  ports = createPorts({ workingDirectory: folder, reportFolder: 'report/check-drift', now: new Date(NOW) });
});

afterEach(async () => {
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

async function write(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), `${lines.join('\n')}\n`);
}

function inputsOf(values: Record<string, unknown>) {
  const given = { name: 'demand', state: 'dir:state', now: NOW, ...values };
  return parseInputs(definition.inputs, [{ values: given, where: (name) => `input ${name}` }]);
}

async function check(values: Record<string, unknown>, at: Ports = ports) {
  const { verdict, outputs } = await run(inputsOf(values), at);
  const found = (id: string) => verdict.checks.filter((one) => one.id === id);
  return { verdict, outputs, found, statuses: (id: string) => found(id).map(({ status }) => status) };
}

async function refusal(values: Record<string, unknown>, at: Ports = ports): Promise<UserError> {
  const error = await check(values, at).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('it was not refused');
  return error;
}

/** The demand of an hour, and a temperature that repeats itself: neither drifts by itself. */
const temperature = (i: number) => 10 + ((i * 7919) % 101) / 10;
const demand = (i: number) => 100 + 5 * (i % 24);

async function writeTraining(rows = 2016): Promise<void> {
  await write('train.csv', [
    'temp,hour,label',
    ...Array.from({ length: rows }, (_, i) => `${temperature(i)},${i % 24},${demand(i)}`),
  ]);
}

interface Logged {
  readonly error?: number;
  readonly warmer?: number;
  readonly model?: string;
  readonly from?: number;
  readonly hours?: number;
}

/** A week of predictions from the end of training on, each off by `error`, and the labels for them. */
async function writeWeek({
  error = 10,
  warmer = 0,
  model = 'v1',
  from = TRAINED_UNTIL,
  hours = 168,
}: Logged = {}): Promise<void> {
  const ids = Array.from({ length: hours }, (_, i) => i);
  const log = ids.map((i) =>
    JSON.stringify({
      id: `r${from / HOUR + i}`,
      timestamp: new Date(from + i * HOUR).toISOString(),
      model,
      prediction: demand(i) + (i % 2 === 0 ? error : -error),
      status: 200,
      temp: temperature(i) + warmer,
      hour: i % 24,
    }),
  );
  await write('logs/week.jsonl', log);
  await write('labels/week.csv', ['id,label', ...ids.map((i) => `r${from / HOUR + i},${demand(i)}`)]);
}

/** Registers a version with the training profile; with `alias`, as that. */
async function registerChampion(weight: string, alias: string | null = 'champion', withProfile = true) {
  const inputs = inputsOf({ registry: 'dir:registry', reference: 'x', current: 'x' });
  const registry = await openRegistry(inputs, ports);
  await write('model/weights', [weight]);
  const bundle = await ports.files.bundle(['model']);
  const { profile } = await profileTable(readTable(ports.files.source('train.csv')));
  const version = await registry.create({
    name: 'demand',
    version: `1.0.${weight}`,
    bundle,
    file: bundle.source,
    metadata: { 'trained-until': new Date(TRAINED_UNTIL - 1).toISOString() },
    evidence: withProfile ? [{ name: 'profile.json', content: printProfile(profile, 'hide') }] : [],
    createdAt: new Date(TRAINED_UNTIL),
  });
  if (alias !== null) await registry.setAlias('demand', alias, version.version);
  return version;
}

const byLog = { reference: 'train.csv', predictions: 'logs/*.jsonl' };
const withLabels = { ...byLog, labels: 'labels/*.csv' };

describe('a quiet week', () => {
  test('passes, asks for nothing, and leaves its profile and reasons', async () => {
    await writeTraining();
    await writeWeek();
    const { verdict, outputs, statuses } = await check({ ...withLabels, 'minimum-performance': 'mae <= 20' });
    expect(verdict.status).toBe('pass');
    expect(statuses('drift.feature')).toEqual(['pass', 'pass']);
    expect(statuses('performance.minimum')).toEqual(['pass']);
    expect(outputs).toMatchObject({ drift: 'false', retrain: 'false' });
    expect(JSON.parse(await readFile(join(folder, outputs.reasons ?? ''), 'utf8'))).toMatchObject({
      retrain: false,
      reasons: [],
    });
    expect(JSON.parse(await readFile(join(folder, outputs.profile ?? ''), 'utf8'))).toMatchObject({
      rows: 168,
    });
    expect(verdict.measures).toMatchObject({
      production: { mae: 10 },
      labels: { matured: 168, labelled: 168, share: 1 },
      history: { mae: [{ at: '2026-01-08T00:00:00.000Z', value: 10 }], limit: 20 },
    });
    expect(verdict.subjects.map(({ role }) => role)).toEqual(['reference', 'predictions']);
    expect(verdict.subjects.every(({ digest }) => /^sha256:/.test(digest))).toBe(true);
  });

  test('an undecided feature says its bound, and is not an alarm', async () => {
    await writeTraining();
    await writeWeek();
    const { found } = await check(byLog);
    expect(found('drift.feature')[0]?.message).toMatch(
      /no drift shown; Kolmogorov distance is at most 0\.\d+/,
    );
  });
});

describe('missing values', () => {
  const rows = (missing: string) => [
    'temp',
    ...Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? missing : String(i % 40))),
  ];

  test('are read alike in the reference and in the current data, guessed or named, and told', async () => {
    await write('train.csv', rows(''));
    await write('now.csv', rows('NA'));
    const files = { reference: 'train.csv', current: 'now.csv' };
    const guessed = await check(files);
    expect([guessed.outputs.drift, guessed.statuses('column.missing-text')]).toEqual(['false', ['warn']]);
    await write('now.csv', rows('-999'));
    expect((await check(files)).outputs.drift).toBe('true');
    const named = await check({ ...files, 'missing-values': '-999' });
    expect([named.outputs.drift, named.statuses('column.missing-text')]).toEqual(['false', []]);
    await write('train.csv', rows('-999'));
    expect((await check({ ...files, 'missing-values': '-999' })).outputs.drift).toBe('false');
  });

  test('and numbers with decimal commas are read as they are written', async () => {
    const prices = (text: (i: number) => string) => [
      'id;price',
      ...Array.from({ length: 400 }, (_, i) => `${i};${text(i)}`),
    ];
    await write(
      'train.csv',
      prices((i) => `${i % 50}.5`),
    );
    await write(
      'now.csv',
      prices((i) => `${i % 50},5`),
    );
    const { verdict } = await check({ reference: 'train.csv', current: 'now.csv' });
    expect(verdict.checks.find(({ target }) => target?.column === 'price')?.status).toBe('pass');
  });

  test('and inputs say how files are written whose beginning does not', async () => {
    const titled = [
      'Prices of the week',
      'id^price',
      ...Array.from({ length: 400 }, (_, i) => `${i}^${(i % 50) + 1},${100 + (i % 7)}`),
    ];
    await write('train.csv', titled);
    await write('now.csv', titled);
    const files = { reference: 'train.csv', current: 'now.csv' };
    expect((await refusal(files)).problems.length).toBeGreaterThan(0);
    const said = { ...files, delimiter: '^', 'header-row': 2, decimal: ',' };
    const { verdict } = await check(said);
    const [price] = verdict.checks.filter(({ target }) => target?.column === 'price');
    expect(price).toMatchObject({ id: 'drift.feature', status: 'pass' });
    expect(price?.message).toContain('Kolmogorov');
  });
});

describe('drift', () => {
  test('of a feature is found, and asks for a retrain', async () => {
    await writeTraining();
    await writeWeek({ warmer: 6 });
    const { found, outputs } = await check(byLog);
    expect(found('drift.feature').find(({ status }) => status === 'fail')?.target).toEqual({
      column: 'temp',
    });
    expect(outputs).toMatchObject({ drift: 'true', retrain: 'true' });
    expect(found('retrain.decision')[0]?.message).toContain('material drift of temp');
  });

  test('asks for none if it may not', async () => {
    await writeTraining();
    await writeWeek({ warmer: 6 });
    expect((await check({ ...byLog, 'drift-triggers': 'false' })).outputs).toMatchObject({
      drift: 'true',
      retrain: 'false',
    });
  });

  test('is judged more strictly if false alarms are to be rare', async () => {
    await writeTraining();
    await writeWeek({ warmer: 2.2 });
    const rare = { 'mean-time-between-false-alarms': '14600d', every: '7d' };
    const once = await check(byLog);
    const often = await check({ ...byLog, ...rare, state: 'dir:other-state' });
    const lower = (result: typeof once) =>
      result.found('drift.feature').map(({ evidence }) => evidence?.interval?.[0] ?? 0);
    expect(Math.max(...lower(often))).toBeLessThan(Math.max(...lower(once)));
    expect(often.verdict.configuration.alpha).toBeCloseTo(1 / (4 * (14_600 / 7)), 12);
  });

  test('a column that the log lacks fails; one that is ignored does not matter', async () => {
    await write('train.csv', [
      'temp,hour,wind,day',
      ...Array.from({ length: 300 }, (_, i) => `${temperature(i)},${i % 24},${i % 7},${i}`),
    ]);
    await writeWeek();
    const { found } = await check({ ...byLog, ignore: 'day' });
    expect(found('drift.missing-column').map(({ status, target }) => [status, target?.column])).toEqual([
      ['fail', 'wind'],
    ]);
  });

  test('dates of the reference are not features', async () => {
    const day = (i: number) => new Date(TRAINED_UNTIL - i * 24 * HOUR).toISOString().slice(0, 10);
    await write('train.csv', [
      'temp,day',
      ...Array.from({ length: 300 }, (_, i) => `${temperature(i)},${day(i)}`),
    ]);
    await writeWeek();
    const { verdict } = await check(byLog);
    expect(verdict.checks.map(({ target }) => target?.column)).not.toContain('day');
  });

  test('the prediction is a feature if the reference has it', async () => {
    await write('train.csv', [
      'temp,hour,prediction',
      ...Array.from({ length: 500 }, (_, i) => `${temperature(i)},${i % 24},${demand(i)}`),
    ]);
    await writeWeek({ error: 300 });
    const { found } = await check(byLog);
    expect(found('drift.feature').find(({ target }) => target?.column === 'prediction')?.status).toBe('fail');
  });

  test('the same data as tables, with and without times', async () => {
    await writeTraining();
    const rows = Array.from({ length: 400 }, (_, i) => {
      const at = new Date(Date.parse(NOW) - (400 - i) * HOUR).toISOString();
      return `${at},${temperature(i) + (i < 232 ? 40 : 0)},${i % 24}`;
    });
    await write('today.csv', ['time,temp,hour', ...rows]);
    const tables = { reference: 'train.csv', current: 'today.csv' };
    const timed = await check({ ...tables, timestamp: 'time' });
    expect([timed.outputs.drift, timed.verdict.measures.volume]).toEqual(['false', { rows: 168 }]);
    const all = await check({ ...tables, state: 'dir:other-state' });
    expect([all.outputs.drift, all.verdict.measures.volume]).toEqual(['true', { rows: 400 }]);
  });
});

describe('an empty window', () => {
  test('is inconclusive, never a pass', async () => {
    await writeTraining();
    await writeWeek({ from: TRAINED_UNTIL - 60 * 24 * HOUR });
    const { verdict, outputs, statuses } = await check({ ...withLabels, 'minimum-performance': 'mae <= 20' });
    expect(verdict.status).toBe('inconclusive');
    expect(statuses('drift.window')).toEqual(['inconclusive']);
    expect(statuses('performance.minimum')).toEqual(['inconclusive']);
    expect(statuses('labels.coverage')).toEqual(['inconclusive']);
    expect(outputs).toMatchObject({ drift: 'unknown', retrain: 'false', profile: '' });
  });

  test('an empty log as well', async () => {
    await writeTraining();
    await mkdir(join(folder, 'logs'));
    await writeFile(join(folder, 'logs/week.jsonl'), '');
    expect((await check(byLog)).verdict.status).toBe('inconclusive');
  });
});

describe('performance', () => {
  const minimum = { ...withLabels, 'minimum-performance': 'mae <= 20' };

  test('that is shown to be broken asks for a retrain', async () => {
    await writeTraining();
    await writeWeek({ error: 30 });
    const { statuses, outputs } = await check(minimum);
    expect(statuses('performance.minimum')).toEqual(['fail']);
    expect(outputs.retrain).toBe('true');
  });

  test('labels count once they had time to come', async () => {
    await writeTraining();
    await writeWeek();
    const { verdict } = await check({ ...minimum, 'label-delay': '2d', window: '3d' });
    expect(verdict.measures.labels).toEqual({ matured: 72, labelled: 72, share: 1 });
  });

  test('labels that do not come are told', async () => {
    await writeTraining();
    await writeWeek();
    await write('labels/week.csv', ['id,label', `r${TRAINED_UNTIL / HOUR},100`]);
    const { statuses } = await check(minimum);
    expect(statuses('labels.coverage')).toEqual(['inconclusive']);
    expect(statuses('performance.minimum')).toEqual(['inconclusive']);
  });

  test('of a few labels that come first neither fails nor asks for a retrain', async () => {
    await writeTraining();
    await writeWeek({ error: 30 });
    const early = Array.from({ length: 60 }, (_, i) => `r${TRAINED_UNTIL / HOUR + i},${demand(i)}`);
    await write('labels/week.csv', ['id,label', ...early]);
    const { statuses, outputs, found } = await check(minimum);
    expect([statuses('performance.minimum'), outputs.retrain]).toEqual([['inconclusive'], 'false']);
    expect(found('performance.minimum')[0]?.message).toMatch(
      /labels have come for 60 of 168 predictions.*so far/,
    );
    const sampled = await check({ ...minimum, 'min-coverage': '20%', state: 'dir:other' });
    expect([sampled.statuses('performance.minimum'), sampled.outputs.retrain]).toEqual([['fail'], 'true']);
  });

  test('only the champion’s own predictions count', async () => {
    await writeTraining();
    const champion = await registerChampion('1');
    const registered = { ...minimum, registry: 'dir:registry' };
    await writeWeek({ error: 30, model: 'the version before' });
    const before = await check(registered);
    expect(before.found('labels.coverage')[0]?.message).toContain(
      '168 of the period belong to another model',
    );
    expect(before.statuses('performance.minimum')).toEqual(['inconclusive']);
    await writeWeek({ error: 30, model: champion.digest });
    expect(
      (await check({ ...registered, state: 'dir:other-state' })).statuses('performance.minimum'),
    ).toEqual(['fail']);
  });

  test('labels in the table itself need no join', async () => {
    await writeTraining();
    await write('today.csv', [
      'temp,hour,label,prediction',
      ...Array.from({ length: 200 }, (_, i) => `${temperature(i)},${i % 24},${demand(i)},${demand(i) + 5}`),
    ]);
    const tables = { reference: 'train.csv', current: 'today.csv', 'minimum-performance': 'mae <= 20' };
    expect((await check(tables)).verdict.measures.production).toMatchObject({ mae: 5 });
    expect((await refusal({ ...tables, prediction: 'predicted' })).message).toMatch(
      /did you mean prediction/,
    );
  });
});

describe('new rows', () => {
  test('are counted from the end of the champion’s training data', async () => {
    await writeTraining();
    await registerChampion('1');
    await writeWeek({ model: '1.0.1' });
    const counted = { ...withLabels, reference: '', registry: 'dir:registry' };
    const { outputs, found } = await check({ ...counted, 'new-rows': 169 });
    expect(outputs.retrain).toBe('false');
    expect(found('volume.new-rows')[0]).toMatchObject({ status: 'pass', observed: 168 });
    expect((await check({ ...counted, 'new-rows': 168 })).outputs.retrain).toBe('true');
  });

  test('are inconclusive if there is no champion with a date', async () => {
    await writeTraining();
    await registerChampion('1', null);
    await writeWeek();
    const { statuses } = await check({ ...withLabels, registry: 'dir:registry', 'new-rows': 10 });
    expect(statuses('volume.new-rows')).toEqual(['inconclusive']);
  });
});

describe('the retrain', () => {
  async function payloadSchema() {
    const ajv = new Ajv.default({ strict: true });
    addFormats.default(ajv);
    return ajv.compile(JSON.parse(await readFile('schemas/retrain-payload.schema.json', 'utf8')));
  }

  async function stateSchema() {
    const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
    addFormats.default(ajv);
    return ajv.compile(JSON.parse(await readFile('schemas/drift-state.schema.json', 'utf8')));
  }

  const storedState = async () =>
    (await (await openState(inputsOf(byLog), ports)).read('demand/drift'))?.value;

  test('is dispatched once, with a payload that fits its schema', async () => {
    await writeTraining();
    const champion = await registerChampion('1');
    await writeWeek({ warmer: 6 });
    const sent: Record<string, unknown>[] = [];
    const github: GitHub = {
      owner: 'acme',
      repo: 'demand',
      list: async () => ({ status: 404, data: null }),
      request: async (_route, parameters = {}) => {
        sent.push(parameters);
        return { status: 204, data: null };
      },
    };
    const dispatching = { predictions: 'logs/*.jsonl', registry: 'dir:registry', dispatch: 'ml-retrain' };
    const at = { ...ports, github: async () => github };
    const { statuses, outputs } = await check(dispatching, at);
    expect(statuses('retrain.dispatch')).toEqual(['pass']);
    expect(outputs.retrain).toBe('true');
    const payload = sent[0]?.client_payload as Record<string, unknown>;
    const valid = await payloadSchema();
    expect(valid(payload) ? [] : valid.errors).toEqual([]);
    expect(payload).toMatchObject({
      name: 'demand',
      champion: { digest: champion.digest, version: '1.0.1' },
      reasons: ['drift'],
    });

    const again = await check({ ...dispatching, now: '2026-01-08T20:00:00Z' }, at);
    expect(again.outputs.retrain).toBe('false');
    expect(again.found('retrain.decision')[0]?.message).toContain('asked for already');
    expect(sent).toHaveLength(1);
    const validState = await stateSchema();
    expect(validState(await storedState()) ? [] : validState.errors).toEqual([]);
  });

  test('a command that fails leaves it pending, and the next run hands it over again under the same key', async () => {
    await writeTraining();
    await writeWeek({ warmer: 6 });
    let exitCode = 1;
    const commands = new MemoryCommands(() => ({ exitCode, stderr: 'no disk' }));
    const training = { ...byLog, 'retrain-command': '[node, train.mjs]' };
    expect((await refusal(training, { ...ports, commands })).message).toContain('exit code 1');
    exitCode = 0;
    const { outputs } = await check({ ...training, now: '2026-01-08T01:00:00Z' }, { ...ports, commands });
    expect(outputs.retrain).toBe('true');
    const keys = commands.runs.map(({ options }) => options.env?.ML_LOOP_DEDUPE_KEY);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(await storedState()).toMatchObject({ retrain: { status: 'dispatched', dedupeKey: keys[0] } });
  });
});

describe('what is refused', () => {
  test('an earlier now than the state has seen, before anything else', async () => {
    await writeTraining();
    await writeWeek();
    await check(byLog);
    expect((await refusal({ ...byLog, now: '2026-01-07T00:00:00Z' })).message).toContain('now');
  });

  test('a registry without a champion, or a champion without a profile', async () => {
    await writeTraining();
    await writeWeek();
    const monitored = { predictions: 'logs/*.jsonl', registry: 'dir:registry' };
    await registerChampion('1', null);
    expect((await refusal(monitored)).message).toMatch(/no champion of demand.*deploy-canary/);
    await registerChampion('2', 'champion', false);
    expect((await refusal(monitored)).message).toContain('profile.json');
    expect(await readdir(folder)).not.toContain('state');
  });

  test('contradicting inputs, all at once', async () => {
    const { problems } = await refusal({
      predictions: 'logs/*',
      current: 'today.csv',
      prediction: 'yhat',
      every: '7d',
      'minimum-performance': 'roc_auc > 0.8',
      dispatch: 'x'.repeat(101),
      'retrain-command': 'train',
    });
    const text = problems.map(({ where = '', what }) => `${where}: ${what}`).join('\n');
    for (const part of [
      'current and predictions',
      'reference',
      'prediction',
      'mean-time',
      'roc_auc',
      '101 characters',
      'retrain-command',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('columns, times and files that are not there', async () => {
    await writeTraining();
    await writeWeek();
    expect((await refusal({ ...byLog, features: 'tmp' })).message).toMatch(/did you mean temp/);
    expect((await refusal({ ...byLog, ignore: '[temp, hour]' })).message).toContain(
      'no column of the reference is left',
    );
    expect((await refusal({ ...byLog, predictions: 'nowhere/*.jsonl' })).message).toContain('nowhere');
    await write('logs/week.jsonl', ['{"id":"a","timestamp":"yesterday","prediction":1}']);
    expect((await refusal(byLog)).message).toMatch(/week\.jsonl:1/);
    await write('today.csv', ['time,temp,hour', '2026-01-07,1,2', 'soon,1,2']);
    const tables = { reference: 'train.csv', current: 'today.csv', timestamp: 'time' };
    expect((await refusal(tables)).message).toMatch(/today\.csv:3:1/);
  });
});
