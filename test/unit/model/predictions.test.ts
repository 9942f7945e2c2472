import { describe, expect, test } from '@jest/globals';
import type { NothingToJudge } from '../../../shared/model/fields.ts';
import type { ScoredRows } from '../../../shared/model/rows.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { idsOf, judgedOf, OPTIONS } from './helpers.ts';

const PRODUCTION = 'id,label,prediction\n1,2.5,2\n2,3.5,3\n3,4.5,5\n';

/** Predicted numbers. */
function predicted(rows: ScoredRows | undefined): Float64Array {
  if (rows?.task !== 'regression') throw new TypeError('no rows of regression');
  return rows.predicted;
}

async function problemsOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).problems;
}

describe('predictions are joined by id', () => {
  test('whatever the order of the files', async () => {
    const judged = await judgedOf({
      candidate: 'id,prediction\n3,30\n1,10\n2,20\n',
      production: 'prediction,id\n11,1\n33,3\n22,2\n',
      test: 'id,label\n2,20.5\n3,30.5\n1,10.5\n',
    });
    expect(idsOf(judged)).toEqual(['2', '3', '1']);
    expect([...predicted(judged.candidate)]).toEqual([20, 30, 10]);
    expect([...predicted(judged.production)]).toEqual([22, 33, 11]);
    expect(judged.checks.map((check) => check.status)).toEqual(['pass', 'pass', 'pass']);
  });

  test('a row is named by its line of the test data, and of the candidate’s file without any', async () => {
    const candidate = 'id,label,prediction\n3,30.5,30\n1,10.5,10\n2,20.5,20\n';
    const judged = await judgedOf({
      candidate,
      production: PRODUCTION,
      test: 'id,label\n2,20.5\n3,30.5\n1,10.5\n',
    });
    expect([0, 1, 2].map((row) => judged.place(row))).toEqual([
      { file: 'test.csv', line: 2 },
      { file: 'test.csv', line: 3 },
      { file: 'test.csv', line: 4 },
    ]);
    const alone = await judgedOf({ candidate });
    expect([0, 1, 2].map((row) => alone.place(row))).toEqual([
      { file: 'candidate.csv', line: 2 },
      { file: 'candidate.csv', line: 3 },
      { file: 'candidate.csv', line: 4 },
    ]);
  });

  test('ids that repeat or are missing on a side fail, with their places', async () => {
    const judged = await judgedOf({
      candidate: 'id,label,prediction\n1,2.5,2\n2,3.5,3\n2,3.5,4\n9,1.5,1\n',
      production: PRODUCTION,
    });
    expect(idsOf(judged)).toEqual(['1', '2']);
    expect(judged.checks[0]).toMatchObject({
      id: 'predictions.ids',
      status: 'fail',
      observed: 3,
      message:
        'ids do not match (candidate.csv: 1 repeated, 1 not in every other file; production.csv: 1 not in every other file); judged on the 2 that match',
      locations: [
        { file: 'candidate.csv', line: 4, column: 1 },
        { file: 'candidate.csv', line: 5, column: 1 },
        { file: 'production.csv', line: 4, column: 1 },
      ],
    });
  });

  test('files without a common id are the user’s error', async () => {
    const problems = await problemsOf(
      judgedOf({ candidate: 'id,label,prediction\na,1.5,1\n', production: PRODUCTION }),
    );
    expect(problems[0]).toMatchObject({
      where: 'candidate.csv, production.csv',
      what: expect.stringContaining('no id'),
    });
  });

  test('missing columns are named all at once, with the nearest', async () => {
    const problems = await problemsOf(judgedOf({ candidate: 'id,lable,predicton\n1,2,3\n' }));
    expect(problems).toEqual(
      [
        expect.objectContaining({
          where: 'candidate.csv',
          fix: expect.stringContaining('did you mean predicton'),
        }),
        expect.objectContaining({
          where: 'candidate.csv',
          fix: expect.stringContaining('did you mean lable'),
        }),
      ].reverse(),
    );
  });
});

