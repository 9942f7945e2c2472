/** A model that stays in its store, from validate-model to deploy-canary: judged, registered, released, watched and removed. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition as deployInputs } from '../../../actions/deploy-canary/inputs.ts';
import { run as deploy } from '../../../actions/deploy-canary/run.ts';
import { definition as registerInputs } from '../../../actions/register-model/inputs.ts';
import { run as register } from '../../../actions/register-model/run.ts';
import { definition as validateInputs } from '../../../actions/validate-model/inputs.ts';
import { run as validate } from '../../../actions/validate-model/run.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import type { ActionDefinition, InputTable, InputValues } from '../../../shared/inputs/table.ts';
import type { Outcome } from '../../../shared/ports/outcome.ts';
import type { Ports } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { summaryMarkdown } from '../../../shared/report/summary.ts';
import { type FakeS3, startFakeS3 } from '../../support/fake-s3.ts';

const REFERENCE = 's3://models/demand/2/';
const MODEL = { 'model.json': '{"error":1}', 'sub/weights.bin': 'abc' };
/** Predictions that are off by what the model says; what it was given is written beside them. */
const PREDICT = [
  process.execPath,
  '-e',
  `const fs = require('fs'), path = require('path');
   const [model, data, out] = process.argv.slice(1);
   const file = fs.statSync(model).isDirectory() ? path.join(model, 'model.json') : model;
   const { error } = JSON.parse(fs.readFileSync(file, 'utf8'));
   fs.appendFileSync('given.txt', fs.readdirSync(path.dirname(file), { recursive: true }).sort().join(' ') + '\\n');
   const [, ...rows] = fs.readFileSync(data, 'utf8').trim().split('\\n').map((line) => line.split(','));
   fs.writeFileSync(out, 'id,prediction\\n' + rows.map(([id, label], i) => id + ',' + (Number(label) + error * (i % 2 ? 1 : -1) * (i % 7))).join('\\n'));`,
  '{model}',
  '{data}',
  '{out}',
];

let s3: FakeS3;
let folder: string;
let environment: Record<string, string>;
let now: string;

beforeEach(async () => {
  s3 = await startFakeS3();
  environment = { AWS_ENDPOINT_URL_S3: s3.url };
  now = '2026-03-01T00:00:00Z';
  for (const [path, content] of Object.entries(MODEL)) s3.put(`demand/2/${path}`, content);
  folder = mkdtempSync(join(tmpdir(), 'by-reference-'));
  const rows = Array.from({ length: 300 }, (_, i) => `r${i},${100 + (i % 24)}`);
  writeFileSync(join(folder, 'test.csv'), `id,label\n${rows.join('\n')}\n`);
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await s3.close();
});

async function act<T extends InputTable>(
  run: (inputs: never, ports: Ports) => Promise<Outcome>,
  { name, inputs }: ActionDefinition<T>,
  values: Record<string, unknown>,
): Promise<Outcome> {
  const ports = createPorts({
    ...{
      workingDirectory: folder,
      reportFolder: `ml-loop-report/${name}`,
      env: environment,
      now: new Date(now),
    },
  });
  const given = { name: 'demand', registry: 'dir:registry', ...values };
  try {
    const parsed = parseInputs(inputs, [
      { values: given, where: (input) => `input ${input}` },
    ]) as InputValues<T>;
    const outcome = await run(parsed as never, {
      ...ports,
      clock: { ...ports.clock, now: () => new Date(now), sleep: async () => {} },
    });
    await ports.files.writeReport('verdict.json', JSON.stringify(outcome.verdict));
    return outcome;
  } finally {
    await ports.close();
  }
}
const judge = (values: Record<string, unknown> = {}) =>
  act(validate, validateInputs, {
    ...{
      model: REFERENCE,
      predict: JSON.stringify(PREDICT),
      'test-data': 'test.csv',
      metric: 'mae',
      margin: '50%',
    },
    ...{ 'first-release': 'allow', ...values },
  });
const keep = (values: Record<string, unknown> = {}) =>
  act(register, registerInputs, {
    ...(values.operation === undefined ? { model: REFERENCE } : {}),
    ...values,
  });
const statuses = ({ verdict }: Outcome) =>
  Object.fromEntries(verdict.checks.map(({ id, status }) => [id, status]));
const local = (content = MODEL) => {
  for (const [path, text] of Object.entries(content)) {
    mkdirSync(join(folder, 'model/sub'), { recursive: true });
    writeFileSync(join(folder, 'model', path), text);
  }
};
const fixOf = ({ verdict }: Outcome, id: string) =>
  verdict.checks.find((check) => check.id === id)?.fix ?? '';
const messageOf = ({ verdict }: Outcome, id: string) =>
  verdict.checks.find((check) => check.id === id)?.message ?? '';

