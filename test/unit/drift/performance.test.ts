import { describe, expect, test } from '@jest/globals';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { judgePerformance, type LabelledPrediction } from '../../../shared/drift/performance.ts';
import { parseRequirement } from '../../../shared/drift/requirement.ts';
import type { Cell } from '../../../shared/read/batch.ts';

const DAY = 86_400_000;
const options = { alpha: 0.05, minLabels: 30 };
const requirement = (text: string) => parseRequirement(text, 'minimum-performance');

/** Rows of a regression whose errors are given, without times. */
function errors(
  values: readonly number[],
  at: (index: number) => number | null = () => null,
): LabelledPrediction[] {
  return values.map((error, i) => ({ at: at(i), label: 100, prediction: 100 + error, score: null }));
}

function repeat<T>(n: number, value: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => value(i));
}

function only(rows: readonly LabelledPrediction[], text: string) {
  const result = judgePerformance(rows, requirement(text), options);
  const check = result.checks.find(({ id }) => id === 'performance.minimum');
  if (check === undefined) throw new Error('there is no check');
  return { ...result, check };
}

describe('a minimum of performance', () => {
  // Errors 40 and 60 in turn: mean 50, standard deviation 10.05, so the bound over 100 rows is 50 - 1.66·1.005.
  const rows = errors(repeat(100, (i) => (i % 2 === 0 ? 40 : -60)));

  test('fails if the bound breaks it', () => {
    const { check, broken, value } = only(rows, 'mae <= 48');
    expect(broken).toBe(true);
    expect(check.status).toBe('fail');
    expect(value?.estimate).toBe(50);
    expect(value?.lower).toBeCloseTo(50 - 1.660391 * 1.0050378, 4);
    expect(check.evidence).toMatchObject({ estimate: 50, level: 0.9, n: 100 });
  });

  test('warns if the estimate alone breaks it', () => {
    expect(only(rows, 'mae <= 49')).toMatchObject({ broken: false, check: { status: 'warn' } });
  });

  test('passes otherwise', () => {
    expect(only(rows, 'mae <= 50').check.status).toBe('pass');
  });

  test('decides nothing with too few labels', () => {
    const { check, value } = only(rows.slice(0, 29), 'mae <= 10');
    expect(check).toMatchObject({ status: 'inconclusive', evidence: { n: 29, needed: 30 } });
    expect(value).toBeNull();
  });

  test('rmse is judged by the bound of the squared errors', () => {
    const { value } = only(rows, 'rmse <= 60');
    expect(value?.estimate).toBeCloseTo(Math.sqrt(2600), 10);
    expect(only(rows, 'mse <= 3600').value?.lower).toBeCloseTo((value?.lower ?? 0) ** 2, 8);
  });

  test('rows that cannot be read are a failing check of their own, and are not counted', () => {
    const { checks, value } = judgePerformance(
      [
        ...rows,
        { at: null, label: 'n/a', prediction: 3, score: null },
        { at: null, label: 3, prediction: 'NaN', score: null },
      ],
      requirement('mae <= 60'),
      options,
    );
    expect(checks.map(({ id, status }) => [id, status])).toEqual([
      ['performance.unreadable', 'fail'],
      ['performance.minimum', 'pass'],
    ]);
    expect(value?.n).toBe(100);
    expect(JSON.stringify(checks)).not.toContain('n/a');
  });
});