describe('faulty fields', () => {
  test('fail with file, line and field, and without their values', async () => {
    const judged = await judgedOf({
      candidate: 'id,label,prediction\n1,2.5,nan\n2,,3\n3,4.5,\n4,5.5,5\n5,6.5,0x10\n',
    });
    expect(idsOf(judged)).toEqual(['4']);
    const [, labels, values] = judged.checks;
    expect(labels).toMatchObject({
      status: 'fail',
      observed: 1,
      locations: [{ file: 'candidate.csv', line: 3, column: 2 }],
    });
    expect(values).toMatchObject({ status: 'fail', observed: 3 });
    expect(values?.message).toContain('"prediction" is not a finite number (2 rows)');
    expect(values?.message).toContain('"prediction" is empty (1 row)');
    expect(values?.locations).toContainEqual({ file: 'candidate.csv', line: 2, column: 3 });
    expect(JSON.stringify(judged.checks)).not.toContain('0x10');
  });

  test('show their values if samples are shown', async () => {
    const judged = await judgedOf(
      { candidate: 'id,label,prediction\n1,2.5,oops\n2,1.5,3\n' },
      { showValues: true, task: 'regression' },
    );
    expect(judged.checks[2]?.locations).toEqual([
      { file: 'candidate.csv', line: 2, column: 3, value: 'oops' },
    ]);
  });

  test('a score outside of [0, 1] fails for all rows if it is judged as a probability, and is a score otherwise', async () => {
    const candidate = 'id,label,prediction,score\n1,1,1,1.2\n2,0,0,0.1\n3,1,1,0.8\n';
    const error = await judgedOf({ candidate }, { probabilities: true }).catch((problem: unknown) => problem);
    expect((error as NothingToJudge).checks[2]).toMatchObject({
      status: 'fail',
      observed: 1,
      message: expect.stringContaining('no row is judged'),
      locations: [{ line: 2, column: 4 }],
    });
    expect((await judgedOf({ candidate })).checks[2]?.status).toBe('pass');
  });

  test('NaN is not a class that a model could get right', async () => {
    const judged = await judgedOf({
      candidate: 'id,label,prediction\n1,nan,nan\n2,1,1\n3,0,NaN\n4,0,1\n',
    });
    expect(idsOf(judged)).toEqual(['2', '4']);
    expect(judged.checks.slice(1)).toMatchObject([
      { id: 'predictions.labels', status: 'fail', observed: 1 },
      { id: 'predictions.values', status: 'fail', observed: 2 },
    ]);
  });

  test('labels are not read as predictions or scores', async () => {
    const candidate = 'id,label,prediction\n1,1,0\n2,0,1\n';
    for (const columns of [
      { ...OPTIONS.columns, prediction: 'label' },
      { ...OPTIONS.columns, score: 'label' },
    ]) {
      const problems = await problemsOf(judgedOf({ candidate }, { columns }));
      expect(problems[0]?.what).toContain('is the column of labels, not of predictions');
    }
    // A predictions file may call its predictions as the test data call the labels.
    const test = 'id,label\n1,1\n2,0\n';
    const named = { ...OPTIONS.columns, prediction: 'label' };
    const judged = await judgedOf({ candidate: 'id,label\n1,0\n2,0\n', test }, { columns: named });
    expect([judged.prediction(0), judged.prediction(1)]).toEqual(['0', '0']);
  });

  test('labels that differ between the two files fail', async () => {
    const judged = await judgedOf({
      candidate: 'id,label,prediction\n1,2.5,2\n2,3.5,3\n3,4.6,5\n',
      production: PRODUCTION,
    });
    expect(judged.checks[1]).toMatchObject({
      id: 'predictions.labels',
      status: 'fail',
      locations: [{ file: 'production.csv', line: 4 }],
    });
  });

  test('no sound row at all is the user’s error', async () => {
    const problems = await problemsOf(
      judgedOf({ candidate: 'id,label,prediction\n1,2.5,nan\n2,3.5,nan\n' }, { task: 'regression' }),
    );
    expect(problems[0]?.what).toContain('so no row can be judged');
  });

  test('a header without rows is the user’s error', async () => {
    await problemsOf(judgedOf({ candidate: 'id,label,prediction\n' }));
  });
});

describe('the task', () => {
  const rows = (labels: readonly (string | number)[]) =>
    `id,label,prediction\n${labels.map((label, i) => `${i},${label},${label}`).join('\n')}\n`;

  test('is seen from the labels', async () => {
    expect((await judgedOf({ candidate: rows(['a', 'b', 'c']) })).task).toBe('classification');
    expect((await judgedOf({ candidate: rows([0, 1, 1]) })).task).toBe('classification');
    expect((await judgedOf({ candidate: rows([0.5, 1, 1]) })).task).toBe('regression');
    expect((await judgedOf({ candidate: rows(Array.from({ length: 30 }, (_, i) => i)) })).task).toBe(
      'regression',
    );
  });

  test('must be said where labels could be either', async () => {
    const problems = await problemsOf(judgedOf({ candidate: rows([1, 2, 3, 4, 5]) }));
    expect(problems[0]).toMatchObject({ where: 'input task' });
  });

  test('is that of the metrics, which must be of one', async () => {
    expect((await judgedOf({ candidate: rows([1, 2, 3]) }, { metrics: [['regression']] })).task).toBe(
      'regression',
    );
    await problemsOf(
      judgedOf(
        { candidate: rows([1, 2, 3]) },
        { metrics: [['regression'], ['classification', 'multilabel']] },
      ),
    );
  });
});

describe('classes', () => {
  test('are the same however a number or a truth value is spelled', async () => {
    const judged = await judgedOf({ candidate: 'id,label,prediction\n1,1,1.0\n2,0,0.0\n3,0,1\n' });
    expect(judged.candidate.task === 'classification' && judged.candidate.classes).toEqual(['1', '0']);
    const truths = await judgedOf({ candidate: 'id,label,prediction\n1,True,true\n2,FALSE,False\n' });
    expect(truths.candidate.task === 'classification' && truths.candidate.classes).toEqual(['true', 'false']);
  });

  test('a positive label that no label has is the user’s error', async () => {
    await problemsOf(
      judgedOf({ candidate: 'id,label,prediction\n1,yes,yes\n2,no,no\n' }, { positiveLabel: 'Yes' }),
    );
  });
});

test('the digest is that of ids and labels, in any order, and of nothing else', async () => {
  const one = await judgedOf({ candidate: 'id,label,prediction\n1,0,1\n2,1,1\n' });
  const other = await judgedOf({ candidate: 'label,id,prediction\n1,2,0\n0,1,0\n' });
  const changed = await judgedOf({ candidate: 'id,label,prediction\n1,1,1\n2,1,1\n3,0,0\n' });
  expect(one.digest()).toBe(other.digest());
  expect(changed.digest()).not.toBe(one.digest());
});

test('an empty group is a group, and a cluster must not be empty', async () => {
  const columns = { ...OPTIONS.columns, sensitive: ['sex'], cluster: 'user' };
  const judged = await judgedOf(
    { candidate: 'id,label,prediction,sex,user\n1,0,1,,a\n2,1,1,f,b\n3,1,1,f,\n' },
    { columns },
  );
  expect(judged.groups).toEqual({ sex: { names: ['f'], codes: Int32Array.of(-1, 0) } });
  expect(judged.clusters).toEqual({ of: Int32Array.of(0, 1), count: 2 });
  expect(judged.checks[2]?.status).toBe('fail');
});
