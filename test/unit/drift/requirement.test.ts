import { describe, expect, test } from '@jest/globals';
import { meetsRequirement, parseRequirement } from '../../../shared/drift/requirement.ts';
import { UserError } from '../../../shared/problem/problem.ts';

const parse = (text: string) => parseRequirement(text, 'minimum-performance');

describe('a requirement', () => {
  test.each([
    ['mae <= 60', { metric: 'mae', operator: '<=', threshold: 60, text: 'mae <= 60' }],
    ['  accuracy>=.8 ', { metric: 'accuracy', operator: '>=', threshold: 0.8, text: 'accuracy >= .8' }],
    ['rmse < 1e3', { metric: 'rmse', operator: '<', threshold: 1000, text: 'rmse < 1e3' }],
  ])('%s', (text, expected) => expect(parse(text)).toEqual(expected));

  test.each([
    ['mae', /METRIC OPERATOR NUMBER/],
    ['mae = 60', /METRIC OPERATOR NUMBER/],
    ['mae <= 60 and rmse < 3', /METRIC OPERATOR NUMBER/],
    ['mae >= 60', /write mae <= 60/],
    ['accuracy < 0.8', /write accuracy > 0.8/],
    ['roc_auc >= 0.8', /not a mean of one loss for each row/],
    ['acuracy >= 0.8', /did you mean accuracy/],
    ['accuracy >= 80', /cannot hold: accuracy is between 0 and 1 → did you mean 0\.8\?/],
    ['accuracy >= 0', /cannot fail/],
    ['accuracy > 1', /cannot hold/],
    ['mae < 0', /cannot hold: mae is 0 or more/],
    ['mae <= 1e999', /is larger than 1e30/],
    ['rmse <= 1e100', /is larger than 1e30/],
    ['brier <= 2', /cannot fail/],
  ])('%s is refused', (text, message) => {
    expect(() => parse(text)).toThrow(UserError);
    expect(() => parse(text)).toThrow(message);
  });

  test('is met at its threshold as its operator says', () => {
    expect([
      meetsRequirement(parse('mae <= 60'), 60),
      meetsRequirement(parse('mae < 60'), 60),
      meetsRequirement(parse('accuracy >= 0.8'), 0.8),
    ]).toEqual([true, false, true]);
  });
});
