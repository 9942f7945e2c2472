import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultsCheck, rangeOfPath } from '../../../shared/model/aggregate/faults.ts';
import { readMetricsFile } from '../../../shared/model/aggregate/file.ts';
import { parseConditions } from '../../../shared/model/conditions/parse.ts';
import { impossibleConditions } from '../../../shared/model/conditions/possible.ts';
import { FORMS, NAMED_METRICS } from '../../../shared/model/metrics/names.ts';
import { asShare, rangeOf } from '../../../shared/model/metrics/ranges.ts';
import { isProblem, marginProblem, metricNamed } from '../../../shared/model/metrics.ts';

const problemsOf = (text: string) => impossibleConditions(parseConditions([text]), rangeOfPath);

/** Their names say which side is better; a range that is open there would let no condition be idle. */
test('every metric has a range, bounded if worse or better has an end', () => {
  for (const metric of NAMED_METRICS) {
    const [low, high] = rangeOf(metric);
    expect(low).toBeLessThan(high);
    if (metric.better === 'higher') expect([metric.name, high]).toEqual([metric.name, 1]);
    else expect([metric.name, low]).toEqual([metric.name, 0]);
  }
  for (const form of FORMS) {
    const name = form.replace(/\{.*\}/, form.startsWith('mean_pinball') ? '0.5' : '2');
    const metric = metricNamed(name, '');
    if (isProblem(metric)) throw new Error(name);
    expect(rangeOf(metric)[0]).toBe(0);
  }
});

