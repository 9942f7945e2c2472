/**
 * What goes wrong on the way into production, in a repository whose own runner has the registry and the state on its disk, and
 * which has the three loops in one file, ml-all.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ActRun } from './support/act.ts';
import { Bikes, file, NAME } from './support/bikes.ts';

const RESUME = '41 */2 * * *';
const WATCH = '17 5 * * 1';
const ALL = 'ml-all.yml';
const DOCKERFILE = 'FROM node:24\nCOPY ml-loop-model /model\n';
const PATH = `.github/workflows/${ALL}`;

let bikes: Bikes;
beforeAll(async () => {
  bikes = await Bikes.start(10);
  bikes.useOneWorkflow();
});
afterAll(() => bikes?.stop());

/** Commits another model: one with so many trees. */
function commitTrees(trees: number): string {
  const text = bikes.world.repository.read('model/train.mjs');
  return bikes.world.commit({ 'model/train.mjs': text.replace(/trees: \d+/, `trees: ${trees}`) });
}

/** The release of what is on `main`. */
async function release(): Promise<ActRun> {
  const [run] = await bikes.world.push();
  return run as ActRun;
}

/** Serves some days of a week, and then lets the schedule go on with the rollout. */
async function serve(week: number, days: readonly [number, number], fault?: string): Promise<ActRun> {
  await bikes.ask(week, days, fault);
  bikes.timeIs(week, days[1]);
  const [run] = await bikes.world.schedule(RESUME);
  return run as ActRun;
}

describe('pull requests', () => {
  test('the data of a week are green, and the image that it brings is built', async () => {
    const workflow = bikes.world.repository
      .read(PATH)
      .replace(' train: ', ' dockerfile: Dockerfile, train: ');
    const files = {
      Dockerfile: DOCKERFILE,
      [PATH]: workflow,
      [`data/${file(10)}`]: bikes.weeks[10]?.csv ?? '',
    };
    bikes.world.commit(files, { branch: 'week-10' });
    const [run] = await bikes.world.pullRequest('week-10');
    expect(run?.jobs).toEqual({
      'ml-ci/plan': 'success',
      [`ml-ci/validate (${NAME})`]: 'success',
      'ml-ci/image': 'success',
      'ml-ci/gate': 'success',
    });
    expect(bikes.world.images).toMatchObject([{ run: run?.runId, dockerfile: 'Dockerfile', push: false }]);
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
    expect(runs.map(({ workflow, exit }) => [workflow, exit])).toEqual([[ALL, 0]]);
    expect(runs[0]?.results).toMatchObject({ gate: 'success', register: 'success', release: 'success' });
    expect(runs[0]?.results).not.toHaveProperty('watch');
    await serve(10, [0, 3]);
    await serve(10, [3, 6]);
    expect(await bikes.production()).toEqual({ versions: ['1.0.0'], champion: '1.0.0' });
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });

  test('of two pushes at once both are registered, and one rollout is begun', async () => {
    const commits = [commitTrees(140), commitTrees(160)];
    const runs = await Promise.all(commits.map((commit) => bikes.world.run(ALL, bikes.world.pushOf(commit))));
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
    const text = bikes.world.repository.read(PATH);
    const broken = text.replaceAll('node ops/smoke.mjs', 'node ops/smoke.mjs && exit 7');
    commitTrees(120);
    bikes.world.commit({ [PATH]: broken });
    const run = await release();
    expect(run.jobs).toMatchObject({ 'ml-cd/register': 'success', 'ml-cd/staging': 'failure' });
    expect(run.jobs).not.toHaveProperty('ml-cd/release');
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
    bikes.world.commit({ [PATH]: text });
  });

  test('a second attempt finds what the first has registered, and releases it', async () => {
    const failed = bikes.world.runs.at(-1) as ActRun;
    const push = bikes.world.pushOf(bikes.world.repository.git('rev-parse', 'main'));
    const run = await bikes.world.run(ALL, push, { runId: failed.runId, attempt: 2 });
    expect(run.exit).toBe(0);
    const { versions } = await bikes.production();
    expect(versions).toEqual(['1.0.0', '1.1.0', '1.2.0', '1.3.0']);
    expect(bikes.weights).toEqual({ '1.0.0': 70, '1.3.0': 30 });
  });

  test.each(['register', 'release'])('the job %s, run again alone, changes nothing', async (job) => {
    const run = await bikes.world.again(bikes.world.runs.at(-1) as ActRun, job);
    expect(run.exit).toBe(0);
    expect(await bikes.production()).toMatchObject({ versions: ['1.0.0', '1.1.0', '1.2.0', '1.3.0'] });
    expect(bikes.weights).toEqual({ '1.0.0': 70, '1.3.0': 30 });
  });

  test('a person aborts by hand', async () => {
    const [run] = await bikes.world.dispatchByHand(ALL, { operation: 'abort' });
    expect(run?.jobs).toHaveProperty('ml-cd/release');
    expect(bikes.weights).toEqual({ '1.0.0': 100 });
  });
});

