/** Actions over data that are in S3: as over files here, with the states of what was judged in the verdict. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { definition as data } from '../../../actions/validate-data/inputs.ts';
import { run as validateData } from '../../../actions/validate-data/run.ts';
import { definition as model } from '../../../actions/validate-model/inputs.ts';
import { run as validateModel } from '../../../actions/validate-model/run.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { logMetrics } from '../../../shared/rollout/log-metrics.ts';
import { type FakeS3, startFakeS3 } from '../../support/fake-s3.ts';

let folder: string;
let s3: FakeS3;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'addresses-'));
  s3 = await startFakeS3();
});
afterEach(async () => {
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
});
const where = (name: string) => `input ${name}`;
const fitsSchema = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync('schemas/verdict.schema.json', 'utf8')),
);
const ports = () =>
  createPorts({
    ...{ workingDirectory: folder, reportFolder: 'report', now: new Date('2026-01-07T00:00:00Z') },
    env: { AWS_ENDPOINT_URL_S3: s3.url },
  });

test('validate-data has the verdict of the same files here, foreign keys included', async () => {
  const files = { 'day=1/a.csv': 'id,ref\n1,x\n2,y\n', 'day=2/a.csv': 'id,ref\n3,x\n3,q\n' };
  for (const [path, content] of Object.entries(files)) {
    s3.put(`demand/${path}`, content);
    mkdirSync(join(folder, 'demand', path, '..'), { recursive: true });
    writeFileSync(join(folder, 'demand', path), content);
  }
  s3.put('refs.csv', 'name\nx\ny\n');
  const contract = {
    properties: { id: { type: 'integer' } },
    'x-ml-loop': {
      key: ['id'],
      'foreign-keys': [{ columns: ['ref'], file: 's3://models/refs.csv', references: ['name'] }],
    },
  };
  writeFileSync(join(folder, 'contract.json'), JSON.stringify(contract));
  const judged = async (given: string) => {
    const values = { data: given, contract: 'contract.json', reference: given };
    const { verdict } = await validateData(parseInputs(data.inputs, [{ values, where }]), ports());
    fitsSchema(JSON.parse(JSON.stringify(verdict)));
    expect(fitsSchema.errors ?? []).toEqual([]);
    return verdict;
  };
  const there = await judged('s3://models/demand/**/*.csv');
  const here = await judged('demand/**/*.csv');
  expect(there.subjects.map(({ digest }) => digest)).toEqual(here.subjects.map(({ digest }) => digest));
  expect(there.checks.map(({ id, status, observed }) => ({ id, status, observed }))).toEqual(
    here.checks.map(({ id, status, observed }) => ({ id, status, observed })),
  );
  expect(there.status).toBe('fail');
  for (const { stored } of there.subjects)
    expect(stored).toEqual({
      digestOf: 'bytes',
      files: [
        { address: 's3://models/demand/day=1/a.csv', state: expect.stringMatching(/^etag="/) },
        { address: 's3://models/demand/day=2/a.csv', state: expect.stringMatching(/^etag="/) },
      ],
    });
});

test('validate-model reads predictions, and gives predict a copy of the test data', async () => {
  const ids = Array.from({ length: 40 }, (_, id) => id);
  s3.put('test.csv', ['id,label', ...ids.map((id) => `${id},${id * 2}`), ''].join('\n'));
  s3.put('candidate.csv', ['id,prediction', ...ids.map((id) => `${id},${id * 2 + (id % 3)}`), ''].join('\n'));
  writeFileSync(join(folder, 'model.json'), '{}');
  const program =
    'const fs=require("fs");const [,d,o]=process.argv.slice(1);fs.writeFileSync(o,fs.readFileSync(d,"utf8").replace("label","prediction"))';
  const judged = async (values: Record<string, unknown>) => {
    const all = {
      'test-data': 's3://models/test.csv',
      task: 'regression',
      id: 'id',
      label: 'label',
      ...values,
    };
    return (await validateModel(parseInputs(model.inputs, [{ values: all, where }]), ports())).verdict;
  };
  const bound = await judged({
    model: 'model.json',
    predict: [process.execPath, '-e', program, '{model}', '{data}', '{out}'],
  });
  expect(bound.subjects).toContainEqual(
    expect.objectContaining({
      role: 'data',
      name: 's3://models/test.csv',
      rows: 40,
      stored: expect.anything(),
    }),
  );
  expect(bound.checks.find(({ id }) => id === 'model.changed')?.status).toBe('pass');
  const declared = await judged({ candidate: 's3://models/candidate.csv' });
  expect(declared.subjects.map(({ role, rows, stored }) => [role, rows, stored?.files.length])).toEqual([
    ['predictions', 40, 1],
    ['data', 40, 1],
  ]);
});

test('the log of a rollout is read again at each look', async () => {
  const line = (id: number) =>
    `{"id":"r${id}","timestamp":"2026-01-05T12:00:0${id}Z","model":"1.1.0","prediction":1}\n`;
  const source = logMetrics({ pattern: 's3://models/logs/*.jsonl', maxUnreadable: 0.01 }, ports().files);
  const look = {
    canary: { version: '1.1.0', digest: 'c' },
    stable: { version: '1.0.0', digest: 's' },
    ...{ since: new Date('2026-01-05T00:00:00Z'), now: new Date('2026-01-06T00:00:00Z') },
  };
  const counted = async () =>
    JSON.stringify(await source.read(look as never, await source.baseline(look as never)));
  expect(await counted()).toMatch(/no file matches/);
  s3.put('logs/a.jsonl', line(1));
  expect(await counted()).toMatch(/"canary":\{"requests":1,/);
  s3.put('logs/a.jsonl', line(1) + line(2));
  s3.put('logs/b.jsonl', line(3));
  expect(await counted()).toMatch(/"canary":\{"requests":3,/);
});
