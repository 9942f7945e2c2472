/**
 * Two models in one ml-loop.yml, and exactly what each kind of event asks of GitHub: a pull request of a branch and of a fork,
 * the merge queue, a push that releases both, a job that runs again.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ActRun } from './support/act.ts';
import { Bikes, file } from './support/bikes.ts';

const CD = '.github/workflows/ml-cd.yml';
const CI = '.github/workflows/ml-ci.yml';
const KEY = 'k3y-of-the-store';
const FORK = 'eve/models';
const CHECKS = ['validate-data', 'validate-model'].flatMap((action) =>
  ['demand', 'weekend'].map((model) => `ml-loop / ${action} (${model})`),
);

let bikes: Bikes;
beforeAll(async () => {
  bikes = await Bikes.start(10, { ML_LOOP_ENV: `STORE_KEY=${KEY}` });
  bikes.addModel('weekend');
  bikes.timeIs(10);
  const { repository } = bikes.world;
  const prints = `echo "the store has the key \${STORE_KEY:-of no one}"`;
  bikes.world.commit({
    [CI]: `${repository.read(CI).replace(' train: ', ` train: ${prints}; `)}    secrets:
      ML_LOOP_ENV: \${{ secrets.ML_LOOP_ENV }}
`,
    [CD]: repository
      .read(CD)
      .replace('    name: ml-cd\n', '    strategy: { matrix: { model: [demand, weekend] } }\n')
      .replace('    with:\n', `    with:\n      name: \${{ matrix.model }}\n`),
  });
  bikes.world.commit({ [`data/${file(10)}`]: bikes.weeks[10]?.csv ?? '' }, { branch: 'good' });
  bikes.world.commit({ [`data/${file(12)}`]: bikes.broken(12) }, { branch: 'bad' });
  bikes.world.calls();
});
afterAll(() => bikes?.stop());

/** What the jobs of ml-ci read of the base branch: the rules of each job, and the contract of each judged stage. */
const reads = (files: number, contracts: number) => ({
  'GET /contents/ml-loop.yml': files,
  'GET /contents/contract.yml': contracts,
});
const conclusions = (commit: string) =>
  Object.fromEntries(
    bikes.world.github.conversations.checkRuns
      .filter(({ head_sha }) => head_sha === commit)
      .map(({ name, conclusion }) => [name, conclusion]),
  );
const all = (conclusion: string) => Object.fromEntries(CHECKS.map((name) => [name, conclusion]));
const commitOf = (ref: string) => bikes.world.repository.git('rev-parse', ref);
const comments = () => bikes.world.github.conversations.comments;
/** The results of jobs: `validate` is both. */
const results = ({ results: { plan, validate, gate } }: ActRun) => ({ plan, validate, gate });
const GREEN = { plan: 'success', validate: 'success', gate: 'success' };
const RED = { plan: 'success', validate: 'failure', gate: 'failure' };

describe('a pull request', () => {
  let red: ActRun;

  test('that breaks the data: a check for each model and stage, and one comment', async () => {
    [red] = (await bikes.world.pullRequest('bad')) as [ActRun];
    expect(results(red)).toEqual(RED);
    expect(bikes.world.calls()).toEqual({
      ...reads(5, 2),
      'GET /commits/SHA/check-runs': 4,
      'POST /check-runs': 4,
      'GET /issues/7/comments': 2,
      'POST /issues/7/comments': 1,
    });
    expect(conclusions(commitOf('bad'))).toEqual(all('failure'));
    expect(comments()).toMatchObject([
      { issue: 7, body: expect.stringContaining('validate-data · weekend') },
    ]);
    expect(comments()[0]?.body).toContain('validate-data · demand');
  });

  test('whose gate runs again updates what is there, and posts nothing twice', async () => {
    const again = await bikes.world.again(red, 'gate');
    expect(results(again)).toEqual(RED);
    expect(bikes.world.calls()).toEqual({
      'GET /contents/ml-loop.yml': 2,
      'GET /commits/SHA/check-runs': 4,
      'GET /check-runs/ID/annotations': 2, // of the two that have some: the same are not sent again
      'PATCH /check-runs/ID': 4,
      'GET /issues/7/comments': 2,
      'PATCH /issues/comments/ID': 1, // it leads to the newer attempt
    });
    expect(comments()).toHaveLength(1);
    expect(Object.keys(conclusions(commitOf('bad')))).toHaveLength(4);
  });

  test('that is good: the checks are green, and no comment is written', async () => {
    const [run] = (await bikes.world.pullRequest('good', { number: 9 })) as [ActRun];
    expect(results(run)).toEqual(GREEN);
    expect(bikes.world.calls()).toEqual({
      ...reads(7, 4),
      'GET /commits/SHA/check-runs': 4,
      'POST /check-runs': 4,
      'GET /issues/9/comments': 1,
    });
    expect(conclusions(commitOf('good'))).toEqual(all('success'));
    expect(run.log).toContain('the store has the key');
    expect(run.log).not.toMatch(new RegExp(`${KEY}|of no one`));
  });
});

describe('a pull request of a fork, whose token reads and which sees no secret', () => {
  test('is judged; the job summary alone tells it', async () => {
    const [run] = (await bikes.world.pullRequest('bad', { number: 8, from: FORK })) as [ActRun];
    expect(results(run)).toEqual(RED);
    expect(run.summary).toContain('column.range');
    expect(bikes.world.calls()).toEqual(reads(5, 2));
  });

  test('is green if it is good: nothing is written, and that fails nothing', async () => {
    const [run] = (await bikes.world.pullRequest('good', { number: 10, from: FORK })) as [ActRun];
    expect(results(run)).toEqual(GREEN);
    expect(bikes.world.calls()).toEqual(reads(7, 4));
    expect(run.log).toContain('the store has the key of no one');
    expect(run.annotations.filter(({ level }) => level === 'error')).toEqual([]);
    expect(comments().map(({ issue }) => issue)).toEqual([7]);
  });
});

describe('the merge queue', () => {
  test('has its own commit judged, and no comment', async () => {
    const [run] = (await bikes.world.mergeQueue('good')) as [ActRun];
    expect(results(run)).toEqual(GREEN);
    expect(bikes.world.calls()).toEqual({
      ...reads(7, 4),
      'GET /commits/SHA/check-runs': 4,
      'POST /check-runs': 4,
    });
    expect(conclusions(commitOf('gh-readonly-queue/main/good'))).toEqual(all('success'));
  });
});

describe('a push', () => {
  test('releases both models, each by a call of ml-cd', async () => {
    const run = await bikes.world.run('ml-cd.yml', bikes.world.pushOf(commitOf('main')));
    expect(run.exit).toBe(0);
    expect(bikes.world.calls()).toEqual({
      'GET /contents/ml-loop.yml': 2,
      'GET /commits/SHA/check-runs': 4,
      'POST /check-runs': 4,
    });
    expect(conclusions(commitOf('main'))).toEqual(all('success'));
    expect(await bikes.production('demand')).toEqual({ versions: ['1.0.0'], champion: undefined });
    expect(await bikes.production('weekend')).toEqual({ versions: ['1.0.0'], champion: undefined });
  });
});