describe('validate-model', () => {
  test('judges the bytes that the reference names, in a folder of their own', async () => {
    const { verdict } = await judge();
    local();
    const { digest } = await createPorts({ workingDirectory: folder, reportFolder: 'r' }).files.bundle([
      'model',
    ]);
    expect(verdict.subjects[0]).toMatchObject({ role: 'candidate', name: REFERENCE, digest });
    expect(verdict.compared).toMatchObject({ binding: 'bound' });
    expect(readFileSync(join(folder, 'given.txt'), 'utf8')).toBe('model.json sub sub/weights.bin\n');
  });

  test('gives a command the file itself if the reference is one object', async () => {
    await judge({ model: 's3://models/demand/2/model.json' });
    expect(readFileSync(join(folder, 'given.txt'), 'utf8')).toBe('model.json\n');
  });

  test('compares with production and anchor by reference', async () => {
    s3.put('demand/1/model.json', '{"error":2}');
    s3.put('demand/0/model.json', '{"error":3}');
    const { verdict } = await judge({
      'production-model': 's3://models/demand/1/',
      anchor: 's3://models/demand/0/',
    });
    expect(verdict.subjects.map(({ role, name }) => [role, name])).toEqual(
      expect.arrayContaining([
        ['production', 's3://models/demand/1/'],
        ['anchor', 's3://models/demand/0/'],
      ]),
    );
    expect(verdict.status).toBe('pass');
  });

  test('names the digest of supplied predictions, and of metrics files, without reading the model', async () => {
    writeFileSync(
      join(folder, 'candidate.csv'),
      readFileSync(join(folder, 'test.csv'), 'utf8').replace('label', 'prediction'),
    );
    writeFileSync(join(folder, 'metrics.json'), '{"mae": 1}');
    const digests: string[] = [];
    for (const candidate of ['candidate.csv', 'metrics.json']) {
      const values = {
        candidate,
        predict: '',
        conditions: candidate === 'metrics.json' ? 'mae <= 5' : undefined,
      };
      const { verdict } = await judge(
        Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
      );
      digests.push(verdict.subjects.find(({ role }) => role === 'candidate')?.digest ?? '');
    }
    expect(new Set(digests).size).toBe(1);
    expect(digests[0]).toMatch(/^sha256:/);
    expect(s3.requests.filter(({ method, path }) => method === 'GET' && path !== '/models/')).toEqual([]);
  });

  test.each([
    ['model', { model: 'gs://b/x' }],
    ['production-model', { 'production-model': 'gs://b/x' }],
    ['anchor', { anchor: 'gs://b/x' }],
  ])('says which input names a store that is not known: %s', async (input, values) => {
    const asking = judge(values);
    await expect(asking).rejects.toThrow(UserError);
    await expect(asking).rejects.toThrow(new RegExp(`input ${input}: gs: is not a store`));
  });

  test('does not go on if the store gives other bytes than it proves', async () => {
    await s3.close();
    s3 = await startFakeS3({
      answer: ({ method, path, headers }) =>
        method === 'GET' && path.endsWith('model.json')
          ? { status: 200, headers: { etag: headers['if-match'] ?? '' }, body: '{"error":9}' }
          : undefined,
    });
    environment = { AWS_ENDPOINT_URL_S3: s3.url };
    for (const [path, content] of Object.entries(MODEL)) s3.put(`demand/2/${path}`, content);
    await expect(judge()).rejects.toThrow(/model\.json: its store gives other bytes/);
    expect(existsSync(join(folder, 'given.txt'))).toBe(false);
  });
});

