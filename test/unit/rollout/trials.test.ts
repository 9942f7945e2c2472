import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { runReplay } from '../../../shared/rollout/replay.ts';
import { runSmokeTest } from '../../../shared/rollout/smoke.ts';
import { MemoryCommands, MemoryFiles, MemoryHttp, MemoryRegistry } from '../../support/memory.ts';

const AT = new Date('2026-01-05T12:00:00Z');

describe('a replay', () => {
  const CSV = 'code,temp,note,prediction\n007,1.5,secret,3.25\n010,-2,,4\nab,3e1,7,5\n';
  const replay = (
    content: string,
    answer: (row: Record<string, unknown>) => Partial<HttpResponse>,
    maxRows = 100,
    name = 'rows.csv',
  ) => {
    const http = new MemoryHttp((_, { body = '' }) => ({
      status: 200,
      body: '',
      ...answer(JSON.parse(body)),
    }));
    const rows = new MemoryFiles({ [name]: content }).source(name);
    const trial = runReplay(
      { rows, endpoint: 'http://127.0.0.1:1/predict', tolerance: 1e-9, maxRows },
      AT,
      http,
    );
    return { http, trial };
  };
  const byTemp: Readonly<Record<string, number>> = { '1.5': 3.25, '-2': 4, '30': 5 };
  const right = (row: Record<string, unknown>) => ({
    body: JSON.stringify({ prediction: byTemp[String(row.temp)] }),
  });

  test('sends rows without their prediction, with columns of numbers as numbers', async () => {
    const { http, trial } = replay(CSV, right);
    expect(await trial).toMatchObject({ passed: true, rows: 3, mismatches: 0 });
    expect(http.requests.map(({ request }) => JSON.parse(request.body ?? ''))).toEqual([
      { code: '007', temp: 1.5, note: 'secret' },
      { code: '010', temp: -2, note: null },
      { code: 'ab', temp: 30, note: '7' },
    ]);
    expect(http.requests.every(({ request }) => request.method === 'POST')).toBe(true);
  });

  test.each([
    ['True and 1', ['True', 'False'], [1, 0]],
    ['1.0 and true', ['1.0', '0.0'], [true, false]],
    ['1. and 1', ['1.', '2.'], ['1', 2]],
    ['blanks', ['yes ', 'no'], ['yes', ' no']],
  ])('takes %s for one class', async (_name, judged, served) => {
    const content = `x,prediction\n0,${judged[0]}\n1,${judged[1]}\n`;
    const { trial } = replay(content, ({ x }) => ({
      body: JSON.stringify({ prediction: served[Number(x)] }),
    }));
    expect(await trial).toMatchObject({ passed: true, mismatches: 0 });
  });

  test('tells classes that differ in case only, and takes nothing else for one', async () => {
    const content = 'x,prediction\n0,yes\n1,no\n2,no\n3,007\n';
    const served = ['Yes', 'no', 'yes', 7];
    const { trial } = replay(content, ({ x }) => ({
      body: JSON.stringify({ prediction: served[Number(x)] }),
    }));
    expect(await trial).toMatchObject({
      ...{ passed: false, mismatches: 3 },
      message:
        'of 4 judged rows, 1 with another prediction, 2 with the judged prediction in another case, or with other blanks or leading zeros',
    });
  });

  test('sends JSON Lines as they are', async () => {
    const content = '{"a":"1","deep":{"b":[1]},"prediction":"yes"}\n{"a":true,"prediction":"no"}\n';
    const answers = ['yes', 'no'];
    const { http, trial } = replay(
      content,
      () => ({ body: JSON.stringify({ prediction: answers.shift() }) }),
      100,
      'rows.jsonl',
    );
    expect((await trial).passed).toBe(true);
    expect(JSON.parse(http.requests[0]?.request.body ?? '')).toEqual({ a: '1', deep: { b: [1] } });
  });

  test('counts what does not match, by kind, without any value', async () => {
    const answers: Partial<HttpResponse>[] = [
      { body: '{"prediction": 3.2500001}' },
      { status: 500, body: '{"prediction": 4}' },
      { body: '<html>' },
    ];
    const trial = await replay(CSV, () => answers.shift() ?? {}).trial;
    expect(trial).toMatchObject({ passed: false, rows: 3, mismatches: 3 });
    expect(trial.message).toBe(
      'of 3 judged rows, 1 with another prediction, 1 refused by the endpoint, 1 answered without a prediction',
    );
  });

  test('bears rounding within the tolerance', async () => {
    const shifted = (row: Record<string, unknown>) => ({
      body: JSON.stringify({ prediction: (byTemp[String(row.temp)] ?? 0) + 5e-10 }),
    });
    expect((await replay(CSV, shifted).trial).passed).toBe(true);
  });

  test('takes the first rows only', async () => {
    const { http, trial } = replay(CSV, right, 2);
    expect((await trial).rows).toBe(2);
    expect(http.requests).toHaveLength(2);
  });

  test.each([
    ['a,b\n1,2\n', 'has no column prediction'],
    ['a,prediction\n1,\n', 'without a judged prediction'],
    ['a,prediction\n', 'rows.csv'],
    ['', 'rows.csv'],
  ])('rows that were not judged are refused: %j', async (content, message) => {
    await expect(replay(content, right).trial).rejects.toThrow(message);
  });

  test('an endpoint that cannot be reached is an error, to be tried again', async () => {
    const { trial } = replay(CSV, () => {
      throw new UserError({ what: 'cannot be reached' });
    });
    await expect(trial).rejects.toThrow('cannot be reached');
  });
});

describe('a smoke test', () => {
  const registry = new MemoryRegistry();
  const version = registry.add('demand', '1.1.0', { 'model.json': 'x' });
  const smoke = (commands: MemoryCommands) =>
    runSmokeTest({ command: ['smoke'], timeoutMs: 2000 }, version, AT, {
      registry,
      commands,
      files: new MemoryFiles(),
      log: { info: () => {} },
    });

  test('gets the registered files and the version', async () => {
    const commands = new MemoryCommands();
    expect(await smoke(commands)).toMatchObject({ passed: true });
    expect(commands.runs[0]).toEqual({
      argv: ['smoke'],
      options: {
        timeoutMs: 2000,
        env: {
          ML_LOOP_MODEL_DIR: '/memory/temporary-1',
          ML_LOOP_VERSION: '1.1.0',
          ML_LOOP_DIGEST: version.digest,
        },
      },
    });
  });

  test('fails by its exit code and by its time', async () => {
    expect(await smoke(new MemoryCommands(() => ({ exitCode: 1 })))).toMatchObject({
      passed: false,
      message: 'the smoke test ended with exit code 1',
    });
    expect(await smoke(new MemoryCommands(() => ({ timedOut: true })))).toMatchObject({
      passed: false,
      message: 'the smoke test did not end within 2 s',
    });
  });
});
