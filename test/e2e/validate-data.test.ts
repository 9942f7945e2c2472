import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

const CONTRACT = [
  '$schema: https://json-schema.org/draft/2020-12/schema',
  'type: object',
  'properties:',
  '  id: { type: integer }',
  '  temp: { type: number, minimum: -30, maximum: 45 }',
  '  city: { enum: [Bern, Basel] }',
  '  note: { type: [string, "null"] }',
  'required: [id, temp, city, note]',
  'additionalProperties: false',
  'x-ml-loop: { key: [id] }',
];

const REPORT = ['profile.json', 'report.html', 'verdict.json'];

test('rows that keep the contract pass, and the report folder holds what the outputs name', async () => {
  space.write('contract.yml', CONTRACT);
  space.write('data/a.csv', ['id,temp,city,note', '1,20.5,Bern,', '2,-3,Basel,cold']);
  space.write('data/b.csv', ['id,temp,city,note', '3,7,Bern,"a, b"']);
  const run = await space.step('validate-data', { data: 'data/*.csv', contract: 'contract.yml' });
  expect(run).toMatchObject({ exit: 0, stderr: '' });
  expect(workflowCommands(run.stdout)).toEqual([]);
  expect(run.outputs).toEqual({
    status: 'pass',
    verdict: 'ml-loop-report/validate-data/verdict.json',
    violations: '',
    report: 'ml-loop-report/validate-data/report.html',
    'failed-checks': '0',
    summary: expect.stringMatching(/ in 3 rows$/),
    profile: 'ml-loop-report/validate-data/profile.json',
    contract: '',
    rows: '3',
    'invalid-rows': '0',
  });
  expect(space.files('ml-loop-report')).toEqual(REPORT.map((file) => `validate-data/${file}`));
  expect(space.verdict('validate-data')).toMatchObject({
    status: 'pass',
    name: 'default',
    subjects: [{ role: 'data', name: 'data/*.csv', rows: 3 }],
  });
  expect(run.summary).toContain('validate-data');
  expect(run.summary).toContain('ml-loop-report/validate-data/report.html');
});

test('each violation is annotated at its file and line, also behind multi-line fields, CRLF and a BOM', async () => {
  space.write('work/contract.yml', CONTRACT);
  space.write(
    'work/data/a.csv',
    '\ufeffid,temp,city,note\r\n1,20,Bern,"two\r\nlines"\r\n2,99,Bern,\r\n3,5,Genf,\r\n1,6,Basel,\r\n',
  );
  space.write('work/data/b.csv.gz', gzipSync('id,temp,city,note\n7,warm,Bern,"\n\n\n"\n8,-31,Basel,\n'));
  const run = await space.step('validate-data', {
    data: 'data/*',
    contract: 'contract.yml',
    'working-directory': 'work',
    integrity: 'off',
  });
  expect(run).toMatchObject({ exit: 1, stderr: '' });
  expect(run.outputs).toMatchObject({ status: 'fail', rows: '6', 'invalid-rows': '5' });
  const errors = workflowCommands(run.stdout);
  expect(errors.every(({ name }) => name === 'error')).toBe(true);
  const places = errors.map(({ properties: { title, file, line } }) => `${title} ${file}:${line}`).sort();
  expect(places).toEqual([
    'fail · column.enum · city work/data/a.csv:5',
    'fail · column.range · temp work/data/a.csv:4',
    'fail · column.range · temp work/data/b.csv.gz:6',
    'fail · column.type · temp work/data/b.csv.gz:2',
    'fail · table.key work/data/a.csv:6',
  ]);
  expect(run.stdout).toMatch(/^::error title=fail · column\.enum · city,file=work\/data\/a\.csv,line=5/m);
  for (const place of ['data/a.csv:5', 'data/b.csv.gz:2']) expect(run.summary).toContain(place);
  expect(space.files('work/ml-loop-report/validate-data')).toEqual([...REPORT, 'violations.csv']);
});

