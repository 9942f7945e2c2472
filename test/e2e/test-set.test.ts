import { beforeEach, describe, expect, test } from '@jest/globals';
import { pullRequestInto } from '../support/base-branch.ts';
import type { StepOptions, StepRun } from '../support/bundle.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { NAME } from '../support/project.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const ROWS = 1500;
const STATE = 'dir:state';
const NOW = '2026-01-05T12:00:00Z';

/** Is the prediction of a row right? */
type Right = (i: number) => boolean;

function write(name: string, right: Right): void {
  space.write(`${name}.csv`, [
    'id,prediction',
    ...Array.from({ length: ROWS }, (_, i) => `r${i},${right(i) ? i % 2 : 1 - (i % 2)}`),
  ]);
}

const hash = (i: number, salt: number): number => ((i * 7919 + salt * 104_729) % 10_007) / 10_007;

beforeEach(() => {
  space.write('test.csv', [
    'id,region,label',
    ...Array.from({ length: ROWS }, (_, i) => `r${i},${i % 3},${i % 2}`),
  ]);
  write('production', (i) => hash(i, 1) > 0.12);
  // As good as `even`, and differing from it in as many rows.
  write('even', (i) => i % 8 > 0);
  for (const k of [1, 2, 3])
    write(`even-${k}`, (i) => (i % 80 === 8 * k ? true : i % 80 === 8 * k + 1 ? false : i % 8 > 0));
  write('good', (i) => hash(i, 1) > 0.1);
  // Differs from production in as many rows as `good`: how often two models differ is told, which of them is better is not.
  write('better', (i) => hash(i, 1) > 0.12 || (hash(i, 1) > 0.06 && hash(i, 1) <= 0.08));
  write('unknown', (i) => hash(i, 1) > 0.12 !== hash(i, 2) < 0.06);
  write('bad', (i) => hash(i, 1) > 0.3);
});

function judge(
  candidate: string,
  inputs: Readonly<Record<string, string>> = {},
  options: Partial<StepOptions> = {},
): Promise<StepRun> {
  const asked = {
    ...{ name: NAME, state: STATE, now: NOW, candidate: `${candidate}.csv`, production: 'production.csv' },
    ...{ 'test-data': 'test.csv', metric: 'accuracy', margin: '0.03' },
  };
  return space.step('validate-model', { ...asked, ...inputs }, options);
}

const used = (report = 'validate-model') =>
  space.verdict(report).checks.find(({ id }) => id === 'test-set.reuse');

describe.each([24, 20] as const)('the ledger, under Node %i', (node) => {
  test('counts each new question, and tests it at what is left', async () => {
    const left = [];
    for (const k of [1, 2, 1, 3]) {
      const given = { candidate: `even-${k}.csv`, production: 'even.csv', margin: '0.02', ledger: 'strict' };
      const run = await judge('even', given, { node });
      expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { comparison: 'not-worse' } });
      left.push(Number(run.outputs['budget-left']));
    }
    const [first = 0] = left;
    expect(first).toBeGreaterThan(3);
    expect(left).toEqual([first, first - 1, first - 1, first - 2]);
    expect(used()).toMatchObject({ status: 'pass', observed: 3 });
    const [file = ''] = space.files('state').filter((path) => path.endsWith('.json'));
    const { value } = space.json<{ value: { uses: { alpha: number }[] } }>(`state/${file}`);
    expect(value.uses.map(({ alpha }) => alpha)).toEqual(
      // 6α/(π²h²) at use h.
      [1, 2, 3].map((h) => expect.closeTo((6 * 0.05) / (Math.PI ** 2 * h ** 2), 12)),
    );
  });
});

