import { describe, expect, test } from '@jest/globals';
import { answerOf } from '../../../shared/report/answer.ts';
import { type Check, verdictOf } from '../../../shared/verdict/verdict.ts';
import { dataVerdict } from './verdicts.ts';

interface Given {
  readonly status: Check['status'];
  readonly interval: readonly [number | null, number | null];
  readonly metric?: string;
  readonly needed?: number;
  readonly detectable?: number;
  readonly margin?: number;
}

function comparison({ metric = 'accuracy', status, interval, needed, margin = 0.01 }: Given): Check {
  const more = needed === undefined ? {} : { needed };
  return {
    id: `comparison.${metric}`,
    target: { metric },
    status,
    message: `${metric}: said`,
    evidence: { estimate: 0, interval, margin, n: 300, ...more },
  };
}

function sentence(given: readonly Given[], others: readonly Check[] = []): string | undefined {
  const comparisons = given.map(({ metric = 'accuracy', detectable, interval: [lower, upper] }) => ({
    ...{ metric, n: 300, gain: 0, margin: 0.01 },
    ...{ gain_lower: lower, gain_upper: upper },
    ...(detectable === undefined ? {} : { minimum_detectable_drop: detectable }),
  }));
  const verdict = verdictOf({
    ...{ action: 'validate-model', name: 'n', subjects: [], createdAt: new Date(0) },
    checks: [...given.map(comparison), ...others],
    measures: { comparisons },
    headline: 'accuracy: said',
  });
  return answerOf(verdict)?.sentence;
}

const CHECK: Check = {
  id: 'fairness.difference',
  target: { column: 'region', metric: 'equalized_odds_difference' },
  status: 'fail',
  message: 'm',
};

describe('the answer', () => {
  test.each<[string, Given, string]>([
    [
      'better',
      { status: 'pass', interval: [0.004, 0.02] },
      'The candidate is better than production: a gain of at least 0.004 in accuracy.',
    ],
    [
      'not worse',
      { status: 'pass', interval: [-0.004, 0.02] },
      'The candidate is not worse than production: a loss of at most 0.004 in accuracy, and 0.01 is tolerated.',
    ],
    [
      'not worse by a relative margin, whose bound is another than the gain’s',
      { status: 'pass', interval: [-0.0101, 0.02] },
      'The candidate is not worse than production: no loss beyond the margin in accuracy, and 0.01 is tolerated.',
    ],
    [
      'worse',
      { status: 'fail', interval: [-0.05, -0.02] },
      'The candidate is worse than production: a loss of at least 0.02 in accuracy, and 0.01 is tolerated.',
    ],
    [
      'unknown, with what these rows can show and how many would decide',
      { status: 'inconclusive', interval: [-0.03, 0.02], needed: 3460, detectable: 0.034 },
      'It is unknown whether the candidate is worse than production: these 300 rows allow a loss of up to 0.03 in accuracy, and 0.01 is tolerated; the smallest loss that they can show is 0.034; label about 3160 more rows to decide.',
    ],
    [
      'unknown without bounds',
      { status: 'inconclusive', interval: [null, null] },
      'It is unknown whether the candidate is worse than production: these 300 rows bound no loss in accuracy, and 0.01 is tolerated.',
    ],
  ])('is %s', (_, given, expected) => {
    expect(sentence([given])).toBe(expected);
  });

  test('of several metrics is worse or unknown if one is, and else that of the first', () => {
    const better: Given = { status: 'pass', interval: [0.004, 0.02] };
    const auc: Given = { ...better, metric: 'auc' };
    expect(sentence([better, auc])).toBe(
      'The candidate is better than production: a gain of at least 0.004 in accuracy, a gain of at least 0.004 in auc.',
    );
    expect(sentence([better, { ...auc, interval: [-0.002, 0.1] }])).toBe(
      'The candidate is better than production: a gain of at least 0.004 in accuracy; not worse in auc.',
    );
    expect(sentence([{ ...auc, interval: [-0.002, 0.1] }, better])).toBe(
      'The candidate is not worse than production: a loss of at most 0.002 in auc, and 0.01 is tolerated; better in accuracy.',
    );
    expect(sentence([better, { ...auc, status: 'inconclusive', interval: [-0.02, 0.1] }])).toBe(
      'It is unknown whether the candidate is worse than production: these 300 rows allow a loss of up to 0.02 in auc, and 0.01 is tolerated.',
    );
    expect(
      sentence([
        { ...better, status: 'inconclusive' },
        { ...auc, status: 'fail', interval: [-0.2, -0.1] },
      ]),
    ).toMatch(/^The candidate is worse than production: a loss of at least 0\.1 in auc, /);
  });

  test('names what else makes the verdict what it is', () => {
    const given: Given = { status: 'pass', interval: [0.004, 0.02] };
    expect(sentence([given], [CHECK])).toMatch(
      /in accuracy; but fairness\.difference \(region, equalized_odds_difference\) failed\.$/,
    );
    expect(sentence([given], [CHECK, CHECK, CHECK])).toMatch(/\) and 2 more checks failed\.$/);
    expect(sentence([{ status: 'fail', interval: [-0.05, -0.02] }], [CHECK])).toMatch(
      /tolerated; 1 other check failed as well\.$/,
    );
  });

  test('leaves the rest of the summary, without the comparison’s own message', () => {
    const verdict = verdictOf({
      ...{ action: 'validate-model', name: 'n', subjects: [], createdAt: new Date(0) },
      checks: [comparison({ status: 'pass', interval: [0.004, 0.02] })],
      ...{ headline: 'accuracy: said', scope: 'on 300 rows' },
    });
    expect(answerOf(verdict)?.scope).toBe('1 check passed on 300 rows');
  });

  test('is none if nothing is compared', () => {
    expect(answerOf(dataVerdict())).toBeUndefined();
    expect(sentence([])).toBeUndefined();
  });
});
