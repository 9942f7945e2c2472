/**
 * The whole loop of a scikit-learn repository on GitHub's own runners, as one story: each test goes on where the one before
 * it ended.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ActRun } from './support/act.ts';
import { Courier, NAME } from './support/courier.ts';

const RESUME = '41 */2 * * *';
const WATCH = '17 5 * * 1';

let courier: Courier;
beforeAll(async () => {
  courier = await Courier.start();
});
afterAll(() => courier?.stop());

/** The one run that there is; its log is shown if something in it is not as expected. */
function only(runs: readonly ActRun[]): ActRun {
  const [run, ...more] = runs.filter(({ workflow }) => workflow !== 'ml-record-use.yml');
  expect(more.map(({ workflow }) => workflow)).toEqual([]);
  return run as ActRun;
}

describe('before the first release', () => {
  test('a pull request that keeps the contract is green', async () => {
    courier.world.commit({ 'README.md': 'Delivery times\n' }, { branch: 'words' });
    const run = only(await courier.world.pullRequest('words'));
    expect(run.jobs).toEqual({
      'ml-ci/plan': 'success',
      'ml-ci/test': 'success',
      [`ml-ci/validate (${NAME})`]: 'success',
      'ml-ci/gate': 'success',
    });
    expect(await courier.production()).toEqual({ versions: [], champion: undefined });
    // The pull request's own run only reads; what it used of the test set is counted by the one that follows it.
    const counted = courier.world.runs.find(({ workflow }) => workflow === 'ml-record-use.yml');
    expect(counted?.jobs).toEqual({ record: 'success' });
    const refs = [...courier.world.github.git.refs.keys()].filter((ref) => ref.startsWith('refs/ml-loop'));
    expect(refs).toEqual([expect.stringContaining(`refs/ml-loop/${NAME}/ledger/`)]);
  });

  test('a pull request with data that break the contract is red, and says where', async () => {
    const data = courier.deliveries(12).replace(/^(d00003.*),[\d.]+$/m, '$1,');
    const commit = courier.world.commit({ 'data/deliveries.csv': data }, { branch: 'bad-data' });
    const run = only(await courier.world.pullRequest('bad-data'));
    expect(run.jobs).toMatchObject({ [`ml-ci/validate (${NAME})`]: 'failure', 'ml-ci/gate': 'failure' });
    const { comments, checkRuns } = courier.world.github.conversations;
    expect(comments).toHaveLength(1);
    expect(comments[0]).toMatchObject({ issue: 7, body: expect.stringContaining('column.nulls') });
    const { annotations, conclusion } = checkRuns.find(
      ({ name, head_sha }) => name === `ml-loop / validate-data (${NAME})` && head_sha === commit,
    ) ?? { annotations: [], conclusion: 'none' };
    expect(conclusion).toBe('failure');
    expect(annotations).toMatchObject([{ path: 'data/deliveries.csv', start_line: 5 }]);
  });
});

describe('the first release', () => {
  test('a push to main registers and stages the model, and begins its rollout', async () => {
    const run = only(await courier.world.push());
    expect(run.jobs).toMatchObject({
      'ml-cd/register': 'success',
      'ml-cd/release': 'success',
    });
    expect(await courier.production()).toEqual({ versions: ['1.0.0'], champion: undefined });
    expect(courier.platform.versions).toEqual(['1.0.0']);
  });

  test('the schedule goes on with it when customers have asked, and promotes it', async () => {
    await courier.platform.ask(courier.week(12));
    courier.timeIs(13);
    const run = only(await courier.world.schedule(RESUME));
    expect(run.jobs).toEqual({ 'ml-cd/release': 'success' });
    expect(await courier.production()).toEqual({ versions: ['1.0.0'], champion: '1.0.0' });
    expect(courier.platform.weights).toEqual({ '1.0.0': 100 });
  });
});

describe('the loop', () => {
  test('a schedule without drift is quiet', async () => {
    const runs = await courier.world.schedule(WATCH);
    expect(only(runs).jobs).toEqual({ 'ml-ct/watch': 'success' });
    expect(courier.world.github.dispatches).toEqual([]);
  });

  test('a schedule with drift dispatches: a better model is trained, registered, staged and begun', async () => {
    await courier.platform.ask(courier.week(19));
    courier.world.commit({ 'data/deliveries.csv': courier.deliveries(20) });
    courier.timeIs(20);
    const [watched, retrained, ...more] = await courier.world.schedule(WATCH);
    expect(more).toEqual([]);
    expect(watched?.jobs).toEqual({ 'ml-ct/watch': 'success' });
    expect(retrained?.jobs).toMatchObject({ 'ml-cd/release': 'success' });
    expect(await courier.production()).toEqual({ versions: ['1.0.0', '1.1.0'], champion: '1.0.0' });
    expect(courier.platform.weights).toEqual({ '1.0.0': 50, '1.1.0': 50 });
  });

  test('a rollout that is not finished is resumed, and says what it needs', async () => {
    await courier.platform.ask(courier.week(20).slice(0, 80));
    courier.timeIs(20, 3);
    const run = only(await courier.world.schedule(RESUME));
    expect(await courier.production()).toMatchObject({ champion: '1.0.0' });
    expect(run.log).toMatch(/more canary requests/);
  });

  test('and is promoted with more traffic', async () => {
    await courier.platform.ask(courier.week(20).slice(80));
    courier.timeIs(21);
    const run = only(await courier.world.schedule(RESUME));
    expect(run.jobs).toEqual({ 'ml-cd/release': 'success' });
    expect(await courier.production()).toMatchObject({ champion: '1.1.0' });
    expect(courier.platform.weights).toEqual({ '1.1.0': 100 });
  });

  test('the next schedule is quiet: the new model is the one that is watched', async () => {
    await courier.platform.ask(courier.week(21));
    courier.timeIs(22);
    await courier.world.schedule(WATCH);
    expect(courier.world.github.dispatches).toHaveLength(1);
  });

  test('a pull request that trains a worse model is red', async () => {
    const program = courier.world.repository.read('train.py');
    const worse = program.replace(
      'float(row["minutes"]) for row in rows',
      'float(row["minutes"]) for row in reversed(rows)',
    );
    expect(worse).not.toBe(program);
    courier.world.commit({ 'train.py': worse }, { branch: 'worse' });
    const run = only(await courier.world.pullRequest('worse', { number: 8 }));
    expect(run.jobs).toMatchObject({ [`ml-ci/validate (${NAME})`]: 'failure', 'ml-ci/gate': 'failure' });
    const comment = courier.world.github.conversations.comments.find(({ issue }) => issue === 8);
    expect(comment?.body).toContain('worse than production');
    expect(await courier.production()).toMatchObject({ champion: '1.1.0' });
  });
});
