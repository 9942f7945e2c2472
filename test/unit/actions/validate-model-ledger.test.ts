import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ACTIONS, TABLES } from '../../../actions/catalog.ts';
import { main } from '../../../shared/host/main.ts';
import type { JsonObject } from '../../../shared/verdict/verdict.ts';
import { csv } from '../model/helpers.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-model-ledger-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const N = 4000;
/** The candidate alone has the first `better` rows right, production alone the `worse` rows after them. */
async function files(better: number, worse: number, name = 'candidate.csv'): Promise<void> {
  const rows = Array.from({ length: N }, (_, id) => ({ id, label: id % 2, region: id % 3 }));
  const off = (from: number, count: number) =>
    csv(
      rows.map(({ id, label }) => ({ id, prediction: id >= from && id < from + count ? 1 - label : label })),
    );
  await writeFile(join(folder, 'test.csv'), csv(rows));
  await writeFile(join(folder, name), off(better, worse));
  await writeFile(join(folder, 'production.csv'), off(0, better));
}

interface Ran {
  readonly exit: number;
  readonly verdict: JsonObject | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly statuses: Readonly<Record<string, string>>;
  /** Everything that anybody can read of it. */
  readonly told: string;
}

async function validate(given: Record<string, string>, event = 'push'): Promise<Ran> {
  const seen: string[] = [];
  const outputs: Record<string, string> = {};
  const values = {
    ...{ candidate: 'candidate.csv', production: 'production.csv', 'test-data': 'test.csv' },
    ...{ metric: 'accuracy', margin: '0.01', state: 'dir:state', 'working-directory': folder },
    ...given,
  };
  const report = join(folder, 'ml-loop-report');
  await rm(report, { recursive: true, force: true });
  const exit = await main(ACTIONS['validate-model'], {
    surface: {
      log: { info: (message) => seen.push(message) },
      runner: { github: false, hosted: false, event },
      given: () => ({ values, where: (name) => `input ${name}` }),
      mask: () => {},
      annotate: (annotation) => seen.push(JSON.stringify(annotation)),
      summarise: async (markdown, plain) => {
        seen.push(markdown, plain);
      },
      output: (name, value) => {
        outputs[name] = value;
        seen.push(`${name}=${value}`);
      },
    },
    env: {},
    tables: async () => TABLES,
  });
  const written = await readdir(report, { recursive: true, withFileTypes: true }).catch(() => []);
  let verdict: JsonObject | undefined;
  for (const file of written.filter((entry) => entry.isFile())) {
    const text = await readFile(join(file.parentPath, file.name), 'utf8');
    if (file.name === 'verdict.json') verdict = JSON.parse(text) as JsonObject;
    seen.push(text);
  }
  const checks = (verdict?.checks ?? []) as JsonObject[];
  return {
    ...{ exit, verdict, outputs, told: seen.join('\n') },
    statuses: Object.fromEntries(checks.map(({ id, status }) => [String(id), String(status)])),
  };
}

const messageOf = ({ verdict }: Ran, id: string): string =>
  String(((verdict?.checks ?? []) as JsonObject[]).find((check) => check.id === id)?.message);

async function ledgers(): Promise<JsonObject[]> {
  const all = await readdir(join(folder, 'state'), { recursive: true, withFileTypes: true }).catch(() => []);
  const texts = await Promise.all(
    all
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
  );
  return texts
    .filter((text) => text.includes('ml-loop/ledger@1'))
    .map((text) => JSON.parse(text) as JsonObject);
}

/** Uses that are recorded, wherever the state keeps them. */
async function uses(): Promise<number> {
  return (JSON.stringify(await ledgers()).match(/"evaluation":/g) ?? []).length;
}

