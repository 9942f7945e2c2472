import { expect, test } from '@jest/globals';
import { modelName } from '../../../shared/inputs/common.ts';

test.each([
  [{ name: 'demand' }, { repository: 'acme/bikes' }, 'demand'],
  [{}, { repository: 'acme/bikes' }, 'bikes'],
  [{}, { repository: 'acme/.github' }, 'default'],
  [{}, {}, 'default'],
])('a model is named by the input, or else by the repository: %j in %j is %s', (inputs, runner, name) => {
  expect(modelName(inputs, runner)).toBe(name);
});