describe('register-model', () => {
  test('registers what was judged, without its bytes, and shows where they are', async () => {
    await judge();
    const { verdict, outputs } = await keep();
    expect(verdict.status).toBe('pass');
    expect(outputs).toMatchObject({ version: '1.0.0', created: 'true' });
    expect(messageOf({ verdict, outputs }, 'register.stored')).toBe(
      'demand 1.0.0 was registered and read back; its bytes stay in s3://models/demand/2/',
    );
    const version = join(folder, 'registry/demand/versions/1.0.0');
    expect(readdirSync(version).sort()).toEqual(['evidence', 'manifest.json']);
    const card = readFileSync(join(version, 'evidence/model-card.md'), 'utf8');
    expect(card).toContain('| Bytes | in `s3://models/demand/2/`, not in the registry |');
    expect(summaryMarkdown(verdict)).toContain('`s3://models/demand/2/`');
    const listed = await keep({ operation: 'list' });
    expect(listed.verdict.measures).toMatchObject({ versions: [{ origin: REFERENCE }] });
  });

  test('of a copy on disk that was judged, too, and the other way round', async () => {
    local();
    await judge({ model: 'model' });
    const { outputs } = await keep();
    expect(outputs).toMatchObject({ version: '1.0.0', created: 'true' });
    const again = await keep({ model: 'model' });
    expect(again.outputs).toMatchObject({ version: '1.0.0', created: 'false', digest: outputs.digest });
    expect(messageOf(again, 'register.stored')).toContain('its bytes stay in s3://models/demand/2/');
  });

  test('puts the bytes into an image, from their store', async () => {
    const { startOciRegistry } = await import('../../support/oci-registry.ts');
    const containers = await startOciRegistry();
    await judge();
    const { verdict, outputs } = await keep({
      image: `{base: scratch, target: ${containers.host}/acme/server}`,
    });
    expect(verdict.status).toBe('pass');
    expect(outputs.image).toMatch(/acme\/server@sha256:/);
    expect(statuses(await keep({ operation: 'verify' }))).toMatchObject({
      'register.bytes': 'pass',
      'register.image': 'pass',
    });
    await containers.close();
  });

  test('refuses bytes that were replaced since they were judged', async () => {
    await judge();
    s3.put('demand/2/model.json', '{"error":0}');
    const { verdict } = await keep();
    expect(verdict.status).toBe('fail');
    expect(existsSync(join(folder, 'registry/demand/versions/1.0.0'))).toBe(false);
  });

  test('verifies, fetches, promotes and removes by asking the store', async () => {
    await judge();
    await keep();
    const verified = await keep({ operation: 'verify' });
    expect(statuses(verified)).toMatchObject({ 'register.bytes': 'pass', 'register.evidence': 'pass' });
    expect(messageOf(verified, 'register.bytes')).toContain('in s3://models/demand/2/');
    await keep({ operation: 'fetch', to: 'out', version: 'candidate' });
    expect(readFileSync(join(folder, 'out/sub/weights.bin'), 'utf8')).toBe('abc');
    expect(statuses(await keep({ operation: 'promote', version: '1.0.0', alias: 'blessed' }))).toMatchObject({
      'register.alias': 'pass',
    });
    rmSync(join(folder, 'registry/demand/aliases'), { recursive: true });
    now = '2027-03-01T00:00:00Z';
    await keep({ operation: 'gc', 'dry-run': 'false', state: 'dir:state' });
    expect(existsSync(join(folder, 'registry/demand/versions/1.0.0'))).toBe(false);
    // What is in the store is not the registry's to remove.
    await judge();
  });

  test.each([
    ['replaced', 'fail', /was replaced since it was registered/],
    ['gone', 'fail', /is not in the bucket any more/],
    ['out of reach', 'inconclusive', /the store of the bucket cannot be reached/],
  ])('does not promote, nor take for whole, what is %s', async (what, status, message) => {
    await judge();
    await keep();
    if (what === 'replaced') s3.put('demand/2/model.json', '{"error":0}');
    if (what === 'gone') s3.purge('demand/2/model.json');
    if (what === 'out of reach') environment = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' };
    const verified = await keep({ operation: 'verify', version: '1.0.0' });
    expect(statuses(verified)['register.bytes']).toBe(status);
    expect(messageOf(verified, 'register.bytes')).toMatch(message);
    expect(fixOf(verified, 'register.bytes')).not.toBe('');
    const promoted = await keep({ operation: 'promote', version: '1.0.0', alias: 'blessed' });
    expect(statuses(promoted)['register.alias']).toBeUndefined();
    expect(promoted.verdict.status).toBe(status);
    await expect(keep({ operation: 'fetch', to: 'out', version: '1.0.0' })).rejects.toThrow(message);
    expect(existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')) : []).toEqual([]);
  });
});

describe('deploy-canary', () => {
  const rollout = (values: Record<string, unknown> = {}) =>
    act(deploy, deployInputs, {
      ...{ model: 'model:demand@candidate', router: 'file:router.json', state: 'dir:state' },
      ...{ metrics: 'log:log.jsonl', steps: '[{weight: 50, at-least: 1m}]', ...values },
    });

  test('fetches for the smoke test, and does not promote what was replaced meanwhile', async () => {
    writeFileSync(join(folder, 'log.jsonl'), '');
    await judge();
    await keep();
    const test = JSON.stringify([
      process.execPath,
      '-e',
      "require('fs').copyFileSync(process.env.ML_LOOP_MODEL_DIR + '/model.json', 'smoked.json')",
    ]);
    await rollout({ operation: 'start', 'smoke-test': test });
    expect(readFileSync(join(folder, 'smoked.json'), 'utf8')).toBe('{"error":1}');
    s3.put('demand/2/model.json', '{"error":0}');
    now = '2026-03-01T01:00:00Z';
    await expect(rollout({ operation: 'promote', 'smoke-test': test })).rejects.toThrow(
      /was replaced since it was registered/,
    );
    expect(existsSync(join(folder, 'registry/demand/aliases/champion.json'))).toBe(false);
    s3.put('demand/2/model.json', '{"error":1}');
    await rollout({ operation: 'promote', 'smoke-test': test });
    expect(
      JSON.parse(readFileSync(join(folder, 'registry/demand/aliases/champion.json'), 'utf8')),
    ).toMatchObject({ value: { version: '1.0.0' } });
  });
});