describe('uses of a test set', () => {
  beforeEach(() => files(20, 20));

  test('are counted once a question, and leave less and less', async () => {
    const strict = { ledger: 'strict', disclosure: 'verdict', uses: '3' };
    const first = await validate(strict);
    expect(first.statuses).toMatchObject({ 'model.accepted': 'pass', 'test-set.reuse': 'pass' });
    const again = await validate(strict);
    expect(messageOf(again, 'test-set.reuse')).toContain('not charged again');
    expect(await uses()).toBe(1);
    const second = await validate({ ...strict, margin: '0.011' });
    const third = await validate({ ...strict, margin: '0.012' });
    expect([first, again, second, third].map(({ outputs }) => outputs['budget-left'])).toEqual([
      '2',
      '2',
      '1',
      '0',
    ]);
    expect(await uses()).toBe(3);
    const spent = await validate({ ...strict, margin: '0.013' });
    expect(spent.statuses).not.toHaveProperty('model.accepted');
    expect(spent.statuses).toMatchObject({ 'test-set.reuse': 'inconclusive' });
    const warned = await validate({ ...strict, margin: '0.013', 'when-spent': 'warn' });
    expect(warned.statuses).toMatchObject({ 'test-set.reuse': 'warn', 'model.accepted': 'pass' });
    expect(messageOf(warned, 'test-set.reuse')).toContain('is spent');
  });

  test('that is spent is refused, and nothing is told', async () => {
    const given = { ledger: 'strict', disclosure: 'verdict', uses: '1' };
    await validate(given);
    const refused = await validate({ ...given, margin: '0.02' });
    expect(refused.statuses['test-set.reuse']).toBe('inconclusive');
    expect(refused.exit).toBe(1);
    expect(refused.statuses).not.toHaveProperty('model.accepted');
    expect(refused.outputs).toMatchObject({ comparison: 'unknown', 'budget-left': '0' });
    expect(await uses()).toBe(1);
    // The question that was paid for is answered again.
    expect((await validate(given)).statuses['model.accepted']).toBe('pass');
  });

  test('of another column of the same file is another use', async () => {
    const rows = Array.from({ length: N }, (_, id) => ({ id, prediction: id % 2, other: (id + 1) % 2 }));
    await writeFile(join(folder, 'candidate.csv'), csv(rows));
    await writeFile(join(folder, 'production.csv'), csv(rows));
    await validate({});
    await validate({ prediction: 'other' });
    expect(await uses()).toBe(2);
  });

  test('that leaves a row out is a use of the same test set', async () => {
    await validate({});
    await writeFile(
      join(folder, 'candidate.csv'),
      (await readFile(join(folder, 'candidate.csv'), 'utf8')).replace('\n7,1\n', '\n'),
    );
    await validate({});
    expect(await ledgers()).toHaveLength(1);
    expect(await uses()).toBe(2);
  });

  test('of a pull request is counted later, from its verdict, once', async () => {
    const asked = await validate({}, 'pull_request');
    expect(await uses()).toBe(0);
    expect(messageOf(asked, 'test-set.reuse')).not.toMatch(/count|permission|pull request/);
    const strict = await validate({ ledger: 'strict' }, 'pull_request');
    expect(messageOf(strict, 'test-set.reuse')).toContain('record-use adds this use');
    const verdict = join(folder, 'kept.json');
    await writeFile(verdict, JSON.stringify(asked.verdict));
    const record = { operation: 'record-use', verdict };
    const recorded = await validate(record);
    expect(recorded).toMatchObject({ exit: 0, statuses: { 'test-set.recorded': 'pass' } });
    expect(messageOf(recorded, 'test-set.recorded')).toContain('is counted');
    expect(messageOf(await validate(record), 'test-set.recorded')).toContain('was counted before');
    expect(await uses()).toBe(1);
    const charged = await validate({ ledger: 'strict' });
    expect(messageOf(charged, 'test-set.reuse')).toContain('not charged again');
  });

  test('is recorded of no other file', async () => {
    const asked = await validate({}, 'pull_request');
    const { measures, name } = asked.verdict as { measures: JsonObject; name: string };
    const set = measures.test_set as JsonObject;
    const record = set.record as JsonObject;
    const changed = (change: JsonObject) => ({
      ...asked.verdict,
      measures: { test_set: { ...set, record: { ...record, ...change } } },
    });
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ ...asked.verdict, action: 'validate-data' }, 'does not tell of a use'],
      [{ ...asked.verdict, name: 'other' }, 'is a verdict on "other"'],
      [{ ...asked.verdict, measures: {} }, 'does not tell of a use'],
      [
        { ...asked.verdict, measures: { test_set: { ...set, digest: 'sha256:../x' } } },
        'does not name the digest',
      ],
      [changed({ disclosure: 'none' }), 'record/disclosure: must be one of'],
      [changed({ bits: -100 }), 'record/bits: must be'],
      [changed({ accepted: 'no' }), 'record/accepted: must be boolean'],
      [changed({ alpha: 7 }), 'record/alpha: must be < 1'],
      [null, 'must be object'],
      [[], 'must be object'],
    ];
    const path = join(folder, 'wrong.json');
    for (const [verdict, message] of wrong) {
      await writeFile(path, JSON.stringify(verdict));
      const { exit, told } = await validate({ operation: 'record-use', verdict: path, name });
      expect([exit, told]).toEqual([2, expect.stringContaining(message)]);
    }
    await writeFile(path, '{');
    expect(await validate({ operation: 'record-use', verdict: path })).toMatchObject({ exit: 2 });
    expect(await validate({ operation: 'record-use' })).toMatchObject({ exit: 2 });
    expect(await uses()).toBe(0);
  });

  test('are not counted with ledger: off', async () => {
    const { outputs, statuses } = await validate({ ledger: 'off' });
    expect(outputs['budget-left']).toBe('');
    expect(statuses).not.toHaveProperty('test-set.reuse');
    expect(await uses()).toBe(0);
  });

  test('a ledger that is damaged is said, inconclusive if each use must be counted, and never written over', async () => {
    await validate({});
    const [file] = (await readdir(join(folder, 'state'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const text = await readFile(file!, 'utf8');
    const damaged = text.replace('"full"', '"never"');
    expect(damaged).not.toBe(text);
    await writeFile(file!, damaged);
    const warned = await validate({ margin: '0.02' });
    expect(warned.statuses['test-set.reuse']).toBe('warn');
    expect(messageOf(warned, 'test-set.reuse')).toContain('this use of the test set is not counted');
    const strict = await validate({ margin: '0.02', ledger: 'strict' });
    expect([strict.exit, strict.statuses['test-set.reuse']]).toEqual([1, 'inconclusive']);
    expect(strict.statuses).not.toHaveProperty('comparison.accuracy');
    expect(strict.outputs).toMatchObject({ comparison: 'unknown', 'budget-left': '' });
    expect(await readFile(file!, 'utf8')).toBe(damaged);
  });
});

/** Numbers of a comparison that are long enough to be told from others, as they are written. */
function numbersOf(verdict: JsonObject | undefined): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'number') {
      for (const text of [String(Math.abs(value)), String(Math.abs(Number(value.toPrecision(4))))])
        if (text.replace(/[^1-9]/g, '').length >= 3) found.add(text);
    } else if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  const checks = ((verdict?.checks ?? []) as JsonObject[]).filter(({ id }) =>
    /^(comparison|condition|fairness)/.test(String(id)),
  );
  visit(checks.map(({ evidence, observed }) => [evidence, observed]));
  const { test_set: _set, rows: _rows, ...measures } = (verdict?.measures ?? {}) as JsonObject;
  visit(measures);
  return [...found];
}

