import { describe, expect, test } from '@jest/globals';
import { meets, parseConditions } from '../../../shared/model/conditions.ts';
import type { UserError } from '../../../shared/problem/problem.ts';

describe('conditions', () => {
  test('name a model, a metric, an operator and a number', () => {
    expect(parseConditions(['candidate.accuracy >= 0.8', 'mae<60', ' production.roc_auc > -1e-3 '])).toEqual([
      {
        text: 'candidate.accuracy >= 0.8',
        model: 'candidate',
        metric: 'accuracy',
        operator: '>=',
        threshold: 0.8,
      },
      { text: 'mae<60', model: 'candidate', metric: 'mae', operator: '<', threshold: 60 },
      {
        text: 'production.roc_auc > -1e-3',
        model: 'production',
        metric: 'roc_auc',
        operator: '>',
        threshold: -0.001,
      },
    ]);
  });

  const refused = [
    ['mae <= 1e999', 'the number is too large', 13],
    ['accuracy >= 0.8 and mae < 3', 'conditions cannot be combined yet', 17],
    ['not accuracy >= 0.8', 'conditions cannot be combined yet', 1],
    ['slice(region).recall > 0.7', 'slices cannot be judged yet', 1],
    ['candidate.auc - production.auc > -0.01', 'differences and sums cannot be judged yet', 15],
    ['(mae < 3)', 'brackets cannot be read yet', 1],
    ['accuracy = 0.8', 'one of >=, >, <=, < is expected', 10],
    ['accuracy >= high', 'a number is expected', 13],
    ['accuracy >= 0.8 %', 'the end is expected', 17],
    ['', 'a metric is expected', 1],
  ] as const;
  for (const [text, what, column] of refused) {
    test(`${JSON.stringify(text)} is refused at column ${column}`, () => {
      expect(() => parseConditions([text])).toThrow(
        expect.objectContaining({
          problems: [
            expect.objectContaining({
              what: expect.stringContaining(what),
              where: `input conditions, item 1, column ${column}`,
            }),
          ],
        }),
      );
    });
  }

  test('are all refused at once', () => {
    try {
      parseConditions(['a', 'mae < 3', 'b']);
    } catch (error) {
      expect((error as UserError).problems.map(({ where }) => where)).toEqual([
        'input conditions, item 1, column 2',
        'input conditions, item 3, column 2',
      ]);
    }
    expect.assertions(1);
  });

  test('a strict bound is not met by its own number', () => {
    expect(meets({ operator: '>', threshold: 1 }, 1)).toBe(false);
    expect(meets({ operator: '>=', threshold: 1 }, 1)).toBe(true);
    expect(meets({ operator: '<', threshold: 1 }, 1)).toBe(false);
    expect(meets({ operator: '<=', threshold: 1 }, 1)).toBe(true);
  });
});