describe('conditions', () => {
  test.each([
    ['accuracy >= 70', 'accuracy >= 70 cannot hold: accuracy is between 0 and 1', 'did you mean 0.7?'],
    ['production.f1 > 90.5', 'cannot hold', 'did you mean 0.905?'],
    ['accuracy > 1', 'cannot hold', 'give a limit that lies between'],
    ['accuracy >= 0', 'cannot fail', 'give a limit that lies between'],
    ['recall <= 1', 'cannot fail', 'give a limit that lies between'],
    ['mae >= 0', 'mae >= 0 cannot fail: mae is 0 or more', 'give a limit that lies between'],
    ['mae < 0', 'cannot hold', 'give a limit that lies between'],
    ['rmse <= -1', 'cannot hold', 'give a limit that lies between'],
    ['r2 <= 1', 'cannot fail', 'give a limit that lies between'],
    ['matthews_corrcoef >= -1', 'cannot fail', 'give a limit that lies between'],
    ['2 * accuracy > 2', 'cannot hold', 'give a limit that lies between'],
    ['not accuracy >= 70', 'cannot hold', 'did you mean 0.7?'],
    ['accuracy >= 0.8 or recall >= 80', 'recall >= 80 cannot hold', 'did you mean 0.8?'],
    ['slice(region).recall.min > 70', 'cannot hold', 'did you mean 0.7?'],
    ['candidate.accuracy - production.accuracy > -1', 'cannot fail', 'between'],
    ['candidate.accuracy - production.accuracy >= -2', 'cannot fail', 'between'],
    ['candidate.accuracy - production.accuracy >= 1', 'cannot hold', 'between'],
    ['candidate.accuracy / production.accuracy >= -0.5', 'cannot fail', 'between'],
  ])('%s is refused', (text, what, fix) => {
    expect(problemsOf(text)).toEqual([
      {
        what: expect.stringContaining(what),
        where: `input conditions, ${JSON.stringify(text)}`,
        fix: expect.stringContaining(fix),
      },
    ]);
  });

  test.each([
    'accuracy >= 0.7',
    'accuracy > 0',
    'accuracy >= 1',
    'r2 > -5',
    'matthews_corrcoef > -0.5',
    'mae <= 60',
    'mae > 2',
    'candidate.mae - production.mae < 100000',
    'candidate.mae / production.mae < 1.02',
    'candidate.accuracy - production.accuracy > -0.01',
    'my_own >= 70',
    'column(acc) >= 70',
  ])('%s may hold and may fail', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  test('what is refused holds for all values in range, or for none', () => {
    const metrics = ['accuracy', 'mae', 'r2', 'matthews_corrcoef', 'smape'] as const;
    const operators = ['>=', '>', '<=', '<'] as const;
    const limit = fc.double({ min: -3, max: 3, noNaN: true }).map((value) => Math.round(value * 4) / 4);
    fc.assert(
      fc.property(
        fc.constantFrom(...metrics),
        fc.constantFrom(...operators),
        limit,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (metric, operator, threshold, place) => {
          const [problem] = problemsOf(`${metric} ${operator} ${threshold}`);
          const [low, high] = (rangeOfPath(metric) ?? [0, 0]).map((end) => Math.max(-9, Math.min(9, end)));
          const value = low! + place * (high! - low!);
          const holds = {
            '>=': value >= threshold,
            '>': value > threshold,
            '<=': value <= threshold,
            '<': value < threshold,
          }[operator];
          if (problem !== undefined) expect(problem.what.includes('cannot fail')).toBe(holds);
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });
});

test.each([
  ['accuracy', { kind: 'absolute', value: 1 }, true],
  ['accuracy', { kind: 'absolute', value: 2 }, true],
  ['f1_macro', { kind: 'absolute', value: 1 }, true],
  ['matthews_corrcoef', { kind: 'absolute', value: 1 }, false],
  ['matthews_corrcoef', { kind: 'absolute', value: 2 }, true],
  ['roc_auc', { kind: 'relative', value: 1 }, true],
  ['roc_auc', { kind: 'relative', value: 0.02 }, false],
  ['mae', { kind: 'relative', value: 1 }, false],
  ['mae', { kind: 'absolute', value: 1e9 }, false],
] as const)('a margin of %s, %j, would allow any loss: %s', (name, margin, refused) => {
  const metric = metricNamed(name, '');
  if (isProblem(metric)) throw new Error(name);
  const problem = marginProblem(metric, margin, 'input margin');
  expect(problem !== undefined).toBe(refused);
  if (refused) expect(problem?.what).toContain(`allows any loss of ${name}`);
});

describe('numbers of a metrics file', () => {
  const checkOf = (text: string, ...asked: string[]) =>
    faultsCheck(
      { candidate: { file: 'm.json', numbers: readMetricsFile(text, 'm.json', undefined) } },
      asked,
    );

  test.each([
    ['{"accuracy": 90.1}', 'accuracy', 'must be between 0 and 1', 'did you mean 0.901?'],
    ['{"test": {"f1": -0.1}}', 'test.f1', 'must be between 0 and 1', 'correct'],
    ['{"mae": -4}', 'mae', 'must be 0 or more', 'correct'],
    ['{"r2": 1.01}', 'r2', 'must be 1 or less', 'correct'],
    ['{"arc": {"acc": 74}}', 'arc.acc', 'must be between 0 and 1', 'did you mean 0.74?'],
    ['{"loss": 1e999}', 'loss', 'must be a finite number', 'correct'],
    ['{"loss": 1e100}', 'loss', 'is larger than 1e30', 'correct'],
  ])('%s: %s is a fault', (text, asked, why, fix) => {
    expect(checkOf(text, asked)).toMatchObject({
      id: 'metrics.values',
      status: 'fail',
      observed: 1,
      message: expect.stringContaining(why),
      fix: expect.stringContaining(fix),
      locations: [{ file: 'm.json' }],
    });
  });

  test('.nan of YAML is one too', () => {
    const numbers = readMetricsFile('accuracy: .nan\n', 'm.yml', undefined);
    const found = faultsCheck({ production: { file: 'm.yml', numbers } }, ['accuracy']);
    expect(found?.message).toContain('accuracy is NaN in m.yml: it must be a finite number');
  });

  test('what is not asked for, or has a name of the user’s own, may be anything', () => {
    expect(
      checkOf('{"accuracy": 0.9, "map": 37.4, "score_pct": 90}', 'accuracy', 'score_pct'),
    ).toBeUndefined();
  });
});

test('a share was meant by a number of per cent', () => {
  expect(asShare(70, [0, 1])).toBe('did you mean 0.7?');
  expect(asShare(0.5, [0, 1])).toBeUndefined();
  expect(asShare(70, [0, Infinity])).toBeUndefined();
});