describe('with ledger: warn', () => {
  const MARGINS = [
    '0.01',
    '0.0101',
    '0.0102',
    '0.0103',
    '0.0104',
    '0.0105',
    '0.0106',
    '0.0107',
    '0.0108',
    '0.0109',
  ];

  test('the tenth use is decided as the first, and the report says what that is worth', async () => {
    await files(30, 30);
    const runs: Ran[] = [];
    for (const margin of MARGINS) runs.push(await validate({ margin }));
    expect(runs.map(({ exit }) => exit)).toEqual(MARGINS.map(() => 0));
    expect(runs.map(({ outputs }) => outputs.comparison)).toEqual(MARGINS.map(() => 'not-worse'));
    expect(runs.map(({ statuses }) => statuses['test-set.reuse'])).toEqual(
      MARGINS.map((_, i) => (i === 0 ? 'pass' : 'warn')),
    );
    expect(messageOf(runs[6]!, 'test-set.reuse')).toBe(
      'used 7 times; the chance that a model worse by more than the margin has passed once is now at most 35 %, if no candidate was tuned to an earlier report; new test rows, or `ledger: strict`, bring it back to 5 %',
    );
    expect(await uses()).toBe(10);
    // Bounds do not move from use to use.
    const bounds = runs.map(
      ({ verdict }) => ((verdict?.measures ?? {}) as JsonObject).comparison as JsonObject,
    );
    expect(new Set(bounds.map(({ gain_lower }) => gain_lower)).size).toBe(1);
  });

  test('the same question again is not a further use', async () => {
    await files(30, 30);
    await validate({});
    const again = await validate({});
    expect(messageOf(again, 'test-set.reuse')).toMatch(/^used once;/);
    expect(again.statuses['test-set.reuse']).toBe('pass');
  });

  test('the uses of an earlier version are kept, at the error rates that they had', async () => {
    await files(30, 30);
    const first = await validate({ ledger: 'strict' });
    expect(first.statuses['test-set.reuse']).toBe('pass');
    // 6/π² of 5 %, and 5 %.
    expect(messageOf(await validate({ margin: '0.011' }), 'test-set.reuse')).toContain('at most 8.04 %');
    expect(await uses()).toBe(2);
  });
});

