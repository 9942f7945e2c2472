/** What goes wrong on the way into production, in a repository whose own runner has the registry and the state on its disk. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ActRun } from './support/act.ts';
import { Bikes, file, NAME } from './support/bikes.ts';

const RESUME = '41 */2 * * *';
const CD = 'ml-cd.yml';

let bikes: Bikes;
beforeAll(async () => {
  bikes = await Bikes.start(10);
});
afterAll(() => bikes?.stop());

/** Commits another model: one with so many trees. */
function commitTrees(trees: number): string {
  const text = bikes.world.repository.read('model/train.mjs');
  return bikes.world.commit({ 'model/train.mjs': text.replace(/trees: \d+/, `trees: ${trees}`) });
}

/** The release of what is on `main`: its run of ml-cd alone, for ml-ci says the same of it. */
function release(): Promise<ActRun> {
  return bikes.world.run(CD, bikes.world.pushOf(bikes.world.repository.git('rev-parse', 'main')));
}

/** Serves some days of a week, and then lets the schedule go on with the rollout. */
async function serve(week: number, days: readonly [number, number], fault?: string): Promise<ActRun> {
  await bikes.ask(week, days, fault);
  bikes.timeIs(week, days[1]);
  const [run] = await bikes.world.schedule(RESUME);
  return run as ActRun;
}

describe('pull requests', () => {
  test('the data of a week are green', async () => {
    bikes.world.commit({ [`data/${file(10)}`]: bikes.weeks[10]?.csv ?? '' }, { branch: 'week-10' });
    const [run] = await bikes.world.pullRequest('week-10');
    expect(run?.jobs).toEqual({
      'ml-ci/plan': 'success',
      [`ml-ci/validate (${NAME})`]: 'success',
      'ml-ci/gate': 'success',
    });
  });

  test('a week that was delivered broken is red', async () => {
    bikes.world.commit({ [`data/${file(12)}`]: bikes.broken(12) }, { branch: 'week-12' });
    const [run] = await bikes.world.pullRequest('week-12', { number: 8 });
    expect(run?.jobs).toMatchObject({ [`ml-ci/validate (${NAME})`]: 'failure', 'ml-ci/gate': 'failure' });
  });
});

describe('a release', () => {
  test('the first is begun by a push, and promoted by the schedule', async () => {
    const runs = await bikes.world.push();
    expect(runs.map(({ exit }) => exit)).toEqual([0, 0]);
    await serve(10, [0, 3]);
    await serve(10, [3, 6]);
    expect(await bikes.production()).toEqual({ versions: ['1.0.0'], champion: '1.0.0' });
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });

  test('of two pushes at once both are registered, and one rollout is begun', async () => {
    const commits = [commitTrees(140), commitTrees(160)];
    const runs = await Promise.all(commits.map((commit) => bikes.world.run(CD, bikes.world.pushOf(commit))));
    expect(runs.map(({ jobs }) => jobs['ml-cd/register'])).toEqual(['success', 'success']);
    expect(runs.map(({ jobs }) => jobs['ml-cd/release']).sort()).toEqual(['failure', 'success']);
    expect((await bikes.production()).versions).toEqual(['1.0.0', '1.1.0', '1.2.0']);
    expect(Object.values(bikes.weights)).toEqual([70, 30]);
  });

  test('a canary that fails in production is taken back', async () => {
    const run = await serve(11, [0, 3], 'share:0.6');
    expect(run.jobs).toEqual({ 'ml-cd/release': 'failure' });
    expect(await bikes.production()).toMatchObject({ champion: '1.0.0' });
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });

  test('what fails its integration test gets no traffic', async () => {
    const path = `.github/workflows/${CD}`;
    const text = bikes.world.repository.read(path);
    const broken = text.replace(/integration-test: .*/, 'integration-test: node ops/smoke.mjs && exit 7');
    commitTrees(120);
    bikes.world.commit({ [path]: broken });
    const run = await release();
    expect(run.jobs).toMatchObject({ 'ml-cd/register': 'success', 'ml-cd/staging': 'failure' });
    expect(run.jobs).not.toHaveProperty('ml-cd/release');
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
    bikes.world.commit({ [path]: text });
  });

  test('a second attempt finds what the first has registered, and releases it', async () => {
    const failed = bikes.world.runs.at(-1) as ActRun;
    const push = bikes.world.pushOf(bikes.world.repository.git('rev-parse', 'main'));
    const run = await bikes.world.run(CD, push, { runId: failed.runId, attempt: 2 });
    expect(run.exit).toBe(0);
    const { versions } = await bikes.production();
    expect(versions).toEqual(['1.0.0', '1.1.0', '1.2.0', '1.3.0']);
    expect(bikes.weights).toEqual({ '1.0.0': 70, '1.3.0': 30 });
  });

  test('a third attempt changes nothing', async () => {
    const { runId } = bikes.world.runs.at(-1) as ActRun;
    const push = bikes.world.pushOf(bikes.world.repository.git('rev-parse', 'main'));
    const run = await bikes.world.run(CD, push, { runId, attempt: 3 });
    expect(run.exit).toBe(0);
    expect(await bikes.production()).toMatchObject({ versions: ['1.0.0', '1.1.0', '1.2.0', '1.3.0'] });
    expect(bikes.weights).toEqual({ '1.0.0': 70, '1.3.0': 30 });
  });

  test('a person aborts by hand', async () => {
    const [run] = await bikes.world.dispatchByHand(CD, { operation: 'abort' });
    expect(run?.jobs).toHaveProperty('ml-cd/release');
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });
});

describe('an approval', () => {
  const operate = async (operation: string, actor: string) =>
    (await bikes.world.dispatchByHand(CD, { operation }, actor))[0];

  test('is waited for before any traffic', async () => {
    bikes.configure(
      '    deploy-canary:\n',
      '    deploy-canary:\n      approval: before-traffic\n      approvers: [grace]\n',
    );
    bikes.timeIs(11, 4);
    commitTrees(100);
    const run = await release();
    expect(run.jobs).toMatchObject({ 'ml-cd/register': 'success', 'ml-cd/release': 'success' });
    expect(run.log).toContain('rollout.approval');
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });

  test('of someone who may not approve is refused', async () => {
    expect((await operate('approve', 'ada'))?.jobs).toEqual({ 'ml-cd/release': 'failure' });
    expect((await operate('resume', 'ada'))?.exit).toBe(0);
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });

  test('that is given begins the traffic', async () => {
    expect((await operate('approve', 'grace'))?.exit).toBe(0);
    expect((await operate('resume', 'ada'))?.exit).toBe(0);
    expect(bikes.weights).toMatchObject({ '1.0.0': 70 });
  });

  test('that is denied ends the release', async () => {
    await operate('abort', 'grace');
    commitTrees(80);
    await release();
    const before = await bikes.production();
    await operate('abort', 'grace');
    await operate('resume', 'ada');
    expect(await bikes.production()).toEqual(before);
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });
});
