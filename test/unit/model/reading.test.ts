import { describe, expect, test } from '@jest/globals';
import { NothingToJudge } from '../../../shared/model/fields.ts';
import { measureMetrics } from '../../../shared/model/metrics.ts';
import type { JudgedRows, PredictionOptions } from '../../../shared/model/predictions.ts';
import type { ScoredRows } from '../../../shared/model/rows.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { idsOf, judgedOf, OPTIONS } from './helpers.ts';

function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function problemsOf(work: Promise<unknown>) {
  const error = await thrown(work);
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).problems;
}

function rowsOf<T extends ScoredRows['task']>(judged: JudgedRows, task: T): Extract<ScoredRows, { task: T }> {
  expect(judged.task).toBe(task);
  return judged.candidate as Extract<ScoredRows, { task: T }>;
}

describe('scores of every class', () => {
  const columns = { ...OPTIONS.columns, score: 'p_*' };
  const options: Partial<PredictionOptions> = { columns, probabilities: true };
  const HEAD = 'id,label,prediction,p_cat,p_dog,p_ant\n';

  test('are a matrix in the order of the classes’ names', async () => {
    const judged = await judgedOf(
      { candidate: `${HEAD}1,dog,dog,0.2,0.7,0.1\n2,ant,cat,0.5,0.2,0.3\n` },
      options,
    );
    const rows = rowsOf(judged, 'classification');
    expect(rows.classes).toEqual(['ant', 'cat', 'dog']);
    expect([...rows.truth]).toEqual([2, 0]);
    expect([...(rows.classScores ?? [])]).toEqual([0.1, 0.3, 0.2, 0.5, 0.7, 0.2]);
    expect(judged.checks.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
    expect(measureMetrics(rows)).toMatchObject({
      accuracy: 0.5,
      log_loss: -(Math.log(0.7) + Math.log(0.3)) / 2,
    });
  });

  test('may be named by class', async () => {
    const score = { 10: 'ten', 9: 'nine' };
    const judged = await judgedOf(
      { candidate: 'id,label,prediction,ten,nine\n1,10,9,0.4,0.6\n2,9.0,9,0.1,0.9\n' },
      { columns: { ...OPTIONS.columns, score } },
    );
    const rows = rowsOf(judged, 'classification');
    expect(rows.classes).toEqual(['9', '10']);
    expect([...(rows.classScores ?? [])]).toEqual([0.6, 0.9, 0.4, 0.1]);
  });

  test('of two classes also give the positive one’s', async () => {
    const judged = await judgedOf(
      { candidate: 'id,label,prediction,p_0,p_1\n1,1,0,0.4,0.6\n2,0,0,0.9,0.1\n' },
      options,
    );
    expect([...(rowsOf(judged, 'classification').scores ?? [])]).toEqual([0.6, 0.1]);
  });

  test('fail if they are none, with their places', async () => {
    const judged = await judgedOf(
      {
        candidate: `${HEAD}1,dog,dog,0.2,0.7,0.1\n4,cow,cat,1,0,0\n5,cat,cow,1,0,0\n6,cat,cat,nan,0,0\n`,
      },
      options,
    );
    expect(idsOf(judged)).toEqual(['1']);
    const [, labels, values] = judged.checks;
    expect(labels?.message).toContain('"label" is a class without a column of scores (1 row)');
    expect(values?.message).toContain('"prediction" is a class without a column of scores (1 row)');
    expect(values?.message).toContain('"p_cat" is not a finite number (1 row)');
    expect(values?.locations).toContainEqual({ file: 'candidate.csv', line: 5, column: 4 });
  });

  test('that are not probabilities fail for all rows, for those that happen to fit say nothing', async () => {
    const sound = '1,dog,dog,0.2,0.7,0.1\n';
    const error = await thrown(
      judgedOf({ candidate: `${HEAD}${sound}2,ant,cat,0.5,0.2,0.2\n3,ant,cat,1.5,-0.2,-0.3\n` }, options),
    );
    expect(error).toBeInstanceOf(NothingToJudge);
    const values = (error as NothingToJudge).checks[2];
    expect(values?.message).toContain(
      '"p_ant" and the probabilities of the other classes do not sum to 1 (1 row)',
    );
    expect(values?.message).toContain(
      '"p_cat" lies outside of [0, 1], so its values are not probabilities (1 row)',
    );
    expect(values?.message).toContain('no row is judged');
    expect(values?.locations).toContainEqual({ file: 'candidate.csv', line: 3, column: 6 });
    // A model's softmax that sums to 1 does not make the other model's logits probabilities.
    const logits = 'id,prediction,p_cat,p_dog,p_ant\n1,dog,0.2,0.7,0.1\n2,dog,4,-1,-2\n';
    const candidate = `${HEAD}${sound}2,ant,cat,0.5,0.2,0.3\n`;
    const other = await thrown(judgedOf({ candidate, production: logits }, options));
    expect((other as NothingToJudge).checks[2]).toMatchObject({ status: 'fail', observed: 3 });
  });

  test('need not sum to 1 if no metric reads them as probabilities', async () => {
    const judged = await judgedOf({ candidate: `${HEAD}1,dog,dog,-2,7,1\n` }, { columns });
    expect(judged.checks[2]?.status).toBe('pass');
  });

  test('are of the same classes in both files, and of two classes at least', async () => {
    const candidate = `${HEAD}1,dog,dog,0.2,0.7,0.1\n`;
    const production = 'id,prediction,p_cat,p_dog\n1,dog,0.2,0.8\n';
    expect((await problemsOf(judgedOf({ candidate, production }, options)))[0]?.what).toContain(
      'scores of different classes',
    );
    const lone = 'id,label,prediction,p_cat\n1,cat,cat,1\n';
    expect((await problemsOf(judgedOf({ candidate: lone }, options)))[0]?.what).toBe(
      '"p_*" fits 1 of the columns',
    );
    const named = { columns: { ...columns, score: { cat: 'p_cat', dog: 'p_dgo' } } };
    expect((await problemsOf(judgedOf({ candidate }, named)))[0]?.fix).toContain('did you mean p_dog');
  });
});

describe('several labels', () => {
  test('may be JSON lists or be delimited', async () => {
    const lists = await judgedOf(
      { candidate: 'id,label,prediction\n1,"[""b"",""a""]","[]"\n2,"[1]","[""a"",1.0]"\n' },
      { task: 'multilabel' },
    );
    const rows = rowsOf(lists, 'multilabel');
    expect(rows.labels).toEqual(['b', 'a', '1']);
    expect([...rows.truth]).toEqual([1, 0, 1, 0, 0, 1]);
    expect([...(rows.predicted ?? [])]).toEqual([0, 0, 0, 1, 0, 1]);
    const delimited = await judgedOf(
      { candidate: 'id,label,prediction\n1,b; a,[]\n2,1,a;1\n' },
      { labelDelimiter: ';' },
    );
    expect(rowsOf(delimited, 'multilabel')).toEqual(rows);
  });

  test('may be columns of 0 and 1, with scores beside them', async () => {
    const columns = { ...OPTIONS.columns, label: 'y_*', prediction: 'said_*', score: 'p_*' };
    const judged = await judgedOf(
      {
        candidate:
          'id,y_a,y_b,said_a,said_b,p_a,p_b\n1,1,0,1,1,0.9,0.6\n2,0,1,0,1,0.2,0.7\n3,2,1,0,1,0.2,0.7\n4,1,1,0,,0.2,0.7\n',
      },
      { columns },
    );
    expect(idsOf(judged)).toEqual(['1', '2']);
    const rows = rowsOf(judged, 'multilabel');
    expect([rows.labels, [...rows.truth], [...(rows.predicted ?? [])], [...(rows.scores ?? [])]]).toEqual([
      ['a', 'b'],
      [1, 0, 0, 1],
      [1, 0, 1, 1],
      [0.9, 0.2, 0.6, 0.7],
    ]);
    expect(judged.checks[1]?.message).toContain('"y_a" is neither 0 nor 1, nor true or false (1 row)');
    expect(judged.checks[2]?.message).toContain('"said_b" is neither 0 nor 1');
  });

  test('that cannot be read are faults, and an empty cell is not taken for none', async () => {
    const judged = await judgedOf(
      { candidate: 'id,label,prediction\n1,[],[]\n2,a|b,[]\n3,,[]\n4,[{}],[]\n5,[1,[]\n' },
      { task: 'multilabel' },
    );
    expect(idsOf(judged)).toEqual(['1']);
    expect(judged.checks[1]?.message).toContain(
      'is not a JSON list of labels, and label-delimiter is not given',
    );
    expect(judged.checks[1]?.message).toContain('"label" is empty: write [] if there is no label (1 row)');
  });

  test('are those that have scores', async () => {
    const columns = { ...OPTIONS.columns, score: 'p_*' };
    const judged = await judgedOf(
      { candidate: 'id,label,prediction,p_a,p_b\n1,a b,b,0.5,0.6\n2,c,b,0.5,0.6\n3,a,c,0.5,0.6\n' },
      { columns, labelDelimiter: ' ' },
    );
    expect(idsOf(judged)).toEqual(['1']);
    expect(judged.checks[1]?.message).toContain('has a label without a column of scores');
  });
});

describe('documents of queries', () => {
  const columns = { ...OPTIONS.columns, query: 'query' };
  const FILE =
    'id,query,label,score\n1,q,0,0.1\n2,r,1,0.9\n3,q,2,0.7\n4,r,0,0.8\n5,s,0,0.3\n6,s,0,0.2\n7,t,1,0.3\n8,t,x,0.2\n';

  test('are grouped, and a query with a fault or nothing relevant is left out whole', async () => {
    const judged = await judgedOf({ candidate: FILE }, { columns });
    expect([judged.n, idsOf(judged)]).toEqual([2, ['q', 'r']]);
    const rows = rowsOf(judged, 'ranking');
    expect([...rows.offsets]).toEqual([0, 2, 4]);
    expect([...rows.relevance]).toEqual([0, 2, 1, 0]);
    expect([...rows.scores]).toEqual([0.1, 0.7, 0.9, 0.8]);
    expect(measureMetrics(rows)).toMatchObject({ ndcg: 1, map: 1, mrr: 1 });
    expect(judged.checks[1]?.message).toContain('belongs to a query without a relevant document');
    expect(judged.checks[1]?.locations).toContainEqual({ file: 'candidate.csv', line: 6, column: 3 });
  });

  test('agree in the weight of their query', async () => {
    const judged = await judgedOf(
      { candidate: 'id,query,label,score,w\n1,q,0,1,2\n2,q,1,2,2\n3,r,1,1,1\n4,r,0,2,3\n5,s,1,1,0\n' },
      { columns: { ...columns, weight: 'w' } },
    );
    expect(idsOf(judged)).toEqual(['q']);
    expect(rowsOf(judged, 'ranking')).toMatchObject({ n: 1, weights: Float64Array.of(2) });
    expect(judged.checks[2]?.message).toContain('differs from that of another document of the same query');
  });

  test('need a column that names the query', async () => {
    const problems = await problemsOf(judgedOf({ candidate: FILE }, { task: 'ranking' }));
    expect(problems[0]).toMatchObject({ where: 'input query' });
    const mixed = judgedOf({ candidate: FILE }, { columns, metrics: [['classification', 'multilabel']] });
    expect((await problemsOf(mixed))[0]?.what).toContain('classification or multilabel and of ranking');
  });
});

test('numbers beside the predictions are read with their range, and the size is a fact of the model', async () => {
  const judged = await judgedOf(
    { candidate: 'id,label,prediction,loss\n1,0,1,0.25\n2,1,1,1.5\n3,1,1,0.75\n' },
    { numbers: new Map([['loss', [0, 1]]]), sizeBytes: { candidate: 1234 } },
  );
  expect(idsOf(judged)).toEqual(['1', '3']);
  expect(judged.checks[2]?.message).toContain('"loss" lies outside of 0 to 1 (1 row)');
  expect(judged.candidate).toMatchObject({ columns: { loss: Float64Array.of(0.25, 0.75) }, sizeBytes: 1234 });
  expect(measureMetrics(judged.candidate)).toMatchObject({ model_size_bytes: 1234 });
  const numbers = new Map([['lss', [0, 1] as const]]);
  const problems = await problemsOf(
    judgedOf({ candidate: 'id,label,prediction,loss\n1,0,1,0.25\n' }, { numbers }),
  );
  expect(problems[0]?.what).toContain('(input metric)');
});