describe('disclosure: verdict', () => {
  /** Everything that was given out, without digests, which differ between any two candidates. */
  async function given(candidate: string, folder: string, options: Partial<StepOptions> = {}) {
    const inputs = { disclosure: 'verdict', ledger: 'strict', state: `dir:${folder}`, 'report-id': folder };
    const run = await judge(
      candidate,
      { ...inputs, conditions: 'slice(region).accuracy.min > 0.6' },
      options,
    );
    const told = space.givenOut(run, 'ml-loop-report', folder);
    const plain = Object.entries(told)
      .filter(([file]) => !/ml-loop-report/.test(file) || file.includes(folder))
      .map(([file, text]) => [file, text.replaceAll(/[0-9a-f]{12,}/g, '…')] as const)
      .map((pair) => pair.map((text) => text.replaceAll(folder, 'F').replaceAll(`${candidate}.csv`, 'C')));
    return { run, told: Object.fromEntries(plain) as Record<string, string> };
  }

  test('tells two accepted candidates, and two that are not, apart by nothing', async () => {
    const [good, better] = [await given('good', 'kept-a'), await given('better', 'kept-b')];
    expect(good.run).toMatchObject({ exit: 0, outputs: { status: 'pass', comparison: 'not-worse' } });
    expect(good.told).toEqual(better.told);
    const [unknown, bad] = [await given('unknown', 'kept-c'), await given('bad', 'kept-d')];
    expect(unknown.run).toMatchObject({
      exit: 1,
      outputs: { status: 'inconclusive', comparison: 'unknown' },
    });
    expect(unknown.run.outputs['labels-needed']).toBe('');
    expect(unknown.told).toEqual(bad.told);
  });

  test('has no number of what disclosure: full tells', async () => {
    await judge('unknown', { ledger: 'off', 'report-id': 'full', state: 'dir:none' });
    const { checks, measures } = space.verdict('validate-model-full');
    const text = JSON.stringify([checks, measures.comparison, measures.candidate, measures.production]);
    const numbers = new Set(text.match(/\d+\.\d{3,}/g));
    expect(numbers.size).toBeGreaterThan(20);
    const { told } = await given('unknown', 'kept-c');
    const found = [...numbers].filter((number) => Object.values(told).some((each) => each.includes(number)));
    // The level of the first use is that of no comparison.
    expect(found).toEqual([]);
    expect(Object.keys(told).some((file) => file.endsWith('report.html'))).toBe(true);
  });
});

describe('a test set whose budget is spent', () => {
  const plan = { ledger: 'strict', disclosure: 'verdict', uses: '1' };

  test('warns, or tells nothing more', async () => {
    await judge('good', plan);
    const refused = await judge('better', { ...plan, 'report-id': 'refused' });
    expect(refused).toMatchObject({ exit: 1, outputs: { comparison: 'unknown', 'budget-left': '0' } });
    expect(Object.keys(space.statuses('validate-model-refused'))).toEqual([
      'test-set.reuse',
      'predictions.ids',
      'predictions.labels',
      'predictions.values',
    ]);
    expect(workflowCommands(refused.stdout)).toMatchObject([
      { name: 'warning', properties: { title: 'inconclusive · test-set.reuse' } },
    ]);
    const warned = await judge('better', { ...plan, 'when-spent': 'warn' });
    expect(warned).toMatchObject({ exit: 0, outputs: { status: 'warn', 'budget-left': '0' } });
    expect(used()?.message).toContain('the budget of this test set is spent');
  });
});

