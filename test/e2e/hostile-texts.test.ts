import { describe, expect, test } from '@jest/globals';
import { parseHTML } from 'linkedom';
import { NODES, type StepRun } from '../support/bundle.ts';
import {
  at,
  DEPLOYMENT,
  logLines,
  PREDICT_COMMAND,
  registerVersion,
  STORES,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

describe('hostile texts break out of nothing', () => {
  const HOSTILE = [
    '::error::pwned',
    'a\n::error title=fail · pwned::pwned',
    'a\r\n::set-output name=status::pass',
    'a%0A::warning::pwned',
    'a ##[set-output name=status;]pass',
    '`b` **c** [d](javascript:pwned) ![e](http://127.0.0.1/pwned.png) @everyone',
    '<script>pwned()</script>',
    '<img src=x onerror=pwned()>',
    '"><svg onload=pwned()>',
    '| a | b |',
    '\u001b[31mred\u001b]0;pwned\u0007',
    '\u202etxet',
    '$(touch pwned) ; touch pwned',
  ];

  /** No stream holds a command but ours, no document an element but ours, and no program was run. */
  function expectHarmless(...runs: readonly StepRun[]): void {
    for (const { stdout, stderr, summary, outputs } of runs) {
      for (const { name, properties } of workflowCommands(`${stdout}\n${stderr}`)) {
        expect(['error', 'warning', 'notice']).toContain(name);
        expect(properties.title).toMatch(/^(fail|warn|inconclusive) · (?!pwned)|: error$/);
      }
      expect(Object.keys(outputs).join()).toMatch(/^[a-z,-]+$/);
      expect(summary).not.toMatch(/<(?!\/?(code|details|summary|br)\b)[a-z]/i);
      expect(summary).not.toMatch(/\]\(|@everyone|\*\*c\*\*/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(summary).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
    const files = space.files();
    for (const file of files.filter((path) => path.endsWith('.html'))) {
      const { document } = parseHTML(space.read(file));
      expect(document.querySelectorAll('script, img, iframe, object, [onload], [onerror]')).toHaveLength(0);
      for (const link of document.querySelectorAll('a'))
        expect(link.getAttribute('href')).not.toMatch(/^[a-z]+:/);
    }
    expect(files).not.toContain('pwned');
  }

  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const header = HOSTILE.map(quoted).join(',');
  const cells = HOSTILE.map((_, i) => String(i)).join(',');

  test('as columns and cells of data, with and without a contract and a reference', async () => {
    space.write('data.csv', [header, cells, header]);
    space.write('other.csv', [header, ...Array.from({ length: 90 }, () => header)]);
    space.write('double.csv', [`${header},${quoted(HOSTILE[1] ?? '')}`, cells]);
    const contract = {
      properties: Object.fromEntries(HOSTILE.map((name) => [name, { type: 'integer', maximum: 0 }])),
      required: [...HOSTILE, 'x\n::error::pwned'],
    };
    space.write('contract.json', JSON.stringify(contract));
    const inputs = { data: 'data.csv', contract: 'contract.json' };
    const runs = await Promise.all([
      space.step('validate-data', { ...inputs, 'report-id': 'hide' }),
      space.step('validate-data', { ...inputs, samples: 'show', 'report-id': 'show' }),
      space.step('validate-data', { data: 'data.csv', 'report-id': 'proposal', name: HOSTILE[1] ?? '' }),
      space.step('validate-data', { data: 'other.csv', reference: 'data.csv', 'report-id': 'drift' }),
      space.step('validate-data', { data: 'double.csv', 'report-id': 'double' }),
    ]);
    expect(runs.map(({ exit }) => exit)).toEqual([1, 1, 0, expect.any(Number), 1]);
    expect(runs.map(({ stderr }) => stderr).join('')).toBe('');
    expectHarmless(...runs);
    const cli = await space.cli([
      'validate-data',
      '--data',
      'data.csv',
      '--contract',
      'contract.json',
      '--outputs',
    ]);
    expect(cli.exit).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(`${cli.stdout}${cli.stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('as names of files and models', async () => {
    const names = HOSTILE.filter((name) => !name.includes('/'));
    for (const name of names) space.write(`data/${name}.csv`, ['id', 'x']);
    space.write('contract.json', '{"properties": {"id": {"type": "integer"}}}');
    const missing = JSON.stringify(names.map((name) => `none/${name}`));
    const runs = await Promise.all([
      space.step('validate-data', { data: 'data/*', contract: 'contract.json' }),
      space.step('validate-data', { data: missing, 'report-id': 'missing' }),
      ...names
        .slice(0, 4)
        .flatMap((name, i) => [
          space.step('validate-data', { data: 'data/*', name, 'report-id': `named${i}` }),
          space.step('register-model', { ...STORES, name, model: 'data' }),
          space.step('deploy-canary', { ...DEPLOYMENT, name }),
        ]),
    ]);
    expect(runs.map(({ exit }) => exit)).toEqual([1, 2, ...names.slice(0, 4).flatMap(() => [0, 2, 2])]);
    expectHarmless(...runs);
    expect(space.files().filter((file) => /^(state|registry|router)/.test(file))).toEqual([]);
  });

  test('as classes and groups of predictions', async () => {
    const row = (i: number, wrong: number) => {
      const label = quoted(HOSTILE[i % 2] ?? '');
      const other = quoted(HOSTILE[(i + 1) % 2] ?? '');
      return `${i},${label},${i % wrong === 0 ? other : label},${quoted(HOSTILE[i % HOSTILE.length] ?? '')}`;
    };
    const table = (wrong: number) => [
      'id,label,prediction,group',
      ...Array.from({ length: 400 }, (_, i) => row(i, wrong)),
    ];
    space.write('new.csv', table(5));
    space.write('old.csv', table(9));
    const inputs = {
      candidate: 'new.csv',
      production: 'old.csv',
      metric: 'accuracy',
      margin: '0.01',
      sensitive: 'group',
      'max-group-difference': '0.1',
      'min-group-size': '5',
      samples: 'show',
    };
    const run = await space.step('validate-model', inputs);
    expect(run).toMatchObject({ exit: 1, stderr: '' });
    expectHarmless(run);
  });

  const shout = `console.error(${JSON.stringify(HOSTILE.join('\n'))}); process.exit(3);`;

  test('as what predict writes on its error stream', async () => {
    writeProject(space);
    writeModel(space, 'model', 4);
    space.write('shout.mjs', shout);
    const predict = PREDICT_COMMAND.replace('predict.mjs', 'shout.mjs');
    const run = await space.step('validate-model', { ...validation('model'), predict });
    expect(run.exit).toBe(2);
    expectHarmless(run);
  });

  test('as what a smoke test writes on its error stream', async () => {
    await registerVersion(space, { version: '1.0.0', alias: 'candidate' });
    space.write('shout.mjs', shout);
    const run = await space.step('deploy-canary', {
      ...DEPLOYMENT,
      'smoke-test': JSON.stringify([NODES[24], 'shout.mjs']),
    });
    expect(run.exit).toBe(1);
    expectHarmless(run);
  });

  test('as what a retrain-command writes on its error stream, and as a log’s columns', async () => {
    space.write('train.csv', ['temp', ...Array.from({ length: 300 }, (_, i) => `${i % 50}`)]);
    space.write('today.csv', ['temp', ...Array.from({ length: 300 }, (_, i) => `${(i % 50) + 40}`)]);
    const inputs = { reference: 'train.csv', state: 'dir:state', name: 'demand' };
    const runs: StepRun[] = [];
    for (const [i, text] of HOSTILE.entries()) {
      if (i % 4 !== 1) continue;
      space.write('shout.mjs', `console.error(${JSON.stringify(text)}); process.exit(3);`);
      const command = { current: 'today.csv', 'retrain-command': JSON.stringify([NODES[24], 'shout.mjs']) };
      runs.push(await space.step('check-drift', { ...inputs, ...command }));
    }
    space.write('log.csv', [header, cells]);
    runs.push(await space.step('check-drift', { ...inputs, predictions: 'log.csv', name: 'other' }));
    expect(runs.map(({ exit }) => exit)).toEqual(runs.map(() => 2));
    expectHarmless(...runs);
  });

  test('as columns in an error on a terminal', async () => {
    space.write('log.csv', [header, cells]);
    space.write('train.csv', ['temp', '1', '2']);
    const run = await space.cli(['check-drift', '--reference', 'train.csv', '--predictions', 'log.csv']);
    expect(run.exit).toBe(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(run.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('as places: nothing is written outside of the folders that are named', async () => {
    const before = space.snapshot();
    writeModel(space, 'inner/model', 4);
    const cwd = { 'working-directory': 'inner' };
    const runs = await Promise.all([
      space.step('validate-data', { ...cwd, data: 'model/*', 'report-id': '../../out' }),
      space.step('register-model', { ...cwd, ...STORES, name: '../../out', model: 'model' }),
      space.step('deploy-canary', { ...cwd, ...DEPLOYMENT, name: '../../out' }),
      space.step('deploy-canary', { ...cwd, ...DEPLOYMENT, model: 'model:demand@../../out' }),
      space.step('check-drift', {
        ...cwd,
        name: '../../out',
        state: 'dir:state',
        reference: 'model/x',
        current: 'model/x',
      }),
    ]);
    expect(runs.map(({ exit }) => exit)).toEqual([2, 2, 2, 2, 2]);
    expect(space.snapshot()).toEqual({ ...before, ...space.snapshot('.') });
    expect(space.files()).toEqual(['inner/model/weights.json']);
  });

  test('as versions in a prediction log, which select nothing', async () => {
    await registerVersion(space, { version: '1.0.0', alias: 'candidate' });
    space.write('logs/server.jsonl', [
      ...logLines(1, { '1.0.0': { requests: 50, errors: 0 } }),
      ...HOSTILE.map((model, i) =>
        JSON.stringify({ id: `h${i}`, timestamp: at(1), model, status: 500, [model]: model }),
      ),
    ]);
    await space.step('deploy-canary', { ...DEPLOYMENT, now: at(0) });
    const run = await space.step('deploy-canary', { ...DEPLOYMENT, operation: 'advance', now: at(3) });
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(space.verdict('deploy-canary').measures).toMatchObject({
      canary: { requests: 50, error_rate: 0 },
    });
    expectHarmless(run);
  });
});
