import { describe, expect, test } from '@jest/globals';
import { type Coverage, fairPerformance, labelCoverage } from '../../../shared/drift/coverage.ts';

const NONE = { others: 0, least: 0.8, byPrediction: new Map() };
const coverage = (matured: number, labelled: number, more: Partial<Coverage> = {}): Coverage => ({
  ...NONE,
  ...{ matured, labelled },
  ...more,
});

describe('the coverage of labels', () => {
  test('is enough from the least share on', () => {
    expect(labelCoverage(coverage(0, 0)).status).toBe('inconclusive');
    expect(labelCoverage(coverage(50, 0, { least: 0 })).status).toBe('inconclusive');
    expect(labelCoverage(coverage(50, 39)).status).toBe('inconclusive');
    expect(labelCoverage(coverage(50, 40))).toMatchObject({ status: 'pass', observed: 0.8 });
    expect(labelCoverage(coverage(0, 0, { others: 9 })).message).toContain(
      '9 of the period belong to another model',
    );
  });

  test('tells the predictions whose labels have come', () => {
    const byPrediction = new Map([
      ['1', { matured: 10, labelled: 10 }],
      ['0', { matured: 90, labelled: 0 }],
    ]);
    expect(labelCoverage(coverage(100, 10, { byPrediction })).message).toContain(
      'by prediction: "1" 10 of 10, "0" 0 of 90',
    );
  });
});

describe('performance', () => {
  const broken = {
    checks: [{ id: 'performance.minimum', status: 'fail' as const, message: 'accuracy is 0.5' }],
    value: null,
    broken: true,
  };

  test('says nothing if the labels have come for too few', () => {
    const { checks, broken: isBroken } = fairPerformance(broken, coverage(100, 79));
    expect(isBroken).toBe(false);
    expect(checks).toMatchObject([
      {
        status: 'inconclusive',
        message: expect.stringMatching(/^labels have come for 79 of 100.*so far, accuracy is 0.5$/),
      },
    ]);
  });

  test('is what the labels show otherwise', () => {
    expect(fairPerformance(broken, coverage(100, 80))).toBe(broken);
    expect(fairPerformance(broken, coverage(0, 0))).toBe(broken);
  });
});