describe('classes and scores', () => {
  const classes = (hits: number, n: number): LabelledPrediction[] =>
    repeat(n, (i) => {
      const label = i % 2 === 0 ? 'yes' : 'no';
      return { at: null, label, prediction: i < hits === (i % 2 === 0) ? 'yes' : 'no', score: null };
    });

  test('accuracy is bounded as a share', () => {
    // The roots of P(Bin(100, p) ≥ 80) = 0.05 and of P(Bin(100, p) ≤ 80) = 0.05, by bisection.
    const { value, check } = only(classes(80, 100), 'accuracy >= 0.9');
    expect(check.status).toBe('fail');
    expect(value?.lower).toBeCloseTo(0.7227997503, 9);
    expect(value?.upper).toBeCloseTo(0.8633386748, 9);
    expect(only(classes(80, 100), 'accuracy >= 0.85').check.status).toBe('warn');
    expect(only(classes(80, 100), 'accuracy >= 0.8').check.status).toBe('pass');
  });

  test('numbers are the same class however they are written', () => {
    const rows = repeat(30, () => ({ at: null, label: '1', prediction: 1.0, score: null }));
    expect(only(rows, 'accuracy >= 0.9').value?.estimate).toBe(1);
  });

  test('equal days do not make a share certain', () => {
    const rows = classes(60, 60).map((row, i) => ({ ...row, at: (i % 6) * DAY }));
    expect(only(rows, 'accuracy >= 0.9').value?.lower).toBeCloseTo(0.05 ** (1 / 60), 10);
  });

  test('brier and log_loss judge the score of label 1', () => {
    const rows = repeat(40, (i) => ({
      at: null,
      label: i % 2 === 0 ? '1' : 0,
      prediction: null,
      score: i % 2 === 0 ? 0.8 : 0.2,
    }));
    expect(only(rows, 'brier <= 0.1').value?.estimate).toBeCloseTo(0.04, 12);
    expect(only(rows, 'log_loss <= 0.5').value?.estimate).toBeCloseTo(-Math.log(0.8), 12);
    const beyond = rows.map((row) => ({ ...row, score: 1.2 }));
    expect(only(beyond, 'brier <= 0.1').checks[0]).toMatchObject({
      id: 'performance.unreadable',
      observed: 40,
    });
  });
});

describe('classes of predictions', () => {
  /** Labels and predictions of 0 and 1, of which nine tenths are right, each written in its own way. */
  const written = (label: (one: boolean) => Cell, prediction: (one: boolean) => Cell): LabelledPrediction[] =>
    repeat(400, (i) => {
      const one = i % 3 === 0;
      return { at: null, label: label(one), prediction: prediction(one !== (i % 10 === 0)), score: null };
    });
  const python = (one: boolean) => (one ? 'True' : 'False');
  const digit = (one: boolean) => (one ? '1' : '0');
  const word = (one: boolean) => (one ? 'yes' : 'no');
  const capital = (one: boolean) => (one ? 'Yes' : 'No');

  test.each([
    ['true against True', python, Boolean],
    ['true against 1', digit, Boolean],
    ['1 against True', python, Number],
    ['1.0 against 1', digit, (one: boolean) => (one ? '1.0' : '0.0')],
    ['1. against true', Boolean, (one: boolean) => (one ? '1.' : '0.')],
    ['blanks at the ends', (one: boolean) => `${word(one)} `, word],
  ])('are matched: %s', (_name, label, prediction) => {
    const { value, checks } = only(written(label, prediction), 'accuracy >= 0.8');
    expect(value?.estimate).toBe(0.9);
    expect(checks.map(({ status }) => status)).toEqual(['pass']);
  });

  test('of labels of one class only', () => {
    const rows = written(() => 1, Boolean);
    expect(only(rows, 'accuracy >= 0.1').checks).toHaveLength(1);
  });

  test('that differ in case fail with the pair, and nothing is said to be broken', () => {
    const { checks, check, broken } = only(written(capital, word), 'accuracy >= 0.8');
    expect(checks[0]).toMatchObject({ id: 'performance.classes', status: 'fail', observed: 400 });
    expect(checks[0]?.message).toContain(
      'has "yes", which is none of the classes of the labels: did you mean "Yes"?',
    );
    expect([check.status, broken]).toEqual(['inconclusive', false]);
    const names = written(
      (one) => (one ? 'Smith' : 'Jones'),
      (one) => (one ? 'smith' : 'Jones'),
    );
    const hidden = only(names, 'accuracy >= 0.8').checks;
    expect(hidden[0]?.message).toContain('differs from one of the classes of the labels only in case');
    expect(JSON.stringify(hidden)).not.toMatch(/smith/i);
  });

  test('that the labels lack so far warn; what is broken either way is broken', () => {
    const rare = (one: boolean, i: number) => (i % 20 === 0 ? 'c' : one ? 'a' : 'b');
    const rows = (right: number): LabelledPrediction[] =>
      repeat(400, (i) => ({
        at: null,
        label: i % 2 ? 'a' : 'b',
        prediction: rare((i % 2 === 1) === i % 10 < right, i),
        score: null,
      }));
    const bad = only(rows(5), 'accuracy >= 0.8');
    expect(bad.checks[0]).toMatchObject({ id: 'performance.classes', status: 'warn', observed: 20 });
    expect([bad.check.status, bad.broken]).toEqual(['fail', true]);
    const open = judgePerformance(rows(10), requirement('accuracy >= 0.99'), options);
    expect(open.checks[1]).toMatchObject({
      status: 'inconclusive',
      message: expect.stringContaining('1 if they are right'),
    });
    const listed = judgePerformance(rows(10), requirement('accuracy >= 0.99'), {
      ...options,
      classes: ['a', 'b', 'c'],
    });
    expect([listed.checks.length, listed.broken]).toEqual([1, true]);
    expect(only(rows(10), 'accuracy >= 0.9').check.status).toBe('pass');
  });

  test('that are scores are told so', () => {
    const { checks, broken } = only(
      written(digit, (one) => (one ? 0.83 : 0.21)),
      'accuracy >= 0.8',
    );
    expect(checks[0]).toMatchObject({ id: 'performance.classes', status: 'fail', observed: 400 });
    expect(checks[0]?.message).toContain('these look like probabilities');
    expect(broken).toBe(false);
  });

  test('and logits leave no row to be judged as probabilities, also those that happen to fit', () => {
    const rows = repeat(400, (i) => ({
      at: null,
      label: i % 2 === 0,
      prediction: null,
      score: i % 4 === 0 ? 3.2 : 0.5,
    }));
    for (const text of ['brier <= 0.1', 'log_loss <= 0.1']) {
      const { checks, broken, value } = only(rows, text);
      expect(checks).toMatchObject([
        { id: 'performance.unreadable', status: 'fail', observed: 100 },
        { id: 'performance.minimum', status: 'inconclusive' },
      ]);
      expect([broken, value]).toEqual([false, null]);
    }
    const sound = rows.map((row) => ({
      ...row,
      label: row.label ? 'True' : 'false',
      score: row.label ? 0.9 : 0.1,
    }));
    expect(only(sound, 'brier <= 0.1').value?.estimate).toBeCloseTo(0.01, 12);
  });
});

