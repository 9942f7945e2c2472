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
    tables: TABLES,
  });
  const file = join(report, 'validate-model/verdict.json');
  const verdict: JsonObject = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  const checks = (verdict.checks ?? []) as unknown as Check[];
  const look = checks.find(({ id }) => id === 'test-set.looks');
  const comparison = checks.find(({ id }) => id.startsWith('comparison.'));
  return { exit, outputs, said, look, comparison };
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
