import { describe, expect, test } from '@jest/globals';
import { discordantText, gainsOf, readingOf } from '../../../shared/report/gains.ts';
import { type Check, type JsonObject, verdictOf } from '../../../shared/verdict/verdict.ts';

function gains(measures: JsonObject, checks: readonly Check[] = []) {
  const parts = { action: 'validate-model', name: 'n', subjects: [], createdAt: new Date(0) };
  return gainsOf(verdictOf({ ...parts, checks, measures }));
}

const check = (id: string, status: Check['status'], metric = 'auc'): Check => ({
  ...{ id, status, message: 'm', target: { metric } },
  evidence: { estimate: 0.01, interval: [0.002, null], margin: 0.02, n: 9, needed: 40 },
});

describe('the comparisons of a verdict', () => {
  test('are each told once, production’s first, with the check that judges them', () => {
    const both = { metric: 'auc', gain: 0.5 };
    const found = gains({ comparison: both, comparisons: [{ ...both, baseline: 'anchor' }, both] }, [
      check('comparison.auc', 'pass'),
      check('anchor.auc', 'fail'),
      check('comparison.f1', 'inconclusive', 'f1'),
      { id: 'comparison.first-release', status: 'pass', message: 'm' },
      check('condition.auc', 'pass'),
    ]);
    expect(
      found.map(({ metric, baseline, estimate, check: own }) => [metric, baseline, estimate, own?.id]),
    ).toEqual([
      ['auc', 'production', 0.5, 'comparison.auc'],
      ['f1', 'production', 0.01, 'comparison.f1'],
      ['auc', 'anchor', 0.5, 'anchor.auc'],
    ]);
  });

  test.each<[string, number | null, number | null, Check['status'] | undefined]>([
    ['better', 0.001, 0.02, undefined],
    ['not worse', -0.01, 0.02, undefined],
    ['worse', -0.05, -0.03, undefined],
    ['unknown', -0.02, 0.02, undefined],
    ['unknown', null, null, undefined],
    ['better', 0.001, 0.02, 'warn'],
    // A relative margin clears on its own scale.
    ['not worse', -0.021, 0.02, 'pass'],
    ['worse', -0.05, -0.01, 'fail'],
    ['unknown', 0.001, 0.02, 'inconclusive'],
  ])('are %s by [%p, %p] and the status %p', (reading, lower, upper, status) => {
    const entry = { metric: 'auc', gain: 0, gain_lower: lower, gain_upper: upper, margin: 0.02 };
    const [gain] = gains(
      { comparisons: [entry] },
      status === undefined ? [] : [check('comparison.auc', status)],
    );
    expect(gain && readingOf(gain)).toBe(reading);
  });

  test('name the rows that one model only got right, of the baseline that they are of', () => {
    const entry = { metric: 'auc', gain: 0, candidate_only_correct: 5, production_only_correct: 3 };
    const found = gains({ comparisons: [entry, { ...entry, baseline: 'anchor' }] });
    expect(found.map(discordantText)).toEqual([
      'right: 5 only the candidate, 3 only production',
      'right: 5 only the candidate, 3 only the anchor',
    ]);
  });
});
