import { expect, test } from '@jest/globals';
import { steps } from '../../../shared/rollout/plan.ts';
import { plan, step } from './world.ts';

test('steps are read from YAML, one a line or as a flow list', () => {
  const expected = [
    { weight: 10, atLeastMs: 600_000, requests: 500, approval: false },
    { weight: 50, atLeastMs: 0, requests: 1, approval: true },
  ];
  expect(steps().parse('[{weight: 10, at-least: 10m, requests: 500}, {weight: 50, approval: true}]')).toEqual(
    expected,
  );
  expect(
    steps().parse('- {weight: 10, at-least: 10m, requests: 500}\n- weight: 50\n  approval: true\n'),
  ).toEqual(expected);
});

test.each([
  ['[]', 'a list of steps'],
  ['10', 'a list of steps'],
  ['[{weight: 0}]', 'above 0 (step 1)'],
  ['[{weight: 101}]', 'whose weight'],
  ['[{at-least: 10m}]', 'whose weight'],
  ['[{weight: 10}, {weight: 10}]', 'strictly increasing weights (step 2'],
  ['[{weight: 10, at-least: 10}]', 'whose at-least is a duration'],
  ['[{weight: 10, requests: 0}]', 'whose requests'],
  ['[{weight: 10, approval: maybe}]', 'approval is true or false'],
  ['[{weight: 10, wait: 1m}]', '(step 1: wait)'],
  ['[{weight: 10', 'YAML'],
])('steps %s are refused', (text, message) => {
  expect(() => steps().parse(text)).toThrow(message);
});

test('a plan that could never decide is refused, with all that is wrong', () => {
  expect(() => plan({ strategy: 'blue-green', steps: [step(50)] })).toThrow('a single step of weight 100');
  expect(() => plan({ strategy: 'blue-green', steps: undefined })).toThrow(
    'no stable traffic to compare it with',
  );
  expect(() => plan({ steps: [step(100)], errorMargin: 1, errorFloor: 0, maxErrorRate: 1 })).toThrow(
    /error-margin[\s\S]*error-floor[\s\S]*max-error-rate/,
  );
  expect(plan({ strategy: 'blue-green', steps: undefined, maxErrorRate: 0.1 }).steps).toHaveLength(1);
  expect(plan({ strategy: 'blue-green', steps: undefined, promoteOn: 'steps' }).steps).toHaveLength(1);
});
