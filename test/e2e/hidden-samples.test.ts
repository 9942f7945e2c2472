import { describe, expect, test } from '@jest/globals';
import type { StepRun } from '../support/bundle.ts';
import { startLoopback } from '../support/loopback.ts';
import {
  at,
  DEPLOYMENT,
  NAME,
  registerVersion,
  STORES,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

describe('with samples: hide, no cell value is given out', () => {
  /**
   * A text and a number that occur in cells alone; the number also as it is shown, with its thousands apart. They are
   * in fewer than the 20 rows from which on a profile lists a value.
   */
  const TEXT = 'Zürich-7f3a';
  const NUMBER = 31337.25;
  const SECRET = /7f3a|31.?337/;

  function expectHidden(run: Partial<StepRun>, ...folders: readonly string[]): void {
    const told = space.givenOut(run, 'ml-loop-report', ...folders);
    expect(Object.keys(told).filter((name) => SECRET.test(told[name] ?? ''))).toEqual([]);
  }

  const rows = (count: number, make: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => make(i));

  test('by validate-data, whatever is wrong with the cell', async () => {
    space.write('contract.yml', [
      'properties:',
      '  id: { type: integer, maximum: 9000 }',
      '  temp: { type: number, maximum: 50, multipleOf: 0.5 }',
      '  city: { enum: [Bern, Basel] }',
      '  code: { type: string, pattern: "^[A-Z]+$", maxLength: 4 }',
      '  day: { format: date }',
      '  kind: { const: a }',
      'if: { properties: { city: { const: Bern } } }',
      'then: { properties: { kind: { enum: [b] } } }',
      'x-ml-loop: { key: [code] }',
    ]);
    const header = 'id,temp,city,code,day,kind';
    space.write('data.csv', [
      header,
      ...rows(60, (i) => `${i},${i / 2},Bern,${i < 9 ? TEXT : `C${i}`},2026-01-01,a`),
      `${NUMBER},${NUMBER},${TEXT},${TEXT},${TEXT},${TEXT}`,
      `${TEXT},${TEXT},Bern,"${TEXT}"${TEXT},${TEXT},a`,
      `1,2,${TEXT}`,
    ]);
    space.write('data.jsonl', [`{"id": "${TEXT}", "temp": ${NUMBER}}`, `{"id": ${TEXT}}`, `["${TEXT}"]`]);
    space.write('train.csv', [header, ...rows(60, (i) => `${i},${i / 2},Bern,A,2026-01-01,a`)]);
    const runs = await Promise.all([
      space.step('validate-data', { data: 'data.csv', contract: 'contract.yml' }),
      space.step('validate-data', { data: 'data.jsonl', contract: 'contract.yml', 'report-id': 'json' }),
      space.step('validate-data', { data: 'data.csv', 'report-id': 'proposal' }),
      space.step('validate-data', { data: 'data.csv', reference: 'train.csv', 'report-id': 'drift' }),
    ]);
    expect(runs.map(({ exit }) => exit)).toEqual([1, 1, 1, 1]);
    for (const run of runs) expectHidden(run);
    const shown = await space.step('validate-data', {
      data: 'data.csv',
      contract: 'contract.yml',
      samples: 'show',
    });
    expect(shown.exit).toBe(1);
    expect(JSON.stringify(space.verdict('validate-data'))).toMatch(SECRET);
  });

  test('by validate-model: ids, labels, classes, groups, scores', async () => {
    const table = (make: (i: number) => string) => ['id,label,prediction,score,sex', ...rows(80, make)];
    const id = (i: number) => (i % 9 === 0 ? `${TEXT}${i}` : `r${i}`);
    const label = (i: number) => (i % 2 === 0 ? TEXT : 'no');
    const good = table(
      (i) => `${id(i)},${label(i)},${label(i + (i % 5 === 0 ? 1 : 0))},0.5,${i % 3 === 0 ? TEXT : 'm'}`,
    );
    space.write('new.csv', good);
    space.write('old.csv', good.slice(0, -9));
    space.write(
      'bad.csv',
      table((i) => `${id(i)},${label(i)},${label(i)},${TEXT},`),
    );
    space.write(
      'twice.csv',
      table((i) => `${TEXT},${label(i)},${label(i)},${NUMBER},`),
    );
    const inputs = {
      candidate: 'new.csv',
      production: 'old.csv',
      metric: 'accuracy',
      margin: '0.1',
      sensitive: 'sex',
      'max-group-difference': '0.01',
      'min-group-size': '5',
    };
    const runs = await Promise.all([
      space.step('validate-model', inputs),
      space.step('validate-model', { ...inputs, candidate: 'bad.csv', 'report-id': 'bad' }),
      space.step('validate-model', {
        ...inputs,
        candidate: 'twice.csv',
        metric: 'roc_auc',
        'report-id': 'twice',
      }),
      space.step('validate-model', { ...inputs, metric: 'roc_auc', 'report-id': 'positive' }),
      space.step('validate-model', { ...inputs, 'positive-label': 'maybe', 'report-id': 'maybe' }),
      space.step('validate-model', { ...inputs, task: 'regression', metric: 'mae', 'report-id': 'mae' }),
    ]);
    for (const run of runs) {
      expect([1, 2]).toContain(run.exit);
      expectHidden(run);
    }
  });

  test('by an error about a file that is not the JSON it should be', async () => {
    space.write('rows.json', `${TEXT},1`);
    space.write('data.csv', ['city', 'Bern']);
    const runs = await Promise.all([
      space.step('validate-data', { data: 'data.csv', reference: 'rows.json' }),
      space.step('validate-model', { candidate: 'rows.json' }),
    ]);
    expect(runs.map(({ exit }) => exit)).toEqual([2, 2]);
    for (const run of runs) expectHidden(run);
  });

  test('by check-drift: categories, labels that cannot be read, a log that is none', async () => {
    space.write('train.csv', ['city,temp', ...rows(300, (i) => `${i % 2 ? 'Bern' : 'Basel'},${i % 40}`)]);
    space.write('today.csv', [
      'id,city,temp,prediction',
      ...rows(300, (i) => `${i},${i < 9 ? TEXT : 'Genf'},${i === 7 ? NUMBER : i % 40},${i % 7}`),
    ]);
    space.write('labels.csv', ['id,label', `1,${TEXT}`, `1,${NUMBER}`, `,${TEXT}`]);
    space.write('log.csv', [
      'id,timestamp,prediction,status,city',
      `${TEXT},${TEXT},${TEXT},${TEXT},${TEXT}`,
      `,2026-01-01,${NUMBER},200,x`,
    ]);
    const inputs = { reference: 'train.csv', state: 'dir:state', name: 'demand' };
    const labelled = { labels: 'labels.csv', 'minimum-performance': 'mae <= 1' };
    const runs = await Promise.all([
      space.step('check-drift', { ...inputs, current: 'today.csv' }),
      space.step('check-drift', {
        ...inputs,
        current: 'today.csv',
        ...labelled,
        'report-id': 'labels',
        name: 'b',
      }),
      space.step('check-drift', { ...inputs, predictions: 'log.csv', 'report-id': 'log', name: 'c' }),
    ]);
    expect(runs.map(({ exit }) => exit)).toEqual([0, expect.any(Number), 2]);
    for (const run of runs) expectHidden(run, 'state');
  });

  test('by register-model, also of verdicts and profiles that show values', async () => {
    writeProject(space);
    writeModel(space, 'model', 4);
    space.write('contract.yml', 'properties: { city: { enum: [Bern] } }\n');
    space.write('data.csv', ['city', TEXT, `${NUMBER}`]);
    const data = { data: 'data.csv', contract: 'contract.yml', samples: 'show' };
    const { profile = '' } = (await space.step('validate-data', data)).outputs;
    expect(space.read('ml-loop-report/validate-data/verdict.json')).toMatch(SECRET);
    await space.step('validate-model', validation('model'));
    const run = await space.step('register-model', { name: NAME, ...STORES, model: 'model', profile });
    expect(run).toMatchObject({ exit: 0, outputs: { created: 'true' } });
    const told = space.givenOut(run, 'ml-loop-report/register-model', 'registry');
    const leaks = Object.keys(told).filter((name) => SECRET.test(told[name] ?? ''));
    expect(leaks).toEqual([]);
  });

  test('by deploy-canary: replayed rows, their answers, the log', async () => {
    await registerVersion(space, { version: '1.0.0', alias: 'candidate' });
    space.write('judged.csv', ['city,prediction', `${TEXT},${NUMBER}`, `${TEXT},${TEXT}`]);
    const server = await startLoopback((_url, body) => ({
      status: body.includes('7f3a') ? 200 : 500,
      body: { prediction: TEXT },
    }));
    try {
      const inputs = { ...DEPLOYMENT, replay: 'judged.csv', endpoint: server.url, now: at(-5) };
      const run = await space.step('deploy-canary', inputs);
      expect(run).toMatchObject({ exit: 1, outputs: { phase: 'failed' } });
      expectHidden(run, 'state');
    } finally {
      await server.close();
    }
    space.write('logs/server.csv', ['id,timestamp,model,status', `${TEXT},${TEXT},${TEXT},${TEXT}`]);
    const inputs = { ...DEPLOYMENT, metrics: 'log:logs/*' };
    await space.step('deploy-canary', { ...inputs, retry: 'true', now: at(0) });
    const run = await space.step('deploy-canary', { ...inputs, operation: 'advance', now: at(5) });
    // A log that cannot be read is a gap: the rollout goes on, and its limits of time act.
    expect(run).toMatchObject({ exit: 0, outputs: { phase: 'step' } });
    expectHidden(run, 'state');
  });
});
