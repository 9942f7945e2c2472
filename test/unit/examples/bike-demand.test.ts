import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const root = resolve('examples/bike-demand');
// The example is a user's plain JavaScript, so it brings no types.
const load = (file: string) => import(join(root, file));
const { weeklyBatches, BROKEN, shuffleTargets } = await load('demo/batches.mjs');
const { cleanPolicies, historyOf, ungatedPolicies, weeksWorse } = await load('demo/policies.mjs');
const { close, listen } = await load('model/http.mjs');
const { loadModel, predict, meanAbsoluteError } = await load('model/predict.mjs');
const { parseRows, readText } = await load('model/rows.mjs');
const { saveModel, train } = await load('model/train.mjs');
const { createModelServer } = await load('model/serve.mjs');
const { createProxy } = await load('proxy/proxy.mjs');

interface Batch {
  week: number;
  start: string;
  csv: string;
  broken: { kind: string; csv: string } | null;
}
type Row = Record<string, number | string | null>;

const batches: Batch[] = weeklyBatches(readText(join(root, 'data/hour.csv.gz')));
const weeks: Row[][] = batches.map(({ csv }) => parseRows(csv));
const folder = mkdtempSync(join(tmpdir(), 'bike-demand-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the weekly batches', () => {
  test('are all rows of the two years, in order', () => {
    expect(batches).toHaveLength(105);
    expect(weeks.flat().map((row) => row.instant)).toEqual(Array.from({ length: 17_379 }, (_, i) => i + 1));
    expect(batches.at(-1)).toMatchObject({ week: 104, start: '2012-12-29', end: '2012-12-31' });
  });

  test('are broken if the list says so, each kind as it says', () => {
    const found = batches.filter(({ broken }) => broken).map(({ week, broken }) => [week, broken?.kind]);
    expect(found).toEqual(BROKEN.map(({ week, kind }: { week: number; kind: string }) => [week, kind]));
    const pair = (week: number) => [weeks[week]!, parseRows(batches[week]!.broken!.csv) as Row[]] as const;

    const [good, fahrenheit] = pair(12);
    expect(fahrenheit.map((row) => ((row.temp as number) - 32) / 1.8 / 41)).toEqual(
      good.map((row) => expect.closeTo(row.temp as number, 2)),
    );
    expect(fahrenheit.map((row) => ({ ...row, temp: 0 }))).toEqual(good.map((row) => ({ ...row, temp: 0 })));

    const [full, lacking] = pair(23);
    expect(lacking).toEqual(full.map(({ windspeed: _, ...rest }) => rest));

    const [heard, silent] = pair(31);
    expect(silent.map((row) => row.hum === null)).toEqual(heard.map((_, i) => i >= 40 && i < 70));

    const [once, twice] = pair(44);
    expect(twice.slice(0, once.length)).toEqual(once);
    const repeated = twice.slice(once.length);
    expect(repeated).toEqual(once.filter((row) => row.dteday === repeated[0]!.dteday));
    expect(repeated.length).toBeGreaterThan(12);
  });

  test('keep the contract if they are good, and break it if they are broken', () => {
    const contract = parse(readFileSync(join(root, 'contract.yml'), 'utf8'));
    const valid = new Ajv2020({ strict: false, formats: { date: true } }).compile(contract);
    const keyed = (rows: Row[]) =>
      new Set(rows.map((row) => contract['x-ml-loop'].key.map((name: string) => row[name]).join()));
    const accepts = (rows: Row[]) => rows.every((row) => valid(row)) && keyed(rows).size === rows.length;
    expect(weeks.filter((rows) => !accepts(rows))).toEqual([]);
    const broken = batches.filter(({ broken }) => broken);
    expect(broken.filter((batch) => accepts(parseRows(batch.broken!.csv)))).toEqual([]);
  });
});

describe('the model', () => {
  const early = train(weeks.slice(0, 8).flat());

  test('does not read what adds up to the target', () => {
    const row = weeks[9]![20]!;
    expect(predict(early.model, { ...row, casual: 0, registered: 0, cnt: 0 })).toBe(
      predict(early.model, row),
    );
  });

  test('trained and asked by the command line predicts what it predicts in process', () => {
    writeFileSync(at('train.csv'), batches[0]!.csv);
    writeFileSync(at('more.csv'), batches[1]!.csv);
    writeFileSync(at('next.csv'), batches[2]!.csv);
    const run = (...args: string[]) => execFileSync(process.execPath, args, { encoding: 'utf8' });
    run(join(root, 'model/train.mjs'), '--data', at('train.csv'), at('more.csv'), '--out', at('model'));
    run(join(root, 'model/predict.mjs'), at('model'), at('next.csv'), at('out.csv'));

    const { model, metadata } = train(weeks.slice(0, 2).flat());
    expect(loadModel(at('model'))).toEqual(model);
    expect(metadata).toMatchObject({
      'trained-until': '2011-01-14T23:00:00Z',
      rows: weeks[0]!.length + weeks[1]!.length,
    });
    const lines = weeks[2]!.map((row) => `${row.instant},${predict(model, row)}`);
    expect(readFileSync(at('out.csv'), 'utf8')).toBe(`instant,prediction\n${lines.join('\n')}\n`);
  });

  test('predicts the next week better than the mean of the weeks it knows', () => {
    const known = weeks
      .slice(0, 8)
      .flat()
      .map((row) => row.cnt as number);
    const mean = known.reduce((sum, count) => sum + count, 0) / known.length;
    const next = weeks[8]!;
    const naive = next.reduce((sum, row) => sum + Math.abs((row.cnt as number) - mean), 0) / next.length;
    expect(meanAbsoluteError(early.model, next)).toBeLessThan(naive / 2);
  });

  test('that is retrained errs less than one that never is', () => {
    const few = cleanPolicies(historyOf(batches.slice(0, 20)), [
      { name: 'never', every: Number.POSITIVE_INFINITY },
      { name: 'every 4 weeks', every: 4 },
    ]);
    const [never, monthly] = few;
    expect([never.trainings, monthly.trainings]).toEqual([1, 3]);
    expect(never.weeks.map(({ week }: { week: number }) => week)).toEqual(
      monthly.weeks.map(({ week }: { week: number }) => week),
    );
    expect(monthly.mae).toBeLessThan(never.mae);
  });
});

describe('a policy without gates', () => {
  test('meets what train.mjs does with a broken batch: it stops, or it learns what it gets', () => {
    const history = historyOf(batches);
    for (const { week, broken } of batches.filter((batch) => batch.broken !== null)) {
      writeFileSync(at('before.csv'), batches[week - 1]!.csv);
      writeFileSync(at('broken.csv'), broken!.csv);
      const { status } = spawnSync(
        process.execPath,
        [join(root, 'model/train.mjs'), '--data', at('before.csv'), at('broken.csv'), '--out', at('learned')],
        { encoding: 'utf8' },
      );
      const stops = broken!.kind === 'missing-column' || broken!.kind === 'nulls';
      expect([week, broken!.kind, status]).toEqual([week, broken!.kind, stops ? 1 : 0]);
      const { model } = history.modelBefore(week + 1, { asItArrives: true });
      expect(model === undefined).toBe(stops);
      if (!stops) expect(model).not.toEqual(history.modelBefore(week + 1).model);
      // A week later the repaired batch is there.
      expect(history.modelBefore(week + 2, { asItArrives: true })).toBe(history.modelBefore(week + 2));
    }
  });

  test('serves what it trained: the bad model, the failing build, and none if training stopped', () => {
    const history = historyOf(batches.slice(0, 26));
    const [cron] = ungatedPolicies(history, [{ name: 'cron', every: 1 }]);
    const [spared] = ungatedPolicies(history, [{ name: 'cron', every: 1 }], { planted: false });
    expect(cron).toMatchObject({ trainings: 18, incidents: { learned: 1, bad: 1, failing: 1, crashed: 1 } });
    expect(spared).toMatchObject({ incidents: { learned: 1, bad: 0, failing: 0, crashed: 1, failed: 0 } });
    expect(cron.incidents.failed).toBeGreaterThan(50);
    const badWeek = (policy: { weeks: { week: number; mae: number }[] }) =>
      policy.weeks.find(({ week }) => week === 13)!.mae;
    expect(badWeek(cron)).toBeGreaterThan(2 * badWeek(spared));
  });

  test('counts the weeks in which a release was worse than the one before it', () => {
    const good = train(weeks.slice(0, 10).flat()).model;
    const bad = train(parseRows(shuffleTargets(batches.slice(0, 10).map(joinable).join('')))).model;
    const played = [
      { model: good, from: 10 },
      { model: bad, from: 12 },
      { model: good, from: 15 },
    ];
    expect(weeksWorse(played, { weeks: weeks.slice(0, 17) })).toBe(3);
  });

  test('the targets that a wrong join shuffles are the same ones, at other rows', () => {
    const { csv } = batches[0]!;
    const [before, after] = [csv, shuffleTargets(csv)].map((text) => parseRows(text) as Row[]);
    expect(after!.map(({ cnt, ...row }) => row)).toEqual(before!.map(({ cnt, ...row }) => row));
    const counts = (rows: Row[]) => rows.map(({ cnt }) => cnt as number).sort((a, b) => a - b);
    expect(counts(after!)).toEqual(counts(before!));
    expect(after).not.toEqual(before);
  });
});

test('prepare.mjs cuts whole days for the test, and later all that a candidate has not seen', () => {
  const cwd = join(folder, 'prepare');
  mkdirSync(join(cwd, 'data'), { recursive: true });
  const deliver = (week: number) =>
    writeFileSync(join(cwd, 'data', `week-${String(week).padStart(3, '0')}.csv`), batches[week]!.csv);
  const prepare = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'ops/prepare.mjs'), ...args], { cwd, encoding: 'utf8' });
  const read = (path: string): Row[] => parseRows(readFileSync(join(cwd, path), 'utf8'));
  deliver(0);
  expect(prepare()).toMatchObject({ status: 1, stderr: expect.stringContaining('are too few') });
  for (let week = 1; week < 40; week++) if (week !== 38) deliver(week);
  expect(prepare()).toMatchObject({ status: 0, stderr: '' });
  const [training, judged] = [read('training/train.csv'), read('test/test.csv')];
  expect(judged.length).toBeGreaterThanOrEqual(370);
  expect(judged.length).toBeLessThan(370 + 24);
  expect(judged[0]!.dteday! > training.at(-1)!.dteday!).toBe(true);
  expect(judged.at(-1)).toEqual(weeks[39]!.at(-1));
  expect(training[0]!.dteday).toBe(train(training).model.start);

  const until = readFileSync(join(cwd, 'training/until.txt'), 'utf8');
  deliver(38);
  deliver(40);
  expect(prepare(until)).toMatchObject({ status: 0, stderr: '' });
  expect(read('test/test.csv')).toHaveLength(judged.length + weeks[38]!.length + weeks[40]!.length);
  expect(readFileSync(join(cwd, 'training/until.txt'), 'utf8')).toBe(until);
});

