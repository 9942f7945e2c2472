import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ACTIONS, TABLES } from '../../../actions/catalog.ts';
import { main } from '../../../shared/host/main.ts';
import type { Check, JsonObject } from '../../../shared/verdict/verdict.ts';
import { csv } from '../model/helpers.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-model-looks-'));
  for (const [model, wrong] of [
    ['candidate', 0.2],
    ['other', 0.2],
    ['production', 0.2],
  ] as const) {
    await mkdir(join(folder, model));
    await writeFile(join(folder, model, 'model.json'), JSON.stringify({ model, wrong }));
  }
  // Wrong on a share of the rows that depends on model and row.
  await writeFile(
    join(folder, 'predict.mjs'),
    `import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
const [path, data, out] = process.argv.slice(2);
const { model, wrong } = JSON.parse(readFileSync(path + '/model.json', 'utf8'));
const rows = readFileSync(data, 'utf8').trim().split('\\n').slice(1).map((row) => {
  const [id, label] = row.split(',');
  const place = createHash('sha256').update(model + id).digest().readUInt32BE(0) / 2 ** 32;
  return id + ',' + (place < wrong ? 1 - label : label);
});
writeFileSync(out, ['id,prediction', ...rows, ''].join('\\n'));
`,
  );
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const labelled = (rows: number) =>
  writeFile(join(folder, 'test.csv'), csv(Array.from({ length: rows }, (_, id) => ({ id, label: id % 2 }))));

async function judge(given: Record<string, string> = {}, event = 'push') {
  const outputs: Record<string, string> = {};
  let said = '';
  const values = {
    ...{ predict: `[${process.execPath}, predict.mjs, "{model}", "{data}", "{out}"]`, model: 'candidate' },
    ...{ 'production-model': 'production', 'test-data': 'test.csv', metric: 'accuracy', margin: '0.02' },
    ...{ state: 'dir:state', 'working-directory': folder, ledger: 'off', looks: '2' },
    ...given,
  };
  const report = join(folder, 'ml-loop-report');
  await rm(report, { recursive: true, force: true });
  const exit = await main(ACTIONS['validate-model'], {
    surface: {
      log: { info: (message) => (said += `${message}\n`) },
      runner: { github: false, hosted: false, event },
      given: () => ({ values, where: (name) => `input ${name}` }),
      mask: () => {},
      annotate: ({ message }) => {
        said += message;
      },
      summarise: async () => {},
      output: (name, value) => {
        outputs[name] = value;
      },
    },
    env: { PATH: process.env.PATH },
    tables: async () => TABLES,
  });
  const file = join(report, 'validate-model/verdict.json');
  const verdict: JsonObject = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  const checks = (verdict.checks ?? []) as unknown as Check[];
  const look = checks.find(({ id }) => id === 'test-set.looks');
  const comparison = checks.find(({ id }) => id.startsWith('comparison.'));
  const counted = checks.filter(({ id }) => id === 'test-set.recorded').map(({ message }) => message);
  return { exit, outputs, said, look, comparison, counted: counted.join('; ') };
}

test('an undecided candidate is judged again when more labelled rows have come, each time at its share of 5 %', async () => {
  await labelled(300);
  const first = await judge();
  expect([first.exit, first.outputs.comparison, first.outputs['looks-left']]).toEqual([1, 'unknown', '1']);
  expect(first.look).toMatchObject({ status: 'pass', observed: 1 });
  expect(first.look?.message).toContain('look 1 of 2 at this candidate, tested at an error rate of 2.5 %');
  expect(first.comparison?.evidence?.level).toBeCloseTo(0.975, 9);

  const again = await judge();
  expect([again.outputs.comparison, again.outputs['looks-left']]).toEqual(['unknown', '1']);

  await labelled(6000);
  const second = await judge();
  expect([second.exit, second.outputs.comparison, second.outputs['looks-left']]).toEqual([
    0,
    'not-worse',
    '0',
  ]);

  await labelled(6100);
  const third = await judge();
  expect([third.exit, third.outputs.comparison, third.outputs['looks-left']]).toEqual([1, 'unknown', '0']);
  expect(third.look).toMatchObject({ status: 'inconclusive', fix: 'train a new candidate on newer data' });
  expect(third.comparison).toBeUndefined();

  const another = await judge({ model: 'other' });
  expect(another.outputs['looks-left']).toBe('1');
});

test('a pull request reads the looks and does not count its own', async () => {
  await labelled(300);
  const read = await judge({}, 'pull_request');
  expect(read.look).toMatchObject({ status: 'warn' });
  expect(read.look?.message).toContain('this look is not counted');
  expect((await judge()).look?.message).toContain('look 1 of 2');
});

test('a job that runs none of the pull request’s code counts its look, once, and no more than there are', async () => {
  await labelled(300);
  await judge({}, 'pull_request');
  const verdict = join(folder, 'read.json');
  const read = JSON.parse(await readFile(join(folder, 'ml-loop-report/validate-model/verdict.json'), 'utf8'));
  await writeFile(verdict, JSON.stringify(read));
  const record = { operation: 'record-use', verdict, predict: '', model: '' };
  for (const _ of [1, 2])
    expect(await judge(record)).toMatchObject({
      exit: 0,
      counted: expect.stringContaining('look at the candidate is counted'),
    });
  await labelled(6000);
  expect((await judge()).look?.message).toContain('look 2 of 2');

  const other = read.measures.looks.record.looks[0].testSet.replace(/.{4}$/, '0000');
  read.measures.looks.record.looks[0].testSet = other;
  await writeFile(verdict, JSON.stringify(read));
  expect(await judge(record)).toMatchObject({
    exit: 1,
    counted: expect.stringContaining('took all 2 looks'),
  });
  for (const looks of [
    {},
    { most: 0, record: read.measures.looks.record },
    { most: 2, record: { looks: [] } },
  ]) {
    await writeFile(verdict, JSON.stringify({ ...read, measures: { looks } }));
    expect(await judge(record)).toMatchObject({ exit: 2, said: expect.stringContaining('#/measures/looks') });
  }
});

test('a verdict from aggregate numbers used no test set, and says so when it is to be counted', async () => {
  for (const file of ['candidate.json', 'production.json'])
    await writeFile(join(folder, file), '{"accuracy": 0.9}');
  const numbers = { candidate: 'candidate.json', production: 'production.json' };
  const none = { predict: '', model: '', 'production-model': '', 'test-data': '', looks: '1' };
  await judge({ ...none, ...numbers, ledger: 'warn' });
  const verdict = join(folder, 'read.json');
  await writeFile(verdict, await readFile(join(folder, 'ml-loop-report/validate-model/verdict.json')));
  const recorded = await judge({ ...none, operation: 'record-use', verdict });
  expect(recorded).toMatchObject({ exit: 0, counted: expect.stringContaining('no use to count') });
});

test('looks need the files of the candidate, by which they are counted', async () => {
  await labelled(300);
  await writeFile(
    join(folder, 'p.csv'),
    csv([...Array(300).keys()].map((id) => ({ id, prediction: id % 2 }))),
  );
  const declared = {
    predict: '',
    model: '',
    'production-model': '',
    candidate: 'p.csv',
    production: 'p.csv',
  };
  const none = await judge(declared);
  expect([none.exit, none.said]).toEqual([2, expect.stringContaining('needs `model`')]);
});

test('by default there is one look, which nothing counts', async () => {
  await labelled(300);
  const { look, outputs } = await judge({ looks: '1' });
  expect([look, outputs['looks-left']]).toEqual([undefined, '']);
});