describe('rows of a time series', () => {
  // Each day's errors are alike: 24 rows a day say no more than one.
  const daily = (days: number) =>
    errors(
      repeat(days * 24, (i) => [40, 70, 45, 65, 50, 60, 55][Math.floor(i / 24) % 7] ?? 0),
      (i) => i * (DAY / 24),
    );

  test('are clustered by day from five days on', () => {
    const { value } = only(daily(7), 'mae <= 60');
    // The t interval of the seven daily means: 55 ± 1.943180 · 10.801234/√7.
    expect(value?.estimate).toBeCloseTo(55, 10);
    expect(value?.lower).toBeCloseTo(55 - (1.9431803 * 10.8012345) / Math.sqrt(7), 5);
    expect(value?.method).toContain('7 days');
  });

  test('count as independent with fewer days, and that is said', () => {
    const { value } = only(daily(4), 'mae <= 60');
    expect(value?.method).toContain('rows taken as independent');
    expect((value?.upper ?? 0) - (value?.lower ?? 0)).toBeLessThan(10);
  });

  test('a requirement that is met is seldom said to be broken: skewed losses, days alike', () => {
    const generator = xoroshiro128plus(11);
    const uniform = () => uniformFloat64(generator);
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const mean = Math.exp((0.8 ** 2 + 0.5 ** 2) / 2);
    let alarms = 0;
    const runs = 800;
    for (let run = 0; run < runs; run += 1) {
      const days = repeat(7, () => normal() * 0.5);
      const losses = repeat(84, (i) => Math.exp(0.8 * normal() + (days[Math.floor(i / 12)] ?? 0)));
      const rows = errors(losses, (i) => Math.floor(i / 12) * DAY);
      if (only(rows, `mae <= ${mean}`).broken) alarms += 1;
    }
    expect(alarms / runs).toBeLessThan(0.05);
  });
});