/** The rows of a batch, and the header if it is the first. */
function joinable({ csv, week }: Batch): string {
  return week === 0 ? csv : csv.slice(csv.indexOf('\n') + 1);
}

describe('served behind the proxy', () => {
  const upstreams = new Map<string, string>();
  const servers: unknown[] = [];
  let url = '';
  const route = (stable: object | null, canary: object | null) => {
    writeFileSync(at('router.tmp'), JSON.stringify({ schema: 'ml-loop/router@1', stable, canary }));
    renameSync(at('router.tmp'), at('router.json'));
  };
  const ask = (row: Row) =>
    fetch(`${url}/predict`, {
      method: 'POST',
      body: JSON.stringify(row),
      headers: { 'x-request-id': String(row.instant) },
    });
  const logged = (file: string): Row[] =>
    readFileSync(at(file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  beforeAll(async () => {
    saveModel(at('served'), train(weeks.slice(0, 8).flat()));
    const model = loadModel(at('served'));
    const builds = [
      { version: '1.0.0', log: at('stable.jsonl') },
      { version: '1.1.0', log: at('canary.jsonl'), fault: 'share:0.3' },
    ];
    for (const build of builds) {
      const server = createModelServer({ model, ...build });
      upstreams.set(build.version, await listen(server));
      servers.push(server);
    }
    const proxy = createProxy({ router: at('router.json'), upstreams });
    url = await listen(proxy);
    servers.unshift(proxy);
  });
  afterAll(async () => {
    for (const server of servers) await close(server);
  });

  test('requests are split by weight, the same ones each time, and logged with their row', async () => {
    route({ weight: 80, version: '1.0.0' }, { weight: 20, version: '1.1.0' });
    const rows = weeks.slice(8, 10).flat();
    const sides = async () => Promise.all(rows.map(async (row) => (await ask(row)).headers.get('x-variant')));
    const first = await sides();
    expect(await sides()).toEqual(first);
    const canary = first.filter((side) => side === 'canary').length / rows.length;
    expect(canary).toBeGreaterThan(0.13);
    expect(canary).toBeLessThan(0.27);

    const stable = logged('stable.jsonl');
    expect(stable).toHaveLength(2 * first.filter((side) => side === 'stable').length);
    const { instant: id, dteday, hr, temp } = rows.find((row) => row.instant === stable[0]!.id)!;
    const timestamp = expect.stringMatching(`^${dteday}T${String(hr).padStart(2, '0')}:00:00\\.\\d{3}Z$`);
    expect(stable[0]).toMatchObject({ id, timestamp, model: '1.0.0', variant: 'stable', status: 200, temp });
    expect(stable[0]).not.toHaveProperty('cnt');
  });

  test('a broken build answers 500 for its share of the rows, always the same, and logs it', async () => {
    const entries = logged('canary.jsonl');
    const failed = entries.filter(({ status }) => status === 500);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(entries.length);
    expect(failed.every(({ prediction, variant }) => prediction === null && variant === 'canary')).toBe(true);
    const ids = failed.map(({ id }) => id);
    expect(ids).toHaveLength(2 * new Set(ids).size);
  });

  test('a replay is answered by the good model of the broken build, and is not logged', async () => {
    const before = logged('canary.jsonl');
    const failed = weeks[8]!.find((row) =>
      before.some(({ id, status }) => id === row.instant && status === 500),
    )!;
    const answer = await fetch(`${upstreams.get('1.1.0')}/replay`, {
      method: 'POST',
      body: JSON.stringify(failed),
    });
    expect(await answer.json()).toEqual({ prediction: predict(loadModel(at('served')), failed) });
    expect(logged('canary.jsonl')).toEqual(before);
  });

  test('new weights count at once, also when the canary becomes the stable side', async () => {
    const row = weeks[8]![0]!;
    route({ weight: 0, version: '1.0.0' }, { weight: 100, version: '1.1.0' });
    expect((await ask(row)).headers.get('x-variant')).toBe('canary');
    route(null, { weight: 100, version: '1.1.0' });
    expect((await ask(row)).headers.get('x-variant')).toBe('canary');
    route({ weight: 100, version: '1.1.0' }, null);
    const answer = await ask(row);
    expect([answer.headers.get('x-variant'), answer.headers.get('x-version')]).toEqual(['stable', '1.1.0']);
    expect(logged('canary.jsonl').at(-1)).toMatchObject({ variant: 'stable', model: '1.1.0' });
  });

  test('a row without an input, and a version that no one serves, are told so', async () => {
    route({ weight: 100, version: '1.0.0' }, null);
    const { hum: _, ...row } = weeks[8]![0]!;
    const bad = await ask(row);
    expect([bad.status, await bad.json()]).toEqual([400, { error: `row ${row.instant}: no value for hum` }]);
    route({ weight: 100, version: '9.9.9' }, null);
    const nobody = await ask(weeks[8]![0]!);
    expect([nobody.status, await nobody.json()]).toEqual([502, { error: 'nothing serves version 9.9.9' }]);
  });
});
