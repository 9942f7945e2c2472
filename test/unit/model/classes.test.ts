import { describe, expect, test } from '@jest/globals';
import { NothingToJudge } from '../../../shared/model/fields.ts';
import { measureMetrics } from '../../../shared/model/metrics.ts';
import type { JudgedRows, PredictionOptions } from '../../../shared/model/predictions.ts';
import { taskOf } from '../../../shared/model/task.ts';
import { judgedOf, OPTIONS } from './helpers.ts';

type Texts = Parameters<typeof judgedOf>[0];

/** A file of ids from 1 and the values of one column. */
function column(name: string, values: readonly string[]): string {
  return `id,${name}\n${values.map((value, i) => `${i + 1},${value}`).join('\n')}\n`;
}

/** Labels, and the candidate's and, if given, production's predictions. */
function filesOf(
  labels: readonly string[],
  candidate: readonly string[],
  production?: readonly string[],
): Texts {
  return {
    test: column('label', labels),
    candidate: column('prediction', candidate),
    ...(production === undefined ? {} : { production: column('prediction', production) }),
  };
}

async function values(texts: Texts, options: Partial<PredictionOptions> = {}) {
  const read = await judgedOf(texts, options).catch((error: unknown) => {
    if (error instanceof NothingToJudge) return error;
    throw error;
  });
  return { n: read instanceof NothingToJudge ? 0 : read.n, check: read.checks[2], labels: read.checks[1] };
}

const accuracies = ({ candidate, production }: JudgedRows) =>
  [candidate, production].map((rows) => rows && measureMetrics(rows).accuracy);

const LABELS = ['1', '0', '1', '0', '1', '0'];
const spelled = (zero: string, one: string): string[] => LABELS.map((label) => (label === '1' ? one : zero));