test('JSON Lines are held against a contract that only ajv can decide', async () => {
  space.write(
    'contract.json',
    JSON.stringify({
      type: 'object',
      properties: { kind: { type: 'string' }, size: { type: 'number' }, at: { format: 'date' } },
      if: { properties: { kind: { const: 'small' } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword.
      then: { properties: { size: { maximum: 1 } } },
      additionalProperties: true,
    }),
  );
  space.write('rows.jsonl', [
    '{"kind":"small","size":0.5,"at":"2026-01-31"}',
    '{"kind":"small","size":3,"at":"2026-01-31"}',
    '{"kind":"large","size":3,"at":"2026-02-30"}',
  ]);
  const run = await space.step('validate-data', { data: 'rows.jsonl', contract: 'contract.json' });
  expect(run).toMatchObject({ exit: 1, stderr: '' });
  const lines = workflowCommands(run.stdout).map(({ properties: { title, line } }) => `${title} ${line}`);
  expect(lines.sort()).toEqual(['fail · column.format · at 3', 'fail · column.range · size 2']);
});

describe('without a contract', () => {
  test('one is proposed, which the same data keep and other data break', async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${i},${(i * 7) % 30},${i % 2 === 0 ? 'Bern' : 'Basel'}`,
    );
    space.write('data.csv', ['id,temp,city', ...rows]);
    const first = await space.step('validate-data', { data: 'data.csv' });
    expect(first).toMatchObject({ exit: 0, outputs: { status: 'warn' } });
    const [proposal] = workflowCommands(first.stdout);
    expect(proposal).toMatchObject({ name: 'warning', properties: { title: 'warn · contract.proposed' } });
    expect(space.files('ml-loop-report/validate-data')).toEqual(['contract.yml', ...REPORT]);
    space.write('contract.yml', space.read(first.outputs.contract ?? ''));
    space.write('worse.csv', ['id,temp,city', '1,2,Zug', '1,900,Bern']);
    const [same, worse] = await Promise.all([
      space.step('validate-data', {
        data: 'data.csv',
        contract: 'contract.yml',
        'report-id': 'same',
        integrity: 'off',
      }),
      space.step('validate-data', { data: 'worse.csv', contract: 'contract.yml', 'report-id': 'worse' }),
    ]);
    expect(same).toMatchObject({ exit: 0, outputs: { status: 'pass', contract: '' } });
    expect(worse).toMatchObject({ exit: 1, outputs: { status: 'fail', 'invalid-rows': '2' } });
    expect(space.files('ml-loop-report').filter((path) => path.endsWith('verdict.json'))).toEqual([
      'validate-data-same/verdict.json',
      'validate-data-worse/verdict.json',
      'validate-data/verdict.json',
    ]);
  });

  test('distributions are compared with a profile, and drift is drawn', async () => {
    const table = (shift: number) => [
      'temp,city',
      ...Array.from({ length: 800 }, (_, i) => `${((i * 7919) % 101) / 4 + shift},${'ABC'[(i * 31) % 3]}`),
    ];
    space.write('train.csv', table(0));
    space.write('same.csv', table(0));
    space.write('warmer.csv', table(5));
    const train = await space.step('validate-data', { data: 'train.csv', 'report-id': 'train' });
    const reference = train.outputs.profile ?? '';
    const [same, warmer] = await Promise.all([
      space.step('validate-data', {
        data: 'same.csv',
        reference,
        'report-id': 'same',
        margin: '20%',
        integrity: 'off',
      }),
      space.step('validate-data', { data: 'warmer.csv', reference, 'report-id': 'warmer' }),
    ]);
    expect(same).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
    expect(warmer).toMatchObject({ exit: 1, outputs: { status: 'fail', 'invalid-rows': '0' } });
    const drifted = space.verdict('validate-data-warmer').checks.filter(({ status }) => status === 'fail');
    expect(drifted.map(({ target }) => target?.column)).toEqual(['temp']);
    expect(space.read('ml-loop-report/validate-data-warmer/report.html')).toContain('<figure>');
  });
});