describe('a run whose token only reads', () => {
  async function withGitHub(story: (on: ReturnType<typeof events>) => Promise<void>): Promise<void> {
    const server = await startGitHubServer();
    try {
      await story(events(server));
    } finally {
      await server.close();
    }
  }

  function events(server: Awaited<ReturnType<typeof startGitHubServer>>) {
    const env = { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository };
    const inputs = { state: 'auto', 'github-token': 'read-token' };
    return {
      writes: () => server.requests.filter(({ method }) => method !== 'GET').length,
      judge: (event: string, candidate: string, report = 'validate-model', more = {}) =>
        judge(
          candidate,
          { ...inputs, ...more, ...(report === 'validate-model' ? {} : { 'report-directory': report }) },
          { env, event: event === 'pull_request' ? pullRequestInto(space) : { name: event } },
        ),
      record: (verdict: string, event = 'workflow_run', name = NAME) =>
        space.step(
          'validate-model',
          {
            ...{ operation: 'record-use', verdict, name, now: NOW, 'report-id': 'record' },
            ...{ state: 'auto', 'github-token': 'write-token' },
          },
          { env, event: { name: event } },
        ),
    };
  }
  const VERDICT = 'ml-loop-report/validate-model/verdict.json';
  const said = () => space.verdict('validate-model-record').checks.map(({ message }) => message);

  test('says nothing of that, unless each use must be counted', () =>
    withGitHub(async (github) => {
      for (const event of ['pull_request', 'push']) {
        const run = await github.judge(event, 'good');
        expect(run).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
        expect(JSON.stringify([space.verdict('validate-model').checks, run.summary, run.stdout])).not.toMatch(
          /permission|record-use|403|not counted/,
        );
      }
      const strict = await github.judge('push', 'good', 'validate-model', { ledger: 'strict' });
      expect(strict).toMatchObject({ exit: 1, outputs: { status: 'inconclusive', comparison: 'unknown' } });
      expect(used()).toMatchObject({
        status: 'inconclusive',
        fix: expect.stringContaining('contents: write'),
      });
    }));

  test('on a pull request writes nothing; a later job counts its use, once', () =>
    withGitHub(async (github) => {
      const first = await github.judge('pull_request', 'good');
      expect(first).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
      expect(github.writes()).toBe(0);
      expect(await github.record(VERDICT)).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
      expect(said()).toEqual(['the use of the test set is counted']);
      await github.record(VERDICT);
      expect(said()).toEqual(['this use of the test set was counted before']);
      await github.judge('pull_request', 'better');
      expect(used()).toMatchObject({ observed: 2 });
    }));

  test('on a push is counted from its verdict as well', () =>
    withGitHub(async (github) => {
      expect(await github.judge('push', 'good')).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
      await github.record(VERDICT);
      expect(said()).toEqual(['the use of the test set is counted']);
      // The same question on the next push is known.
      expect(await github.judge('push', 'good')).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
      await github.record(VERDICT);
      expect(said()).toEqual([expect.stringContaining('there is no use to count')]);
    }));

  test('is counted of all models of a run in one step, each in its own ledger, once', () =>
    withGitHub(async (github) => {
      for (const name of ['demand', 'churn'])
        await github.judge('pull_request', 'good', `reports/ml-loop-report-${name}`, { name });
      await github.judge('pull_request', 'good', 'reports/ml-loop-report-off', {
        name: 'off',
        ledger: 'off',
      });
      const all = 'reports/**/validate-model*/verdict.json';
      expect(await github.record(all, 'workflow_run', '')).toMatchObject({ exit: 0, stderr: '' });
      const counted = ['churn', 'demand'].map((name) => `${name}: the use of the test set is counted`);
      expect(said()).toEqual([...counted, expect.stringContaining('off: there is no use to count')]);
      await github.record(all, 'workflow_run', '');
      expect(said().slice(0, 2)).toEqual(
        counted.map((text) =>
          text.replace('is counted', 'was counted before').replace('the use', 'this use'),
        ),
      );
      for (const name of ['demand', 'churn']) {
        await github.judge('pull_request', 'better', 'again', { name });
        expect(used('../again/validate-model')).toMatchObject({ observed: 2 });
      }
      const forged = {
        ...space.json('reports/ml-loop-report-demand/validate-model/verdict.json'),
        name: '../x',
      };
      space.write('reports/x/validate-model/verdict.json', JSON.stringify(forged));
      const refused = await github.record(all, 'workflow_run', '');
      expect(refused).toMatchObject({ exit: 2 });
      expect(refused.summary).toContain('not a model’s name');
      expect(await github.record(all, 'workflow_run', 'demand')).toMatchObject({ exit: 2 });
    }));

  test('is not counted on a pull request, under another name, or from another file', () =>
    withGitHub(async (github) => {
      await github.judge('pull_request', 'good', 'downloaded');
      const verdict = 'downloaded/validate-model/verdict.json';
      const own = await github.record(verdict, 'pull_request');
      expect(own).toMatchObject({ exit: 2 });
      expect(own.summary).toContain('pull requests only read');
      const other = await github.record(verdict, 'workflow_run', 'churn');
      expect(other).toMatchObject({ exit: 2 });
      expect(other.summary).toContain('is a verdict on');
      space.write('forged.json', JSON.stringify({ ...space.json(verdict), measures: {} }));
      expect((await github.record('forged.json')).summary).toContain('does not tell of a use of a test set');
      space.write('forged.json', 'not json');
      expect((await github.record('forged.json')).summary).toContain('is not JSON');
      expect(github.writes()).toBe(0);
    }));
});