describe('predictions are of the labels’ classes, whatever program wrote them', () => {
  const WRITTEN = [
    ['0', '1'],
    ['0.0', '1.0'],
    ['0.', '1.'],
    ['0e0', '1e0'],
    ['0.000000000000000000e+00', '1.000000000000000000e+00'],
    ['False', 'True'],
    ['false', 'TRUE'],
    [' 0 ', '1  '],
  ] as const;
  test.each(WRITTEN.flatMap((labels) => WRITTEN.map((predicted) => [labels, predicted] as const)))(
    'labels %j, predictions %j',
    async (labels, predicted) => {
      const right = spelled(predicted[0], predicted[1]);
      const wrong = right.with(0, predicted[0]).with(1, predicted[1]);
      const judged = await judgedOf(filesOf(spelled(labels[0], labels[1]), wrong, right));
      expect(accuracies(judged)).toEqual([4 / 6, 1]);
      expect(judged.checks.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
      // The positive class is found in every spelling.
      expect(measureMetrics(judged.candidate).recall).toBe(2 / 3);
    },
  );

  test('of labels of one class only', async () => {
    const judged = await judgedOf(filesOf(['1', '1', '1'], ['True', '0', '1.0']));
    expect(accuracies(judged)[0]).toBe(2 / 3);
  });

  test('and of columns of scores', async () => {
    const judged = await judgedOf(
      {
        candidate: 'id,label,prediction,p_True,p_False\n1,1,True,0.7,0.3\n2,0,1,0.6,0.4\n',
        production: 'id,prediction,p_0,p_1\n1,0,0.8,0.2\n2,0,0.9,0.1\n',
      },
      { columns: { ...OPTIONS.columns, score: 'p_*' }, probabilities: true },
    );
    expect(judged.checks.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
    expect(measureMetrics(judged.candidate)).toMatchObject({
      accuracy: 0.5,
      log_loss: -Math.log(0.7 * 0.4) / 2,
    });
    expect(judged.production && measureMetrics(judged.production)).toMatchObject({
      accuracy: 0.5,
      log_loss: -Math.log(0.2 * 0.9) / 2,
    });
  });

  test('numbers are classes by value; leading zeros and numbers beyond 2^53 are classes of their own', async () => {
    const labels = ['1', '01', '2.5', '9007199254740993', '9007199254740992'];
    const judged = await judgedOf(
      filesOf(labels, ['1.0', '01', '2.50', '9007199254740993.0', '9007199254740993']),
      { task: 'classification' },
    );
    expect(accuracies(judged)[0]).toBe(0.8);
  });

  test('the positive label too', async () => {
    const files = filesOf(LABELS, LABELS);
    for (const positiveLabel of ['True', '1.0', 'true'])
      expect(measureMetrics((await judgedOf(files, { positiveLabel })).candidate).recall).toBe(1);
    const words = filesOf(['yes', 'no'], ['yes', 'no']);
    await expect(judgedOf(words, { positiveLabel: 'Yes' })).rejects.toMatchObject({
      problems: [{ where: 'input positive-label', fix: 'did you mean "yes"?' }],
    });
  });
});

describe('a text that is not a value', () => {
  const some = spelled('0', '1');

  test.each(['NA', 'null', 'None', '?', '-'])('%s among numbers is not a class', async (missing) => {
    const labels = await values(filesOf(some.with(0, missing), some.with(1, missing)));
    expect(labels.n).toBe(4);
    expect(labels.labels).toMatchObject({ status: 'fail', observed: 1 });
    expect(labels.labels?.message).toMatch(/missing value/);
    expect(labels.check).toMatchObject({ status: 'fail', observed: 1 });
  });

  test('NA is a class if it is listed, and among texts', async () => {
    const listed = await values(filesOf(some.with(0, 'NA'), some), { classes: ['0', '1', 'NA'] });
    expect([listed.n, listed.labels?.status]).toEqual([6, 'pass']);
    const countries = ['NA', 'DE', 'US', 'NA', 'DE', 'US'];
    expect((await values(filesOf(countries, countries))).n).toBe(6);
  });

  test('a decimal comma is told as such', async () => {
    const texts = {
      test: 'id;label\n1;1.5\n2;2.5\n3;3.5\n',
      candidate: 'id;prediction\n1;1,5\n2;2.5\n3;x\n',
    };
    const { n, check } = await values(texts, { task: 'regression' });
    expect(n).toBe(1);
    expect(check?.message).toMatch(/"prediction" is a number with a decimal comma \(1 row\)/);
    expect(check?.message).toMatch(/is not a finite number \(1 row\)/);
    expect(check?.fix).toMatch(/write numbers with a decimal point/);
  });

  test('NA does not make amounts classes', () => {
    const hints = { task: 'auto', metrics: [], classes: false } as const;
    expect(taskOf(['NA', '1.5', '2.5'], hints)).toBe('regression');
    expect(taskOf(['NA', 'DE'], hints)).toBe('classification');
  });
});

describe('a prediction that is not a class of the labels is a fault', () => {
  test('of the candidate, production and anchor alike, with counts and places', async () => {
    const labels = ['cat', 'dog', 'cat', 'dog'];
    const strange = ['cat', 'cow', 'ant', 'cow'];
    for (const role of ['candidate', 'production', 'anchor'] as const) {
      const files = { ...filesOf(labels, labels), [role]: column('prediction', strange) };
      const { n, check } = await values(files);
      expect([n, check?.status, check?.observed]).toEqual([1, 'fail', 3]);
      expect(check?.message).toBe(
        `${role}.csv: "prediction" is none of the 2 classes of the labels: 2 different values (3 rows); judged without these rows`,
      );
      expect(check?.locations).toEqual([3, 4, 5].map((line) => ({ file: `${role}.csv`, line, column: 2 })));
      expect(check?.fix).toContain('list all classes in `classes`');
      const shown = (await values(files, { showValues: true })).check;
      expect(shown?.message).toContain('2 different values, such as "cow", "ant"');
      expect(shown?.locations?.[0]).toMatchObject({ value: 'cow' });
    }
  });

  test('unless the user lists the class', async () => {
    const files = filesOf(['cat', 'dog'], ['cat', 'ant']);
    const judged = await judgedOf(files, { classes: ['ant', 'cat', 'dog'] });
    expect(judged.checks[2]?.status).toBe('pass');
    expect(accuracies(judged)[0]).toBe(0.5);
    const { labels, n } = await values(files, { classes: ['ant', 'cat'] });
    expect([labels?.status, labels?.observed, n]).toEqual(['fail', 1, 1]);
    expect(labels?.message).toContain('"label" is none of the 2 classes that are listed: 1 different value');
  });

  test('the labels are those of the whole test set, also of rows that a model left out', async () => {
    const texts = {
      test: column('label', ['cat', 'dog', 'ant']),
      candidate: column('prediction', ['ant', 'dog']),
    };
    expect((await values(texts)).check?.status).toBe('pass');
  });

  test('that differs in case only names the pair, if its class may be told', async () => {
    const files = filesOf(LABELS, LABELS, spelled('No', 'Yes'));
    const words = filesOf(spelled('no', 'yes'), spelled('No', 'Yes'));
    const { n, check } = await values(words);
    expect([n, check?.status, check?.observed]).toEqual([0, 'fail', 6]);
    expect(check?.message).toContain(
      'has "Yes", which is none of the classes of the labels: did you mean "yes"? (3 rows)',
    );
    expect(check?.message).toContain('did you mean "no"? (3 rows)');
    expect(check?.message).toContain('no row is judged');
    expect((await values(files)).check?.message).toContain(
      'none of the 2 classes of the labels: 2 different values',
    );
    const names = filesOf(['Smith', 'Jones'], ['smith', 'Jones']);
    const hidden = (await values(names)).check;
    expect(hidden?.message).toContain(
      'differs from one of the classes of the labels only in case, blanks or leading zeros (1 row)',
    );
    expect(JSON.stringify(hidden)).not.toMatch(/smith/i);
    const told = (await values(names, { classes: ['Smith', 'Jones'] })).check;
    expect(told?.message).toContain(
      'has "smith", which is none of the classes that are listed: did you mean "Smith"?',
    );
    expect((await values(names, { positiveLabel: 'Smith' })).check?.message).toContain(
      'did you mean "Smith"?',
    );
    expect((await values(names, { showValues: true })).check?.message).toContain('did you mean "Smith"?');
  });

  test('and labels in two spellings are doubted', async () => {
    const files = filesOf(['yes', 'Yes', 'no'], ['yes', 'yes', 'no']);
    const { labels } = await values(files);
    expect(labels).toMatchObject({ id: 'predictions.labels', status: 'warn' });
    expect(labels?.message).toContain(
      'has classes that differ only in case, blanks or leading zeros: "yes" and "Yes"',
    );
    expect((await values(files, { classes: ['yes', 'Yes', 'no'] })).labels?.status).toBe('pass');
    // Blanks at the ends of a label are not part of it.
    expect((await values(filesOf(['yes ', 'yes', 'no\t'], ['yes', 'yes', 'no']))).labels?.status).toBe(
      'pass',
    );
  });
});

describe('scores in the column of predictions', () => {
  const probabilities = ['0.81', '0.12', '0.55', '0.4', '1.0', '0'];

  test('are told as what they look like, and no row is judged, even if one is a class by chance', async () => {
    for (const labels of [LABELS, spelled('no', 'yes'), ['1', '2', '3', '1', '2', '3']]) {
      const { n, check } = await values(filesOf(labels, probabilities), { task: 'classification' });
      expect(n).toBe(0);
      expect(check?.message).toContain(
        'has numbers with a fraction, but the labels are classes: these look like probabilities',
      );
      expect(check?.fix).toContain('give `score: prediction`');
      expect(check?.fix).toContain('write classes');
    }
    const logits = (await values(filesOf(LABELS, ['2.5', '-0.3', '1.1', '-4.2', '0.1', '0']))).check;
    expect(logits?.message).toContain('these look like scores');
    expect(logits?.fix).toContain('task: regression');
  });

  test('are read as scores if they are named so', async () => {
    const columns = { ...OPTIONS.columns, score: 'prediction' };
    const judged = await judgedOf(filesOf(LABELS, probabilities), { columns, probabilities: true });
    expect(judged.checks[2]?.status).toBe('pass');
    expect(judged.candidate).toMatchObject({ scores: Float64Array.from(probabilities, Number) });
    expect(judged.candidate).not.toHaveProperty('predicted');
  });

  test('are classes if the labels are such numbers, and a slip if they are few', async () => {
    const halves = filesOf(['0.5', '1', '1.5'], ['0.50', '1', '0.5']);
    expect((await values(halves, { task: 'classification' })).check?.status).toBe('pass');
    const slip = Array.from({ length: 50 }, (_, i) => (i === 7 ? '0.5' : '1'));
    const { n, check } = await values(filesOf(Array(50).fill('1'), slip));
    expect([n, check?.observed]).toEqual([49, 1]);
    expect(check?.message).toContain('none of the 2 classes');
  });
});

describe('other tasks', () => {
  test('regression and ranking have no classes', async () => {
    const regression = await judgedOf(filesOf(['1.5', '2.5'], ['1', '7.25']));
    expect([regression.task, regression.checks[2]?.status]).toEqual(['regression', 'pass']);
    const ranking = await judgedOf(
      { candidate: 'id,q,label,score\n1,a,1,0.5\n2,a,0,-3\n' },
      { columns: { ...OPTIONS.columns, query: 'q' } },
    );
    expect([ranking.task, ranking.checks[2]?.status]).toEqual(['ranking', 'pass']);
  });

  test('of several labels a row a further label may be right, unless all are listed or it is another’s spelling', async () => {
    const texts = { candidate: 'id,label,prediction\n1,a;b,a;c\n2,b;1,b;1.0\n3,a,A\n' };
    const { n, check } = await values(texts, { labelDelimiter: ';' });
    expect(n).toBe(2);
    expect(check?.message).toContain('has a label that differs from a true label only in case');
    const listed = (await values(texts, { labelDelimiter: ';', classes: ['a', 'b', '1'] })).check;
    expect(listed?.message).toContain('has a label that is none of the listed classes (1 row)');
  });

  test('if metrics read numbers only, predictions of no class are left out without a fault', async () => {
    const texts = { candidate: 'id,label,prediction,loss\n1,Paris,It is Paris,0\n2,Rome,Milan,1\n' };
    const options = { numbersOnly: true, numbers: new Map([['loss', [0, 1] as const]]) };
    const judged = await judgedOf(texts, options);
    expect(judged.checks[2]?.status).toBe('pass');
    expect(judged.candidate).not.toHaveProperty('predicted');
  });
});

test('50,000 rows of distinct predictions are one fault, not 50,000 classes', async () => {
  const n = 50_000;
  const labels = Array.from({ length: n }, (_, i) => `${i % 2}`);
  const { check } = await values(
    filesOf(
      labels,
      labels.map((_, i) => `v${i}`),
    ),
  );
  expect([check?.observed, check?.locations?.length, check?.places]).toEqual([n, 20, n]);
});