describe('an approval', () => {
  const operate = async (operation: string, actor: string) =>
    (await bikes.world.dispatchByHand(ALL, { operation }, actor))[0];

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

describe('blue/green', () => {
  test('gives a version all traffic at once, with an image that was built of it', async () => {
    bikes.configure(
      'approval: before-traffic\n      approvers: [grace]\n',
      'strategy: blue-green\n      max-error-rate: 20%\n',
    );
    bikes.configure(/ +- { weight: 30.*\n/, '');
    bikes.configure('{ weight: 90', '{ weight: 100');
    bikes.timeIs(11, 5);
    commitTrees(130);
    const text = bikes.world.repository.read(PATH);
    const test =
      'dockerfile: Dockerfile, integration-test: "test -f $ML_LOOP_MODEL_DIR/model.json; echo image $ML_LOOP_IMAGE"';
    bikes.world.commit({
      Dockerfile: DOCKERFILE,
      [PATH]: text.replace('integration-test: node ops/smoke.mjs', test),
    });
    const run = await release();
    const { version = '' } = run.outputs['register.register'] ?? {};
    const [image, ...others] = bikes.world.images.filter((each) => each.run === run.runId);
    expect(others).toEqual([]);
    expect(image).toMatchObject({
      tags: `ghcr.io/acme/models/demand-server:${version}`,
      push: true,
      files: expect.arrayContaining(['ml-loop-model/model.json']),
    });
    expect(run.log).toContain(`image ghcr.io/acme/models/demand-server@${image?.digest}`);
    expect(run.results).toMatchObject({ package: 'success', staging: 'success', release: 'success' });
    expect(bikes.weights).toEqual({ [version]: 100 });
    expect(await bikes.production()).toMatchObject({ champion: '1.0.0' });
  });

  test('promotes it when it has answered enough', async () => {
    const [version] = Object.keys(bikes.weights);
    const run = await serve(11, [5, 7]);
    expect(run.jobs).toEqual({ 'ml-cd/release': 'success' });
    expect(await bikes.production()).toMatchObject({ champion: version });
    expect(bikes.weights).toEqual({ [version as string]: 100 });
  });
});

describe('a schedule that finds errors too large', () => {
  test('asks for a retrain, which releases its model; its jobs, run again, ask and register nothing', async () => {
    const before = await bikes.production();
    bikes.configure('mae <= 36', 'mae <= 5');
    for (const week of [10, 11]) bikes.deliver(week);
    bikes.timeIs(12);
    const [watched, retrained, ...more] = (await bikes.world.schedule(WATCH)) as [ActRun, ActRun];
    expect(more).toEqual([]);
    expect(watched.jobs).toEqual({ 'ml-ct/watch': 'success' });
    expect(retrained.results).toMatchObject({ request: 'success', register: 'success', release: 'success' });
    const { version = '' } = retrained.outputs['register.register'] ?? {};
    const after = { versions: [...before.versions, version], champion: before.champion };
    expect(await bikes.production()).toEqual(after);
    await bikes.world.again(watched, 'watch');
    const again = await bikes.world.again(retrained, 'register');
    expect(again.exit).toBe(0);
    expect(bikes.world.github.dispatches).toHaveLength(1);
    expect(await bikes.production()).toEqual(after);
    expect(bikes.weights).toEqual({ [version]: 100 });
  });

  test('and what fails in production is taken back: the version before has all traffic', async () => {
    const { champion = '' } = await bikes.production();
    // There is no other version that a customer who asks again could meet.
    await expect(bikes.ask(12, [0, 3], 'share:0.6')).rejects.toThrow('was not answered');
    bikes.timeIs(12, 3);
    const [run] = await bikes.world.schedule(RESUME);
    expect(run?.jobs).toEqual({ 'ml-cd/release': 'failure' });
    expect(await bikes.production()).toMatchObject({ champion });
    expect(bikes.weights).toEqual({ [champion]: 100 });
  });
});