/** An equal candidate on rows that can pass it at 5 %, and at no price of a strict plan. */
describe.each(['full', 'rounded', 'verdict'])('an equal candidate with disclosure: %s', (disclosure) => {
  beforeEach(() => files(43, 43));

  test('passes at the plain level, as often as it is asked', async () => {
    const { exit, statuses, outputs } = await validate({ disclosure });
    expect([exit, statuses[disclosure === 'full' ? 'comparison.accuracy' : 'model.accepted']]).toEqual([
      0,
      'pass',
    ]);
    expect(outputs['budget-left']).toBe('1000');
  });

  test('is inconclusive at a price that the rows cannot pay, and no further use is promised', async () => {
    const margin = disclosure === 'full' ? '0.004' : '0.01';
    const { exit, verdict, outputs } = await validate({ disclosure, margin, ledger: 'strict' });
    expect([exit, verdict?.status]).toEqual([1, 'inconclusive']);
    expect(outputs).toMatchObject({ comparison: 'unknown', 'budget-left': '0' });
    const said = messageOf({ verdict } as Ran, 'test-set.reuse');
    expect(said).toContain('these rows are too few to pass a candidate equal to production');
  });
});

test('ledger has one vocabulary', async () => {
  await files(30, 30);
  for (const ledger of ['auto', 'required', 'on']) {
    const { exit, told } = await validate({ ledger });
    expect([exit, told]).toEqual([2, expect.stringContaining('it must be one of: off, warn, strict')]);
  }
});

describe('what is told', () => {
  const asked = {
    conditions: 'accuracy >= 0.5',
    sensitive: 'region',
    slices: 'region',
    'max-group-difference': '0.5',
  };
  const spellings = (text: string) => new RegExp(`(?<![\\w.])${text.replaceAll('.', '\\.')}(?!\\w)`);

  for (const [name, better, worse] of [
    ['that is accepted', 713, 617],
    ['that is not', 617, 713],
  ] as const) {
    test(`of a candidate ${name}, with disclosure: verdict, is that and no number`, async () => {
      await files(better, worse);
      const given = better > worse ? asked : {};
      const full = await validate({ ...given, ledger: 'off' });
      const numbers = numbersOf(full.verdict);
      expect(numbers.length).toBeGreaterThan(10);
      expect(numbers).toContain('713');
      expect(numbers.filter((number) => spellings(number).test(full.told))).toEqual(
        expect.arrayContaining(['713']),
      );
      const closed = await validate({ ...given, disclosure: 'verdict', uses: '2', passes: '1' });
      expect(closed.statuses['model.accepted']).toBe(better > worse ? 'pass' : 'inconclusive');
      expect(closed.outputs).toMatchObject({
        'labels-needed': '',
        comparison: better > worse ? 'not-worse' : 'unknown',
      });
      expect(numbers.filter((number) => spellings(number).test(closed.told))).toEqual([]);
      expect(Object.keys(closed.verdict?.measures as JsonObject)).toEqual(['test_set']);
      expect(closed.told).not.toContain('discordant');
    });
  }

  test('does not depend on more of the comparison than whether it is accepted', async () => {
    // Two candidates that are refused, one by far: what is told of them is the same.
    const of = async (worse: number) => {
      await files(100, worse);
      await rm(join(folder, 'state'), { recursive: true, force: true });
      const { outputs, verdict } = await validate({ ledger: 'strict', disclosure: 'verdict', uses: '3' });
      const { checks, status, summary } = verdict as JsonObject;
      const { verdict: _file, report: _report, ...rest } = outputs;
      return { checks, status, summary, rest };
    };
    expect(await of(140)).toEqual(await of(1400));
  });

  test('with disclosure: rounded is the reading and whole margins', async () => {
    await files(713, 617);
    const full = await validate({ ledger: 'off' });
    const rounded = await validate({ disclosure: 'rounded', uses: '1' });
    // A gain of .024, of margins of .01.
    expect(rounded.verdict?.measures).toMatchObject({ comparison: { gain_in_margins: 2 } });
    const numbers = numbersOf(full.verdict);
    expect(numbers.filter((number) => spellings(number).test(rounded.told))).toEqual([]);
  });

  test('of a first release is not a comparison', async () => {
    await files(0, 0);
    const { outputs, statuses, verdict } = await validate({
      ...{ production: '', disclosure: 'verdict', 'first-release': 'allow', metric: '', margin: '' },
    });
    expect(statuses['model.accepted']).toBe('pass');
    expect(outputs.comparison).toBe('unknown');
    // If nothing was asked, nothing is shown: the verdict says so whatever it discloses.
    expect(statuses['comparison.first-release']).toBe('warn');
    expect(verdict?.status).toBe('warn');
  });
});

test('the state’s folder may be anywhere', async () => {
  await mkdir(join(folder, 'elsewhere'));
  await files(20, 20);
  await validate({ state: 'dir:elsewhere/state' });
  expect(await readdir(join(folder, 'elsewhere'))).toEqual(['state']);
});
