import { expect, test } from '@jest/globals';

test('the tests run on Node 24, the runtime GitHub uses for actions', () => {
  expect(process.versions.node.split('.')[0]).toBe('24');
});
