import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { idPart } from '../../../shared/verdict/check-id.ts';

const schema = JSON.parse(readFileSync('schemas/verdict.schema.json', 'utf8')) as {
  $defs: { check: { properties: { id: { pattern: string } } } };
};
const ID = new RegExp(schema.$defs.check.properties.id.pattern, 'u');

describe('the id of a check about a name of the user’s', () => {
  test.each([
    ['mae', 'mae'],
    ['f0.5_macro', 'f0.5_macro'],
    ['ndcg@10', 'ndcg_10'],
    ['column(my cost)', 'column_my_cost'],
    ['macro avg.f1-score', 'macro_avg.f1-score'],
    ['…', 'metric'],
  ])('of %s ends with %s', (name, end) => {
    expect(idPart(name)).toBe(end);
  });

  test('is one that verdicts may have, whatever the name', () => {
    fc.assert(fc.property(fc.string(), (name) => ID.test(`comparison.${idPart(name)}`)));
  });
});
